"""Recurrences: invoices that are issued repeatedly by the clock."""

from __future__ import annotations

import calendar
from datetime import date
from typing import TYPE_CHECKING, Any

from monite_magic.simulator.answers import Answer, Refusal, conflict, invalid, problem
from monite_magic.simulator.clock import days_after
from monite_magic.simulator.registry import behaviour
from monite_magic.simulator.resources import Resource
from monite_magic.simulator.rules.receivable_actions import issue_now
from monite_magic.simulator.rules.receivable_mails import send_mail
from monite_magic.simulator.rules.receivables import RECEIVABLES
from monite_magic.simulator.timers import moment_of, set_timer, timer

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour(
    "recurrences",
    "An iteration runs at the start of its day. Iterations of a paused recurrence are skipped.",
    "unverified",
)
behaviour(
    "recurrences", "An iteration fails if its counterpart was deleted. The next one runs.", "unverified"
)
behaviour(
    "recurrences",
    "A recurrence needs either end_date (or end_year and end_month) or max_occurrences: 422 for both or "
    "neither. In a change, the new one replaces the other.",
    "documented",
)
behaviour("recurrences", "The end must not be before the start: 422.", "unverified")
behaviour(
    "recurrences",
    "issue_and_send needs subject_text and body_text: 422. It is the default if both are set.",
    "documented",
)
behaviour(
    "recurrences",
    "Recipients are required unless the invoice has the email address of its counterpart: 422 for "
    "issue_and_send.",
    "documented",
)
behaviour(
    "recurrences",
    "day_of_month sets the day of each iteration. The default is the day of start_date.",
    "unverified",
)
behaviour("recurrences", "An iteration of an inactive entity is skipped.", "unverified")

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DAYS = {"day": 1, "week": 7}
# The largest number of iterations: the maximum of max_occurrences.
_MAX_ITERATIONS = 1000
# The maximum of `start_year` in the OpenAPI document 2024-05-25.
_LAST_YEAR = 2077


