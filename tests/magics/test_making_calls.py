"""`%monite` and `%%monite` with all their options, in a real kernel."""

from __future__ import annotations

import json
import re

import pytest

ENTITY = "11111111-1111-4111-8111-111111111111"
OTHER_ENTITY = "22222222-2222-4222-8222-222222222222"
NOBODY = "00000000-0000-4000-8000-000000000000"
COUNTERPART = """%%monite POST /counterparts -o made
{
  "type": "organization",
  "organization": {"legal_name": "{{ name }}", "is_vendor": true, "is_customer": false,
    "address": {{ address }}}
}"""

ADDRESS = {"country": "DE", "city": "Berlin", "postal_code": "10115", "line1": "Torstraße 1"}


def only(calls):
    (call,) = calls
    return call


# -- the answer is the cell's value ------------------------------------------------------------------------


def test_the_answer_is_shown_and_is_the_value_of_the_cell(local):
    ran = local.good("%monite GET /counterparts -q limit=2")
    status_line, *rest = ran.result["text/plain"].strip().splitlines()
    assert status_line.startswith("200 OK · GET /counterparts?limit=2 · local (simulated) · ")
    assert any("request id" in line for line in rest[:2])
    assert "<table" in ran.result["text/html"]
    assert local.value("(type(_).__name__, _.status, len(_.items), Out[max(Out)] is _)") == (
        "MoniteResponse",
        200,
        2,
        True,
    )
    assert local.value("monite_magic.last() is _")


def test_a_line_can_be_assigned(local):
    for end in ("", ";"):
        ran = local.good(f"answer = %monite GET /counterparts{end}")
        assert ran.text.strip() == ""
        assert local.value("answer.status") == 200
        local.good("del answer")


@pytest.mark.parametrize(
    "cell",
    [
        "%monite GET /counterparts;",
        "%monite GET /counterparts ; # all of them",
        "%%monite GET /counterparts;",
        '%%monite POST /tags --no-check --expect 4xx\n{"a": ";"};',
        '%%monite POST /tags --no-check --expect 4xx;\n{"a": 1}',
    ],
)
def test_a_semicolon_silences(local, cell):
    calls = local.value("monite_magic.session.session.current().calls")
    ran = local.good(cell)
    assert ran.text.strip() == ran.html.strip() == ""
    assert local.value("monite_magic.session.session.current().calls") == calls + 1


def test_what_python_could_not_read_is_a_call_like_any(away, server):
    server.answers("/v1/tags", {"data": []})
    assert "200 OK" in away.good("%monite GET /tags --no-check -q a=(b -q 'c=[;'").text
    assert only(server.calls("/v1/tags")).query == [("a", "(b"), ("c", "[;")]


@pytest.mark.parametrize("above", ["", "# the first\n", "\n# two\n\n# comments\n\n"])
@pytest.mark.parametrize("body", ["", "\n", "\n\n  \n", "  # the first\n"])
def test_a_cell_without_a_body_is_a_call(local, above, body):
    assert "200 OK" in local.good(f"{above}%%monite GET /counterparts{body}").text


def test_comments_may_stand_above_a_body(away, server):
    server.answers("/v1/tags", {"id": "1"})
    assert "200 OK" in away.good('# The first tag.\n\n%%monite POST /tags\n{\n  "name": "x"\n}').text
    assert json.loads(only(server.calls("/v1/tags")).body) == {"name": "x"}


def test_placeholders_see_the_variables_of_the_function_that_they_are_in(away, server):
    server.answers("/v1/tags", {"data": []})
    away.good(
        "name = 'outer'\n"
        "def find(name):\n"
        "    found = %monite GET /tags --no-check -q name={{ name }} -q url={{ server }}\n"
        "    return found.status\n"
        "server = 'global'\n"
        "statuses = [find(each) for each in 'ab']"
    )
    assert away.value("statuses") == [200, 200]
    away.good("%monite GET /tags -q name={{ name }}")
    queries = [call.query for call in server.calls("/v1/tags")]
    assert [query[0][1] for query in queries] == ["a", "b", "outer"]
    assert queries[0][1] == ("url", "global")


def test_a_cell_magic_all_alone_says_what_belongs_there(local):
    assert "Write %monite METHOD PATH" in local.run("%%monite\n").problem


