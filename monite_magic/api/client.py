"""Calls to the API from Python: one call, all pages. No IPython in it."""

from __future__ import annotations

import hashlib
import json as json_module
import posixpath
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeVar
from urllib.parse import unquote, urlsplit

import httpx

from monite_magic import catalogue
from monite_magic.api.answer import Answer, Note
from monite_magic.api.auth import EVENTS, MoniteAuth
from monite_magic.api.credentials import read_uuid
from monite_magic.api.page_guard import PageGuard
from monite_magic.api.repeating import REPEATED_STATUSES, REPEATS
from monite_magic.api.sending import HEADERS, redirected_to, send
from monite_magic.api.token import was_authorized
from monite_magic.api.transport import open_transport
from monite_magic.core import (
    MASK,
    Environment,
    NetworkError,
    OriginError,
    RequestError,
    Secret,
    SentRequest,
    is_secret_field,
    limits,
    mask_headers,
    mask_json_bytes,
    mask_multipart,
    mask_text,
    mask_url,
    origin_of,
    secrets_in,
)
from monite_magic.core.refused_headers import why_parameter_refused, why_refused

if TYPE_CHECKING:
    from monite_magic.catalogue import Operation

#: Key in a request's `extensions` of a function that is told of a request that got no answer, and why.
UNANSWERED: Final = "monite_magic.unanswered"

#: Give it as `extensions` with a call that the history is not to keep.
UNRECORDED: Final = {"monite_magic.unrecorded": True}

#: Query parameters as httpx takes them: a mapping or pairs; lists repeat the name.
Params = Mapping[str, Any] | Sequence[tuple[str, Any]]

#: Files of a multipart body: field -> (file name, content).
Files = Mapping[str, tuple[str, bytes]] | Sequence[tuple[str, tuple[str, bytes]]]

_UNSET: Final[Any] = object()

A = TypeVar("A", bound=Answer)


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file in a request: the form's field, the file's name, its size in bytes, and its SHA-256 in hex."""

    field: str
    name: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that is built whole and not sent yet: these bytes go out, and no others.

    Attributes:
        environment: Where it goes.
        path: The path below the base URL, without the query.
        template: Path template of the operation, if the catalogue knows it.
        entity_id: The entity that its header names, or None.
        files: The files in its body.
        http: The request, without a token.
        secrets: The secrets in it, kept alive so that an answer that echoes them is masked.
    """

    environment: Environment
    path: str
    template: str | None
    entity_id: str | None
    files: tuple[SentFile, ...]
    http: httpx.Request = field(repr=False)
    secrets: tuple[Secret, ...] = field(repr=False)

    @property
    def method(self) -> str:
        """`GET`, `POST`, …."""
        return self.http.method

    @property
    def target(self) -> str:
        """The path with its query, masked."""
        query = self.http.url.query.decode()
        return mask_url(f"{self.path}?{query}" if query else self.path)

    @property
    def content(self) -> bytes:
        """The body."""
        return self.http.read()

    @property
    def digest(self) -> str:
        """SHA-256 over method, URL, entity and body: two requests with one digest do the same."""
        parts = (
            self.method.encode(),
            str(self.http.url).encode(),
            (self.entity_id or "").encode(),
            self.content,
        )
        return hashlib.sha256(b"\0".join(parts)).hexdigest()


