"""Cell text becomes a request, and a filled request is ready to be sent."""

import contextlib
import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monite_magic.cell.reading import parse
from monite_magic.core.errors import RequestError
from monite_magic.core.masking import Secret

NAMES = {
    "id": "8f/e1",
    "name": "Käse & Brot",
    "ids": ["a", "b c"],
    "payload": {"type": "organization", "tags": [1, 2]},
    "text_payload": '{"a": 1}',
    "secret": Secret("hush-hush"),
    "dots": "..",
    "number": 5,
    "none": None,
    "braces": "{{ x }}",
    "empty": [],
    "mixed": ["a", None],
}


def fill(line, cell=None, **names):
    return parse(line, cell).fill(NAMES | names)


def mistake(line, cell=None, **names):
    with pytest.raises(RequestError) as caught:
        fill(line, cell, **names)
    return caught.value


# -- method and path ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "PUT", "DELETE"])
def test_methods_in_any_case(method):
    assert fill(f"{method} /x").method == method
    assert fill(f"{method.lower()} /x").method == method


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("", None, "METHOD is missing"),
        ("GET", None, "PATH is missing .* for instance %monite GET /payables"),
        ("/payables", None, "The method is missing"),
        ("/payables /x", 9, "The method is missing"),
        ("GTE /x", 9, "Unknown method: GTE .* Did you mean GET"),
        ("HEAD /x", 9, "Unknown method: HEAD"),
        ("FETCHALL /x", 9, "Write one of GET, POST, PATCH, PUT, DELETE"),
        ("GET payables", 13, "must start with / .* Write /payables"),
        ("GET {{ id }}", 13, "must start with /"),
        ("GET ''", 14, "must start with /"),
        ("GET ftp://x/y", 13, "must start with /"),
        ("GET /payables/{payable_id}", 23, r"{payable_id} is not filled in .* Write {{ payable_id }}"),
        ("GET /payables/{}/x", 23, r"{} is not filled in"),
        ("GET /a/../b", 13, "or .. segment"),
        ("GET /a/%2e%2E/b", 13, "or .. segment"),
        ("GET /a/./b", 13, "or .. segment"),
        ("GET /a/{{ dots }}", 13, "or .. segment"),
        ("GET /a/.{{ dot }}", 13, "or .. segment"),
        ("GET /a#b", 13, "contains a #"),
        ("GET /a?x=1&_method=DELETE", 20, "The parameter _method can't be set.* change the method"),
        ("GET /a?%5FMethod=DELETE", 16, "The parameter _Method can't be set"),
        ("GET /a?x_http_method_override=DELETE", 16, "The parameter x_http_method_override can't be set"),
        ("GET /a -q x=1 -q _method=DELETE", 26, "It would change the method"),
        ("POST /a -d X-HTTP-Method=DELETE", 20, "It would change the method"),
        ("GET //evil.example/x", 13, "starts with //"),
        ("GET /v1//evil.example/x", 13, "starts with //"),
        ("GET /a/{{ nope }}", 16, "Variable 'nope' is not defined"),
        ("GET /a?b={{ nope }}", 18, "Variable 'nope' is not defined"),
        ("GET /a?b=1&c=x{{ nope }}", 23, "Variable 'nope' is not defined"),
        ("GET /a extra", 16, "Unexpected argument"),
        ("GET /a limit=5", 16, r"Unexpected argument .* \?limit=… in the path, or -q limit=…"),
        ("GET /a --limt 5", 16, "Unknown option: --limt.* To send a query parameter, write -q limt=…"),
        ('POST /a {"name": "x"}', 17, "Unexpected argument .* Put the body below the line, .* with %%monite"),
    ],
)
def test_mistakes_in_method_and_path(line, column, words):
    error = mistake(line, dot=".")
    assert re.search(words, str(error))
    assert (error.line, error.column) == (1, column)


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("/payables", "/payables"),
        ("/", "/"),
        ("/payables/", "/payables/"),
        ("/v1/payables", "/payables"),
        ("/v1/v1/payables", "/v1/payables"),
        ("/v1x/payables", "/v1x/payables"),
        ("/payables/v1/x", "/payables/v1/x"),
        ("/a/{{ id }}", "/a/8f%2Fe1"),
        ("/a/{{ id }}/b/{{ number }}", "/a/8f%2Fe1/b/5"),
        ("/a/%20b", "/a/%20b"),
        ("'/a b'", "/a%20b"),
        ("/ä", "/%C3%A4"),
        ("/a/...", "/a/..."),
        ("https://api.sandbox.monite.com/v1/x", "https://api.sandbox.monite.com/v1/x"),
        ("HTTP://localhost:1/v1/{{ id }}", "HTTP://localhost:1/v1/8f%2Fe1"),
    ],
)
def test_paths(written, path):
    assert fill(f"GET {written}").path == path