def test_output_keeps_the_answer_and_shows_its_status_line(local):
    ran = local.good("%monite GET /counterparts -o kept")
    assert ran.result is None
    assert "200 OK" in ran.text
    assert "legal_name" not in ran.text
    assert "<table" not in ran.html
    assert len(ran.text.strip().splitlines()) <= 2
    assert local.value("len(kept.items)") == 5
    shown = local.good("%monite GET /counterparts -o kept --show")
    assert "<table" in shown.result["text/html"]


SEVERAL = """%monite GET /counterparts -q limit=1
for limit in (2, 3):
    %monite GET /counterparts -q limit={{ limit }}
quiet = %monite GET /counterparts -q limit=4
%monite GET /counterparts -q limit=5;
%monite GET /counterparts -q limit=6
# the last"""


def limits(text):
    return re.findall(r"200 OK · GET /counterparts\?limit=(\d)", text)


def test_of_several_calls_in_a_cell_the_last_is_shown_whole_and_the_others_in_brief(local):
    ran = local.good(SEVERAL)
    assert limits(ran.text) == ["1", "2", "3", "6"]
    assert ran.html.count("<table") == ran.result["text/html"].count("<table")
    ran = local.good(SEVERAL.replace("limit }}", "limit }} --show"))
    assert ran.html.count("<table") == 3 * ran.result["text/html"].count("<table")
    local.good("def brief():\n    %monite GET /counterparts -q limit=7")
    assert limits(local.good("brief()").text) == ["7"]


def test_what_ipython_shows_itself_is_not_shown_twice(local):
    local.good("get_ipython().ast_node_interactivity = 'all'")
    try:
        ran = local.good(SEVERAL)
    finally:
        local.good("get_ipython().ast_node_interactivity = 'last_expr'")
    in_brief = "\n".join(bundle["text/plain"] for bundle in ran.bundles)
    assert limits(in_brief) == ["2", "3"]


def test_raw_shows_the_answer_as_it_came(local):
    ran = local.good("%monite GET /counterparts -q limit=1 --raw")
    assert ran.result is None
    line = next(line for line in ran.text.splitlines() if line.startswith("{"))
    assert json.loads(line) == local.value("monite_magic.last().data")


def test_a_whole_life_through_all_methods(local):
    local.good("name = 'Müller \"&\" Söhne {{x}}'\naddress = " + repr(ADDRESS))
    assert "201 Created" in local.good(COUNTERPART).text
    assert local.value("made['organization']['legal_name']") == 'Müller "&" Söhne {{x}}'
    local.good('%%monite PATCH /counterparts/{{ made.id }} -o made\n{"organization": {"is_customer": true}}')
    assert local.value("made['organization']['is_customer']") is True
    local.good("%monite DELETE /counterparts/{{ made.id }} --expect 204")
    local.good("%monite GET /counterparts/{{ made.id }} --expect 404")


# -- what goes over the wire -------------------------------------------------------------------------------


def test_options_of_a_call_reach_the_server(away, server):
    server.answers("/v1/tags", {"data": []})
    away.good(
        "%monite GET /tags?limit=1&x=a%20b --no-check -q order=asc -q 'y=1&2' -H 'X-Mine: 7' "
        f"--entity {OTHER_ENTITY}"
    )
    call = only(server.calls("/v1/tags"))
    assert call.query == [("limit", "1"), ("x", "a b"), ("order", "asc"), ("y", "1&2")]
    assert call.headers["x-mine"] == "7"
    assert call.headers["x-monite-entity-id"] == OTHER_ENTITY
    assert call.headers["x-monite-version"] == "2024-05-25"
    assert call.token.startswith("token-1-")
    assert call.body == b""


