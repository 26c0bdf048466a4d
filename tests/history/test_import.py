"""Commands and files of other tools become cells, and no secret gets into one."""

import json
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monite_magic.cell.leaks import contains_secret
from monite_magic.cell.line_words import escape_braces_in_json
from monite_magic.cell.reading import parse
from monite_magic.core.environments import ENVIRONMENTS
from monite_magic.core.errors import RequestError
from monite_magic.core.masking import Secret
from monite_magic.history import export_call, import_text, recipe_of_filled
from monite_magic.history.exchange.http_file import write_http

SANDBOX = "https://api.sandbox.monite.com/v1"
SECRET = "6f6e6c2a-0000-4c0f-secret-0f-tests"


def cell(text):
    (only,) = import_text(text).cells
    return only


def notes(text):
    return " ".join(import_text(text).notes)


def filled(text, **names):
    line, _, body = text.partition("\n")
    return parse(line.lstrip("%").removeprefix("monite "), body or None).fill(names)


# -- entities -----------------------------------------------------------------------------------------------


def test_two_entities_of_one_call_are_named_and_one_is_to_be_chosen():
    one, two = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
    header = "X-Monite-Entity-Id"
    taken = import_text(f"curl {SANDBOX}/x -H '{header}: {one}' -H '{header.lower()}: {two}'")
    assert taken.cells == ("%monite GET /x --entity '{{ entity_id }}'",)
    assert taken.notes == (
        f"Line 1: The header {header} names several entities: {one}, {two}.",
        "Set these variables in a cell above: entity_id.",
    )
    assert cell(f"curl {SANDBOX}/x -H '{header}: {one}' -H '{header}: {one}'").endswith(f"--entity {one}")
    versions = import_text(
        f"curl {SANDBOX}/x -H 'X-Monite-Version: 2023-09-01' -H 'X-Monite-Version: 2024-01-31'"
    )
    assert versions.cells == ("%monite GET /x -H 'X-Monite-Version: {{ api_version }}'",)
    assert versions.notes[0].endswith("X-Monite-Version names several API versions: 2023-09-01, 2024-01-31.")
    (note,) = import_text(f"curl {SANDBOX}/x -H '{header}: acme'").notes
    assert note == "Line 1: Fix the cell before you run it: the entity acme is not a UUID."


# -- curl ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (f"curl {SANDBOX}/payables", "%monite GET /payables"),
        (f"curl '{SANDBOX}/payables?limit=5&sort=id'", "%monite GET /payables?limit=5&sort=id"),
        (f"curl -X DELETE {SANDBOX}/payables/p-1", "%monite DELETE /payables/p-1"),
        (f"curl -XDELETE {SANDBOX}/payables/p-1", "%monite DELETE /payables/p-1"),
        (f"curl --request=patch {SANDBOX}/x", "%monite PATCH /x"),
        (f"$ curl --location --request GET \\\n  --url {SANDBOX}/x \\\r\n  -sSL", "%monite GET /x"),
        (f"curl -sSLX POST {SANDBOX}/x", "%monite POST /x"),
        (f"curl {SANDBOX}/x -d '{{}}'", "%%monite POST /x\n{}"),
        (f"curl {SANDBOX}/x --data-raw '{{\n  \"a\": 1\n}}\n'", '%%monite POST /x\n{\n  "a": 1\n}'),
        (f"curl -G {SANDBOX}/x -d a=1 --data-urlencode 'b=c d'", "%monite GET /x?a=1&b=c%20d"),
        (f"curl -G '{SANDBOX}/x?z=0' -d a=1", "%monite GET /x?z=0&a=1"),
        (f"curl {SANDBOX}/x -H 'x-monite-entity-id: e-1'", "%monite GET /x --entity e-1"),
        (f"curl {SANDBOX}/x -H 'X-Monite-Version: 2024-05-25'", "%monite GET /x"),
        (f"curl {SANDBOX}/x -H 'X-Monite-Version: 2023-09'", "%monite GET /x -H 'X-Monite-Version: 2023-09'"),
        (f"curl {SANDBOX}/x -H 'accept: */*' -H 'Content-Type: application/json'", "%monite GET /x"),
        (f"curl {SANDBOX}/x -H 'Accept: text/csv'", "%monite GET /x -H 'Accept: text/csv'"),
        (f"curl {SANDBOX}/x -A agent -o out.json --max-time 5 -k --compressed",
         "%monite GET /x -H 'User-Agent: agent' --timeout 5"),
        (f"curl {SANDBOX}/x -F 'file=@/tmp/my file.pdf;type=application/pdf' -F n=1",
         "%monite POST /x --file 'file=/tmp/my file.pdf' -d n=1"),
        (f"curl {SANDBOX}/x --form-string n=@1 -F f=@a", "%monite POST /x --file f=a -d n=@1"),
        (f"curl {SANDBOX}/payables/{{payable_id}}", "%monite GET '/payables/{{ payable_id }}'"),
        ("curl $BASE/v1/x", "%monite GET /x"),
        ("curl ${BASE}/x", "%monite GET /x"),
        ("curl api.sandbox.monite.com/v1/x", "%monite GET /x"),
        ("curl http://localhost:8000/v1/x", "%monite GET /x"),
        (f"curl {SANDBOX}/x#part", "%monite GET /x"),
        (f"curl -X POST {SANDBOX}/auth/revoke -d '{{\"token\": \"t\"}}'", "%monite_logout"),
    ],
)  # fmt: skip
def test_curl_commands(command, expected):
    assert cell(command) == expected


