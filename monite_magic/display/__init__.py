"""Display answers as cards, in HTML for notebooks and in plain text for terminals.

    display.render(response)                     # {"text/plain": …, "text/html": …}
    display.panel("Status", [("environment", "local (simulated)")])
    display.table(["time", "call"], [["10:31", "GET /payables"]])
    display.options.max_rows = 50

This room doesn't fetch or change anything. All output is escaped, masked and limited in size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from monite_magic.display.card import render, render_status_line
from monite_magic.display.grid import Cell, Column, Grid
from monite_magic.display.options import Options, options
from monite_magic.display.parts import Card, Code, Displayable, Facts, Table, Title, Words
from monite_magic.display.raw import Raw

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monite_magic.display.parts import Part

__all__ = [
    "Displayable",
    "Options",
    "Raw",
    "options",
    "panel",
    "render",
    "render_status_line",
    "table",
]


def panel(
    title: str,
    rows: Iterable[tuple[str, Any]] = (),
    *,
    tone: Literal["ok", "info", "warning", "error", "production", "simulated", "neutral"] = "info",
    notes: Iterable[str] = (),
    code: str = "",
) -> Displayable:
    """Return a titled card of labels and values.

    Args:
        title: The title.
        rows: Labels and values; values are shown with `str`.
        tone: Colour of the title's chip and of the edge. The title must make sense without it.
        notes: Sentences below the rows.
        code: A cell to run, shown at the end.
    """
    parts: list[Part] = [Title(title, tone)]
    facts = [(label, "" if value is None else str(value)) for label, value in rows]
    if facts:
        parts.append(Facts(facts))
    parts += [Words(note) for note in notes]
    if code:
        parts.append(Code(code))
    return Card(tone, parts)


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    title: str = "",
    right: Iterable[str] = (),
    wrap: Iterable[str] = (),
    notes: Iterable[str] = (),
    whole: str = "",
) -> Displayable:
    """Return a card with a table.

    Args:
        columns: Headings, most important first: a narrow terminal drops the last ones.
        rows: The values of each row; values are shown with `str`.
        title: The title.
        right: Headings of right-aligned columns, such as numbers.
        wrap: Headings of columns whose long texts take several lines instead of being cut.
        notes: Sentences below the table.
        whole: Where to find all rows, shown if some are left out.
    """
    numeric, wrapped = set(right), set(wrap)
    lines = [[Cell("" if value is None else str(value)) for value in row] for row in rows]
    heads = [Column(name, "right" if name in numeric else "left", wrap=name in wrapped) for name in columns]
    grid = Grid(heads, lines)
    parts: list[Part] = [Title(title, "info")] if title else []
    where = f"All of them: {whole}." if whole else ""
    parts.append(
        Table(grid, len(lines), len(lines), whole=where) if lines else Words("There are none.", quiet=True)
    )
    parts += [Words(note) for note in notes]
    return Card("info", parts)
