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


def test_a_refusal_of_a_call_that_is_sent_again_fails_the_cell(local):
    local.run("%monite GET /tags/11111111-1111-4111-8111-111111111111")
    ran = local.run(f"%monite_history replay {last_number(local)}")
    assert ran.error["ename"] == "ApiError"
    assert "404" in ran.text
