"""Secrets in what is imported reach no cell and no note, and no cell runs more than it shows."""

from __future__ import annotations

import json

import pytest

from monite_magic.core import RequestError
from monite_magic.history.exchange.importing import import_text

MARK = "c4n4ry"
SECRET = f"{MARK}-S3cr3t-Zq81xYv7Lm0"
BASE = "https://api.sandbox.monite.com/v1"
PAYABLES = f"{BASE}/payables"


def postman(request, **more):
    return json.dumps({"info": {"name": "x"}, "item": [{"name": "r", "request": request}], **more})


def insomnia(values=(), **request):
    sent = {"_type": "request", "name": "r", "method": "GET", "url": PAYABLES, "headers": [], **request}
    environment = {"_type": "environment", "data": dict(values)}
    return json.dumps({"_type": "export", "__export_format": 4, "resources": [environment, sent]})


def bruno(variables=(), **request):
    sent = {"url": PAYABLES, "method": "GET", "headers": [], **request}
    item = {"type": "http", "name": "r", "request": sent}
    environments = [{"name": "e", "variables": list(variables)}]
    return json.dumps({"version": "1", "name": "x", "items": [item], "environments": environments})


def header(name):
    return postman({"method": "GET", "url": PAYABLES, "header": [{"key": name, "value": SECRET}]})


def key_of_postman(place):
    values = {"key": "X-Plain" if place == "header" else "plain", "value": SECRET, "in": place}
    pairs = [{"key": name, "value": value} for name, value in values.items()]
    return postman({"method": "GET", "url": PAYABLES, "auth": {"type": "apikey", "apikey": pairs}})


HEADERS = (
    *("X-Api-Key", "X-Auth", "X-Session", "X-Session-Id", "Cookie", "Monite-Signature", "X-Hub-Signature"),
    *(
        "Ocp-Apim-Subscription-Key",
        "X-Functions-Key",
        "X-Amz-Security-Token",
        "X-CSRF",
        "Private-Token",
        "X-Jwt",
    ),
)

OAUTH = {"type": "oauth2", "oauth2": [{"key": "clientSecret", "value": SECRET}]}
USES_SECRET = [{"name": "X-A", "value": "{{ _.clientSecret }}"}]
KEY_OF_BRUNO = {"key": "X-Plain", "value": SECRET, "placement": "header"}
HEADERS_OF_HAR = [
    {"name": "x-monite-session", "value": SECRET},
    {"name": "authorization", "value": f"Bearer {SECRET}"},
]
ENTITY = "X-Monite-Entity-Id"
USER = {"grant_type": "entity_user"}

