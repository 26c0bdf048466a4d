"""Check a text value, in a path or a query, against its schema."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from monite_magic.catalogue.fields import variants
from monite_magic.catalogue.formats import NAMES, has_format
from monite_magic.catalogue.nearest import nearest_words
from monite_magic.catalogue.wording import listed, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monite_magic.catalogue.model import Catalogue, Schema

# What pydantic, and so the API, accepts as true and false in a query.
_BOOLEANS = frozenset({"true", "false", "1", "0", "on", "off", "t", "f", "y", "n", "yes", "no"})
_NUMBERS = {
    "integer": re.compile(r"[+-]?\d+(?:\.0+)?"),
    "number": re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"),
}


#: The countries of the European Union by the first letters of their VAT IDs (VIES). Only Greece's differ.
EU_VAT_COUNTRIES = {"EL": "GR"} | {
    code: code
    for code in (
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "HR", "HU", "IE", "IT", "LT", "LU",
        "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    )
}  # fmt: skip
_EU = frozenset(code.lower() for pair in EU_VAT_COUNTRIES.items() for code in pair)
# All EU countries share one type of VAT number.
_EU_VAT = "eu_vat"


class Problem(NamedTuple):
    """A problem of a value: the violated rule, and a text that follows the value in a sentence."""

    rule: str
    text: str


def problem_with(catalogue: Catalogue, schema: Schema, text: str) -> Problem | None:
    """Return the problem of a text as a value of a schema, or None."""
    problems = []
    for plain in variants(catalogue, schema):
        if plain.get("type") == "array":
            problem = problem_with(catalogue, plain.get("items", {}), text)
        elif plain.get("type") == "null":
            continue
        else:
            problem = _problem(plain, text)
        if problem is None:
            return None
        problems.append(problem)
    return problems[0] if problems else None


def _problem(schema: Schema, text: str) -> Problem | None:
    if "enum" in schema and text not in map(shown, schema["enum"]):
        return Problem("choice", f"is not one of {listed(schema['enum'])}{nearest_of(text, schema['enum'])}")
    kind = schema.get("type")
    if kind == "boolean":
        return None if text.lower() in _BOOLEANS else Problem("type", "must be true or false")
    if kind in _NUMBERS:
        if not _NUMBERS[kind].fullmatch(text):
            return Problem("type", "is not a whole number" if kind == "integer" else "is not a number")
        return range_problem(schema, float(text))
    if kind == "string":
        return string_problem(schema, text)
    return None


def string_problem(schema: Schema, text: str) -> Problem | None:
    """Return the problem of a text in a string schema: its length, format or pattern."""
    if len(text) < schema.get("minLength", 0):
        least = schema["minLength"]
        return Problem(
            "length", "is empty" if not text else f"has {len(text)} characters, but needs at least {least}"
        )
    if len(text) > schema.get("maxLength", len(text)):
        return Problem("length", f"has {len(text)} characters, but at most {schema['maxLength']} are allowed")
    name = schema.get("format", "")
    if not has_format(text, name):
        if name == "date-time" and has_format(text, "date"):
            return Problem("format", f"is a date, not a time: write {text}T00:00:00Z")
        return Problem("format", f"is not {NAMES[name]}")
    if "pattern" in schema and not re.search(schema["pattern"], text):
        return Problem("pattern", f"does not match {schema['pattern']}")
    return None


def range_problem(schema: Schema, value: float) -> Problem | None:
    """Return the problem of a number outside a schema's limits."""
    if value < schema.get("minimum", value):
        return Problem("range", f"is below the minimum of {shown(schema['minimum'])}")
    if value > schema.get("maximum", value):
        return Problem("range", f"is above the maximum of {shown(schema['maximum'])}")
    if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
        return Problem("range", f"must be greater than {shown(schema['exclusiveMinimum'])}")
    return None


def nearest_of(text: object, values: list[object]) -> str:
    """Return `; the closest: …`, or an empty text."""
    near = near_values(text, values)
    if near == [_EU_VAT]:
        return f"; all EU countries, such as {str(text)[:2].upper()}, use {_EU_VAT}"
    return f"; the closest: {', '.join(near)}" if near else ""


def near_values(text: object, values: Iterable[object]) -> list[str]:
    """Return the values similar to `text`, best first."""
    words = [shown(value) for value in values]
    country, _, kind = str(text).lower().partition("_")
    if _EU_VAT in words and kind == "vat" and country in _EU:
        return [_EU_VAT]
    return nearest_words(str(text), words)
