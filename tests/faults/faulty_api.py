"""A small API on a real socket that keeps books: what arrived, what was carried out, which tokens hold.

A fault takes the place of its answer to one request, once or for as long as it lasts. Where a real server
might have carried out a write before it failed, this one has: a write that is sent again is then there twice.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN_PATH = "/v1/auth/token"
PAGE_TWO = "two"
LIFETIME = 1800
ROWS = [
    {"id": f"id-{number}", "created_at": f"2024-01-0{number}T00:00:00Z", "currency": "EUR", "status": "new"}
    for number in (1, 2, 3)
]


@dataclass
class Fault:
    """What goes wrong.

    Attributes:
        answer: Answers a request that was carried out before, or breaks the connection.
        times: How often it happens; None for as long as it lasts.
        refuses: Whether the request is not carried out.
        lifetime: Seconds for which the token at hand was issued, or the one that is asked for.
        delay: Seconds that an answer takes.
        down: Whether nobody listens.
        timeout: Seconds that the client waits for an answer.
        version: The API version that the client speaks.
        clock: Seconds by which the client's clock is set while it waits.
        no_name: Whether the host's name is not known.
    """

    answer: Callable[[Api, BaseHTTPRequestHandler], None] | None = None
    times: int | None = 1
    refuses: bool = False
    lifetime: float = LIFETIME
    delay: float = 0.0
    down: bool = False
    timeout: float = 20.0
    version: str | None = None
    clock: float = 0.0
    no_name: bool = False


@dataclass
class Books:
    """What happened at the server."""

    arrived: Counter = field(default_factory=Counter)
    done: Counter = field(default_factory=Counter)
    exchanges: int = 0
    struck: tuple | None = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    allow_reuse_address = True

    def handle_error(self, *_):
        """Ignore a client that has gone."""


class Api:
    """The server. `fault` strikes requests for which `strikes(method, path, query)` holds."""

    def __init__(self):
        self.origin = ""
        self.server_time = time.time
        self._port = 0
        self._connections = set()
        self._lock = threading.Lock()
        self.forget()
        self.up()

    def forget(self):
        """Be well again, and empty the books. Tokens that were handed out hold on."""
        self.books = Books()
        self.fault = None
        self.strikes = lambda *_: False
        self.before_exchange = _go_on
        self.lifetime = LIFETIME
        self._left = 0
        self.tokens = getattr(self, "tokens", {})
        self.stopping = threading.Event()

    def break_with(self, fault, strikes):
        """Let `fault` happen to the requests that `strikes` says."""
        self.fault, self.strikes = fault, strikes
        self._left = fault.times if fault.times is not None else 1_000_000

    def heal(self):
        """Answer as usual from now on."""
        self.stopping.set()
        self.fault = None
        self.before_exchange = _go_on

    # -- listening, and not -----------------------------------------------------------------------------

    def up(self):
        self._http = _Server(("127.0.0.1", self._port), self._handler())
        self._port = self._http.server_port
        self.origin = f"http://127.0.0.1:{self._port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def down(self):
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        self.hang_up()

    def hang_up(self):
        """End the connections that are open."""
        for connection in tuple(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    # -- answering --------------------------------------------------------------------------------------

    def answer(self, handler):
        url = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        request = (handler.command, url.path, url.query, _without_boundary(body))
        token = handler.headers.get("Authorization", "").removeprefix("Bearer ")
        with self._lock:
            self.books.arrived[request] += 1
            fault = self.fault
            hit = fault is not None and self._left > 0 and self.strikes(handler.command, url.path, url.query)
            if hit:
                self._left -= 1
                self.books.struck = request
        if url.path == TOKEN_PATH:
            with self._lock:
                hold, self.before_exchange = self.before_exchange, _go_on
            hold()
        elif self.tokens.get(token, 0) < time.monotonic():
            self.send(handler, 401, {"error": {"message": "The token has expired"}})
            return
        if handler.command == "POST" and not (hit and fault.refuses):
            with self._lock:
                self.books.done[request] += 1
        if hit and fault.delay:
            self.stopping.wait(fault.delay)
        if hit and fault.answer:
            fault.answer(self, handler)
        elif url.path == TOKEN_PATH:
            self.hand_out(handler, fault.lifetime if hit else self.lifetime)
        else:
            self.send(handler, *self._usual(handler.command, url.query))

    def hand_out(self, handler, lifetime=LIFETIME):
        """Answer an exchange with a token."""
        with self._lock:
            self.books.exchanges += 1
            token = f"token-{len(self.tokens)}-of-{id(self)}"
            self.tokens[token] = time.monotonic() + lifetime
        self.send(handler, 200, {"access_token": token, "token_type": "Bearer", "expires_in": lifetime})

    def revoke_all(self):
        """Let no token hold any more."""
        self.tokens.clear()

    @staticmethod
    def _usual(method, query):
        if method == "POST":
            return 201, {"id": "id-9"}
        page = ROWS[2:] if PAGE_TWO in query else ROWS[:2]
        following = None if PAGE_TWO in query else PAGE_TWO
        return 200, {"data": page, "prev_pagination_token": None, "next_pagination_token": following}

    @staticmethod
    def send(handler, status, data=None, *, content=None, headers=()):
        """Send an answer: `data` as JSON, or `content` as it is."""
        body = json.dumps(data).encode() if content is None else content
        handler.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **dict(headers),
        }.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    @staticmethod
    def reset(handler):
        """Reset the connection, so that the client is told at once."""
        handler.wfile.flush()
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()
        handler.close_connection = True

    def _handler(api):  # noqa: N805 - the handler below has the self
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self):
                super().setup()
                api._connections.add(self.connection)

            def date_time_string(self, timestamp=None):
                return formatdate(api.server_time(), usegmt=True)

            def answer(self):
                with contextlib.suppress(ConnectionError, ValueError):  # the client has gone
                    api.answer(self)

            do_GET = do_POST = answer  # noqa: N815

            def log_message(self, *_):
                pass

            def finish(self):
                api._connections.discard(self.connection)
                with contextlib.suppress(OSError, ValueError):  # the connection was reset, as told
                    super().finish()

        return Handler


def _go_on():
    """Hold nothing up."""


def _without_boundary(body):
    """A multipart body without what httpx draws at random for it."""
    start, _, rest = body.partition(b"\r\n")
    return rest.replace(start[2:], b"") if start.startswith(b"--") else body
