"""What stands in a draft of a body for what only a person can know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monite_magic.catalogue.fields import variants

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monite_magic.catalogue.model import Catalogue, Schema

_DEEPEST: Final = 6


class Gap(NamedTuple):
    """Stands in a draft for a value that a person has to give.

    Attributes:
        name: The field's name.
        text: Whether it is a text.
    """

    name: str
    text: bool


class Draft(NamedTuple):
    """A corrected body.

    Attributes:
        body: The body, with gaps.
        changes: What was changed, each in a few words: `currency to EUR`.
        gaps: The paths of the fields that are to be filled in, with the value that can't stay.
    """

    body: Any
    changes: tuple[str, ...]
    gaps: tuple[str, ...]


def gap(catalogue: Catalogue, schemas: Iterable[Schema], name: str, depth: int = 0) -> Any:
    """Return what stands for a field that is missing: a gap, or an object with gaps in what it must have.

    Args:
        catalogue: Where references lead.
        schemas: What the field may be.
        name: Its name.
        depth: How deep it lies below the first.
    """
    plain = [each for schema in schemas for each in variants(catalogue, schema) if each.get("type") != "null"]
    first = plain[0] if plain else {}
    if len(plain) == 1 and "const" in first:
        return first["const"]
    if "properties" in first and depth < _DEEPEST:
        required = first.get("required", ())
        return {key: gap(catalogue, [first["properties"][key]], key, depth + 1) for key in required}
    if first.get("type") == "array" and depth < _DEEPEST:
        return [gap(catalogue, [first.get("items", {})], name.removesuffix("s"), depth + 1)]
    return Gap(name, first.get("type") == "string")
