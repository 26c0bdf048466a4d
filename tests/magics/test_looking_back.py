"""`%monite_history` and `%monite_export` in a real kernel."""

from __future__ import annotations

import json
import re

import pytest


@pytest.fixture
def moved_away(local, server, variables):
    """A kernel whose first call went to its simulator, and that is now logged in to another place."""
    local.good("%monite_history clear")
    local.good('%%monite POST /tags -o tag\n{"name": "urgent"}')
    local.good(f"os.environ.update({variables})\n%monite_login --base-url {server.url}")
    return local


def last_number(kernel):
    return kernel.value("[call.number for call in monite_magic.session.session.current().history][-1]")


def test_a_call_is_sent_again_where_it_went(moved_away, server):
    number = last_number(moved_away)
    ran = moved_away.run(f"%monite_history replay {number}")
    assert "already exists" in ran.problem  # as the simulator has the tag
    assert f"Sent to local (simulated) again, like call {number}" in ran.text
    assert server.calls("/v1/tags") == []
    assert "127.0.0.1" in moved_away.good("%monite_status").text


def test_a_call_is_sent_elsewhere_if_that_is_said(moved_away, server):
    server.answers("/v1/tags", {"id": "1"}, status=201)
    ran = moved_away.good(f"%monite_history replay {last_number(moved_away)} --env custom")
    assert "Sent to" not in ran.text
    assert [call.method for call in server.calls("/v1/tags")] == ["POST"]


def test_a_call_is_not_sent_where_the_session_is_not_logged_in_any_more(moved_away, server):
    moved_away.good(f"%monite_logout\n%monite_login --base-url {server.url}")
    problem = moved_away.run(f"%monite_history replay {last_number(moved_away)}").problem
    assert "no longer logged in to local (simulated)" in problem
    assert server.calls("/v1/tags") == []


def test_the_last_call_is_handed_on_as_a_command_that_tells_what_it_needs(local):
    local.run('%%monite POST /tags --no-check\n{"title": "x"}')
    for words in ("show last", "show -1", f"show {last_number(local)}"):
        shown = local.good(f"%monite_history {words} --as curl").result["text/plain"]
        assert shown.startswith('curl --request POST "$MONITE_BASE_URL/tags" \\\n  --header')
        assert "# MONITE_TOKEN: Get one from POST /auth/token" in shown
        assert "# MONITE_BASE_URL: http://127.0.0.1:8123/v1, once the simulator is served" in shown
    assert local.good("monite_magic.last().curl()").result["text/plain"] == shown
    assert "MONITE_TOKEN:" not in local.value("str(monite_magic.last().curl())")
    assert "POST http://simulator.localhost/v1/tags" in local.good("%monite_history show last").text
    assert "--as can only be used with show" in local.run("%monite_history replay last --as curl").problem


def test_tab_offers_the_calls(local):
    local.good("%monite_history clear\n%monite GET /tags")
    local.run("%monite GET /nowhere")
    number = last_number(local)
    line = "%monite_history show "
    local.client.complete(line, len(line))
    reply = local.client.get_shell_msg(timeout=60)
    assert reply["content"]["matches"] == [str(number), str(number - 1)]
    notes = [each["type"] for each in reply["content"]["metadata"]["_jupyter_types_experimental"]]
    assert [note.replace("\u2060", "").split() for note in notes] == [
        ["GET", "/nowhere", "404"],
        ["GET", "/tags", "200"],
    ]


def test_a_refusal_of_a_call_that_is_sent_again_fails_the_cell(local):
    local.run("%monite GET /tags/11111111-1111-4111-8111-111111111111")
    ran = local.run(f"%monite_history replay {last_number(local)}")
    assert ran.error["ename"] == "ApiError"
    assert "404" in ran.text


def test_a_pattern_fits_anywhere_in_the_path(local):
    local.run("%monite GET /tags/11111111-1111-4111-8111-111111111111")
    for pattern in ("tags/*", "'/ta*s/1'", "/tags/*"):
        assert "/tags/11111111-1111" in local.good(f"%monite_history --path {pattern}").text


def test_an_imported_secret_is_moved_to_the_file_that_the_log_in_names(kernel, server, variables, folder):
    (folder / "call.sh").write_text(
        f"curl {server.url}/auth/token -d '{json.dumps(pair(variables))}'".replace("/v1/v1", "/v1")
    )
    ran = kernel.good("%monite_import call.sh --dotenv imp.env")
    line = ran.streams["stdout"].splitlines()[0]
    assert line == f"%monite_login --base-url {server.url} --dotenv imp.env"
    assert "moved to imp.env" in ran.text
    assert "from imp.env" in kernel.good(line).text + kernel.good("%monite_status").text


def pair(variables):
    sent = {name.removeprefix("MONITE_").lower(): value for name, value in variables.items()}
    return {"grant_type": "client_credentials", **sent}


