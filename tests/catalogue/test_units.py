"""What each integer of the API counts: our table against the descriptions in the vendor's documents."""

from __future__ import annotations

import re

import pytest
import vendor

from monite_magic import catalogue
from monite_magic.catalogue.shapes import UNKNOWN, rows_shape, shape_from
from monite_magic.catalogue.units import KEYWORD, unit_of
from monite_magic.display.fields import kind_of_integer
from monite_magic.tables.frames.columns import Type, columns_of

# Integers whose descriptions don't say what they count, read one by one beside what the API does with them.
MONEY_BY_REVIEW = {
    "amount", "application_fee_amount", "current_balance", "discounted_subtotal", "old_price",
    "overpaid_amount", "price", "price_diff", "subtotal", "sum_total_amount", "tax_amount", "total",
    "total_amount", "total_excl_vat", "total_incl_vat", "unit_price", "Price.value", "Price2.value",
}  # fmt: skip
RATES_BY_REVIEW = {"tax", "SuggestedPaymentTerm.discount"}
NEITHER = {
    "count", "credit_note", "current_iteration", "days_after", "days_before", "delay_in_seconds",
    "delivery_note", "end_month", "end_year", "expires_in", "file_size", "height", "interval", "invoice",
    "iteration", "limit", "line_item_number", "max_occurrences", "metric_value", "min_digits",
    "minor_units", "number", "number_of_days", "offset", "page_num", "page_size", "percent_ownership",
    "precision", "priority", "purchase_order", "quantity", "quote", "repayment_duration_days",
    "requests_made_count", "required_approval_count", "response_status_code", "script", "script_snapshot",
    "size", "start_month", "start_year", "status_code", "total_logs", "total_pages", "trigger",
    "valid_for_days", "width", "OnboardingIntField.value", "loc",
}  # fmt: skip


def integers_of(schema):
    """Whether a value of the schema can be an integer."""
    kinds = schema.get("type", [])
    parts = [part for word in ("anyOf", "oneOf", "allOf") for part in schema.get(word, [])]
    return "integer" in ([kinds] if isinstance(kinds, str) else kinds) or any(map(integers_of, parts))


def described_integers(document):
    """Each integer field of a component: the component, the field, its description."""

    def fields(component, node):
        if isinstance(node, list):
            for item in node:
                yield from fields(component, item)
        elif isinstance(node, dict):
            for name, field in (node.get("properties") or {}).items():
                if isinstance(field, dict) and integers_of(field):
                    yield component, name, field.get("description", "")
            for key, value in node.items():
                if key not in ("example", "examples", "default"):
                    yield from fields(component, value)

    for component, schema in document["components"]["schemas"].items():
        yield from fields(component, schema)


def read(component, name, description):
    """What a person would take the integer for."""
    text = re.sub(r"\]\(\S+\)", "]", description.lower()).replace("[", "").replace("]", "")
    if "type field equals amount" in text:
        return "by type"
    has_minor_units = any(words in text for words in ("minor units", "minor currency units", "cents"))
    speaks_of_percent = "monetary amount" not in text and re.search(r"percent|\d\s*%|tax rate", text)
    if speaks_of_percent and (has_minor_units or "means" in text):
        return "rate"
    if has_minor_units or "smallest currency unit" in text:
        return "money"
    base = name.partition("__")[0]
    for names, unit in ((NEITHER, None), (MONEY_BY_REVIEW, "money"), (RATES_BY_REVIEW, "rate")):
        if f"{component}.{name}" in names or base in names:
            return unit
    pytest.fail(f"{component}.{name} is not reviewed: {description!r}")


def kept_units(known, component):
    """The unit that the catalogue keeps for each number in a component, by field."""
    found = {}

    def visit(node):
        if isinstance(node, list):
            for item in node:
                visit(item)
        elif isinstance(node, dict):
            for name, field in (node.get("properties") or {}).items():
                if isinstance(field, dict) and integers_of(field):
                    found.setdefault(name, set()).add(field.get(KEYWORD))
            for value in node.values():
                visit(value)

    visit(known.schemas[component])
    return found


def test_every_integer_counts_what_its_description_says():
    documents = vendor.read_all()
    if not documents:
        pytest.skip(vendor.MISSING)
    assert set(documents) == set(catalogue.versions())
    wrong, checked = [], 0
    for version, document in documents.items():
        known = catalogue.from_openapi(document)
        for component, name, description in described_integers(document):
            if component in known.schemas:
                checked += 1
                wanted = read(component, name, description)
                if kept_units(known, component)[name] != {wanted}:
                    wrong.append((version, component, name, description, wanted))
    assert wrong == []
    assert checked > 500


@pytest.mark.parametrize(
    ("method", "path", "field", "unit"),
    [
        ("GET", "/payables", "amount__gte", "money"),
        ("GET", "/products", "price__lt", "money"),
        ("GET", "/payables", "limit", None),
    ],
)
def test_query_parameters_have_units_too(method, path, field, unit):
    parameters = catalogue.load().find(method, path).operation.parameters
    schema = next(parameter.schema for parameter in parameters if parameter.name == field)
    assert unit_of(schema, {}) == unit


@pytest.mark.parametrize(("kind", "unit"), [("amount", "money"), ("percentage", "rate"), (None, None)])
def test_a_discount_is_money_or_a_rate_by_its_type(kind, unit):
    schema = catalogue.load().schemas["Discount2"]["properties"]["amount"]
    assert unit_of(schema, {"type": kind, "amount": 250}) == unit