class Client(Generic[A]):
    """Talks to one environment with one token.

    Args:
        environment: Where calls go.
        auth: Puts the token on requests; None sends them without one.
        entity_id: The entity that calls are about, sent in the entity header where the operation takes it.
        transport: How requests travel; None opens the environment's own.
        timeout: Seconds to connect, and seconds of waiting for the whole of an answer; None takes
            `limits.timeout`.
        answer: The class of the answers.

    Answers of any status are returned; `Answer.raise_for_status` turns the bad ones into errors.
    The client may be shared by threads, and used as a context manager.
    """

    def __init__(
        self,
        environment: Environment,
        auth: MoniteAuth | None = None,
        *,
        entity_id: str | None = None,
        transport: httpx.BaseTransport | None = None,
        timeout: float | None = None,
        answer: type[A],
    ) -> None:
        self._answer = answer
        self.environment = environment
        self.entity_id = entity_id
        self._auth = auth
        self._transport = transport or open_transport(environment)
        self._timeout = timeout or limits.timeout

    # -- one call ---------------------------------------------------------------------------------------

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: Any = _UNSET,
        content: bytes | None = None,
        data: Mapping[str, Any] | None = None,
        files: Files | None = None,
        headers: Mapping[str, str] | None = None,
        entity_id: str | None = None,
        timeout: float | None = None,
        notes: tuple[Note, ...] = (),
        extensions: Mapping[str, Any] | None = None,
    ) -> A:
        """Send one request and return its answer.

        Args:
            method: `GET`, `POST`, `PATCH`, `PUT` or `DELETE`.
            path: Path of the API, for instance `/counterparts`; an absolute URL only below the base URL.
            params: Query parameters, added to those in `path`.
            json: Body, serialised as JSON; Decimals, dates and UUIDs are not converted here.
            content: Body as bytes that are JSON already.
            data: Form fields of a multipart body, with `files`.
            files: Files of a multipart body: field -> (name, bytes).
            headers: Further headers; never `Authorization`.
            entity_id: Entity of this one call, in place of the client's.
            timeout: Seconds, in place of the client's.
            notes: Remarks that the answer carries to whoever shows it.
            extensions: Extensions of the httpx request, for instance a `trace`.

        Raises:
            RequestError: The path or a header can't be sent.
            OriginError: The URL, or a redirect, leads to another origin.
            NetworkError: No answer came; `.request` is what was sent, masked.
            TokenError: No token could be had.
        """
        prepared = self.prepare(
            method,
            path,
            params=params,
            json=json,
            content=content,
            data=data,
            files=files,
            headers=headers,
            entity_id=entity_id,
            timeout=timeout,
        )
        return self.send(prepared, notes=notes, extensions=extensions)

    def prepare(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: Any = _UNSET,
        content: bytes | None = None,
        data: Mapping[str, Any] | None = None,
        files: Files | None = None,
        headers: Mapping[str, str] | None = None,
        entity_id: str | None = None,
        timeout: float | None = None,
    ) -> Prepared:
        """Build one request whole; nothing is sent. For the arguments, see `request`.

        Raises:
            RequestError: The path or a header can't be sent.
            OriginError: The URL leads to another origin.
        """
        method = method.upper()
        url = self._url(path)
        relative = url.removeprefix(self.environment.base_url).partition("?")[0] or "/"
        match = catalogue.current().find(method, relative)
        operation = match.operation if match else None
        own_headers, entity = self._headers(operation, headers or {}, entity_id)
        request = self._build(
            method,
            url,
            params=params,
            content=json_module.dumps(json).encode() if json is not _UNSET else content,
            data=data,
            files=files,
            headers=own_headers,
            timeout=timeout,
        )
        request.read()  # from here on the bytes are what they are
        pairs = files.items() if isinstance(files, Mapping) else files or ()
        return Prepared(
            environment=self.environment,
            path=relative,
            template=operation.path if operation else None,
            entity_id=entity,
            files=tuple(
                SentFile(field, name, len(bytes_), hashlib.sha256(bytes_).hexdigest())
                for field, (name, bytes_) in pairs
            ),
            http=request,
            secrets=tuple(_secrets_of(request, data, files)),
        )

    def send(
        self,
        prepared: Prepared,
        *,
        notes: tuple[Note, ...] = (),
        extensions: Mapping[str, Any] | None = None,
    ) -> A:
        """Send a request as it was built, and return its answer; see `request` for what is raised."""
        request = httpx.Request(
            prepared.method,
            prepared.http.url,
            headers=prepared.http.headers,
            content=prepared.content,
            extensions=dict(prepared.http.extensions),
        )
        events: list[str] = []
        request.extensions |= {EVENTS: events, **(extensions or {})}
        started = time.perf_counter()
        try:
            response, body = send(request, self._transport, self._auth)
        except BaseException as error:
            unanswered = _snapshot(request, prepared)
            if isinstance(error, NetworkError):
                error.request = unanswered
            if told := request.extensions.get(UNANSWERED):
                told(unanswered, error)
            raise
        return self._answer(
            request=_snapshot(response.request, prepared),
            status=response.status_code,
            headers=response.headers,
            content=body,
            elapsed=time.perf_counter() - started,
            environment=self.environment,
            template=prepared.template,
            client=self,
            notes=(
                *notes,
                *_redirected(response),
                *(Note(event) for event in [*_retries(response), *events]),
            ),
        )

    def get(self, path: str, **options: Any) -> A:
        """Send a GET; see `request` for the options."""
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> A:
        """Send a POST; see `request` for the options."""
        return self.request("POST", path, **options)

    def patch(self, path: str, **options: Any) -> A:
        """Send a PATCH; see `request` for the options."""
        return self.request("PATCH", path, **options)

    def put(self, path: str, **options: Any) -> A:
        """Send a PUT; see `request` for the options."""
        return self.request("PUT", path, **options)

    def delete(self, path: str, **options: Any) -> A:
        """Send a DELETE; see `request` for the options."""
        return self.request("DELETE", path, **options)

    # -- all pages --------------------------------------------------------------------------------------

    def pages(self, path: str, *, params: Params | None = None, **options: Any) -> Iterator[A]:
        """Yield the pages of a list, one answer each, following the pagination token.

        Args:
            path: Path of a list, for instance `/payables`.
            params: Query parameters of the first page. The token carries them to the later ones (OpenAPI
                2024-05-25, `pagination_token`), for which only `limit` is repeated.
            options: As for `request`.

        Raises:
            ApiError: A page answered 400 or above.
            EndlessListError: The list has no end.
        """
        guard = PageGuard()
        page = self.request("GET", path, params=params, **options).raise_for_status()
        yield page
        guard.check(page)
        bare = path.partition("?")[0]
        while token := page.next_token:
            page = self.request("GET", bare, params={"pagination_token": token}, **options)
            yield page.raise_for_status()
            guard.check(page)

    # -- how it is done ---------------------------------------------------------------------------------

    def _url(self, path: str) -> str:
        base = self.environment.base_url
        if "#" in path:
            raise RequestError(
                f"The path {path!r} holds a '#': what follows it would not be sent.", hint="Write %23."
            )
        bare = path.partition("?")[0]
        if "://" in bare or bare.startswith("//"):
            return self._own_url(path)
        if not path.startswith("/"):
            raise RequestError(f"The path {path!r} does not start with a slash.", hint=f"Write /{path}.")
        prefix = urlsplit(base).path
        if prefix and path.startswith(prefix + "/"):
            path = path[len(prefix) :]  # pasted from a URL: /v1/payables
        bare = unquote(path.partition("?")[0])
        if posixpath.normpath(bare) != bare.rstrip("/") and bare != "/":
            raise RequestError(
                f"The path {path!r} has empty, '.' or '..' segments.",
                hint="Write it plainly, from the slash on.",
            )
        return base + path

    def _own_url(self, url: str) -> str:
        base = self.environment.base_url
        if origin_of(url) != self.environment.origin or not url.startswith(base + "/"):
            raise OriginError(
                f"{mask_text(origin_of(url)[1] or url)} is not the API of {self.environment.label}: "
                "the token goes only there.",
                hint=f"Write the path alone; it is added to {base}. Switch with %monite_use --env.",
            )
        return self._url(url.removeprefix(base))

    def _headers(
        self, operation: Operation | None, headers: Mapping[str, str], entity_id: str | None
    ) -> tuple[dict[str, str], str | None]:
        """Return the headers to send and the entity they name; an entity header counts as `entity_id`."""
        version, header = self.environment.version_header, self.environment.entity_header
        given: dict[str, str] = {}
        for name, value in headers.items():
            if reason := why_refused(name):
                raise RequestError(f"The header {name} can't be given.", hint=reason)
            if name.lower() != header.lower():
                given[name] = value
            elif entity_id not in {None, value}:
                raise RequestError(f"{name} and the entity of the call are two entities.", hint="Give one.")
            else:
                if self.environment.ids_are_uuids:
                    read_uuid(value, "the entity ID", "%monite GET /entities lists the entities")
                entity_id = value
        # A catalogue older than the API must not get in the way: an unknown operation gets the header.
        takes_entity = operation is None or operation.entity_header != "absent"
        entity = entity_id or (self.entity_id if takes_entity else None)
        own = (
            {}
            if version.lower() in {name.lower() for name in given}
            else {version: self.environment.api_version}
        )
        if entity:
            own[header] = entity
        return {**own, **given}, entity

    def _build(
        self,
        method: str,
        url: str,
        *,
        params: Params | None,
        content: bytes | None,
        data: Mapping[str, Any] | None,
        files: Files | None,
        headers: dict[str, str],
        timeout: float | None,
    ) -> httpx.Request:
        if content is not None:
            headers = {"Content-Type": "application/json", **headers}
        query = _merged(url, params)
        for name in [*(name for name, _ in query), *(data or {})]:
            if reason := why_parameter_refused(name):
                raise RequestError(f"The parameter {name} can't be given.", hint=reason)
        if any(mask_text(text) != text for pair in [(url, ""), *query] for text in pair) or any(
            is_secret_field(name) and value for name, value in query
        ):
            raise RequestError(
                "A secret doesn't belong in a URL.",
                hint="Proxies and logs keep URLs: send it in the body, if it must be sent.",
            )
        try:
            return httpx.Request(
                method,
                url.partition("?")[0],
                params=httpx.QueryParams(tuple(query)) if query else None,
                content=content,
                files=_parts(data, files),
                headers={**HEADERS, **headers},
                extensions={"timeout": httpx.Timeout(timeout or self._timeout).as_dict()},
            )
        except (httpx.InvalidURL, ValueError, TypeError) as error:
            problem = RequestError(
                f"The request can't be sent: {error}.", hint="Check path, query and headers."
            )
        raise problem

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        entity = f", entity {self.entity_id}" if self.entity_id else ""
        return f"<{type(self).__name__} {self.environment.label}{entity}>"