@given(st.text(min_size=1))
def test_no_value_leaves_its_segment(value):
    try:
        path = fill("GET /a/{{ value }}/z", value=value).path
    except RequestError:
        has_dots = {".", ".."} & set(value.split("/"))
        assert has_dots or any("\ud800" <= character <= "\udfff" for character in value)
        return
    assert path.count("/") == 3
    assert unquote(path.split("/")[2]) == value


# -- query --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "query"),
    [
        ("/x", []),
        ("/x?", []),
        ("/x?a=1", [("a", "1")]),
        ("/x?a=1&b=2", [("a", "1"), ("b", "2")]),
        ("/x?a=1&&b", [("a", "1"), ("b", "")]),
        ("/x?a=b=c", [("a", "b=c")]),
        ("/x?a=x%26y+z", [("a", "x&y z")]),
        ("/x?a=1 -q b=2 -q a=3", [("a", "1"), ("b", "2"), ("a", "3")]),
        ("/x -q a=x%26y+z", [("a", "x%26y+z")]),
        ("/x -q a=", [("a", "")]),
        ("/x -q 'a=b c'", [("a", "b c")]),
        ("/x -q a=b=c", [("a", "b=c")]),
        ("/x -q ' a = b '", [("a", " b ")]),
        ("/x?a={{ name }}&b=1", [("a", "Käse & Brot"), ("b", "1")]),
        ("/x -q a={{ name }}", [("a", "Käse & Brot")]),
        ("/x?{{ number }}=1", [("5", "1")]),
        ("/x?a={{ ids }}", [("a", "a"), ("a", "b c")]),
        ("/x -q a={{ ids }}", [("a", "a"), ("a", "b c")]),
        ("/x?a={{ ids[1] }}!", [("a", "b c!")]),
        ('/x?a={{ odd["&=?"] }}', [("a", "v")]),
        ('/x -q a={{ odd["&=?"] }}', [("a", "v")]),
        (r"/x?a=\{{ b }}", None),
    ],
)
def test_queries(line, query):
    if query is None:
        assert "Unexpected argument" in str(mistake(f"GET {line}"))
    else:
        assert fill(f"GET {line}", odd={"&=?": "v"}).query == query


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("GET /x -q a", 19, "Expected a name, = and a value .* Write -q NAME=VALUE"),
        ("GET /x -q =1", 19, "Expected a name, = and a value"),
        ("GET /x -q a={{ secret }}", 21, "is a secret"),
        ("GET /x?a={{ secret }}", 18, "is a secret"),
        ("GET /x -q a=x{{ ids }}", 22, "is a list"),
        (
            "GET /x?a=1&at=2026-01-01T00:00:00+02:00",
            42,
            r"zone \+02:00 would be lost.*%2B02:00, or use -q at=",
        ),
        ("GET /x?at=2026-01-01T00%3A00%3A00+0530", 42, r"\+0530 would be lost"),
        ("GET /x -q a={{ none }}", 21, "is None"),
        ("GET /x -q a__in={{ empty }}", 25, "is an empty list, so this parameter would be missing"),
        ("GET /x?a__in={{ empty }}", 22, "is an empty list"),
        ("GET /x -q a__in={{ mixed }}", 25, r"mixed\[1\] }} is None"),
    ],
)
def test_mistakes_in_the_query(line, column, words):
    error = mistake(line)
    assert re.search(words, str(error))
    assert (error.line, error.column) == (1, column)
    assert "hush" not in str(error)


