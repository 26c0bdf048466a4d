"""A table, rendered as HTML and as plain text."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Literal, NamedTuple

from monite_magic.core import columns_of, fit, one_line, shorten
from monite_magic.display import style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monite_magic.display.budget import Budget

Align = Literal["left", "right"]
_GAP = 2  # spaces between columns of plain text
_MIN_WIDTH = 20  # texts are not cut to fewer characters
_CELL_LENGTH = 60
_WRAPPED_LENGTH = 1_000  # in columns that wrap
#: Maximum width of a table: A4 without margins, notebook prompts and the card's frame.
PAGE_PIXELS = 570
# Pixels per character, measured with the fonts of JupyterLab, nbconvert and GitHub.
_TEXT_PIXELS, _CODE_PIXELS, _HEAD_PIXELS = 7.1, 7.9, 7.7
_CHIP_PADDING, _CELL_PADDING, _BROKEN_PIXELS = 14, 11, 104
_WHOLE = 32  # characters
# A word; an amount with its currency; a date with its time.
_WHOLE_TEXT = re.compile(r"\S*|-?[\d,.]+ \S{1,3}|\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?")
_MAX_WORD = 28  # characters; longer words, such as tokens, can break anywhere
_HOVER_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table.

    Attributes:
        text: The text to show; it is escaped and shortened here.
        full: The whole value, shown on hover if it is longer.
        look: `text`, `code`, `chip` or `muted`.
        tone: The chip's tone.
    """

    text: str
    full: str = ""
    look: Literal["text", "code", "chip", "muted"] = "text"
    tone: str = "neutral"

    def html(self, length: int = _CELL_LENGTH) -> str:
        """Return the cell as HTML, without its `td`."""
        text = self.plain(length)
        full = self.full or (self.text if len(self.text) > length else "")
        hover = shorten(full, _HOVER_LENGTH) if full != text else ""
        if self.look == "chip":
            return style.chip(text, self.tone, hover)
        if self.look == "code":
            return style.code(text, hover)
        if self.look == "muted":
            return style.muted(text, hover)
        return style.tag("span", style.escape(text), title=hover) if hover else style.escape(text)

    def plain(self, length: int = _CELL_LENGTH) -> str:
        """Return the cell as one line of plain text."""
        return shorten(one_line(self.text), length)


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        name: Its heading.
        align: The alignment of its cells.
        keep: Whether to keep it when others are dropped to save space.
        wrap: Whether long texts take several lines instead of being cut.
    """

    name: str
    align: Align = "left"
    keep: bool = False
    wrap: bool = False

    @property
    def length(self) -> int:
        """How long its texts can be before they are cut."""
        return _WRAPPED_LENGTH if self.wrap else _CELL_LENGTH


@dataclass(slots=True)
class Grid:
    """A table.

    Attributes:
        columns: The columns, most important first.
        rows: The cells of each row.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]

    def html(self, budget: Budget) -> tuple[str, int, tuple[str, ...]]:
        """Return the HTML, the number of rows that fit the budget, and the dropped columns.

        The columns fit a printed page, where nobody can scroll.
        """
        looks = [self._look(index) for index in range(len(self.columns))]
        shown = _fitting([look.least for look in looks], self.columns)
        styles = {index: looks[index].style for index in shown}
        heads = "".join(_head(self.columns[index].name, styles[index]) for index in shown)
        head, end = f"{_TABLE}<thead><tr style='{_HEAD}'>{heads}</tr></thead><tbody>", "</tbody></table>"
        if not budget.take(head + end):
            return "", 0, ()
        lines: list[str] = []
        for row in self.rows:
            cells = "".join(
                f"<td style='{styles[index]}'>{row[index].html(self.columns[index].length)}</td>"
                for index in shown
            )
            line = f"<tr style='{_TR}'>{cells}</tr>"
            if not budget.take(line):
                break
            lines.append(line)
        no_room = tuple(one_line(c.name) for i, c in enumerate(self.columns) if i not in styles)
        return head + "".join(lines) + end, len(lines), no_room

    def _look(self, index: int) -> _Look:
        column = self.columns[index]
        cells = [row[index] for row in self.rows]
        texts = [cell.plain(column.length) for cell in cells]
        pixels = _CODE_PIXELS if any(cell.look == "code" for cell in cells) else _TEXT_PIXELS
        padding = _CHIP_PADDING if any(cell.look == "chip" for cell in cells) else 0
        longest = max(map(len, texts), default=0)
        words = [len(word) for text in texts for word in text.split()]
        heading = max(map(len, column.name.split("_")), default=0) * _HEAD_PIXELS
        wrap = ""
        if column.align == "right" or (longest <= _WHOLE and _are_whole(texts)):
            wrap, least = "white-space:nowrap;", longest * pixels
        elif max(words, default=0) > _MAX_WORD:
            wrap, least = "overflow-wrap:anywhere;min-width:8em;", _BROKEN_PIXELS
        else:
            least = max(words, default=0) * pixels
        style_ = f"{wrap}text-align:{column.align};vertical-align:top;padding:3px 10px 3px 0"
        return _Look(style_, max(least, heading) + padding + _CELL_PADDING)

    def plain(self, width: int, budget: Budget) -> tuple[str, int, tuple[str, ...]]:
        """Return the plain text, the number of rows that fit the budget, and the dropped columns.

        Args:
            width: Maximum width in terminal columns.
            budget: Maximum bytes.
        """
        names = [one_line(column.name) for column in self.columns]
        rows = [
            [cell.plain(column.length) for cell, column in zip(row, self.columns, strict=True)]
            for row in self.rows
        ]
        natural = [max(map(columns_of, (name, *(row[i] for row in rows)))) for i, name in enumerate(names)]
        widths = _fit_widths(natural, self.columns, width)
        texts: list[str] = []
        for cells in (names, ["─" * widths.get(i, 0) for i in range(len(names))], *rows):
            text = self._plain_row(cells, widths)
            if not budget.take(text + "\n"):
                break
            texts.append(text)
        no_room = tuple(name for i, name in enumerate(names) if i not in widths)
        return "\n".join(texts), max(0, len(texts) - 2), no_room

    def _plain_row(self, cells: Sequence[str], widths: dict[int, int]) -> str:
        """Return a row as one line, or as several if a column wraps."""
        pieces = [
            (textwrap.wrap(cells[i], width) or [""]) if self.columns[i].wrap else [cells[i]]
            for i, width in widths.items()
        ]
        aligns = [self.columns[i].align for i in widths]
        lines = (map(fit, line, widths.values(), aligns) for line in zip_longest(*pieces, fillvalue=""))
        return "\n".join((" " * _GAP).join(line).rstrip() for line in lines)


