"""Receive events as webhooks on this machine, with temporary subscriptions.

This works only with the simulator, since the API needs a public address. Each signature is checked. Webhooks
with an invalid signature are refused and counted.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

from monite_magic.core import MoniteError, Secret
from monite_magic.session.watching import Event, Wanted, object_types

if TYPE_CHECKING:
    from monite_magic.session.client import MoniteClient

# Seconds for which a signature is valid.
_MAX_AGE: Final = 300
_MAX_BODY: Final = 1_000_000


class WebhookFeed:
    """Receives webhooks on this machine.

    Args:
        client: Creates the subscriptions; needs a partner token.
        wanted: The events to return.

    Attributes:
        refused: Number of webhooks without a valid signature.

    Raises:
        MoniteError: No port can be opened, or the API refuses a subscription.
    """

    def __init__(self, client: MoniteClient, wanted: Wanted) -> None:
        self._client, self._wanted = client, wanted
        self._queue: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._secrets: list[Secret] = []
        self._subscriptions: list[str] = []
        self.refused = 0
        try:
            self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
            threading.Thread(target=self._server.serve_forever, daemon=True).start()
        except (OSError, RuntimeError):
            raise MoniteError(
                "Webhooks can't be received here: no port can be opened.",
                hint="Leave out --webhooks to poll for events.",
            ) from None
        try:
            for object_type in sorted(wanted.types or object_types()):
                self._subscribe(object_type)
        except BaseException:
            self.close()
            raise

    def look(self) -> list[Event]:
        """Return the events since the last call, oldest first."""
        found = []
        with contextlib.suppress(queue.Empty):
            while True:
                found.append(self._queue.get_nowait())
        return [event for event in found if self._wanted.takes(event)]

    def close(self) -> None:
        """Delete the subscriptions and stop the receiver."""
        self._server.shutdown()
        self._server.server_close()
        for identifier in self._subscriptions:
            with contextlib.suppress(MoniteError):
                self._client.request("DELETE", f"/webhook_subscriptions/{identifier}")
        self._subscriptions = []

    def _subscribe(self, object_type: str) -> None:
        body = {"object_type": object_type, "url": f"http://127.0.0.1:{self._server.server_port}/"}
        answer = self._client.request("POST", "/webhook_subscriptions", json=body)
        answer.raise_for_status()
        secret = answer["secret"]
        self._subscriptions.append(answer["id"])
        self._secrets.append(secret if isinstance(secret, Secret) else Secret(str(secret)))

    def _take(self, signature: str, body: bytes) -> bool:
        """Queue the event of a webhook if its signature is valid."""
        now = self._now()
        if not any(is_genuine(signature, body, secret.reveal(), now) for secret in self._secrets):
            self.refused += 1
            return False
        try:
            self._queue.put(Event.of(json.loads(body)))
        except (ValueError, AttributeError, RecursionError):
            self.refused += 1  # signed, but not an event
            return False
        return True

    def _now(self) -> float:
        """The server's time in seconds. The simulator signs by its own clock, which can be moved."""
        if not self._client.environment.in_process:
            return time.time()
        from monite_magic import simulator

        return simulator.default().clock.now().timestamp()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        take = self._take

        class Receiver(BaseHTTPRequestHandler):
            timeout = 10

            def do_POST(self) -> None:
                length = self.headers.get("Content-Length", "")
                size = int(length) if length.isascii() and length.isdigit() and len(length) < 8 else 0
                body = self.rfile.read(size) if size <= _MAX_BODY else b""
                status = 200 if take(self.headers.get("Monite-Signature", ""), body) else 401
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Don't log requests."""

        return Receiver


def is_genuine(signature: str, body: bytes, secret: str, now: float | None = None) -> bool:
    """Whether a webhook was signed with this secret, within the last five minutes.

    Args:
        signature: The header `Monite-Signature`: `t=…,v1=…`.
        body: The raw body.
        secret: The subscription's secret.
        now: The server's time in seconds since 1970; by default this machine's.
    """
    parts = dict(part.partition("=")[::2] for part in signature.split(","))
    at, received = parts.get("t", ""), parts.get("v1", "")
    if not (at.isascii() and at.isdigit() and len(at) < 15 and received.isascii()):
        return False
    expected = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    age = abs((time.time() if now is None else now) - int(at))
    return hmac.compare_digest(expected, received) and age <= _MAX_AGE
