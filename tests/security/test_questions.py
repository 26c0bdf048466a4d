"""No write to production without its own yes, whatever else happens to the session meanwhile."""

import contextlib
import itertools
import sys
import threading
import time

import httpx
import pytest

from monite_magic.api.credentials import Credentials, Profile
from monite_magic.core.environments import ENVIRONMENTS, find_environment
from monite_magic.core.errors import ConfirmationError, MoniteError, RequestError
from monite_magic.core.masking import Secret
from monite_magic.session import Question, Session

ONE = "11111111-1111-4111-8111-111111111111"
TWO = "22222222-2222-4222-8222-222222222222"
THREADS, SWITCHES = 4, 200
GATEWAY = find_environment(None, "https://gateway.example/v1")


def profile(environment, *, entity=ONE, secret="s3cret-of-questions"):
    return Profile("a", environment, Credentials(ONE, Secret(secret)), entity_id=entity, source="a test")


@pytest.fixture
def arrived(monkeypatch):
    """The requests that reached a host, except token exchanges."""
    requests = []

    def answer(request):
        if not request.url.path.endswith("/token"):
            requests.append(request)
        return httpx.Response(200, json={"access_token": "t0ken", "expires_in": 1800, "id": "1"})

    monkeypatch.setattr(
        "monite_magic.session.connections.open_transport", lambda _: httpx.MockTransport(answer)
    )
    return requests


@pytest.fixture
def session():
    return Session()


@pytest.fixture
def _threads_take_turns_often():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


often = pytest.mark.usefixtures("_threads_take_turns_often")

ASKING = [ENVIRONMENTS["eu"], ENVIRONMENTS["us"], ENVIRONMENTS["tesouro"], GATEWAY]
QUIET = [ENVIRONMENTS["sandbox"], find_environment("eu", "http://127.0.0.1:9/v1")]


@pytest.mark.parametrize("environment", ASKING, ids=lambda each: each.label)
@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
def test_each_method_that_writes_needs_a_yes_where_money_may_be_real(session, arrived, environment, method):
    session.log_in(profile(environment))
    with pytest.raises(ConfirmationError, match="It was not sent"):
        session.call(method, "/tags/1")
    assert arrived == []
    session.call(method, "/tags/1", confirmed=True)
    assert [request.method for request in arrived] == [method]


@pytest.mark.parametrize("environment", QUIET, ids=lambda each: each.label)
def test_elsewhere_nothing_needs_one(session, arrived, environment):
    session.log_in(profile(environment))
    session.call("DELETE", "/tags/1")
    assert [request.method for request in arrived] == ["DELETE"]


@pytest.mark.parametrize(
    ("there", "asks"), [(ENVIRONMENTS["eu"], True), (ENVIRONMENTS["sandbox"], False), (GATEWAY, True)]
)
def test_a_call_to_another_environment_asks_as_that_one_does(session, arrived, there, asks):
    session.log_in(profile(there))
    session.log_in(profile(ENVIRONMENTS["us" if not asks else "sandbox"]))
    built = session.prepare("POST", "/tags", environment=there, json={})
    assert built.needs_yes is asks


def test_a_call_goes_where_it_was_built_whatever_the_session_does(session, arrived):
    session.log_in(profile(ENVIRONMENTS["sandbox"]))
    built = session.prepare("POST", "/tags", json={"name": "x"})
    session.log_in(profile(ENVIRONMENTS["eu"], entity=TWO))
    session.send(built)
    (request,) = arrived
    assert request.url.host == "api.sandbox.monite.com"
    assert request.headers["x-monite-entity-id"] == ONE
    assert not built.needs_yes


@pytest.mark.parametrize(
    "other",
    [
        profile(ENVIRONMENTS["us"]),
        profile(ENVIRONMENTS["eu"], entity=TWO),
        profile(ENVIRONMENTS["eu"], secret="s3cret-of-somebody-else"),
        profile(GATEWAY),
    ],
    ids=["environment", "entity", "credentials", "host"],
)
def test_a_grant_belongs_to_environment_credentials_and_entity(session, arrived, other):
    session.log_in(profile(ENVIRONMENTS["eu"]))
    session.allow_writes(5)
    grant = session.prepare("POST", "/tags", json={}).grant
    assert grant.covers(session.profile, ONE)
    assert not grant.covers(other, other.entity_id)
    session.log_in(other)
    with pytest.raises(ConfirmationError):
        session.call("POST", "/tags", json={})
    session.log_in(profile(ENVIRONMENTS["eu"]))  # and back again
    with pytest.raises(ConfirmationError):
        session.call("POST", "/tags", json={})
    assert arrived == []


