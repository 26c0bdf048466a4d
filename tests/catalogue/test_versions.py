"""One catalogue for each API version: which one a version gets, and what is said of what another one has."""

from __future__ import annotations

import pytest

from monite_magic import catalogue
from monite_magic.catalogue import spans
from monite_magic.catalogue.changes import changes
from monite_magic.catalogue.check import check

BILL = "8f2a1c9e-5b7d-4c3e-9a1f-2b6d8e4c7a90"


@pytest.mark.parametrize(
    ("version", "nearest"),
    [
        ("2022-11-16", "2023-09-01"),
        ("2023-08-31", "2023-09-01"),
        ("2023-09-01", "2023-09-01"),
        ("2023-12-24", "2023-09-01"),
        ("2024-01-31", "2024-01-31"),
        ("2024-05-24", "2024-01-31"),
        ("2024-05-25", "2024-05-25"),
        ("2025-06-23", "2024-05-25"),
    ],
)
def test_a_version_gets_the_nearest_older_catalogue_else_the_oldest(version, nearest):
    assert catalogue.nearest_version(version) == nearest
    assert catalogue.current(version).version == nearest


def test_a_catalogue_of_ones_own_is_used_for_every_version():
    own = catalogue.Catalogue("2030-01-01", (), {})
    catalogue.use(own)
    try:
        assert catalogue.current("2023-09-01") is own
        assert catalogue.find("2023-09-01", "GET", "/payables") is None
        assert not catalogue.is_packaged(own)
    finally:
        catalogue.use(None)


@pytest.mark.parametrize(
    ("version", "call", "span"),
    [
        ("2024-01-31", "GET /delivery_notes", "since 2024-05-25"),
        ("2023-09-01", "GET /webhook_deliveries", "since 2024-01-31"),
        ("2024-05-25", f"GET /audit_logs/{BILL}", "until 2024-01-31"),
        ("2024-05-25", f"POST /webhook_settings/{BILL}/enable", "until 2023-09-01"),
        ("2024-05-25", "GET /nothing", ""),
        # 2024-01-31 has it: there is nothing to say about the others.
        ("2024-01-31", f"POST /counterparts/{BILL}/addresses/{BILL}/make_default", "until 2023-09-01"),
    ],
)
def test_an_operation_of_another_version_is_found_and_said(version, call, span):
    method, path = call.split()
    known = catalogue.load(version)
    assert spans.span_of_operation(known, method, path) == span
    found = catalogue.find(version, method, path)
    assert (found is not None) == bool(span)
    if found:
        assert found[0].version != version
        assert found[1].operation.method == method


def test_both_ends_of_a_gap_are_said():
    assert (
        spans.span_words("2024-01-31", ["2023-09-01", "2024-05-25"])
        == "until 2023-09-01 and again since 2024-05-25"
    )


def findings(version, call, **given):
    known = catalogue.load(version)
    return check(known, known.find(*call.split()), **given)


def test_a_query_parameter_of_another_version_is_sent_with_a_warning():
    [finding] = findings("2024-01-31", "GET /payables", query=[("project_id", BILL)])
    assert not finding.refused
    assert "GET /payables has this parameter since 2024-05-25" in finding.text
    [finding] = findings("2024-01-31", "GET /receivables", query=[("amount__gt", "5")])
    assert (finding.refused, "until 2023-09-01" in finding.text) == (False, True)


def test_a_slip_in_a_parameters_name_is_still_held_back():
    [finding] = findings("2024-01-31", "GET /payables", query=[("stauts", "paid")])
    assert finding.refused


ADDRESS = {"country": "DE", "city": "Ulm", "postal_code": "89073", "line1": "Platz 1"}


def test_a_field_that_a_closed_body_refuses_is_held_back_and_its_version_said():
    party = {"legal_name": "Mill", "is_customer": True, "is_vendor": True, "address": ADDRESS}
    body = {"type": "organization", "organization": party}
    assert findings("2024-01-31", "POST /counterparts", body=body) == []
    found = {each.field: each for each in findings("2023-09-01", "POST /counterparts", body=body)}
    assert found["organization.registered_address"].rule == "required"
    unknown = found["organization.address"]
    assert "This body has it since 2024-01-31." in unknown.text