def test_a_body_keeps_its_braces():
    text = cell(f"curl {SANDBOX}/x -d '{json.dumps({'a': 'Dear {{ name }}'})}'")
    assert filled(text).body.data == {"a": "Dear {{ name }}"}


def test_a_url_keeps_its_braces_if_they_are_encoded():
    assert filled(cell(f"curl '{SANDBOX}/x?a=%7B%7B b %7D%7D'")).query == [("a", "{{ b }}")]
    assert cell(f"curl '{SANDBOX}/x?a={{{{ b }}}}'") == "%monite GET '/x?a={{ b }}'"


def test_ansi_quotes_of_a_browser_are_read():
    command = f'curl {SANDBOX}/x --data-raw $\'{{"a": "it\\\'s \\u00e9\\n\\x41\\101"}}\''
    assert cell(command) == '%%monite POST /x\n{"a": "it\'s é\nAA"}'


@pytest.mark.parametrize("value", ["a {{x}}", r"\{{x}}", r"\\{{x}}", r"a\b", '"', "{{{{", "{{{"])
def test_a_form_that_becomes_json_keeps_its_braces(value):
    text = f"curl {SANDBOX}/x --data-urlencode {shlex.quote(f'a={value}')}"
    assert filled(cell(text)).body.data == {"a": value}
    as_json = f"curl {SANDBOX}/x -d {shlex.quote(json.dumps({value: value}))}"
    assert filled(cell(as_json)).body.data == {value: value}


def test_a_form_of_an_http_file_keeps_its_placeholders():
    text = "POST /v1/x\nContent-Type: application/x-www-form-urlencoded\n\na={{name}}&b=1"
    assert filled(cell(text), name='N"n').body.data == {"a": 'N"n', "b": "1"}


def test_a_form_becomes_json():
    text = f"curl {SANDBOX}/x -d a=1 -d b=2 -H 'Content-Type: application/x-www-form-urlencoded'"
    assert filled(cell(text)).body.data == {"a": "1", "b": "2"}
    assert "form was turned into JSON" in notes(text)


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (" -s | jq .", "jq was left out: it makes no call"),
        ("|jq .", "jq was left out"),
        (" ; echo done", "echo was left out"),
        ("; echo done", "echo was left out"),
        (" && echo https://x/y", "echo was left out"),
        (" || echo 'failed", "the quote ' is not closed"),
        (" > out.json", "> out.json was left out"),
        (" 2> /dev/null", "2> /dev/null was left out"),
        (" &> all.txt", "&> all.txt was left out"),
        (" >> out.json", ">> out.json was left out"),
    ],
)
def test_what_is_for_the_shell_is_left_off(end, words):
    text = f"curl {SANDBOX}/x{end}"
    assert cell(text) == "%monite GET /x"
    assert f"Line 1: {words}" in notes(text)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (f"curl '{SANDBOX}/x?a=1|2;3>4'", "%monite GET '/x?a=1|2;3>4'"),
        (f'curl "{SANDBOX}/x?a=1&&b=2"', "%monite GET /x?a=1&b=2"),
        (f"curl {SANDBOX}/x?a=1\\;2", "%monite GET '/x?a=1;2'"),
        (
            f"curl {SANDBOX}/x -H X-Note:<your-note> -H content-type:application/json -d '{{}}'",
            "%%monite POST /x -H 'X-Note: {{ your_note }}'\n{}",
        ),
        (
            f'curl {SANDBOX}/x --json $\'{{"a": "it\\\'s | >"}}\'',
            '%%monite POST /x\n{"a": "it\'s | >"}',
        ),
    ],
)
def test_what_is_quoted_is_not_for_the_shell(command, expected):
    assert cell(command) == expected
    assert "left out" not in notes(command)


