"""Analytics, computed from the documents: a metric, aggregated, for each value of a dimension.

The names of periods are unverified: 2026-03-01, the Monday of a week, 2026-03, 2026-Q1, 2026.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from monite_magic.simulator.registry import behaviour, operation
from monite_magic.simulator.rules.payable_credit_notes import CREDIT_NOTES
from monite_magic.simulator.rules.payables import PAYABLES
from monite_magic.simulator.rules.receivables import RECEIVABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monite_magic.simulator.call import Call
    from monite_magic.simulator.resources import Resource
    from monite_magic.simulator.store import Document

behaviour("analytics", "The names of periods as values of a dimension are unverified.", "unverified")
behaviour("analytics", "Averages are rounded to the nearest integer.", "unverified")

_OWN = {"dimension", "metric", "aggregation_function", "date_dimension_breakdown", "limit", "order", "sort"}
_DATES = {"created_at", "issued_at", "issue_date", "due_date"}


def _points(call: Call, resource: Resource) -> Document:
    query = {name: value for name, value in call.query.items() if name not in _OWN}
    asked = call.query
    groups: dict[str | None, list[float]] = defaultdict(list)
    for document in resource.matching(call, query):
        for value, metric in _values(document, asked.get("dimension"), asked["metric"]):
            groups[_named(value, asked)].append(metric)
    if not groups and not asked.get("dimension"):
        groups[None] = []
    points = [_point(value, metrics, asked["aggregation_function"]) for value, metrics in groups.items()]
    points.sort(key=lambda point: point.get("dimension_value") or "", reverse=asked.get("order") == "desc")
    return {"data": points[: asked.get("limit") or None]}


def _values(document: Document, dimension: str | None, metric: str) -> Iterator[tuple[Any, float]]:
    """Yield the dimension's value and the metric of a document, or of each of its lines."""
    if dimension == "product_id" or metric.startswith("product_"):
        for item in document.get("line_items", ()):
            amount = {"product_quantity": item["quantity"], "id": 1}.get(metric, item["total_after_vat"])
            yield (
                item["product"]["id"] if dimension == "product_id" else document.get(dimension or ""),
                amount,
            )
    else:
        yield document.get(dimension or ""), 1 if metric == "id" else document.get(metric) or 0


def _named(value: Any, asked: dict[str, Any]) -> str | None:
    if value is None or asked.get("dimension") not in _DATES:
        return None if value is None else str(value)
    day = date.fromisoformat(str(value)[:10])
    match asked.get("date_dimension_breakdown") or "daily":
        case "weekly":
            return (day - timedelta(days=day.weekday())).isoformat()
        case "monthly":
            return f"{day:%Y-%m}"
        case "quarterly":
            return f"{day.year}-Q{(day.month + 2) // 3}"
        case "yearly":
            return str(day.year)
    return day.isoformat()


def _point(value: str | None, metrics: list[float], aggregation: str) -> Document:
    match aggregation:
        case "count":
            result: float = len(metrics)
        case "average":
            result = round(sum(metrics) / len(metrics)) if metrics else 0
        case "min":
            result = min(metrics, default=0)
        case "max":
            result = max(metrics, default=0)
        case _:
            result = sum(metrics)
    whole = int(result) if float(result).is_integer() else round(result)
    return {"metric_value": whole} if value is None else {"dimension_value": value, "metric_value": whole}


@operation("GET", "/analytics/payables", status="unverified", access=PAYABLES.access("read"))
def payables(call: Call) -> Document:
    """A metric of payables."""
    return _points(call, PAYABLES)


@operation("GET", "/analytics/receivables", status="unverified", access=RECEIVABLES.access("read"))
def receivables(call: Call) -> Document:
    """A metric of receivables."""
    return _points(call, RECEIVABLES)


@operation("GET", "/analytics/credit_notes", status="unverified", access=CREDIT_NOTES.access("read"))
def credit_notes(call: Call) -> Document:
    """A metric of vendors' credit notes."""
    return _points(call, CREDIT_NOTES)


@PAYABLES.list_operation("GET", "analytics", may="read", status="schema")
def payables_by_status(call: Call) -> Document:
    """Number and total amount of payables by status (deprecated)."""
    sums: dict[str, list[int]] = defaultdict(list)
    for payable in PAYABLES.matching(call, call.query):
        sums[payable["status"]].append(payable.get("total_amount") or 0)
    data = [
        {"status": status, "count": len(amounts), "sum_total_amount": sum(amounts)}
        for status, amounts in sums.items()
    ]
    return {
        "data": data,
        "count": sum(entry["count"] for entry in data),
        "sum_total_amount": sum(entry["sum_total_amount"] for entry in data),
    }