@given(st.text(), st.text())
def test_no_value_leaves_its_query_parameter(one, two):
    try:
        query = fill("GET /x?a={{ one }}&b=2 -q c={{ two }}", one=one, two=two).query
    except RequestError:
        assert any("\ud800" <= character <= "\udfff" for character in one + two)
        return
    assert query == [("a", one), ("b", "2"), ("c", two)]


# -- headers and entity -------------------------------------------------------------------------------------


def test_headers():
    filled = fill("GET /x -H 'Accept: text/csv' -H 'X-Monite-Version:2024-01-31' -H 'X-Note: {{ number }}'")
    assert filled.headers == [("Accept", "text/csv"), ("X-Monite-Version", "2024-01-31"), ("X-Note", "5")]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Authorization: {{ secret }}", "Authorization can't be set .* The session adds the token itself"),
        ("AUTHORIZATION: x", "AUTHORIZATION can't be set"),
        ("Authorization: Bearer abcdefgh", "Don.t put a secret in a notebook"),
        ("Proxy-Authorization: x", "can't be set"),
        ("Cookie: a", "can't be set"),
        ("Host: evil", "can't be set"),
        ("x-http-method: DELETE", "can't be set .* change the method"),
        ("X-Forwarded-Proto: http", "can't be set"),
        ("X-Forwarded: for=1.2.3.4", "The environment decides where a call goes"),
        ("X-Original-URI: /v1/payables", "The environment decides where a call goes"),
        ("X-Envoy-Original-Path: /v1/payables", "The environment decides where a call goes"),
        ("X_HTTP_Host_Override: evil", "The environment decides where a call goes"),
        ("True-Client-IP: 1.2.3.4", "The environment decides where a call goes"),
        ("X-HTTP-Verb: DELETE", "can't be set .* change the method"),
        ("X-Method: DELETE", "can't be set .* change the method"),
        ("HTTP2-Settings: AAMAAABk", "The client manages connections"),
        ("Content-Length: 5", "can't be set"),
        ("no colon", "Expected a name, : and a value"),
        (": x", "Expected a name, : and a value"),
        ("a b: x", "Invalid header name"),
        ("{{ name }}: x", "Invalid header name"),
        ("X: é", "Invalid value for the header X"),
        ("X: {{ name }}", "Invalid value for the header X"),
        ("X: {{ lines }}", "line break"),
    ],
)
def test_headers_that_are_refused(header, words):
    error = mistake(f"GET /x -H '{header}'", lines="a\r\nb")
    assert re.search(words, str(error))
    assert error.line == 1
    assert "abcdefgh" not in str(error)


def test_a_secret_may_be_sent_in_a_header():
    assert fill("GET /x -H 'X-Key: {{ secret }}'").headers == [("X-Key", "hush-hush")]


def test_the_entity():
    assert fill("GET /x").entity is None
    assert fill("GET /x --entity {{ ids[0] }}").entity == "a"
    same = fill("GET /x --entity a -H 'x-monite-entity-id: a'")
    assert same.entity == "a"
    assert "two entities" in str(mistake("GET /x --entity a -H 'X-Monite-Entity-Id: b'"))


# -- bodies -------------------------------------------------------------------------------------------------


def test_a_cell_is_the_body():
    filled = fill("POST /x", '{"a": {{ name }}}\n')
    assert filled.body.data == {"a": "Käse & Brot"}
    assert json.loads(filled.content) == {"a": "Käse & Brot"}


