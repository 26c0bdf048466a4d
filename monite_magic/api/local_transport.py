"""The transport to the simulator in this process, which fails like a network.

httpx's `WSGITransport` lets the application's exceptions through, has no timeout, and accepts truncated
bodies. Here broken connections, truncated bodies and late answers raise the same errors as over a socket.
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
            httpx.ReadTimeout: The answer came after the request's timeout.
            httpx.RemoteProtocolError: The connection broke before the answer was complete.
        """
        # The httpcore events that mark each attempt.
        tell: Tell = request.extensions.get("trace") or _ignore
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
            body = b"".join(response.stream)  # type: ignore[arg-type]  # a sync stream
        except ConnectionError as error:
            raise httpx.RemoteProtocolError(str(error), request=request) from None
        if len(body) < int(response.headers.get("content-length", 0)):
            raise httpx.RemoteProtocolError("the body was cut short", request=request)
        if patience is not None and time.monotonic() - started >= patience:
            raise httpx.ReadTimeout("the answer came too late", request=request)
        return httpx.Response(
            response.status_code, headers=response.headers, stream=httpx.ByteStream(body), request=request
        )


def _ignore(_event: str, _info: dict[str, Any]) -> None:
    """Ignore the event."""
