"""How the cells of one column are read, and what they become."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from monite_magic.tables.push.cells import ERRORS, BadCell
from monite_magic.tables.push.numbers_text import BadValueError

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Forms:
    """How to read ambiguous columns.

    Attributes:
        dates: `day-first` or `month-first`.
        decimal: `comma` or `point`.
        percent: The format of rates without a percent sign: `percent` (19), `fraction` (0.19) or `api`
            (1900).
        api_units: Whether amounts and rates are in the API's units.
        why: The reason, for notes.
    """

    dates: str | None = None
    decimal: str | None = None
    percent: str | None = None
    api_units: bool = False
    why: str = "as you asked"


class Amount(NamedTuple):
    """An amount in major units or a percentage, and its currency or percent sign, if written next to it."""

    major: Decimal
    currency: str = ""
    is_percent: bool = False


class Reference(NamedTuple):
    """The name of a row in another list."""

    name: str


@dataclass
class ColumnReader:
    """Reads the cells of a column.

    Attributes:
        read: Converts a cell to an API value, an `Amount` or a `Reference`, or raises `BadValueError`.
        notes: The decisions.
        problems: Decisions for the user. Each text completes a sentence about the column.
        counts: The number of cells by remark.
    """

    read: Callable[[Any], Any]
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def value(self, cell: Any) -> Any:
        """Convert a cell that isn't empty.

        Raises:
            BadValueError: The cell can't be used.
        """
        if isinstance(cell, BadCell):
            raise BadValueError(cell.reason)
        if isinstance(cell, str) and cell.strip() in ERRORS:
            raise BadValueError(f"is the error {cell.strip()}: correct the formula")
        return self.read(cell)

    def count(self, remark: str) -> None:
        """Count a cell for a remark."""
        self.counts[remark] = self.counts.get(remark, 0) + 1
