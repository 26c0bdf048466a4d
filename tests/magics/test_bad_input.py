"""Each kind of mistake: one clear sentence with the remedy, no traceback, and a session that goes on."""

from __future__ import annotations

import time

import pytest

ENTITY = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def still_local(local):
    """A kernel on its simulator that must still make calls when the test is over."""
    yield local
    assert "200 OK" in local.good("%monite GET /counterparts").text


@pytest.fixture
def still_away(away, server):
    """A kernel on the scripted server that must still make calls when the test is over."""
    server.answers("/v1/tags", {"data": []})
    yield away
    assert "200 OK" in away.good("%monite GET /tags").text


def assert_said(problem, *parts):
    """The parts stand in this order, and it all fits into a few lines of reading."""
    rest = problem
    for part in parts:
        assert part in rest, f"{part!r} is missing in {problem!r}"
        rest = rest.split(part, 1)[1]
    assert len(problem) < 400


# -- what is written ---------------------------------------------------------------------------------------

CELL = "%%monite POST /tags\n"


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        ('{"name" "x"}', ("Missing colon", "(line 2, column 9)")),
        ('{\n  "name": "x"\n  "category": 1\n}', ("Missing comma", "(line 3, column 14)")),
        ('{"name": "x"', ("`{` is not closed", "(line 2, column 1)")),
        ('{"name": "x"} {}', ("(line 2, column 15)",)),
        ('{\n  "name": "x",\n}', ("Trailing comma before `}`", "(line 3, column 14)", "Remove the comma")),
        ("{'name': 'x'}", ("Single quotes", "(line 2, column 2)", "Use double quotes")),
        ('{"name": True}', ("True is not valid JSON", "(line 2, column 10)", "Write true.")),
        ('{"name": False}', ("False is not valid JSON", "(line 2, column 10)", "Write false.")),
        ('{"name": None}', ("None is not valid JSON", "(line 2, column 10)", "Write null.")),
        ('{"name": {{ nothing }}}', ("Variable 'nothing' is not defined", "(line 2, column 10)")),
        ('{"name": {{ x + 1 }}}', ("(line 2, column",)),
    ],
)
def test_a_body_that_is_no_json_names_line_and_column(still_local, body, parts):
    calls = still_local.value("monite_magic.session.session.current().calls")
    assert_said(still_local.run(CELL + body).problem, *parts)
    assert still_local.value("monite_magic.session.session.current().calls") == calls


@pytest.mark.parametrize(
    ("cell", "place"),
    [
        ("# one\n\n# two\n%%monite POST /tags\n{'name': 1}", "(line 5, column 2)"),
        ('# one\n%%monite POST /tags\n{\n  "nme": "x"}', "(line 4, column 3)"),
        ("# one\n%%monite GET /tags/{{ nothing }}", "(line 2, column 20)"),
        ("x = 1\nif x:\n    y = %monite GET /tags/{{ nothing }}", "(line 3, column 27)"),
        ("x = 1\n%monite_use --entity {{ nothing }}", "(line 2, column 22)"),
        ("%%time\n%monite GET /tags/{{ nothing }}", "(line 1, column 19)"),
    ],
)
def test_places_are_told_as_they_are_in_the_cell(still_local, cell, place):
    assert place in "\n".join(still_local.run(cell).error["traceback"])


def test_a_field_that_the_api_refused_is_found_below_comments(still_local):
    ran = still_local.run('# one\n%%monite POST /tags\n{"name": 1}')
    assert ran.text.count("line 3, column 10") == 2  # in the warning, and in the answer's card


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("FETCH /tags", ("Unknown method: FETCH", "(line 1, column 9)", "Did you mean PATCH?")),
        ("/tags", ("The method is missing", "Write %monite METHOD PATH")),
        ("GET tags", ("must start with /", "Write /tags.")),
        ("GET /tags/{tag_id}", ("{tag_id} is not filled in", "{{ tag_id }}")),
        ("GET /tags/{{ nothing }}", ("Variable 'nothing' is not defined", "(line 1, column 19)")),
        ("GET /tags/{{ nothing --all", ("is not closed with }}", "(line 1, column 19)")),
        ("GET /tags/../auth/token", (".. segment", "(line 1, column 13)")),
        (
            "GET https://evil.example/v1/tags",
            ("evil.example", "the token goes only there", "Write only the path"),
        ),
        ("GET /tags -H 'Authorization: Bearer abcdefgh12345678'", ("RequestError",)),
        ("GET /tags -o 1x", ("not a valid variable name",)),
        ("GET /tags --timeout soon", ("--timeout", "(line 1, column")),
        ("GET /tags --expect never", ("(line 1, column",)),
        ("GET /tags --limt 3", ("--limt", "(line 1, column 19)")),
        ("GET /tags --as yaml", ("--as", "curl")),
    ],
)
def test_a_line_that_is_no_call(still_local, line, parts):
    calls = still_local.value("monite_magic.session.session.current().calls")
    assert_said(still_local.run(f"%monite {line}").problem, *parts)
    assert still_local.value("monite_magic.session.session.current().calls") == calls


