"""Events as webhooks: a receiver on this machine, with subscriptions that end with it.

Only for the simulator: the API calls public addresses, and a notebook has none. Each call's signature is
checked; what is not signed with the subscription's secret is refused and counted.
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

# Seconds for which a signature is good.
_FRESH: Final = 300
_LARGEST: Final = 1_000_000


class WebhookFeed:
    """Receives webhooks on this machine.

    Args:
        client: Subscribes, with a partner's token.
        wanted: Which events are wanted.

    Attributes:
        refused: How many calls had no valid signature.

    Raises:
        MoniteError: Nothing can listen here, or the API refuses a subscription.
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
                "Webhooks can't be received here.", hint="Without --webhooks, events are asked for instead."
            ) from None
        try:
            for object_type in sorted(wanted.types or object_types()):
                self._subscribe(object_type)
        except BaseException:
            self.close()
            raise

    def look(self) -> list[Event]:
        """The events that have come since the last look, oldest first."""
        found = []
        with contextlib.suppress(queue.Empty):
            while True:
                found.append(self._queue.get_nowait())
        return [event for event in found if self._wanted.takes(event)]

    def close(self) -> None:
        """End the subscriptions and the receiver."""
        self._server.shutdown()
        self._server.server_close()
        for identifier in self._subscriptions:
            with contextlib.suppress(MoniteError, RuntimeError):  # the latter of a client that is closed
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
        """Keep what a call says if it is genuine."""
        if not any(is_genuine(signature, body, secret.reveal()) for secret in self._secrets):
            self.refused += 1
            return False
        try:
            self._queue.put(Event.of(json.loads(body)))
        except (ValueError, AttributeError, RecursionError):
            self.refused += 1  # signed, but not an event
            return False
        return True

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        take = self._take

        class Receiver(BaseHTTPRequestHandler):
            timeout = 10

            def do_POST(self) -> None:
                length = self.headers.get("Content-Length", "")
                size = int(length) if length.isascii() and length.isdigit() and len(length) < 8 else 0
                body = self.rfile.read(size) if size <= _LARGEST else b""
                status = 200 if take(self.headers.get("Monite-Signature", ""), body) else 401
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Receiver


def is_genuine(signature: str, body: bytes, secret: str) -> bool:
    """Whether a webhook was signed with this secret, within the last five minutes.

    Args:
        signature: The header `Monite-Signature`: `t=…,v1=…`.
        body: The body, as it came.
        secret: The subscription's.
    """
    parts = dict(part.partition("=")[::2] for part in signature.split(","))
    at, given = parts.get("t", ""), parts.get("v1", "")
    if not (at.isascii() and at.isdigit() and len(at) < 15 and given.isascii()):
        return False
    right = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(right, given) and abs(time.time() - int(at)) <= _FRESH
