"""Compare two API versions: their operations, parameters, bodies and answers.

    changes(load("2024-01-31"), load("2024-05-25"))

Schemas are compared by the values they allow at each path of the JSON, not by their component names. A choice
between several objects counts as one object with all their fields. Descriptions, defaults and declared errors
are ignored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic.catalogue.change import HARMS, Change, Kind, Where
from monite_magic.catalogue.schema_places import LIMITS, Place, PlaceReader
from monite_magic.core import LOCAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from monite_magic.catalogue.model import Catalogue, Operation, Parameter


def changes(before: Catalogue, after: Catalogue) -> list[Change]:
    """Return the differences between two API versions, most harmful first.

    Args:
        before: The version in use.
        after: The version to upgrade to.
    """
    olds = {_key(operation): operation for operation in before.operations}
    news = {_key(operation): operation for operation in after.operations}
    found = [
        *(Change(o.method, o.path, "operation", "", "gone") for key, o in olds.items() if key not in news),
        *(Change(o.method, o.path, "operation", "", "new") for key, o in news.items() if key not in olds),
    ]
    left, right = PlaceReader(before), PlaceReader(after)
    for key, old in olds.items():
        if key in news:
            found += [
                Change(old.method, old.path, *change)
                for change in _operation_changes(old, news[key], left, right)
            ]
    return sorted(
        found, key=lambda change: (HARMS.index(change.harm), change.path, change.method, change.field)
    )


def _key(operation: Operation) -> tuple[str, str]:
    """Return method and path without the names of path parameters."""
    segments = ("{}" if segment[:1] == "{" else segment for segment in operation.segments)
    return operation.method, "/".join(segments)


_Found = tuple[Where, str, Kind, Any, Any, str]


def _operation_changes(
    old: Operation, new: Operation, left: PlaceReader, right: PlaceReader
) -> Iterator[_Found]:
    if old.entity_header != new.entity_header:
        kind: Kind = "required" if new.entity_header == "required" else "optional"
        yield "header", LOCAL.entity_header.lower(), kind, old.entity_header, new.entity_header, ""
    for where in ("path", "query", "header"):
        yield from _parameter_changes(old, new, where, left, right)
    if old.success != new.success:
        yield "answer", "", "status", old.success, new.success, ""
    yield from _body_changes(old, new, left, right)
    one, other = old.answers.get(old.success), new.answers.get(new.success)
    if one and other and one.content_type != other.content_type:
        yield "answer", "", "type", one.content_type or "no content", other.content_type or "no content", ""
    if one and other and one.schema and other.schema:
        yield from _schema_changes("answer", left.places(one.schema), right.places(other.schema))


def _parameter_changes(
    old: Operation, new: Operation, where: Where, left: PlaceReader, right: PlaceReader
) -> Iterator[_Found]:
    olds, news = _named(old.parameters, where), _named(new.parameters, where)
    for name, one in olds.items():
        other = news.get(name)
        if other is None:
            yield where, name, "gone", None, None, ""
            continue
        if one.required != other.required:
            yield where, name, "required" if other.required else "optional", None, None, ""
        here = (left.places(one.schema), right.places(other.schema))
        for change in _schema_changes(where, *here):
            yield where, name + change[1], *change[2:]
    for name, other in news.items():
        if name not in olds:
            yield where, name, "new", None, "required" if other.required else None, ""


def _named(parameters: Iterable[Parameter], where: str) -> dict[str, Parameter]:
    if where == "path":  # their names don't matter
        return {
            f"{{{place}}}": each
            for place, each in enumerate(each for each in parameters if each.place == "path")
        }
    return {each.name: each for each in parameters if each.place == where}


def _body_changes(old: Operation, new: Operation, left: PlaceReader, right: PlaceReader) -> Iterator[_Found]:
    one, other = old.body, new.body
    if one is None or other is None:
        if one is not None:
            yield "body", "", "gone", None, None, ""
        if other is not None:
            yield "body", "", "new", None, "required" if other.required else None, ""
        return
    if one.content_type != other.content_type:
        yield "body", "", "type", one.content_type, other.content_type, ""
    if one.required != other.required:
        yield "body", "", "required" if other.required else "optional", None, None, ""
    yield from _schema_changes("body", left.places(one.schema), right.places(other.schema))


def _schema_changes(where: Where, olds: Mapping[str, Place], news: Mapping[str, Place]) -> Iterator[_Found]:
    for path, old in olds.items():
        new = news.get(path)
        if new is not None:
            yield from (
                (where, path.removeprefix("."), *change) for change in _place_changes(where, old, new)
            )
        elif (around := news.get(_above(path))) is not None:  # otherwise, its object was removed
            refused = where == "body" and around.closed
            yield where, path.removeprefix("."), "gone", None, "refused" if refused else None, ""
    for path, new in news.items():
        if path not in olds and _above(path) in olds:
            needed = "required" if new.needed == "always" else None
            yield where, path.removeprefix("."), "new", None, needed, ""


def _above(path: str) -> str:
    if path.endswith("[]"):
        return path[:-2]
    return path.rpartition(".")[0]


def _place_changes(where: Where, old: Place, new: Place) -> Iterator[tuple[Kind, Any, Any, str]]:
    if old.needed != new.needed:
        more = ("never", "sometimes", "always")
        is_more = more.index(new.needed) > more.index(old.needed)
        yield "required" if is_more else "optional", old.needed, new.needed, ""
    if old.kinds != new.kinds:
        yield "type", tuple(sorted(old.kinds)), tuple(sorted(new.kinds)), ""
    if old.values != new.values:
        yield "values", _sorted(old.values), _sorted(new.values), ""
    for keyword in LIMITS:
        one, other = old.limits.get(keyword), new.limits.get(keyword)
        if one != other:
            yield "limit", _sorted(one), _sorted(other), keyword
    if old.closed != new.closed and where == "body":
        yield "closed" if new.closed else "open", None, None, ""


def _sorted(values: frozenset[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(sorted(values))
