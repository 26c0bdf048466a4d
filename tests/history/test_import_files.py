"""Files of other tools: .http, HAR, collections of Postman, Insomnia and Bruno."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monite_magic.cell.reading import parse
from monite_magic.core.errors import RequestError
from monite_magic.history import import_text

SANDBOX = "https://api.sandbox.monite.com/v1"


def cell(text, **options):
    (only,) = import_text(text, **options).cells
    return only


def notes(text, **options):
    return "\n".join(import_text(text, **options).notes)


def filled(text, **names):
    line, _, body = text.partition("\n")
    return parse(line.lstrip("%").removeprefix("monite "), body or None).fill(names)


# -- .http --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GET {{h}}/v1/x\n?status=draft\n&limit=5", "GET /x?status=draft&limit=5"),
        ("GET {{h}}/v1/x\n  ?status=draft HTTP/1.1\nX-A: b", "GET /x?status=draft -H 'X-A: b'"),
        ("GET https://a\n    /v1\n    /x\n    ?a=b\n    &c", "GET /x?a=b&c"),
        ("{{h}}x", "GET /x"),
        ("https://a/v1/x", "GET /x"),
        ("delete {{h}}/v1/x HTTP/2", "DELETE /x"),
        ("GET {{h}}/x/{{$guid}}/{{a.response.body.$.id}}", "GET '/x/{{ guid }}/{{ a_response_body_id }}'"),
        ("@h = https://a\n@p = {{h}}/v1\n@q := 5\n\nGET {{p}}/x?q={{q}}", "GET /x?q=5"),
        ("GET {{h}}/v1/x?q={{q}}\n\n###\n@q = 5", "GET /x?q=5"),
        ("### a\n// b\n# @name c\nGET /v1/x\n# d\nX-A: b", "GET /x -H 'X-A: b'"),
        ("GET /v1/x\n\n@late = 1", "GET /x"),
        ("curl -X DELETE {{h}}/v1/x", "DELETE /x"),
        ("###\ncurl -X DELETE \\\n  '{{h}}/v1/x'\n###", "DELETE /x"),
        ("GET <base-url>/x/YOUR_ID", "GET '/x/{{ YOUR_ID }}'"),
    ],
)
def test_request_lines(text, expected):
    assert cell(text) == f"%monite {expected}"


def test_a_call_begins_another_without_a_line_between_them():
    text = (
        "GET /v1/a\nPOST /v1/b/{id}/submit\n\nGET {{base}}/v1/c?d=1\nX-A: b\n\n"
        'POST /v1/e\ncontent-type: application/json\n\n{"f": 1}\n\nDELETE /v1/g'
    )
    taken = import_text(text)
    assert taken.cells == (
        "%monite GET /a",
        "%monite POST '/b/{{ id }}/submit'",
        "%monite GET /c?d=1 -H 'X-A: b'",
        '%%monite POST /e\n{"f": 1}',
        "%monite DELETE /g",
    )
    assert not [note for note in taken.notes if note.startswith("Line")]
    batch = "POST /v1/x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nGET /v1/y HTTP/1.1\n--b--"
    assert cell(batch) == "%monite POST /x"


def test_answers_and_checks_below_a_call_are_named():
    text = f'GET {SANDBOX}/a\nHTTP 200\n[Asserts]\nb == 1\n\nPOST {SANDBOX}/c\nX-A: d\n{{"e": 1}}\nHTTP 201'
    taken = import_text(text)
    assert taken.cells == ("%monite GET /a", "%%monite POST /c -H 'X-A: d'\n{\"e\": 1}")
    assert taken.notes == (
        "Lines 2, 9: The answer was left out.",
        "Line 8: The body begins here, although no empty line is above it.",
    )


def test_calls_in_the_blocks_of_a_document():
    text = (
        f"# Tags\n\n```http\n@id = 5\nGET {SANDBOX}/tags/{{{{id}}}}\n```\n\n"
        f"```sh\ncurl {SANDBOX}/roles\n```\n\n"
        f'~~~rest\nPOST {SANDBOX}/tags/{{{{id}}}}\nContent-Type: application/json\n\n{{"a": 1}}\n~~~\n\n'
        "```json\n{}\n```\n\n```http\nPOST nonsense\n```\n"
    )
    taken = import_text(text)
    assert taken.cells == ("%monite GET /tags/5", "%monite GET /roles", '%%monite POST /tags/5\n{"a": 1}')
    assert taken.notes == (
        "Line 1: The text outside of the fences was left out.",
        "Line 20: The json block was left out: it makes no call.",
        "Line 24: 'nonsense' is not a URL. It begins with https:// or with a slash. It was not imported.",
    )
    with pytest.raises(RequestError, match="Line 2: 'nonsense' is not a URL"):
        import_text("```http\nPOST nonsense\n```")


def test_blanks_in_a_path_are_told():
    text = 'POST /v1/x {"a": 1}'
    assert "Line 1: The path contains blanks, which are sent as %20: check it." in notes(text)
    assert "blanks" not in notes("GET /v1/x?q=a b")


def test_the_host_of_a_call_may_be_a_header():
    taken = import_text("GET /v1/x HTTP/1.1\nHost: api.sandbox.monite.com\n\n")
    assert (taken.cells, taken.notes) == (("%monite GET /x",), ())
    assert taken.origins == ("https://api.sandbox.monite.com",)
    assert import_text("GET /v1/x\nHost: localhost:8123").origins == ("http://localhost:8123",)


def test_u2028_and_its_kin_are_text():
    value = "a\u2028b\u2029c\x85d\x0be"
    text = f"POST /v1/x\nContent-Type: application/json\n\n{json.dumps({'a': value}, ensure_ascii=False)}"
    text = text.replace("\x0b", "\\u000b")
    assert filled(cell(text)).body.data == {"a": value}


SCRIPTS = """\
@host = https://api.sandbox.monite.com
# @no-redirect
< {%
  request.variables.set("a", "b");
%}
POST {{host}}/v1/x
Content-Type: application/json

