r"""`{{ placeholders }}` filled: in paths, queries, headers, options and JSON bodies.

Each value is written so that it can't break out of its place: as one segment in a path, encoded in a query,
on one line in a header, as JSON in a body. Braces that are meant as they stand are written `\{{`; twice the
backslash is a backslash before a placeholder.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import quote

from monite_magic.cell.json_text import Outline, outline, read_json
from monite_magic.cell.placeholders import Position, lookup, position_of, read_placeholder, template_error
from monite_magic.cell.values import Unwritable, to_json, to_text
from monite_magic.core import RequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Place = Literal["path", "query", "header", "option"]

_OPENING: Final = re.compile(r"(\\*)\{\{")


def fill_text(text: str, names: Mapping[str, Any], *, place: Place, line: int = 1, column: int = 1) -> str:
    """Fill the placeholders in a piece of the magic's line.

    Args:
        text: The piece, with placeholders.
        names: The notebook's variables.
        place: What the text is. `path`: each value becomes one percent-encoded segment, or a part of one;
            `query`: each is percent-encoded; `header`: none may hold a line break; `option`: as it is.
        line: 1-based line in the cell at which the text stands, for errors.
        column: 1-based column of its first character.

    Raises:
        TemplateError: A placeholder can't be read, a name is missing, or a value can't stand there.
    """
    if "{{" not in text:
        return text
    pieces: list[str] = []
    done = 0
    while opening := _OPENING.search(text, done):
        backslashes = opening.group(1)
        pieces.append(text[done : opening.start()] + backslashes[: len(backslashes) // 2])
        if len(backslashes) % 2:
            pieces.append("{{")
            done = opening.end()
        else:
            start = opening.end() - 2
            where = Position(line, column + start)
            reference, done = read_placeholder(text, start, where)
            pieces.append(_write(reference, names, place, where))
    pieces.append(text[done:])
    return "".join(pieces)


def _write(reference: str, names: Mapping[str, Any], place: Place, where: Position) -> str:
    return write_value(lookup(reference, names, where), reference, place=place, where=where)


def write_value(value: Any, reference: str, *, place: Place, where: Position) -> str:
    """Return a value as it is written in a place.

    Args:
        value: One value.
        reference: What the value is called in errors.
        place: Where it is written.
        where: The place in the cell, for errors.

    Raises:
        TemplateError: It can't be written there.
    """
    try:
        return _WRITERS[place](to_text(value, reveal=place == "header"))
    except Unwritable as problem:
        raise template_error(f"{{{{ {reference} }}}} {problem}.", problem.hint, where) from None


def _encode_segment(text: str) -> str:
    if not text:
        raise Unwritable("is empty, which would change the path")
    return _percent_encode(text)


def _percent_encode(text: str) -> str:
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise Unwritable("holds half a character (a lone surrogate)") from None


def _refuse_line_breaks(text: str) -> str:
    if any((character < " " and character != "\t") or character == "\x7f" for character in text):
        raise Unwritable("holds a line break or another control character, which a header can't")
    return text


def _refuse_half_characters(text: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise Unwritable("holds half a character (a lone surrogate)")
    return text


_WRITERS: Final[dict[Place, Callable[[str], str]]] = {
    "path": _encode_segment,
    "query": _percent_encode,
    "header": _refuse_line_breaks,
    "option": _refuse_half_characters,
}


@dataclass(frozen=True)
class FilledBody:
    """A JSON body, ready to be sent.

    Attributes:
        text: The JSON text with all placeholders filled.
        data: The same as Python.
        source: The text as it stands in the cell.
        first_line: The number of the source's first line in the cell.
    """

    text: str = field(repr=False)
    data: Any = field(repr=False)
    source: str = field(repr=False)
    first_line: int = 2

    @property
    def content(self) -> bytes:
        """The JSON text in UTF-8; half a character becomes a JSON escape."""
        return self.text.encode("utf-8", "backslashreplace")

    @cached_property
    def _outline(self) -> Outline:
        return outline(self.source, first_line=self.first_line)

    def position(self, path: tuple[str | int, ...], *, of_key: bool = False) -> Position:
        """Return where in the cell the value at `path` stands, or the nearest thing around it.

        Args:
            path: Keys and indexes from the root, for instance `("line_items", 0, "price")`.
            of_key: Give the place of the key in front of the value instead.
        """
        return self._outline.position(path, of_key=of_key)


def fill_json(text: str, names: Mapping[str, Any], *, first_line: int = 2) -> FilledBody:
    """Fill the placeholders in a JSON text and check that it is a JSON object.

    Args:
        text: The body of a cell.
        names: The notebook's variables.
        first_line: The number of the text's first line in the cell, for errors.

    Raises:
        TemplateError: A placeholder can't be filled.
        RequestError: The text is not a JSON object; the message says what is wrong and where.
    """
    filled = _fill_placeholders(text, names, first_line) if "{{" in text else text
    data = read_json(filled, source=text, first_line=first_line)
    if not isinstance(data, dict):
        line, column = position_of(text, len(text) - len(text.lstrip()), first_line)
        raise RequestError(
            "The body is not a JSON object.", hint="It stands between { and }.", line=line, column=column
        )
    return FilledBody(filled, data, text, first_line)


def _fill_placeholders(text: str, names: Mapping[str, Any], first_line: int) -> str:
    """Write each placeholder's value as JSON; the outline makes sure first that the text around is JSON."""
    pieces: list[str] = []
    done = 0
    for spot in outline(text, first_line=first_line).spots:
        pieces.append(text[done : spot.start])
        done = spot.end
        if spot.reference is None:
            pieces.append("{{")
            continue
        where = position_of(text, spot.start, first_line)
        value = lookup(spot.reference, names, where)
        try:
            pieces.append(_inside_string(value) if spot.in_string else to_json(value))
        except Unwritable as problem:
            raise template_error(f"{{{{ {spot.reference} }}}} {problem}.", problem.hint, where) from None
    pieces.append(text[done:])
    return "".join(pieces)


def _inside_string(value: Any) -> str:
    return json.dumps(to_text(value, reveal=True), ensure_ascii=False)[1:-1]
