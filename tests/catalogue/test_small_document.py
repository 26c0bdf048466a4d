"""Our own document, with what the vendor's has little of: read, described, checked and drafted."""

from __future__ import annotations

import pytest

from monite_magic import catalogue
from monite_magic.catalogue.check import check
from monite_magic.catalogue.fields import descend, fields
from monite_magic.catalogue.skeleton import choices, skeleton
from monite_magic.catalogue.wording import describe, kind

NUMBERS = {"type": "array", "items": {"type": "integer"}}
TEXT = {"type": "string"}
THING = {
    "type": "object",
    "required": ["code", "kind"],
    "additionalProperties": False,
    "properties": {
        "code": {"type": "string", "pattern": "^[A-Z]{3}$", "title": "prose"},
        "kind": {"type": "string", "const": "thing"},
        "sizes": {
            "type": "array",
            "items": {"type": "integer"},
            "minItems": 2,
            "maxItems": 3,
            "uniqueItems": True,
        },
        "share": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        "exact": {"type": "string", "minLength": 4, "maxLength": 4},
        "maybe": {"type": ["string", "null"]},
        "old": {"type": "string", "deprecated": True},
        "limits": {"type": "object", "additionalProperties": {"type": "integer"}},
        "names": {
            "type": "object",
            "patternProperties": {"^x": {"type": "string"}},
            "propertyNames": {"minLength": 2},
        },
        "labels": {"type": "object", "additionalProperties": {"enum": ["red", "blue"]}},
        "none": {"type": "null"},
        "even": {"type": "integer", "multipleOf": 2},
        "anything": {},
        "price": {"type": "integer", "minimum": 5},
    },
}
THING_ANSWER = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}
REF = {"$ref": "#/components/schemas/Thing"}
CASE = {
    "anyOf": [
        {"type": "object", "required": ["paper"], "properties": {"paper": {"type": "string"}}},
        {"type": "object", "required": ["glass"], "properties": {"glass": {"type": "boolean"}}},
    ],
    "additionalProperties": False,
}


def with_one_of(*names):
    """An object with one of these fields."""
    return {"anyOf": [{"type": "object", "required": [name], "properties": {name: TEXT}} for name in names]}


BOTH = {
    "allOf": [
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}},
        {"type": "object", "required": ["b"], "properties": {"b": {"type": "boolean", "default": True}}},
    ]
}
CHOSEN = {
    "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
    "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat"}},
}
PET = {"type": "object", "required": ["kind"], "properties": {"name": {"type": "string"}}}


def pet(name):
    return {**PET, "properties": {**PET["properties"], "kind": {"type": "string", "enum": [name]}}}


def body(schema, required=True):
    return {
        "requestBody": {"required": required, "content": {"application/json": {"schema": schema}}},
        "responses": {"201": {"content": {"application/json": {"schema": schema}}}},
    }


@pytest.fixture(scope="module")
def known():
    return catalogue.from_openapi(
        {
            "openapi": "3.1.0",
            "info": {"version": "2031-01-01"},
            "components": {"schemas": {"Thing": THING, "Cat": pet("cat"), "Dog": pet("dog")}},
            "paths": {
                "/things": {
                    "post": body({"allOf": [{"$ref": "#/components/schemas/Thing"}], "description": "prose"})
                },
                "/cases": {"post": body(CASE)},
                "/boths": {"post": body(BOTH)},
                "/threes": {"post": body(with_one_of("a", "b", "c", "d"))},
                "/fours": {"post": body(with_one_of("a", "b", "c", "d", "e"))},
                "/things/{thing_id}": {"get": {"responses": {"200": THING_ANSWER}}},
                "/things/{thing_id}/parts": {"post": body(BOTH)},
                "/things/{thing_id}/parts/{part_id}": {"get": {"responses": {"200": THING_ANSWER}}},
                "/pets": {"post": body(CHOSEN)},
                "/old": {
                    "get": {
                        "deprecated": True,
                        "parameters": [
                            {"name": "a", "in": "query", "deprecated": True, "schema": {"type": "string"}},
                            {"name": "b", "in": "query", "schema": {"type": "string", "maxLength": 2}},
                            {"name": "x-note", "in": "header", "schema": {"type": "string"}},
                            {"name": "session", "in": "cookie", "schema": {"type": "string"}},
                        ],
                        "responses": {"204": {"description": "prose"}},
                    }
                },
            },
        }
    )


@pytest.fixture
def found(known):
    def run(call, data):
        findings = check(known, known.find(*call.split(" ")), body=data)
        return {(finding.field, finding.rule): finding.message for finding in findings}

    return run