def test_an_ampersand_without_quotes_is_kept_and_told():
    text = f"curl {SANDBOX}/x?a=1&b=2"
    assert cell(text) == "%monite GET /x?a=1&b=2"
    assert "Line 1: The & in the URL is not quoted" in notes(text)


def test_a_secret_after_the_command_is_not_told():
    cells = import_text(f"curl {SANDBOX}/x && export MONITE_CLIENT_SECRET={SECRET}")
    assert SECRET not in repr(cells)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("", "no API call"),
        ("wget", "wget command has no URL"),
        ("curl", "has no URL"),
        ("curl -H", "has no URL"),
        (f"curl '{SANDBOX}/x", "Line 1: the quote ' is not closed"),
        (f"curl -I {SANDBOX}/x", "no method HEAD"),
        ("curl ::::", "is not a URL"),
    ],
)
def test_what_is_no_curl_command_is_told(command, words):
    with pytest.raises(RequestError, match=words):
        import_text(command)


# -- secrets ------------------------------------------------------------------------------------------------

TOKEN_CALL = f"""curl -X POST {SANDBOX}/auth/token \\
  -H 'X-Monite-Version: 2024-05-25' \\
  -H 'Content-Type: application/json' \\
  -d '{{"grant_type": "client_credentials", "client_id": "id-1", "client_secret": "{SECRET}"}}'"""


def test_the_token_call_is_refused_if_nothing_keeps_the_secret():
    with pytest.raises(RequestError, match="The token call contains a secret") as caught:
        import_text(TOKEN_CALL)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        TOKEN_CALL,
        TOKEN_CALL.replace("application/json", "application/x-www-form-urlencoded").split("-d")[0]
        + f"-d 'grant_type=client_credentials&client_id=id-1&client_secret={SECRET}'",
        (
            f"POST {SANDBOX}/auth/token\nContent-Type: application/json\n\n"
            f'{{"client_id": "id-1", "client_secret": "{SECRET}"}}'
        ),
    ],
)
def test_the_secret_of_the_token_call_is_kept_elsewhere(text):
    kept = {}
    cells = import_text(text, keep=kept.update)
    assert cells.cells == ("%monite_login --env sandbox",)
    assert kept == {"MONITE_CLIENT_ID": "id-1", "MONITE_CLIENT_SECRET": Secret(SECRET)}
    assert SECRET not in repr(cells)
    assert "moved to .env" in cells.notes[0]


def test_the_log_in_names_the_file_that_keeps_the_secret():
    cells = import_text(TOKEN_CALL, keep=lambda values: None, kept_in="my imp.env")
    assert cells.cells == ("%monite_login --env sandbox --dotenv 'my imp.env'",)
    assert cells.notes == ("The client ID and secret were moved to my imp.env.",)
    without_secret = import_text(TOKEN_CALL.replace(SECRET, "***"), kept_in="imp.env")
    assert without_secret.cells == ("%monite_login --env sandbox",)


@pytest.mark.parametrize(
    ("url", "origins"),
    [
        (f"{SANDBOX}/x", ("https://api.sandbox.monite.com",)),
        ("https://API.monite.com/v1/x", ("https://api.monite.com",)),
        ("api.sandbox.monite.com/v1/x", ("https://api.sandbox.monite.com",)),
        ("localhost:8000/v1/x", ("http://localhost:8000",)),
        ("https://user:pass@example.com:8443/v1/x", ("https://example.com:8443",)),
        ("$BASE/v1/x", ()),
        ("https://$HOST/v1/x", ()),
        ("/v1/x", ()),
    ],
)
def test_an_import_tells_where_the_call_went(url, origins):
    assert import_text(f"curl {url}").origins == origins


def test_where_a_call_went_is_not_told_by_a_variable():
    assert import_text("GET {{base}}/v1/x").origins == ()
    assert import_text("GET https://{{host}}/v1/x").origins == ()


