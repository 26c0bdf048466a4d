"""Describe a schema in a few words: `text, at most 255 characters`, `whole number, minor units`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from monite_magic.catalogue.fields import allowed_values, variants
from monite_magic.catalogue.units import KEYWORD, WORDS
from monite_magic.core.words import plural

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monite_magic.catalogue.fields import Field
    from monite_magic.catalogue.model import Catalogue, Schema

_KINDS = {
    "object": "object",
    "array": "list",
    "string": "text",
    "boolean": "true or false",
    "integer": "whole number",
    "number": "number",
    "null": "null",
}
_FORMATS = {
    "uuid": "UUID",
    "date": "date, YYYY-MM-DD",
    "date-time": "time, ISO 8601",
    "email": "e-mail address",
    "uri": "URL",
    "color": "colour",
    "binary": "file",
    "hostname": "host name",
    "ipvanyaddress": "IP address",
}
MANY_VALUES = 8
"""The maximum number of listed values to show."""


def describe(catalogue: Catalogue, schema: Schema) -> str:
    """Describe a value: kind, format, limits, unit, default."""
    kinds = [plain for plain in variants(catalogue, schema) if plain.get("type") != "null"]
    nullable = len(kinds) < len(variants(catalogue, schema))
    if kinds and all("enum" in plain or "const" in plain for plain in kinds):
        words = [_choice(allowed_values(catalogue, schema))]
    else:
        words = list(dict.fromkeys(_plain(catalogue, plain) for plain in kinds))
    text = " or ".join(words) if words else "null"
    if nullable and words:
        text += ", or null"
    default = schema.get("default")
    if default is not None and default != [] and default != {}:
        text += f", default {shown(default)}"
    return text


def about(catalogue: Catalogue, field: Field) -> str:
    """Describe a field, starting with `required` if it is."""
    text = describe(catalogue, field.schema)
    return f"required, {text}" if field.required else text


def kind(catalogue: Catalogue, schema: Schema) -> str:
    """Return the kind of a value without limits: `text`, `list of objects`, `UUID`."""
    plain = next((each for each in variants(catalogue, schema) if each.get("type") != "null"), {})
    if "enum" in plain or "const" in plain:
        return "choice"
    if plain.get("type") == "array" and "items" in plain:
        return f"list of {plural(kind(catalogue, plain['items']))}"
    return _FORMATS.get(plain.get("format", ""), _KINDS.get(plain.get("type", ""), "any value")).partition(
        ","
    )[0]


def listed(values: Iterable[Any], most: int = MANY_VALUES) -> str:
    """List the first values, and the number of the others."""
    values = list(values)
    text = ", ".join(shown(value) for value in values[:most])
    return f"{text} and {len(values) - most} more" if len(values) > most else text


def shown(value: Any) -> str:
    """Format a value for people: text without quotes, otherwise JSON."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _plain(catalogue: Catalogue, schema: Schema) -> str:
    if "enum" in schema or "const" in schema:
        return _choice(allowed_values(catalogue, schema))
    if schema.get("type") == "array":
        return _with_limits(
            f"list of {plural(kind(catalogue, schema.get('items', {})))}", _size(schema, "Items", " items")
        )
    text = _FORMATS.get(schema.get("format", ""), _KINDS.get(schema.get("type", ""), "any value"))
    if schema.get("type") == "string":
        return _with_limits(text, _size(schema, "Length", " characters"), _pattern(schema))
    unit = schema.get(KEYWORD)
    return _with_limits(text, _range(schema), WORDS[unit] if unit else "")


def _choice(values: list[Any]) -> str:
    return f"always {shown(values[0])}" if len(values) == 1 else f"one of {listed(values)}"


def _with_limits(text: str, *limits: str) -> str:
    return ", ".join([text, *filter(None, limits)])


def _size(schema: Schema, what: str, unit: str = "") -> str:
    return _span(schema.get(f"min{what}"), schema.get(f"max{what}"), unit)


def _range(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None and (above := schema.get("exclusiveMinimum")) is not None:
        return f"above {shown(above)}" + (f", at most {shown(high)}" if high is not None else "")
    if high is not None and high >= 2**53 - 1:  # the largest exact integer in JSON: not a real limit
        high = None
    return _span(low, high)


def _span(low: float | None, high: float | None, unit: str = "") -> str:
    unit = unit.removesuffix("s") if (low if high is None else high) == 1 else unit
    if low is not None and high is not None:
        return f"exactly {shown(low)}{unit}" if low == high else f"{shown(low)} to {shown(high)}{unit}"
    if low is not None:
        return f"at least {shown(low)}{unit}"
    return f"at most {shown(high)}{unit}" if high is not None else ""


def _pattern(schema: Schema) -> str:
    return f"matching {schema['pattern']}" if "pattern" in schema else ""