@pytest.mark.parametrize("cell", [None, "", "\n", "  \n\t\n"])
def test_a_blank_cell_is_no_body(cell):
    filled = fill("POST /x", cell)
    assert filled.body is None
    assert filled.content is None


def test_mistakes_in_a_body_have_their_place():
    error = mistake("POST /x", '{\n  "a": 1,\n}')
    assert (error.line, error.column) == (3, 9)


def test_a_query_parameter_in_the_body_is_told_where_it_goes():
    with pytest.raises(RequestError, match="A query parameter doesn't belong in the body") as caught:
        parse("GET /payables", "limit=3")
    assert caught.value.line == 2
    assert "-q limit=…" in caught.value.hint


def test_a_secret_in_a_body_is_refused_before_anything_is_filled():
    with pytest.raises(RequestError, match="Don't put a secret") as caught:
        parse("POST /x", '{\n "client_secret": "c4n4ry-value"}')
    assert (caught.value.line, caught.value.column) == (3, 2)
    assert "c4n4ry" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("payload", {"type": "organization", "tags": [1, 2]}),
        ("{{ payload }}", {"type": "organization", "tags": [1, 2]}),
        ("text_payload", {"a": 1}),
        ("outer.inner[0]", {"z": 1}),
        ("with_secret", {"client_secret": "hush-hush"}),
    ],
)
def test_an_object_of_the_notebook_is_the_body(name, data):
    more = {"outer": {"inner": [{"z": 1}]}, "with_secret": {"client_secret": NAMES["secret"]}}
    filled = fill(f"POST /x --body '{name}'", **more)
    assert filled.body.data == data
    assert json.loads(filled.content) == data


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nope", "Variable 'nope' is not defined"),
        ("1+1", "is not a valid variable name"),
        ("dict(name=1)", r"dict\(name=1\) is not a valid variable name.* Assign it first"),
        ("number", "--body number is not a JSON object"),
        ("ids", "--body ids is not a JSON object"),
        ("name", "--body name is text, but not JSON"),
        ("thing", "--body thing is an object"),
    ],
)
def test_mistakes_in_the_name_of_a_body(name, words):
    error = mistake(f"POST /x --body {name}", thing=object())
    assert re.search(words, str(error))
    assert (error.line, error.column) == (1, 24)


@pytest.mark.parametrize("option", ["--body payload", "--file f=x", "-d a=1"])
def test_there_is_one_body(option):
    assert "The cell has a body" in str(mistake(f"POST /x {option}", "{}"))
    assert fill("POST /x --body payload", "\n").body is not None


def test_a_form_and_an_object_exclude_each_other():
    assert "--body and --file can't be combined" in str(mistake("POST /x --body payload --file f=x"))
    assert "--body and --field can't be combined" in str(mistake("POST /x --body payload -d f=x"))


def test_files_and_fields(tmp_path):
    invoice = tmp_path / "my invoice.pdf"
    invoice.write_bytes(b"%PDF")
    filled = fill(
        f"POST /x --file 'file={invoice}' --file other={{{{ path }}}} -d note={{{{ name }}}}", path=invoice
    )
    assert filled.files == [("file", invoice), ("other", invoice)]
    assert filled.fields == [("note", "Käse & Brot")]