def test_a_log_in_among_the_cells_leads_where_it_went():
    text = f"POST {SANDBOX}/auth/token\n\n{{}}\n###\nGET {SANDBOX}/x\n###\nGET https://api.monite.com/v1/x\n"
    assert import_text(text).origins == ("https://api.monite.com",)


@pytest.mark.parametrize(
    "stand_in", ["YOUR_CLIENT_SECRET", "<client secret>", "$SECRET", "{{secret}}", "***", "", "your-secret"]
)
def test_a_stand_in_for_a_secret_is_none(stand_in):
    cells = import_text(TOKEN_CALL.replace(SECRET, stand_in), keep=pytest.fail)
    assert cells.cells == ("%monite_login --env sandbox",)
    assert "Put your credentials (MONITE_CLIENT_ID, MONITE_CLIENT_SECRET) into .env" in cells.notes[0]


def test_a_users_token_call_names_the_user():
    text = TOKEN_CALL.replace("client_credentials", "entity_user").replace(SECRET, "***")
    with_user = text.replace('"client_id"', '"entity_user_id": "u-1", "client_id"')
    assert cell(with_user) == "%monite_login --env sandbox --entity-user u-1"
    assert cell(text) == "%monite_login --env sandbox --entity-user '{{ entity_user_id }}'"
    half = text.replace('"client_id"', '"entity_user_id": "\\udc00x\\udc01", "client_id"')
    assert "{{" not in cell(half)


def test_a_log_in_says_which_version_the_calls_below_it_have():
    text = TOKEN_CALL.replace(SECRET, "***").replace("2024-05-25", "2024-01-31")
    calls = "".join(
        f"\ncurl {SANDBOX}/x -H 'X-Monite-Version: {version}'" for version in ("2024-01-31", "2024-05-25")
    )
    cells = import_text(text + calls).cells
    assert cells[0].endswith(" --api-version 2024-01-31")
    assert cells[1:] == ("%monite GET /x", "%monite GET /x -H 'X-Monite-Version: 2024-05-25'")
    again = import_text(text + calls, api_version="2024-01-31").cells
    assert "--api-version" not in again[0]
    assert again[1:] == cells[1:]


@pytest.mark.parametrize(
    ("base", "words"),
    [
        ("https://api.monite.com", "--env eu"),
        ("https://us.api.monite.com", "--env us"),
        ("https://API.monite.com", "--env eu"),
        ("http://127.0.0.1:8000", "--base-url http://127.0.0.1:8000/v1"),
        ("$BASE", ""),
    ],
)
def test_the_token_call_names_the_environment(base, words):
    text = (
        TOKEN_CALL.replace("https://api.sandbox.monite.com", base)
        .replace(SECRET, "***")
        .replace("2024-05-25", "2024-01-31")
    )
    assert cell(text) == f"%monite_login {words} --api-version 2024-01-31".replace("  ", " ")


@pytest.mark.parametrize(
    "option",
    ["-H 'Authorization: Bearer {}'", "-H 'authorization: {}'", "-u id:{}", "--oauth2-bearer {}", "-b c={}"],
)
def test_a_token_is_left_out(option):
    text = f"curl {SANDBOX}/x {option.format(SECRET)}"
    assert cell(text) == "%monite GET /x"
    told = {"-u": "The user name and password were left out", "-b": "as a call can't set them: Cookie"}
    assert told.get(option[:2], "The token was left out") in notes(text)


def test_a_stand_in_for_a_token_needs_no_remark():
    assert not import_text(f"curl {SANDBOX}/x -H 'Authorization: Bearer YOUR_TOKEN'").notes
    assert not import_text(f"curl {SANDBOX}/x -H 'Authorization: Bearer {{{{token}}}}'").notes


def test_a_header_that_a_call_can_not_set_is_left_out_and_told():
    text = (
        "curl https://api.sandbox.monite.com/v1/tags -H 'X-Forwarded-For: 10.0.0.1' -H 'X-HTTP-Method: PUT'"
    )
    taken = import_text(text)
    assert taken.cells == ("%monite GET /tags",)
    told = " ".join(taken.notes)
    assert "Headers left out, as a call can't set them: X-Forwarded-For, X-HTTP-Method." in told


def test_a_stand_in_for_an_entity_is_a_variable_or_left_out():
    text = f"curl {SANDBOX}/x -H 'x-monite-entity-id: ENTITY_ID'"
    assert cell(text) == "%monite GET /x --entity '{{ ENTITY_ID }}'"
    without_name = text.replace("ENTITY_ID", "***")
    assert cell(without_name) == "%monite GET /x"
    assert "%monite_use --entity" in notes(without_name)


