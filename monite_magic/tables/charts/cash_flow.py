"""The cash flow report: expected money in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monite_magic.core import RequestError
from monite_magic.core.words import counted
from monite_magic.tables.charts.documents import by_currency, sums_in_words
from monite_magic.tables.charts.figures import Chart, Panel, bars
from monite_magic.tables.charts.open_documents import open_documents
from monite_magic.tables.charts.periods import EARLIER, LATER, Periods
from monite_magic.tables.charts.rates import last, note_of, reporting
from monite_magic.tables.charts.recurrences import planned
from monite_magic.tables.frames.backends import need

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import pandas as pd

    from monite_magic.tables.charts.periods import By
    from monite_magic.tables.charts.rates import Reporting

_IN, _OUT, _PLANNED = "in", "out", "planned in"
_NOTHING: Final = "No money is expected in or out."


class _Flow(NamedTuple):
    """Amounts in one direction with their due dates."""

    word: str
    sign: int
    rows: pd.DataFrame


def cash_flow(
    *,
    receivables: Any = None,
    payables: Any = None,
    recurrences: Any = None,
    payments: Any = None,
    today: date | str | None = None,
    by: By = "month",
    first_month: int = 1,
    time_zone: str | None = None,
    exchange_rates: Mapping[str, Any] | None = None,
    to: str | None = None,
) -> Chart:
    """Show expected money in and out, by the due dates of open documents.

    Notes mention open amounts without a due date or currency. Amounts that are due long before or after the
    other periods are in the bars `earlier` and `later`.

    Args:
        receivables: Money in.
        payables: Money out, shown below zero.
        recurrences: Recurrences. Their future invoices are a separate series, `planned in`. Their templates
            must be among the receivables.
        payments: All payment records, required for a past day.
        today: The day as of which documents are open. By default, the day of the answers.
        by: `week` (named by its Monday), `month`, `quarter` or `year`.
        first_month: The first month of the company's fiscal year: with 4, April 2026 is `2026/27-01`.
        time_zone: The company's time zone, for instance `Europe/Berlin`. By default, UTC.
        exchange_rates: The value of one unit of each currency in `to`. Adds columns with converted sums.
        to: The reporting currency.

    Raises:
        RequestError: A table, a column or the payments for a past day are missing, or an argument is invalid.
    """
    periods = Periods(by, first_month)
    money = reporting(exchange_rates, to)
    if receivables is None and payables is None:
        raise RequestError("Nothing to show.", hint="Pass receivables=, payables= or both.")
    if recurrences is not None and receivables is None:
        raise RequestError("recurrences= also needs receivables=, which contain the templates.")
    notes: list[str] = []
    flows: list[_Flow] = []
    days: list[date] = []
    is_past = False
    for given, sign, word in ((receivables, 1, _IN), (payables, -1, _OUT)):
        if given is not None:
            found = open_documents(
                given, "due_date", "currency", today=today, payments=payments, time_zone=time_zone
            )
            days.append(found.as_of)
            is_past = is_past or found.as_of < found.known.since
            notes += [f"{note.removesuffix('.')} ({word})." for note in found.notes]
            notes += _undated(found.rows, word)
            flows.append(_Flow(word, sign, found.rows[found.rows["due_date"].notna()]))
    as_of = max(days)
    if recurrences is not None:
        if is_past:
            raise RequestError("Planned invoices of recurrences are not available for a past day.")
        flows.append(_Flow(_PLANNED, 1, planned(recurrences, receivables, as_of, notes)))
    numbers = _numbers(flows, periods, as_of, money, notes)
    title = f"Expected money in and out, by {by}{f', as of {as_of}' if is_past else ''}"
    return _chart(title, numbers, [flow.word for flow in flows], money, notes)


def _undated(rows: pd.DataFrame, word: str) -> list[str]:
    """Return the sentence about open amounts without a due date, if any."""
    undated = rows[rows["due_date"].isna()]
    amounts = sums_in_words(undated, undated["left"])
    return [f"Not shown because of a missing due date: {amounts} ({word})."] if amounts else []


def _numbers(
    flows: list[_Flow], periods: Periods, as_of: date, money: Reporting | None, notes: list[str]
) -> pd.DataFrame:
    """Return the sums: a row for each period, a column for each direction and currency."""
    library = need("pandas", "pandas")
    open_ones = [flow._replace(rows=flow.rows[flow.rows["left"] > 0]) for flow in flows]
    numbered = [periods.of(flow.rows["due_date"]) for flow in open_ones]
    span = periods.span(library.concat(numbered), as_of)
    places = periods.all_labels(span) if span else []
    sums = []
    for flow, numbers in zip(open_ones, numbered, strict=True):
        names = periods.labels(numbers, span) if span else numbers.astype("string")
        for name, when in ((EARLIER, "before"), (LATER, "after")):
            beyond = flow.rows[names == name]
            if len(beyond):
                places = [EARLIER, *places] if name == EARLIER and EARLIER not in places else places
                places = [*places, LATER] if name == LATER and LATER not in places else places
                edge = periods.label(span.first if name == EARLIER else span.last) if span else ""
                count = counted(len(beyond), "document")
                words = sums_in_words(beyond, beyond["left"])
                notes.append(f"{name.capitalize()}: {count} due {when} {edge}, {words} ({flow.word}).")
        one = by_currency(flow.rows, flow.rows["left"] * flow.sign, names, money)
        sums.append(one.set_axis([f"{flow.word}, {currency}" for currency in one.columns], axis="columns"))
    numbers = library.concat(sums, axis="columns").fillna(0.0).reindex(places, fill_value=0.0)
    numbers.index.name = periods.by
    return numbers


def _chart(
    title: str, numbers: pd.DataFrame, words: list[str], money: Reporting | None, notes: list[str]
) -> Chart:
    currencies = sorted({str(name).partition(", ")[2] for name in numbers.columns})
    panels = []
    for currency in last(currencies, money):
        # Each panel has all directions, so that colours mean the same in all panels.
        columns = {word: numbers.get(f"{word}, {currency}", 0.0) for word in words}
        table = need("pandas", "pandas").DataFrame(columns, index=numbers.index)
        panels.append(Panel(currency, table))
    chart = Chart(title, numbers, panels, bars, nothing=_NOTHING)
    chart.note = note_of(notes, currencies, money)
    return chart
