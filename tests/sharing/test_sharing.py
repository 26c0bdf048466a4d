"""Other clients with the session's token: each makes a real call, and renews what has expired."""

import asyncio
import importlib

import httpx
import pytest

import monite_magic
from monite_magic import simulator
from monite_magic.api.credentials import Profile, find_profile
from monite_magic.core.environments import LOCAL
from monite_magic.core.errors import CredentialsError
from monite_magic.session import session


@pytest.fixture
def logged_in():
    simulator.default().reset()
    session.current().log_in(Profile(None, LOCAL, None))
    yield session.current()
    session.current().log_out()


def expire():
    simulator.default().clock.advance("31 minutes")


def names(rows):
    return sorted(row["organization"]["legal_name"] for row in rows if row["type"] == "organization")


def test_all_see_the_same_and_renew(logged_in):
    expected = names(monite_magic.current_client().get("/counterparts").items)
    assert expected

    with monite_magic.httpx_client() as client:
        assert names(client.get("/counterparts").json()["data"]) == expected
        expire()
        assert names(client.get("/counterparts").json()["data"]) == expected

    async def ask():
        async with monite_magic.async_client() as client:
            expire()
            answers = await asyncio.gather(*[client.get("/counterparts") for _ in range(5)])
            return [names(answer.json()["data"]) for answer in answers]

    assert asyncio.run(ask()) == [expected] * 5


@pytest.mark.filterwarnings("default")  # the SDK's models warn
def test_the_sdk_too(logged_in):
    pytest.importorskip("monite")
    sdk = monite_magic.sdk()
    expire()
    rows = sdk.counterparts.get().data
    assert len(rows) == len(monite_magic.current_client().get("/counterparts").items)


def test_a_switch_of_user_is_not_followed_by_clients_made_before(logged_in):
    client = monite_magic.httpx_client()
    user = simulator.default().credentials["MONITE_ENTITY_USER_ID"]
    logged_in.switch(entity_user=user)
    assert monite_magic.current_client().get("/entity_users/me")["id"] == user
    assert client.get("/entity_users/me").status_code != 200
    client.close()


def test_without_a_log_in_each_says_so():
    session.current().log_out()
    for make in (monite_magic.httpx_client, monite_magic.async_client, monite_magic.sdk):
        with pytest.raises(CredentialsError, match="You are not logged in"):
            make()


def test_after_a_log_out_each_client_says_so_and_sends_nothing(logged_in):
    ours, lent = monite_magic.current_client(), monite_magic.httpx_client()
    auth = monite_magic.current_auth()
    later = monite_magic.async_client()
    logged_in.log_out()

    async def ask():
        async with later:
            await later.get("/tags")

    with lent, httpx.Client(auth=auth) as own:
        for call in (
            lambda: ours.get("/tags"),
            lambda: ours.post("/tags", json={"name": "late"}),
            lambda: lent.get("/tags"),
            lambda: own.get(f"{ours.environment.base_url}/tags"),
            lambda: asyncio.run(ask()),
        ):
            with pytest.raises(CredentialsError, match=r"has logged out\. Run %monite_login"):
                call()


def test_what_is_exported_is_there_and_no_submodule_hides_it():
    for name in ("api", "jupyter", "session", "tables.charts", "tables.pull", "tutorials.exercises"):
        importlib.import_module(f"monite_magic.{name}")
    data = {"ENVIRONMENTS", "__version__", "charts", "display", "exercises", "limits"}
    for name in monite_magic.__all__:
        thing = getattr(monite_magic, name)
        assert name in data or callable(thing), name


# -- the history -------------------------------------------------------------------------------------------


def recorded():
    return [(call.request.method, call.request.path, call.status) for call in session.current().history]


@pytest.mark.filterwarnings("default")  # the SDK's models warn
def test_calls_of_borrowed_clients_are_in_the_history(logged_in):
    session.current().history.clear()
    with monite_magic.httpx_client() as client:
        client.post("/tags", json={"name": "from httpx"})
        client.get("/tags/no-such-tag")

    async def ask():
        async with monite_magic.async_client() as client:
            await client.get("/tags", params={"limit": 1})

    asyncio.run(ask())
    assert recorded() == [("POST", "/tags", 201), ("GET", "/tags/no-such-tag", 422), ("GET", "/tags", 200)]
    created, _, listed = session.current().history
    assert b'"from httpx"' in created.request.body
    assert created.response["name"] == "from httpx"
    assert created.entity_id == session.current().profile.entity_id
    assert listed.request.url.endswith("/tags?limit=1")
    assert listed.response.template == "/tags"
    assert created.attempts
    assert created.request.headers["Authorization"] == "Bearer ••••••••"
    pytest.importorskip("monite")
    monite_magic.sdk().tags.get()
    assert recorded()[-1] == ("GET", "/tags", 200)


@pytest.fixture
def account(server):
    """The scripted server, to which the session is logged in."""
    server.answers("/v1/auth/token", {"access_token": "a-token-of-this-test", "expires_in": 1800})
    environ = {
        "MONITE_BASE_URL": server.url, "MONITE_CLIENT_ID": "5f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1",
        "MONITE_CLIENT_SECRET": "a-secret-of-this-test",
    }  # fmt: skip
    session.current().log_in(find_profile(environ=environ, keyring=False))
    session.current().history.clear()
    yield server
    session.current().log_out()


def test_a_streamed_answer_is_kept_when_it_was_read(account):
    account.answers("/v1/things", {"data": ["x" * 1000] * 100})
    account.resets("/v1/cut")
    with monite_magic.httpx_client() as client:
        with client.stream("GET", "/things") as response:
            assert sum(map(len, response.iter_bytes())) > 100_000
        with client.stream("GET", "/things") as response:
            next(response.iter_bytes(10))
        with pytest.raises(httpx.TransportError):
            client.post("/cut", content=iter([b"{", b"}"]))
    whole, part, cut = session.current().history
    assert len(whole.response.data["data"]) == 100
    assert part.response.data is None
    assert "not read completely" in part.response.notes[-1].text
    assert (cut.status, cut.request.body) == (None, b"{}")


def test_a_secret_that_a_borrowed_client_sends_is_not_recorded_when_it_is_echoed(account):
    secret = "a-password-of-this-test"
    account.answers("/v1/things", {"note": f"you sent {secret}"})
    with monite_magic.httpx_client() as client:
        assert secret in client.post("/things", json={"auth_password": secret}).text  # httpx's own
    (kept,) = session.current().history
    assert secret not in kept.response.text
    assert secret.encode() not in kept.request.body
