"""Emails about receivables: sent on request, and as reminders by the clock. They go to the outbox."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from monite_magic.simulator.clock import days_after
from monite_magic.simulator.money import written
from monite_magic.simulator.registry import behaviour
from monite_magic.simulator.resources import Resource
from monite_magic.simulator.rules.receivables import OPEN, RECEIVABLES, seller_of
from monite_magic.simulator.rules.reminders import OVERDUE_REMINDERS, PAYMENT_REMINDERS
from monite_magic.simulator.templates import fill
from monite_magic.simulator.timers import moment_of, set_timer, timer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour(
    "POST /receivables/{receivable_id}/send",
    "Drafts and paid invoices can't be sent: 409.",
    "unverified",
)
behaviour("POST /receivables/{receivable_id}/send", "An email goes to the outbox immediately.", "unverified")
behaviour(
    "reminders",
    "A reminder is sent at the start of its day, if the counterpart has reminders enabled.",
    "unverified",
)

_SENDABLE = (*OPEN, "accepted", "recurring")
_PREVIEWABLE = ("draft", *OPEN)


class ReceivableMails(Resource):
    """The emails about a receivable."""

    kind = "receivable_mail"
    path = "/receivables/{receivable_id}/mails/{mail_id}"
    parent = RECEIVABLES
    permission = "receivable"


MAILS = ReceivableMails().serve("list", "read", status="schema")


def send_mail(
    call: Call,
    document: Document,
    subject: str,
    text: str,
    recipients: Document | None = None,
    term: str | None = None,
) -> Document:
    """Put an email about a receivable into the outbox, and record it."""
    known = document.get("_counterpart_email")
    to = (recipients or {}).get("to") or ([known] if known else [])
    names = {"to": to, "cc": (recipients or {}).get("cc") or [], "bcc": (recipients or {}).get("bcc") or []}
    shown = {
        role: [{"email": address, "is_success": True} for address in addresses]
        for role, addresses in names.items()
        if addresses
    }
    subject, text = (fill(part, values_of(document)) for part in (subject, text))
    mail = call.stamp({"status": "sent" if shown else "failed", "recipients": shown})
    call.store.insert(MAILS.kind, mail, owner=call.entity_id, parent=document["id"])
    if not shown:
        call.send_mail("", subject, text, receivable_id=document["id"], mail_id=mail["id"])
    for addresses in names.values():
        for address in addresses:
            call.send_mail(address, subject, text, receivable_id=document["id"], mail_id=mail["id"])
    data = {"mail_id": mail["id"], "mail_status": mail["status"], "recipients": shown}
    if term is None:
        RECEIVABLES.record(call, document, "mail_sent", **data)
    else:
        kind = "overdue_reminder_mail_sent" if term == "overdue" else "payment_reminder_mail_sent"
        RECEIVABLES.record(call, document, kind, term=term, **data)
    return mail


def values_of(document: Document) -> dict[str, object]:
    """Return the values of the variables in texts about a receivable."""
    return {
        "counterpart_name": document.get("counterpart_name"),
        "document_id": document.get("document_id"),
        "invoice_number": document.get("document_id"),
        "due_date": document.get("due_date"),
        "amount_due": written(document["amount_due"], document["currency"]),
        "total_amount": written(document["total_amount"], document["currency"]),
        "currency": document["currency"],
        "entity_name": seller_of(document),
    }


@RECEIVABLES.operation("POST", "send", may="update", status="documented")
def send(call: Call) -> Document:
    """Send a receivable by email."""
    document = RECEIVABLES.find(call)
    RECEIVABLES.require(document, _SENDABLE)
    body = call.body
    mail = send_mail(call, document, body["subject_text"], body["body_text"], body.get("recipients"))
    return {"mail_id": mail["id"]}


@RECEIVABLES.operation("POST", "preview", may="read", status="documented")
def preview(call: Call) -> Document:
    """Preview an email."""
    document = RECEIVABLES.find(call)
    RECEIVABLES.require(document, ("draft", "issued") if document["type"] == "quote" else _PREVIEWABLE)
    values = values_of(document)
    return {
        "subject_preview": fill(call.body["subject_text"], values),
        "body_preview": fill(call.body["body_text"], values),
    }


@RECEIVABLES.operation("POST", "send_test_reminder", may="update", status="unverified")
def send_test_reminder(call: Call) -> Document:
    """Send a test reminder now."""
    document = RECEIVABLES.find(call)
    term = call.body["reminder_type"]
    subject, text = f"Test reminder ({term})", "This is what a reminder looks like."
    return {"mail_ids": [send_mail(call, document, subject, text, call.body.get("recipients"), term)["id"]]}


@RECEIVABLES.listen
def plan_reminders(call: Call, document: Document, _before: str) -> None:
    """Set the timers of an invoice's reminders when it is issued."""
    if document["status"] != "issued" or not document.get("due_date"):
        return
    reminder = PAYMENT_REMINDERS.get(call, document.get("payment_reminder_id")) or {}
    # One timer sends two reminders that are on the same day.
    for day in sorted({day for day, _, _ in _ahead(document, reminder)}):
        _plan(call, "payment_reminder", day, document)
    overdue = OVERDUE_REMINDERS.get(call, document.get("overdue_reminder_id")) or {}
    due = date.fromisoformat(document["due_date"])
    for day in sorted({days_after(due, term["days_after"]) for term in overdue.get("terms") or ()}):
        _plan(call, "overdue_reminder", day, document)


