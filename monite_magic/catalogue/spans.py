"""What the other packaged API versions know: since which one, or until which one, something is there.

Additive changes ship inside a version, so what only another version documents may work in this one too. It is
said, and it is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic import catalogue
from monite_magic.catalogue.fields import allowed_values, field_schemas, fields, variants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from monite_magic.catalogue.model import Catalogue, Operation


def span_of_operation(known: Catalogue, method: str, path: str) -> str:
    """Return since or until which version there is an operation that `known` doesn't have; else nothing.

    Args:
        known: A catalogue, in which a word of the path, such as `analytics`, may look like an ID.
        method: In any case.
        path: A concrete path, or a template.
    """
    here = known.find(method, path)
    if here is not None and not here.has_word:
        return ""

    def has(other: Catalogue) -> bool:
        there = other.find(method, path)
        return there is not None and there.is_closer_than(here)

    return _span(known, has)


def span_of_query(known: Catalogue, operation: Operation, name: str) -> str:
    """Return since or until which version an operation takes a query parameter; else nothing."""

    def has(other: Catalogue) -> bool:
        match = other.find(operation.method, operation.path)
        return match is not None and any(each.name == name for each in match.operation.query_parameters)

    return _span(known, has)


def span_of_field(known: Catalogue, operation: Operation, path: Iterable[str]) -> str:
    """Return since or until which version an operation's body has a field; else nothing.

    Args:
        known: A catalogue whose operation doesn't have it.
        operation: The operation.
        path: Names from the body's root; an index behind a name is ignored.
    """
    *above, name = path

    def has(other: Catalogue) -> bool:
        match = other.find(operation.method, operation.path)
        if match is None or match.operation.body is None:
            return False
        return name in fields(field_schemas(other, match.operation.body.schema, above))

    return _span(known, has)


def span_of_value(known: Catalogue, operation: Operation, place: str, value: Any) -> str:
    """Return since or until which version a value is listed for a field of the body, or a query parameter.

    Args:
        known: A catalogue that doesn't list it there.
        operation: The operation.
        place: The field's path in the body, or the parameter's name.
        value: The value.
    """

    def lists(other: Catalogue) -> bool:
        match = other.find(operation.method, operation.path)
        if match is None:
            return False
        found = match.operation
        schemas = [each.schema for each in found.query_parameters if each.name == place]
        if not schemas and found.body is not None:
            schemas = field_schemas(other, found.body.schema, place.split("."))
        plain = [each for schema in schemas for each in variants(other, schema)]
        items = [each["items"] for each in plain if isinstance(each.get("items"), dict)]
        return any(value in allowed_values(other, schema) for schema in [*plain, *items])

    return _span(known, lists)


def span_words(version: str, having: Iterable[str]) -> str:
    """Return `since 2024-05-25` or `until 2023-09-01`, as seen from a version that isn't among `having`."""
    newer = [each for each in having if each > version]
    older = [each for each in having if each < version]
    words = [f"until {max(older)}"] if older else []
    return " and again ".join([*words, *([f"since {min(newer)}"] if newer else [])])


def _span(known: Catalogue, has: Callable[[Catalogue], bool]) -> str:
    if not catalogue.is_packaged(known):
        return ""
    others = [each for each in catalogue.versions() if each != known.version]
    return span_words(known.version, [each for each in others if has(catalogue.load(each))])
