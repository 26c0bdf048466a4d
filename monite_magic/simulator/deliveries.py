"""Sends webhooks, each in a thread, to receivers on this machine that the user chose."""

from __future__ import annotations

import contextlib
import gc
import http.client
import socket
import sqlite3
import ssl
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from monite_magic.core.loopback import is_address, is_loopback
from monite_magic.simulator.hosts import Origin, origin_of, same_receiver

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monite_magic.simulator.hosts import Origin
    from monite_magic.simulator.store import Document, Store

_PATIENCE = 5
_NOT_NAMED = (
    "not sent: start the receiver in this process, or name it with --webhooks-to or "
    "monite_magic.simulator.default().receivers.add(url)"
)


class Receivers:
    """The receivers that webhooks can be sent to.

    Args:
        named: URLs on this machine. Webhooks can go to any URL with the same origin.

    Raises:
        ValueError: A URL is not on this machine.
    """

    def __init__(self, named: Iterable[str] = ()) -> None:
        self._named: set[Origin] = set()
        for url in named:
            self.add(url)

    def add(self, url: str) -> None:
        """Allow webhooks to the origin of a URL on this machine.

        Raises:
            ValueError: The URL is not on this machine.
        """
        origin = origin_of(url)
        if origin is None or not is_loopback(origin[1]):
            raise ValueError(f"{url!r} is not a URL on this machine, such as http://localhost:9000")
        self._named.add(same_receiver(origin))

    def accept(self, url: str) -> bool:
        """Whether webhooks can go to a URL: its origin is listed, or this process opened its port."""
        origin = origin_of(url)
        if origin is None or not is_loopback(origin[1]):
            return False
        return same_receiver(origin) in self._named or origin[2] in _own_ports()


def _own_ports() -> set[int]:
    """The TCP ports that sockets of this process listen on."""
    found = set()
    for each in gc.get_objects():
        # Check the type itself: reading `__class__` of an arbitrary object can run code.
        if issubclass(type(each), socket.socket):
            with contextlib.suppress(OSError):
                if each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                    found.add(each.getsockname()[1])
    return found


def deliver(store: Store, receivers: Receivers, identifier: str) -> None:
    """Send a delivery and record the result.

    Deliveries to other machines, or to receivers that the user did not choose, are kept but not sent.
    """
    delivery = store.get("webhook_delivery", identifier)
    if delivery is None or not is_loopback(urlsplit(delivery["url"]).hostname or ""):
        return
    worker = threading.Thread(target=_send, args=(store, receivers, delivery), daemon=True)
    try:
        worker.start()
    except RuntimeError:  # no threads, as in a browser: keep the delivery without sending it
        return


def _send(store: Store, receivers: Receivers, delivery: Document) -> None:
    if receivers.accept(delivery["url"]):
        delivery["requests_made_count"] += 1
        try:
            delivery["response_status_code"] = _post(delivery)
        except OSError as error:
            delivery["response"] = f"{type(error).__name__}: {error}"
        except http.client.HTTPException as error:
            # Its text is what the receiver sent.
            delivery["response"] = type(error).__name__
        # The listener answers 200 (docs.monite.com, "Webhooks").
        delivery["was_successful"] = delivery.get("response_status_code") == 200
    else:
        delivery["response"] = _NOT_NAMED
    with contextlib.suppress(sqlite3.ProgrammingError):  # the simulator has been closed in the meantime
        store.replace("webhook_delivery", delivery)


def _post(delivery: Document) -> int:
    """Send a delivery and return the status. The body of the response is not read."""
    url = urlsplit(delivery["url"])
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=_PATIENCE)
    try:
        connection.sock = _connected(url.hostname or "", url.port or (443 if url.scheme == "https" else 80))
        if url.scheme == "https":
            context = ssl.create_default_context()
            connection.sock = context.wrap_socket(connection.sock, server_hostname=url.hostname)
        headers = {"Content-Type": "application/json", "Monite-Signature": delivery["_signature"]}
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        connection.request("POST", path, delivery["_body"].encode(), headers)
        return connection.getresponse().status
    finally:
        connection.close()


def _connected(host: str, port: int) -> socket.socket:
    """A connection to this machine. Names are not looked up: a resolver could return another address."""
    addresses = [host] if is_address(host) else ["127.0.0.1", "::1"]
    for address in addresses[:-1]:
        with contextlib.suppress(OSError):
            return socket.create_connection((address, port), _PATIENCE)
    return socket.create_connection((addresses[-1], port), _PATIENCE)