def test_an_unknown_path_is_sent_and_the_nearest_are_named(still_local):
    ran = still_local.run("%monite GET /counterpart")
    assert "404 Not Found" in ran.problem
    assert "The path /counterpart is not in the catalogue. Did you mean /counterparts" in ran.text


def test_a_method_that_the_path_does_not_have(still_local):
    ran = still_local.run("%monite PUT /tags")
    assert "405 Method Not Allowed" in ran.problem
    assert "/tags supports only GET, POST." in ran.text


def test_a_missing_entity_id(kernel, server, variables):
    kernel.good(f"os.environ.update({variables})\n%monite_login --base-url {server.url}")
    assert_said(
        kernel.run("%monite GET /tags").problem,
        "GET /tags would be refused, so it was not sent:",
        "needs an entity: add --entity ID",
        "--no-check",
    )
    assert server.calls("/v1/tags") == []
    server.answers("/v1/tags", {"data": []})
    kernel.good("%monite GET /tags --no-check")
    kernel.good(f"%monite GET /tags --entity {ENTITY}")
    entities = [call.headers.get("x-monite-entity-id") for call in server.calls("/v1/tags")]
    assert entities == [None, ENTITY]


# -- what is found -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('MONITE_CLIENT_ID="x\nMONITE_ENV=eu\n', ("Line 1 of bad.env is malformed", "Write NAME=value")),
        ("MONITE_ENV=eu\n=x\n", ("Line 2 of bad.env is malformed",)),
        (
            "MONITE_CLIENT_ID=acme\nMONITE_CLIENT_SECRET=canary-of-the-file\n",
            ("MONITE_CLIENT_ID in bad.env is not a UUID", "Copy all 36 characters"),
        ),
        (
            f"MONITE_CLIENT_ID={ENTITY}\nMONITE_CLIENT_SECRET=canary-of-the-file\nMONITE_ENV=mars\n",
            (
                "Unknown environment: 'mars' (MONITE_ENV in bad.env)",
                "Choose one of local, sandbox, eu, us, tesouro-sandbox, tesouro",
            ),
        ),
        ("", ("No credentials in bad.env", "Set MONITE_CLIENT_ID and MONITE_CLIENT_SECRET there")),
    ],
)
def test_a_dotenv_file_that_is_none(still_local, folder, text, parts):
    (folder / "bad.env").write_text(text)
    problem = still_local.run("%monite_login --dotenv bad.env").problem
    assert_said(problem, *parts)
    assert "canary" not in problem


def test_a_dotenv_file_that_is_not_there(still_local):
    problem = still_local.run("%monite_login --dotenv no.env").problem
    assert_said(problem, "No such file: no.env.", "Check its path.")


def test_an_unknown_environment(still_local):
    assert_said(still_local.run("%monite_login --env mars").problem, "mars", "local, sandbox, eu, us")


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("http://127.0.0.1:9/v1", ("127.0.0.1:9 can't be reached", "and the host and port.")),
        ("https://nothing.invalid/v1", ("are not for nothing.invalid. Nothing was sent", "Confirm the host")),
        ("http://api.example/v1", ("Plain http to api.example", "Use https://")),
        ("https://me@api.example", ("can't have a user", "MONITE_CLIENT_ID")),
    ],
)
def test_a_host_that_is_not_there(still_local, variables, url, parts):
    still_local.good(f"os.environ.update({variables})")
    assert_said(still_local.run(f"%monite_login --base-url {url}").problem, *parts)


