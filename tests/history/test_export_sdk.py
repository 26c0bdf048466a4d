"""The code for the vendor's SDK makes the same call, for every function that the SDK has."""

import ast
import inspect
import json
import sys

import pytest
from monite import Monite

from monite_magic import catalogue
from monite_magic.cell.reading import parse
from monite_magic.core.environments import ENVIRONMENTS
from monite_magic.core.errors import MoniteError
from monite_magic.history import export_call, recipe_of_filled, recipe_of_sent
from monite_magic.history.exchange.sdk_code import _functions

ADDRESS = {"country": "DE", "city": "Bonn", "postal_code": "53111", "line1": "Markt 1"}
TOKEN = "t0ken-0f-the-tests"


def code_of(line, cell=None, *, environment=ENVIRONMENTS["sandbox"], entity=None, **names):
    return export_call(recipe_of_filled(parse(line, cell).fill(names), environment, entity_id=entity), "sdk")


CALLS = [
    ("GET /counterparts?limit=2&sort=created_at&order=desc", None),
    ("GET /counterparts?is_vendor=true&created_at__gte=2024-01-31T10:00:00%2B00:00", None),
    ("GET /payables?unknown_filter=1&id__in=a&id__in=b", None),
    (
        "POST /counterparts",
        '{"type": "organization", "organization": {"legal_name": "Käse", "is_vendor": true}}',
    ),
    ("POST /tags", '{"name": "urgent", "new_field": [1, {"a": null}]}'),
    ("PATCH /counterparts/c-1/contacts/k-1", '{"first_name": "Zoë", "address": {"country": "DE"}}'),
    ("GET /counterparts/a%2Fb", None),
    ("DELETE /counterparts/c-1", None),
    ("POST /payables/p-1/submit_for_approval", None),
    ("GET /document_templates/d-1/preview", None),
    ("GET /entity_users/me -H 'X-Note: a b'", None),
]


#: Runs several scripts in one interpreter; the answers of the keeper are none that the SDK can read.
RUN_ALL = """
import json, sys
for code in json.load(sys.stdin):
    try:
        exec(compile(code, "exported", "exec"), {})
    except Exception as error:
        assert type(error).__module__.startswith(("pydantic", "monite")), repr(error)
"""


@pytest.fixture(scope="module")
def received(keeper, run):
    """What arrived for each of the calls, all made by one interpreter."""
    codes = [export_call(recipe_of(line, cell, keeper), "sdk") for line, cell in CALLS]
    run([sys.executable, "-c", RUN_ALL], variables={"MONITE_TOKEN": TOKEN}, input=json.dumps(codes))
    calls = list(keeper.received)
    keeper.received.clear()
    assert len(calls) == len(CALLS)
    return calls


def recipe_of(line, cell, keeper):
    return recipe_of_filled(parse(line, cell).fill({}), keeper.environment, entity_id="e-1")


@pytest.mark.parametrize("index", range(len(CALLS)), ids=[line for line, _ in CALLS])
def test_the_code_makes_the_call(index, received, keeper):
    line, cell = CALLS[index]
    recipe, call = recipe_of(line, cell, keeper), received[index]
    assert call.method == recipe.method
    assert call.path.replace("%2F", "/") == "/v1" + recipe.path.replace("%2F", "/")  # the SDK encodes nothing
    assert sorted(map(_instant, call.query)) == sorted(map(_instant, recipe.query))
    assert call.headers["authorization"] == f"Bearer {TOKEN}"
    assert call.headers["x-monite-entity-id"] == "e-1"
    assert call.headers["x-monite-version"] == "2024-05-25"
    assert not cell or call.json == json.loads(cell)
    assert "X-Note" not in line or call.headers["x-note"] == "a b"


def _instant(pair):
    name, value = pair
    return name, value.removesuffix("Z").removesuffix("+00:00")


def test_a_file_is_sent(keeper, run, tmp_path):
    file = tmp_path / "invoice.pdf"
    file.write_bytes(b"%PDF \x00\xff")
    line = "POST /payables/upload_from_file --file file={{ f }} -d note=x"
    code = code_of(line, environment=keeper.environment, f=file)
    run([sys.executable, "-c", RUN_ALL], variables={"MONITE_TOKEN": TOKEN}, input=json.dumps([code]))
    received = keeper.only()
    assert received.path == "/v1/payables/upload_from_file"
    assert b"%PDF \x00\xff" in received.body
    assert b'name="note"' in received.body


def test_the_code_works_on_the_simulator(served, run):
    made = served.call("POST", "/counterparts", json={
        "type": "organization",
        "organization": {"legal_name": "Acme", "is_vendor": True, "is_customer": False, "address": ADDRESS},
    })  # fmt: skip
    assert made.status in {200, 201}, made.response.text
    one = served.call("GET", f"/counterparts/{made.response['id']}")
    several = served.call("GET", "/counterparts", params={"limit": 1, "sort": "counterpart_name"})
    codes = [
        export_call(recipe_of_sent(call.request, call.environment), "sdk") for call in (made, one, several)
    ]
    output = run([sys.executable, "-c", "\n".join(codes)], variables={"MONITE_TOKEN": served.token})
    assert output.count("Acme") >= 2
    assert made.response["id"] in output


def test_the_code_is_readable():
    assert code_of("GET /counterparts?limit=2", entity="e-1").splitlines() == [
        "import os",
        "",
        "from monite import Monite",
        "",
        "client = Monite(",
        '    base_url="https://api.sandbox.monite.com/v1",',
        '    monite_version="2024-05-25",',
        '    monite_entity_id="e-1",',
        '    token=os.environ["MONITE_TOKEN"],',
        ")",
        "answer = client.counterparts.get(",
        "    limit=2,",
        ")",
        "print(answer)",
    ]


def test_every_function_that_is_found_is_one():
    client = Monite(monite_version="2024-05-25", token="x")
    functions = _functions()
    assert len(functions) > 350
    for _, function in functions:
        target = client
        for name in function.name.split("."):
            target = getattr(target, name)
        assert callable(target)
        names = set(inspect.signature(target).parameters)
        assert set(function.arguments) <= names


def test_nearly_every_operation_of_the_catalogue_has_code():
    missing = []
    for operation in catalogue.load().operations:
        path = "/".join("x-1" if part.startswith("{") else part for part in operation.path.split("/"))
        try:
            code = code_of(f"{operation.method} {path}", "{}" if operation.body else None)
        except MoniteError:
            missing.append(f"{operation.method} {operation.path}")
            continue
        ast.parse(code)
    assert len(missing) <= 30, missing


def test_a_call_that_the_sdk_has_not_is_told():
    with pytest.raises(MoniteError, match=r"no function for GET /nothing/like/this. Use --as httpx"):
        code_of("GET /nothing/like/this")


def test_a_missing_sdk_is_told(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    _functions.cache_clear()
    try:
        with pytest.raises(MoniteError, match=r"not installed here. Run %pip install monite"):
            code_of("GET /counterparts")
    finally:
        _functions.cache_clear()
