"""Completion at the cursor, in a magic's line or body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monite_magic.cell import METHODS
from monite_magic.jupyter.assist.bodies import complete_body
from monite_magic.jupyter.assist.cell_place import BodyPlace, locate
from monite_magic.jupyter.assist.choices import Choices
from monite_magic.jupyter.assist.lines import complete_line

if TYPE_CHECKING:
    from monite_magic.catalogue import Match
    from monite_magic.jupyter.assist.situation import Situation


def complete(situation: Situation, cell: str, line: int, column: int) -> Choices | None:
    """Return the choices at a place in a cell, or None outside our magics.

    Args:
        situation: The context.
        cell: The whole cell.
        line: The cursor's line, counted from 0.
        column: Number of characters before the cursor in that line.
    """
    place = locate(cell, line, column)
    if place is None:
        return None
    situation = situation.for_version_in(place.words)
    if not isinstance(place, BodyPlace):
        return complete_line(situation, place)
    match = called(situation, place.words)
    if match is None:
        return Choices([], "")
    return complete_body(situation, match.operation, place.text, place.cursor)


def called(situation: Situation, words: tuple[str, ...]) -> Match | None:
    """Return the operation that a line's words call, or None."""
    method = next((word.upper() for word in words if word.upper() in METHODS), None)
    path = next((word for word in words if word.startswith("/")), None)
    return situation.catalogue.find(method, path) if method and path else None