# -- what is answered --------------------------------------------------------------------------------------


def test_a_redirect_to_another_host_is_refused_and_nothing_goes_there(still_away, server, elsewhere):
    server.answers("/v1/moved", status=307, headers={"Location": f"{elsewhere.url}/moved"})
    problem = still_away.run("%monite GET /moved").problem
    assert_said(problem, f"OriginError: The answer redirects to {elsewhere.origin[7:]}", "Check the base URL")
    assert elsewhere.received == []


@pytest.mark.parametrize("status", [200, 204])
def test_an_empty_answer(still_away, server, status):
    server.answers("/v1/nothing", content=b"", status=status, headers={"Content-Type": None})
    assert "The answer has no content." in still_away.good("%monite GET /nothing").text
    assert still_away.value("_.data") is None


def test_an_answer_that_is_not_json(still_away, server):
    server.answers("/v1/page", content=b"<h1>Welcome</h1>", headers={"Content-Type": "text/html"})
    ran = still_away.good("%monite GET /page")
    assert "Text of type text/html:" in ran.text
    assert "<h1>Welcome</h1>" in ran.text
    assert "<h1>Welcome" not in ran.html
    server.answers("/v1/broken", content=b'{"a": ')
    assert "content type is JSON, but the content is not" in still_away.good("%monite GET /broken").text
    server.answers(
        "/v1/gateway", content=b"<h1>Bad Gateway</h1>", status=502, headers={"Content-Type": "text/html"}
    )
    ran = still_away.run("%monite POST /gateway")
    assert (
        ran.problem
        == "ApiError: POST /gateway answered 502 Bad Gateway (See it again: %monite_history show last.)"
    )
    assert "may or may not have taken effect" in ran.text


def test_a_binary_answer(still_away, server, folder):
    server.answers("/v1/pdf", content=bytes(range(256)), headers={"Content-Type": "application/octet-stream"})
    ran = still_away.good("%monite GET /pdf")
    assert "Binary content of type application/octet-stream, 256 bytes." in ran.text
    still_away.good("saved = _.save('it.bin')")
    assert (folder / "it.bin").read_bytes() == bytes(range(256))


@pytest.mark.parametrize(
    ("method", "remedy"),
    [("GET", "raise the limit with --timeout SECONDS"), ("POST", "may have taken effect")],
)
def test_an_answer_that_does_not_come_in_time(still_away, server, method, remedy):
    server.answers("/v1/slow", {}, delay=30)
    problem = still_away.run(f"%monite {method} /slow --timeout 0.2").problem
    assert_said(problem, f"NetworkError: {server.origin[7:]} did not answer in time.", remedy)
    assert len(server.calls("/v1/slow")) == 1


def test_a_connection_that_breaks(still_away, server):
    server.resets("/v1/broken", after=b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{")
    problem = still_away.run("%monite POST /broken").problem
    assert_said(problem, "broke before the answer was complete", "Check before you send it again")
    assert len(server.calls("/v1/broken")) == 1


def test_an_interrupt(still_away, server):
    server.answers("/v1/slow", {}, delay=30)
    cell = still_away.start("%monite POST /slow")
    server.wait_for("/v1/slow")
    still_away.manager.interrupt_kernel()
    ran = still_away.finish(cell)
    assert_said(ran.problem, "Interrupted.", "Check before you repeat it")
    assert len(server.calls("/v1/slow")) == 1


def test_an_interrupted_read_has_changed_nothing(still_away, server):
    server.answers("/v1/slow", {}, delay=30)
    cell = still_away.start("%monite get /slow")
    server.wait_for("/v1/slow")
    still_away.manager.interrupt_kernel()
    assert still_away.finish(cell).problem.strip() == "InterruptedError: Interrupted."


def test_an_interrupt_while_logging_in(still_away, server):
    server.answers("/v1/auth/token", {}, delay=30)
    cell = still_away.start("%monite_use --entity-user " + ENTITY)
    while len(server.exchanges()) < 2:
        time.sleep(0.01)
    still_away.manager.interrupt_kernel()
    assert_said(still_away.finish(cell).problem, "Interrupted.")
    assert "partner token" in still_away.good("%monite_status").text
