"""A table as it was read, whatever it came from: headings, rows, and where each cell is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monite_magic.core import one_line, shorten

if TYPE_CHECKING:
    from decimal import Decimal
    from pathlib import Path

#: More rows or cells than this are refused: the whole table is held in memory.
MOST_ROWS: Final = 200_000
MOST_CELLS: Final = 5_000_000
_MOST_SHOWN: Final = 40


class Percent(NamedTuple):
    """A number that the sheet shows with a percent sign: 0.19 is 19 %."""

    fraction: Decimal


class BadCell(NamedTuple):
    """A cell that can't be used; `reason` says why, as the end of a sentence."""

    reason: str


class Problem(NamedTuple):
    """Something that a person has to look at before rows are sent.

    Attributes:
        text: What is wrong and what to do.
        row: Number of the row, None for the whole table.
        column: Index of the column, None for the whole row.
        field: The field of the API that it is about, if any.
        place: Where it is, in words, if it is in another table than the plan's.
    """

    text: str
    row: int | None = None
    column: int | None = None
    field: str = ""
    place: str = ""


class Row(NamedTuple):
    """A row of a table.

    Attributes:
        number: Its number as the person sees it: the sheet's row, or the position in a DataFrame.
        cells: One value for each heading; None where there is nothing.
    """

    number: int
    cells: tuple[Any, ...]


@dataclass
class Table:
    """What was read.

    Attributes:
        name: What to call it.
        headings: The columns.
        rows: The rows that aren't empty.
        path: The file, None for what is in memory.
        letters: Whether columns have letters, as in a spreadsheet.
        notes: What was decided while reading.
        problems: What is wrong with it.
        api_units: Whether numbers are as the API has them: amounts in minor units, rates in percent × 100.
    """

    name: str
    headings: list[str]
    rows: list[Row]
    path: Path | None = None
    letters: bool = False
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    api_units: bool = False

    def place(self, row: int | None, column: int | None) -> str:
        """Return where a cell is, in words: `row 14, column C (Email)`."""
        words = [] if row is None else [f"row {row}"]
        if column is not None:
            words.append(self.column_name(column))
        return ", ".join(words)

    def column_name(self, column: int) -> str:
        """Return how a column is called: `column C (Email)`."""
        heading = shorten(one_line(self.headings[column]), _MOST_SHOWN)
        return f"column {letter(column)} ({heading})" if self.letters else f"column {heading!r}"

    def column(self, index: int) -> list[Any]:
        """Return the values of a column."""
        return [row.cells[index] for row in self.rows]


def letter(index: int) -> str:
    """Return a column's letter in a spreadsheet: 0 is A, 26 is AA."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def index_of(letters: str) -> int:
    """Return the index of a column's letters: A is 0."""
    index = 0
    for each in letters:
        index = index * 26 + ord(each) - ord("A") + 1
    return index - 1


def is_empty(value: Any) -> bool:
    """Whether a cell has nothing in it: None, blanks, NaN or NaT."""
    if value is None:
        return True
    if isinstance(value, str):
        return not value.strip()
    try:
        return bool(value != value)
    except (TypeError, ValueError):
        return False


def shown(value: Any) -> str:
    """Return a cell's value for a message, cut to one short line."""
    if isinstance(value, Percent):
        return f"{value.fraction * 100:f} %"
    return shorten(one_line(str(value)), _MOST_SHOWN)