@pytest.mark.parametrize(
    ("version", "call", "body", "field", "span"),
    [
        ("2024-01-31", "POST /payables", {"project_id": BILL}, "project_id", "since 2024-05-25"),
        (
            "2024-05-25",
            f"POST /receivables/{BILL}/send",
            {"body_text": "b", "subject_text": "s", "language": "de"},
            "language",
            "until 2024-01-31",
        ),
    ],
)
def test_a_field_of_another_version_is_said(version, call, body, field, span):
    found = [each for each in findings(version, call, body=body) if each.field == field]
    assert len(found) == 1
    assert f"This body has it {span}." in found[0].text


def test_a_value_of_another_version_is_held_back_and_its_version_said():
    [finding] = findings("2024-01-31", "GET /payables", query=[("ocr_status", "canceled")])
    assert finding.refused
    assert finding.text.endswith("It is allowed since 2024-05-25.")
    body = {"payment_methods_receive": ["card", "klarna"]}
    [finding] = findings("2024-01-31", f"PUT /entities/{BILL}/payment_methods", body=body)
    assert finding.field == "payment_methods_receive[1]"
    assert finding.text.endswith("It is allowed since 2024-05-25.")
    [finding] = findings("2024-05-25", "GET /payables", query=[("ocr_status", "nonsense")])
    assert "It is allowed" not in finding.text


# -- changes, on small documents --------------------------------------------------------------------


def api(version="2030-01-01", *, body=None, answer=None, query=(), status="200", path="/things", **more):
    """A catalogue of one operation."""
    operation = {
        "parameters": [
            {"in": "query", "name": name, "schema": schema, "required": required}
            for name, schema, required in query
        ],
        "responses": {status: {"description": "", **({"content": json_of(answer)} if answer else {})}},
        **more,
    }
    if body is not None:
        operation["requestBody"] = {"content": json_of(body), "required": True}
    document = {"openapi": "3.1.0", "info": {"version": version}, "paths": {path: {"post": operation}}}
    return catalogue.from_openapi(document)


def json_of(schema):
    return {"application/json": {"schema": schema}}


def of(required=(), **fields):
    return {"type": "object", "properties": fields, "required": list(required)}


TEXT, NUMBER = {"type": "string"}, {"type": "integer"}


