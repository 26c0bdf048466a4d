"""Find which other API versions have something, as `since 2024-05-25` or `until 2023-09-01`.

Monite makes additive changes within a version, so this version may support what only another one documents.
We mention that, and send the call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic import catalogue
from monite_magic.catalogue.fields import allowed_values, field_schemas, fields, variants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from monite_magic.catalogue.model import Catalogue, Operation


def span_of_operation(known: Catalogue, method: str, path: str) -> str:
    """Return the versions that have an operation that is not in `known`, or an empty text.

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
    """Return the versions in which an operation has a query parameter, or an empty text."""

    def has(other: Catalogue) -> bool:
        match = other.find(operation.method, operation.path)
        return match is not None and any(each.name == name for each in match.operation.query_parameters)

    return _span(known, has)


def span_of_field(known: Catalogue, operation: Operation, path: Iterable[str]) -> str:
    """Return the versions in which an operation's body has a field, or an empty text.

    Args:
        known: A catalogue in which the operation doesn't have it.
        operation: The operation.
        path: Names from the body's root. An index after a name is ignored.
    """
    *above, name = path

    def has(other: Catalogue) -> bool:
        match = other.find(operation.method, operation.path)
        if match is None or match.operation.body is None:
            return False
        return name in fields(field_schemas(other, match.operation.body.schema, above))

    return _span(known, has)


def span_of_value(known: Catalogue, operation: Operation, place: str, value: Any) -> str:
    """Return the versions that list a value for a field of the body or a query parameter.

    Args:
        known: A catalogue that doesn't list it.
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
    """Return `since 2024-05-25` or `until 2023-09-01`, relative to a version that is not in `having`."""
    newer = [each for each in having if each > version]
    older = [each for each in having if each < version]
    words = [f"until {max(older)}"] if older else []
    return " and again ".join([*words, *([f"since {min(newer)}"] if newer else [])])


def _span(known: Catalogue, has: Callable[[Catalogue], bool]) -> str:
    if not catalogue.is_packaged(known):
        return ""
    others = [each for each in catalogue.versions() if each != known.version]
    return span_words(known.version, [each for each in others if has(catalogue.load(each))])
