"""A server of payables for the benchmarks: as many as wished, made up as they are asked for.

Run: python tests/benchmarks/paged_server.py ROWS LATENCY_SECONDS CALLS_PER_SECOND|0

It prints its base URL when it is ready.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

START = datetime(2024, 1, 1, tzinfo=UTC)
SECONDS = 60  # between two rows
ROW = json.dumps(
    {
        "id": "ID",
        "created_at": "MOMENT",
        "updated_at": "MOMENT",
        "amount_due": 119000,
        "amount_paid": 0,
        "amount_to_pay": 119000,
        "counterpart": {
            "name": "Mill & Sons Ltd",
            "address": {"city": "Berlin", "country": "DE", "line1": "Weg 1", "postal_code": "10115"},
            "bank_account": {"iban": "DE00123456780000000000"},
        },
        "counterpart_id": "1d2d1b4a-5b0a-4c55-9d0e-0a4c5f7d2f11",
        "credit_notes": [],
        "currency": "EUR",
        "description": "Flour, type 550",
        "document_id": "INV-NUMBER",
        "due_date": "2024-06-24",
        "entity_id": "2d2d1b4a-5b0a-4c55-9d0e-0a4c5f7d2f11",
        "issued_at": "2024-05-25",
        "payable_origin": "upload",
        "source_of_payable_data": "user_specified",
        "status": "waiting_to_be_paid",
        "subtotal": 100000,
        "tags": [],
        "tax": 1900,
        "tax_amount": 19000,
        "total_amount": 119000,
    }
)


def row(number: int) -> str:
    """Return a row as JSON text."""
    moment = (START + timedelta(seconds=SECONDS * number)).isoformat(timespec="microseconds")
    identity = f"{number:08x}-5b0a-4c55-9d0e-0a4c5f7d2f11"
    return ROW.replace("MOMENT", moment).replace("ID", identity, 1).replace("NUMBER", str(number))


class Handler(BaseHTTPRequestHandler):
    """Answers `GET /v1/payables`, and a 1 kB object for any other path."""

    protocol_version = "HTTP/1.1"
    rows = 0
    latency = 0.0
    limit = 0
    lock = threading.Lock()
    counts: ClassVar[dict[int, int]] = {}

    def do_GET(self) -> None:
        """Answer a GET."""
        if self.latency:
            time.sleep(self.latency)
        if self.limit and self._is_over_the_limit():
            self._send(429, b'{"message": "API rate limit exceeded"}', {"Retry-After": "1"})
        elif self.path.startswith("/v1/payables?") or self.path == "/v1/payables":
            limit = {"X-RateLimit-Limit-Second": str(self.limit)} if self.limit else {}
            self._send(200, self._page(), limit)
        else:
            self._send(200, row(1).encode(), {})

    def do_POST(self) -> None:
        """Answer the token exchange."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        token = {"access_token": "benchmark-token", "token_type": "Bearer", "expires_in": 1800}
        self._send(200, json.dumps(token).encode(), {})

    def _is_over_the_limit(self) -> bool:
        with self.lock:
            second = int(time.time())
            self.counts[second] = self.counts.get(second, 0) + 1
            return self.counts[second] > self.limit

    def _page(self) -> bytes:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        if "pagination_token" in query:
            start, end, limit = map(int, query["pagination_token"].split("-"))
        else:
            start, end = (
                self._number(query.get("created_at__gte"), 0),
                self._number(query.get("created_at__lt"), self.rows),
            )
            limit = int(query.get("limit", 100))
        if query.get("order") == "desc":
            numbers, last = range(end - 1, max(start, end - limit) - 1, -1), start
        else:
            numbers, last = range(start, min(start + limit, end)), end
        token = None if not numbers or numbers[-1] + 1 >= last else f"{numbers[-1] + 1}-{end}-{limit}"
        body = ",".join(map(row, numbers))
        return f'{{"data": [{body}], "next_pagination_token": {json.dumps(token)}}}'.encode()

    def _number(self, moment: str | None, otherwise: int) -> int:
        """Return the number of the first row at or after a moment."""
        if moment is None:
            return otherwise
        seconds = (datetime.fromisoformat(moment) - START).total_seconds()
        return min(max(0, -int(-seconds // SECONDS)), self.rows)

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        usual = {"Content-Type": "application/json", "Content-Length": str(len(body)), "X-Request-Id": "r"}
        for name, value in (usual | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Each connection has a thread; answers are sent at once."""

    daemon_threads = True
    disable_nagle_algorithm = True
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """Ignore clients that were killed."""


def main() -> None:
    """Serve until the process is ended."""
    Handler.rows, Handler.latency, Handler.limit = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    Handler.wbufsize = -1
    server = Server(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}/v1", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