def _secrets_of(request: httpx.Request, data: Mapping[str, Any] | None, files: Files | None) -> list[Secret]:
    """The secrets that a request carries: those of its body, or of the fields beside its files."""
    fields = [Secret(str(value)) for name, value in (data or {}).items() if is_secret_field(name)]
    return fields if files or data else secrets_in(request.read())


def _parts(data: Mapping[str, Any] | None, files: Files | None) -> list[tuple[str, Any]] | None:
    """The parts of a multipart body. Fields are parts too: httpx would send fields alone as a plain form."""
    pairs: list[tuple[str, Any]] = []
    for name, value in (data or {}).items():
        values = value if isinstance(value, list | tuple) else [value]
        pairs += [(name, (None, str(one))) for one in values]
    pairs += files.items() if isinstance(files, Mapping) else files or ()
    return pairs or None


def _merged(url: str, params: Params | None) -> list[tuple[str, str]]:
    if not params and "?" not in url:
        return []
    pairs = list(httpx.QueryParams(urlsplit(url).query).multi_items())
    given = params.items() if isinstance(params, Mapping) else params or ()
    for name, value in given:
        values = value if isinstance(value, list | tuple) else [value]
        pairs += httpx.QueryParams([(name, one) for one in values]).multi_items()
    return pairs


