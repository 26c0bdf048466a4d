"""Charts of what has an obvious picture: aging, cash flow, spend, days to pay.

    charts.aging(payables.df())                      # or payables.plot()
    charts.cash_flow(receivables=a.df(), payables=b.df(), by="month")
    charts.spend(payables.df()).table                # the numbers

Each takes DataFrames with amounts in major units, as `.df()` and pulls give them. Amounts in different
currencies are never added, nor drawn on one axis: each currency has a panel of its own. Quotes and credit
notes are no bills and are not counted.
"""

from __future__ import annotations

import itertools
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal

from monite_magic.catalogue.currencies import exponent
from monite_magic.core.errors import RequestError
from monite_magic.tables.charts.days import day_of
from monite_magic.tables.charts.figures import Chart, Panel, bars, horizontal_bars
from monite_magic.tables.charts.tables import (
    amount_left,
    as_pandas,
    by_currency,
    counterpart,
    day_column,
    of_bills,
    only_open,
    require,
    status,
)
from monite_magic.tables.frames import frame
from monite_magic.tables.frames.backends import need

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from monite_magic.api import Answer

__all__ = ["Chart", "aging", "cash_flow", "days_to_pay", "plot", "spend"]

_UNDATED: Final = "no due date"
BUCKETS: Final = ("not due", "1–30 days", "31–60 days", "61–90 days", "over 90 days")
_BUCKET_EDGES: Final = (0, 30, 60, 90)
_DAYS_EDGES: Final = (0, 7, 14, 30, 45, 60, 90)
_OTHERS: Final = "all others"


def aging(table: pd.DataFrame, *, today: date | str | None = None) -> Chart:
    """Show open amounts by how long they are overdue as of a day, which the title names.

    Those without a due date stand beside the others, where there are any.

    Args:
        table: Payables or receivables: `due_date`, `currency`, `status`, and `amount_due` or `total_amount`.
        today: The day from which is counted: a date, datetime or Timestamp (its day), or a text
            `2027-01-31`; the present day by default.

    Raises:
        RequestError: A column is missing, or `today` is no day.
    """
    pd = need("pandas", "pandas")
    table = as_pandas(table)
    require(table, "due_date", "currency")
    rows = only_open(table)
    as_of = date.today() if today is None else day_of(today, "today")
    days = (pd.Timestamp(as_of) - rows["due_date"]).dt.days
    edges = [-float("inf"), *_BUCKET_EDGES, float("inf")]
    bucket = pd.cut(days, edges, labels=list(BUCKETS)).astype("string").fillna(_UNDATED)
    numbers = by_currency(rows, amount_left(rows), bucket)
    has_undated = _UNDATED in numbers.index and numbers.loc[_UNDATED].any()
    numbers = numbers.reindex([*BUCKETS, _UNDATED] if has_undated else list(BUCKETS), fill_value=0.0)
    panels = [Panel(currency, numbers[[currency]]) for currency in _largest_first(numbers)]
    title = f"Open amounts by days overdue, as of {as_of}"
    return Chart(title, numbers, panels, bars, nothing="Nothing is open.")


def cash_flow(
    *,
    receivables: pd.DataFrame | None = None,
    payables: pd.DataFrame | None = None,
    by: Literal["week", "month"] = "month",
) -> Chart:
    """Show the money that is to come in and to go out, by the due dates of what is open.

    A note tells of open amounts without a due date.

    Args:
        receivables: What comes in.
        payables: What goes out; shown below zero.
        by: `week` (named by its Monday) or `month`.

    Raises:
        RequestError: There is no table, or a column is missing.
    """
    if by not in {"week", "month"}:
        raise RequestError(f"by={by!r} is neither 'week' nor 'month'.")
    flows, notes = [], []
    for given, sign, word in ((receivables, 1, "in"), (payables, -1, "out")):
        if given is not None:
            table = as_pandas(given)
            require(table, "due_date", "currency")
            rows = only_open(table)
            notes += _undated(rows, word)
            rows = rows[rows["due_date"].notna()]
            flow = by_currency(rows, amount_left(rows) * sign, _periods(rows["due_date"], by))
            flows.append(flow.set_axis([f"{word}, {currency}" for currency in flow.columns], axis="columns"))
    if not flows:
        raise RequestError("There is nothing to show.", hint="Give receivables=, payables= or both.")
    numbers = need("pandas", "pandas").concat(flows, axis="columns").fillna(0.0)
    numbers = _without_gaps(numbers, by)
    words = [str(name).partition(", ")[0] for name in numbers.columns]
    currencies = [str(name).partition(", ")[2] for name in numbers.columns]
    panels = []
    for currency in sorted(set(currencies)):
        of_it = [each == currency for each in currencies]
        series = numbers.loc[:, of_it].set_axis(list(itertools.compress(words, of_it)), axis="columns")
        # Each panel has both ways, so that a colour means the same in all of them.
        panels.append(Panel(currency, series.reindex(columns=sorted(set(words)), fill_value=0.0)))
    title = f"Money to come in and to go out, by {by}"
    nothing = "Nothing is due to come in or to go out."
    chart = Chart(title, numbers, panels, bars, nothing=nothing)
    chart.note = " ".join(notes)
    return chart


