"""Completion in a JSON body: possible fields at a place, and possible values of a field."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from monite_magic.catalogue.fields import allowed_values, descend, fields, variants
from monite_magic.catalogue.text_values import string_problem
from monite_magic.catalogue.wording import about, describe, shown
from monite_magic.jupyter.assist.choices import Choice, Choices, matching
from monite_magic.jupyter.assist.json_place import place_at
from monite_magic.jupyter.assist.placeholders import complete_placeholder, open_placeholder
from monite_magic.jupyter.assist.situation import data_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monite_magic.catalogue import Operation, Schema
    from monite_magic.jupyter.assist.json_place import JsonPlace
    from monite_magic.jupyter.assist.situation import Situation

_MAX_CHOICES = 20
_PYTHON: dict[str, tuple[type, ...]] = {
    "string": (str, date),
    "integer": (int,),
    "number": (int, float, Decimal),
    "boolean": (bool,),
    "array": (list, tuple),
    "object": (dict,),
}


def complete_body(situation: Situation, operation: Operation, text: str, cursor: int) -> Choices:
    """Return the choices at a place in the body of an operation.

    Args:
        situation: The context.
        operation: The operation of the call.
        text: The body, possibly incomplete.
        cursor: Number of characters before the cursor.
    """
    place = place_at(text, cursor)
    reference = open_placeholder(place.fragment)
    if reference is not None:
        return complete_placeholder(situation, reference)
    if operation.body is None or place.role == "none":
        return Choices([], place.fragment)
    if place.role == "key":
        return _keys(situation, operation.body.schema, place)
    return _values(situation, operation.body.schema, place)


def _keys(situation: Situation, schema: Schema, place: JsonPlace) -> Choices:
    known = fields(descend(situation.catalogue, schema, place.path, place.data))
    present = _at(place.data, place)
    end = "" if place.closed else '"' if place.followed else '": '
    found = [
        Choice(f'"{name}{end}', about(situation.catalogue, field))
        for name, field in known.items()
        if name not in present
    ]
    return Choices(matching(found, place.fragment.lstrip('"')), place.fragment)


def _values(situation: Situation, schema: Schema, place: JsonPlace) -> Choices:
    catalogue = situation.catalogue
    name = next((step for step in reversed(place.path) if isinstance(step, str)), "")
    below = _schema_of_value(situation, schema, place)
    if below is None:
        return Choices([], place.fragment)
    if not place.path:
        return Choices([Choice("{", "the body")] if not place.fragment else [], place.fragment)
    quoted = place.fragment.startswith('"')
    found = [
        Choice(_written(value, place), name)
        for value in allowed_values(catalogue, below)
        if isinstance(value, str) or not quoted
    ]
    kinds = variants(catalogue, below)
    found += [Choice(_written(text, place), label) for text, label in _texts(situation, name, kinds)]
    if not quoted:
        found += [Choice("null", "nothing") for kind in kinds if kind.get("type") == "null"]
        if any(kind.get("type") == "object" or "properties" in kind for kind in kinds):
            found.append(Choice("{", describe(catalogue, below)))
        if any(kind.get("type") == "array" for kind in kinds):
            found.append(Choice("[", describe(catalogue, below)))
    found += [
        Choice(_placeholder(reference, place), label) for reference, label in _held(situation, name, kinds)
    ]
    return Choices(matching(found, place.fragment.lstrip('"')), place.fragment)


def _schema_of_value(situation: Situation, schema: Schema, place: JsonPlace) -> Schema | None:
    """Return the schema of the value under the cursor, ignoring its incomplete text."""
    if not place.path:
        return schema
    around = descend(situation.catalogue, schema, place.path[:-1], place.data)
    step = place.path[-1]
    if isinstance(step, str):
        field = fields(around).get(step)
        return field.schema if field else None
    items = [plain["items"] for plain in around if isinstance(plain.get("items"), dict)]
    return {"anyOf": items} if items else None


def _texts(situation: Situation, name: str, kinds: list[Schema]) -> Iterator[tuple[str, str]]:
    """Return possible texts: known IDs, and today's date."""
    formats = {kind.get("format") for kind in kinds}
    if "uuid" in formats:
        for seen in situation.seen.ids(name)[:_MAX_CHOICES]:
            yield seen.id, seen.label or name
    if "date" in formats:
        yield f"{datetime.now(UTC):%Y-%m-%d}", "today"
    if "date-time" in formats:
        yield f"{datetime.now(UTC):%Y-%m-%dT00:00:00Z}", "today, UTC"


def _held(situation: Situation, name: str, kinds: list[Schema]) -> Iterator[tuple[str, str]]:
    """Return references to variables with such a value."""
    if any(kind.get("format") == "uuid" for kind in kinds):
        yield from ((text.strip("{} "), label) for text, label in situation.references(name))
        return
    listed = [value for kind in kinds for value in (*kind.get("enum", ()), kind.get("const")) if value]
    wanted = tuple(python for kind in kinds for python in _PYTHON.get(kind.get("type", ""), ()))
    found = [
        (variable, f"{type(value).__name__} variable")
        for variable, value in situation.variables()
        if isinstance(data_of(value), wanted)
        and (bool in wanted or not isinstance(value, bool))
        and (not listed or value in listed)
        and (not isinstance(value, str) or any(string_problem(kind, value) is None for kind in kinds))
    ]
    yield from found[::-1][:_MAX_CHOICES]


def _written(value: Any, place: JsonPlace) -> str:
    """Return a value as JSON, without the closing quote if the body already has it."""
    if not isinstance(value, str):
        return shown(value)
    return f'"{value}' if place.closed else f'"{value}"'


def _placeholder(reference: str, place: JsonPlace) -> str:
    text = f"{{{{ {reference} }}}}"
    return _written(text, place) if place.fragment.startswith('"') else text


def _at(data: Any, place: JsonPlace) -> dict[str, Any]:
    """Return the object around the cursor, as far as it is typed."""
    for step in place.path:
        if isinstance(data, dict):
            data = data.get(str(step))
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return {}
    return data if isinstance(data, dict) else {}
