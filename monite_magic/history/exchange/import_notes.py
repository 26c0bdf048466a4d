"""The notes of an import: each is told once, with the lines or requests that it is about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable


def with_place(note: str, place: str = "") -> tuple[str, str]:
    """Split a note into its place, a line or that of its request, and its text."""
    if place and note.startswith(f"{place}: "):
        return place, note[len(place) + 2 :]
    match = re.fullmatch(r"(Line \d+): (.*)", note, re.DOTALL)
    return (match[1], match[2]) if match else ("", note)


def each_once(placed: Iterable[tuple[str, str]]) -> list[str]:
    """Return each note once with all its places, by lines.

    Args:
        placed: Places and texts, as `with_place` gives them.
    """
    places: dict[str, dict[str, None]] = {}
    for place, text in placed:
        places.setdefault(text, {})[place] = None
    notes = [f"{_listed(found)}: {text}" if any(found) else text for text, found in places.items()]
    return sorted(notes, key=_line_of)


#: How many places of a note are listed: numbers, or names of requests.
_MAX_NUMBERS: Final = 12
_MAX_NAMES: Final = 3


def _listed(places: Iterable[str]) -> str:
    """Return the places of one note: `Line 3`, `Entries 1, 2, 5`, `18 requests (List; Get; …)`."""
    given = [place for place in places if place]
    if len(given) == 1:
        return given[0]
    for kind, noun in (("Line", "Lines"), ("Entry", "Entries")):
        numbers = [number[1] for place in given if (number := re.match(rf"{kind} (\d+)\b", place))]
        if len(numbers) == len(given) <= _MAX_NUMBERS:
            return f"{noun} {', '.join(numbers)}"
        if len(numbers) == len(given):
            return f"{len(given)} {noun.lower()} ({', '.join(numbers[:_MAX_NUMBERS])}, …)"
    more = "; …" if len(given) > _MAX_NAMES else ""
    return f"{len(given)} requests ({'; '.join(given[:_MAX_NAMES])}{more})"


def _line_of(note: str) -> float:
    """Return the line that a note is about; notes about no line come last."""
    match = re.match(r"(?:Lines? |\d+ lines \()(\d+)\b", note)
    return int(match[1]) if match else float("inf")