def test_placeholders_stay_in_their_place(away, server):
    server.answers("/v1/tags/a%2Fb%3F", {})
    server.answers("/v1/tags", {"id": "a/b?", "data": [{"id": 'with "quotes"'}]})
    away.good("ids, entity = ['1&2', 'ü'], " + repr(OTHER_ENTITY))
    away.good("%monite GET /tags")
    away.good(
        '%monite POST /tags --no-check -H "X-Mine: {{ _.id }}" -q a={{ ids }} --entity {{ entity }} -o out'
    )
    post = server.calls("/v1/tags")[1]
    assert post.query == [("a", "1&2"), ("a", "ü")]
    assert post.headers["x-mine"] == "a/b?"
    assert post.headers["x-monite-entity-id"] == OTHER_ENTITY
    away.good("%monite GET /tags/{{ out.id }}?b={{ out.data[0].id }} --no-check")
    get = server.received[-1]
    assert get.path == "/v1/tags/a%2Fb%3F"
    assert get.query == [("b", 'with "quotes"')]
    away.good(
        "%%monite POST /tags --no-check\n"
        r'{"a": {{ out.data }}, "b": "is {{ out["id"] }}", "c": "\{{ x }}", "d": {"e": {}}}'
    )
    assert json.loads(server.received[-1].body) == {
        "a": [{"id": 'with "quotes"'}],
        "b": "is a/b?",
        "c": "{{ x }}",
        "d": {"e": {}},
    }


def test_what_ipython_would_expand_is_left_alone(away, server):
    server.answers("/v1/tags", {"data": []})
    away.good("x = 'expanded'\n%monite GET /tags --no-check -q a=$x -q b={x}")
    assert only(server.calls("/v1/tags")).query == [("a", "$x"), ("b", "{x}")]


def test_an_object_of_the_notebook_is_a_body(away, server):
    from decimal import Decimal

    server.answers("/v1/tags", {})
    away.good(
        "from decimal import Decimal\nfrom datetime import date\n"
        "body = {'name': 'A', 'n': Decimal('1.10'), 'on': date(2026, 1, 2), 'none': None}"
    )
    away.good("%monite POST /tags --body body --no-check")
    call = only(server.calls("/v1/tags"))
    assert call.headers["content-type"] == "application/json"
    sent = json.loads(call.body, parse_float=Decimal)
    assert sent == {"name": "A", "n": Decimal("1.10"), "on": "2026-01-02", "none": None}


def test_files_and_fields_are_a_multipart_body(away, server, folder):
    (folder / "in voice.pdf").write_bytes(b"%PDF-1.7 \x00\xff")
    server.answers("/v1/files", {"id": "f"})
    away.good("%monite POST /files --file 'file=in voice.pdf' -d file_type=payables -d a=1 -d a=2 --no-check")
    call = only(server.calls("/v1/files"))
    assert call.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert (
        b'name="file"; filename="in voice.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.7 \x00\xff\r\n'
        in call.body
    )
    assert b'name="file_type"\r\n\r\npayables\r\n' in call.body
    assert call.body.count(b'name="a"') == 2
    assert "No such file: nothing.pdf" in away.run("%monite POST /files --file file=nothing.pdf").problem


# -- shown and not sent ------------------------------------------------------------------------------------


def test_a_dry_run_shows_everything_but_secrets_and_sends_nothing(away, server):
    received = len(server.received)
    away.good("label = 'x'")
    ran = away.good('%%monite POST /tags --dry-run -q a=1 -H "X-Mine: 7"\n{"name": "{{ label }}"}')
    assert len(server.received) == received
    for part in (
        f"POST {server.url}/tags?a=1",
        "X-Mine",
        f"X-Monite-Entity-Id  {ENTITY}",
        "2024-05-25",
        '{"name": "x"}',
    ):
        assert part in ran.text
    assert "nothing was sent" in ran.text
    assert "Bearer ••••••••" in ran.text
    assert "token-1-" not in ran.text + ran.html


def test_a_dry_run_shows_what_is_sure_to_be_refused(local):
    ran = local.good('%%monite POST /tags --dry-run\n{"title": "x"}')
    assert '{"title": "x"}' in ran.text
    assert "name: " in ran.text
    assert "It would not be sent: fix it, or add --no-check." in ran.text
    assert "It would not be" not in local.good('%%monite POST /tags --dry-run\n{"name": "x"}').text


def test_the_whole_url_of_the_own_api_is_a_path(local):
    ran = local.good("%monite GET http://simulator.localhost/v1/tags?limit=1")
    assert "200 OK · GET /tags?limit=1" in ran.text
    assert "warning" not in ran.text
    assert "needs a body" in local.run("%monite POST http://simulator.localhost/v1/tags").problem


@pytest.mark.parametrize("line", ["--dry-run", "--as curl", "--as httpx", "--as http"])
def test_a_call_is_shown_without_logging_in(kernel, line):
    assert "/counterparts" in kernel.good(f"%monite GET /counterparts {line}").text


