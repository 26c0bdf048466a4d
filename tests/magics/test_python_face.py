"""The session without magics: `current_client()`, `current_auth()`, `last()`, and `connect()`."""

from __future__ import annotations

import pytest

ENTITY = "11111111-1111-4111-8111-111111111111"


def test_client_is_the_session_of_the_magics(away, server):
    server.answers("/v1/tags", {"data": [{"id": "1"}]})
    away.good("answer = monite_magic.current_client().get('/tags', params={'limit': 1})")
    away.good("%monite GET /tags -o other")
    assert away.value("(answer.status, answer.data)") == (200, {"data": [{"id": "1"}]})
    first, second = server.calls("/v1/tags")
    assert first.token == second.token
    assert first.headers["x-monite-entity-id"] == second.headers["x-monite-entity-id"] == ENTITY
    assert len(server.exchanges()) == 1


def test_client_of_the_simulator_has_all_methods(local):
    local.good("c = monite_magic.current_client()\ntag = c.post('/tags', json={'name': 'urgent'})")
    local.good("path = f'/tags/{tag[\"id\"]}'\nrenamed = c.patch(path, json={'name': 'later'})")
    local.good("gone = c.delete(path)\nagain = c.request('get', path)")
    assert local.value("[r.status for r in (tag, renamed, gone, again)]") == [201, 200, 204, 404]
    assert local.value("renamed['name']") == "later"
    assert local.value("[len(p.items) for p in c.pages('/counterparts', params={'limit': 2})]") == [2, 2, 1]
    assert "answered 404" in local.run("again.raise_for_status()").problem


def test_connect_has_a_session_of_its_own(away, server):
    server.answers("/v1/tags", {"data": []})
    away.good(
        f"mine = monite_magic.connect(base_url={server.url!r}, entity={ENTITY!r})\nanswer = mine.get('/tags')"
    )
    away.good("%monite_logout")
    away.good("answer = mine.get('/tags')")
    assert away.value("answer.status") == 200
    assert len(server.exchanges()) == 2
    away.good("simulated = monite_magic.connect(env='local').get('/counterparts')")
    assert away.value("simulated.simulated")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("monite_magic.current_client()", "CredentialsError: You are not logged in."),
        ("monite_magic.current_auth()", "CredentialsError: You are not logged in."),
        ("monite_magic.connect()", "NoCredentialsError: No credentials in the environment or the keyring. "),
        ("monite_magic.connect(env='mars')", "CredentialsError: "),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(kernel, code, said):
    assert kernel.run(code).problem.startswith(said)


def test_auth_serves_httpx_clients_of_others_and_only_at_home(away, server, elsewhere):
    server.answers("/v1/tags", {"data": []})
    elsewhere.answers("/v1/tags", {"data": []})
    away.good(
        "import httpx, asyncio\n"
        "with httpx.Client(auth=monite_magic.current_auth()) as http:\n"
        f"    status = http.get('{server.url}/tags').status_code\n"
        "async def ask():\n"
        "    async with httpx.AsyncClient(auth=monite_magic.current_auth()) as http:\n"
        f"        return (await http.get('{server.url}/tags')).status_code\n"
        "also = await ask()"
    )
    assert away.value("(status, also)") == (200, 200)
    first, second = server.calls("/v1/tags")
    assert first.token == second.token == "token-1-" + first.token.split("-", 2)[2]
    assert len(server.exchanges()) == 1
    problem = away.run(f"httpx.get('{elsewhere.url}/tags', auth=monite_magic.current_auth())").problem
    assert problem.startswith("OriginError: The token of custom")
    assert elsewhere.received == []


def test_last_is_the_last_answer_good_or_bad(local):
    local.good("%monite GET /counterparts -o kept")
    assert local.value("monite_magic.last() is kept")
    local.run("%monite GET /nothing_like_it")
    assert local.value("monite_magic.last().status") == 404