def _undated(rows: pd.DataFrame, word: str) -> list[str]:
    """Return the sentence that tells of open amounts without a due date, if there are any."""
    undated = rows[rows["due_date"].isna()]
    sums = by_currency(undated, amount_left(undated), "sum")
    sums = sums.loc[:, (sums != 0).any()]
    amounts = ", ".join(f"{sums.loc['sum', code]:,.{exponent(code)}f} {code}" for code in sums.columns)
    return [f"Not shown, as no due date is known: {amounts} ({word})."] if amounts else []


def _periods(days: Any, by: str) -> Any:
    if by == "month":
        return days.dt.strftime("%Y-%m")
    monday = days - need("pandas", "pandas").to_timedelta(days.dt.day_of_week, unit="D")
    return monday.dt.strftime("%Y-%m-%d")


def _without_gaps(numbers: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return the table in the order of time, with the periods in which nothing is due."""
    library = need("pandas", "pandas")
    if len(numbers):
        first, last = min(numbers.index), max(numbers.index)
        steps = library.date_range(first, last, freq="MS" if by == "month" else "W-MON")
        every = [f"{step:%Y-%m}" if by == "month" else f"{step:%Y-%m-%d}" for step in steps]
        numbers = numbers.reindex(every, fill_value=0.0)
    numbers.index.name = by
    return numbers


def spend(table: pd.DataFrame, *, top: int = 10) -> Chart:
    """Show amounts by counterpart, the largest first.

    Args:
        table: Payables or receivables: `total_amount`, `currency`, and a name or id of the counterpart.
        top: How many counterparts are shown by name; the rest is shown together.

    Raises:
        RequestError: A column is missing.
    """
    table = of_bills(as_pandas(table))
    require(table, "total_amount", "currency")
    rows = table[~status(table).isin({"canceled", "rejected", "deleted"})]
    numbers = by_currency(rows, rows["total_amount"], counterpart(rows))
    order = numbers.abs().max(axis="columns").sort_values(ascending=False, kind="stable").index
    numbers = numbers.loc[order]
    numbers.index.name = "counterpart"
    panels = []
    for currency in _largest_first(numbers):
        one = numbers.loc[numbers[currency] != 0, [currency]]
        one = _top(one.sort_values(currency, key=abs, ascending=False, kind="stable"), top)
        panels.append(Panel(currency, one, rows=len(one)))
    nothing = "There are no amounts."
    return Chart("Amounts by counterpart", _top(numbers, top), panels, horizontal_bars, nothing=nothing)


def _top(numbers: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return the first rows, and the sum of the others as one more."""
    if len(numbers) <= count:
        return numbers
    rest = numbers.iloc[count:].sum().to_frame(_OTHERS).T
    shown: pd.DataFrame = need("pandas", "pandas").concat([numbers.iloc[:count], rest])
    shown.index.name = numbers.index.name
    return shown


def _largest_first(numbers: pd.DataFrame) -> list[str]:
    """Return the currencies, that with the most places first."""
    return [str(name) for name in (numbers != 0).sum().sort_values(ascending=False, kind="stable").index]


def days_to_pay(table: pd.DataFrame) -> Chart:
    """Show how many days passed between issue and payment.

    Args:
        table: Payables (`issued_at`) or receivables (`issue_date`), with `paid_at`.

    Raises:
        RequestError: A column is missing.
    """
    pd = need("pandas", "pandas")
    table = as_pandas(table)
    issued = "issued_at" if "issued_at" in table.columns else "issue_date"
    require(table, issued, "paid_at")
    days = (day_column(table["paid_at"]) - day_column(table[issued])).dt.days.dropna()
    edges = [-float("inf"), *_DAYS_EDGES, float("inf")]
    labels = ["same day", *(f"{a + 1}–{b}" for a, b in itertools.pairwise(_DAYS_EDGES)), "over 90"]
    counts = pd.cut(days, edges, labels=labels).value_counts().reindex(labels, fill_value=0)
    numbers = counts.astype("int64").to_frame("documents")
    numbers.index.name = "days to pay"
    median = f", median {days.median():.0f}" if len(days) else ""
    nothing = "Nothing has been paid."
    return Chart(f"Days to pay{median}", numbers, [Panel("documents", numbers)], bars, nothing=nothing)


def plot(response: Answer, kind: str | None = None, **options: Any) -> Chart:
    """Return the chart of an answer.

    Args:
        response: A list of payables or receivables.
        kind: `aging`, `cash_flow`, `spend` or `days_to_pay`; by default `aging`.
        options: What the chart's function takes besides.

    Raises:
        RequestError: There is no such chart, or the rows have not what it needs.
    """
    if kind not in (None, "cash_flow", *_KINDS):
        raise RequestError(
            f"There is no chart {kind!r}.", hint=f"Choose one of cash_flow, {', '.join(_KINDS)}."
        )
    table = frame(response)
    if kind == "cash_flow":
        is_income = (response.template or "").startswith("/receivables")
        chart = cash_flow(**{"receivables" if is_income else "payables": table}, **options)
    else:
        chart = _KINDS[kind or "aging"](table, **options)
    chart.note = " ".join(filter(None, [chart.note, response.incomplete]))
    return chart


_KINDS: Final[dict[str, Callable[..., Chart]]] = {"aging": aging, "spend": spend, "days_to_pay": days_to_pay}
