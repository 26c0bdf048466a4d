"""What a call is exported as really runs, and makes the same call again."""

import json
import re
import subprocess
import sys

import pytest

from monite_magic.cell.reading import parse
from monite_magic.core.environments import ENVIRONMENTS, find_environment
from monite_magic.core.errors import MoniteError
from monite_magic.core.masking import MASK
from monite_magic.core.sent import SentRequest
from monite_magic.history import FORMS, export_call, recipe_of_filled, recipe_of_sent
from monite_magic.history.exchange.postman import write_postman

TOKEN = "t0ken-0f-the-tests"
CLIENT_SECRET = "cl1ent-s3cret-0f-the-tests"

HARD_TEXT = 'it\'s "so" $HOME `id` \\ \\n !! %PATH% {{x}} #;&|<> Käse\u2028 \u20ac 😀'

CALLS = {
    "plain": ("GET /counterparts", None),
    "query": ("GET /counterparts?limit=5 -q 'a b=c&d=e' -q x__in=1 -q x__in=2 -q empty= -q 'é=ü'", None),
    "hard query": ("GET /x -q v={{ hard }}", None),
    "hard path": ("DELETE /files/{{ segment }}", None),
    "body": (
        "POST /counterparts",
        '{"type": "organization", "tags": [1, 2.5, true, null], "deep": {"a": []}}',
    ),
    "hard body": ("PATCH /x", '{"text": {{ hard }}, "{{ hard }}": "\\{{ y }}"}'),
    "header": ("PUT /x -H \"X-Note: it's $HOME `id` \\ !!\" -H 'Accept: text/csv'", "{}"),
    "entity": ("GET /x --entity e-1", None),
}
NAMES = {"hard": HARD_TEXT, "segment": "a/b c?d'e\"f$g"}


def recipe_of(name, environment):
    line, cell = CALLS[name]
    return recipe_of_filled(parse(line, cell).fill(NAMES), environment, entity_id="e-session")


def assert_same(received, recipe):
    """The call that arrived is the one that was written."""
    assert received.method == recipe.method
    assert received.path == "/v1" + recipe.path
    assert received.query == list(recipe.query)
    assert received.headers["authorization"] == f"Bearer {TOKEN}"
    for name, (value,) in recipe.headers:
        assert received.headers[name.lower()] == value
    if recipe.body:
        assert received.json == json.loads("".join(recipe.body))
    else:
        assert not received.body


@pytest.mark.parametrize("name", CALLS)
def test_the_curl_command_makes_the_call(name, keeper, run):
    recipe = recipe_of(name, keeper.environment)
    run(["sh", "-ec", f"{export_call(recipe, 'curl')} --silent"], variables={"MONITE_TOKEN": TOKEN})
    assert_same(keeper.only(), recipe)


@pytest.mark.parametrize("name", CALLS)
def test_the_python_code_makes_the_call(name, keeper, run):
    recipe = recipe_of(name, keeper.environment)
    code = export_call(recipe, "httpx")
    output = run([sys.executable, "-c", code], variables={"MONITE_TOKEN": TOKEN})
    assert output == '200 {"ok": true}\n'
    assert_same(keeper.only(), recipe)


@pytest.mark.parametrize("name", CALLS)
def test_the_http_file_makes_the_call(name, keeper, node_modules, tmp_path, run):
    recipe = recipe_of(name, keeper.environment)
    file = tmp_path / "call.http"
    file.write_text(export_call(recipe, "http"), encoding="utf-8")
    run(
        [str(node_modules / ".bin/httpyac"), "send", file.name, "--all", "--var", f"MONITE_TOKEN={TOKEN}"],
        cwd=tmp_path,
    )
    assert_same(keeper.only(), recipe)


@pytest.mark.parametrize("name", CALLS)
def test_the_postman_collection_makes_the_call(name, keeper, node_modules, tmp_path, run):
    recipe = recipe_of(name, keeper.environment)
    file = tmp_path / "collection.json"
    file.write_text(write_postman([recipe]), encoding="utf-8")
    run([str(node_modules / ".bin/newman"), "run", str(file), "--env-var", f"MONITE_TOKEN={TOKEN}"])
    assert_same(keeper.only(), recipe)


# -- files --------------------------------------------------------------------------------------------------


@pytest.fixture
def upload(keeper, tmp_path, request):
    invoice = tmp_path / "it's; an, invoice.pdf"
    invoice.write_bytes(b"%PDF \x00\xff")
    line = 'POST /payables/upload_from_file --file "file={{ path }}" -d "note={{ note }}"'
    filled = parse(line).fill({"path": str(invoice), "note": getattr(request, "param", "@it's; so")})
    return recipe_of_filled(filled, keeper.environment)


