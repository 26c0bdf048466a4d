"""Completion in the line of a magic: words, options, and their values."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from monite_magic.catalogue.fields import allowed_values, descend, field_schemas, fields, is_file
from monite_magic.catalogue.skeleton import choices as kinds_of_body
from monite_magic.catalogue.wording import about, shown
from monite_magic.cell import MAGICS, METHODS
from monite_magic.core import LOCAL
from monite_magic.jupyter.assist.choices import Choice, Choices, matching
from monite_magic.jupyter.assist.paths import complete_path, complete_query
from monite_magic.jupyter.assist.phrases import purpose, resource
from monite_magic.jupyter.assist.placeholders import complete_placeholder, open_placeholder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from monite_magic.catalogue import Operation
    from monite_magic.cell import MagicSpec, Option
    from monite_magic.jupyter.assist.cell_place import LinePlace
    from monite_magic.jupyter.assist.situation import Situation

_METHOD_WORDS = {
    "GET": "read", "POST": "create or act", "PATCH": "change", "PUT": "replace", "DELETE": "delete",
}  # fmt: skip
#: The magics whose line takes a method and a path.
WITH_PATHS = frozenset({"monite", "monite_help", "monite_new", "monite_push"})
_STATUSES = ("2xx", "4xx", "200", "201", "204", "400", "401", "403", "404", "409", "422")
_VERSION_HEADER = LOCAL.version_header
_PROFILE_VARIABLE = re.compile(r"MONITE_(\w+)_CLIENT_ID")


def complete_line(situation: Situation, place: LinePlace) -> Choices | None:
    """Return the choices at a place in a magic's line, or None for an unknown magic.

    Args:
        situation: The context.
        place: The place of the cursor.
    """
    spec = MAGICS.get(place.magic)
    if spec is None:
        return None
    reference = open_placeholder(place.fragment)
    if reference is not None:
        return complete_placeholder(situation, reference)
    reading = _Reading(spec, place.words)
    if reading.pending is not None:
        return _complete_value(situation, reading, reading.pending, place.fragment)
    flag, equals, value = place.fragment.partition("=")
    if flag.startswith("--") and equals and flag in spec.by_flag:
        return _complete_value(situation, reading, spec.by_flag[flag], value)
    if place.fragment.startswith("-"):
        return Choices(matching(_flags(reading), place.fragment), place.fragment)
    return _complete_word(situation, reading, place)


class _Reading:
    """The parsed words before the cursor."""

    def __init__(self, spec: MagicSpec, words: Iterable[str]) -> None:
        self.spec = spec
        self.positional: list[str] = []
        self.values: dict[str, list[str]] = {}
        self.pending: Option | None = None
        for word in words:
            self.take(word)

    def take(self, word: str) -> None:
        flag, equals, value = word.partition("=")
        option = self.spec.by_flag.get(flag)
        if self.pending is not None:
            self.values[self.pending.name].append(word.strip("'\""))
            self.pending = None
        elif option is not None:
            self.values.setdefault(option.name, []).extend([value] if equals else [])
            self.pending = option if option.metavar and not equals else None
        else:
            self.positional.append(word)

    @property
    def method(self) -> str | None:
        return next((word.upper() for word in self.positional if word.upper() in METHODS), None)

    def operation(self, situation: Situation) -> Operation | None:
        path = next((word for word in self.positional if word.startswith("/")), None)
        match = situation.catalogue.find(self.method or "GET", path) if path else None
        return match.operation if match else None


def _flags(reading: _Reading) -> list[Choice]:
    """Return the remaining options, each by its long flag."""
    excluded = {
        other
        for pair in reading.spec.conflicts
        for given, other in (pair, pair[::-1])
        if given in reading.values
    }
    return [
        Choice(option.flags[-1], option.help)
        for option in reading.spec.options
        if (option.repeatable or option.name not in reading.values) and option.name not in excluded
    ] + [
        Choice(flag, option.help)
        for option in reading.spec.options
        for flag in option.flags[:-1]
        if option.repeatable or option.name not in reading.values
    ]


def _complete_word(situation: Situation, reading: _Reading, place: LinePlace) -> Choices:
    """Complete a positional word: a method, a path, or one of the magic's words."""
    spec, fragment = reading.spec, place.fragment
    names = [word.name for word in spec.words]
    index = min(len(reading.positional), len(names) - 1)
    if not names or (len(reading.positional) >= len(names) and not spec.words[-1].many):
        return Choices(matching(_flags(reading), fragment), fragment)
    word = spec.words[index]
    if word.name == "source":
        return _sources(situation, reading, fragment)
    if word.name == "file" and spec.name == "monite_new":  # only with --sheet
        return Choices(matching(_flags(reading), fragment), fragment)
    takes_path = spec.name in WITH_PATHS
    if takes_path and (fragment.startswith("/") or names[index] == "path" or reading.method):
        return complete_path(situation, reading.method, fragment)
    found = [Choice(each, word.help) for each in word.choices]
    if takes_path:
        found = [Choice(method, _METHOD_WORDS[method]) for method in word.choices or METHODS]
    if spec.name == "monite_help":
        found += [Choice(name, "resource") for name in _resources(situation)]
    if spec.name == "monite_catalogue" and reading.positional:
        return _compared(situation, reading.positional, fragment)
    if spec.name == "monite_history" and reading.positional:
        found = _calls(situation) if reading.positional[0] in {"show", "replay", "diff"} else []
    if spec.name == "monite_pull":
        found = [
            Choice(name, what)
            for name, what in _collections(situation).items()
            if name not in reading.positional
        ]
    return Choices(matching(found, fragment), fragment)


