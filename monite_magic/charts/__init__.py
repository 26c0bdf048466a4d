"""Charts of what has an obvious picture: aging, cash flow, spend, days to pay.

    charts.aging(payables.df())                      # or payables.plot()
    charts.cash_flow(receivables=a.df(), payables=b.df(), by="month")
    charts.spend(payables.df()).table                # the numbers

Each takes DataFrames of pandas with amounts in major units, as `.df()` gives them. Amounts in different
currencies are never added, nor drawn on one axis: each currency has a panel of its own.
"""

from __future__ import annotations

import itertools
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal

from monite_magic.charts.days import day_of
from monite_magic.charts.figures import Chart, Panel, bars, horizontal_bars
from monite_magic.errors import RequestError
from monite_magic.frames import frame
from monite_magic.frames.backends import need

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from monite_magic.response import MoniteResponse

__all__ = ["Chart", "aging", "cash_flow", "days_to_pay", "plot", "spend"]

BUCKETS: Final = ("not due", "1–30 days", "31–60 days", "61–90 days", "over 90 days")
_BUCKET_EDGES: Final = (0, 30, 60, 90)
#: Statuses in which nothing is open: paid, given up, or not yet a bill.
_CLOSED: Final = frozenset(
    {"paid", "canceled", "rejected", "deleted", "draft", "declined", "expired", "uncollectible", "recurring"}
)
_DAYS_EDGES: Final = (0, 7, 14, 30, 45, 60, 90)
_OTHERS: Final = "all others"


def aging(table: pd.DataFrame, *, today: date | str | None = None) -> Chart:
    """Show open amounts by how long they are overdue as of a day, which the title names.

    Args:
        table: Payables or receivables: `due_date`, `currency`, `status`, and `amount_due` or `total_amount`.
        today: The day from which is counted: a date, datetime or Timestamp (its day), or a text
            `2027-01-31`; the present day by default.

    Raises:
        RequestError: A column is missing, or `today` is no day.
    """
    pd = need("pandas", "pandas")
    _require(table, "due_date", "currency")
    rows = _only_open(table)
    as_of = date.today() if today is None else day_of(today, "today")
    days = (pd.Timestamp(as_of) - rows["due_date"]).dt.days
    edges = [-float("inf"), *_BUCKET_EDGES, float("inf")]
    bucket = pd.cut(days, edges, labels=list(BUCKETS))
    numbers = _by_currency(rows, _amount_left(rows), bucket).reindex(list(BUCKETS), fill_value=0.0)
    panels = [Panel(currency, numbers[[currency]]) for currency in _largest_first(numbers)]
    title = f"Open amounts by days overdue, as of {as_of}"
    return Chart(title, numbers, panels, bars, nothing=_nothing_open(table))


def cash_flow(
    *,
    receivables: pd.DataFrame | None = None,
    payables: pd.DataFrame | None = None,
    by: Literal["week", "month"] = "month",
) -> Chart:
    """Show the money that is to come in and to go out, by the due dates of what is open.

    Args:
        receivables: What comes in.
        payables: What goes out; shown below zero.
        by: `week` (named by its Monday) or `month`.

    Raises:
        RequestError: There is no table, or a column is missing.
    """
    if by not in {"week", "month"}:
        raise RequestError(f"by={by!r} is neither 'week' nor 'month'.")
    flows = []
    for table, sign, word in ((receivables, 1, "in"), (payables, -1, "out")):
        if table is not None:
            _require(table, "due_date", "currency")
            rows = _only_open(table)
            flow = _by_currency(rows, _amount_left(rows) * sign, _periods(rows["due_date"], by))
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
    return Chart(title, numbers, panels, bars, nothing=nothing)


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
    _require(table, "total_amount", "currency")
    rows = table[~_status(table).isin({"canceled", "rejected", "deleted"})]
    numbers = _by_currency(rows, rows["total_amount"], _counterpart(rows))
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
    issued = "issued_at" if "issued_at" in table.columns else "issue_date"
    _require(table, issued, "paid_at")
    days = (_day(table["paid_at"]) - _day(table[issued])).dt.days.dropna()
    edges = [-float("inf"), *_DAYS_EDGES, float("inf")]
    labels = ["same day", *(f"{a + 1}–{b}" for a, b in itertools.pairwise(_DAYS_EDGES)), "over 90"]
    counts = pd.cut(days, edges, labels=labels).value_counts().reindex(labels, fill_value=0)
    numbers = counts.astype("int64").to_frame("documents")
    numbers.index.name = "days to pay"
    median = f", median {days.median():.0f}" if len(days) else ""
    nothing = "Nothing has been paid."
    return Chart(f"Days to pay{median}", numbers, [Panel("documents", numbers)], bars, nothing=nothing)


def plot(response: MoniteResponse, kind: str | None = None, **options: Any) -> Chart:
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
    chart.note = response.incomplete or ""
    return chart


_KINDS: Final[dict[str, Callable[..., Chart]]] = {"aging": aging, "spend": spend, "days_to_pay": days_to_pay}


def _day(moments: Any) -> Any:
    """Return the days, in UTC, of moments with or without a zone."""
    return (moments.dt.tz_convert(None) if moments.dt.tz is not None else moments).dt.normalize()


def _require(table: pd.DataFrame, *names: str) -> None:
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise RequestError(
            f"The table has no column {', '.join(missing)}.",
            hint="Take the .df() of payables or receivables, with money='major'.",
        )


def _status(table: pd.DataFrame) -> Any:
    if "status" in table.columns:
        return table["status"].astype("string").fillna("")
    return need("pandas", "pandas").Series("", index=table.index, dtype="string")


def _nothing_open(table: pd.DataFrame) -> str:
    """Return what is said where there is no open amount to show."""
    if len(table[~_status(table).isin(_CLOSED)]) > len(_only_open(table)):
        return "Nothing that is open has a due date."
    return "Nothing is open."


def _only_open(table: pd.DataFrame) -> pd.DataFrame:
    rows: pd.DataFrame = table[~_status(table).isin(_CLOSED) & table["due_date"].notna()]
    return rows


def _amount_left(table: pd.DataFrame) -> Any:
    """Return what is still to be paid: the amount due where it is told, else the whole amount."""
    _require(table, *(() if "amount_due" in table.columns else ("total_amount",)))
    whole = table["total_amount"] if "total_amount" in table.columns else table["amount_due"]
    return table["amount_due"].fillna(whole) if "amount_due" in table.columns else whole


def _counterpart(table: pd.DataFrame) -> Any:
    names = need("pandas", "pandas").Series(None, index=table.index, dtype="string")
    for column in ("counterpart_name", "counterpart.name", "counterpart_raw_data.name", "counterpart_id"):
        if column in table.columns:
            names = names.fillna(table[column].astype("string"))
    return names.fillna("unknown")


def _by_currency(table: pd.DataFrame, amounts: Any, groups: Any) -> pd.DataFrame:
    """Return the sums of the amounts: a row for each group, a column for each currency."""
    library = need("pandas", "pandas")
    rows = library.DataFrame(
        {"group": groups, "currency": table["currency"].astype("string"), "amount": amounts}
    )
    rows = rows.dropna()
    sums = rows.groupby(["group", "currency"], observed=True)["amount"].sum().unstack(fill_value=0.0)
    sums.columns = [str(name) for name in sums.columns]
    sums.index = [str(name) for name in sums.index]
    rounded: pd.DataFrame = sums.round(3)
    return rounded