def assert_uploaded(received):
    assert received.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="file"' in received.body
    assert b"%PDF \x00\xff" in received.body
    assert b"it's; so" in received.body


def test_curl_sends_the_file(upload, keeper, run):
    run(["sh", "-ec", f"{export_call(upload, 'curl')} --silent"], variables={"MONITE_TOKEN": TOKEN})
    assert_uploaded(keeper.only())


def test_python_sends_the_file(upload, keeper, run):
    code = export_call(upload, "httpx")
    run([sys.executable, "-c", code], variables={"MONITE_TOKEN": TOKEN})
    assert_uploaded(keeper.only())


@pytest.mark.parametrize(
    "upload", ["it's; so"], indirect=True
)  # a line with @ in front sets a variable there
def test_httpyac_sends_the_file(upload, keeper, node_modules, tmp_path, run):
    file = tmp_path / "call.http"
    file.write_text(export_call(upload, "http"), encoding="utf-8")
    run(
        [str(node_modules / ".bin/httpyac"), "send", file.name, "--all", "--var", f"MONITE_TOKEN={TOKEN}"],
        cwd=tmp_path,
    )
    assert_uploaded(keeper.only())


def test_newman_sends_the_file(upload, keeper, node_modules, tmp_path, run):
    file = tmp_path / "collection.json"
    file.write_text(write_postman([upload]), encoding="utf-8")
    command = [str(node_modules / ".bin/newman"), "run", str(file), "--env-var", f"MONITE_TOKEN={TOKEN}"]
    run([*command, "--working-dir", str(tmp_path)], cwd=tmp_path)
    assert_uploaded(keeper.only())


# -- secrets ------------------------------------------------------------------------------------------------


@pytest.fixture
def token_call(keeper):
    body = {"grant_type": "client_credentials", "client_id": "id-1", "client_secret": CLIENT_SECRET}
    filled = parse("POST /auth/token", '{"client_secret": {{ s }}, "client_id": "id-1", "a": "{{ s }}"}')
    assert filled
    sent = SentRequest(
        "POST",
        f"{keeper.environment.base_url}/auth/token",
        "/auth/token",
        {"X-Monite-Version": "2024-05-25", "Content-Type": "application/json"},
        json.dumps(body | {"client_secret": MASK}).encode(),
    )
    return recipe_of_sent(sent, keeper.environment)


@pytest.mark.parametrize("form", ["curl", "httpx"])
def test_the_client_secret_is_a_variable(form, token_call, keeper, run):
    text = export_call(token_call, form)
    assert MASK not in text
    command = ["sh", "-ec", f"{text} --silent"] if form == "curl" else [sys.executable, "-c", text]
    run(command, variables={"MONITE_CLIENT_SECRET": CLIENT_SECRET})
    received = keeper.only()
    assert received.json["client_secret"] == CLIENT_SECRET
    assert "authorization" not in received.headers


def test_the_client_secret_is_a_variable_of_an_http_file(token_call, keeper, node_modules, tmp_path, run):
    file = tmp_path / "call.http"
    file.write_text(export_call(token_call, "http"), encoding="utf-8")
    tool = str(node_modules / ".bin/httpyac")
    run([tool, "send", file.name, "--all", "--var", f"MONITE_CLIENT_SECRET={CLIENT_SECRET}"], cwd=tmp_path)
    assert keeper.only().json["client_secret"] == CLIENT_SECRET


def test_the_client_secret_is_a_variable_of_a_collection(token_call, keeper, node_modules, tmp_path, run):
    file = tmp_path / "collection.json"
    file.write_text(write_postman([token_call]), encoding="utf-8")
    tool = str(node_modules / ".bin/newman")
    run([tool, "run", str(file), "--env-var", f"MONITE_CLIENT_SECRET={CLIENT_SECRET}"])
    received = keeper.only()
    assert received.json["client_secret"] == CLIENT_SECRET
    assert "authorization" not in received.headers


@pytest.mark.parametrize("form", FORMS)
def test_no_secret_of_a_filled_call_is_written(form):
    from monite_magic.core.masking import Secret

    secret = Secret(CLIENT_SECRET)
    filled = parse(
        "POST /auth/token -H 'X-Key: {{ s }}'",
        '{"grant_type": "client_credentials", "client_secret": {{ s }}}',
    ).fill({"s": secret})
    text = export_call(recipe_of_filled(filled, ENVIRONMENTS["sandbox"]), form)
    assert CLIENT_SECRET not in text
    assert "MONITE_CLIENT_SECRET" in text