@pytest.mark.parametrize(
    "body", ['{{"password": "{}"}}', '{{"deep": {{"client_secret": "{}"}}}}', '{{"note": "Bearer {}"}}']
)
def test_another_secret_is_refused(body):
    with pytest.raises(RequestError, match="contains a secret") as caught:
        import_text(f"curl {SANDBOX}/x -d '{body.format(SECRET)}'", keep=lambda values: None)
    assert SECRET not in str(caught.value)


# -- .http --------------------------------------------------------------------------------------------------

HTTP = """\
@host = https://api.sandbox.monite.com
@base = {{host}}/v1
@limit = 5

### All payables
# @name payables
// a remark
GET {{base}}/payables
    ?limit={{limit}}
    &sort=id HTTP/1.1
Authorization: Bearer {{token}}
X-Monite-Entity-Id: {{entity-id}}

###
POST {{base}}/counterparts HTTP/1.1
Content-Type: application/json
# a remark among the headers
X-Note: {{$processEnv NOTE}}

{
  "name": "{{name}}",
  "id": "{{$guid}}"
}

> {%
  client.log("x")
%}

### Nothing but a remark

###
{{base}}/tags
"""


def test_an_http_file():
    cells = import_text(HTTP)
    assert cells.cells == (
        "%monite GET /payables?limit=5&sort=id --entity '{{ entity_id }}'",
        (
            "%%monite POST /counterparts -H 'X-Note: {{ NOTE }}'\n"
            '{\n  "name": "{{ name }}",\n  "id": "{{ guid }}"\n}'
        ),
        "%monite GET /tags",
    )
    assert cells.notes == (
        "Line 25: The script after the call was left out.",
        "Set these variables in a cell above: entity_id, NOTE, name, guid.",
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("POST /v1/x\nContent-Type: multipart/form-data; boundary=b\n\n--b--", "multipart body was left out"),
        ("POST /v1/x\nContent-Type: text/csv\n\na,b", r"The body (text/csv) was left out"),
    ],
)
def test_what_of_an_http_file_is_left_out_is_told(text, words):
    assert cell(text) == "%monite POST /x"
    assert words in notes(text)


def test_a_form_of_an_http_file():
    text = "POST /v1/x\nContent-Type: application/x-www-form-urlencoded\n\na=1\n&b=c%20d"
    assert filled(cell(text)).body.data == {"a": "1", "b": "c d"}


def test_variables_that_name_each_other_end():
    assert cell("@a = {{b}}\n@b = {{a}}\nGET /v1/x?q={{a}}").startswith("%monite GET '/x?q={{ ")


# -- HAR ----------------------------------------------------------------------------------------------------


def har(*requests):
    return json.dumps({"log": {"version": "1.2", "entries": [{"request": request} for request in requests]}})


def test_a_har_of_a_browser():
    text = har(
        {"method": "GET", "url": "https://portal.example/style.css", "headers": []},
        {"method": "OPTIONS", "url": f"{SANDBOX}/x"},
        {
            "method": "POST",
            "url": f"{SANDBOX}/x?a={{{{b}}}}",
            "headers": [
                {"name": ":authority", "value": "api"},
                {"name": "sec-ch-ua", "value": "x"},
                {"name": "authorization", "value": f"Bearer {SECRET}"},
                {"name": "x-note", "value": "{{x}}"},
            ],
            "postData": {"mimeType": "application/json", "text": '{"a": "{{x}}"}'},
        },
    )
    request = filled(cell(text))
    assert request.query == [("a", "{{b}}")]
    assert request.headers == [("x-note", "{{x}}")]
    assert request.body.data == {"a": "{{x}}"}
    assert "2 requests that are not API calls were left out" in notes(text)
    assert SECRET not in cell(text)


def test_forms_and_files_of_a_har():
    parameters = [{"name": "file", "fileName": "a.pdf"}, {"name": "n", "value": "1"}]
    text = har(
        {
            "method": "POST",
            "url": f"{SANDBOX}/x",
            "postData": {"mimeType": "multipart/form-data", "params": parameters},
        }
    )
    assert cell(text) == "%monite POST /x --file file=a.pdf -d n=1"
    form = {"mimeType": "application/x-www-form-urlencoded", "text": "a=1&b=%20"}
    assert filled(cell(har({"method": "POST", "url": f"{SANDBOX}/x", "postData": form}))).body.data == {
        "a": "1",
        "b": " ",
    }


