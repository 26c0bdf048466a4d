"""Whatever a session sends is in its history: by a magic or a client, answered or not."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from monite_magic import Secret, connect
from monite_magic.api.credentials import Credentials, Profile
from monite_magic.core.environments import find_environment
from monite_magic.core.errors import NetworkError, OriginError, TokenError
from monite_magic.session import Session
from monite_magic.session.session import current

ENTITY = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def session(server):
    session = Session()
    credentials = Credentials("5f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1", Secret("canary-secret-of-the-test"))
    session.log_in(Profile(None, find_environment(base_url=server.url), credentials, entity_id=ENTITY))
    server.answers("/v1/tags", {"data": [1], "next_pagination_token": "more"})
    server.answers("/v1/tags", {"data": [2]})
    yield session
    session.log_out()


def outcomes(session):
    return [(call.request.method, call.request.path, call.status) for call in session.history]


def test_calls_of_the_client_and_pages_are_recorded_once_each(session):
    session.call("GET", "/tags")
    session.last.next()
    session.client.post("/tags", json={}, entity_id=ENTITY)
    assert outcomes(session) == [("GET", "/tags", 200), ("GET", "/tags", 200), ("POST", "/tags", 200)]
    assert [call.entity_id for call in session.history] == [ENTITY] * 3


def test_a_failure_is_recorded_with_its_attempts_and_its_time(session, server):
    server.answers("/v1/slow", {}, delay=30)
    with pytest.raises(NetworkError):
        session.call("GET", "/slow", timeout=0.3)
    call = session.history[-1]
    assert "did not answer in time" in call.error
    assert call.elapsed >= 0.3
    assert [attempt.error for attempt in call.attempts] == ["ReadTimeout"]


def test_what_the_token_or_another_origin_prevented_is_recorded(session, server, elsewhere):
    server.answers("/v1/moved", status=302, headers={"Location": f"{elsewhere.url}/tags"})
    with pytest.raises(OriginError):
        session.call("GET", "/moved")
    assert "redirects to" in session.history[-1].error
    server.answers("/v1/ended", {}, status=401)
    server.answers("/v1/auth/token", {}, status=500)
    with pytest.raises(TokenError):
        session.call("POST", "/ended", content=b"{}")
    call = session.history[-1]
    assert "token exchange was refused" in call.error
    assert [attempt.status for attempt in call.attempts] == [401]


@pytest.fixture
def interruptible():
    """Ctrl-C is heard also where the suite was started in the background, which a shell makes deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_call_is_recorded(session, server):
    server.answers("/v1/hang", {}, delay=30)

    def press():
        server.wait_for("/v1/hang")
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        session.call("POST", "/hang", content=b'{"name": "x"}')
    call = session.history[-1]
    assert (call.request.method, call.request.body) == ("POST", b'{"name": "x"}')
    assert (call.outcome, call.error) == ("interrupted", "It was interrupted before an answer came.")


def test_a_client_of_one_s_own_keeps_no_history():
    kept = len(current().history)
    with connect(env="local") as client:
        assert client.get("/tags").ok
    assert len(current().history) == kept
