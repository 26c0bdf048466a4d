"""Find the rows of a table that are sums of the rows above them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monite_magic.tables.push.cells import is_empty
from monite_magic.tables.push.column_reader import Amount
from monite_magic.tables.push.numbers_text import BadValueError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from monite_magic.tables.push.cells import Row
    from monite_magic.tables.push.row_reader import SheetColumn

_WORDS: Final = frozenset(
    [
        *("total", "totals", "grand total", "subtotal", "sub-total", "sub total", "net total", "gross total"),
        *("sum", "summe", "gesamt", "gesamtsumme", "gesamtbetrag", "zwischensumme", "endsumme", "insgesamt"),
        *("total general", "total général", "totaux", "somme", "totale", "totaal", "suma"),
    ]
)


class Total(NamedTuple):
    """A row that is, or may be, a sum of others.

    Attributes:
        row: Its number.
        is_sure: Whether it is called a total and its amounts are sums.
        text: The remark.
    """

    row: int
    is_sure: bool
    text: str


class _Above:
    """The sums of amounts by column, and how many there are."""

    def __init__(self) -> None:
        self._sums: dict[int, tuple[int, Decimal]] = {}

    def add(self, amounts: dict[int, Decimal]) -> None:
        for index, amount in amounts.items():
            count, total = self._sums.get(index, (0, Decimal(0)))
            self._sums[index] = (count + 1, total + amount)

    def are(self, amounts: dict[int, Decimal]) -> bool:
        """Whether the amounts are these sums, at least one of them of two amounts or more."""
        counts = [self._sums[index][0] for index in amounts if index in self._sums]
        sums = {index: self._sums[index][1] for index in amounts if index in self._sums}
        return sums == amounts and max(counts, default=0) > 1


def totals_of(rows: Sequence[Row], columns: Iterable[SheetColumn]) -> Iterator[Total]:
    """Yield the rows that are sums of the rows above them, or called a total.

    Args:
        rows: All rows.
        columns: The columns with amounts.
    """
    columns = list(columns)
    everything, since_the_last = _Above(), _Above()
    for row in rows:
        amounts = dict(_amounts(row, columns))
        is_sum = everything.are(amounts) or since_the_last.are(amounts)
        is_named = bool(amounts) and any(_is_word(cell) for cell in row.cells)
        if is_sum and is_named:
            yield Total(row.number, is_sure=True, text="is the total of the rows above: delete it")
            since_the_last = _Above()
            continue
        if is_named:
            yield Total(row.number, is_sure=False, text="is called a total: check that it isn't one")
        elif is_sum and row is rows[-1]:
            text = "has the sum of the rows above: check that it isn't their total"
            yield Total(row.number, is_sure=False, text=text)
        everything.add(amounts)
        since_the_last.add(amounts)


def _is_word(cell: Any) -> bool:
    return isinstance(cell, str) and cell.strip(" :.=").casefold() in _WORDS


def _amounts(row: Row, columns: list[SheetColumn]) -> Iterator[tuple[int, Decimal]]:
    for column in columns:
        cell = row.cells[column.index]
        if is_empty(cell):
            continue
        try:
            value = column.reader.value(cell)
        except BadValueError:
            continue
        if amount := value.major if isinstance(value, Amount) else Decimal(value):
            yield column.index, amount
