"""Reports of 100,000 invoices: aging as of a day that has passed, and the picture of each report.

Run: python tests/benchmarks/bench_reports.py

The time is that of the processor, so that other programs of the machine don't count.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime, timedelta
from random import Random
from statistics import median
from typing import TYPE_CHECKING, Any

from promises import Measured, report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROWS, FIRMS, RUNS = 100_000, 3_000, 3
ANSWERED, PAST = datetime(2027, 1, 1, 8, tzinfo=UTC), "2026-06-30"
CURRENCIES = ("EUR", "USD", "GBP", "CHF", "SEK", "JPY")
ODD_DUES = ("1900-01-01", "2206-01-01", "9999-12-31")


def books() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return invoices of two and a half years, four in five of them paid, and the payments."""
    dice, start = Random(5), date(2024, 6, 1)
    invoices, payments = [], []
    for number in range(ROWS):
        issued = start + timedelta(days=dice.randrange(900))
        due = ODD_DUES[number] if number < len(ODD_DUES) else (issued + timedelta(days=30)).isoformat()
        paid = (issued + timedelta(days=dice.randrange(90))).isoformat() + "T10:00:00Z"
        amount, code, is_paid = dice.randrange(1, 10**6), dice.choice(CURRENCIES), dice.random() < 0.8
        firm = dice.randrange(FIRMS)
        invoices.append(
            {
                "id": f"i{number}", "type": "invoice", "status": "paid" if is_paid else "issued",
                "currency": code, "counterpart_id": f"c{firm}", "counterpart_name": f"Firm {firm}",
                "issue_date": f"{issued}T10:00:00Z", "due_date": due, "total_amount": amount,
                "amount_due": 0 if is_paid else amount, "amount_paid": amount if is_paid else 0,
                "total_amount_with_credit_notes": amount, "paid_at": paid if is_paid else None,
            }
        )  # fmt: skip
        if is_paid:
            payments.append(
                {
                    "id": f"p{number}", "object": {"id": f"i{number}", "type": "receivable"},
                    "amount": amount, "currency": code, "status": "succeeded", "paid_at": paid,
                    "overpaid_amount": 0,
                }
            )  # fmt: skip
    return invoices, payments


def frame(rows: list[dict[str, Any]], path: str) -> Any:
    """Return rows as the DataFrame of an answer."""
    from monite_magic.core.environments import LOCAL
    from monite_magic.core.sent import SentRequest
    from monite_magic.session.response import MoniteResponse

    answered = ANSWERED.strftime("%a, %d %b %Y %H:%M:%S GMT")
    answer = MoniteResponse(
        request=SentRequest("GET", LOCAL.base_url + path, path),
        status=200,
        headers={"content-type": "application/json", "date": answered},
        content=json.dumps({"data": rows}).encode(),
        elapsed=0.1,
        environment=LOCAL,
        template=path,
    )
    return answer.df()


def seconds(run: Callable[[], Any]) -> float:
    """Return the median of a few runs, after one that imports what it needs."""
    times = []
    for _ in range(RUNS + 1):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return median(times[1:])


def measure() -> Iterator[Measured]:
    """Measure each report with its picture and its text."""
    from monite_magic.tables import charts

    invoices, payments = books()
    sales, paid = frame(invoices, "/receivables"), frame(payments, "/payment_records")
    took = seconds(lambda: charts.aging(sales, payments=paid, today=PAST))
    yield Measured(f"aging as of a past day over {ROWS:,} rows", took, 1, "s")
    rates = {"exchange_rates": {"USD": "0.92", "JPY": "0.0061"}, "to": "EUR"}
    reports: dict[str, Callable[[], charts.Chart]] = {
        "aging": lambda: charts.aging(sales),
        "aging by counterpart": lambda: charts.aging_by_counterpart(sales),
        "aging by counterpart, converted": lambda: charts.aging_by_counterpart(sales, **rates),
        "days overdue": lambda: charts.days_overdue(sales),
        "spend": lambda: charts.spend(sales),
        "concentration, converted": lambda: charts.concentration(sales, **rates),
        "days to pay": lambda: charts.days_to_pay(sales),
        "weekly cash flow, converted": lambda: charts.cash_flow(
            receivables=sales, payables=sales, by="week", **rates
        ),
    }
    for name, make in reports.items():
        took = seconds(lambda: make()._repr_mimebundle_())  # noqa: B023 - it is called at once
        yield Measured(f"{name} of {ROWS:,} rows, with its picture", took, 1, "s")


if __name__ == "__main__":
    report(measure)
