"""A table from any source: headings, rows, and the places of cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monite_magic.core import one_line, shorten

if TYPE_CHECKING:
    from decimal import Decimal
    from pathlib import Path

#: Limits of rows and cells, because the table is in memory.
MAX_ROWS: Final = 200_000
MAX_CELLS: Final = 5_000_000
_MAX_SHOWN: Final = 40
#: Errors of formulas as spreadsheet programs write them to text, in English, German, French, Spanish, Italian
#: and Dutch.
ERRORS: Final = frozenset(
    [
        *("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#ERROR!"),
        *("#NV", "#BEZUG!", "#WERT!", "#ZAHL!", "#ÜBERLAUF!", "#VALEUR!", "#NOM?", "#NOMBRE!", "#NUL!"),
        *("#N/D", "#¡REF!", "#¡VALOR!", "#¡DIV/0!", "#¿NOMBRE?", "#¡NUM!", "#¡NULO!"),
        *("#RIF!", "#VALORE!", "#NOME?", "#NULLO!", "#N/B", "#VERW!", "#WAARDE!", "#DEEL/0!", "#NAAM?"),
        *("#GETAL!", "#LEEG!"),
    ]
)


class Percent(NamedTuple):
    """A number with a percent format: 0.19 is 19 %."""

    fraction: Decimal


class Formatted(NamedTuple):
    """A number whose format shows more than its digits, such as `K-00042` or `12.50 €`.

    Attributes:
        number: The number.
        form: The format.
        text: What an ID or another text with this format is.
        currency: The currency in the format: a code, or a symbol such as `$`.
    """

    number: Decimal
    form: str
    text: str
    currency: str = ""


class BadCell(NamedTuple):
    """An unusable cell. `reason` completes a sentence about it."""

    reason: str


class Problem(NamedTuple):
    """A problem that the user has to fix before sending rows.

    Attributes:
        text: The problem and the fix.
        row: The number of the row. None for the whole table.
        column: The index of the column. None for the whole row.
        field: The API field, if any.
        place: The place as text, if it is in another table than the plan's.
    """

    text: str
    row: int | None = None
    column: int | None = None
    field: str = ""
    place: str = ""


class Row(NamedTuple):
    """A row of a table.

    Attributes:
        number: Its number for the user: the sheet's row, or the position in a DataFrame.
        cells: One value per heading, or None.
    """

    number: int
    cells: tuple[Any, ...]


@dataclass
class Table:
    """A table.

    Attributes:
        name: Its name for the user.
        headings: The column headings.
        rows: The rows that aren't empty.
        path: The file, or None if it is in memory.
        letters: Whether columns have letters, as in a spreadsheet.
        notes: Decisions while reading.
        problems: Its problems.
        api_units: Whether numbers are in the API's units: amounts in minor units, rates in percent × 100.
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
        """Return the place of a cell: `row 14, column C (Email)`."""
        words = [] if row is None else [f"row {row}"]
        if column is not None:
            words.append(self.column_name(column))
        return ", ".join(words)

    def column_name(self, column: int) -> str:
        """Return the name of a column: `column C (Email)`."""
        heading = shorten(one_line(self.headings[column]), _MAX_SHOWN)
        return f"column {letter(column)} ({heading})" if self.letters else f"column {heading!r}"

    def column(self, index: int) -> list[Any]:
        """Return the values of a column."""
        return [row.cells[index] for row in self.rows]


def letter(index: int) -> str:
    """Return a column's letters in a spreadsheet: A for 0, AA for 26."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def index_of(letters: str) -> int:
    """Return the index for a column's letters: 0 for A."""
    index = 0
    for each in letters:
        index = index * 26 + ord(each) - ord("A") + 1
    return index - 1


def is_empty(value: Any) -> bool:
    """Whether a cell is empty: None, spaces, NaN or NaT."""
    if value is None:
        return True
    if isinstance(value, str):
        return not value.strip()
    try:
        return bool(value != value)
    except (TypeError, ValueError):
        return False


def shown(value: Any) -> str:
    """Return a cell's value for a message, in one short line."""
    if isinstance(value, Percent):
        return f"{value.fraction * 100:f} %"
    if isinstance(value, Formatted):
        return shorten(one_line(value.text), _MAX_SHOWN)
    return shorten(one_line(str(value)), _MAX_SHOWN)
