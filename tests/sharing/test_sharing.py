"""Other clients with the session's token: each makes a real call, and renews what has expired."""

import asyncio
import importlib

import pytest

import monite_magic
from monite_magic import simulator
from monite_magic.api.credentials import Profile
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


def test_what_is_exported_is_there_and_no_submodule_hides_it():
    for name in ("api", "jupyter", "session", "tables.charts", "tables.pull", "tutorials.exercises"):
        importlib.import_module(f"monite_magic.{name}")
    data = {"ENVIRONMENTS", "__version__", "charts", "display", "exercises", "limits"}
    for name in monite_magic.__all__:
        thing = getattr(monite_magic, name)
        assert name in data or callable(thing), name