@pytest.mark.parametrize(
    ("form", "sign"),
    [("curl", 'curl --request POST "$MONITE_BASE_URL/tags"'), ("httpx", "import httpx"), ("http", "POST {{")],
)
def test_a_call_is_shown_in_other_forms(local, form, sign):
    calls = local.value("monite_magic.session.session.current().calls")
    ran = local.good("%%monite POST /tags --as " + form + '\n{"name": "x"}')
    assert sign in ran.text
    assert "Bearer ey" not in ran.text
    assert local.value("monite_magic.session.session.current().calls") == calls


def test_what_is_sure_to_be_refused_is_not_sent(local):
    calls = local.value("monite_magic.session.session.current().calls")
    ran = local.run('%%monite POST /tags\n{\n  "title": "x"\n}')
    assert "POST /tags would be refused, so it was not sent:\n" in ran.error["traceback"][0]
    assert "name: " in ran.error["traceback"][0]
    assert "\nFix it, or send it anyway with --no-check." in ran.error["traceback"][0]
    assert local.value("monite_magic.session.session.current().calls") == calls
    ran = local.run('%%monite POST /tags --no-check\n{\n  "title": "x"\n}')
    assert ran.problem.startswith("ApiError: POST /tags answered 422")


# -- statuses that are wanted and not ----------------------------------------------------------------------


def test_an_error_shows_its_card_then_fails_the_cell_and_is_kept(local):
    ran = local.run(f"%monite GET /counterparts/{NOBODY} -o refused")
    assert ran.problem.startswith(f"ApiError: GET /counterparts/{NOBODY} answered 404 Not Found: ")
    (card,) = ran.bundles
    assert "404 Not Found" in card["text/plain"]
    assert "404" in card["text/html"]
    assert local.value("('refused' in globals(), monite_magic.last().status)") == (False, 404)


@pytest.mark.parametrize("expected", ["404", "4xx", "200,404"])
def test_an_expected_status_passes(local, expected):
    ran = local.good(f"%monite GET /counterparts/{NOBODY} --expect {expected}")
    assert "404 Not Found" in ran.result["text/plain"]


def test_any_other_than_the_expected_fails(local):
    problem = local.run("%monite GET /counterparts --expect 4xx").problem
    said = "GET /counterparts answered 200 OK; expected 4xx."
    assert problem == f"ApiError: {said} (See it again: %monite_history show last.)"


# -- pages -------------------------------------------------------------------------------------------------


def test_all_follows_the_pages_and_is_one_answer(local):
    ran = local.good("%monite GET /counterparts --all -q limit=2 -o every")
    assert "5 rows from 3 pages." in local.good("every").text
    assert "GET /counterparts?limit=2" in ran.text
    assert local.value(
        "(len({row['id'] for row in every}), every.next_token, monite_magic.last() is every)"
    ) == (
        5,
        None,
        True,
    )
    assert "--all works only with GET" in local.run("%monite DELETE /counterparts --all --no-check").problem


def test_all_fails_as_the_page_that_fails(away, server):
    server.answers("/v1/tags", {"data": [{"id": "1"}], "next_pagination_token": "more"})
    server.answers("/v1/tags", {"error": {"message": "no more"}}, status=400)
    ran = away.run("%monite GET /tags --all -o kept")
    assert "answered 400 Bad Request: no more" in ran.problem
    said = " ".join(ran.text.split())
    assert "1 row from 1 page arrived before it: see %monite_history. Continue with -q pagin" in said
    assert away.value("monite_magic.last().status") == 400
    assert server.calls("/v1/tags")[1].query == [("pagination_token", "more")]


def test_all_keeps_what_came_before_an_interrupt(away, stop_at_second_page):
    (ran,) = stop_at_second_page("/v1/tags", {"id": "1"}, "%monite GET /tags --all -q limit=1")
    assert "1 row" in ran.text
    assert "Interrupted: more rows follow. Continue with -q pagination_token=more." in ran.text
    # "Run All" must not go on with a part.
    assert "InterruptedError: Interrupted. The partial result is kept." in ran.problem
    assert away.value("_.next_token") == "more"