def _redirected(response: httpx.Response) -> list[Note]:
    """What to say of a redirect that was not followed: it would have turned a change into a read."""
    url = redirected_to(response)
    if url is None:
        return []
    method, path = response.request.method, url.path
    text = f"The server redirects to {path}. A {method} is not followed there: look whether it took effect."
    return [Note(mask_text(text), "warning")]


def _retries(response: httpx.Response) -> list[str]:
    made = response.extensions.get(REPEATS, 0)
    if not made:
        return []
    times = "once" if made == 1 else f"{made} times"
    gave_up = " and then given up" if response.status_code in REPEATED_STATUSES else ""
    return [f"The server was busy or failing; the read was repeated {times}{gave_up}."]


def _snapshot(request: httpx.Request, prepared: Prepared) -> SentRequest:
    """What is kept of a request: nothing secret, and of uploaded files only their names and sizes."""
    if prepared.files:
        parts = [f"{file.field}: {file.name} ({file.size:,} bytes)" for file in prepared.files]
        body: bytes | None = mask_text("\n".join(parts)).encode()
    else:
        # A redirect is a stream at first.
        body = mask_multipart(mask_json_bytes(request.read())) or None
    headers = list(request.headers.items())
    if was_authorized(request):
        headers.append(("Authorization", f"Bearer {MASK}"))
    return SentRequest(
        method=request.method,
        url=mask_url(mask_text(str(request.url))),
        path=mask_text(prepared.path),
        headers=mask_headers(headers),
        body=body,
    )
