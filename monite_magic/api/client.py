"""The client: make one call, or read all pages of a list.

It follows only redirects within the origin that keep the request unchanged.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, Self, TypeVar

import httpx

from monite_magic.api.answer import Answer, Note
from monite_magic.api.auth import EVENTS, MoniteAuth
from monite_magic.api.network_errors import explain
from monite_magic.api.page_guard import PageGuard
from monite_magic.api.prepared import UNSET, Files, Params, Prepared, build
from monite_magic.api.retry import POLICY, RETRIED_STATUSES, RETRIES, RetryPolicy
from monite_magic.api.transport import open_transport
from monite_magic.core import Environment, NetworkError, OriginError, limits, mask_text, origin_of
from monite_magic.core.methods import READING_METHODS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from monite_magic.core import SentRequest

#: Pass it as `extensions` to keep a call out of the history.
UNRECORDED: Final = {"monite_magic.unrecorded": True}

#: Maximum number of redirects of one call.
_MAX_REDIRECTS: Final = 5

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_KEEP_METHOD: Final = frozenset({307, 308})
#: Key in a response's `extensions`: its original headers.
_HEADERS: Final = "monite_magic.headers"

A = TypeVar("A", bound=Answer)
A_contra = TypeVar("A_contra", bound=Answer, contravariant=True)


class Recorder(Protocol[A_contra]):
    """Records one call, from the request to the answer or the error."""

    @property
    def trace(self) -> Callable[[str, Mapping[str, Any]], None]:
        """Records an event of the connection (httpcore's `trace` extension)."""

    def answered(self, answer: A_contra) -> None:
        """Record the answer."""

    def failed(self, request: SentRequest, error: BaseException) -> None:
        """Record the request, and why no answer came."""


class _NoCookies(httpx.Cookies):
    def extract_cookies(self, response: httpx.Response) -> None:
        """Ignore them."""


class _HttpClient(httpx.Client):
    """An `httpx.Client` that ignores cookies: the API has none."""

    cookies: Any = _NoCookies()


class Client(Generic[A]):
    """A client for one environment and one token.

    Args:
        environment: Where calls go.
        auth: Adds the token to requests; None sends them without a token.
        entity_id: The entity that calls are for. It goes into the entity header if the operation has one.
        transport: Sends requests; by default a new transport to the environment.
        timeout: Seconds to connect, and seconds to wait for the whole answer; by default `limits.timeout`.
        answer: The class of the answers.
        recorder: Returns a recorder for a call; None records nothing.

    Answers are returned whatever their status; `Answer.raise_for_status` raises for errors. The client is
    thread-safe, and works as a context manager.
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
        recorder: Callable[[Prepared], Recorder[A]] | None = None,
    ) -> None:
        self._answer = answer
        self.environment = environment
        self.entity_id = entity_id
        self._transport = transport or open_transport(environment)
        self._timeout = timeout or limits.timeout
        self._recorder = recorder
        self._http = _HttpClient(
            auth=auth,
            transport=self._transport,
            follow_redirects=True,
            max_redirects=_MAX_REDIRECTS,
            event_hooks={"response": [_hold_back]},
        )

    # -- one call ---------------------------------------------------------------------------------------

    def request(
        self,
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
        timeout: float | None = None,
        notes: tuple[Note, ...] = (),
        retry: RetryPolicy | None = None,
        extensions: Mapping[str, Any] | None = None,
    ) -> A:
        """Send one request and return its answer.

        Args:
            method: `GET`, `POST`, `PATCH`, `PUT` or `DELETE`.
            path: Path of the API, for instance `/counterparts`, or an absolute URL below the base URL.
            params: Query parameters, added to those in `path`.
            json: Body to serialize as JSON. Decimals, dates and UUIDs are not supported here.
            content: Body as JSON bytes.
            data: Form fields of a multipart body, with `files`.
            files: Files of a multipart body: field -> (name, bytes).
            headers: Additional headers, except `Authorization`.
            entity_id: Entity of this call, instead of the client's.
            timeout: Timeout of this call in seconds, instead of the client's.
            notes: Notes to show with the answer.
            retry: Retry policy of a read, instead of `limits`. Writes are never retried.
            extensions: Extensions of the httpx request, for instance a `trace`.

        Raises:
            RequestError: The path or a header can't be sent.
            OriginError: The URL or a redirect has another origin.
            NetworkError: No answer came; `.request` is the masked request.
            TokenError: The token exchange was refused.
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
        return self.send(prepared, notes=notes, retry=retry, extensions=extensions)

    def prepare(
        self,
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
        timeout: float | None = None,
    ) -> Prepared:
        """Build a complete request without sending it. For the arguments, see `request`.

        Raises:
            RequestError: The path or a header can't be sent.
            OriginError: The URL has another origin.
        """
        return build(
            self.environment,
            method,
            path,
            params=params,
            json=json,
            content=content,
            data=data,
            files=files,
            headers=headers,
            entity_id=entity_id,
            session_entity=self.entity_id,
            timeout=timeout or self._timeout,
        )

    def send(
        self,
        prepared: Prepared,
        *,
        notes: tuple[Note, ...] = (),
        retry: RetryPolicy | None = None,
        extensions: Mapping[str, Any] | None = None,
    ) -> A:
        """Send a prepared request and return its answer. It raises the same errors as `request`."""
        extensions = extensions or {}
        recorder = None
        if self._recorder is not None and not extensions.keys() & UNRECORDED.keys():
            recorder = self._recorder(prepared)
            extensions = {"trace": recorder.trace, **extensions}
        events: list[str] = []
        request = httpx.Request(
            prepared.method,
            prepared.http.url,
            headers=prepared.http.headers,
            stream=prepared.http.stream,
            extensions={**prepared.http.extensions, EVENTS: events, POLICY: retry, **extensions},
        )
        started = time.perf_counter()
        try:
            response = self._send_http(request)
        except BaseException as error:
            unanswered = prepared.as_sent(request)
            if isinstance(error, NetworkError):
                error.request = unanswered
            if recorder:
                recorder.failed(unanswered, error)
            raise
        notes = (*notes, *_redirect_note(response), *map(Note, [*_retries(response), *events]))
        answer = self._answer(
            request=prepared.as_sent(response.request),
            status=response.status_code,
            headers=_headers_of(response),
            content=response.content,
            elapsed=time.perf_counter() - started,
            environment=self.environment,
            template=prepared.template,
            client=self,
            notes=notes,
        )
        if recorder:
            recorder.answered(answer)
        return answer

    def _send_http(self, request: httpx.Request) -> httpx.Response:
        try:
            return self._http.send(request)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            problem = explain(error, request.method, str(request.url))
        raise problem

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
        """Yield the pages of a list, one answer per page.

        Args:
            path: Path of a list, for instance `/payables`.
            params: Query parameters of the first page. The pagination token carries them to later pages
                (OpenAPI 2024-05-25, `pagination_token`).
            options: As for `request`.

        Raises:
            ApiError: A page answered 400 or above.
            EndlessListError: The list never ends.
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

    def close(self) -> None:
        """Close the connections. If you use the client again, it opens new ones."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        entity = f", entity {self.entity_id}" if self.entity_id else ""
        return f"<{type(self).__name__} {self.environment.label}{entity}>"


def _hold_back(response: httpx.Response) -> None:
    """Hide redirects that must not be followed from `httpx.Client` (its response hook).

    These are redirects that would turn a write into a read, and redirects with an invalid location, for which
    httpx would raise an error.

    Raises:
        OriginError: The redirect leads to another origin.
    """
    method, url = response.request.method, _redirected_to(response)
    if url is not None and origin_of(str(url)) != origin_of(str(response.request.url)):
        hint = "Check the base URL."
        if method not in READING_METHODS:
            hint = f"{hint} The {method} may have taken effect. Check before you send it again."
        raise OriginError(
            f"The answer redirects to {url.netloc.decode()}. The token is not sent there.", hint=hint
        )
    is_followed = method in READING_METHODS or response.status_code in _KEEP_METHOD
    if "location" in response.headers and (url is None or not is_followed):
        response.extensions[_HEADERS] = response.headers.copy()
        del response.headers["location"]


def _headers_of(response: httpx.Response) -> httpx.Headers:
    """Return the original headers of a response, including those hidden by `_hold_back`."""
    headers: httpx.Headers = response.extensions.get(_HEADERS, response.headers)
    return headers


def _redirected_to(response: httpx.Response) -> httpx.URL | None:
    """Return the target of a redirect, or None if it is not a redirect or the location is invalid."""
    location = _headers_of(response).get("location") if response.status_code in _REDIRECTS else None
    if location is None:
        return None
    try:
        url = response.request.url.join(location)
    except httpx.InvalidURL:
        return None
    _, host, _ = origin_of(str(url))
    return url if host else None


def _redirect_note(response: httpx.Response) -> list[Note]:
    """Return a warning about a redirect that was not followed, because it would turn a write into a read."""
    url = _redirected_to(response)
    if url is None:
        return []
    method, path = response.request.method, url.path
    text = (
        f"The server redirects to {path}. A {method} doesn't follow redirects: check whether it took effect."
    )
    return [Note(mask_text(text), "warning")]


def _retries(response: httpx.Response) -> list[str]:
    made = response.extensions.get(RETRIES, 0)
    if not made:
        return []
    times = "once" if made == 1 else f"{made} times"
    gave_up = ", without success" if response.status_code in RETRIED_STATUSES else ""
    return [f"The server was busy or failing; the read was retried {times}{gave_up}."]
