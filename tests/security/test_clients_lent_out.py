"""The clients that carry the session's token show it to nobody."""

from __future__ import annotations

import asyncio
import copy
import pickle

import httpx
import pytest

import monite_magic
from monite_magic.api.credentials import find_profile
from monite_magic.session import session

TOKEN = "canary-lent-token"


@pytest.fixture
def lent(server):
    """A session on a real socket, logged in."""
    server.answers("/v1/auth/token", {"access_token": TOKEN, "expires_in": 1800})
    server.answers("/v1/auth/revoke", {})
    server.answers("/v1/things", {"data": []})
    server.answers("/v1/around", {}, status=302, headers={"Location": "/v1/things"})
    server.answers("/v1/ended", {"error": {"message": "no"}}, status=401)
    environ = {
        "MONITE_BASE_URL": server.url, "MONITE_CLIENT_ID": "5f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1",
        "MONITE_CLIENT_SECRET": "canary-lent-secret",
    }  # fmt: skip
    session.current().log_in(find_profile(environ=environ, keyring=False))
    yield server
    session.current().log_out()


def requests_of(response):
    found = [response.request, *(past.request for past in response.history)]
    return [*found, *([response.next_request] if response.next_request else [])]


def shows(response):
    """The requests of a response that hold the token, in whatever way."""
    return [
        request
        for request in requests_of(response)
        if "authorization" in request.headers
        or TOKEN in repr(vars(request))
        or TOKEN.encode() in pickle.dumps(request)
    ]


def arrived(server, path):
    return [call.token for call in server.calls(path)]


@pytest.mark.parametrize("follow", [False, True])
@pytest.mark.parametrize("path", ["things", "around", "ended"])
def test_no_request_of_a_response_holds_the_token(lent, path, follow):
    with monite_magic.httpx_client() as client:
        response = client.get(f"/{path}", follow_redirects=follow)
        assert shows(response) == []

    async def ask():
        async with monite_magic.async_client() as client:
            return await client.get(f"/{path}", follow_redirects=follow)

    assert shows(asyncio.run(ask())) == []
    assert set(arrived(lent, f"/v1/{path}")) == {TOKEN}


def test_nor_does_an_error(lent):
    lent.resets("/v1/cut")
    with monite_magic.httpx_client() as client, pytest.raises(httpx.TransportError) as caught:
        client.post("/cut", json={})
    assert "authorization" not in caught.value.request.headers


@pytest.mark.parametrize("path", ["to_cut", "endless"])
def test_nor_does_an_error_after_a_redirect(lent, path):
    lent.answers("/v1/to_cut", {}, status=302, headers={"Location": "/v1/cut"})
    lent.answers("/v1/endless", {}, status=302, headers={"Location": "/v1/endless"})
    lent.resets("/v1/cut")
    errors = []
    with monite_magic.httpx_client() as client, pytest.raises(httpx.RequestError) as caught:
        client.get(f"/{path}", follow_redirects=True)
    errors.append(caught.value)

    async def ask():
        async with monite_magic.async_client() as client:
            await client.get(f"/{path}", follow_redirects=True)

    with pytest.raises(httpx.RequestError) as caught:
        asyncio.run(ask())
    errors.append(caught.value)
    for error in errors:
        assert error.request.url.path in {"/v1/cut", "/v1/endless"}
        assert "authorization" not in error.request.headers
        assert TOKEN not in repr(error.request.headers.raw)


def test_nor_does_a_client_of_ones_own(lent):
    with httpx.Client(auth=monite_magic.current_auth(), base_url=lent.url) as client:
        assert shows(client.get("/things")) == []
    assert arrived(lent, "/v1/things") == [TOKEN]


def test_what_was_sent_still_says_that_it_carried_a_token(lent):
    answer = monite_magic.current_client().get("/things")
    assert {name.lower(): value for name, value in answer.request.headers.items()}["authorization"] == (
        "Bearer ••••••••"
    )


@pytest.mark.filterwarnings("default")  # the SDK's models warn
@pytest.mark.parametrize("make", ["httpx_client", "async_client", "sdk", "current_auth"])
def test_pickling_is_refused(lent, make):
    if make == "sdk":
        pytest.importorskip("monite")
    client = getattr(monite_magic, make)()
    for how in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            how(client)
    assert TOKEN not in f"{client!r} {client} {vars(client)}"