class Recurrences(Resource):
    """The recurrences of an entity's invoices."""

    kind = "recurrence"
    path = "/recurrences/{recurrence_id}"
    permission = "receivable"
    event = "recurrence"
    initial = {"status": "active", "current_iteration": 1}

    def prepare(self, call: Call, document: Document) -> None:
        """Load the invoice, and plan the iterations."""
        invoice = RECEIVABLES.referred(call, document, "invoice_id") or {}
        if invoice.get("type") != "invoice":
            invalid(problem(["body", "invoice_id"], "Only an invoice can recur."))
        RECEIVABLES.require(invoice, ("draft",))
        document["_given_day"] = document.get("day_of_month")
        document.setdefault("frequency", "month")
        document.setdefault("interval", 1)
        document.setdefault("day_of_month", "first_day")
        self._set_level(document, invoice)
        self._begin(call, document, _start(call, document))
        _check_end(document, document)
        self.plan(call, document)
        invoice["recurrence_id"] = document["id"]
        RECEIVABLES.set_status(call, invoice, "recurring")

    def change(self, call: Call, document: Document, changes: Document) -> None:
        """Refuse to change a recurrence that has ended."""
        _require(document, ("active", "paused"))
        if changes.get("day_of_month"):
            changes["_given_day"] = changes["day_of_month"]
        merged = {**document, **changes}
        if changes.get("start_date"):
            self._begin(call, changes, _on_given_day(date.fromisoformat(changes["start_date"]), merged))
            merged.update(changes)
        _check_end(changes, merged)
        replaced = _END if changes.get("max_occurrences") else ("max_occurrences",)
        if any(changes.get(name) for name in (*_END, "max_occurrences")):
            for name in replaced:
                document.pop(name, None)
                merged.pop(name, None)
        if {"automation_level", "subject_text", "body_text", "recipients"} & changes.keys():
            self._set_level(merged, RECEIVABLES.get(call, document["invoice_id"]) or {})
        _check_order({**merged, **changes})

    def _set_level(self, document: Document, invoice: Document) -> None:
        """Check the automation level, which can need the text of an email and an address."""
        texts = [name for name in ("subject_text", "body_text") if not document.get(name)]
        level = document.setdefault("automation_level", "issue" if texts else "issue_and_send")
        if level != "issue_and_send":
            return
        if texts:
            invalid(*(problem(["body", name], "Required with issue_and_send.", "missing") for name in texts))
        contact = (invoice.get("counterpart_contact") or {}).get("email") or invoice.get("_counterpart_email")
        if not contact and not (document.get("recipients") or {}).get("to"):
            text = "Required with issue_and_send: the invoice has no email address of its counterpart."
            invalid(problem(["body", "recipients"], text, "missing"))

    def _begin(self, call: Call, members: Document, start: date) -> None:
        """Set the day of the first iteration."""
        if start.year > _LAST_YEAR:
            invalid(problem(["body", "start_date"], f"A recurrence must start in {_LAST_YEAR} or earlier."))
        if start < call.clock.today():
            invalid(problem(["body", "start_date"], "A recurrence can't start in the past."))
        members.update(start_date=start.isoformat(), start_month=start.month, start_year=start.year)

    def changed(self, call: Call, document: Document) -> None:
        """Plan the remaining iterations again."""
        self.plan(call, document)

    def plan(self, call: Call, document: Document) -> None:
        """List past and future iterations."""
        done = [entry for entry in document.get("iterations", ()) if entry["status"] != "pending"]
        end, most = _end(document), document.get("max_occurrences")
        count = most or _MAX_ITERATIONS
        days = [_occurrence(document, index) for index in range(len(done), count)]
        coming = [day for day in days if end is None or day <= end]
        document["iterations"] = done + [
            {"issue_at": day.isoformat(), "iteration": len(done) + 1 + index, "status": "pending"}
            for index, day in enumerate(coming)
        ]
        for day in coming[:1]:
            set_timer(call, "recurrence", moment_of(day), document["id"])


RECURRENCES = Recurrences().serve("list", "create", "read", "update", status="documented")


#: The members for the end of a recurrence, except `max_occurrences`.
_END = ("end_date", "end_year", "end_month")


def _check_end(given: Document, merged: Document) -> None:
    """Refuse two ends, no end, or one before the start.

    Args:
        given: The body of the call.
        merged: The recurrence after the change.
    """
    by_date = bool(given.get("end_date") or (given.get("end_year") and given.get("end_month")))
    if by_date and given.get("max_occurrences"):
        text = "Mutually exclusive with end_date: use one of them."
        invalid(problem(["body", "max_occurrences"], text))
    if _end(merged) is None and not merged.get("max_occurrences"):
        invalid(problem(["body", "end_date"], "Either end_date or max_occurrences is required.", "missing"))
    if by_date or not merged.get("max_occurrences"):
        _check_order(merged)


def _check_order(merged: Document) -> None:
    end = _end(merged)
    if end is not None and end < date.fromisoformat(merged["start_date"]):
        invalid(problem(["body", "end_date"], f"The end is before the start on {merged['start_date']}."))


def _start(call: Call, document: Document) -> date:
    """The day of the first iteration."""
    if document.get("start_date"):
        return _on_given_day(date.fromisoformat(document["start_date"]), document)
    today = call.clock.today()
    year, month = document.get("start_year") or today.year, document.get("start_month") or today.month
    first = date(year, month, 1)
    if document["day_of_month"] == "last_day":
        return _last_day(first)
    return max(first, today) if (year, month) == (today.year, today.month) else first


def _on_given_day(day: date, document: Document) -> date:
    """Return the day in the month of another day. Only `day_of_month` changes it."""
    if document["frequency"] in _DAYS or document.get("_given_day") is None:
        return day
    if document["_given_day"] == "last_day":
        return _last_day(day)
    return day if day.day == 1 else days_after(_last_day(day), 1)