{
  // a comment
  "a": "//no comment # here",
  # another
  "b": {{n}}
}

?? status == 200
> {%
  client.test("GET /v1/no", () => {});
%}
> ./check.js
>>! out.json
<> 2024.json

###
import ./other.http

### websockets
WEBSOCKET ws://a/b

###
GET {{host}}/v1/y

HTTP/1.1 200 OK

{"answer": 1}

###
{{
  console.log("x");
}}
DELETE {{host}}/v1/z
"""


def test_scripts_and_assertions_are_left_out_by_name():
    taken = import_text(SCRIPTS)
    assert [text.partition("\n")[0] for text in taken.cells] == [
        "%%monite POST /x",
        "%monite GET /y",
        "%monite DELETE /z",
    ]
    assert filled(taken.cells[0], n=1).body.data == {"a": "//no comment # here", "b": 1}
    told = taken.notes
    for note in (
        "Line 2: @no-redirect was left out: it is for the editor.",
        "Line 3: The script before the call was left out.",
        "Line 10: Comments in the body were left out.",
        "Line 16: The assertion was left out.",
        "Line 17: The script after the call was left out.",
        "Line 20: The script file after the call was left out.",
        "Line 21: Where to save the answer was left out.",
        "Line 22: The saved answer was left out.",
        "Line 25: The other file or call was left out.",
        "Line 33: The answer was left out.",
        "Line 38: The script was left out.",
    ):
        assert note in told
    assert "Line 28: WEBSOCKET is not a call of this API. Take it out. It was not imported." in told


PARTS = """\
POST /v1/files
Content-Type: multipart/form-data; boundary="b"

--b
Content-Disposition: form-data; name="object_type"

payables
--b
Content-Disposition: form-data; name="note"
Content-Type: application/json

{"a": "{{x}}"}
--b
Content-Disposition: form-data; name="file"; filename="a.pdf"
Content-Type: application/pdf

