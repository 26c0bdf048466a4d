"""A table as data, and how it looks in HTML and in plain text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from monite_magic.display import style
from monite_magic.display.clean import columns_of, fit, one_line, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monite_magic.display.budget import Budget

Align = Literal["left", "right"]
_GAP = 2  # blanks between columns of plain text
_NARROWEST = 6  # a column of plain text that is cut further says nothing
_CELL_LENGTH = 60
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
    """A column's heading and where its cells stand."""

    name: str
    align: Align = "left"


@dataclass(slots=True)
class Grid:
    """A table.

    Attributes:
        columns: The columns, those that matter most first.
        rows: As many cells as columns in each.
    """

    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]

    def html(self, budget: Budget) -> tuple[str, int]:
        """Return the table as HTML, and how many rows the budget allowed."""
        heads = "".join(
            f"<th scope='col' style='{_td(column)};font-weight:600'>{style.escape(shorten(column.name, 60))}</th>"
            for column in self.columns
        )
        head, end = (
            f"{_TABLE}<thead><tr style='background-color:transparent'>{heads}</tr></thead><tbody>",
            _END,
        )
        if not budget.take(head + end):
            return "", 0
        styles = [_td(column) for column in self.columns]
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

    def plain(self, width: int, budget: Budget) -> tuple[str, int, tuple[str, ...]]:
        """Return the table as plain text, how many rows the budget allowed, and the columns that had no room.

        Args:
            width: Columns of the terminal that the table may take.
            budget: Bytes that it may take.
        """
        names = [one_line(column.name) for column in self.columns]
        rows = [[cell.plain() for cell in row] for row in self.rows]
        natural = [
            max(columns_of(name), *(columns_of(row[i]) for row in rows)) if rows else columns_of(name)
            for i, name in enumerate(names)
        ]
        widths = _fit_widths(natural, width)
        shown = len(widths)
        lines: list[str] = []
        for cells in (names, ["─" * w for w in widths], *rows):
            parts = (fit(text, w, c.align) for text, w, c in zip(cells, widths, self.columns, strict=False))
            line = (" " * _GAP).join(parts).rstrip()
            if not budget.take(line + "\n"):
                break
            lines.append(line)
        return "\n".join(lines), max(0, len(lines) - 2), tuple(names[shown:])


_TABLE = "<table style='border-collapse:collapse;margin:6px 0;font-size:inherit;width:auto;border:none'>"
_END = "</tbody></table>"
_TR = f"border-top:{style.LINE};background-color:transparent"


def _td(column: Column) -> str:
    wrap = "white-space:nowrap;" if column.align == "right" else ""
    return f"{wrap}text-align:{column.align};padding:3px 12px 3px 0;vertical-align:top"


def _fit_widths(natural: list[int], width: int) -> list[int]:
    """Return the widths of those columns that fit, the widest cut first; the last columns go if need be."""
    shown = len(natural)
    while shown > 1 and sum(min(w, _NARROWEST) for w in natural[:shown]) + _GAP * (shown - 1) > width:
        shown -= 1
    widths = natural[:shown]
    room = width - _GAP * (shown - 1)
    while sum(widths) > room:
        widest = max(widths)
        if widest <= _NARROWEST:
            return [min(room, widths[0])] if shown == 1 else widths
        second = max((w for w in widths if w < widest), default=_NARROWEST)
        count = widths.count(widest)
        excess = sum(widths) - room
        step = max(1, min(widest - max(second, _NARROWEST), -(-excess // count)))
        for i, w in enumerate(widths):
            if w == widest and excess > 0:
                widths[i] -= step
                excess -= step
    return widths
