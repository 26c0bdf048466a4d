"""Finds the cursor in a cell: the magic, and whether the cursor is in its line or body."""

from __future__ import annotations

import re
from typing import NamedTuple

_CELL_MAGIC = re.compile(r"\s*%%(monite\w*)(?:\s|$)")
_LINE_MAGIC = re.compile(r"\s*(?:[\w.,\s\[\]'\"]+=\s*)?%{1,2}(monite\w*)(?:\s|$)")
# A word can contain quotes and placeholders, closed or not.
_WORD = re.compile(r"""(?:\{\{.*?(?:\}\}|$)|"[^"]*(?:"|$)|'[^']*(?:'|$)|[^\s"'{]|\{)+""")


class LinePlace(NamedTuple):
    """In the line of a magic.

    Attributes:
        magic: Its name without `%`.
        words: The words before the one under the cursor.
        fragment: The word up to the cursor.
        word: The whole word under the cursor.
        line: The whole line after the magic's name.
    """

    magic: str
    words: tuple[str, ...]
    fragment: str
    word: str
    line: str


class BodyPlace(NamedTuple):
    """In the body of a `%%monite` cell.

    Attributes:
        words: The words of its line.
        text: The body.
        cursor: Number of characters of the body before the cursor.
    """

    words: tuple[str, ...]
    text: str
    cursor: int


def locate(cell: str, line_number: int, column: int) -> LinePlace | BodyPlace | None:
    """Return the place of the cursor in one of our magics, or None.

    Args:
        cell: The whole cell.
        line_number: The cursor's line, counted from 0.
        column: Number of characters before the cursor in that line.
    """
    if "%monite" not in cell:
        return None
    lines = cell.split("\n")
    first = next((index for index, line in enumerate(lines) if _may_be_ours(line)), 0)
    cell_magic = _CELL_MAGIC.match(lines[first])
    if cell_magic and line_number > first:
        if cell_magic.group(1) != "monite":
            return None
        before = sum(len(line) + 1 for line in lines[first + 1 : line_number])
        words = tuple(split_words(lines[first][cell_magic.end() :]))
        return BodyPlace(words, "\n".join(lines[first + 1 :]), before + column)
    line = lines[line_number] if line_number < len(lines) else ""
    match = cell_magic if cell_magic and line_number == first else _LINE_MAGIC.match(line)
    if match is None or column <= match.end(1):
        return None
    return _in_line(match.group(1), line, match.end(1), column)


def _may_be_ours(line: str) -> bool:
    """Whether a line is code: not blank, not a comment, and not `%%time` or similar."""
    other_magic = line.startswith("%%") and not _CELL_MAGIC.match(line)
    return bool(line.strip()) and line[0] != "#" and not other_magic


def split_words(line: str) -> list[str]:
    """Return the words of a magic's line, with their quotes."""
    return _WORD.findall(line)


def _in_line(magic: str, line: str, start: int, column: int) -> LinePlace:
    words: list[str] = []
    fragment = word = ""
    for match in _WORD.finditer(line, start):
        if match.end() < column:
            words.append(match.group())
        elif match.start() < column:
            fragment, word = line[match.start() : column], match.group()
    return LinePlace(magic, tuple(words), fragment, word, line[start:])
