"""`%monite_history` and `%monite_export` in a real kernel."""

from __future__ import annotations

import pytest


@pytest.fixture
def moved_away(local, server, variables):
    """A kernel whose first call went to its simulator, and that is now logged in to another place."""
    local.good("%monite_history clear")
    local.good('%%monite POST /tags -o tag\n{"name": "urgent"}')
    local.good(f"os.environ.update({variables})\n%monite_login --base-url {server.url}")
    return local


def last_number(kernel):
    return kernel.value("[call.number for call in monite_magic.session.current().history][-1]")


def test_a_call_is_sent_again_where_it_went(moved_away, server):
    number = last_number(moved_away)
    ran = moved_away.run(f"%monite_history replay {number}")
    assert "already exists" in ran.problem  # as the simulator has the tag
    assert f"Sent again to local (simulated), where call {number} went" in ran.text
    assert server.calls("/v1/tags") == []
    assert "127.0.0.1" in moved_away.good("%monite_status").text


def test_a_call_is_sent_elsewhere_if_that_is_said(moved_away, server):
    server.answers("/v1/tags", {"id": "1"}, status=201)
    ran = moved_away.good(f"%monite_history replay {last_number(moved_away)} --env custom")
    assert "Sent again" not in ran.text
    assert [call.method for call in server.calls("/v1/tags")] == ["POST"]


def test_a_call_is_not_sent_where_the_session_is_not_logged_in_any_more(moved_away, server):
    moved_away.good(f"%monite_logout\n%monite_login --base-url {server.url}")
    problem = moved_away.run(f"%monite_history replay {last_number(moved_away)}").problem
    assert "not logged in to local (simulated) any more" in problem
    assert server.calls("/v1/tags") == []


def test_the_last_call_is_handed_on_as_a_command_that_tells_what_it_needs(local):
    local.run('%%monite POST /tags --no-check\n{"title": "x"}')
    for words in ("show last", "show -1", f"show {last_number(local)}"):
        shown = local.good(f"%monite_history {words} --as curl").result["text/plain"]
        assert shown.startswith('curl --request POST "$MONITE_BASE_URL/tags" \\\n  --header')
        assert "# MONITE_TOKEN: POST /auth/token gives a token" in shown
        assert "# MONITE_BASE_URL: http://127.0.0.1:8123/v1, once the simulator is served" in shown
    assert local.good("monite_magic.last().curl()").result["text/plain"] == shown
    assert "MONITE_TOKEN:" not in local.value("str(monite_magic.last().curl())")
    assert "POST http://simulator.localhost/v1/tags" in local.good("%monite_history show last").text
    assert "--as belongs to show" in local.run("%monite_history replay last --as curl").problem


def test_tab_offers_the_calls(local):
    local.good("%monite_history clear\n%monite GET /tags")
    local.run("%monite GET /nowhere")
    number = last_number(local)
    line = "%monite_history show "
    local.client.complete(line, len(line))
    reply = local.client.get_shell_msg(timeout=60)
    assert reply["content"]["matches"] == [str(number), str(number - 1)]
    notes = [each["type"] for each in reply["content"]["metadata"]["_jupyter_types_experimental"]]
    assert [note.split() for note in notes] == [["GET", "/nowhere", "404"], ["GET", "/tags", "200"]]


def test_a_refusal_of_a_call_that_is_sent_again_fails_the_cell(local):
    local.run("%monite GET /tags/11111111-1111-4111-8111-111111111111")
    ran = local.run(f"%monite_history replay {last_number(local)}")
    assert ran.error["ename"] == "ApiError"
    assert "404" in ran.text