class _Look(NamedTuple):
    """The HTML style of a column and its minimum width in pixels."""

    style: str
    least: float


def _head(name: str, look: str) -> str:
    """Return a heading that can break after underscores, or an empty cell without a name."""
    if not name:
        return f"<td style='{look}'></td>"
    text = style.escape(shorten(name, _CELL_LENGTH)).replace("_", "_<wbr>")
    return f"<th scope='col' style='{look.replace('white-space:nowrap;', '')};font-weight:600'>{text}</th>"


def _are_whole(texts: Sequence[str]) -> bool:
    """Whether the texts must not wrap: dates, amounts, IDs and single words."""
    return all(_WHOLE_TEXT.fullmatch(text) for text in texts)


def _fitting(least: Sequence[float], columns: Sequence[Column]) -> list[int]:
    """Return the columns that fit. The last ones are dropped first, except those with `keep`."""
    shown = list(range(len(columns)))
    while len(shown) > 1 and sum(least[index] for index in shown) > PAGE_PIXELS:
        shown.remove(next((i for i in reversed(shown) if not columns[i].keep), shown[-1]))
    return shown


_TABLE = "<table style='border-collapse:collapse;margin:6px 0;font-size:0.92em;width:auto;border:none'>"
_HEAD = "background-color:transparent;border:none"
_TR = f"border-top:{style.LINE};background-color:transparent"


def _fit_widths(natural: list[int], columns: Sequence[Column], width: int) -> dict[int, int]:
    """Return the widths of the columns that fit, by index.

    The last columns are dropped first. The remaining texts are cut evenly. Numbers are never cut, since a cut
    number is a different number.
    """
    least = [
        size if column.align == "right" else min(size, _MIN_WIDTH)
        for size, column in zip(natural, columns, strict=True)
    ]
    shown = list(range(len(columns)))
    while len(shown) > 1 and sum(least[i] for i in shown) + _GAP * (len(shown) - 1) > width:
        shown.remove(next((i for i in reversed(shown) if not columns[i].keep), shown[-1]))
    room = width - _GAP * (len(shown) - 1)
    limit = max(natural, default=0)
    while limit > _MIN_WIDTH and sum(max(least[i], min(natural[i], limit)) for i in shown) > room:
        limit -= 1
    widths = {i: max(least[i], min(natural[i], limit)) for i in shown}
    return {i: min(size, max(room, 1)) for i, size in widths.items()}
