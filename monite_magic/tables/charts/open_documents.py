"""Find open documents as of the day of a table, or of an earlier day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monite_magic.core import RequestError
from monite_magic.tables.charts.day_arguments import day_of
from monite_magic.tables.charts.documents import (
    amount_left,
    as_pandas,
    below_zero,
    documents_of,
    known_days,
    left_out,
    with_amounts,
)
from monite_magic.tables.charts.open_on_past_day import open_on
from monite_magic.tables.charts.statuses import WRITTEN_OFF

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from monite_magic.tables.charts.documents import Known

PAYMENTS_HINT: Final = (
    "Pass payments=, the .df() of /payment_records with --all: they are needed to reconstruct that day."
)


class OpenDocuments(NamedTuple):
    """Open documents.

    Attributes:
        rows: One row per document, with the open amount in `left`.
        as_of: The day.
        known: The days that the table covers. `as_of` can be later.
        notes: Sentences about what is not included.
    """

    rows: pd.DataFrame
    as_of: date
    known: Known
    notes: list[str]

    def title(self, what: str) -> str:
        """Return the title of a report. For a future day, it says that more may be paid by then."""
        if self.as_of > self.known.until:
            return f"{what}, on {self.as_of} if nothing is paid after {self.known.until}"
        return f"{what}, as of {self.as_of}"


def open_documents(
    given: Any,
    *columns: str,
    today: object = None,
    payments: Any = None,
    credit_notes: Any = None,
    time_zone: str | None = None,
) -> OpenDocuments:
    """Return the bills or invoices with an open amount.

    Args:
        given: A table of payables or receivables.
        columns: Required columns.
        today: The day. By default, the last day that the table covers.
        payments: A table of payment records, for a past day.
        credit_notes: A table of credit notes, for a past day.
        time_zone: The company's time zone.

    Raises:
        RequestError: An argument is not a table or a day, or the day is past and `payments` is missing.
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
        return OpenDocuments(found.rows, as_of, known, found.notes)
    found = documents_of(table, "owed", time_zone, *columns)
    rows, notes = found.rows, found.notes
    rows = with_amounts(rows, amount_left(rows), notes)
    left = amount_left(rows)
    notes += below_zero(rows, left)
    if (written_off := _written_off(table)) is not None:
        notes.append(written_off)
    return OpenDocuments(rows.assign(left=left.clip(lower=0.0)), as_of, known, notes)


def _written_off(table: pd.DataFrame) -> str | None:
    """Return the sentence about written-off invoices, which don't count as open."""
    if "status" not in table.columns:
        return None
    rows = table[table["status"].astype("string") == WRITTEN_OFF]
    return left_out(rows, "written off", prefix="Not counted as open") if len(rows) else None
