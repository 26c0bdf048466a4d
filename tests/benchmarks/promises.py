"""What a benchmark hands on: one promise, what was measured of it, and whether it holds."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

COLUMNS = ("promise", "measured", "wanted", "ratio", "holds")


@dataclass(frozen=True)
class Measured:
    """One row of the table.

    Attributes:
        promise: What was promised, in a few words.
        value: What was measured.
        limit: The promised bound, in the same unit.
        unit: `ms`, `MB`, `x` …
        at_least: The bound is a lower one.
        note: What else a reader should know: the figures behind a ratio.
    """

    promise: str
    value: float
    limit: float
    unit: str
    at_least: bool = False
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether the promise is kept."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def cells(self) -> tuple[str, ...]:
        """The row as texts, in the order of `COLUMNS`."""
        sign = "≥" if self.at_least else "≤"
        return (
            self.promise,
            f"{_number(self.value)} {self.unit}",
            f"{sign} {_number(self.limit)} {self.unit}",
            f"{self.value / self.limit:.2f}",
            "yes" if self.holds else "NO",
        )


def table(rows: Iterable[Measured]) -> str:
    """Return the rows as a Markdown table, and below it the notes."""
    rows = list(rows)
    cells = [COLUMNS, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "| " + " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) + " |"
        for row in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    notes = {row.note: f"{row.promise}: {row.note}" for row in reversed(rows) if row.note}
    return "\n".join([*lines, "", *reversed(notes.values())]).rstrip()


def report(measure: Callable[[], Iterable[Measured]]) -> None:
    """Run a benchmark and print its rows: as a table, or one JSON object a line with `--json`.

    Args:
        measure: Yields the rows as they come.
    """
    if "--json" in sys.argv[1:]:
        for row in measure():
            print(json.dumps(asdict(row)), flush=True)
    else:
        print(table(measure()))


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2f}"