def test_an_import_says_where_the_call_was_made_to(local, server):
    said = local.good("%%monite_import\ncurl https://api.sandbox.monite.com/v1/tags").text
    assert (
        "# The call was made to sandbox, and you are logged in to local (simulated). "
        "To switch: %monite_login --env sandbox." in said
    )
    said = local.good(f"%%monite_import\ncurl {server.url}/tags").text
    assert f"To switch: %monite_login --base-url {server.url}." in said
    for here in ("http://simulator.localhost", "http://127.0.0.1:8123", "$MONITE_BASE_URL"):
        assert "made to" not in local.good(f"%%monite_import\ncurl {here}/v1/tags").text


def test_an_import_where_it_went_says_nothing(away, server):
    assert "made to" not in away.good(f"%%monite_import\ncurl {server.url}/tags").text


def test_an_import_before_anyone_is_logged_in_says_where_to(kernel):
    said = kernel.good("%%monite_import\ncurl https://api.monite.com/v1/tags | jq .").text
    assert "made to eu (PRODUCTION), and you are not logged in. To switch: %monite_login --env eu." in said
    assert "Line 2: jq was left out: it makes no call." in said


def test_an_import_of_several_calls_says_where_they_are(local):
    ran = local.good("%%monite_import\nGET /v1/tags\n###\nGET /v1/payables\n")
    assert "# The first of these 2 cells is below, ready to run. Copy the others from here." in ran.text
    assert "The first of" not in local.good("%%monite_import\nGET /v1/tags").text


def test_why_no_answer_came_stands_below_the_table(away, server):
    server.answers("/v1/tags", {}, delay=3)
    away.run('%%monite POST /tags --timeout 0.2\n{"name": "x"}')
    number = last_number(away)
    shown = away.good("%monite_history --status none").text
    (row,) = [line for line in shown.splitlines() if line.split()[:1] == [str(number)]]
    assert "did not answer" not in row
    assert " none " in row
    assert f"Call {number} got no answer: " in shown
    assert "did not answer in time" in shown


def test_differences_and_calls_are_counted_as_people_do(local):
    local.good("%monite_history clear")
    assert "Deleted  1 call\n" in local.good("%monite GET /tags\n%monite_history clear").text + "\n"
    local.run("%monite GET /tags/11111111-1111-4111-8111-111111111111")
    local.run("%monite GET /tags/11111111-1111-4111-8111-111111111112")
    number = last_number(local)
    shown = local.good(f"%monite_history diff {number - 1} {number} --ignore volatile").text
    assert f"Calls {number - 1} and {number}: 1 difference\n" in shown


def test_an_export_of_nothing_is_refused(local, folder):
    local.good("%monite_history clear")
    assert "No calls are recorded." in local.run("%monite_export none.har").problem
    local.good("%monite GET /tags")
    assert "No call of this session matches." in local.run("%monite_export none.har --status 404").problem
    assert not (folder / "none.har").exists()


@pytest.mark.parametrize(
    "text", [{"name": "Authorization", "value": "Bearer abcdef123456"}, "GET /x client_secret=zzzyyy111"]
)
def test_an_export_whose_answers_hold_what_looks_like_a_secret_says_so(away, server, text):
    away.good("%monite_history clear")
    server.answers("/v1/log", {"lines": ["GET /x Authorization: Bearer {{token}}"]})
    server.answers("/v1/log", {"lines": [text]})
    away.good("%monite GET /log --no-check")
    for suffix in ("har", "http", "postman_collection.json"):
        said = away.good(f"%monite_export calls.{suffix}").text
        assert "It contains no secrets, but variables such as MONITE_TOKEN." in said
    away.good("%monite GET /log --no-check")
    said = " ".join(away.good("%monite_export calls.har").text.split())
    assert "It contains what looks like a secret, in the text of a call or an answer." in said
    assert "It contains no secrets" not in said


@pytest.mark.parametrize("path", ["auth/token", "tags"])
def test_an_import_from_a_look_alike_host_says_that_the_host_is_unknown(kernel, path):
    said = kernel.good(
        f"%%monite_import\ncurl https://api-monite.example/v1/{path} -H 'content-type: application/json' "
        """-d '{"grant_type": "client_credentials", "client_id": "ID", "client_secret": "<secret>"}'"""
    ).text
    said = " ".join(said.replace("# ", "").split())
    assert "The host of https://api-monite.example is unknown here" in said
    assert "only after you confirm the host" in said


@pytest.mark.parametrize("path", ["auth/token", "tags"])
def test_an_import_from_a_host_with_foreign_letters_shows_its_punycode(kernel, path):
    host, punycode = "\u0430pi.monite.com", "xn--pi-6kc.monite.com"  # a Cyrillic a
    said = " ".join(kernel.good(f"%%monite_import\ncurl -X POST https://{host}/v1/{path}").text.split())
    assert f"The host of https://{host} ({punycode}) is unknown here" in said


