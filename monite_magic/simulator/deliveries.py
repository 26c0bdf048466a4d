"""The sending of webhooks: to receivers on this machine alone, in a thread where there can be one."""

from __future__ import annotations

import contextlib
import http.client
import re
import sqlite3
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from monite_magic.simulator.store import Document, Store

_LOOPBACK = re.compile(r"localhost|[\w.-]+\.localhost|127(\.\d{1,3}){3}|::1")
_PATIENCE = 5


def deliver(store: Store, identifier: str) -> None:
    """Send a delivery, and note what came of it.

    Nothing is sent to another machine: such a delivery is only kept, to be read.
    """
    delivery = store.get("webhook_delivery", identifier)
    if delivery is None or not _LOOPBACK.fullmatch(urlsplit(delivery["url"]).hostname or ""):
        return
    worker = threading.Thread(target=_send, args=(store, delivery), daemon=True)
    try:
        worker.start()
    except RuntimeError:  # no threads here, as in a browser: the delivery is kept, and not sent
        return


def _send(store: Store, delivery: Document) -> None:
    delivery["requests_made_count"] += 1
    try:
        delivery["response_status_code"], delivery["response"] = _post(delivery)
    except (OSError, http.client.HTTPException) as error:
        delivery["response"] = f"{type(error).__name__}: {error}"
    # The listener answers 200 (docs.monite.com, "Webhooks").
    delivery["was_successful"] = delivery.get("response_status_code") == 200
    with contextlib.suppress(sqlite3.ProgrammingError):  # the simulator has been closed meanwhile
        store.replace("webhook_delivery", delivery)


def _post(delivery: Document) -> tuple[int, str]:
    url = urlsplit(delivery["url"])
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = kind(url.hostname or "", url.port, timeout=_PATIENCE)
    try:
        headers = {"Content-Type": "application/json", "Monite-Signature": delivery["_signature"]}
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        connection.request("POST", path, delivery["_body"].encode(), headers)
        answer = connection.getresponse()
        return answer.status, answer.read(10_000).decode("utf-8", "replace")
    finally:
        connection.close()
