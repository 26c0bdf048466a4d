r"""Fill `{{ placeholders }}` in paths, queries, headers, options and JSON bodies.

Each value is escaped for its place: one segment in a path, percent-encoded in a query, one line in a header,
JSON in a body. `\{{` is a literal `{{`, and two backslashes are a backslash before a placeholder.
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


def fill_text(text: str, names: Mapping[str, Any], *, place: Place, column: int = 1) -> str:
    """Fill the placeholders in part of the magic's line.

    Args:
        text: The text with placeholders.
        names: The notebook's variables.
        place: Where the text belongs. `path`: a value becomes one percent-encoded segment, or a part of one.
            `query`: it is percent-encoded. `header`: it must be one line. `option`: it is used as it is.
        column: 1-based column of its first character in the cell, for errors.

    Raises:
        TemplateError: A placeholder is malformed, a name is missing, or a value doesn't fit the place.
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
            where = Position(1, column + start)
            reference, done = read_placeholder(text, start, where)
            pieces.append(_write(reference, names, place, where))
    pieces.append(text[done:])
    return "".join(pieces)


def _write(reference: str, names: Mapping[str, Any], place: Place, where: Position) -> str:
    return write_value(lookup(reference, names, where), reference, place=place, where=where)


def write_value(value: Any, reference: str, *, place: Place, where: Position) -> str:
    """Return a value as text, escaped for its place.

    Args:
        value: One value.
        reference: The name of the value in errors.
        place: Where the text belongs; see `fill_text`.
        where: The position in the cell, for errors.

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
        raise Unwritable("contains a lone surrogate (half a character)") from None


def _refuse_line_breaks(text: str) -> str:
    if any((character < " " and character != "\t") or character == "\x7f" for character in text):
        raise Unwritable("contains a line break or another control character, which a header can't have")
    return text


def _refuse_half_characters(text: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise Unwritable("contains a lone surrogate (half a character)")
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
        data: The parsed JSON.
        source: The text in the cell, with placeholders.
        first_line: The number of the source's first line in the cell.
    """

    text: str = field(repr=False)
    data: Any = field(repr=False)
    source: str = field(repr=False)
    first_line: int = 2

    @property
    def content(self) -> bytes:
        """The JSON text in UTF-8; lone surrogates become JSON escapes."""
        return self.text.encode("utf-8", "backslashreplace")

    @cached_property
    def _outline(self) -> Outline:
        return outline(self.source, first_line=self.first_line)

    def position(self, path: tuple[str | int, ...], *, of_key: bool = False) -> Position:
        """Return the position in the cell of the value at `path`, or of its nearest parent.

        Args:
            path: Keys and indexes from the root, for instance `("line_items", 0, "price")`.
            of_key: Return the position of its key instead.
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
        RequestError: The text is not a JSON object; the message has the problem and its position.
    """
    filled = _fill_placeholders(text, names, first_line) if "{{" in text else text
    data = read_json(filled, source=text, first_line=first_line)
    if not isinstance(data, dict):
        line, column = position_of(text, len(text) - len(text.lstrip()), first_line)
        raise RequestError(
            "The body is not a JSON object.", hint="Wrap it in { and }.", line=line, column=column
        )
    return FilledBody(filled, data, text, first_line)


def _fill_placeholders(text: str, names: Mapping[str, Any], first_line: int) -> str:
    """Replace each placeholder with its value as JSON, after `outline` has checked the text around it."""
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
