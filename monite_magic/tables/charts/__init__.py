"""Reports of payables and receivables: a table of numbers, and a chart.

    charts.aging(payables.df())                                  # or payables.plot()
    charts.aging(invoices.df(), payments=payments.df(), today="2026-06-30")
    charts.aging_by_counterpart(invoices.df()).table             # the numbers
    charts.cash_flow(receivables=a.df(), payables=b.df(), by="week")

Each function takes DataFrames with amounts in major units, from `.df()` or a pull. By default, it counts from
the day of the answer. Amounts in different currencies are never added up or drawn on the same axis: each
currency has its own panel. The note below the chart lists what is not included.

To add a chart, write its function in a module like `aging`, and add it to `_KINDS` here. `statuses` decides
which documents count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from monite_magic.core.errors import RequestError
from monite_magic.tables.charts.aging import aging, aging_by_counterpart, days_overdue
from monite_magic.tables.charts.cash_flow import cash_flow
from monite_magic.tables.charts.days_to_pay import days_to_pay
from monite_magic.tables.charts.figures import Chart
from monite_magic.tables.charts.spend import concentration, spend
from monite_magic.tables.frames import frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from monite_magic.api import Answer

__all__ = [
    "Chart",
    "aging",
    "aging_by_counterpart",
    "cash_flow",
    "concentration",
    "days_overdue",
    "days_to_pay",
    "plot",
    "spend",
]

#: The charts of `.plot()`, by name.
_KINDS: Final[dict[str, Callable[..., Chart]]] = {
    "aging": aging,
    "aging_by_counterpart": aging_by_counterpart,
    "days_overdue": days_overdue,
    "spend": spend,
    "concentration": concentration,
    "days_to_pay": days_to_pay,
}


def plot(response: Answer, kind: str | None = None, **options: Any) -> Chart:
    """Return a chart of an answer.

    Args:
        response: A list of payables or receivables.
        kind: `aging`, `aging_by_counterpart`, `cash_flow`, `concentration`, `days_overdue`, `days_to_pay` or
            `spend`; by default `aging`.
        options: Other arguments of the chart's function.

    Raises:
        RequestError: The chart is unknown, or a required column is missing.
    """
    if kind not in (None, "cash_flow", *_KINDS):
        raise RequestError(f"Unknown chart: {kind!r}.", hint=f"Choose one of cash_flow, {', '.join(_KINDS)}.")
    table = frame(response)
    if kind == "cash_flow":
        is_income = (response.template or "").startswith("/receivables")
        chart = cash_flow(**{"receivables" if is_income else "payables": table}, **options)
    else:
        chart = _KINDS[kind or "aging"](table, **options)
    chart.note = " ".join(filter(None, [chart.note, response.incomplete]))
    return chart