< ./in/a.pdf
--b--
"""


def test_multipart_bodies_become_fields_and_files():
    line = '%monite POST /files --file file=./in/a.pdf -d object_type=payables -d \'note={"a": "{{ x }}"}\''
    assert cell(PARTS) == line
    assert "The field note loses its type application/json" in notes(PARTS)
    renamed = PARTS.replace('filename="a.pdf"', 'filename="b.pdf"')
    assert "The file a.pdf is sent under its own name, not as b.pdf." in notes(renamed)


@pytest.mark.parametrize("mark", ["<", "<@", "<@latin1"])
def test_bodies_in_files_are_left_to_a_variable(mark):
    text = f"POST /v1/x\nContent-Type: application/json\n\n{mark} ./data/my-body.json"
    assert cell(text) == "%monite POST /x --body my_body"
    assert "Line 4: The body is the file ./data/my-body.json: set my_body to its JSON" in notes(text)


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        ("application/xml", "<a/>", "The body (application/xml) was left out"),
        ("text/plain", "hello", "The body (text/plain) was left out"),
        ("application/x-www-form-urlencoded", "a=1\n&a=2", "The form was turned into JSON"),
    ],
)
def test_other_bodies_are_named(kind, body, words):
    assert words in notes(f"POST /v1/x\nContent-Type: {kind}\n\n{body}")


def test_one_unreadable_block_leaves_the_others():
    taken = import_text("GET nonsense\n\n###\nGET /v1/x\n\n###\nGET ftp://a/b")
    assert taken.cells == ("%monite GET /x",)
    assert "Line 1: 'nonsense' is not a URL." in taken.notes[0]
    assert "Line 7: 'ftp://a/b' is not a URL." in taken.notes[1]
    with pytest.raises(RequestError, match="Line 1: 'nonsense' is not a URL"):
        import_text("GET nonsense")


def test_a_variable_that_is_set_twice():
    text = "@b = {{h}}/v1\n@h = https://a\n@id = 1\nGET {{b}}/x/{{id}}\n###\n@id = 2\n\nGET {{b}}/x/{{id}}\n"
    text += "###\nGET {{b}}/y\n"
    assert import_text(text).cells == ("%monite GET /x/1", "%monite GET /x/2", "%monite GET /y")
    assert "id is set in lines 3, 6: each call takes the last value above it." in notes(text)
    assert notes("@id = 1\n@id = 1\nGET /v1/x/{{id}}") == ""


def test_a_variable_that_is_encoded():
    assert cell("@name = Strunk & White\nGET /v1/x/{{%name}}") == "%monite GET /x/Strunk%20%26%20White"


def test_a_form_on_several_lines():
    text = "POST /v1/x\nContent-Type: application/x-www-form-urlencoded\n\na = one two &\n  b = 2\n&c=\n"
    assert filled(cell(text)).body.data == {"a": "one two", "b": "2", "c": ""}


def test_a_script_file_before_the_call():
    text = "### One\n< ./sign.js\nPOST /v1/x\nContent-Type: application/json\n\n< a.json\n> ./check.js\n"
    assert cell(text) == "%monite POST /x --body a"
    assert "Line 2: The script file before the call was left out." in notes(text)
    assert "Line 7: The script file after the call was left out." in notes(text)


def test_a_file_that_is_not_json_is_no_body():
    text = "POST /v1/x\nContent-Type: application/xml\n\n< a.xml\n"
    assert cell(text) == "%monite POST /x"
    assert "Line 4: The body (application/xml) was left out" in notes(text)


def test_environment_files_beside_it(tmp_path):
    environments = {
        "$shared": {"limit": 5, "version": "a"},
        "dev": {"entity": "e-1", "client_secret": "s3cr3t-value-x"},
        "prod": {"entity": "e-2", "note": "n"},
    }
    (tmp_path / "http-client.env.json").write_text(json.dumps(environments))
    (tmp_path / "http-client.private.env.json").write_text('{"dev": {"note": "private"}}')
    (tmp_path / ".vscode").mkdir()
    (tmp_path / ".vscode/settings.json").write_text(
        '{"rest-client.environmentVariables": {"x": {"code": "c"}}}'
    )
    text = "GET /v1/x?limit={{limit}}&note={{note}}&code={{code}}&s={{client_secret}}\nX-Monite-Entity-Id: {{entity}}"  # noqa: E501
    taken = import_text(text, folder=tmp_path)
    assert taken.cells == (
        "%monite GET '/x?limit=5&note=n&code=c&s={{ client_secret }}' --entity '{{ entity }}'",
    )
    told = " ".join(taken.notes)
    assert "entity has several values in the environment files: e-1 (dev), e-2 (prod)." in told
    assert "http-client.private.env.json was not read" in told
    assert "s3cr3t" not in told
    (tmp_path / "http-client.env.json").write_text('{"dev": {"q": "\\udc00x\\udc01"}}')
    assert import_text("GET /v1/x?q={{q}}", folder=tmp_path).cells == ("%monite GET /x?q=�x�",)
    (tmp_path / "http-client.env.json").write_text("{")
    assert "http-client.env.json can't be read" in notes("GET /v1/x", folder=tmp_path)


# -- HAR ----------------------------------------------------------------------------------------------------


def har(*requests):
    return json.dumps({"log": {"version": "1.2", "entries": [{"request": request} for request in requests]}})


def posted(kind, headers=(), **data):
    headers = [{"name": name, "value": value} for name, value in headers]
    return {
        "method": "POST",
        "url": f"{SANDBOX}/x",
        "headers": headers,
        "postData": {"mimeType": kind, **data},
    }


FORM = "application/x-www-form-urlencoded"
BOUNDARY = "----WebKitFormBoundaryAbC"
UPLOAD = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="t"\r\n\r\nvalue\r\n'
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="f"; filename="a b.pdf"\r\n'
    f"Content-Type: application/pdf\r\n\r\n\r\n--{BOUNDARY}--\r\n"
)


@pytest.mark.parametrize(
    ("request_", "data"),
    [
        (
            posted(FORM, text="a=1&a=2&b=%20", params=[{"name": "a", "value": "1"}]),
            {"a": ["1", "2"], "b": " "},
        ),
        (posted(FORM, params=[{"name": "a", "value": "1"}, {"name": "a", "value": "2"}]), {"a": ["1", "2"]}),
        (posted("text/plain;charset=UTF-8", text='{"a": 1}'), {"a": 1}),
        (
            posted("application/json", text=base64.b64encode(b'{"a": 1}').decode(), encoding="base64"),
            {"a": 1},
        ),
        (posted("application/json", text='{"a": "<id>", "b": "{{x}}"}'), {"a": "<id>", "b": "{{x}}"}),
        (posted("application/json", text='{"a": "\\ud83d\\ude00"}'), {"a": "😀"}),
    ],
)
def test_bodies_of_a_har(request_, data):
    assert filled(cell(har(request_))).body.data == data


def test_an_upload_in_a_har():
    text = har(posted(f"multipart/form-data; boundary={BOUNDARY}", text=UPLOAD))
    assert cell(text) == "%monite POST /x --file 'f=a b.pdf' -d t=value"
    assert "Only the name of the file a b.pdf is known" in notes(text)
    unnamed = har(
        posted("multipart/form-data", params=[{"name": "f", "fileName": "a.pdf", "contentType": "text/css"}])
    )
    assert "The file a.pdf is sent as application/pdf, not as text/css." in notes(unnamed)


def uploaded(size):
    headers = [("Content-Length", size), ("Content-Type", "multipart/form-data; boundary=b")]
    headers = [{"name": name, "value": value} for name, value in headers if value is not None]
    return {"method": "POST", "url": f"{SANDBOX}/x", "headers": headers}


MISSING_BODY = "The body is not in the HAR: write it into the cell"


@pytest.mark.parametrize(
    ("request_", "note"),
    [
        # As Chromium records an upload: bodySize 0, or -1 in a short HAR.
        ({**uploaded("306"), "bodySize": 0}, MISSING_BODY),
        ({**uploaded("306"), "bodySize": -1}, MISSING_BODY),
        # As it records the second call of a redirect.
        ({**posted("application/octet-stream", text="", params=[]), "bodySize": 12}, MISSING_BODY),
        (
            posted("application/pdf", text="/wAB", encoding="base64"),
            "The body (application/pdf) was left out",
        ),
    ],
)
def test_a_body_that_a_har_lacks_is_named(request_, note):
    taken = import_text(har(request_))
    assert taken.cells == ("%monite POST /x",)
    assert f"Entry 1 (POST /x): {note}" in " ".join(taken.notes)


@pytest.mark.parametrize("size", ["0", "", None])
def test_a_call_without_a_body_lacks_none(size):
    request = {**uploaded(size), "bodySize": 0}
    assert "not in the HAR" not in notes(har(request))


def test_entries_that_are_no_calls_are_counted_and_broken_ones_named():
    good = {"method": "GET", "url": f"{SANDBOX}/x"}
    others = [
        {"method": "OPTIONS", "url": f"{SANDBOX}/x"},
        {"method": "GET", "url": "https://cdn.example/a.js"},
    ]
    taken = import_text(har(good, *others, {"method": "GET", "url": 5}, {}))
    assert taken.cells == ("%monite GET /x",)
    told = " ".join(taken.notes)
    assert "3 requests that are not API calls were left out" in told
    assert "1 with OPTIONS, 1 to cdn.example" in told
    assert "Entry 5 was not imported: it is not a request." in told


def test_a_note_on_many_entries_is_told_once_and_others_have_their_own():
    browser = [{"name": "User-Agent", "value": "Mozilla/5.0"}, {"name": "Sec-Ch-Ua", "value": "x"}]
    calls = [{"method": "GET", "url": f"{SANDBOX}/x/{n}", "headers": browser} for n in range(1, 4)]
    other = {"method": "GET", "url": f"{SANDBOX}/y", "headers": [*browser, {"name": "Origin", "value": "x"}]}
    left_out = "Headers left out, as only a browser needs them: User-Agent, Sec-Ch-Ua"
    assert import_text(har(*calls, other)).notes == (
        f"Entries 1, 2, 3: {left_out}.",
        f"Entry 4 (GET /y): {left_out}, Origin.",
    )
    (many,) = import_text(har(*calls * 5)).notes
    assert many == f"15 entries (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, …): {left_out}."
    sends = {"header": [{"key": "Accept-Encoding", "value": "gzip"}]}
    items = collection(*(item(f"{SANDBOX}/x", name=name, **sends) for name in "abcd"))
    (many,) = import_text(items).notes
    assert many == "4 requests (a; b; c; …): Headers left out, as a call can't set them: Accept-Encoding."


def test_half_a_character_in_a_har_is_replaced():
    text = har(posted("application/json", text='{"a": 1}', headers=[("X-A", "\ud83d")]))
    taken = import_text(text.replace("X-A", "X-\\ud83d"))
    for made in [*taken.cells, *taken.notes]:
        made.encode()


# -- collections --------------------------------------------------------------------------------------------


def collection(*items, version="2.1.0", **rest):
    schema = f"https://schema.getpostman.com/json/collection/v{version}/collection.json"
    return json.dumps({"info": {"name": "M", "schema": schema}, "item": list(items), **rest})


def item(url="{{b}}/x", method="POST", name="r", **request):
    return {"name": name, "request": {"method": method, "url": url, **request}}


VARIABLES = [
    {"key": "b", "value": SANDBOX},
    {"key": "client_secret", "value": "s3cr3t-value"},
    {"key": "e", "value": ""},
]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (item(method="GET"), "%monite GET /x"),
        ({"name": "r", "request": f"{SANDBOX}/x"}, "%monite GET /x"),
        (
            item(
                {
                    "raw": "{{b}}/x/:id?a=1&b=2",
                    "query": [{"key": "a", "value": "1"}, {"key": "b", "value": "2", "disabled": True}],
                    "variable": [{"key": "id", "value": "5/6"}],
                },
                "GET",
            ),
            "%monite GET /x/5%2F6?a=1",
        ),
        (
            item({"raw": "{{b}}/x/:id", "variable": [{"key": "id", "value": ""}]}, "GET"),
            "%monite GET '/x/{{ id }}'",
        ),
        (
            item(
                {
                    "protocol": "https",
                    "host": ["a", "example"],
                    "port": "8443",
                    "path": ["v1", {"value": "x"}],
                },
                "GET",
            ),
            "%monite GET /x",
        ),
        (item({"host": "{{b}}", "path": "x/y"}, "GET"), "%monite GET /x/y"),
        (item(header=[{"key": "X-A", "value": "{{e}}"}]), "%monite POST /x -H 'X-A: {{ e }}'"),
        (item(header="X-A: 1\nX-B: 2"), "%monite POST /x -H 'X-A: 1' -H 'X-B: 2'"),
        (
            item(body={"mode": "raw", "raw": '{"a": {{n}}, "b": "Dear {{x}}"}'}),
            '%%monite POST /x\n{"a": {{ n }}, "b": "Dear {{ x }}"}',
        ),
        (
            item(
                body={
                    "mode": "urlencoded",
                    "urlencoded": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}],
                }
            ),
            '%%monite POST /x\n{\n  "a": [\n    "1",\n    "2"\n  ]\n}',
        ),
        (
            item(
                body={
                    "mode": "formdata",
                    "formdata": [
                        {"key": "f", "type": "file", "src": ["a.pdf", "b.pdf"]},
                        {"key": "t", "type": "text", "value": "v"},
                    ],
                }
            ),
            "%monite POST /x --file f=a.pdf --file f=b.pdf -d t=v",
        ),
        (item(body={"mode": "file", "file": {"src": "a/b.json"}}), "%monite POST /x --body b"),
        (
            item(auth={"type": "apikey", "apikey": {"key": "k", "value": "{{v}}", "in": "query"}}),
            "%monite POST '/x?k={{ v }}'",
        ),
        (
            item(
                auth={
                    "type": "apikey",
                    "apikey": [{"key": "key", "value": "X-K"}, {"key": "value", "value": "{{v}}"}],
                }
            ),
            "%monite POST /x -H 'X-K: {{ v }}'",
        ),
        (item(auth={"type": "noauth"}), "%monite POST /x"),
    ],
)
@pytest.mark.parametrize("version", ["2.0.0", "2.1.0"])
def test_requests_of_postman(entry, expected, version):
    assert cell(collection(entry, version=version, variable=VARIABLES)) == expected


def test_folders_scripts_and_logins_of_postman():
    scripts = [{"listen": "test", "script": {"exec": ["pm.test()"]}}]
    inner = item(method="GET", name="inner") | {"event": scripts}
    text = collection(
        {
            "name": "folder",
            "item": [inner, item("ftp://a/b", name="bad"), {"name": "broken", "request": {"url": 5}}],
        },
        item(body={"mode": "graphql"}, name="graph"),
        item(
            f"{SANDBOX}/x",
            "GET",
            header=[{"key": "X-A", "value": "1", "disabled": True}],
            auth={"type": "akamai"},
        ),
        5,
        auth={"type": "bearer", "bearer": [{"key": "token", "value": "abcdef-real-token"}]},
        variable=VARIABLES,
        event=scripts,
    )
    taken = import_text(text)
    assert taken.cells == ("%monite GET /x", "%monite POST /x", "%monite GET /x")
    for note in (
        "The collection: its scripts were left out.",
        "folder / inner: its scripts were left out.",
        "folder / bad: 'ftp://a/b' is not a URL. It begins with https:// or with a slash. It was not imported.",  # noqa: E501
        "folder / broken: it is not a request. It was not imported.",
        "graph: The body (graphql) was left out: a cell sends JSON objects, and files with --file.",
        "r: The header X-A was left out: it is switched off.",
        "r: The authorization akamai was left out.",
        "The token was left out: the session adds its own. Revoke it if others saw it.",
    ):
        assert note in taken.notes
    assert "abcdef-real-token" not in repr(taken)
    assert "s3cr3t" not in repr(taken)


def test_insomnia():
    request = {
        "_type": "request",
        "name": "r",
        "method": "PUT",
        "url": "{{ _.b }}/x",
        "parameters": [{"name": "a", "value": "b c"}],
        "headers": [{"name": "X-A", "value": "{{ e }}"}, {"name": "X-Off", "value": "", "disabled": True}],
        "authentication": {"type": "apikey", "key": "k", "value": "v", "addTo": "queryParams"},
        "body": {"mimeType": "application/json", "text": '{"a": {{ n }}}'},
    }
    upload = request | {
        "body": {
            "mimeType": "multipart/form-data",
            "params": [{"name": "f", "type": "file", "fileName": "a.pdf"}, {"name": "t", "value": "v"}],
        },
        "authentication": {},
    }
    resources = [
        {"_type": "environment", "data": {"b": SANDBOX}},
        request,
        upload,
        {"_type": "grpc_request", "name": "g"},
    ]
    taken = import_text(json.dumps({"_type": "export", "__export_format": 4, "resources": resources}))
    assert taken.cells == (
        "%%monite PUT '/x?a=b%20c&k={{ k }}' -H 'X-A: {{ e }}'\n{\"a\": {{ n }}}",
        "%monite PUT /x?a=b%20c -H 'X-A: {{ e }}' --file f=a.pdf -d t=v",
    )
    assert "g: grpc_request was left out." in taken.notes
    assert "r: The header X-Off was left out: it is switched off." in taken.notes


def insomnia(*resources):
    return json.dumps({"_type": "export", "__export_format": 4, "resources": resources})


def test_what_folders_of_insomnia_set_holds_for_their_requests_alone():
    request = {"_type": "request", "method": "GET", "url": "{{ _.b }}/x/{{ _.ids.one }}"}
    text = insomnia(
        {"_type": "environment", "_id": "e", "data": {"b": SANDBOX, "ids": {"one": "1"}}},
        {"_type": "environment", "_id": "d", "parentId": "e", "name": "dev", "data": {"s": "in dev"}},
        {"_type": "environment", "_id": "p", "parentId": "e", "name": "prod", "data": {"s": "in prod"}},
        {
            "_type": "request_group",
            "_id": "outer",
            "environment": {"ids": {"one": "2"}},
            "headers": [{"name": "X-A", "value": "{{ s }}"}, {"name": "X-B", "value": "b"}],
        },
        {"_type": "request_group", "_id": "f", "parentId": "outer", "environment": {"ids": {"one": "3"}}},
        request | {"parentId": "f", "headers": [{"name": "x-b", "value": "own"}]},
        request | {"parentId": "nowhere"},
    )
    taken = import_text(text)
    assert taken.cells == (
        "%monite GET /x/3 -H 'X-A: {{ s }}' -H 'x-b: own'",
        "%monite GET /x/1",
    )
    assert "s has several values in the environments: in dev (dev), in prod (prod)." in taken.notes


def test_a_file_that_insomnia_sends_as_the_body():
    body = {"mimeType": "application/octet-stream", "fileName": "a/b.bin"}
    request = {"_type": "request", "name": "r", "method": "POST", "url": f"{SANDBOX}/x"}
    assert "r: The body (application/octet-stream) was left out" in notes(insomnia(request | {"body": body}))
    as_json = request | {"body": body | {"mimeType": "application/json"}}
    assert cell(insomnia(as_json)) == "%monite POST /x --body b"


def test_what_folders_of_postman_set_holds_for_their_requests_alone():
    get = {"name": "r", "request": {"method": "GET", "url": f"{SANDBOX}/x/{{{{v}}}}"}}
    folder = {"name": "f", "item": [get], "variable": [{"key": "v", "value": "1"}]}
    assert import_text(collection(folder, get)).cells == ("%monite GET /x/1", "%monite GET '/x/{{ v }}'")


@pytest.mark.parametrize(
    "start", ["headers {\n  a: b\n}", "auth {\n  mode: none\n}", "vars:pre-request {\n  a: b\n}"]
)
def test_what_bruno_keeps_for_a_folder_is_not_a_request(start):
    with pytest.raises(RequestError, match="This file of Bruno is not a request"):
        import_text(f"{start}\n")


def test_a_body_of_postman_that_is_switched_off_is_named():
    text = collection(item(body={"mode": "raw", "raw": "{}", "disabled": True}))
    assert "The body was left out: it is switched off." in notes(text)


def test_what_folders_of_bruno_set_holds_for_their_requests_alone():
    get = {"type": "http", "name": "r", "request": {"method": "GET", "url": SANDBOX + "/x/{{v}}"}}
    get["request"] |= {"auth": {"mode": "inherit"}, "headers": [{"name": "X-B", "value": "own"}]}
    key = {"mode": "apikey", "apikey": {"key": "X-K", "value": "{{k}}", "placement": "header"}}
    headers = [{"name": "X-A", "value": "a"}, {"name": "X-B", "value": "b"}]
    root = {"request": {"headers": headers, "auth": key, "script": {"req": "s()"}}}
    inside = {"request": {"vars": {"req": [{"name": "v", "value": "1"}]}, "tests": "t()"}}
    folder = {"type": "folder", "name": "f", "items": [get], "root": inside}
    taken = import_text(json.dumps({"version": "1", "items": [folder, get], "root": root}))
    ends = "-H 'X-A: a' -H 'X-B: own' -H 'X-K: {{ k }}'"
    assert taken.cells == (f"%monite GET /x/1 {ends}", f"%monite GET '/x/{{{{ v }}}}' {ends}")
    assert "The collection: Its script was left out." in taken.notes
    assert "f: Its tests were left out." in taken.notes


def test_bruno():
    request = {
        "url": "{{b}}/x/:id?old=1",
        "method": "patch",
        "params": [
            {"name": "a", "value": "1", "type": "query"},
            {"name": "id", "value": "5", "type": "path"},
        ],
        "headers": [{"name": "X-A", "value": "{{e}}"}],
        "auth": {"mode": "bearer", "bearer": {"token": "{{t}}"}},
        "body": {"mode": "json", "json": '{"a": 1}'},
        "script": {"req": "x"},
    }
    upload = {
        "url": "{{b}}/x",
        "method": "POST",
        "body": {
            "mode": "multipartForm",
            "multipartForm": [{"name": "f", "type": "file", "value": ["a.pdf"]}, {"name": "t", "value": "v"}],
        },
    }
    items = [
        {"type": "folder", "name": "f", "items": [{"type": "http", "name": "r", "request": request}]},
        {"type": "http-request", "name": "u", "request": upload},
        {"type": "graphql", "name": "g"},
    ]
    environments = [{"name": "dev", "variables": [{"name": "b", "value": SANDBOX}]}]
    taken = import_text(
        json.dumps({"name": "c", "version": "1", "items": items, "environments": environments})
    )
    assert taken.cells == (
        "%%monite PATCH /x/5?a=1 -H 'X-A: {{ e }}'\n{\"a\": 1}",
        "%monite POST /x --file f=a.pdf -d t=v",
    )
    assert "g: graphql was left out." in taken.notes
    assert "r: Its script was left out." in taken.notes
    two = json.dumps({"version": "1", "items": items, "environments": environments * 2})
    assert (
        "The variables of the environments dev, dev were left out: there are several."
        in import_text(two).notes
    )


BRU = """\
meta {
  name: r
}

