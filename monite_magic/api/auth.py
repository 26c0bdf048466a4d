"""The token on requests: an `httpx.Auth` for any httpx client, sync or async.

It goes only to the environment's own origin. A call that was refused for an old token is sent once more, with
a new one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import httpx

from monite_magic.api.token import authorized, message_of
from monite_magic.core import OriginError, origin_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from monite_magic.api.token import Token, TokenSource

#: Key in a request's `extensions` under which `MoniteAuth` appends what it did (a list of str).
EVENTS: Final = "monite_magic.events"

_HEADER: Final = "Authorization"


class MoniteAuth(httpx.Auth):
    """Puts the token of a `TokenSource` on requests, renews it, and repeats a call refused for an old one.

    Works with `httpx.Client` and `httpx.AsyncClient`. A request to another origin than the environment's
    raises `OriginError` and is not sent.

    Args:
        source: Where tokens come from.
    """

    def __init__(self, source: TokenSource) -> None:
        self.source = source

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Authorize one request (httpx's hook)."""
        flow = self._flow(request)
        given: Any = None
        try:
            while (step := _next(flow, given)) is not None:
                if isinstance(step, httpx.Request):
                    given = yield step
                elif isinstance(step, httpx.Response):
                    given = step.read()
                else:
                    given = self.source.get() if step.refused is None else self.source.renew(step.refused)
        finally:
            flow.close()

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Authorize one request (httpx's hook)."""
        flow = self._flow(request)
        given: Any = None
        try:
            while (step := _next(flow, given)) is not None:
                if isinstance(step, httpx.Request):
                    given = yield step
                elif isinstance(step, httpx.Response):
                    given = await step.aread()
                else:
                    source = self.source
                    given = await source.aget() if step.refused is None else await source.arenew(step.refused)
        finally:
            flow.close()

    def _flow(self, request: httpx.Request) -> Generator[_Step, Any, None]:
        """What both hooks do, and all that is decided: whether a call is sent again, and with what.

        Yields:
            A request to send, which is answered with its response; a response to read; or which token is
            wanted, which is answered with it.
        """
        self._guard(request)
        token = self._told(request, (yield _Wanted()))
        response = yield from _authorised(request, token)
        if not self._may_be_expired(response):
            return
        yield response
        if self._is_expired(response):
            token = yield _Wanted(refused=token)
            _tell(request, "The server refused the token as expired or invalid; sent again with a new one.")
            yield from _authorised(request, token)

    def _guard(self, request: httpx.Request) -> None:
        environment = self.source.environment
        if origin_of(str(request.url)) != environment.origin:
            raise OriginError(
                f"The token of {environment.label} is not sent to {request.url.netloc.decode()}.",
                hint="Call paths of the API, or use a client without our auth for other hosts.",
            )

    def _may_be_expired(self, response: httpx.Response) -> bool:
        if response.status_code == httpx.codes.UNAUTHORIZED:
            return True
        is_bad_request = response.status_code == httpx.codes.BAD_REQUEST
        return is_bad_request and self.source.environment.expired_token_is_400(response.request.headers)

    def _is_expired(self, response: httpx.Response) -> bool:
        return response.status_code == httpx.codes.UNAUTHORIZED or "expired" in message_of(response).lower()

    def _told(self, request: httpx.Request, token: Token) -> Token:
        failure = self.source.failure
        if failure is not None and not token.is_fresh:
            _tell(request, f"The token still holds, but could not be renewed: {failure.message}")
        return token

    def __repr__(self) -> str:
        return f"<MoniteAuth {self.source!r}>"


class _Wanted(NamedTuple):
    """A token that a flow waits for.

    Attributes:
        refused: The token that the server refused, which it must not be; None for any that holds.
    """

    refused: Token | None = None


_Step = httpx.Request | httpx.Response | _Wanted


def _next(flow: Generator[_Step, Any, None], given: Any) -> _Step | None:
    try:
        return flow.send(given)
    except StopIteration:
        return None


def _authorised(request: httpx.Request, token: Token) -> Generator[_Step, Any, httpx.Response]:
    """Have a request sent with a token on it, which is not there afterwards, nor after an error."""
    try:
        response: httpx.Response = yield authorized(request, token)
    finally:
        request.headers.pop(_HEADER, None)
    # Redirects that the client follows, or holds ready, are copies of the request.
    copies = [response.request, response.next_request, *(past.request for past in response.history)]
    for each in filter(None, copies):
        each.headers.pop(_HEADER, None)
    return response


def _tell(request: httpx.Request, what: str) -> None:
    events = request.extensions.get(EVENTS)
    if events is not None:
        events.append(what)