def _compared(situation: Situation, words: list[str], fragment: str) -> Choices:
    """Complete the two versions to compare, then a path."""
    from monite_magic import catalogue

    if words[0] != "diff":
        return Choices([], fragment)
    if len(words) > 2:
        return complete_path(situation, None, fragment)
    found = [Choice(each, "API version") for each in catalogue.versions() if each not in words]
    return Choices(matching(found, fragment), fragment)


def _calls(situation: Situation) -> list[Choice]:
    """Return the numbers of the session's calls, last first, with labels."""
    found = [
        Choice(str(call.number), f"{call.request.method} {call.request.path} {call.status or 'no answer'}")
        for call in situation.history
    ]
    return found[::-1]


def _collections(situation: Situation) -> dict[str, str]:
    """Return the top-level lists with pages, with labels."""
    return {
        operation.path.lstrip("/"): purpose(operation)
        for operation in situation.catalogue.operations
        if operation.method == "GET"
        and "{" not in operation.path
        and any(parameter.name == "pagination_token" for parameter in operation.query_parameters)
    }


def _resources(situation: Situation) -> list[str]:
    return sorted({resource(operation) for operation in situation.catalogue.operations})


# -- values of options ----------------------------------------------------------------------------------


def _complete_value(situation: Situation, reading: _Reading, option: Option, fragment: str) -> Choices:
    typed = fragment.lstrip("'\"")
    if option.choices:
        return Choices(matching([Choice(each, option.help) for each in option.choices], typed), typed)
    complete = _VALUES.get(option.name)
    return complete(situation, reading, typed) if complete else Choices([], typed)


def _query(situation: Situation, reading: _Reading, typed: str) -> Choices:
    operation = reading.operation(situation)
    if operation is None:
        return Choices([], typed)
    given = [pair.partition("=")[0] for pair in reading.values.get("query", [])]
    return complete_query(situation, operation, typed, given)


def _entities(situation: Situation, reading: _Reading, typed: str) -> Choices:
    del reading
    return _ids(situation, "entity_id", typed)


def _entity_users(situation: Situation, reading: _Reading, typed: str) -> Choices:
    del reading
    return _ids(situation, "entity_user_id", typed)


def _ids(situation: Situation, name: str, typed: str) -> Choices:
    found = [Choice(seen.id, seen.label or name) for seen in situation.seen.ids(name)]
    found += [Choice(reference, label) for reference, label in situation.references(name)]
    return Choices(matching(found, typed), typed)


def _profiles(situation: Situation, reading: _Reading, typed: str) -> Choices:
    """Return the profiles with variables in the environment and the nearest .env."""
    del situation, reading
    from pathlib import Path

    from monite_magic.api import find_dotenv, read_dotenv
    from monite_magic.core import MoniteError

    names = set(os.environ)
    try:
        dotenv = find_dotenv(Path.cwd())
        names |= set(read_dotenv(dotenv)) if dotenv else set()
    except (MoniteError, OSError):
        pass  # completion ignores problems of a file; the login reports them
    found = sorted(match.group(1).lower() for name in names if (match := _PROFILE_VARIABLE.fullmatch(name)))
    return Choices(matching([Choice(each, "profile") for each in found], typed), typed)


def _statuses(situation: Situation, reading: _Reading, typed: str) -> Choices:
    operation = reading.operation(situation)
    declared = [str(status) for status in operation.answers] if operation else []
    found = [Choice(each, "status") for each in dict.fromkeys([*declared, *_STATUSES])]
    return Choices(matching(found, typed), typed)