def test_two_secrets_of_one_body_are_two_variables():
    body = json.dumps({"client_secret": MASK, "access_token": MASK, "list": [MASK, f"a {MASK} b"]}).encode()
    sent = SentRequest(
        "POST", "https://api.sandbox.monite.com/v1/x", "/x", {}, body.replace(b"\\u2022", "•".encode())
    )
    code = export_call(recipe_of_sent(sent, ENVIRONMENTS["sandbox"]), "httpx")
    assert '"client_secret": os.environ["MONITE_CLIENT_SECRET"]' in code
    assert '"access_token": os.environ["MONITE_TOKEN"]' in code
    assert '[os.environ["MONITE_SECRET"], "a " + os.environ["MONITE_SECRET"] + " b"]' in code


def test_a_bare_call_is_bare_code():
    sent = SentRequest("GET", "https://api.sandbox.monite.com/v1/x", "/x")
    assert export_call(recipe_of_sent(sent, ENVIRONMENTS["sandbox"]), "httpx") == (
        'import httpx\n\nresponse = httpx.request(\n    "GET",\n    "https://api.sandbox.monite.com/v1/x",\n)\n'
        "print(response.status_code, response.text)\n"
    )


def test_a_version_in_the_line_wins():
    filled = parse("GET /x -H 'x-monite-version: 2023-09-01'").fill({})
    text = export_call(recipe_of_filled(filled, ENVIRONMENTS["sandbox"]), "curl")
    assert "2023-09-01" in text
    assert "2024-05-25" not in text


@pytest.mark.parametrize("form", FORMS)
def test_a_simulator_with_an_address_is_called_there(form):
    served = find_environment("local", base_url="http://127.0.0.1:9123/v1")
    text = repr(export_call(recipe_of_filled(parse("GET /counterparts").fill({}), served), form))
    assert "http://127.0.0.1:9123/v1" in text
    assert "8123" not in text


@pytest.mark.parametrize(
    ("file", "kind"), [("bill.pdf", "application/pdf"), ("scan.jpg", "image/jpeg"),
                       ("bill.zz", "application/octet-stream")],
)  # fmt: skip
def test_a_file_in_an_http_file_has_the_type_that_httpx_sends(file, kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / file).write_bytes(b"content")
    filled = parse(f"POST /files --file file={file} -d file_type=payables").fill({})
    text = export_call(recipe_of_filled(filled, ENVIRONMENTS["sandbox"]), "http")
    assert f'filename="{file}"\nContent-Type: {kind}\n' in text


@pytest.mark.parametrize("form", FORMS)
def test_the_simulator_in_this_process_is_a_variable(form):
    filled = parse("GET /counterparts").fill({})
    text = export_call(recipe_of_filled(filled, ENVIRONMENTS["local"]), form)
    assert "MONITE_BASE_URL" in text
    assert "simulator.localhost" not in text


def test_a_known_environment_is_written_in_full():
    filled = parse("GET https://api.sandbox.monite.com/v1/counterparts?limit=1").fill({})
    text = export_call(recipe_of_filled(filled, ENVIRONMENTS["sandbox"]), "curl")
    assert "'https://api.sandbox.monite.com/v1/counterparts?limit=1'" in text


def test_a_url_to_another_place_is_refused():
    filled = parse("GET https://evil.example/v1/x").fill({})
    with pytest.raises(MoniteError, match=r"evil\.example is not the API"):
        recipe_of_filled(filled, ENVIRONMENTS["sandbox"])


def test_curl_is_readable():
    filled = parse("POST /counterparts?limit=1", '{"type": "organization"}').fill({})
    text = export_call(recipe_of_filled(filled, ENVIRONMENTS["sandbox"], entity_id="e-1"), "curl")
    assert text.splitlines() == [
        "curl --request POST 'https://api.sandbox.monite.com/v1/counterparts?limit=1' \\",
        '  --header "Authorization: Bearer $MONITE_TOKEN" \\',
        "  --header 'X-Monite-Version: 2024-05-25' \\",
        "  --header 'X-Monite-Entity-Id: e-1' \\",
        "  --header 'Content-Type: application/json' \\",
        """  --data-raw '{"type": "organization"}'""",
    ]


def test_the_exports_of_python_are_formatted():
    filled = parse(
        "POST /x", json.dumps({"name": "n", "items": [{"label": "x" * 60, "n": i} for i in range(3)]})
    )
    text = export_call(recipe_of_filled(filled.fill({}), ENVIRONMENTS["sandbox"]), "httpx")
    assert max(map(len, text.splitlines())) <= 110
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--line-length", "100", "--diff", "-"],
        input=re.sub(r"^json=", "", text),
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
