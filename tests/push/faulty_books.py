"""A server on a real socket that keeps suppliers with what belongs to them, and fails in every way.

What it fails with is drawn for each write: it may carry it out before it fails, after, or not at all.
"""

import contextlib
import json
import random
import re
import socket
import struct
import threading
import time
import uuid
from datetime import UTC, datetime
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

CHILD = re.compile(r"/v1/counterparts/([0-9a-f-]{36})/(\w+)")
FAULTS = ("cut before", "cut after", "500 before", "500 after", "429", "503 after", "hang", "late", "garbled")
HANGS = 1.5
LATE = 0.4


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        """A client that has gone is expected."""


class Books:
    """The server. `share` is the part of writes that meet a fault."""

    def __init__(self, *, share=0.0, faults=FAULTS, seed=1, refuses=lambda body: None):
        self.lists = {"counterparts": []}
        self.arrived = 0
        self.share = share
        self.faults = faults
        self.latency = 0.0
        self.refuses = refuses
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self.stopping = threading.Event()
        self._http = _Server(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self):
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def names(self):
        return [row["organization"]["legal_name"] for row in self.lists["counterparts"]]

    def children(self, name):
        return [row for path, rows in self.lists.items() if path.endswith(f"/{name}") for row in rows]

    # -- answering --------------------------------------------------------------------------------------

    def answer(self, handler):
        url = urlsplit(handler.path)
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length)
        if len(body) < length:
            return
        if self.latency:
            time.sleep(self.latency)
        if handler.command == "GET":
            self.list(handler, url)
            return
        with self._lock:
            self.arrived += 1
            fault = self._random.choice(self.faults) if self._random.random() < self.share else ""
        self.write(handler, url.path, json.loads(body), fault)

    def list(self, handler, url):
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        with self._lock:
            rows = list(self.lists.get(url.path.removeprefix("/v1/"), []))
        start, limit = int(query.get("pagination_token", "0")), int(query.get("limit", "7"))
        page = rows[start : start + limit]
        following = str(start + limit) if start + limit < len(rows) else None
        self.send(handler, 200, {"data": page, "next_pagination_token": following})

    def write(self, handler, path, body, fault):
        problem = self.refuses(body)
        if problem:
            self.send(handler, 422, {"error": {"message": problem}})
        elif fault == "cut before":
            self.reset(handler)
        elif fault in {"500 before", "429"}:
            status = 429 if fault == "429" else 500
            self.send(handler, status, {"error": {"message": fault}}, {"Retry-After": "0"})
        elif fault == "hang":
            self.create(path, body)
            self.stopping.wait(HANGS)
        elif fault == "late":
            self.send(handler, 504, {"error": {"message": fault}})
            self.stopping.wait(LATE)
            self.create(path, body)
        else:
            row = self.create(path, body)
            if fault == "cut after":
                self.reset(handler)
            elif fault:
                status = {"500 after": 500, "503 after": 503, "garbled": 201}[fault]
                content = b'{"id": "tr' if fault == "garbled" else b'{"error": {"message": "no"}}'
                self.send(handler, status, None, content=content)
            else:
                self.send(handler, 201, row)

    def create(self, path, body):
        moment = datetime.now(UTC).isoformat()
        row = {"id": str(uuid.uuid4()), "created_at": moment, **body}
        with self._lock:
            self.lists.setdefault(path.removeprefix("/v1/"), []).append(row)
        return row

    @staticmethod
    def send(handler, status, data, headers=(), *, content=None):
        body = json.dumps(data).encode() if content is None else content
        handler.send_response(status)
        lines = {"Content-Type": "application/json", "Content-Length": str(len(body)), **dict(headers)}
        for name, value in lines.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)
        handler.wfile.flush()

    @staticmethod
    def reset(handler):
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()
        handler.close_connection = True

    def _handler(books):  # noqa: N805 - the handler below has the self
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def date_time_string(self, timestamp=None):
                return formatdate(time.time(), usegmt=True)

            def answer(self):
                with contextlib.suppress(ConnectionError, ValueError, OSError):  # the client has gone
                    books.answer(self)

            do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815

            def log_message(self, *_):
                pass

            def finish(self):
                with contextlib.suppress(OSError, ValueError):  # the connection was reset, as told
                    super().finish()

        return Handler
