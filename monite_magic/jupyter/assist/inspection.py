"""Inspection (Shift-Tab): the page for the text under the cursor, in a magic's line or body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monite_magic.catalogue import CatalogueError
from monite_magic.jupyter.assist.cell_place import BodyPlace, LinePlace, locate
from monite_magic.jupyter.assist.completion import called
from monite_magic.jupyter.assist.json_place import place_at
from monite_magic.jupyter.assist.lines import WITH_PATHS
from monite_magic.jupyter.assist.pages import field_page, operation_page, search_page

if TYPE_CHECKING:
    from monite_magic.display.parts import Card
    from monite_magic.jupyter.assist.json_place import JsonPlace
    from monite_magic.jupyter.assist.situation import Situation


def inspect(situation: Situation, cell: str, cursor: int) -> Card | None:
    """Return the page for the text under the cursor, or None outside our magics.

    Args:
        situation: The context.
        cell: The whole cell.
        cursor: Number of characters before the cursor.
    """
    before = cell[:cursor]
    line, column = before.count("\n"), len(before) - before.rfind("\n") - 1
    place = locate(cell, line, column)
    if place is not None:
        words = place.words if isinstance(place, BodyPlace) else tuple(place.line.split())
        situation = situation.for_version_in(words)
    if isinstance(place, BodyPlace):
        return _in_body(situation, place)
    return _in_line(situation, place) if place else None


def _in_line(situation: Situation, place: LinePlace) -> Card | None:
    if place.magic not in WITH_PATHS:
        return None
    words = tuple(place.line.split())
    match = called(situation, words)
    if match is not None:
        name = _query_name(place)
        if any(parameter.name == name for parameter in match.operation.query_parameters):
            return field_page(situation.catalogue, match.operation, name)
        return operation_page(situation.catalogue, match.operation)
    path = next((word for word in words if word.startswith("/")), None)
    if path is None:
        return None
    operations = situation.catalogue.at(path)
    return (
        operation_page(situation.catalogue, operations[0])
        if len(operations) == 1
        else search_page(situation.catalogue, operations[0].path if operations else path)
    )


def _query_name(place: LinePlace) -> str:
    """Return the query parameter under the cursor, in a path or after `-q`, or an empty text."""
    start = 0
    if place.word.startswith("/"):
        start = max(place.fragment.rfind("?"), place.fragment.rfind("&")) + 1
        if not start:
            return ""
    return place.word[start:].strip("'\"").partition("&")[0].partition("=")[0]


def _place_around(text: str, cursor: int) -> JsonPlace:
    """Return the key or value at the cursor, or else the place of the cursor."""
    touched = [cursor + 1, cursor] if cursor < len(text) else [cursor]
    if text[cursor - 1 : cursor] == '"':
        touched.append(cursor - 1)
    places = [place_at(text, each) for each in touched]
    return next((at for at in places if at.word and at.role != "none"), places[0])


def _in_body(situation: Situation, place: BodyPlace) -> Card | None:
    match = called(situation, place.words)
    if match is None:
        return None
    operation = match.operation
    at = _place_around(place.text, place.cursor)
    steps = [step for step in at.path if isinstance(step, str)]
    if at.role == "key" and at.word:
        steps.append(at.word)
    try:
        return field_page(situation.catalogue, operation, ".".join(steps))
    except CatalogueError:
        return operation_page(situation.catalogue, operation)
