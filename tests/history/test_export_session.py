"""A whole session as HAR, .http and Postman collection: by their schemas, run by others, without a secret."""

import base64
import json
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import httpx
import jsonschema
import pytest
import referencing
import referencing.jsonschema
from packaging.version import Version

from monite_magic.cell.reading import parse
from monite_magic.core.environments import ENVIRONMENTS
from monite_magic.core.errors import RequestError
from monite_magic.core.sent import SentRequest
from monite_magic.history import Attempt, History, export_session, import_text, recipe_of_sent
from monite_magic.session.response import MoniteResponse

ADDRESS = {"country": "DE", "city": "Bonn", "postal_code": "53111", "line1": "Markt 1"}


@pytest.fixture(scope="module")
def session(served):
    """Calls of all kinds, recorded: a write, lists, an error, the token call, and one without an answer."""
    served.history = History()
    organization = {"legal_name": "Käse {{x}}", "is_vendor": True, "is_customer": True, "address": ADDRESS}
    served.call("POST", "/counterparts", json={"type": "organization", "organization": organization})
    served.call("GET", "/counterparts", params={"limit": 2, "sort": "counterpart_name", "tax_id": "a b&c"})
    served.call("GET", "/counterparts/00000000-0000-0000-0000-000000000000")
    credentials = {
        name: served.variables[f"MONITE_{name.upper()}"] for name in ("client_id", "client_secret")
    }
    served.call("POST", "/auth/token", json={"grant_type": "client_credentials", **credentials})
    sent = SentRequest(
        "GET", f"{served.environment.base_url}/payables", "/payables", {"Authorization": "Bearer ••••••••"}
    )
    served.history.record_failure(sent, TimeoutError("no answer in 5 s"), served.environment, elapsed=5.0)
    return served


def secrets(session):
    return [session.token, session.variables["MONITE_CLIENT_SECRET"]]


@pytest.mark.parametrize("name", ["s.har", "s.http", "s.rest", "s.json"])
def test_no_secret_is_in_any_file(name, session):
    text = export_session(session.history, Path(name))
    for secret in secrets(session):
        assert secret not in text
    token = session.history[4].response.data["access_token"]
    assert token.reveal() not in text
    assert "MONITE_TOKEN" in text
    assert "MONITE_CLIENT_SECRET" in text


def test_the_ending_decides():
    assert export_session([], Path("x.HAR".lower())).startswith("{")
    with pytest.raises(RequestError, match=r"ending of x.txt is unknown"):
        export_session([], Path("x.txt"))


# -- HAR ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def har(session):
    return json.loads(export_session(session.history, Path("s.har")))


def validate_har(archive, node_modules):
    if Version(version("jsonschema")) < Version("4.18"):
        pytest.skip("an older jsonschema has no registry")
    folder = node_modules / "har-schema" / "lib"
    schemas = {file.name: json.loads(file.read_text()) for file in folder.glob("*.json")}
    resources = [
        (name, referencing.Resource(contents=schema, specification=referencing.jsonschema.DRAFT6))
        for name, schema in schemas.items()
    ]
    registry = referencing.Registry().with_resources(resources)
    jsonschema.Draft6Validator(schemas["har.json"], registry=registry).validate(archive)


def test_the_har_fits_its_schema(har, node_modules):
    validate_har(har, node_modules)


def test_the_har_tells_what_happened(har, session):
    made, listed, missing, token, failed = har["log"]["entries"]
    assert made["request"]["method"] == "POST"
    assert made["request"]["url"] == f"{session.environment.base_url}/counterparts"
    assert "Käse {{x}}" in made["request"]["postData"]["text"]
    assert {"name": "Authorization", "value": "Bearer $MONITE_TOKEN"} in made["request"]["headers"]
    assert json.loads(made["response"]["content"]["text"])["type"] == "organization"
    assert {"name": "tax_id", "value": "a b&c"} in listed["request"]["queryString"]
    assert missing["response"]["status"] == 404
    assert '"client_secret": "$MONITE_CLIENT_SECRET"' in token["request"]["postData"]["text"].replace(
        '":"', '": "'
    )
    assert failed["response"]["status"] == 0
    assert "no answer" in failed["comment"]
    for entry in har["log"]["entries"]:
        assert datetime.fromisoformat(entry["startedDateTime"]).tzinfo is not None
        phases = [seconds for phase, seconds in entry["timings"].items() if phase != "ssl" and seconds >= 0]
        assert sum(phases) == pytest.approx(entry["time"], abs=0.01)


def test_the_har_has_the_phases_that_were_measured(served):
    history = History()
    phases = {"connect": 0.01, "ssl": 0.02, "send": 0.001, "wait": 0.05, "receive": 0.004}
    response = served.call("GET", "/counterparts").response
    history.record(response, attempts=(Attempt(503, None, {"wait": 9.0}), Attempt(200, None, phases)))
    (entry,) = json.loads(export_session(history, Path("s.har")))["log"]["entries"]
    assert entry["timings"] == {
        "blocked": -1, "dns": -1, "connect": 30.0, "ssl": 20.0, "send": 1.0, "wait": 50.0, "receive": 4.0,
    }  # fmt: skip


def test_a_har_comes_back_as_cells(har, session):
    cells = import_text(json.dumps(har), keep=lambda values: None)
    assert len(cells.cells) == 5
    assert cells.cells[3].startswith("%monite_login")
    made = session.history[1].request
    line, _, body = cells.cells[0].partition("\n")
    filled = parse(line.removeprefix("%%monite "), body).fill({})
    assert (filled.method, filled.path) == ("POST", "/counterparts")
    assert filled.body.data == json.loads(made.body)
    assert filled.entity == session.entity_id


