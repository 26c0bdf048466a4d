"""Canaries: secrets and tokens that all hold one mark, and a kernel in which they go through every door.

Whatever the kernel says, keeps or writes is searched for the mark. It may stand only in the requests that
must carry it. The person's files and variables hold canaries; the source of the cells does not.
"""

from __future__ import annotations

import json
import os
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple

import pytest
import trustme
from bare import bare_environ
from jupyter_client.manager import start_new_kernel

if TYPE_CHECKING:
    from pathlib import Path

MARK = "c4n4ry"
CLIENT_ID = "5f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1"
WRONG = f"{MARK}-secret-that-is-wrong"

KEYRING = f'''
from pathlib import Path
from keyring.backend import KeyringBackend
from keyring.errors import PasswordSetError

class Backend(KeyringBackend):
    priority = 1
    def get_password(self, service, username):
        file = Path(__file__).with_name("keyring.txt")
        return "{CLIENT_ID}:" + file.read_text() if file.exists() else None

    def set_password(self, service, username, password):
        raise PasswordSetError("This keyring is read-only.")
'''

#: Put into the kernel's folder. After each cell it looks at what hangs on the cell's error.
WATCH = f'''
import io, logging, sys

MARK = "{MARK}"
leaks = []
log = io.StringIO()

def start(ip):
    logging.basicConfig(level=logging.DEBUG, stream=log, force=True)
    for name in ("httpx", "httpcore", "monite_magic", "keyring", "dotenv"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    ip.events.register("post_run_cell", after_cell)

def after_cell(result):
    error = result.error_in_exec or result.error_before_exec
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        # A person who types a secret has it in the cell; IPython's own frames hold the cell.
        typed = MARK in result.info.raw_cell
        look(error, typed=typed)
        error = error.__cause__ or error.__context__

def look(error, typed=False):
    note("error", repr(error) + str(error) + repr(vars(error)))
    trace = error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        place = f"{{frame.f_code.co_filename}}:{{frame.f_code.co_name}}"
        own = "monite_magic" in place or "http" in place
        for name, value in list(frame.f_locals.items()):
            # The person's own variables are theirs, and what they typed is theirs.
            if (own or not typed) and "ipykernel_" not in place and name not in ("line", "cells"):
                note(f"frame {{place}} {{name}}", safe(value))
        trace = trace.tb_next

def found(value):
    """The places of canaries in the representation of a value."""
    text = safe(value)
    return [text[max(at - 60, 0) : at + 40] for at in range(len(text)) if text.startswith(MARK, at)]

def safe(value):
    try:
        return repr(value)
    except Exception as error:
        return repr(error)

def note(place, text):
    if MARK in text:
        leaks.append((place, text[:300]))
'''


def clean_environ(folder: Path) -> dict[str, str]:
    """The environment of a person without credentials and proxies, whose keyring is our own."""
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    return bare_environ(folder, PYTHONPATH=path, PYTHON_KEYRING_BACKEND="canary_keyring.Backend")


def furnish(folder: Path) -> Path:
    """Put into a folder what the kernel needs: the keyring's backend and the watch."""
    (folder / "canary_keyring.py").write_text(KEYRING)
    (folder / "watch.py").write_text(WATCH)
    return folder


class CanaryServer:
    """The scripted server with canaries: its tokens hold the mark, and it echoes whatever it gets."""

    def __init__(self, server):
        self.server, self.url, self.tokens = server, server.url, 0
        server.does("/v1/auth/token", self._exchange)
        server.answers("/v1/auth/revoke", {"message": "revoked"})
        server.does("/v1/echo", lambda handler: self._echo(handler, 200))
        server.does("/v1/refuse", lambda handler: self._echo(handler, 422))
        server.does("/v1/ended", lambda handler: self._echo(handler, 401))
        server.does("/v1/page", lambda handler: self._echo(handler, 200, "text/html"))
        server.does("/v1/bytes", lambda handler: self._echo(handler, 200, "application/octet-stream"))
        server.does("/v1/around", self._around)
        server.does("/v1/hang", lambda _: server.stopping.wait(3))

    def _exchange(self, handler):
        asked = json.loads(self.server.received[-1].body)
        if "wrong" in asked["client_secret"]:
            return self._echo(handler, 401)
        self.tokens += 1
        token = f"{MARK}-token-{self.tokens}"
        if "unsendable" in asked["client_secret"]:
            token += "\n é"
        return self._send(handler, 200, json.dumps({"access_token": token, "expires_in": 1800}).encode())

    def _echo(self, handler, status, kind="application/json"):
        got = self.server.received[-1]
        body = got.body.decode("utf-8", "replace")
        said = {"headers": got.headers, "body": body, "error": {"message": f"{got.headers} {body}"}}
        content = json.dumps(said).encode()
        self._send(handler, status, content, kind, {"X-Echo": got.headers.get("authorization", "none")})

    def _around(self, handler):
        token = self.server.received[-1].headers.get("authorization", "")[7:]
        self._send(handler, 302, b"", headers={"Location": f"/v1/echo?access_token={token}"})

    @staticmethod
    def _send(handler, status, content, kind="application/json", headers=()):
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(content)))
        for name, value in dict(headers).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)

    def check(self):
        """Every canary that arrived stood where it must: in an exchange's body, or in `Authorization`."""
        carried = 0
        for got in self.server.received:
            others = {name: value for name, value in got.headers.items() if name != "authorization"}
            assert MARK not in json.dumps(others)
            if "/auth/" not in got.path:
                assert MARK.encode() not in got.body
                # The one exception is the server's own doing: it redirects to a URL with the token in it.
                assert got.path == "/v1/echo" or MARK not in json.dumps(got.query)
            carried += MARK in got.headers.get("authorization", "") or MARK.encode() in got.body
        return carried