@pytest.mark.parametrize(
    ("before", "after", "harm", "words"),
    [
        ({"path": "/a"}, {"path": "/b"}, "breaks calls", "the operation was removed"),
        ({"path": "/a"}, {"path": "/b"}, "new", "the operation is new"),
        (
            {"status": "200"},
            {"status": "201"},
            "changes answers",
            "the success status changed from 200 to 201",
        ),
        ({"body": of(a=TEXT)}, {"body": of(["a"], a=TEXT)}, "breaks calls", "body a is required"),
        ({"body": of(["a"], a=TEXT)}, {"body": of(a=TEXT)}, "new", "body a can be omitted"),
        (
            {"body": of(a=TEXT)},
            {"body": of(["b"], a=TEXT, b=TEXT)},
            "breaks calls",
            "body b is new, required",
        ),
        ({"body": of(a=TEXT)}, {"body": of(a=TEXT, b=TEXT)}, "new", "body b is new"),
        ({"body": of(a=TEXT, b=TEXT)}, {"body": of(a=TEXT)}, "ignored", "body b was removed"),
        (
            {"body": {**of(a=TEXT, b=TEXT), "additionalProperties": False}},
            {"body": {**of(a=TEXT), "additionalProperties": False}},
            "breaks calls",
            "body b is now refused",
        ),
        (
            {"body": of(a=TEXT)},
            {"body": of(a=NUMBER)},
            "breaks calls",
            "body a changed from string to integer",
        ),
        (
            {"body": of(a={"enum": ["x", "y"]})},
            {"body": of(a={"enum": ["y", "z"]})},
            "breaks calls",
            "body a: no longer x; new value z",
        ),
        (
            {"body": of(a=TEXT)},
            {"body": of(a={"type": "string", "enum": ["y"]})},
            "breaks calls",
            "body a: now one of y",
        ),
        ({"body": of(a={"enum": ["x"]})}, {"body": of(a={"enum": ["x", "y"]})}, "new", "body a: new value y"),
        (
            {"body": of(a={**TEXT, "maxLength": 9})},
            {"body": of(a={**TEXT, "maxLength": 5})},
            "breaks calls",
            "body a: maximum length changed from 9 to 5",
        ),
        (
            {"body": of(a={**TEXT, "maxLength": 5})},
            {"body": of(a={**TEXT, "maxLength": 9})},
            "new",
            "body a: maximum length changed from 5 to 9",
        ),
        (
            {"body": of(a=TEXT)},
            {"body": of(a={**TEXT, "pattern": "x"})},
            "breaks calls",
            "body a: pattern changed from none to x",
        ),
        (
            {"body": of(a=TEXT)},
            {"body": {**of(a=TEXT), "additionalProperties": False}},
            "breaks calls",
            "body no longer accepts unlisted fields",
        ),
        ({}, {"body": of(a=TEXT)}, "breaks calls", "body is new, required"),
        ({"body": of(a=TEXT)}, {}, "ignored", "no body"),
        ({"query": [("a", TEXT, False)]}, {}, "ignored", "query parameter a was removed"),
        ({}, {"query": [("a", TEXT, True)]}, "breaks calls", "query parameter a is new, required"),
        (
            {"query": [("a", TEXT, False)]},
            {"query": [("a", TEXT, True)]},
            "breaks calls",
            "query parameter a is required",
        ),
        ({"answer": of(a=TEXT)}, {"answer": of(b=TEXT)}, "changes answers", "answer a was removed"),
        ({"answer": of(a=TEXT)}, {"answer": of(a=TEXT, b=TEXT)}, "new", "answer b is new"),
        (
            {"answer": of(["a"], a=TEXT)},
            {"answer": of(a=TEXT)},
            "changes answers",
            "answer a can be omitted",
        ),
        (
            {"answer": of(a=TEXT)},
            {"answer": of(a={"type": ["string", "null"]})},
            "changes answers",
            "answer a changed from string to null or string",
        ),
        (
            {"answer": of(a={"enum": ["x"]})},
            {"answer": of(a={"enum": ["x", "y"]})},
            "changes answers",
            "answer a: new value y",
        ),
        (
            {"answer": of(a={"enum": ["x", "y"]})},
            {"answer": of(a={"enum": ["x"]})},
            "new",
            "answer a: no longer y",
        ),
    ],
)
def test_a_change_is_said_in_words_with_how_bad_it_is(before, after, harm, words):
    found = [(each.harm, each.words) for each in changes(api(**before), api(**after))]
    assert (harm, words) in found
    assert len(found) == (2 if "path" in before else 1 if words != "answer a was removed" else 2)


def test_the_worst_comes_first_and_nothing_changes_to_itself():
    before = api(body=of(a=TEXT), answer=of(a=TEXT))
    after = api(body=of(["b"], a=TEXT, b=TEXT, c=TEXT), answer=of(b=TEXT))
    assert [each.harm for each in changes(before, after)] == ["breaks calls", "changes answers", "new", "new"]
    assert changes(before, before) == []


def test_places_are_those_of_the_json_whatever_the_components_are_called():
    line = of(["n"], n=NUMBER)
    before = api(body=of(lines={"type": "array", "items": line}))
    choice = {"anyOf": [of(["n"], n=NUMBER), of(["n", "m"], n=NUMBER, m=TEXT)]}
    after = api(body=of(lines={"type": "array", "items": choice}))
    [change] = changes(before, after)
    assert (change.field, change.kind) == ("lines[].m", "new")
    assert change.words == "body lines[].m is new"


def test_a_schema_that_contains_itself_has_an_end():
    def nested(**more):
        tree = {
            "type": "object",
            "properties": {"below": {"$ref": "#/components/schemas/Tree"}, "a": TEXT, **more},
        }
        document = {
            "openapi": "3.1.0",
            "info": {"version": "1"},
            "paths": {
                "/t": {
                    "post": {
                        "requestBody": {"content": json_of({"$ref": "#/components/schemas/Tree"})},
                        "responses": {"204": {"description": ""}},
                    }
                }
            },
            "components": {"schemas": {"Tree": tree}},
        }
        return catalogue.from_openapi(document)

    found = {each.field for each in changes(nested(), nested(b=NUMBER))}
    assert "b" in found
    assert len(found) <= 2
