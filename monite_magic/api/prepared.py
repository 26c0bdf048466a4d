"""A complete request that is not sent yet, so that what you confirm is exactly what is sent."""

from __future__ import annotations

import hashlib
import json as json_module
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import httpx

from monite_magic import catalogue
from monite_magic.api.credentials import read_uuid
from monite_magic.api.token import was_authorized
from monite_magic.api.transport import HEADERS
from monite_magic.cell.values import as_list
from monite_magic.core import (
    MASK,
    Environment,
    RequestError,
    Secret,
    SentRequest,
    is_secret_field,
    mask_headers,
    mask_json_bytes,
    mask_multipart,
    mask_text,
    mask_url,
    secrets_in,
)
from monite_magic.core.api_path import clean_path
from monite_magic.core.refused_headers import why_parameter_refused, why_refused

if TYPE_CHECKING:
    from monite_magic.catalogue import Operation

#: Query parameters as httpx takes them: a mapping or pairs; lists repeat the name.
Params = Mapping[str, Any] | Sequence[tuple[str, Any]]

#: Files of a multipart body: field -> (file name, content).
Files = Mapping[str, tuple[str, bytes]] | Sequence[tuple[str, tuple[str, bytes]]]

UNSET: Final[Any] = object()


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file in a request: the form's field, the file's name, its size in bytes, and its SHA-256 in hex."""

    field: str
    name: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A complete request that is not sent yet; exactly these bytes go out.

    Attributes:
        environment: Where the request goes.
        path: The path below the base URL, without the query.
        template: Path template of the operation, if the catalogue knows it.
        entity_id: The entity in its header, or None.
        fields: The form fields in its body, masked.
        files: The files in its body.
        http: The request, without a token.
        secrets: The secrets in it, kept so that they are masked if an answer repeats them.
    """

    environment: Environment
    path: str
    template: str | None
    entity_id: str | None
    fields: tuple[tuple[str, str], ...]
    files: tuple[SentFile, ...]
    http: httpx.Request = field(repr=False)
    secrets: tuple[Secret, ...] = field(repr=False)

    @property
    def method(self) -> str:
        """`GET`, `POST`, …."""
        return self.http.method

    @property
    def api_version(self) -> str:
        """The API version of the request."""
        return self.environment.version_of(self.http.headers)

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
        """SHA-256 of method, URL, entity and body; equal for identical requests."""
        parts = (
            self.method.encode(),
            str(self.http.url).encode(),
            (self.entity_id or "").encode(),
            self.content,
        )
        return hashlib.sha256(b"\0".join(parts)).hexdigest()

    def as_sent(self, request: httpx.Request) -> SentRequest:
        """Return the sent request for the history: masked, with only the names and sizes of files.

        Args:
            request: The request that was sent, or the redirect that was followed.
        """
        if self.files:
            parts = [f"{file.field}: {file.name} ({file.size:,} bytes)" for file in self.files]
            body: bytes | None = mask_text("\n".join(parts)).encode()
        else:
            # The body of a redirect is a stream until it is read.
            body = mask_multipart(mask_json_bytes(request.read())) or None
        headers = list(request.headers.items())
        if was_authorized(request):
            headers.append(("Authorization", f"Bearer {MASK}"))
        return SentRequest(
            method=request.method,
            url=mask_url(mask_text(str(request.url))),
            path=mask_text(self.path),
            headers=mask_headers(headers),
            body=body,
        )