@pytest.fixture
def canaries(server):
    return CanaryServer(server)


@pytest.fixture
def canary_environ():
    """Furnishes a folder and returns the environment for a kernel in it."""
    return lambda folder: clean_environ(furnish(folder))


class Kernel:
    """A kernel and all that it says."""

    def __init__(self, folder: Path):
        self.folder = furnish(folder)
        self.said: list[str] = []
        self.comms: dict[str, dict] = {}
        self.has_person = False
        self.manager, self.client = start_new_kernel(
            kernel_name="python3", env=clean_environ(folder), cwd=str(folder)
        )

    def run(self, code: str, *, interrupt: float = 0.0) -> str:
        """Run a cell, whatever comes of it, and return the status."""
        start = self.client.execute(code, allow_stdin=self.has_person)
        if interrupt:
            time.sleep(interrupt)
            self.manager.interrupt_kernel()
        status = ""
        while not status:
            message = self.client.get_shell_msg(timeout=60)
            if message["parent_header"].get("msg_id") == start:
                status = message["content"]["status"]
                self._hear(message, code)
        while True:
            message = self.client.get_iopub_msg(timeout=60)
            self._hear(message, code)
            if (
                message["msg_type"] == "status"
                and message["content"]["execution_state"] == "idle"
                and message["parent_header"].get("msg_id") == start
            ):
                return status

    def good(self, code: str) -> None:
        assert self.run(code) == "ok", f"{code}\n{self.said[-3:]}"

    def bad(self, code: str) -> None:
        """Run a cell that must fail, and ask for its traceback again."""
        assert self.run(code) == "error", code
        self.run("%tb Verbose")

    def _hear(self, message, code):
        if message["msg_type"] == "execute_input":
            return  # the cell's own source
        if message["msg_type"] == "comm_open":
            self.comms[message["content"]["comm_id"]] = message["content"]["data"]["state"]
        said = json.dumps(message["content"], default=str)
        assert MARK not in said, f"{code!r} made the kernel say {message['msg_type']}: {said}"
        self.said.append(said)

    def type(self, description: str, value: str) -> None:
        """Type into a field of a form, as the browser tells it."""
        self._tell(description, {"method": "update", "state": {"value": value}, "buffer_paths": []})

    def click(self, description: str) -> None:
        self._tell(description, {"method": "custom", "content": {"event": "click"}})

    def _tell(self, description, data):
        wanted = [id_ for id_, state in self.comms.items() if state.get("description") == description]
        message = self.client.session.msg("comm_msg", {"comm_id": wanted[-1], "data": data})
        self.client.shell_channel.send(message)
        self.good("")

    def value(self, expression: str):
        """The text of a Python expression in the kernel, not searched for canaries."""
        reply = self.client.execute_interactive("", user_expressions={"it": expression}, timeout=60)
        return reply["content"]["user_expressions"]["it"]["data"]["text/plain"]

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_wait_time = 60  # seconds; a killed kernel tells nothing of its coverage
        self.manager.shutdown_kernel(now=False)
        self.manager.cleanup_resources()


@pytest.fixture
def kernel(tmp_path):
    kernel = Kernel(tmp_path)
    try:
        yield kernel
    finally:
        kernel.close()


# -- a TLS server at the end of every connection ------------------------------------------------------------

#: The hosts that its certificate is for.
TLS_HOSTS = (
    *("api.monite.com", "api.sandbox.monite.com", "gateway.example", "other.example", "evil.example"),
    *("own.example", "foreign.example"),
)


class Received(NamedTuple):
    """A request as it arrived: the host that was meant, method, path, and all of it as text."""

    host: str
    method: str
    path: str
    raw: str


class Recorder(ThreadingHTTPServer):
    """Notes every request, and answers each as a token exchange and as an object."""

    daemon_threads = True

    def __init__(self, authority):
        self.requests = []
        super().__init__(("127.0.0.1", 0), _Recording)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*TLS_HOSTS).configure_cert(context)
        self.socket = context.wrap_socket(self.socket, server_side=True)

    def handle_error(self, *_):
        """Ignore clients that have gone."""

    def told(self, secret):
        """The hosts that a secret reached, in order."""
        return [request.host for request in self.requests if secret in request.raw]


class _Recording(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        host = self.headers["Host"].partition(":")[0]
        raw = f"{self.path}\n{self.headers}\n{body}"
        self.server.requests.append(Received(host, self.command, self.path, raw))
        answer = {"access_token": f"token-of-{host}", "expires_in": 1800, "id": CLIENT_ID, "name": "x"}
        content = json.dumps({**answer, "data": []}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_DELETE = do_GET  # noqa: N815 - names of the base class

    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def authority():
    return trustme.CA()


@pytest.fixture
def recorder(authority):
    server = Recorder(authority)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