# -- .http and Postman: run by others against the simulator -----------------------------------------------


@pytest.fixture(scope="module")
def variables(session):
    return {"MONITE_TOKEN": session.token, "MONITE_CLIENT_SECRET": session.variables["MONITE_CLIENT_SECRET"]}


def statuses(session):
    return [call.status for call in session.history if call.response]


def test_the_http_file_runs(session, variables, node_modules, run, tmp_path):
    calls = [call for call in session.history if call.response]
    (tmp_path / "session.http").write_text(export_session(calls, Path("session.http")), encoding="utf-8")
    tool = str(node_modules / ".bin/httpyac")
    values = [part for name, value in variables.items() for part in ("--var", f"{name}={value}")]
    output = json.loads(run([tool, "send", "session.http", "--all", "--json", *values], cwd=tmp_path))
    answered = [request["response"]["statusCode"] for request in output["requests"]]
    assert answered == statuses(session)


def test_the_collection_runs(session, variables, node_modules, run, tmp_path):
    calls = [call for call in session.history if call.response]
    (tmp_path / "session.json").write_text(export_session(calls, Path("session.json")), encoding="utf-8")
    tool = str(node_modules / ".bin/newman")
    values = [part for name, value in variables.items() for part in ("--env-var", f"{name}={value}")]
    report = tmp_path / "report.json"
    command = [
        tool,
        "run",
        "session.json",
        "--reporters",
        "json",
        "--reporter-json-export",
        str(report),
        *values,
    ]
    run(command, cwd=tmp_path)
    executions = json.loads(report.read_text())["run"]["executions"]
    assert [execution["response"]["code"] for execution in executions] == statuses(session)


def test_an_http_file_comes_back_as_cells(session):
    text = export_session(session.history, Path("session.http"))
    cells = import_text(text).cells
    assert cells[3].startswith("%monite_login --base-url http://127.0.0.1:")
    line, _, body = cells[0].partition("\n")
    filled = parse(line.removeprefix("%%monite "), body).fill({})
    assert filled.body.data == json.loads(session.history[1].request.body)
    listed = parse(cells[1].removeprefix("%monite ")).fill({})
    assert listed.query == [("limit", "2"), ("sort", "counterpart_name"), ("tax_id", "a b&c")]


def test_calls_of_two_environments_have_two_base_urls():
    history = History()
    for name in ("sandbox", "eu", "local"):
        environment = ENVIRONMENTS[name]
        sent = SentRequest("GET", f"{environment.base_url}/x", "/x", {"Authorization": "Bearer ***"})
        history.record_failure(sent, TimeoutError("x"), environment)
    text = export_session(history, Path("s.http"))
    assert "@MONITE_BASE_URL = https://api.sandbox.monite.com/v1" in text
    assert "@MONITE_BASE_URL_2 = https://api.monite.com/v1" in text
    assert "@MONITE_BASE_URL_3 = http://127.0.0.1:8123/v1" in text
    assert "GET {{MONITE_BASE_URL_3}}/x\nAuthorization: Bearer {{MONITE_TOKEN_3}}" in text
    assert "Set in the editor, not here: MONITE_TOKEN, MONITE_TOKEN_2, MONITE_TOKEN_3." in text
    assert "once it is served: python -m monite_magic.simulator --port 8123" in text
    collection = json.loads(export_session(history, Path("s.json")))
    values = {variable["key"]: variable["value"] for variable in collection["variable"]}
    assert values["MONITE_BASE_URL_2"] == "https://api.monite.com/v1"
    assert values["MONITE_BASE_URL_3"] == "http://127.0.0.1:8123/v1"
    assert values["MONITE_TOKEN_3"] == ""
    tokens = [
        item["request"].get("auth", collection["auth"])["bearer"][0]["value"] for item in collection["item"]
    ]
    assert tokens == ["{{MONITE_TOKEN}}", "{{MONITE_TOKEN_2}}", "{{MONITE_TOKEN_3}}"]


def test_the_call_of_a_curl_command_that_was_exported(session):
    """The curl command of a recorded call gets the same answer as the call."""
    call = session.history[2]
    recipe = recipe_of_sent(call.request, call.environment)
    answer = httpx.get(
        call.environment.base_url + recipe.target,
        headers={"Authorization": f"Bearer {session.token}"}
        | {name: value[0] for name, value in recipe.headers},
    )
    assert answer.json() == call.response.data


def test_an_upload_and_a_picture_in_a_har(served, node_modules):
    history = History()
    url = f"{served.environment.base_url}/payables/upload_from_file"
    headers = {"content-type": "multipart/form-data; boundary=x"}
    sent = SentRequest("POST", url, "/payables/upload_from_file", headers, b"file: a.pdf (1,234 bytes)")
    history.record(
        MoniteResponse(
            request=sent,
            status=200,
            headers={"Content-Type": "image/png"},
            content=b"\x89PNG\x00",
            elapsed=0.1,
            environment=served.environment,
        )
    )
    archive = json.loads(export_session(history, Path("s.har")))
    validate_har(archive, node_modules)
    (entry,) = archive["log"]["entries"]
    assert entry["request"]["postData"]["params"] == [{"name": "file", "fileName": "a.pdf"}]
    content = entry["response"]["content"]
    assert base64.b64decode(content["text"]) == b"\x89PNG\x00"
    assert import_text(json.dumps(archive)).cells == (
        "%monite POST /payables/upload_from_file --file file=a.pdf",
    )