@pytest.mark.parametrize(
    ("written", "expected"), [(r"\ud83d\ude00", "😀"), (r"\ud83d", "�"), (r"\U0001F600", "😀")]
)
def test_an_emoji_that_a_browser_copied_reaches_the_next_cell(local, written, expected):
    ran = local.good(
        "%%monite_import\ncurl https://a.example/v1/tags -H 'Content-Type: application/json' "
        f'--data-raw $\'{{"name":"{written}"}}\''
    )
    assert f'{{"name":"{expected}"}}' in ran.text


@pytest.mark.parametrize("inside", ['\'{"name":"\ud83d"}\'', "'{}' -H 'X-A: \udc00'", "'{}' --foo\ud83d"])
def test_half_a_character_in_a_command_leaves_for_no_front_end(local, inside):
    code = f"curl https://a.example/v1/tags -H 'Content-Type: application/json' -d {inside}"
    ran = local.good(f"get_ipython().run_cell_magic('monite_import', '', {code!a})")
    ran.text.encode()
    assert "%%monite POST /tags" in ran.text
    assert "Half a character (a lone surrogate) was replaced by �." in ran.text


def test_notes_count_lines_from_the_top_of_the_cell(local):
    ran = local.good("# a remark\n%%monite_import\ncurl https://a.example/v1/tags \\\n  --nonsense")
    assert "# Line 4: --nonsense was left out: curl has no such option." in ran.text


def test_environment_files_next_to_an_imported_file_are_read(local, folder):
    (folder / "calls.http").write_text("GET {{base}}/v1/tags?limit={{limit}}\n")
    (folder / "http-client.env.json").write_text('{"dev": {"base": "https://a.example", "limit": "7"}}')
    assert "%monite GET /tags?limit=7" in local.good("%monite_import calls.http").text


def test_a_call_is_handed_on_with_the_call_that_gets_its_token(local):
    for line in (
        "%monite GET /tags --as curl --with-token",
        "%monite_history show last --as curl --with-token",
    ):
        local.good("%monite GET /tags")
        shown = local.good(line).result["text/plain"]
        assert shown.startswith('MONITE_TOKEN=$(curl --request POST "$MONITE_BASE_URL/auth/token" \\\n')
        assert '"grant_type": "client_credentials"' in shown
        assert '\n\ncurl --request GET "$MONITE_BASE_URL/tags" \\\n' in shown
    shown = local.good("%monite GET /tags --as httpx --with-token").result["text/plain"]
    assert '"Authorization": "Bearer " + token' in shown


def test_with_a_users_token_that_call_names_the_user(local):
    (user,) = local.good("%monite GET /entity_users?limit=1 -o users") and [
        local.value("users.items[0]['id']")
    ]
    local.good(f"%monite_use --entity-user {user}")
    for line in (
        "%monite GET /tags --as httpx --with-token",
        "%monite_history show last --as httpx --with-token",
    ):
        local.good("%monite GET /entity_users/me")
        shown = local.good(line).result["text/plain"]
        assert '"grant_type": "entity_user"' in shown
        assert f'"entity_user_id": "{user}"' in shown
    local.good("%monite_use --partner")


def test_what_does_not_go_with_the_token_call_is_said(local):
    problems = {
        "%monite GET /tags --with-token": "--with-token can only be used with --as",
        "%monite_history show last --with-token": "--with-token can only be used with --as",
        "%monite GET /tags --as sdk --with-token": "--with-token doesn't go with --as sdk",
        "%monite_history list --folded": "--folded can only be used with show",
        "%monite_history show last --folded --as curl": "--folded can only be used with show",
    }
    local.good("%monite GET /tags")
    for line, said in problems.items():
        assert said in local.run(line).problem


def test_the_http_of_a_call_can_be_folded_away(local):
    local.good('%%monite POST /tags -o made\n{"name": "folded away"}')
    shown = local.good("%monite_history show last --folded").bundles[-1]
    assert shown["text/html"].count("<details>") == 2
    for form in ("text/plain", "text/html"):
        assert "POST http://simulator.localhost/v1/tags" in shown[form]
        assert "201 Created" in shown[form]
        assert "Authorization: Bearer ••••••••" in shown[form]
    local.good("%monite DELETE /tags/{{ made.id }}")


def test_the_last_answer_is_seen_again_as_the_refusal_says(local):
    ran = local.run("%monite GET /tags/7a7a7a7a-1111-4111-8111-7a7a7a7a7a7a")
    (line,) = re.findall(r"%monite_history [\w ]+", ran.problem)
    assert (
        "GET http://simulator.localhost/v1/tags/7a7a7a7a-1111-4111-8111-7a7a7a7a7a7a" in local.good(line).text
    )