def build(
    environment: Environment,
    method: str,
    path: str,
    *,
    params: Params | None = None,
    json: Any = UNSET,
    content: bytes | None = None,
    data: Mapping[str, Any] | None = None,
    files: Files | None = None,
    headers: Mapping[str, str] | None = None,
    entity_id: str | None = None,
    session_entity: str | None = None,
    timeout: float,
) -> Prepared:
    """Build a complete request. For the arguments, see `Client.request`.

    `session_entity` is used if the operation has an entity header and the call names no entity.

    Raises:
        RequestError: The path, a parameter or a header can't be sent.
        OriginError: The URL has another origin.
    """
    method = method.upper()
    target = clean_path(path, environment.base_url)
    bare, _, query = target.partition("?")
    found = catalogue.find(environment.version_of(headers or {}), method, bare)
    operation = found[1].operation if found else None
    own_headers, entity = _headers(environment, operation, headers or {}, entity_id, session_entity)
    if json is not UNSET:
        content = json_module.dumps(json).encode()
    if content is not None:
        own_headers = {"Content-Type": "application/json", **own_headers}
    try:
        request = httpx.Request(
            method,
            environment.base_url + bare,
            params=_parameters(bare, query, params, data),
            content=content,
            files=_parts(data, files),
            headers={**HEADERS, **own_headers},
            extensions={"timeout": httpx.Timeout(timeout).as_dict()},
        )
        request.read()  # fix the bytes
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        problem = RequestError(
            f"The request can't be sent: {error}.", hint="Check the path, query and headers."
        )
    else:
        pairs = files.items() if isinstance(files, Mapping) else files or ()
        return Prepared(
            environment=environment,
            path=bare,
            template=operation.path if operation else None,
            entity_id=entity,
            fields=tuple(
                (name, MASK if is_secret_field(name) else mask_text(str(one)))
                for name, value in (data or {}).items()
                for one in _each(value)
            ),
            files=tuple(
                SentFile(field, name, len(bytes_), hashlib.sha256(bytes_).hexdigest())
                for field, (name, bytes_) in pairs
            ),
            http=request,
            secrets=tuple(_secrets_of(request, data, files)),
        )
    raise problem


def _headers(
    environment: Environment,
    operation: Operation | None,
    headers: Mapping[str, str],
    entity_id: str | None,
    session_entity: str | None,
) -> tuple[dict[str, str], str | None]:
    """Return the headers to send and their entity; an entity header counts as `entity_id`."""
    given: dict[str, str] = {}
    for name, value in headers.items():
        if reason := why_refused(name):
            raise RequestError(f"The header {name} can't be set.", hint=reason)
        if not environment.names_entity(name):
            given[environment.own_name(name)] = value
        elif entity_id not in {None, value}:
            raise RequestError(f"{name} and entity_id name two entities.", hint="Remove one of them.")
        else:
            if environment.ids_are_uuids:
                read_uuid(value, "the entity ID", "%monite GET /entities lists the entities")
            entity_id = value
    # Unknown operations get the header too, since the catalogue may be older than the API.
    takes_entity = operation is None or operation.entity_header != "absent"
    entity = entity_id or (session_entity if takes_entity else None)
    own = environment.headers(entity)
    written = {name.lower() for name in given}
    return {**{name: own[name] for name in own if name.lower() not in written}, **given}, entity


def _parameters(
    path: str, query: str, params: Params | None, data: Mapping[str, Any] | None
) -> httpx.QueryParams | None:
    """Return the parameters of the path and of the call, if all of them are allowed."""
    pairs = list(httpx.QueryParams(query).multi_items())
    given = params.items() if isinstance(params, Mapping) else params or ()
    for name, value in given:
        pairs += httpx.QueryParams([(name, one) for one in _each(value)]).multi_items()
    for name in [*(name for name, _ in pairs), *(data or {})]:
        if reason := why_parameter_refused(name):
            raise RequestError(f"The parameter {name} can't be set.", hint=reason)
    texts = [path, *(text for pair in pairs for text in pair)]
    if any(mask_text(text) != text for text in texts) or any(
        is_secret_field(name) and value for name, value in pairs
    ):
        raise RequestError(
            "Don't put a secret in a URL: proxies and logs keep URLs.",
            hint="If you must send it, put it in the body.",
        )
    return httpx.QueryParams(tuple(pairs)) if pairs else None


def _each(value: Any) -> list[Any]:
    items = as_list(value)
    return [value] if items is None else items


def _secrets_of(request: httpx.Request, data: Mapping[str, Any] | None, files: Files | None) -> list[Secret]:
    """Return the secrets in the body, or in the form fields."""
    fields = [Secret(str(value)) for name, value in (data or {}).items() if is_secret_field(name)]
    return fields if files or data else secrets_in(request.read())


def _parts(data: Mapping[str, Any] | None, files: Files | None) -> list[tuple[str, Any]] | None:
    """Return the multipart parts. Fields are parts too, since httpx sends fields alone as a plain form."""
    pairs: list[tuple[str, Any]] = []
    for name, value in (data or {}).items():
        pairs += [(name, (None, str(one))) for one in _each(value)]
    pairs += files.items() if isinstance(files, Mapping) else files or ()
    return pairs or None