@pytest.mark.parametrize(
    "text", ["{", "{}", '{"log": 1}', '{"log": {"entries": [1]}}', '{"log": {"entries": [{"request": {}}]}}']
)
def test_what_is_no_har_is_told(text):
    with pytest.raises(RequestError, match=r"not a HAR|neither a HAR nor a collection"):
        import_text(text)


def test_a_har_of_another_protocol_is_told():
    with pytest.raises(RequestError, match="is not a URL"):
        import_text(har({"method": "GET", "url": "ftp://portal.example/v1/x", "headers": []}))


def test_a_har_without_calls_is_told():
    with pytest.raises(RequestError, match="no API call"):
        import_text(har({"method": "GET", "url": "https://portal.example/", "headers": []}))


# -- round trips --------------------------------------------------------------------------------------------

# Dots would be taken for a masked secret, and become a variable.
TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="•"), max_size=12)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def test_a_dollar_before_a_quote_is_no_string_of_bash():
    body = {"$'": "$'a'", "b": "\\$'"}
    text = export_call(
        recipe_of_filled(parse("POST /x", json.dumps(body)).fill({}), ENVIRONMENTS["sandbox"]), "curl"
    )
    assert filled(cell(text)).body.data == body


@given(
    st.lists(
        st.sampled_from(
            [
                "curl",
                SANDBOX,
                f"{SANDBOX}/x",
                "-X",
                "POST",
                "-H",
                "'A: b'",
                "-d",
                "'{}'",
                "-F",
                "a=@b",
                "-G",
                "--url",
                "-sSLX",
                "'",
                '"',
                "\\",
                "\n",
                "$'",
                "{{",
                "}}",
                "-u",
                "--json",
                "=",
                "-",
                "--",
                "@x",
                "<",
                "&",
                "?",
                "#",
                "/auth/token",
            ]
        )
        | st.text(max_size=6),
        max_size=10,
    ).map(" ".join)
)
def test_curl_import_raises_nothing_but_request_errors(text):
    for candidate in (text, f"curl {text}"):
        try:
            cells = import_text(candidate, keep=lambda values: None)
        except RequestError:
            continue
        assert not any(contains_secret(cell) for cell in cells.cells)


@given(
    st.lists(
        st.sampled_from(
            [
                "###",
                "GET /v1/x",
                "POST {{a}}/v1/y HTTP/1.1",
                "@a = {{b}}",
                "@b = {{a}}",
                "A: b",
                "",
                "{}",
                "< x",
            ]
        )
        | st.text(max_size=10),
        max_size=12,
    ).map("\n".join)
)
def test_http_import_raises_nothing_but_request_errors(text):
    try:
        import_text(text)
    except RequestError:
        return


@given(JSON_VALUES, st.text(max_size=10))
def test_har_import_raises_nothing_but_request_errors(value, text):
    for content in (value, {"log": value}, {"log": {"entries": [{"request": value}]}}):
        for post in ({}, {"url": f"{SANDBOX}/{text}", "method": "POST", "headers": value, "postData": value}):
            document = content if not post else {"log": {"entries": [{"request": post}]}}
            try:
                import_text(json.dumps(document))
            except RequestError:
                continue


@given(st.lists(TEXT, min_size=1, max_size=4))
def test_a_shell_reads_what_curl_is_given(values):
    """The words of an exported command are those that a shell makes of them."""
    body = json.dumps(values, ensure_ascii=False)
    filled_call = parse("POST /x", escape_braces_in_json(json.dumps({"a": values}, ensure_ascii=False)))
    if contains_secret(body):
        return
    text = export_call(recipe_of_filled(filled_call.fill({}), ENVIRONMENTS["sandbox"]), "curl")
    words = shlex.split(text.replace("\\\n", " "))
    assert json.loads(words[words.index("--data-raw") + 1]) == {"a": values}


def test_many_requests_of_one_http_file_come_back():
    before = [parse(f"GET /x/{index}?n={index}").fill({}) for index in range(5)]
    text = write_http(recipe_of_filled(call, ENVIRONMENTS["sandbox"]) for call in before)
    after = [filled(text) for text in import_text(text).cells]
    assert [(call.path, call.query) for call in after] == [(call.path, call.query) for call in before]
