"""One judge of the branch that was meant, and one table of formats: for the check and the simulator."""

from __future__ import annotations

import pytest

from monite_magic import catalogue
from monite_magic.catalogue.body_check import errors_of
from monite_magic.catalogue.fields import choices, flat, matching_branch, narrowed, variants
from monite_magic.catalogue.formats import has_format
from monite_magic.catalogue.model import Catalogue
from monite_magic.catalogue.shapes import shape_from
from monite_magic.simulator.shape import Shapes, with_defaults
from monite_magic.simulator.validation import Validation

CARD = {
    "type": "object",
    "required": ["kind", "digits"],
    "properties": {
        "kind": {"enum": ["card"]},
        "digits": {"type": "string"},
        "note": {"default": "of a card"},
    },
}
BANK = {
    "type": "object",
    "required": ["kind", "iban"],
    "properties": {"kind": {"const": "bank"}, "iban": {"type": "string"}, "note": {"default": "of a bank"}},
}
CASH = {
    "type": "object",
    "properties": {"coins": {"type": "integer"}, "note": {"default": "of cash"}},
    "additionalProperties": False,
}
SCHEMAS = {
    "Card": CARD,
    "Bank": BANK,
    "Cash": CASH,
    "Means": {"anyOf": [{"$ref": "#/$defs/Card"}, {"$ref": "#/$defs/Bank"}]},
    "Any": {
        "oneOf": [
            {"$ref": "#/$defs/Means"},
            {"$ref": "#/$defs/Cash"},
            {"type": "string"},
            {"type": "null"},
        ]
    },
    "Named": {
        "allOf": [
            {"$ref": "#/$defs/Card"},
            {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
        ],
        "properties": {"digits": {"type": "string", "maxLength": 4}},
    },
}
KNOWN = Catalogue("2024-05-25", (), SCHEMAS)
ANY = {"$ref": "#/$defs/Any"}

MEANT = [
    ({"kind": "bank"}, 0),
    ({"kind": "card", "coins": 3}, 0),
    ({"coins": 3}, 1),
    ({"digits": "1", "kind": None}, 0),
    ("gold", 2),
]


@pytest.mark.parametrize(("data", "index"), MEANT)
def test_the_branch_that_fits_best_was_meant(data, index):
    assert matching_branch(KNOWN, choices(KNOWN, ANY), data) == index


def test_the_first_of_several_that_fit_alike():
    assert matching_branch(KNOWN, [CASH, CASH], {}) == 0


@pytest.mark.parametrize(
    ("data", "note"),
    [({"kind": "card"}, "of a card"), ({"kind": "bank"}, "of a bank"), ({"coins": 1}, "of cash")],
)
def test_all_who_choose_agree(data, note):
    """Completion, cards, the simulator's answers and its defaults."""
    (plain,) = narrowed(KNOWN, variants(KNOWN, ANY), data)
    assert plain["properties"]["note"]["default"] == note
    assert with_defaults(KNOWN, ANY, data)["note"] == note
    assert Shapes(KNOWN).of(ANY)(data)["note"] == note
    assert note in str(shape_from(KNOWN, ANY).of(data)._variants)


@pytest.mark.parametrize(
    ("data", "paths"),
    [
        ({"kind": "bank"}, {("iban",)}),
        ({"kind": "card", "digits": 5}, {("digits",)}),
        ({"coins": "many"}, {("coins",)}),
    ],
)
def test_check_and_simulator_name_the_errors_of_the_same_branch(data, paths):
    told = {(*error.absolute_path, *missing(error)) for error in errors_of(KNOWN, ANY, data)}
    answered = {tuple(each["loc"][1:]) for each in Validation(KNOWN).problems_of(ANY, data, "body")}
    assert told == answered == paths


def missing(error):
    return (
        [name for name in error.validator_value if name not in error.instance]
        if error.validator == "required"
        else []
    )


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/counterparts", {"type": "organization", "individual": {"first_name": "A"}}),
        ("POST", "/counterparts", {"type": "individual", "individual": {"first_name": 5, "is_vendor": True}}),
        ("POST", "/entities", {"type": "organization", "email": "a@b", "organization": {}}),
        ("POST", "/receivables", {"type": "quote", "line_items": [{"quantity": "x"}], "currency": "EURO"}),
        ("POST", "/payables", {"currency": 5, "amount": "x"}),
    ],
)
def test_check_and_simulator_agree_on_the_api(method, path, body):
    known = catalogue.current()
    schema = known.find(method, path).operation.body.schema
    told = {
        (*error.absolute_path, *more)
        for error in errors_of(known, schema, body)
        for more in [(name,) for name in missing(error)] or [()]
        if error.validator not in ("additionalProperties", "unevaluatedProperties")
    }
    answered = {
        tuple(each["loc"][1:])
        for each in Validation(known).problems_of(schema, body, "body")
        if each["type"] != "extra_forbidden"
    }
    assert told == answered != set()


def test_parts_are_put_together_and_the_whole_has_the_last_word():
    merged = flat(KNOWN, SCHEMAS["Named"])
    assert list(merged["properties"]) == ["kind", "digits", "note", "name"]
    assert merged["properties"]["digits"]["maxLength"] == 4
    assert merged["required"] == ["kind", "digits", "name"]


# -- formats -----------------------------------------------------------------------------------------------

FORMATS = {
    "uuid": (
        ["11111111-1111-4111-8111-111111111111", "1" * 32, "{11111111-1111-4111-8111-111111111111}"],
        ["1", "11111111-1111-4111-8111-11111111111", "g" * 32, ""],
    ),
    "date": (["2024-02-29"], ["2023-02-29", "2024-2-9", "20240229", "today"]),
    "date-time": (
        ["2024-05-25T09:30:00Z", "2024-05-25 09:30", "2024-05-25t09:30:00+02:00"],
        ["2024-05-25", "2024-05-25T09", "2024-05-25T25:00:00", "09:30"],
    ),
    "email": (["a@b.example", "a.b+c@d.e.example"], ["a@b", "a b@c.example", "a@b..example", "@b.example"]),
    "uri": (
        ["https://example.com", "http://localhost:8000/a?b=c"],
        ["example.com", "ftp://example.com", "https://", "https://a b", "http://[::1", "mailto:a@b.example"],
    ),
    "hostname": (["a.example", "localhost"], ["-a.example", "a-.example", "a..example", "a" * 64, ""]),
    "ipvanyaddress": (["127.0.0.1", "::1"], ["127.0.0.256", "localhost"]),
    "color": (["#fff", "#12AB90", "RebeccaPurple", "rgb(1, 2, 3)"], ["#ff", "#12ab9", "reddish", ""]),
    "of another kind": (["anything"], []),
}


@pytest.mark.parametrize("name", FORMATS)
def test_formats(name):
    right, wrong = FORMATS[name]
    assert [text for text in right if not has_format(text, name)] == []
    assert [text for text in wrong if has_format(text, name)] == []


@pytest.mark.parametrize("name", [name for name in FORMATS if FORMATS[name][1]])
def test_check_and_simulator_read_formats_alike(name):
    schema = {"type": "object", "properties": {"x": {"type": "string", "format": name}}}
    for text in [text for texts in FORMATS[name] for text in texts]:
        refused = bool(errors_of(KNOWN, schema, {"x": text}))
        assert bool(Validation(KNOWN).problems_of(schema, {"x": text}, "body")) is refused
        assert refused is (text in FORMATS[name][1])