def _body_variables(situation: Situation, reading: _Reading, typed: str) -> Choices:
    del reading
    found = [
        Choice(name, type(value).__name__)
        for name, value in situation.variables()
        if isinstance(value, (dict, list, str))
    ]
    return Choices(matching(found[::-1], typed), typed)


def _sources(situation: Situation, reading: _Reading, typed: str) -> Choices:
    """Return the sources for a push: tables of the notebook, and files next to it."""
    del reading
    tables = [
        Choice(name, type(value).__name__)
        for name, value in situation.variables()
        if hasattr(value, "columns") or hasattr(value, "items")
    ]
    folder = Path.cwd()
    files = [
        Choice(file.name, "file")
        for file in sorted(folder.iterdir())
        if file.suffix.lower() in {".xlsx", ".csv", ".parquet"} and " " not in file.name
    ]
    return Choices(matching([*tables[::-1], *files], typed), typed)


def _form_fields(situation: Situation, reading: _Reading, typed: str, *, files: bool) -> Choices:
    operation = reading.operation(situation)
    if operation is None or operation.body is None:
        return Choices([], typed)
    known = fields(descend(situation.catalogue, operation.body.schema, ()))
    name, mark, value = typed.partition("=")
    if mark:
        listed = allowed_values(situation.catalogue, known[name].schema) if name in known else []
        return Choices(matching([Choice(shown(each), name) for each in listed], value), value)
    found = [
        Choice(f"{field.name}=", about(situation.catalogue, field))
        for field in known.values()
        if files == is_file(situation.catalogue, field.schema)
    ]
    return Choices(matching(found, name), name)


def _body_kinds(situation: Situation, reading: _Reading, typed: str) -> Choices:
    operation = reading.operation(situation)
    found = kinds_of_body(situation.catalogue, operation) if operation else []
    return Choices(matching([Choice(each, "kind of body") for each in found], typed), typed)


def _field_paths(situation: Situation, reading: _Reading, typed: str) -> Choices:
    """Complete fields of the body, one level at a time: `organization.` shows its fields."""
    operation = reading.operation(situation)
    if operation is None or operation.body is None:
        return Choices([], typed)
    head, dot, last = typed.rpartition(".")
    schemas = field_schemas(situation.catalogue, operation.body.schema, head.split(".") if dot else [])
    found = [Choice(name, about(situation.catalogue, field)) for name, field in fields(schemas).items()]
    return Choices(matching(found, last), last)


def _targets(situation: Situation, reading: _Reading, typed: str) -> Choices:
    """Return the targets of a pull. A file can have any name."""
    del situation, reading
    from monite_magic.tables.frames import BACKENDS

    found = [Choice(backend, "DataFrames") for backend in BACKENDS]
    found += [Choice("monite.parquet", "a Parquet dataset"), Choice("monite.duckdb", "a DuckDB file")]
    return Choices(matching(found, typed), typed)


def _versions(situation: Situation, reading: _Reading, typed: str) -> Choices:
    """Return the API versions with a catalogue, newest first."""
    del situation, reading
    from monite_magic import catalogue

    found = [Choice(version, "API version") for version in catalogue.versions()[::-1]]
    return Choices(matching(found, typed), typed)


def _headers(situation: Situation, reading: _Reading, typed: str) -> Choices:
    """Complete the one useful header of a single call: another API version."""
    name, colon, value = typed.partition(":")
    if colon and name.strip().lower() == _VERSION_HEADER.lower():
        return _versions(situation, reading, value.lstrip())
    if colon:
        return Choices([], typed)
    offered = _versions(situation, reading, "").choices
    found = [Choice(f"{_VERSION_HEADER}:{choice.text}", choice.what) for choice in offered]
    return Choices(matching(found, typed), typed)


_VALUES: dict[str, Callable[[Situation, _Reading, str], Choices]] = {
    "query": _query,
    "entity": _entities,
    "entity_user": _entity_users,
    "profile": _profiles,
    "expect": _statuses,
    "body": _body_variables,
    "file": lambda situation, reading, typed: _form_fields(situation, reading, typed, files=True),
    "field": lambda situation, reading, typed: (
        _field_paths(situation, reading, typed)
        if reading.spec.name == "monite_help"
        else _form_fields(situation, reading, typed, files=False)
    ),
    "type": _body_kinds,
    "api_version": _versions,
    "header": _headers,
    "to": _targets,
    "lines": _sources,
}
