"""The way to the simulator in this process, which fails as a network does.

httpx's `WSGITransport` lets the application's own exceptions through, takes any time, and any part of a body
for the whole. Here a broken connection, a body cut short and an answer that comes too late are what they are
over a socket, so that a call to the simulator goes wrong in the same way as one to a server.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx

from monite_magic.simulator.app import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    Tell = Callable[[str, dict[str, Any]], None]


class LocalTransport(httpx.BaseTransport):
    """Calls a WSGI application in this process."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request.

        Raises:
            httpx.ReadTimeout: The answer came later than the request's timeout allows.
            httpx.RemoteProtocolError: The connection broke before the answer was complete.
        """
        # The events of httpcore that tell one attempt from the next.
        tell: Tell = request.extensions.get("trace") or _nobody
        tell("http11.send_request_headers.started", {})
        tell("http11.send_request_headers.complete", {})
        tell("http11.receive_response_headers.started", {})
        try:
            response = self._answer(request)
        except httpx.TransportError as error:
            tell("http11.receive_response_headers.failed", {"exception": error})
            raise
        tell("http11.receive_response_headers.complete", {"return_value": (response.status_code,)})
        return response

    def _answer(self, request: httpx.Request) -> httpx.Response:
        started = time.monotonic()
        patience = request.extensions.get("timeout", {}).get("read")

        def app(environ: dict[str, Any], start_response: Any) -> Any:
            return self._app({**environ, PATIENCE: patience}, start_response)

        try:
            response = httpx.WSGITransport(app=app).handle_request(request)
            body = b"".join(response.stream)  # type: ignore[arg-type]  # it is one for synchronous clients
        except ConnectionError as error:
            raise httpx.RemoteProtocolError(str(error), request=request) from None
        if len(body) < int(response.headers.get("content-length", 0)):
            raise httpx.RemoteProtocolError("the body was cut short", request=request)
        if patience is not None and time.monotonic() - started >= patience:
            raise httpx.ReadTimeout("the answer came too late", request=request)
        return httpx.Response(
            response.status_code, headers=response.headers, stream=httpx.ByteStream(body), request=request
        )


def _nobody(_event: str, _info: dict[str, Any]) -> None:
    """Nobody wants to know."""
