"""Finds the cursor in incomplete JSON.

The parser is tolerant: quotes, brackets, commas and colons can be missing, and `{{ placeholders }}` count
as values. It returns the readable parts as data, so that the fields before and after the cursor can narrow
a choice between objects.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from monite_magic.catalogue.fields import JsonPath

Role = Literal["key", "value", "none"]

_PIECE = re.compile(
    r"""
    \{\{.*?(?:\}\}|$)                                  # a placeholder, closed or not
    | "(?:\{\{[^\n]*?(?:\}\}|$)|[^"\\\n]|\\.)*"?             # text, closed or not
    | [{}\[\],:]
    | [^\s{}\[\],:"]+
    """,
    re.VERBOSE | re.MULTILINE,
)
# If this follows the cursor, the text under it continues to the next quote. Otherwise, the next quote opens
# another text.
_REST_OF_TEXT = re.compile(r'[\w.@/+-]*"?')


class JsonPlace(NamedTuple):
    """The place of the cursor.

    Attributes:
        role: `key`, `value`, or neither.
        path: The path of the object around a key, or of the value.
        fragment: The key or value up to the cursor, with its opening quote.
        word: The whole key or value, without quotes.
        closed: Whether its closing quote follows the cursor.
        followed: Whether a colon follows the key.
        data: The readable parts of the body, without the text under the cursor.
    """

    role: Role
    path: JsonPath
    fragment: str
    word: str
    closed: bool
    followed: bool
    data: Any


def place_at(text: str, cursor: int) -> JsonPlace:
    """Return the place of a cursor in a JSON text.

    Args:
        text: The body of a cell, possibly incomplete.
        cursor: Number of characters before the cursor.
    """
    return _Reader(text, cursor).read()


@dataclass
class _Frame:
    """An open object or list."""

    data: dict[str, Any] | list[Any]
    state: Literal["key", "colon", "value", "end"]
    key: str = ""
    step: str | int | None = None  # key or index of this frame in its parent

    @property
    def is_object(self) -> bool:
        return isinstance(self.data, dict)


@dataclass
class _Reader:
    """Reads a text token by token, and records the place of the cursor."""

    text: str
    cursor: int
    frames: list[_Frame] = field(default_factory=list)
    root: Any = None
    under_cursor: tuple[Any, str | int] | None = None

    def read(self) -> JsonPlace:
        place: JsonPlace | None = None
        at = 0
        while match := _PIECE.search(self.text, at):
            start, end = match.span()
            if place is None and self.cursor <= start:
                place = self.place(self.cursor, self.cursor)
            is_under = (
                place is None
                and start < self.cursor <= end
                and _is_open(match.group(), ends_here=self.cursor == end)
            )
            if is_under:
                end = self.end_of_piece(start, end)
                place = self.place(start, end)
            self.take(self.text[start:end], is_under=is_under)
            at = end
        place = place or self.place(self.cursor, self.cursor)
        if self.under_cursor is not None:
            data, key = self.under_cursor
            data.pop(key, None)
        return place._replace(data=self.root)

    def end_of_piece(self, start: int, end: int) -> int:
        """Return the end of the token under the cursor. An unclosed text ends at the cursor."""
        if self.text[start] != '"':
            return end
        rest = self.text[self.cursor : end]
        return end if _REST_OF_TEXT.fullmatch(rest) else self.cursor

    def place(self, start: int, end: int) -> JsonPlace:
        """Record the place of the cursor at the token from start to end."""
        piece = self.text[start:end]
        frame = self.frames[-1] if self.frames else None
        role: Role = "none"
        path = self.path()
        if frame is None:
            role = "value" if self.root is None else "none"
        elif not frame.is_object:
            role = "value" if frame.state == "value" or piece else "none"
            path = (*path, len(frame.data))
        elif frame.state == "value":
            role, path = "value", (*path, frame.key)
        elif frame.state == "key" or piece.startswith('"') or (piece and piece[0].isalpha()):
            role = "key"
        return JsonPlace(
            role=role,
            path=path,
            fragment=self.text[start : self.cursor],
            word=piece.strip('"'),
            closed=self.cursor < end and piece.endswith('"'),
            followed=self.text[end:].lstrip()[:1] == ":",
            data=None,
        )

    def path(self) -> JsonPath:
        return tuple(frame.step for frame in self.frames if frame.step is not None)

    def take(self, piece: str, *, is_under: bool) -> None:
        frame = self.frames[-1] if self.frames else None
        if piece in ("{", "["):
            self.open(piece)
        elif piece in ("}", "]"):
            self.close(is_object=piece == "}")
        elif frame is None:
            self.root = self.root if self.root is not None or is_under else _value(piece)
        elif piece == ",":
            frame.state = "key" if frame.is_object else "value"
        elif piece == ":":
            frame.state = "value" if frame.state == "colon" else frame.state
        elif frame.is_object and frame.state != "value":
            frame.key, frame.state = piece.strip('"'), "colon"
            if is_under:
                self.under_cursor = frame.data, frame.key
        else:
            self.add(frame, None if is_under else _value(piece))
            if is_under and frame.is_object:
                self.under_cursor = frame.data, frame.key

    def open(self, piece: str) -> None:
        data: dict[str, Any] | list[Any] = {} if piece == "{" else []
        step: str | int | None = None
        if self.frames:
            around = self.frames[-1]
            step = around.key if around.is_object else len(around.data)
            self.add(around, data)
        elif self.root is None:
            self.root = data
        self.frames.append(_Frame(data, "key" if piece == "{" else "value", step=step))

    def close(self, *, is_object: bool) -> None:
        """Close the innermost open bracket of this kind, with everything open inside."""
        for index in range(len(self.frames) - 1, -1, -1):
            if self.frames[index].is_object == is_object:
                del self.frames[index:]
                return

    def add(self, frame: _Frame, value: Any) -> None:
        if isinstance(frame.data, dict):
            frame.data[frame.key] = value
        else:
            frame.data.append(value)
        frame.state = "end"


def _is_open(piece: str, *, ends_here: bool) -> bool:
    """Whether a token with the cursor in it, or at its end, is still incomplete."""
    is_closed_text = len(piece) > 1 and piece.startswith('"') and piece.endswith('"')
    return piece not in "{}[],:" and not (is_closed_text and ends_here)


def _value(piece: str) -> Any:
    try:
        return json.loads(piece)
    except ValueError:
        return piece.strip('"')
