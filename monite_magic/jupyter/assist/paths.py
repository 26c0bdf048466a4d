"""Completion of a path and its query."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from monite_magic.catalogue.fields import allowed_values
from monite_magic.catalogue.wording import describe, shown
from monite_magic.core.api_path import is_placeholder, split_path
from monite_magic.jupyter.assist.choices import Choice, Choices, matching
from monite_magic.jupyter.assist.phrases import purpose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monite_magic.catalogue import Operation, Parameter
    from monite_magic.jupyter.assist.situation import Situation

_MAX_IDS = 15


def complete_path(situation: Situation, method: str | None, fragment: str) -> Choices:
    """Return the choices for an incomplete path, or for its query.

    Args:
        situation: The context.
        method: Only paths with this method; None for all.
        fragment: The word up to the cursor.
    """
    path, mark, query = fragment.partition("?")
    if mark:
        match = situation.catalogue.find(method or "GET", path)
        last = query.rpartition("&")[2]
        given = [pair.partition("=")[0] for pair in query.split("&")[:-1]]
        return complete_query(situation, match.operation, last, given) if match else Choices([], last)
    operations = [o for o in situation.catalogue.operations if method in (None, o.method)]
    if fragment.startswith("/"):
        typed = split_path(fragment)
        last = "" if fragment.endswith("/") or not typed else typed[-1]
        before = typed if not last else typed[:-1]
        fitting = [o for o in operations if _goes_on(o.segments, before, last)]
        found = [choice for o in fitting for choice in _ids(situation, o, before, last)]
        found += [choice for o in fitting for choice in _continued(situation, o, before, last)]
        if found:
            return Choices(_unique(found), fragment)
    wanted = fragment.strip("/").lower()
    found = [
        Choice(_filled(situation, operation, operation.segments), purpose(operation))
        for operation in operations
        if wanted in operation.path.lower() or wanted in operation.tag.lower()
    ]
    return Choices(_unique(found), fragment)


def complete_query(situation: Situation, operation: Operation, fragment: str, given: list[str]) -> Choices:
    """Return the choices for an incomplete `name=value` of a query.

    Args:
        situation: The context.
        operation: The operation of the call.
        fragment: The pair up to the cursor.
        given: The names that the query already has.
    """
    name, mark, value = fragment.partition("=")
    if mark:
        parameter = next((p for p in operation.query_parameters if p.name == name), None)
        found = _unique(list(_values(situation, parameter))) if parameter else []
        return Choices(matching(found, value), value)
    choices = [
        Choice(f"{parameter.name}=", _about(situation, parameter))
        for parameter in sorted(operation.query_parameters, key=lambda p: not p.required)
        if parameter.name not in given or _is_list(situation, parameter)
    ]
    return Choices(matching(choices, name), name)


def _goes_on(segments: tuple[str, ...], before: tuple[str, ...], last: str) -> bool:
    """Whether a path starts with the segments `before`, and its next one can start with `last`."""
    at = len(before)
    if len(segments) <= at or not (segments[at].startswith(last) or is_placeholder(segments[at])):
        return False
    return all(map(_fits, before, segments))


def _continued(
    situation: Situation, operation: Operation, before: tuple[str, ...], last: str
) -> Iterator[Choice]:
    """Return the continuations of an operation's path."""
    segments, at = operation.segments, len(before)
    rest = _filled(situation, operation, (*before, *segments[at:]))
    if not is_placeholder(segments[at]) or not last or rest.startswith("/" + "/".join((*before, last))):
        yield Choice(rest, purpose(operation))


def _ids(situation: Situation, operation: Operation, before: tuple[str, ...], last: str) -> Iterator[Choice]:
    """For a parameter at the end of the path, return the known IDs and the variables with one."""
    segments = operation.segments
    if len(segments) > len(before) + 1 or not is_placeholder(segments[-1]):
        return
    name = segments[-1][1:-1]
    start = "/" + "".join(f"{segment}/" for segment in before)
    for id_, label in situation.seen.ids(name)[:_MAX_IDS]:
        if id_.startswith(last):
            yield Choice(start + id_, label or name)
    for reference, label in situation.references(name):
        if reference.startswith(last):
            yield Choice(start + reference, label)


def _fits(typed: str, segment: str) -> bool:
    return typed == segment or (is_placeholder(segment) and bool(typed))


def _filled(situation: Situation, operation: Operation, segments: tuple[str, ...]) -> str:
    """Return the path with the newest ID for each open parameter."""
    own = operation.segments
    written = [
        (situation.seen.newest(segment[1:-1]) or segment)
        if segment == own[index] and is_placeholder(segment)
        else segment
        for index, segment in enumerate(segments)
    ]
    return "/" + "/".join(written)


def _values(situation: Situation, parameter: Parameter) -> Iterator[Choice]:
    what = describe(situation.catalogue, parameter.schema)
    schema = situation.catalogue.resolve(parameter.schema)
    items = schema.get("items", schema) if schema.get("type") == "array" else schema
    for value in allowed_values(situation.catalogue, items):
        yield Choice(shown(value), parameter.name)
    if "UUID" in what:
        name = parameter.name.partition("__")[0]
        for id_, label in situation.seen.ids(name)[:_MAX_IDS]:
            yield Choice(id_, label or name)
        for reference, label in situation.references(name):
            yield Choice(reference, label)
    elif what.startswith("date"):
        yield Choice(f"{datetime.now(UTC):%Y-%m-%d}", "today")
    elif what.startswith("time"):
        yield Choice(f"{datetime.now(UTC):%Y-%m-%dT00:00:00Z}", "today, UTC")
    elif "default" in schema:
        yield Choice(shown(schema["default"]), "default")


def _about(situation: Situation, parameter: Parameter) -> str:
    text = describe(situation.catalogue, parameter.schema)
    marks = [
        mark
        for mark, holds in (("required", parameter.required), ("deprecated", parameter.deprecated))
        if holds
    ]
    return ", ".join([*marks, text])


def _is_list(situation: Situation, parameter: Parameter) -> bool:
    return situation.catalogue.resolve(parameter.schema).get("type") == "array"


def _unique(choices: list[Choice]) -> list[Choice]:
    """Keep the first choice for each text."""
    found: dict[str, Choice] = {}
    for choice in choices:
        found.setdefault(choice.text, choice)
    return list(found.values())
