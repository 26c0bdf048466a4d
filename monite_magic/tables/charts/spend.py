"""The reports of amounts and shares by counterpart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic.core.words import counted
from monite_magic.tables.charts.aging import largest_first, top_rows
from monite_magic.tables.charts.documents import by_currency, documents_of, parties, with_amounts
from monite_magic.tables.charts.figures import Chart, Panel, horizontal_bars
from monite_magic.tables.charts.rates import last, note_of, reporting
from monite_magic.tables.frames.backends import need

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

_NOTHING = "No amounts."


def spend(
    table: Any,
    *,
    top: int = 10,
    exchange_rates: Mapping[str, Any] | None = None,
    to: str | None = None,
) -> Chart:
    """Show amounts by counterpart, largest first.

    Counterparts are identified by `counterpart_id`, and labelled with their newest name. Drafts, templates,
    quotes, and documents that were canceled, rejected or never issued don't count. Credit notes are not
    subtracted.

    Args:
        table: Payables or receivables: `total_amount`, `currency`, and a name or ID of the counterpart.
        top: The number of counterparts with their own bar. The rest is one bar.
        exchange_rates: The value of one unit of each currency in `to`. Adds a column with converted sums.
        to: The reporting currency.

    Raises:
        RequestError: A column is missing, or an argument is invalid.
    """
    money = reporting(exchange_rates, to)
    rows, notes = _billed(table)
    numbers = by_currency(rows, rows["total_amount"], parties(rows), money)
    order = numbers.abs().max(axis="columns").sort_values(ascending=False, kind="stable").index
    numbers = numbers.loc[order]
    numbers.index.name = "counterpart"
    panels = []
    for currency in last(largest_first(numbers), money):
        one = numbers.loc[numbers[currency] != 0, [currency]]
        one = top_rows(one.sort_values(currency, key=abs, ascending=False, kind="stable"), top)
        panels.append(Panel(currency, one, rows=len(one)))
    shown = top_rows(numbers, top)
    chart = Chart("Amounts by counterpart", shown, panels, horizontal_bars, nothing=_NOTHING)
    chart.note = note_of(notes, numbers.columns, money)
    return chart


def concentration(
    table: Any,
    *,
    top: int = 10,
    exchange_rates: Mapping[str, Any] | None = None,
    to: str | None = None,
) -> Chart:
    """Show each counterpart's share of all amounts, largest first.

    The table has a row for each currency and counterpart: its `amount`, its `share_percent`, and the
    `cumulative_percent` up to it. Counterparts with a negative sum have no share, and don't change the shares
    of others; a note has their number.

    Args:
        table: As for `spend`.
        top: The number of counterparts in the chart. The table has all.
        exchange_rates: The value of one unit of each currency in `to`. Adds rows with shares of all converted
            amounts.
        to: The reporting currency.

    Raises:
        RequestError: A column is missing, or an argument is invalid.
    """
    pd = need("pandas", "pandas")
    money = reporting(exchange_rates, to)
    rows, notes = _billed(table)
    sums = by_currency(rows, rows["total_amount"], parties(rows), money)
    parts: dict[str, Any] = {}
    panels = []
    negative: list[str] = []
    for currency in last(largest_first(sums), money):
        amounts = sums.loc[sums[currency] != 0, currency].sort_values(ascending=False, kind="stable")
        owed = amounts[amounts > 0]
        shares = owed / owed.sum() * 100
        if len(owed) < len(amounts):
            negative.append(f"{counted(len(amounts) - len(owed), 'counterpart')} ({currency})")
        parts[currency] = pd.DataFrame(
            {
                "amount": amounts,
                "share_percent": shares.round(2),
                "cumulative_percent": shares.cumsum().round(2),
            },
            index=amounts.index,
        )
        shown = top_rows(shares.round(2).to_frame("share_percent"), top)
        panels.append(Panel(f"% of {currency}", shown, rows=len(shown)))
    empty = pd.DataFrame(columns=["amount", "share_percent", "cumulative_percent"], dtype="float64")
    numbers = pd.concat(parts, names=["currency", "counterpart"]) if parts else empty
    title = f"Share of amounts by counterpart, the largest {top}"
    chart = Chart(title, numbers, panels, horizontal_bars, nothing=_NOTHING)
    if negative:
        notes.append(f"Without a share because of a negative sum: {', '.join(negative)}.")
    chart.note = note_of(notes, sums.columns, money)
    return chart


def _billed(table: Any) -> tuple[pd.DataFrame, list[str]]:
    found = documents_of(table, "billed", None, "total_amount", "currency")
    return with_amounts(found.rows, found.rows["total_amount"], found.notes), found.notes