def test_a_switch_that_fails_changes_nothing(session, arrived):
    session.log_in(profile(ENVIRONMENTS["eu"]))
    session.allow_writes(5)
    with pytest.raises(MoniteError):
        session.switch(entity="no-uuid")
    assert not session.prepare("POST", "/tags", json={}).needs_yes


@pytest.mark.parametrize("minutes", [60.01, 61, 10**9, float("inf"), float("nan"), -1])
def test_no_grant_is_longer_than_an_hour(session, arrived, minutes):
    session.log_in(profile(ENVIRONMENTS["eu"]))
    with contextlib.suppress(RequestError):
        session.allow_writes(minutes)
    assert session.prepare("POST", "/tags", json={}).needs_yes


def test_a_grant_ends_by_the_clock(session, arrived, monkeypatch):
    session.log_in(profile(ENVIRONMENTS["eu"]))
    session.allow_writes(60)
    built = session.prepare("POST", "/tags", json={})
    assert not built.needs_yes
    later = time.monotonic() + 3600.5
    monkeypatch.setattr(time, "monotonic", lambda: later)
    with pytest.raises(ConfirmationError):
        session.send(built)
    assert arrived == []


class SlowlyEnding(Question):
    """A question that lets other threads run between the look at it and its end."""

    def end(self, reason):
        time.sleep(0.02)
        super().end(reason)


def test_a_yes_is_used_up_even_by_threads_at_once(session, arrived):
    session.log_in(profile(ENVIRONMENTS["eu"]))
    built = session.prepare("POST", "/tags", json={})
    question = SlowlyEnding("", "", (), lambda: session.send(built, confirmed=True), built.refusal)

    def click():
        with contextlib.suppress(ConfirmationError):
            question.answer_yes()

    threads = [threading.Thread(target=click) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(arrived) == 1


@often
def test_threads_and_switches_let_no_unasked_write_through(session, arrived):
    """Each write that arrives in production was allowed there; those of the sandbox name its own entity."""
    places = {"sandbox": ONE, "eu": TWO}
    profiles = [profile(ENVIRONMENTS[name], entity=entity) for name, entity in places.items()]
    session.log_in(profiles[0])
    done = threading.Event()
    refused, broken = [], []

    def write():
        while not done.is_set():
            try:
                session.call("POST", "/tags", json={})
            except ConfirmationError:
                refused.append(1)
            except BaseException as error:
                broken.append(error)
                raise

    threads = [threading.Thread(target=write) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    try:
        for chosen in itertools.islice(itertools.cycle(profiles), SWITCHES):
            session.log_in(chosen)
            session.seen.clear()
            threading.Event().wait(0.002)
    finally:
        done.set()
        for thread in threads:
            thread.join(30)
    assert broken == []
    assert refused
    assert arrived
    hosts = {(request.url.host, request.headers["x-monite-entity-id"]) for request in arrived}
    assert hosts == {("api.sandbox.monite.com", ONE)}


@often
def test_what_is_allowed_at_one_place_is_allowed_nowhere_else_in_a_race(session, arrived):
    """Writes are allowed for `eu` alone; threads write while the session switches back and forth."""
    allowed, other = profile(ENVIRONMENTS["eu"]), profile(ENVIRONMENTS["us"], entity=TWO)
    session.log_in(other)
    done = threading.Event()
    broken = []

    def write():
        while not done.is_set():
            try:
                session.call("POST", "/tags", json={})
            except ConfirmationError:
                pass
            except BaseException as error:
                broken.append(error)
                raise

    threads = [threading.Thread(target=write) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(SWITCHES // 2):
            session.log_in(allowed)
            session.allow_writes(5)
            threading.Event().wait(0.002)
            session.log_in(other)
    finally:
        done.set()
        for thread in threads:
            thread.join(30)
    assert broken == []
    assert arrived
    assert {request.url.host for request in arrived} == {"api.monite.com"}


@pytest.mark.parametrize("header", ["x-monite-ENTITY-id", "X-Monite-Entity-Id"])
def test_two_entities_in_one_call_are_refused(session, arrived, header):
    session.log_in(profile(ENVIRONMENTS["sandbox"]))
    with pytest.raises(RequestError, match="two entities"):
        session.call("POST", "/tags", json={}, entity_id=ONE, headers={header: TWO})
    assert arrived == []
