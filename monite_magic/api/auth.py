"""Authorize requests with an `httpx.Auth` for any httpx client, sync or async.

The token goes only to the environment's origin. If the API refuses a call because its token has expired, the
call is sent once more with a new token.

How environments differ (token route, encoding, header names) is data in `core.environments`.
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
    """Adds the token of a `TokenSource` to requests, and repeats a call once if its token has expired.

    Works with `httpx.Client` and `httpx.AsyncClient`. A request to another origin raises `OriginError` and is
    not sent.

    Args:
        source: Provides tokens.
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
        """The logic of both hooks: which requests to send, with which token.

        Yields:
            A request to send; receives its response. A response to read. Or a `_TokenNeeded`; receives the
            token.
        """
        self._guard(request)
        token = self._with_renewal_note(request, (yield _TokenNeeded()))
        response = yield from _send_authorized(request, token)
        if not self._may_be_expired(response):
            return
        yield response
        if self._is_expired(response):
            token = yield _TokenNeeded(refused=token)
            _add_event(
                request, "The server refused the token as expired or invalid; sent again with a new one."
            )
            yield from _send_authorized(request, token)

    def _guard(self, request: httpx.Request) -> None:
        environment = self.source.environment
        if origin_of(str(request.url)) != environment.origin:
            raise OriginError(
                f"The token of {environment.label} is not sent to {request.url.netloc.decode()}.",
                hint="Call a path of the API, or use another client for other hosts.",
            )

    def _may_be_expired(self, response: httpx.Response) -> bool:
        if response.status_code == httpx.codes.UNAUTHORIZED:
            return True
        is_bad_request = response.status_code == httpx.codes.BAD_REQUEST
        return is_bad_request and self.source.environment.expired_token_is_400(response.request.headers)

    def _is_expired(self, response: httpx.Response) -> bool:
        return response.status_code == httpx.codes.UNAUTHORIZED or "expired" in message_of(response).lower()

    def _with_renewal_note(self, request: httpx.Request, token: Token) -> Token:
        failure = self.source.failure
        if failure is not None and not token.is_fresh:
            _add_event(request, f"The token is still valid, but could not be renewed: {failure.message}")
        return token

    def __repr__(self) -> str:
        return f"<MoniteAuth {self.source!r}>"


class _TokenNeeded(NamedTuple):
    """A request for a token.

    Attributes:
        refused: The token that the server refused, to get another one; None for any valid token.
    """

    refused: Token | None = None


_Step = httpx.Request | httpx.Response | _TokenNeeded


def _next(flow: Generator[_Step, Any, None], given: Any) -> _Step | None:
    try:
        return flow.send(given)
    except StopIteration:
        return None


def _send_authorized(request: httpx.Request, token: Token) -> Generator[_Step, Any, httpx.Response]:
    """Send a request with a token, and remove the token afterwards, even after an error."""
    try:
        response: httpx.Response = yield authorized(request, token)
    finally:
        request.headers.pop(_HEADER, None)
    # Redirects, followed or pending, are copies of the request.
    copies = [response.request, response.next_request, *(past.request for past in response.history)]
    for each in filter(None, copies):
        each.headers.pop(_HEADER, None)
    return response


def _add_event(request: httpx.Request, what: str) -> None:
    events = request.extensions.get(EVENTS)
    if events is not None:
        events.append(what)
