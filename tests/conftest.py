"""What all tests share: Ctrl-C that works, the profiles of Hypothesis, and a server on a real socket that
answers as told.

`pytest --hypothesis-profile=thorough` runs 10,000 examples of each property, `=ci` the same 200 each time.
"""

import contextlib
import fcntl
import json
import os
import signal
import socket
import struct
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import HealthCheck, settings

from monite_magic.simulator import Simulator
from monite_magic.simulator.clock import Clock
from monite_magic.simulator.seeds import bakery

# Examples are made slowly on a busy machine, whatever the code does.
settings.register_profile(
    "default", max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", settings.get_profile("default"), max_examples=10_000)
# The same examples each time: a change is judged by what it changed. The other profiles look for new ones.
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.load_profile("default")

# pytest-xdist gives its workers the width of a terminal; tests expect the width that is used without one.
os.environ.pop("COLUMNS", None)


def pytest_terminal_summary(terminalreporter):
    """Say how many tests had no referee: a run without them proves less than it seems to."""
    skipped = [
        report
        for report in terminalreporter.stats.get("skipped", ())
        if "referee" in getattr(report, "keywords", ())
        or any(word in str(report.longrepr) for word in _REFEREES)
    ]
    if skipped:
        terminalreporter.write_line(
            f"Skipped referees: {len(skipped)}. They need MONITE_OPENAPI, the extra [referee], or npm."
        )


#: The reason of a test that is skipped without the vendor's documents, or of a tool that reads them.
_REFEREES = ("MONITE_OPENAPI", "[referee]", "npm install --prefix tests/simulator")


@pytest.fixture(scope="session", autouse=True)
def _interrupts_arrive():
    """Let SIGINT raise KeyboardInterrupt, here and in child processes.

    A shell starts background jobs with SIGINT ignored, and every child inherits that.
    """
    with _sigint_handler(signal.default_int_handler):
        yield


@pytest.fixture(autouse=True)
def _sigint_restored(_interrupts_arrive):
    """Undo what a test does to the handler of SIGINT."""
    with _sigint_handler(signal.getsignal(signal.SIGINT)):
        yield


@contextlib.contextmanager
def _sigint_handler(handler):
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@dataclass(frozen=True)
class Received:
    """One request as it reached a `ScriptedServer`."""

    method: str
    path: str
    query: list
    headers: dict
    body: bytes

    @property
    def token(self):
        return self.headers.get("authorization", "").removeprefix("Bearer ") or None


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that has gone needs no message."""


class ScriptedServer:
    """A server on loopback: it hands out tokens, answers each path as configured, and remembers all.

    An answer is told once for each time (`answers` twice gives two in turn); the last one stays.
    """

    def __init__(self):
        self.received = []
        self._scripts = {}
        self._http = _QuietServer(("127.0.0.1", 0), self._handler())
        self.origin = f"http://127.0.0.1:{self._http.server_port}"
        self.url = f"{self.origin}/v1"
        self.stopping = threading.Event()
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self):
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def forget(self):
        """Forget what was told and what was received."""
        self._scripts.clear()
        self.received.clear()

    def answers(self, path, data=None, *, status=200, content=None, headers=(), delay=0.0):
        """Tell it what to answer: `data` as JSON, or `content` as it is."""
        body = content if content is not None else json.dumps(data).encode()
        lines = {"Content-Type": "application/json", "Content-Length": str(len(body)), **dict(headers)}

        def respond(handler):
            self.stopping.wait(delay)
            handler.send_response_only(status)
            for name, value in {"Date": handler.date_time_string(), **lines}.items():
                if value is not None:
                    handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(body)

        self.does(path, respond)

    def does(self, path, action):
        """Tell it what to do: `action` gets the handler of the connection."""
        self._scripts.setdefault(path, []).append(action)

    def resets(self, path, *, after=b""):
        """Tell it to send `after` and reset the connection."""

        def reset(handler):
            handler.wfile.write(after)
            handler.wfile.flush()
            time.sleep(0.05 if after else 0)
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()
            handler.close_connection = True

        self.does(path, reset)

    def wait_for(self, path):
        """Return once something has reached this path."""
        end = time.monotonic() + 60
        while not self.calls(path):
            assert time.monotonic() < end, f"nothing came to {path}"
            time.sleep(0.01)

    def calls(self, path):
        """What reached this path, in order."""
        return [each for each in self.received if each.path == path]

    def exchanges(self):
        """The bodies of the token exchanges, in order."""
        return [json.loads(each.body) for each in self.calls("/v1/auth/token")]

    def _handler(server):  # noqa: N805 - the handler below has the self
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def answer(self):
                url = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                names = {name.lower(): value for name, value in self.headers.items()}
                pairs = parse_qsl(url.query, keep_blank_values=True)
                server.received.append(Received(self.command, url.path, pairs, names, body))
                server._script(url.path)(self)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer  # noqa: N815

            def log_message(self, *_):
                pass

            def finish(self):
                with contextlib.suppress(OSError, ValueError):  # the connection was reset, as told
                    super().finish()

        return Handler

    def _script(self, path):
        told = self._scripts.get(path)
        if told:
            return told.pop(0) if len(told) > 1 else told[0]
        if path == "/v1/auth/token":
            number = len(self.calls(path))
            self.answers("", {"access_token": f"token-{number}-of-{id(self)}", "expires_in": 1800})
        elif path == "/v1/auth/revoke":
            self.answers("", {"message": "revoked"})
        else:
            self.answers("", {"error": {"message": "Not found"}}, status=404)
        return self._scripts.pop("")[0]


@pytest.fixture(scope="module")
def _scripted_servers():
    servers = [ScriptedServer(), ScriptedServer()]
    yield servers
    for server in servers:
        server.close()


@pytest.fixture
def server(_scripted_servers):
    """A server on a real socket; see `ScriptedServer`."""
    _scripted_servers[0].forget()
    return _scripted_servers[0]


@pytest.fixture
def elsewhere(_scripted_servers):
    """Another server, at another origin."""
    _scripted_servers[1].forget()
    return _scripted_servers[1]


@pytest.fixture(scope="session")
def bakery_file(tmp_path_factory):
    """A store with the seed `bakery`, and the moment it was made at. Copy the file before you open it.

    All processes of a run share it; the first one makes it.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    path, moment = folder / "bakery.db", folder / "bakery.moment"
    with (folder / "bakery.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not moment.exists():
            clock = Clock()
            clock.freeze()
            bakery._told = None  # a test before may have told the story a moment earlier
            Simulator(seed="bakery", data=str(path), clock=clock).close()
            moment.write_text(clock.timestamp())
    return path, datetime.fromisoformat(moment.read_text())