def _last_day(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _end(document: Document) -> date | None:
    if document.get("end_date"):
        return date.fromisoformat(document["end_date"])
    if document.get("end_year") and document.get("end_month"):
        year, month = document["end_year"], document["end_month"]
        return date(year, month, calendar.monthrange(year, month)[1])
    return None


def _occurrence(document: Document, index: int) -> date:
    """Return the day of an iteration, counted from zero."""
    start, steps = date.fromisoformat(document["start_date"]), index * document["interval"]
    if document["frequency"] in _DAYS:
        return days_after(start, _DAYS[document["frequency"]] * steps)
    months = start.year * 12 + start.month - 1 + _MONTHS[document["frequency"]] * steps
    year, month = divmod(months, 12)
    if year > date.max.year:
        return date.max
    last = calendar.monthrange(year, month + 1)[1]
    given = document.get("_given_day")
    day = {"last_day": last, "first_day": 1}.get(given or "", min(start.day, last))
    return start if index == 0 else date(year, month + 1, day)


def _require(document: Document, statuses: tuple[str, ...]) -> None:
    if document["status"] not in statuses:
        conflict(f"The recurrence is {document['status']}")


@timer("recurrence")
def iterate(call: Call, identifier: str) -> None:
    """Create the invoice of an iteration, and plan the next one."""
    recurrence = RECURRENCES.get(call, identifier)
    if recurrence is None or recurrence["status"] not in ("active", "paused"):
        return
    pending = [entry for entry in recurrence["iterations"] if entry["status"] == "pending"]
    if not pending or date.fromisoformat(pending[0]["issue_at"]) > call.clock.today():
        return
    if recurrence["status"] == "paused" or call.entity()["status"] != "active":
        pending[0]["status"] = "skipped"
    else:
        try:
            pending[0]["issued_invoice_id"] = _make(call, recurrence)["id"]
            pending[0]["status"] = "completed"
        except Refusal:
            pending[0]["status"] = "issue_failed"
    recurrence["current_iteration"] = pending[0]["iteration"] + 1
    RECURRENCES.plan(call, recurrence)
    if not any(entry["status"] == "pending" for entry in recurrence["iterations"]):
        recurrence["status"] = "completed"
        recurrence["current_iteration"] = pending[0]["iteration"]
    RECURRENCES.save(call, recurrence)


def _make(call: Call, recurrence: Document) -> Document:
    base = RECEIVABLES.get(call, recurrence["invoice_id"]) or {}
    invoice = RECEIVABLES.copy(call, base, recurrence_id=recurrence["id"])
    if recurrence["automation_level"] == "draft":
        return invoice
    issue_now(call, invoice)
    RECEIVABLES.set_status(call, invoice, "issued", "issued")
    if recurrence["automation_level"] == "issue_and_send":
        text = recurrence["subject_text"], recurrence["body_text"]
        send_mail(call, invoice, *text, recurrence.get("recipients"))
    return invoice


def _enter(call: Call, sources: tuple[str, ...], status: str) -> Document:
    recurrence = RECURRENCES.find(call)
    _require(recurrence, sources)
    recurrence["status"] = status
    return recurrence


@RECURRENCES.operation("POST", "pause", may="update", status="schema")
def pause(call: Call) -> Document:
    """Pause a recurrence."""
    return RECURRENCES.save(call, _enter(call, ("active",), "paused"))


@RECURRENCES.operation("POST", "resume", may="update", status="schema")
def resume(call: Call) -> Document:
    """Go on."""
    return RECURRENCES.save(call, _enter(call, ("paused",), "active"))


@RECURRENCES.operation("POST", "cancel", may="update", status="documented")
def cancel(call: Call) -> Any:
    """End a recurrence. Issued invoices stay."""
    recurrence = _enter(call, ("active", "paused"), "canceled")
    for entry in recurrence["iterations"]:
        if entry["status"] == "pending":
            entry["status"] = "canceled"
    RECURRENCES.save(call, recurrence)
    return Answer(204)
