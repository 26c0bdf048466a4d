"""The future invoices of recurrences."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from monite_magic.catalogue.formats import day
from monite_magic.core.words import counted
from monite_magic.tables.charts.documents import as_pandas, require
from monite_magic.tables.charts.figures import LEFT_OUT
from monite_magic.tables.frames.backends import need

if TYPE_CHECKING:
    import pandas as pd

_TERM: Final = "payment_terms.term_final.number_of_days"


def planned(given: Any, receivables: Any, today: date, notes: list[str]) -> pd.DataFrame:
    """Return the future invoices, one row each: `due_date`, `currency` and `left`.

    Args:
        given: A table of recurrences.
        receivables: The receivables with the templates of the recurrences.
        today: Only invoices issued on this day or later are included.
        notes: Receives sentences about what is not included.

    Raises:
        RequestError: An argument is not a table, or a column is missing.
    """
    table = as_pandas(given)
    require(table, "invoice_id", "status", "iterations")
    templates = as_pandas(receivables)
    require(templates, "id", "total_amount", "currency")
    known = {
        str(row["id"]): row
        for row in templates.reindex(columns=["id", "total_amount", "currency", _TERM]).to_dict("records")
    }
    rows: list[tuple[Any, Any, Any]] = []
    without_template = drafts = 0
    for recurrence in table.to_dict("records"):
        if recurrence["status"] != "active":
            continue
        if recurrence.get("automation_level") == "draft":
            drafts += 1
            continue
        template = known.get(str(recurrence["invoice_id"]))
        if template is None or template["total_amount"] != template["total_amount"]:
            without_template += 1
            continue
        term = template[_TERM]
        wait = timedelta(days=int(term) if isinstance(term, int | float) and term == term else 0)
        rows += [
            (issued + wait, template["currency"], template["total_amount"])
            for issued in _to_come(recurrence["iterations"], today)
        ]
    notes += _left_out(without_template, "whose template is not among the receivables")
    notes += _left_out(drafts, "that only creates drafts" if drafts == 1 else "that only create drafts")
    library = need("pandas", "pandas")
    frame: pd.DataFrame = library.DataFrame(
        {
            "due_date": library.Series([row[0] for row in rows], dtype="datetime64[s]"),
            "currency": library.Series([row[1] for row in rows], dtype="string"),
            "left": library.Series([row[2] for row in rows], dtype="float64"),
        }
    )
    return frame


def _left_out(count: int, which: str) -> list[str]:
    return [f"{LEFT_OUT}: {counted(count, 'recurrence')} {which}."] if count else []


def _to_come(iterations: Any, today: date) -> list[date]:
    """Return the issue dates of pending iterations."""
    listed = json.loads(iterations) if isinstance(iterations, str) else iterations
    if not isinstance(listed, list):
        return []
    days = [
        day(str(each.get("issue_at")))
        for each in listed
        if isinstance(each, dict) and each.get("status") == "pending"
    ]
    return [found for found in days if found is not None and found >= today]