def test_limits_in_words(found):
    thing = {"code": "ABC", "kind": "thing"}
    assert found("POST /things", thing) == {}
    for field, value, rule, words in (
        ("code", "abc", "pattern", '"abc" does not match ^[A-Z]{3}$.'),
        ("kind", "other", "choice", '"other" is not one of thing.'),
        ("sizes", [1], "items", "The list has 1 items, but needs at least 2."),
        ("sizes", [1, 2, 3, 4], "items", "The list has 4 items, but at most 3 are allowed."),
        ("sizes", [1, 1], "items", "The list contains duplicates."),
        ("share", 0, "range", "0 must be greater than 0."),
        ("share", 2, "range", "2 is above the maximum of 1."),
        ("exact", "abc", "length", '"abc" has 3 characters, but needs at least 4.'),
        ("maybe", 5, "type", "5 is not text or null."),
        ("none", 5, "type", "5 is not null."),
        ("even", 3, "other", "3 is not a multiple of 2."),
        ("old", "x", "deprecated", "This field is deprecated."),
        ("limits.a", "x", "type", '"x" is not a whole number. '),
    ):
        data = {"limits": {"a": value}} if field == "limits.a" else {field: value}
        messages = found("POST /things", {**thing, **data})
        assert messages[field, rule].strip() == words.strip()
    labels = {"labels": {"x.y.z": "green"}}
    assert list(found("POST /things", {**thing, **labels}).values()) == ['"green" is not one of red, blue.']
    assert found("POST /things", {**thing, "names": {"x1": 1}}) != {}
    assert found("POST /things", {**thing, "anything": [1, {"a": 2}], "limits": {"b": 1}}) == {}


def test_choices_without_a_discriminator(found, known):
    assert found("POST /cases", {"paper": "x"}) == {}
    assert ("paper", "type") in found("POST /cases", {"paper": []})
    assert ("glass", "type") in found("POST /cases", {"glass": []})
    assert ("stone", "unknown") in found("POST /cases", {"paper": "x", "stone": 1})
    assert found("POST /cases", [1])["", "type"] == "[1] is not an object."
    operation = known.find("POST", "/cases").operation
    assert choices(known, operation) == ["paper", "glass"]
    assert skeleton(known, operation, choice="glass").body == {"glass": False}


def test_up_to_three_fields_are_named_in_the_place_of_a_missing_one(found):
    messages = found("POST /threes", {})
    assert len(messages) == 1
    assert "instead" in next(iter(messages.values()))
    assert "instead" not in next(iter(found("POST /fours", {}).values()))


def test_a_separate_record_is_told_where_no_other_field_may_be(found):
    messages = found("POST /things", {"code": "ABC", "kind": "thing", "parts": []})
    assert messages["parts", "unknown"].endswith(": POST /things/{thing_id}/parts.")


def test_all_of_several(found, known):
    operation = known.find("POST", "/boths").operation
    assert skeleton(known, operation).body == {"a": 1, "b": True}
    assert set(found("POST /boths", {})) == {("a", "required"), ("b", "required")}
    merged = fields(descend(known, operation.body.schema, ()))
    assert [field.required for field in merged.values()] == [True, True]


def test_a_discriminator(known):
    operation = known.find("POST", "/pets").operation
    assert skeleton(known, operation).body == {"kind": "cat"}
    assert skeleton(known, operation, choice="dog").body == {"kind": "dog"}
    schema = known.find("POST", "/pets").operation.body.schema
    assert schema["discriminator"]["mapping"] == {"cat": "#/$defs/Cat"}


def test_full_drafts(known, found):
    operation = known.find("POST", "/things").operation
    draft = skeleton(known, operation, full=True).body
    assert "old" not in draft
    assert draft["share"] == 1
    assert len(draft["exact"]) == 4
    assert draft["price"] == 11900
    wrong = {field for field, _ in found("POST /things", draft)}
    assert wrong <= {"code", "sizes", "even"}  # no rule makes up a text for a pattern, or distinct items


def test_words_for_schemas(known):
    thing = known.schemas["Thing"]["properties"]
    assert describe(known, thing["sizes"]) == "list of whole numbers, 2 to 3 items"
    assert describe(known, thing["share"]) == "number, above 0, at most 1"
    assert describe(known, thing["exact"]) == "text, exactly 4 characters"
    assert describe(known, thing["maybe"]) == "text, or null"
    assert describe(known, thing["kind"]) == "always thing"
    assert describe(known, thing["code"]) == "text, matching ^[A-Z]{3}$"
    assert describe(known, thing["none"]) == "null"
    assert describe(known, thing["anything"]) == "any value"
    assert describe(known, {"type": "string", "maxLength": 1}) == "text, at most 1 character"
    assert describe(known, thing["price"]) == "whole number, at least 5, minor units: 11900 is 119.00"
    assert kind(known, {"type": "array", "items": {"$ref": "#/$defs/Cat"}}) == "list of objects"
    assert kind(known, thing["kind"]) == "choice"


def test_deprecation_and_other_places_of_parameters(known):
    match = known.find("GET", "/old")
    assert [p.name for p in match.operation.parameters] == ["a", "b", "x-note"]
    assert [p.name for p in match.operation.header_parameters] == ["x-note"]
    rules = [finding.rule for finding in check(known, match, query=[("a", "1"), ("b", "long")])]
    assert rules == ["deprecated", "length", "deprecated"]


def test_nothing_is_known_below_what_is_not_there(known):
    schema = known.find("POST", "/things").operation.body.schema
    assert descend(known, schema, ("nowhere", 0, "deeper")) == []
    assert descend(known, schema, ("limits", "any")) == [{"type": "integer"}]