def test_the_home_folder_may_be_written_short(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a.pdf").write_bytes(b"")
    assert fill("POST /x --file f=~/a.pdf").files == [("f", tmp_path / "a.pdf")]


def test_a_missing_file_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    error = mistake("POST /x --file f=nope.pdf")
    assert "No such file: nope.pdf" in str(error)
    assert Path.cwd().name in str(error)
    assert "No such file" in str(mistake(f"POST /x --file f={tmp_path}"))


# -- the other options --------------------------------------------------------------------------------------


def test_what_is_not_given():
    filled = fill("GET /x")
    assert filled.check
    assert (filled.output, filled.timeout, filled.expect, filled.as_format) == (None, None, None, None)
    assert not any([filled.show, filled.raw, filled.dry_run, filled.yes, filled.all_pages])


def test_what_is_given():
    filled = fill("GET /x -o answer --show --timeout 2.5 --expect 4xx --as curl --no-check --raw --yes --all")
    assert (filled.output, filled.timeout, filled.as_format) == ("answer", 2.5, "curl")
    assert 404 in filled.expect
    assert not filled.check
    assert all([filled.show, filled.raw, filled.yes, filled.all_pages])
    assert fill("GET /x --dry-run").dry_run


def test_placeholders_in_options():
    filled = fill("GET /x -o {{ var }} --timeout {{ number }} --expect {{ status }} --as {{ form }}",
                  var="kept", status=422, form="http")  # fmt: skip
    assert (filled.output, filled.timeout, filled.as_format) == ("kept", 5.0, "http")
    assert 422 in filled.expect


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("GET /x -o 1a", 19, "not a valid variable name"),
        ("GET /x -o class", 19, "not a valid variable name"),
        ("GET /x -o _", 19, "not a valid variable name"),
        ("GET /x -o a.b", 19, "not a valid variable name"),
        ("GET /x -o Out", 19, "would hide a built-in name"),
        ("GET /x -o _12", 19, "would hide a built-in name"),
        ("GET /x -o __builtins__", 19, "would hide a built-in name"),
        ("GET /x -o monite_magic", 19, "would hide a built-in name"),
        ("GET /x -o list", 19, "would hide a built-in name"),
        ("GET /x -o {{ id }}", 19, "not a valid variable name"),
        ("GET /x -o {{ braces }}", 19, "not a valid variable name"),
        ("GET /x --expect ok", 25, "Invalid value for --expect"),
        ("GET /x --expect {{ id }}", 25, "Invalid value for --expect"),
        ("GET /x --timeout soon", 26, "above 0"),
        ("GET /x --timeout {{ id }}", 26, "above 0"),
        ("GET /x --as pdf", 21, "Choose one of curl, httpx, sdk, http"),
        ("GET /x --dry-run --as curl", None, "can't be combined"),
    ],
)
def test_mistakes_in_options(line, column, words):
    error = mistake(line)
    assert re.search(words, str(error))
    assert (error.line, error.column) == (1, column)


@pytest.mark.parametrize(
    "line", ["GET /x --expect ok", "GET /x -o 1a", "GET /x -H 'X: é'", "GET /x --timeout 0"]
)
def test_what_is_wrong_without_any_name_is_told_before_filling(line):
    with pytest.raises(RequestError):
        parse(line)


def test_advice_shows_what_was_meant():
    assert "Write /payables." in str(mistake("GET payables"))
    assert "Start it with /." in str(mistake("GET {{ id }}"))


def test_reading_needs_no_names():
    request = parse("POST /a/{{ x }}?b={{ y }} -H 'X: {{ z }}' --entity {{ e }}", '{"c": {{ w }}}')
    assert request.path == "/a/{{ x }}?b={{ y }}"
    assert request.headers == (("X", "{{ z }}"),)


def test_columns_of_a_cell_count_its_second_percent_sign():
    with pytest.raises(RequestError) as caught:
        parse("GTE /x", "{}")
    assert caught.value.column == 10


@given(
    st.lists(
        st.sampled_from(
            [
                "GET",
                "post",
                "/x",
                "/a?b=c",
                "/{{ id }}",
                "-q",
                "a=1",
                "-H",
                "'X: y'",
                "--entity",
                "{{ id }}",
                "--file",
                "--body",
                "payload",
                "-o",
                "r",
                "--expect",
                "4xx",
                "#",
                ";",
                "'",
                '"',
                "{{",
                "}}",
                "\\",
                "--raw",
                "é",
                "=",
            ]
        )
        | st.text(max_size=8),
        max_size=10,
    ).map(" ".join),
    st.none() | st.sampled_from(["{}", '{"a": {{ id }}}', "{"]) | st.text(max_size=20),
)
def test_reading_and_filling_raises_nothing_but_request_errors(line, cell):
    with contextlib.suppress(RequestError):
        parse(line, cell).fill(NAMES)


