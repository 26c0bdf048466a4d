"""What is open as of a day: of the day that a table tells of, or of one before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monite_magic.core import RequestError
from monite_magic.tables.charts.days import day_of
from monite_magic.tables.charts.past import open_on
from monite_magic.tables.charts.statuses import WRITTEN_OFF
from monite_magic.tables.charts.tables import (
    amount_left,
    as_pandas,
    documents_of,
    known_days,
    left_out,
    with_amounts,
)

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from monite_magic.tables.charts.tables import Known

PAYMENTS_HINT: Final = (
    "Pass payments=, the .df() of /payment_records with --all: the state of that day is rebuilt from them."
)


class Owed(NamedTuple):
    """Open documents.

    Attributes:
        rows: One row for each, with what is open of it in `left`.
        as_of: The day.
        known: The days of which the table tells; `as_of` may be later.
        notes: Sentences on what is left out.
    """

    rows: pd.DataFrame
    as_of: date
    known: Known
    notes: list[str]

    def title(self, what: str) -> str:
        """Return a report's title, which says of a day to come that more may be paid until then."""
        if self.as_of > self.known.until:
            return f"{what}, on {self.as_of} if nothing is paid after {self.known.until}"
        return f"{what}, as of {self.as_of}"


def owed(
    given: Any,
    *columns: str,
    today: object = None,
    payments: Any = None,
    credit_notes: Any = None,
    time_zone: str | None = None,
) -> Owed:
    """Return the bills or invoices of which something is open.

    Args:
        given: A table of payables or receivables.
        columns: Columns that it must have.
        today: The day; by default the last one of which the table tells.
        payments: A table of payment records, for a day that has passed.
        credit_notes: A table of credit notes, for a day that has passed.
        time_zone: The firm's time zone.

    Raises:
        RequestError: Something is not a table or a day, or the day has passed and `payments` is missing.
    """
    table = as_pandas(given)
    known = known_days(table, time_zone)
    as_of = known.until if today is None else day_of(today, "today")
    if as_of < known.since:
        if payments is None:
            raise RequestError(
                f"The table shows what is open on {known.since}, not on {as_of}.",
                hint=PAYMENTS_HINT,
            )
        found = open_on(as_of, table, payments, credit_notes, time_zone, *columns)
        return Owed(found.rows, as_of, known, found.notes)
    found = documents_of(table, "owed", time_zone, *columns)
    rows, notes = found.rows, found.notes
    rows = with_amounts(rows, amount_left(rows), notes)
    left = amount_left(rows)
    if (left < 0).any():
        notes.append(
            left_out(rows[left < 0], "paid or credited beyond its amount", -left[left < 0], "Overpaid")
        )
    if (written_off := _written_off(table)) is not None:
        notes.append(written_off)
    return Owed(rows.assign(left=left.clip(lower=0.0)), as_of, known, notes)


def _written_off(table: pd.DataFrame) -> str | None:
    """Return the sentence on invoices that are written off, which are not counted as open."""
    if "status" not in table.columns:
        return None
    rows = table[table["status"].astype("string") == WRITTEN_OFF]
    return left_out(rows, "written off", prefix="Not counted as open") if len(rows) else None