post {
  url: {{b}}/v1/x?a=1
  body: multipart-form
  auth: none
}

headers {
  X-A: b
  ~X-Off: c
}

body:multipart-form {
  f: @file(a.pdf|b.pdf)
  t: v
}
"""


def test_a_file_of_bruno():
    assert cell(BRU) == "%monite POST /x?a=1 -H 'X-A: b' --file f=a.pdf --file f=b.pdf -d t=v"
    assert "r: The header X-Off was left out: it is switched off." in notes(BRU)
    as_json = (
        BRU.partition("body:multipart")[0].replace("multipart-form", "json")
        + 'body:json {\n  {\n    "a": "{{x}}"\n  }\n}\n'
    )
    assert cell(as_json) == '%%monite POST /x?a=1 -H \'X-A: b\'\n{\n  "a": "{{ x }}"\n}'


@pytest.mark.parametrize("mode", ["form-urlencoded", "formUrlEncoded"])
def test_a_form_in_a_file_of_bruno(mode):
    text = (
        f"meta {{\n  name: r\n}}\n\npost {{\n  url: /v1/x/:id\n  body: {mode}\n}}\n\n"
        "params:path {\n  id: 7\n}\n\n"
        'body:form-urlencoded {\n  "a:b": c\n  ~off: x\n  "say \\"d\\"": {{e}}\n}\n'
    )
    assert filled(cell(text), e="f").body.data == {"a:b": "c", 'say "d"': "f"}
    assert filled(cell(text), e="f").path == "/x/7"
    assert "r: The field off was left out: it is switched off." in notes(text)


def test_types_and_texts_in_a_file_of_bruno():
    text = (
        "post {\n  url: /v1/x\n  body: multipartForm\n}\n\nbody:multipart-form {\n"
        "  f: @file(a.pdf) @contentType(image/png)\n  t: v @contentType(text/css)\n"
        "  l: '''\n    one\n    two\n  '''\n}\n"
    )
    assert "--file f=a.pdf -d t=v" in cell(text)
    assert "The file a.pdf is sent as application/pdf, not as image/png." in notes(text)
    assert "The field t loses its type text/css" in notes(text)
    assert "Set l = 'one\\ntwo' in a cell above" in notes(text)


def test_what_a_file_of_bruno_sets_before_the_call_is_filled_in():
    text = (
        "http {\n  method: PATCH\n  url: {{base}}/v1/x/{{id}}\n  auth: apikey\n  body: file\n}\n\n"
        "auth:apikey {\n  key: {{name}}\n  value: {{key}}\n  placement: queryparams\n}\n\n"
        "body:file {\n  ~file: @file(a.json)\n  file: @file(b.json) @contentType(application/json)\n}\n\n"
        "vars:pre-request {\n  id: 7\n  name: k\n}\n\nvars:post-response {\n  x: res.body.id\n}\n\n"
        "assert {\n  res.status: eq 200\n}\n\nscript:pre-request {\n  bru.setVar('a', 1)\n}\n"
    )
    assert cell(text) == "%monite PATCH '/x/7?k={{ key }}' --body b"
    told = notes(text)
    for words in ("Its script was", "Its assertions were", "The variables that it sets after the call were"):
        assert f"{words} left out." in told
    assert "The body is the file b.json: set b to its JSON in a cell above." in told


def test_a_key_whose_name_is_not_known():
    text = "get {\n  url: /v1/x\n  auth: apikey\n}\n\nauth:apikey {\n  key: {{name}}\n  value: 12\n}\n"
    assert cell(text) == "%monite GET /x -H '{{ name }}: {{ name }}'"


@pytest.mark.parametrize(
    ("block", "what"), [("grpc", "a gRPC call"), ("ws", "a WebSocket"), ("docs", "not a request")]
)
def test_other_files_of_bruno_say_what_they_are(block, what):
    with pytest.raises(RequestError, match=f"This file of Bruno is {what}."):
        import_text(f"meta {{\n  name: r\n}}\n\n{block} {{\n  url: x\n}}\n")


def test_variables_and_files_of_a_collection_of_bruno():
    body = {"mode": "file", "file": [{"filePath": "a.json"}, {"filePath": "b.json", "selected": True}]}
    request = {"url": "{{b}}/v1/x/{{id}}", "method": "PUT", "body": body}
    request["vars"] = {"req": [{"name": "id", "value": "7"}], "res": []}
    root = {"request": {"vars": {"req": [{"name": "b", "value": "https://a"}, {"name": "id", "value": "1"}]}}}
    items = [{"type": "http", "name": "r", "request": request}]
    taken = import_text(json.dumps({"version": "1", "items": items, "root": root}))
    assert taken.cells == ("%monite PUT /x/7 --body b",)


def test_parameters_and_tags_of_insomnia():
    request = {
        "_type": "request",
        "name": "r",
        "method": "POST",
        "url": "{{ _.base }}/v1/x/:id/:other",
        "pathParameters": [{"name": "id", "value": "a b"}, {"name": "other", "value": ""}],
        "body": {
            "mimeType": "application/json",
            "text": '{"at": "{% now \'iso-8601\', \'\' %}", "n": {{ _.n }}}',
        },
    }
    taken = import_text(json.dumps({"_type": "export", "resources": [request]}))
    assert taken.cells == (
        '%%monite POST \'/x/a%20b/{{ other }}\'\n{"at": "{{ now_iso_8601 }}", "n": {{ n }}}',
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("type: collection.insomnia.rest/5.0\nname: x\n", "This is a collection of Insomnia in YAML."),
        ("_type: export\n__export_format: 4\n", "This is a collection of Insomnia in YAML."),
        ("info:\n  name: r\n  type: http\nhttp:\n  method: GET\n", "This is a collection of Bruno in YAML."),
        ("opencollection: 1.0.0\n", "This is a collection of Bruno in YAML."),
        ("openapi: 3.0.1\ninfo: {}\n", "This is an OpenAPI document in YAML"),
    ],
)
def test_documents_in_yaml_say_what_they_are(text, message):
    with pytest.raises(RequestError, match=message):
        import_text(text)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"openapi": "3.1.0", "paths": {}}, "This is an OpenAPI document"),
        ({"requests": [], "order": []}, "This is a Postman collection 1."),
        ({"_postman_variable_scope": "environment"}, "This is a Postman environment"),
        ({"info": {}, "item": []}, "It contains no API call."),
        ({"info": {}, "item": [{"name": "r", "request": {"url": "ftp://x"}}]}, "r: 'ftp://x' is not a URL."),
        ([], "This JSON is neither a HAR nor a collection"),
        ({"a": 1}, "This JSON is neither a HAR nor a collection"),
    ],
)
def test_documents_without_calls_say_what_they_are(document, message):
    with pytest.raises(RequestError) as caught:
        import_text(json.dumps(document))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not valid JSON"),
        ("type: collection.insomnia.rest/5.0\n", "This is a collection of Insomnia in YAML."),
    ],
)
def test_texts_that_can_not_be_read_say_what_they_are(text, message):
    with pytest.raises(RequestError, match=message):
        import_text(text)


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "item",
                    "request",
                    "url",
                    "raw",
                    "body",
                    "mode",
                    "header",
                    "key",
                    "name",
                    "auth",
                    "items",
                    "type",
                    "resources",
                    "params",
                    "variable",
                    "event",
                    "query",
                    "value",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON, st.sampled_from([{"info": {}}, {"_type": "export"}, {"version": "1"}, {"info": {}, "item": []}]))
def test_no_collection_breaks_the_import(value, head):
    for key in ("item", "items", "resources"):
        for content in (
            value,
            [value],
            [{"request": value, "name": "x", "type": "http", "_type": "request", "url": "/v1/x"}],
        ):
            try:
                import_text(json.dumps({key: content, **head}))
            except RequestError:
                continue
