"""What the tests of the simulator share: a simulator in memory, and clients that speak to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import TYPE_CHECKING

import httpx
import pytest
from dotenv import dotenv_values
from jsonschema import Draft202012Validator

from monite_magic import catalogue
from monite_magic.catalogue.quick_jsonschema import FORMAT_CHECKER
from monite_magic.simulator import Simulator

if TYPE_CHECKING:
    from pathlib import Path

VERSION = "2024-05-25"


class Api(httpx.Client):
    """A client of one simulator, as the partner unless told otherwise."""

    def __init__(self, local: Simulator, *, version: str = VERSION, **keywords):
        super().__init__(
            transport=httpx.WSGITransport(app=local.wsgi),
            base_url="http://simulator.localhost/v1",
            headers={"X-Monite-Version": version},
            **keywords,
        )
        self.local = local

    def request(self, method, url, **keywords):
        """Send a request; whatever comes back must be what the catalogue says."""
        answer = super().request(method, url, **keywords)
        assert_documented(answer)
        return answer

    def token(self, **changes) -> httpx.Response:
        given = self.local.credentials
        body = {
            "grant_type": "client_credentials",
            "client_id": given["MONITE_CLIENT_ID"],
            "client_secret": given["MONITE_CLIENT_SECRET"],
        }
        return self.post("/auth/token", json={**body, **changes})

    def log_in(self, **changes) -> Api:
        answer = self.token(**changes)
        assert answer.status_code == 200, answer.text
        self.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return self

    def at(self, entity_id: str | None) -> Api:
        if entity_id is None:
            self.headers.pop("X-Monite-Entity-Id", None)
        else:
            self.headers["X-Monite-Entity-Id"] = entity_id
        return self

    def made(self, path: str, body: dict) -> dict:
        answer = self.post(path, json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()


def assert_documented(answer: httpx.Response) -> None:
    """The body of an answer is valid by the catalogue, where the operation documents this status."""
    path = answer.request.url.path
    version = catalogue.nearest_version(answer.request.headers.get("X-Monite-Version", VERSION))
    known = catalogue.load(version)
    match = path.startswith("/v1/") and known.find(answer.request.method, path.removeprefix("/v1"))
    documented = match.operation.answers.get(answer.status_code) if match else None
    if documented is None or documented.schema is None or documented.content_type != "application/json":
        return
    errors = list(
        _validator(version, match.operation.method, match.operation.path, answer.status_code).iter_errors(
            answer.json()
        )
    )
    assert not errors, f"{match.operation} {answer.status_code}: {errors[0].json_path}: {errors[0].message}"


@cache
def _validator(version: str, method: str, path: str, status: int) -> Draft202012Validator:
    known = catalogue.load(version)
    schema = known.find(method, path).operation.answers[status].schema
    return Draft202012Validator(known.standalone(schema), format_checker=FORMAT_CHECKER)


@pytest.fixture
def local():
    simulator = Simulator()
    yield simulator
    simulator.close()


@pytest.fixture
def api(local):
    """A partner's client, at the ready-made entity."""
    with Api(local) as client:
        yield client.log_in().at(local.credentials["MONITE_ENTITY_ID"])


@pytest.fixture
def client_of():
    """Makes a client of any simulator."""
    with ExitStack() as stack:
        yield lambda simulator, **keywords: stack.enter_context(Api(simulator, **keywords))


@pytest.fixture(scope="session")
def served():
    """Serves a simulator in a separate process."""
    return _served


@pytest.fixture
def organization():
    """Makes the body of a new counterpart."""
    return _organization


@pytest.fixture
def entity():
    """Makes the body of a new entity."""
    return _entity


@contextmanager
def _served(folder: Path, *options: str):
    """A simulator in a separate process; yields the process and what its dotenv file says."""
    env_file = folder / "simulator.env"
    env_file.unlink(missing_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "monite_magic.simulator", "--env-file", str(env_file), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        text=True,
    )
    try:
        deadline = time.monotonic() + 60
        while not env_file.exists():
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline, "the simulator did not start"
            time.sleep(0.05)
        yield process, dict(dotenv_values(env_file))
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


def _organization(name: str = "Nordlicht Coffee GmbH", **members) -> dict:
    """The body of a new counterpart."""
    address = {"country": "DE", "city": "Kiel", "postal_code": "24103", "line1": "Hafenzeile 5"}
    details = {"legal_name": name, "is_customer": True, "is_vendor": False, "address": address}
    return {"type": "organization", "organization": {**details, **members}}


def _entity(name: str = "Kornblume Bakery GmbH") -> dict:
    """The body of a new entity."""
    address = {"country": "DE", "city": "Jena", "postal_code": "07743", "line1": "Saalgasse 2"}
    return {
        "type": "organization",
        "email": "office@kornblume.example",
        "address": address,
        "organization": {"legal_name": name},
    }