def lists():
    for version in catalogue.versions():
        known = catalogue.load(version)
        for operation in known.operations:
            answer = operation.answers.get(operation.success)
            if operation.method == "GET" and answer and answer.schema:
                shape = rows_shape(shape_from(known, answer.schema))
                if shape is not UNKNOWN and shape.properties:
                    yield pytest.param(shape, id=f"{version} {operation.path}")


def integer_fields(shape, row, path="", level=0):
    """The integers in a row: the path, the name, the object around, what is known."""
    for name in shape.properties:
        field = shape.field(name)
        if field.types - {"null"} == {"integer"}:
            yield f"{path}{name}", name, row, field
        elif field.properties and level < 4:
            yield from integer_fields(field, row.setdefault(name, {}), f"{path}{name}.", level + 1)


@pytest.mark.parametrize("kind", ["amount", "percentage"])
@pytest.mark.parametrize("shape", list(lists()))
def test_tables_take_for_money_what_cards_take_for_money(shape, kind):
    row = {}
    found = list(integer_fields(shape, row))
    for _, name, around, _ in found:
        around.update({name: 12_345, "type": kind, "currency": "KWD"})
    columns = {column.name: column for column in columns_of([row], shape).columns}
    for path, name, around, field in found:
        column = columns[path]
        is_amount = column.type is Type.MONEY and column.currencies == ["KWD"]
        assert is_amount == (kind_of_integer(name, around, field) == "money"), path
        has_percent = columns.get(f"{path}_percent")
        rate = kind_of_integer(name, around, field) == "rate"
        assert rate == bool(has_percent and has_percent.values == [123.45]), path


def test_a_table_holds_discounts_of_both_types(answer_frame):
    rows = [
        {"currency": "EUR", "discount": {"type": "amount", "amount": 250}},
        {"currency": "EUR", "discount": {"type": "percentage", "amount": 250}},
        {"currency": "JPY", "discount": {"type": "amount", "amount": 250}},
    ]
    assert answer_frame("/receivables", rows)["discount.amount"].tolist() == [2.5, 250.0, 250.0]


@pytest.fixture
def answer_frame():
    pytest.importorskip("pandas")
    from monite_magic.tables.frames.backends import to_pandas

    known = catalogue.load()

    def make(path, rows):
        schema = known.find("GET", path).operation.answers[200].schema
        return to_pandas(columns_of(rows, rows_shape(shape_from(known, schema))))

    return make


# What a field that the catalogue does not know counts, by its name and the object around it.
GUESSED = [
    ("discount", {"currency": "EUR"}, "money"),
    ("discount", {"number_of_days": 10}, "rate"),
    ("value", {"currency": "EUR"}, "money"),
    ("value", {"country": "DE"}, "rate"),
    ("value", {"currency": "EUR", "country": "DE"}, "money"),
    ("value", {"label": "x"}, None),
    ("amount", {"type": "amount", "currency": "EUR"}, "money"),
    ("amount", {"type": "percentage", "currency": "EUR"}, "rate"),
    ("amount", {"type": "invoice", "currency": "EUR"}, "money"),
    ("amount", {"type": 5, "currency": "EUR"}, "money"),
    ("total_amount", {"currency": "EUR"}, "money"),
    ("shipping_amount", {"currency": "EUR"}, "money"),
    ("shipping_price", {"currency": "EUR"}, "money"),
    ("vat_rate", {"currency": "EUR"}, "rate"),
    ("shipping_days", {"currency": "EUR"}, None),
]


@pytest.mark.parametrize(("name", "around", "unit"), GUESSED)
def test_cards_and_tables_guess_what_an_unknown_field_counts(name, around, unit):
    row = {name: 12_345, **around}
    assert kind_of_integer(name, row) == (unit or "plain")
    columns = {column.name: column for column in columns_of([row], UNKNOWN).columns}
    assert (columns[name].type is Type.MONEY) == (unit == "money" or around.get("type") == "percentage")
    percent = columns.get(f"{name}_percent")
    assert (percent is not None and percent.values == [123.45]) == (unit == "rate")


@pytest.mark.parametrize(
    ("schema", "unit"),
    [
        ({"type": "integer", "description": "In minor units."}, "money"),
        ({"type": ["integer", "null"], "description": "In [minor units](https://x)."}, "money"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}], "description": "in cents"}, "money"),
        ({"type": "number", "description": "In minor units."}, None),
        ({"type": "number", "description": "In percent minor units."}, "rate"),
        ({"type": "string", "description": "In minor units."}, None),
        ({"type": "integer", "description": "Without minor units, but in cents."}, None),
        ({"type": "integer", "description": "1050 means 10.5%"}, "rate"),
        ({"type": "integer"}, None),
    ],
)
def test_a_description_says_what_a_number_counts(schema, unit):
    document = {
        "openapi": "3.1.0",
        "info": {"version": "2031-01-01"},
        "components": {"schemas": {"Thing": {"type": "object", "properties": {"sum__gte": schema}}}},
        "paths": {
            "/things": {
                "post": {
                    "requestBody": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
                    },
                    "responses": {"200": {"description": ""}},
                }
            }
        },
    }
    known = catalogue.from_openapi(document)
    assert known.schemas["Thing"]["properties"]["sum__gte"].get(KEYWORD) == unit