def test_a_line_that_asks_for_help_is_no_call():
    for line in ("--help", "GET /x -h"):
        assert "--help can't be combined" in str(mistake(line))


def test_a_time_zone_whose_plus_is_kept():
    moment = "2026-01-01T00:00:00+02:00"
    assert fill("GET /x?at=2026-01-01T00:00:00%2B02:00").query == [("at", moment)]
    assert fill(f"GET /x -q at={moment}").query == [("at", moment)]
    assert fill("GET /x?at={{ moment }}", moment=moment).query == [("at", moment)]
    assert fill("GET /x?q=a+b").query == [("q", "a b")]


@pytest.mark.parametrize("dash", "\u2010\u2011\u2013\u2014\u2015\u2212")
@pytest.mark.parametrize("count", [1, 2])
def test_dashes_of_word_processors(dash, count):
    filled = fill(f"GET /x {dash * count}dry-run {dash}o kept {dash * count}timeout=3 {dash}q a={dash}b")
    assert (filled.dry_run, filled.output, filled.timeout) == (True, "kept", 3.0)
    assert filled.query == [("a", f"{dash}b")]
    assert "Unknown option" in str(mistake(f"GET /x {dash}{dash}dry-ran"))


# -- lists and rows of other libraries ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        "pandas.Series({})",
        "pandas.Index({})",
        "pandas.array({}, dtype='string')",
        "pandas.Series({}, dtype='category')",
        "pandas.DataFrame({{'id': {}}})['id']",
        "polars.Series({})",
        "polars.DataFrame({{'id': {}}})['id']",
        "numpy.array({})",
        "tuple({})",
        "collections.UserList({})",
    ],
)
@pytest.mark.parametrize("line", ["GET /x -q id__in={{ wanted }}", "GET /x?id__in={{ wanted }}"])
def test_a_list_of_any_library_repeats_the_parameter(make, line):
    import collections

    names = {"collections": collections}
    for name in {"numpy", "pandas", "polars"} & set(re.findall(r"\w+", make)):
        names[name] = pytest.importorskip(name)
    texts = ["ü 1", "b&c", "d"]
    wanted = eval(make.format(texts), names)
    assert fill(line, wanted=wanted).query == [("id__in", text) for text in texts]


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("df.iloc[1].id", "b"),
        ("df.iloc[-1].id", "b"),
        ("df.loc[0].id", "a"),
        ("df.id[0]", "a"),
        ('df["id"][1]', "b"),
        ('row["full name"]', "Ann B"),
        ("row.id", "a"),
        ("table.id[1]", "b"),
        ('table["id"][0]', "a"),
    ],
)
def test_a_row_or_a_cell_of_a_frame(reference, value):
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    df = pandas.DataFrame({"id": ["a", "b"], "full name": ["Ann B", "Cy D"]})
    names = {"df": df, "row": df.iloc[0], "table": polars.DataFrame({"id": ["a", "b"]})}
    assert fill(f"GET /x -q a={{{{ {reference} }}}}", **names).query == [("a", value)]


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("df.iloc", "is a function, and placeholders can't call functions"),
        ("df.head", "is a function"),
        ("df[0]", r'Write df\.iloc\[0\] for a row, or df\["id"\] for a column'),
        ("df.idd", "Did you mean id"),
        ("column[-1]", r"Write column\.iloc\[-1\]"),
    ],
)
def test_what_a_frame_does_not_have_says_what_to_write(reference, words):
    pandas = pytest.importorskip("pandas")
    df = pandas.DataFrame({"id": ["a", "b"]})
    assert re.search(words, str(mistake(f"GET /x -q a={{{{ {reference} }}}}", df=df, column=df["id"])))
