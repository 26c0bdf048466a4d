"""The report of days to pay."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from monite_magic.core import RequestError
from monite_magic.tables.charts.day_arguments import day_of
from monite_magic.tables.charts.documents import as_pandas, documents_of, left_out, require
from monite_magic.tables.charts.figures import Chart, Panel, bars
from monite_magic.tables.charts.open_documents import PAYMENTS_HINT
from monite_magic.tables.charts.open_on_past_day import payments_of
from monite_magic.tables.frames.backends import need

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

_DAYS_EDGES: Final = (0, 7, 14, 30, 45, 60, 90)
_BEFORE_ISSUE: Final = "before issue"


def days_to_pay(
    table: Any, *, payments: Any = None, today: date | str | None = None, time_zone: str | None = None
) -> Chart:
    """Show how many days passed between issue and payment in full.

    Documents paid before they were issued have a separate bar. Documents settled only by credit notes are not
    included.

    Args:
        table: Payables (`issued_at`) or receivables (`issue_date`), with `paid_at`.
        payments: All payment records, required for a past day. The last payment of a document replaces a
            missing `paid_at`.
        today: Only documents paid until this day count. By default, the day of the answer.
        time_zone: The company's time zone, for instance `Europe/Berlin`. By default, UTC.

    Raises:
        RequestError: A column is missing, or `today` is past and `payments` is missing.
    """
    pd = need("pandas", "pandas")
    table = as_pandas(table)
    require(table, "issued_at" if "issued_at" in table.columns else "issue_date", "paid_at")
    found = documents_of(table, "paid", time_zone)
    rows, notes = _paid_with_money(found.rows, found.notes), found.notes
    as_of = found.known.until if today is None else day_of(today, "today")
    if as_of < found.known.since and payments is None:
        problem = f"The table shows what is paid on {found.known.since}, not on {as_of}."
        raise RequestError(problem, hint=PAYMENTS_HINT)
    if payments is not None:
        require(rows, "id")
        last = payments_of(payments, time_zone, notes).groupby("id")["day"].max()
        rows = rows.assign(paid=rows["paid"].fillna(rows["id"].astype("string").map(last)))
    if as_of < found.known.since:
        rows = rows[rows["paid"] <= pd.Timestamp(as_of)]
    days = (rows["paid"] - rows["issued"]).dt.days
    if days.isna().any():
        notes.append(left_out(rows[days.isna()], "paid, without an issue or payment date"))
    days = days.dropna()
    edges = [-float("inf"), -1, *_DAYS_EDGES, float("inf")]
    labels = ["same day", *(f"{a + 1}–{b}" for a, b in pairwise(_DAYS_EDGES)), "over 90"]
    counts = pd.cut(days, edges, labels=[_BEFORE_ISSUE, *labels]).value_counts()
    shown = [_BEFORE_ISSUE, *labels] if counts[_BEFORE_ISSUE] else labels
    numbers = counts.reindex(shown, fill_value=0).astype("int64").to_frame("documents")
    numbers.index.name = "days to pay"
    numbers.index = pd.Index(list(map(str, numbers.index)), name="days to pay")
    median = f", median {days.median():.0f}" if len(days) else ""
    past = f", as of {as_of}" if as_of < found.known.since else ""
    panels = [Panel("documents", numbers)]
    chart = Chart(f"Days to pay{median}{past}", numbers, panels, bars, nothing="Nothing has been paid.")
    chart.note = " ".join(notes)
    return chart


def _paid_with_money(rows: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    if not {"total_amount", "total_amount_with_credit_notes"} <= set(rows.columns):
        return rows
    credited = (rows["total_amount_with_credit_notes"] == 0) & (rows["total_amount"] > 0)
    if credited.any():
        why = "settled by credit notes, not paid"
        notes.append(left_out(rows[credited], why, rows["total_amount"][credited]))
    return rows[~credited]
