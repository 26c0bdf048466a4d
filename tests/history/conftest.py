"""What the tests of the history share: a served simulator, a server that keeps what it gets, other tools."""

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from dotenv import dotenv_values

from monite_magic.core.environments import Environment, find_environment
from monite_magic.core.masking import mask_headers, mask_json_fields
from monite_magic.core.sent import SentRequest
from monite_magic.history import History
from monite_magic.session.response import MoniteResponse

# -- a server that keeps what it gets -----------------------------------------------------------------------


@dataclass
class Received:
    method: str
    path: str
    query: list
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Keeper:
    """A server on loopback that answers everything with `{"ok": true}` and keeps it."""

    def __init__(self):
        self.received = []
        keeper = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parts = urlsplit(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                query = parse_qsl(parts.query, keep_blank_values=True)
                keeper.received.append(Received(self.command, parts.path, query, headers, body))
                content = b'{"ok": true}'
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer  # noqa: N815

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        self.environment = find_environment(base_url=f"http://127.0.0.1:{self.server.server_port}/v1")

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def only(self):
        (one,) = self.received
        self.received.clear()
        return one


@pytest.fixture(scope="session")
def keeper():
    server = Keeper()
    yield server
    server.close()


# -- the simulator, served ----------------------------------------------------------------------------------


@dataclass
class Served:
    """The simulator in a separate process, and a client of it that records its calls."""

    environment: Environment
    variables: dict
    token: str
    entity_id: str
    http: httpx.Client
    history: History

    def call(self, method, path, **options):
        """Send a request and record it, as the session does."""
        response = self.http.request(method, self.environment.base_url + path, **options)
        return self.history.record(recorded(response, self.environment), entity_id=self.entity_id)


def recorded(response, environment):
    """What is kept of an answer of httpx."""
    request = response.request
    url = str(request.url)
    body = request.read()
    return MoniteResponse(
        request=SentRequest(
            method=request.method,
            url=url,
            path=url.removeprefix(environment.base_url).partition("?")[0],
            headers=mask_headers(request.headers.items()),
            body=mask_json_fields(body.decode()).encode() if body else None,
        ),
        status=response.status_code,
        headers=response.headers,
        content=response.content,
        elapsed=response.elapsed.total_seconds(),
        environment=environment,
    )


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    file = tmp_path_factory.mktemp("simulator") / "simulator.env"
    command = [sys.executable, "-m", "monite_magic.simulator", "--port", "0", "--env-file", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert "http://127.0.0.1" in process.stdout.readline()
        variables = {name: value for name, value in dotenv_values(file).items() if value}
        environment = find_environment(base_url=variables["MONITE_BASE_URL"])
        body = {
            "grant_type": "client_credentials",
            "client_id": variables["MONITE_CLIENT_ID"],
            "client_secret": variables["MONITE_CLIENT_SECRET"],
        }
        version = {"X-Monite-Version": environment.api_version}
        answer = httpx.post(f"{environment.base_url}/auth/token", json=body, headers=version).json()
        entity_id = variables["MONITE_ENTITY_ID"]
        headers = version | {
            "X-Monite-Entity-Id": entity_id,
            "Authorization": f"Bearer {answer['access_token']}",
        }
        with httpx.Client(headers=headers) as http:
            yield Served(environment, variables, answer["access_token"], entity_id, http, History())
        process.terminate()
        process.wait(timeout=60)
        process.stdout.close()


# -- other people's tools -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def node_modules():
    """Where the tools of package.json are installed; without them the tests that run them are skipped."""
    folder = Path(os.environ.get("MONITE_MAGIC_NODE_MODULES") or Path(__file__).parent / "node_modules")
    if not (folder / "har-schema").is_dir():
        pytest.skip("Install the tools first: npm install --prefix tests/history")
    return folder


@pytest.fixture(scope="session")
def run():
    """Run a command with variables added to the environment, and return what it wrote."""

    def run(command, *, variables=None, **options):
        environment = os.environ | {"NO_COLOR": "1"} | (variables or {})
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=120, check=False, **options
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run