def _ahead(document: Document, reminder: Document) -> Iterator[tuple[date, str, Document]]:
    """Return the days of reminders before the ends of discounts and before the due date."""
    issued = date.fromisoformat(document["issue_date"][:10])
    terms = document.get("payment_terms") or {}
    ends = {"term_final": date.fromisoformat(document["due_date"])}
    for name in ("term_1", "term_2"):
        if (terms.get(name) or {}).get("number_of_days") is not None:
            ends[name] = days_after(issued, terms[name]["number_of_days"])
    for name, end in ends.items():
        text = reminder.get(f"{name}_reminder")
        if text:
            yield days_after(end, -text["days_before"]), name, text


def _plan(call: Call, name: str, day: date, document: Document) -> None:
    if day > call.clock.today():
        set_timer(call, name, moment_of(day), document["id"])


def _reminded(call: Call, identifier: str) -> Document | None:
    """Return the invoice if it still needs reminders."""
    document = RECEIVABLES.get(call, identifier)
    if document is None or document["status"] not in OPEN or call.entity()["status"] != "active":
        return None
    counterpart = call.store.get("counterpart", document["counterpart_id"], owner=call.entity_id) or {}
    return document if counterpart.get("reminders_enabled", True) else None


@timer("payment_reminder")
def remind_before(call: Call, identifier: str) -> None:
    """Send a reminder before the due date or the end of a discount, with the text for this day."""
    document = _reminded(call, identifier)
    reminder = PAYMENT_REMINDERS.get(call, document.get("payment_reminder_id")) if document else None
    if document is None or reminder is None:
        return
    for day, term, text in _ahead(document, reminder):
        if day == call.clock.today():
            send_mail(call, document, text["subject"], text["body"], reminder.get("recipients"), term)


@timer("overdue_reminder")
def remind_after(call: Call, identifier: str) -> None:
    """Send a reminder of an overdue invoice, with the text for this day."""
    document = _reminded(call, identifier)
    reminder = OVERDUE_REMINDERS.get(call, document.get("overdue_reminder_id")) if document else None
    if document is None or reminder is None:
        return
    days = (call.clock.today() - date.fromisoformat(document["due_date"])).days
    for term in reminder.get("terms") or ():
        if term["days_after"] == days:
            send_mail(call, document, term["subject"], term["body"], reminder.get("recipients"), "overdue")
