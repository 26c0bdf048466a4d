"""The token on requests: an `httpx.Auth` for any httpx client, sync or async.

It goes only to the environment's own origin. A call that was refused for an old token is sent once more, with
a new one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx

from monite_magic.environments import origin_of
from monite_magic.errors import OriginError
from monite_magic.token_source import authorized, message_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from monite_magic.token_source import Token, TokenSource

#: Key in a request's `extensions` under which `MoniteAuth` appends what it did (a list of str).
EVENTS: Final = "monite_magic.events"


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
        self._guard(request)
        token = self._told(request, self.source.get())
        response = yield authorized(request, token)
        if self._may_be_expired(response):
            response.read()
            if self._is_expired(response):
                yield authorized(request, self._renewed(request, self.source.renew(token)))

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Authorize one request (httpx's hook)."""
        self._guard(request)
        token = self._told(request, await self.source.aget())
        response = yield authorized(request, token)
        if self._may_be_expired(response):
            await response.aread()
            if self._is_expired(response):
                yield authorized(request, self._renewed(request, await self.source.arenew(token)))

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
        return (
            response.status_code == httpx.codes.BAD_REQUEST and self.source.environment.expired_token_is_400
        )

    def _is_expired(self, response: httpx.Response) -> bool:
        return response.status_code == httpx.codes.UNAUTHORIZED or "expired" in message_of(response).lower()

    def _told(self, request: httpx.Request, token: Token) -> Token:
        failure = self.source.failure
        if failure is not None and not token.is_fresh:
            _tell(request, f"The token still holds, but could not be renewed: {failure.message}")
        return token

    @staticmethod
    def _renewed(request: httpx.Request, token: Token) -> Token:
        _tell(request, "The server refused the token as expired or invalid; sent again with a new one.")
        return token

    def __repr__(self) -> str:
        return f"<MoniteAuth {self.source!r}>"


def _tell(request: httpx.Request, what: str) -> None:
    events = request.extensions.get(EVENTS)
    if events is not None:
        events.append(what)
