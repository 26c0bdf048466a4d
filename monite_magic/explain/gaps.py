"""Placeholders in a drafted body for values that you have to fill in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monite_magic.catalogue.fields import variants

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monite_magic.catalogue.model import Catalogue, Schema

_MAX_DEPTH: Final = 6


class Gap(NamedTuple):
    """A value that you have to fill in.

    Attributes:
        name: The field's name.
        text: Whether the value is a string.
    """

    name: str
    text: bool


class Draft(NamedTuple):
    """A corrected body.

    Attributes:
        body: The body, with gaps.
        changes: A short description of each change: `currency to EUR`.
        gaps: The paths of the fields to fill in, with their invalid values.
    """

    body: Any
    changes: tuple[str, ...]
    gaps: tuple[str, ...]


def gap(catalogue: Catalogue, schemas: Iterable[Schema], name: str, depth: int = 0) -> Any:
    """Return a draft for a missing field: a gap, or an object whose required fields are gaps.

    Args:
        catalogue: Resolves references.
        schemas: The schemas of the field.
        name: Its name.
        depth: The current nesting depth.
    """
    plain = [each for schema in schemas for each in variants(catalogue, schema) if each.get("type") != "null"]
    first = plain[0] if plain else {}
    if len(plain) == 1 and "const" in first:
        return first["const"]
    if "properties" in first and depth < _MAX_DEPTH:
        required = first.get("required", ())
        return {key: gap(catalogue, [first["properties"][key]], key, depth + 1) for key in required}
    if first.get("type") == "array" and depth < _MAX_DEPTH:
        return [gap(catalogue, [first.get("items", {})], name.removesuffix("s"), depth + 1)]
    return Gap(name, first.get("type") == "string")