TEXTS = {
    **{f"header {name}": header(name) for name in HEADERS},
    "Postman: key in a header": key_of_postman("header"),
    "Postman: key in the query": key_of_postman("query"),
    "Postman: secret variable in a harmless field": postman(
        {"method": "POST", "url": PAYABLES, "body": {"mode": "raw", "raw": '{"document_id": "{{plain}}"}'}},
        variable=[{"key": "plain", "value": SECRET, "type": "secret"}],
    ),
    "Postman: a secret under a second name": postman(
        {"method": "POST", "url": PAYABLES, "body": {"mode": "raw", "raw": '{"document_id": "{{plain}}"}'}},
        variable=[{"key": "client_secret", "value": SECRET}, {"key": "plain", "value": SECRET}],
    ),
    "Postman: log in by OAuth": postman(
        {"method": "GET", "url": PAYABLES, "auth": OAUTH}
    ),
    "Postman: a name and password in the URL": postman({"method": "GET", "url": f"https://u:{SECRET}@api.sandbox.monite.com/v1/payables"}),
    "Postman: a password in the URL of a log-in": postman(
        {
            "method": "POST", "url": f"https://u:{SECRET}@api.sandbox.monite.com/v1/auth/token",
            "body": {"mode": "raw", "raw": '{"grant_type": "client_credentials", "client_id": "a"}'},
        }
    ),
    "Insomnia: key": insomnia(authentication={"type": "apikey", "key": "X-Plain", "value": SECRET}),
    "Insomnia: password": insomnia(authentication={"type": "basic", "username": "u", "password": SECRET}),
    "Insomnia: environment": insomnia({"clientSecret": SECRET}, headers=USES_SECRET),
    "Bruno: key": bruno(auth={"mode": "apikey", "apikey": KEY_OF_BRUNO}),
    "Bruno: secret variable of a harmless name": bruno(
        [{"name": "plain", "value": SECRET, "secret": True}], url=f"{PAYABLES}?a={{{{plain}}}}"
    ),
    ".http: a variable of the file": f"@my_secret = {SECRET}\nGET {PAYABLES}\nX-A: {{{{my_secret}}}}\n",
    ".http: another spelling": f"@apiToken={SECRET}\n### a\nGET {PAYABLES}?a={{{{apiToken}}}}\n",
    "PowerShell": f'$h = @{{ "X-Auth" = "{SECRET}" }}\nirm "{PAYABLES}" -Headers $h',
    "curl": f'curl {PAYABLES} -u me:{SECRET} -b "s={SECRET}" -H "X-Session: {SECRET}" --pass {SECRET}',
    "wget": f"wget --user=u --password={SECRET} --http-password {SECRET} {PAYABLES}",
    "HTTPie": f"http --auth-type bearer --auth {SECRET} GET {PAYABLES} X-Session:{SECRET}",
    "HAR": json.dumps(
        {"log": {"entries": [{"request": {
            "method": "GET", "url": PAYABLES, "cookies": [{"name": "s", "value": SECRET}],
            "headers": HEADERS_OF_HAR,
        }}]}}
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_secret_is_in_no_cell_and_in_no_note(text):
    taken = import_text(text)
    assert len(taken.cells) == 1
    assert MARK not in repr(taken)


def test_environment_files_next_to_a_http_file_give_no_secrets(tmp_path):
    values = {"dev": {"host": BASE, "client_secret": SECRET, "accessToken": SECRET, "id": "5"}}
    (tmp_path / "http-client.env.json").write_text(json.dumps(values))
    (tmp_path / "http-client.private.env.json").write_text(json.dumps({"dev": {"plain": SECRET}}))
    text = "### a\nGET {{host}}/payables/{{id}}?a={{plain}}\nX-A: {{client_secret}}\nX-B: {{accessToken}}\n"
    taken = import_text(text, folder=tmp_path)
    assert MARK not in repr(taken)
    (cell,) = taken.cells
    assert cell.startswith("%monite GET '/payables/5?a={{ plain }}'")


HOSTS = [
    "api.sandbox.monite.com.evil.example",
    "api.sandbox.monite.com@evil.example",
    "a:b@c@evil.example",
    "\u0430pi.monite.com",
    "api.monite.com:444",
    "api-sandbox.monite.com",
    "monite.com",
]


@pytest.mark.parametrize("host", HOSTS)
def test_a_log_in_at_a_look_alike_says_that_the_host_is_unknown(host):
    kept = {}
    body = json.dumps({"grant_type": "client_credentials", "client_id": "a", "client_secret": SECRET})
    taken = import_text(
        f"curl 'https://{host}/v1/auth/token' -H 'Content-Type: application/json' -d '{body}'",
        keep=kept.update,
    )
    (cell,) = taken.cells
    assert cell == f"%monite_login --base-url https://{host.rpartition('@')[2]}/v1"
    assert any("is unknown here" in note for note in taken.notes)
    assert MARK not in repr(taken)


BREAKS = ["\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("end", BREAKS, ids=ascii)
@pytest.mark.parametrize(
    "request_of",
    [
        lambda evil: {"method": "GET", "url": f"{PAYABLES}/a{evil}"},
        lambda evil: {"method": "GET", "url": f"{PAYABLES}?a=b{evil}"},
        lambda evil: {"method": "GET", "url": PAYABLES, "header": [{"key": "X-A", "value": f"b{evil}"}]},
        lambda evil: {"method": "GET", "url": PAYABLES, "header": [{"key": f"X-A{evil}", "value": "b"}]},
        lambda evil: {"method": f"GET{evil}", "url": PAYABLES},
        lambda evil: {"method": "GET", "url": PAYABLES, "header": [{"key": ENTITY, "value": f"b{evil}"}]},
        lambda evil: {
            "method": "POST", "url": PAYABLES,
            "body": {"mode": "formdata", "formdata": [{"key": f"a{evil}", "value": f"b{evil}"}]},
        },
        lambda evil: {
            "method": "POST", "url": PAYABLES,
            "body": {"mode": "formdata", "formdata": [{"key": "a", "type": "file", "src": f"b{evil}"}]},
        },
        lambda evil: {
            "method": "POST", "url": f"{BASE}/auth/token",
            "body": {"mode": "raw", "raw": json.dumps({**USER, "entity_user_id": f"b{evil}"})},
        },
    ],
)  # fmt: skip
def test_no_import_brings_a_second_line_that_runs(request_of, end):
    document = postman(request_of(f"{end}!touch pwned{end}%monite DELETE /payables/1"))
    try:
        cells = import_text(document).cells
    except RequestError:
        return  # refused, in words
    for cell in cells:
        assert cell.startswith(("%monite", "%%monite"))
        if not cell.startswith("%%"):
            assert len(cell.splitlines()) == 1, cell
        line = cell.splitlines()[0]
        assert line.isprintable()