@pytest.mark.parametrize(
    ("cell", "fails"),
    [
        ("%monite GET /tags --all -q limit=1 -o kept", True),
        ("kept = %monite GET /tags --all -q limit=1", False),
    ],
)
def test_a_name_holds_what_came_before_an_interrupt(cell, fails, away, stop_at_second_page):
    (ran,) = stop_at_second_page("/v1/tags", {"id": "1"}, cell)
    assert ran.status == ("error" if fails else "ok")
    assert away.value("(len(kept), kept.interrupted)") == (1, True)


def test_pages_that_take_a_while_show_their_progress(away, server):
    server.answers("/v1/tags", {"data": [{"id": "1"}], "next_pagination_token": "more"}, delay=0.7)
    server.answers("/v1/tags", {"data": [{"id": "2"}], "next_pagination_token": None})
    assert "2 rows [00:0" in away.good("%monite GET /tags --all").text


def test_next_and_pages_of_an_answer(local):
    kept = local.good("%monite GET /counterparts -q limit=2 -o first").text
    assert "note: These are 2 rows; more pages follow: use --all or .pages() to read them." in kept
    assert "more pages" not in local.good("%monite GET /counterparts --all -o every").text
    assert "More pages follow" in local.good("first").text
    assert local.value("[len(page.items) for page in first.pages()]") == [2, 2, 1]
    assert local.value("first.next().next().next()") is None


def test_a_table_of_some_pages_says_that_more_follow(local):
    pytest.importorskip("pandas")
    local.good("%monite GET /counterparts -q limit=2 -o first")
    warned = local.good("first.df()").streams["stderr"]
    assert "IncompleteListWarning: These are 2 rows; more pages follow" in warned
    assert "first.df()" in warned  # it names the cell's own line
    assert not local.good("%monite GET /counterparts --all -o every\nevery.df()").streams["stderr"]


def test_a_filter_that_would_be_ignored_is_held_back(local):
    problem = local.run("%monite GET /counterparts?is_vendr=true -o wrong").problem
    assert "would return rows that you did not ask for, so it was not sent" in problem
    assert "Did you mean is_vendor" in problem
    assert local.value("'wrong' in globals()") is False
    assert "will probably ignore it" in local.good("%monite GET /counterparts?is_vendr=true --no-check").text


def test_a_field_of_a_list_is_told_how_its_first_row_is_written(local):
    local.good("%monite GET /counterparts -o x")
    problem = local.run("%monite GET /counterparts/{{ x.id }}").problem
    assert "There is no 'id' in x, a list of rows" in problem
    assert "It is a list. Write x.items[0].id for its first row." in problem
    local.good("%monite GET /counterparts/{{ x.items[0].id }}")
    local.good("empty = []")
    problem = local.run("%monite GET /tags/{{ empty[0].id }}").problem
    assert "There is no 0 in empty, an empty list (line 1" in problem


def test_a_cell_that_fails_says_where_its_answer_is(local):
    assert local.run(f"%monite GET /tags/{NOBODY}").problem.endswith(
        "(See it again: %monite_history show last.)"
    )
    assert local.value("monite_magic.last().status") == 404
    ended = "(See it again: %monite_history show last; gone was not set.)"
    assert local.run(f"%monite GET /tags/{NOBODY} -o gone").problem.endswith(ended)


def test_a_refusal_does_not_take_the_place_of_a_good_answer(local):
    local.good("%monite GET /tags -o kept")
    problem = local.run(f"%monite GET /tags/{NOBODY} -o kept").problem
    assert problem.endswith("(See it again: %monite_history show last; kept is unchanged.)")
    assert local.value("(kept.status, monite_magic.last().status)") == (200, 404)
    local.good(f"%monite GET /tags/{NOBODY} -o kept --expect 404")
    assert local.value("kept.status") == 404
    local.run("%monite GET /tags -o kept --expect 404")
    assert local.value("(kept.status, monite_magic.last().status)") == (404, 200)


@pytest.mark.parametrize("options", ["-o y", "-o y --show", "--raw", "-o y --raw", ""])
def test_an_assignment_gets_the_answer_whatever_the_options(local, options):
    ran = local.good(f"x = %monite GET /tags {options}")
    assert local.value("x.status") == 200
    if "-o" in options:
        assert local.value("x is y")
        assert "GET /tags" in ran.text
