"""Aging reports: open amounts by days overdue."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Literal

from monite_magic.core import RequestError
from monite_magic.tables.charts.documents import by_currency, parties
from monite_magic.tables.charts.figures import Chart, Panel, bars, horizontal_bars, stacked_bars
from monite_magic.tables.charts.open_documents import open_documents
from monite_magic.tables.charts.rates import decimals, last, note_of, reporting, with_converted
from monite_magic.tables.frames.backends import need

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import pandas as pd

    from monite_magic.tables.charts.open_documents import OpenDocuments

From = Literal["due_date", "issue_date"]

#: The last day of each bucket except the last.
BUCKETS: Final = (30, 60, 90)
NOTHING: Final = "Nothing is open."
TOTAL: Final = "total"
_NO_DAY: Final = {"due_date": "no due date", "issue_date": "no issue date"}
_BEFORE: Final = {"due_date": "not due", "issue_date": "issued later"}
_OTHERS: Final = "all others"


def aging(
    table: Any,
    *,
    payments: Any = None,
    today: date | str | None = None,
    buckets: Sequence[int] = BUCKETS,
    count_from: From = "due_date",
    credit_notes: Any = None,
    time_zone: str | None = None,
    exchange_rates: Mapping[str, Any] | None = None,
    to: str | None = None,
) -> Chart:
    """Show open amounts by days overdue, as of the day in the title.

    For a past day, open amounts are reconstructed from issue dates, payments and credit notes. Documents
    whose status on that day is unknown, such as those canceled since then, are not included; a note has their
    count and sum. Notes also mention documents without a currency, and unknown statuses.

    Args:
        table: Payables or receivables: `due_date`, `currency`, `status`, and `amount_due` or `total_amount`.
        payments: All payment records, required for a past day.
        today: The day to count from: a date, datetime, Timestamp, or text such as `2027-01-31`. By default,
            the day of the answer.
        buckets: The last day of each bucket: `(30, 60, 90)` means 1–30, 31–60, 61–90 and over 90 days.
        count_from: `due_date` or `issue_date`.
        credit_notes: Credit notes for a past day, if they are not among the receivables.
        time_zone: The company's time zone, for instance `Europe/Berlin`. By default, UTC.
        exchange_rates: The value of one unit of each currency in `to`. Adds a column with converted sums.
        to: The reporting currency.

    Raises:
        RequestError: A column is missing, an argument is invalid, or `today` is past and `payments` is
            missing.
    """
    money = reporting(exchange_rates, to)
    found = _owed(table, payments, today, count_from, credit_notes, time_zone)
    labels, bucket = _bucketed(found, buckets, count_from)
    numbers = by_currency(found.rows, found.rows["left"], bucket, money)
    numbers = numbers.reindex(_shown(labels, numbers, count_from), fill_value=0.0)
    panels = [Panel(currency, numbers[[currency]]) for currency in last(largest_first(numbers), money)]
    chart = Chart(found.title(_WHAT[count_from]), numbers, panels, bars, nothing=NOTHING)
    chart.note = note_of(found.notes, numbers.columns, money)
    return chart


_WHAT: Final = {
    "due_date": "Open amounts by days overdue",
    "issue_date": "Open amounts by days since issue",
}


def aging_by_counterpart(
    table: Any,
    *,
    payments: Any = None,
    today: date | str | None = None,
    buckets: Sequence[int] = BUCKETS,
    count_from: From = "due_date",
    credit_notes: Any = None,
    time_zone: str | None = None,
    top: int = 10,
    exchange_rates: Mapping[str, Any] | None = None,
    to: str | None = None,
) -> Chart:
    """Show open amounts by counterpart and days overdue.

    The table has a row for each counterpart and currency, and a total for each currency. Its columns are the
    buckets and their total. The chart shows the largest counterparts.

    Args:
        table: As for `aging`, with `counterpart_id` or a name.
        payments: As for `aging`.
        today: As for `aging`.
        buckets: As for `aging`.
        count_from: As for `aging`.
        credit_notes: As for `aging`.
        time_zone: As for `aging`.
        top: The number of counterparts in the chart.
        exchange_rates: The value of one unit of each currency in `to`. Adds rows with converted sums.
        to: The reporting currency.

    Raises:
        RequestError: As for `aging`.
    """
    pd = need("pandas", "pandas")
    money = reporting(exchange_rates, to)
    found = _owed(table, payments, today, count_from, credit_notes, time_zone)
    labels, bucket = _bucketed(found, buckets, count_from)
    rows = pd.DataFrame(
        {
            "currency": found.rows["currency"].astype("string").astype(object),
            "counterpart": parties(found.rows).astype(object),
            "bucket": bucket.astype(object),
            "left": found.rows["left"],
        }
    )
    rows = with_converted(rows[rows["left"] > 0], money, "left")
    sums = rows.groupby(["currency", "counterpart", "bucket"])["left"].sum().unstack(fill_value=0.0)
    places = [name for name in [*labels, _NO_DAY[count_from]] if name in labels or name in sums.columns]
    sums = sums.reindex(columns=places, fill_value=0.0)
    sums[TOTAL] = sums.sum(axis="columns")
    parts: dict[str, Any] = {}
    panels = []
    counts = sums.groupby("currency").size().sort_values(ascending=False, kind="stable")
    for currency in last(counts.index, money):
        of_it = sums.xs(currency, level="currency").sort_values(TOTAL, ascending=False, kind="stable")
        shown = top_rows(of_it, top).drop(columns=TOTAL)
        shown = shown.loc[:, (shown != 0).any()]
        panels.append(Panel(str(currency), shown, rows=len(shown)))
        whole = pd.concat([of_it, of_it.sum().to_frame(TOTAL).T])
        parts[currency] = whole.round(decimals(currency, money))
    numbers = pd.concat(parts, names=["currency", "counterpart"]) if parts else sums
    numbers.columns.name = None
    title = found.title(f"{_WHAT[count_from]} and counterpart")
    chart = Chart(title, numbers, panels, stacked_bars, nothing=NOTHING)
    chart.note = note_of(found.notes, counts.index, money)
    return chart


def days_overdue(
    table: Any,
    *,
    payments: Any = None,
    today: date | str | None = None,
    credit_notes: Any = None,
    time_zone: str | None = None,
    top: int = 10,
    exchange_rates: Mapping[str, Any] | None = None,
    to: str | None = None,
) -> Chart:
    """Show the average days overdue of each counterpart, weighted by amount.

    For instance, 100 EUR for 10 days and 300 EUR for 50 days give 40 days. Amounts that are not due yet don't
    count.

    Args:
        table: As for `aging`, with `counterpart_id` or a name; so are the other arguments.
        payments: As for `aging`.
        today: As for `aging`.
        credit_notes: As for `aging`.
        time_zone: As for `aging`.
        top: The number of counterparts in the chart.
        exchange_rates: The value of one unit of each currency in `to`. Adds rows over all currencies.
        to: The reporting currency.

    Raises:
        RequestError: As for `aging`.
    """
    pd = need("pandas", "pandas")
    money = reporting(exchange_rates, to)
    found = _owed(table, payments, today, "due_date", credit_notes, time_zone)
    days = (pd.Timestamp(found.as_of) - found.rows["due_date"]).dt.days
    late = (days > 0) & (found.rows["left"] > 0)
    rows = pd.DataFrame(
        {
            "currency": found.rows["currency"].astype("string").astype(object),
            "counterpart": parties(found.rows).astype(object),
            "overdue": found.rows["left"],
            "weight": found.rows["left"] * days,
        }
    )[late]
    rows = with_converted(rows, money, "overdue", "weight")
    parts: dict[str, Any] = {}
    panels = []
    by_code = dict(list(rows.groupby("currency", sort=True)))
    for currency in last(by_code, money):
        of_it = by_code[currency]
        sums = of_it.groupby("counterpart")[["overdue", "weight"]].sum()
        sums = sums.sort_values("overdue", ascending=False, kind="stable")
        sums = pd.concat([sums.sum().to_frame(TOTAL).T, sums])
        sums["days"] = (sums.pop("weight") / sums["overdue"]).round(1)
        shown = sums[["days"]].iloc[: top + 1]
        panels.append(Panel(f"days, {currency}", shown, rows=len(shown)))
        parts[currency] = sums.round({"overdue": decimals(currency, money)})
    empty = pd.DataFrame({"overdue": [], "days": []}, dtype="float64")
    numbers = pd.concat(parts, names=["currency", "counterpart"]) if parts else empty
    title = found.title("Days overdue, weighted by amount")
    chart = Chart(title, numbers, panels, horizontal_bars, nothing="Nothing is overdue.")
    chart.note = note_of(found.notes, rows["currency"], money)
    return chart


def _owed(
    table: Any, payments: Any, today: Any, count_from: str, credit_notes: Any, time_zone: str | None
) -> OpenDocuments:
    if count_from not in _BEFORE:
        raise RequestError(f"Unknown value count_from={count_from!r}: use 'due_date' or 'issue_date'.")
    columns = ("due_date", "currency") if count_from == "due_date" else ("currency",)
    return open_documents(
        table, *columns, today=today, payments=payments, credit_notes=credit_notes, time_zone=time_zone
    )


def _bucketed(found: OpenDocuments, buckets: Sequence[int], count_from: From) -> tuple[list[str], Any]:
    """Return the names of the buckets, and the bucket of each document."""
    pd = need("pandas", "pandas")
    edges = _edges(buckets)
    is_due = count_from == "due_date"
    first = 1 if is_due else 0
    labels = [f"{low + 1 if low else first}–{high} days" for low, high in pairwise([0, *edges])]
    labels = [_BEFORE[count_from], *labels, f"over {edges[-1]} days"]
    days = (pd.Timestamp(found.as_of) - found.rows["due_date" if is_due else "issued"]).dt.days
    cuts = [-float("inf"), 0 if is_due else -1, *edges, float("inf")]
    bucket = pd.cut(days, cuts, labels=labels).astype("string").fillna(_NO_DAY[count_from])
    return labels, bucket


def _shown(labels: list[str], numbers: pd.DataFrame, count_from: From) -> list[str]:
    """Return the buckets to show. Special buckets are shown only if they contain documents."""
    undated = _NO_DAY[count_from]
    shown = [*labels, undated] if undated in numbers.index and numbers.loc[undated].any() else labels
    return shown[1:] if count_from == "issue_date" and labels[0] not in numbers.index else shown


def _edges(buckets: Sequence[int]) -> list[int]:
    try:
        edges = [int(day) for day in buckets if day != 0]
        are_days = all(float(day) == int(day) for day in buckets)
    except (TypeError, ValueError, OverflowError):
        edges, are_days = [], False
    if not edges or not are_days or list(edges) != sorted(set(edges)) or edges[0] < 0:
        raise RequestError(
            f"Invalid buckets={buckets!r}: the days must increase.",
            hint="Write the last day of each bucket: buckets=(30, 60, 90).",
        )
    return edges


def largest_first(numbers: pd.DataFrame) -> list[str]:
    """Return the currencies, the one with the most values first."""
    return [str(name) for name in (numbers != 0).sum().sort_values(ascending=False, kind="stable").index]


def top_rows(numbers: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return the first rows, and the sum of the others as another row."""
    if len(numbers) <= count:
        return numbers
    rest = numbers.iloc[count:].sum().to_frame(_OTHERS).T
    shown: pd.DataFrame = need("pandas", "pandas").concat([numbers.iloc[:count], rest])
    shown.index.name = numbers.index.name
    return shown
