"""The values that a schema allows, at each path of the JSON.

A choice between several objects counts as one object with all their fields.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

from monite_magic.catalogue.fields import variants
from monite_magic.catalogue.model import REF_PREFIX
from monite_magic.catalogue.wording import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.catalogue.model import Catalogue, Schema

#: The keywords that limit a value, in words.
LIMITS: Final = {
    "minimum": "minimum",
    "exclusiveMinimum": "exclusive minimum",
    "maximum": "maximum",
    "exclusiveMaximum": "exclusive maximum",
    "multipleOf": "step",
    "minLength": "minimum length",
    "maxLength": "maximum length",
    "pattern": "pattern",
    "minItems": "minimum number of items",
    "maxItems": "maximum number of items",
    "uniqueItems": "unique items",
}


class Place(NamedTuple):
    """The values that schemas allow at one path of the JSON.

    Attributes:
        kinds: Types with their formats: `string`, `string (uuid)`, `null`.
        values: The listed values, or None if all are allowed.
        limits: The values of each keyword.
        needed: `always`, `sometimes` (in some variants of its object) or `never`.
        closed: For an object, whether unlisted fields are refused.
    """

    kinds: frozenset[str]
    values: frozenset[str] | None
    limits: Mapping[str, frozenset[str]]
    needed: str
    closed: bool


class PlaceReader:
    """Reads the schemas of a catalogue as places. Each component is read only once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._known: dict[str, dict[str, Place]] = {}

    def places(self, schema: Schema) -> dict[str, Place]:
        """Return the places of a schema by path. Its own path is the empty text."""
        return self._read([schema], "always", ())

    def _read(self, schemas: list[Schema], needed: str, above: tuple[str, ...]) -> dict[str, Place]:
        key = json.dumps(schemas, sort_keys=True)
        if key in above:  # it contains itself
            return {}
        known = self._known.get(key)
        if known is None:
            known = self._unfolded(schemas, (*above, key))
            if not above or not self._repeats(schemas, above):
                self._known[key] = known
        return {**known, "": known[""]._replace(needed=needed)}

    def _repeats(self, schemas: list[Schema], above: tuple[str, ...]) -> bool:
        """Whether the schemas contain one of their ancestors, where reading stopped."""
        inner = self._catalogue.standalone({"anyOf": schemas}).get("$defs", {})
        return any(f'"{REF_PREFIX}{name}"' in key for key in above for name in inner)

    def _unfolded(self, schemas: list[Schema], above: tuple[str, ...]) -> dict[str, Place]:
        plain = [each for schema in schemas for each in variants(self._catalogue, schema)]
        found = {"": _place(plain)}
        objects = [each for each in plain if each.get("properties")]
        names = dict.fromkeys(name for each in objects for name in each["properties"])
        for name in names:
            inner = [each["properties"][name] for each in objects if name in each["properties"]]
            count = sum(name in each.get("required", ()) for each in objects)
            needed = "always" if count == len(objects) else "sometimes" if count else "never"
            found |= _under(name, self._read(_distinct(inner), needed, above))
        for mark, keyword in (("[]", "items"), (".*", "additionalProperties")):
            inner = [each[keyword] for each in plain if isinstance(each.get(keyword), dict)]
            if inner:
                found |= _under(mark, self._read(_distinct(inner), "never", above))
        return found


def _under(name: str, places: Mapping[str, Place]) -> dict[str, Place]:
    start = name if name[:1] in "[." else f".{name}"
    return {start + below: place for below, place in places.items()}


def _distinct(schemas: list[Schema]) -> list[Schema]:
    """Return the distinct schemas in a fixed order."""
    return [json.loads(text) for text in sorted({json.dumps(each, sort_keys=True) for each in schemas})]


def _place(plain: list[Schema]) -> Place:
    kinds, values, is_listed = set(), set(), True
    limits: dict[str, set[str]] = {}
    for schema in plain:
        kind = schema.get("type", "any value" if "enum" not in schema and "const" not in schema else "string")
        if schema.get("properties") is not None and "type" not in schema:
            kind = "object"
        kinds.add(f"{kind} ({schema['format']})" if "format" in schema else str(kind))
        if "const" in schema:
            values.add(shown(schema["const"]))
        elif "enum" in schema:
            values.update(shown(value) for value in schema["enum"] if value is not None)
        elif kind != "null":
            is_listed = False
        for keyword in LIMITS:
            if keyword in schema:
                limits.setdefault(keyword, set()).add(shown(schema[keyword]))
    objects = [schema for schema in plain if schema.get("properties")]
    return Place(
        frozenset(kinds),
        frozenset(values) if is_listed and values else None,
        {keyword: frozenset(found) for keyword, found in limits.items()},
        "never",
        bool(objects) and all(_is_closed(schema) for schema in objects),
    )


def _is_closed(schema: Schema) -> bool:
    return schema.get("additionalProperties") is False or schema.get("unevaluatedProperties") is False
