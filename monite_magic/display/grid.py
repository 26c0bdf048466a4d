"""A table as data, and how it looks in HTML and in plain text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from monite_magic.core import columns_of, fit, one_line, shorten
from monite_magic.display import style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monite_magic.display.budget import Budget

Align = Literal["left", "right"]
_GAP = 2  # blanks between columns of plain text
_NARROWEST = 20  # a text that is cut further says nothing
_CELL_LENGTH = 60
_UNBROKEN = 24  # characters; a column of shorter texts is not broken into lines
_LONGEST_WORD = 40  # characters; a longer one, as a token, would push the columns after it out of the card
_HOVER_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place of a table.

    Attributes:
        text: What is shown; it is cleaned, escaped and shortened here.
        full: The whole value, shown on hover where it says more.
        look: `text`, `code`, `chip` or `muted`.
        tone: The chip's tone.
    """

    text: str
    full: str = ""
    look: Literal["text", "code", "chip", "muted"] = "text"
    tone: str = "neutral"

    def html(self) -> str:
        """Return the cell as HTML, without its `td`."""
        text = shorten(one_line(self.text), _CELL_LENGTH)
        full = self.full or (self.text if len(self.text) > _CELL_LENGTH else "")
        hover = shorten(full, _HOVER_LENGTH) if full != text else ""
        if self.look == "chip":
            return style.chip(text, self.tone, hover)
        if self.look == "code":
            return style.code(text, hover)
        if self.look == "muted":
            return style.muted(text, hover)
        return style.tag("span", style.escape(text), title=hover) if hover else style.escape(text)

    def plain(self) -> str:
        """Return the cell as one line of plain text."""
        return shorten(one_line(self.text), _CELL_LENGTH)


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        name: Its heading.
        align: Where its cells stand.
        keep: Whether it stays when others go for want of room.
    """

    name: str
    align: Align = "left"
    keep: bool = False


@dataclass(slots=True)
class Grid:
    """A table.

    Attributes:
        columns: The columns, those that matter most first.
        rows: As many cells as columns in each.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]

    def html(self, budget: Budget) -> tuple[str, int]:
        """Return the table as HTML, and how many rows the budget allowed."""
        names = [style.escape(shorten(column.name, _CELL_LENGTH)) for column in self.columns]
        styles = [self._style(index) for index in range(len(self.columns))]
        heads = "".join(
            f"<th scope='col' style='{s};font-weight:600'>{name}</th>"
            for s, name in zip(styles, names, strict=True)
        )
        head, end = f"{_TABLE}<thead><tr style='{_HEAD}'>{heads}</tr></thead><tbody>", "</tbody></table>"
        if not budget.take(head + end):
            return "", 0
        lines: list[str] = []
        for row in self.rows:
            cells = "".join(
                f"<td style='{s}'>{cell.html()}</td>" for s, cell in zip(styles, row, strict=True)
            )
            line = f"<tr style='{_TR}'>{cells}</tr>"
            if not budget.take(line):
                break
            lines.append(line)
        return head + "".join(lines) + end, len(lines)

    def _style(self, index: int) -> str:
        column = self.columns[index]
        longest = max((len(row[index].text) for row in self.rows), default=0)
        wrap = ""
        if longest <= _UNBROKEN or column.align == "right":
            wrap = "white-space:nowrap;"
        elif longest > _LONGEST_WORD and self._has_long_word(index):
            wrap = "overflow-wrap:anywhere;min-width:8em;"
        return f"{wrap}text-align:{column.align};padding:3px 14px 3px 0"

    def _has_long_word(self, index: int) -> bool:
        words = (word for row in self.rows for word in row[index].text.split())
        return any(len(word) > _LONGEST_WORD for word in words)

    def plain(self, width: int, budget: Budget) -> tuple[str, int, tuple[str, ...]]:
        """Return the table as plain text, how many rows the budget allowed, and the columns that had no room.

        Args:
            width: Columns of the terminal that the table may take.
            budget: Bytes that it may take.
        """
        names = [one_line(column.name) for column in self.columns]
        rows = [[cell.plain() for cell in row] for row in self.rows]
        natural = [max(map(columns_of, (name, *(row[i] for row in rows)))) for i, name in enumerate(names)]
        widths = _fit_widths(natural, self.columns, width)
        lines: list[str] = []
        for cells in (names, ["─" * widths.get(i, 0) for i in range(len(names))], *rows):
            pieces = [fit(cells[i], w, self.columns[i].align) for i, w in widths.items()]
            line = (" " * _GAP).join(pieces).rstrip()
            if not budget.take(line + "\n"):
                break
            lines.append(line)
        no_room = tuple(name for i, name in enumerate(names) if i not in widths)
        return "\n".join(lines), max(0, len(lines) - 2), no_room


_TABLE = "<table style='border-collapse:collapse;margin:6px 0;font-size:inherit;width:auto;border:none'>"
_HEAD = "background-color:transparent;border:none"
_TR = f"border-top:{style.LINE};background-color:transparent"


def _fit_widths(natural: list[int], columns: Sequence[Column], width: int) -> dict[int, int]:
    """Return the widths of those columns that fit, by index.

    The last columns go first. What remains of texts is cut evenly; numbers are never cut, since a cut number
    is another number.
    """
    least = [
        size if column.align == "right" else min(size, _NARROWEST)
        for size, column in zip(natural, columns, strict=True)
    ]
    shown = list(range(len(columns)))
    while len(shown) > 1 and sum(least[i] for i in shown) + _GAP * (len(shown) - 1) > width:
        shown.remove(next((i for i in reversed(shown) if not columns[i].keep), shown[-1]))
    room = width - _GAP * (len(shown) - 1)
    limit = max(natural, default=0)
    while limit > _NARROWEST and sum(max(least[i], min(natural[i], limit)) for i in shown) > room:
        limit -= 1
    widths = {i: max(least[i], min(natural[i], limit)) for i in shown}
    return {i: min(size, max(room, 1)) for i, size in widths.items()}
