"""Transitions of receivables: issued, accepted, declined, expired, paid, overdue, canceled, written off."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from monite_magic.simulator.answers import Answer, conflict, invalid, problem
from monite_magic.simulator.clock import days_after
from monite_magic.simulator.lifecycle import TRANSITIONS, Move, Transition
from monite_magic.simulator.registry import behaviour
from monite_magic.simulator.rules.products import has_vat_rates
from monite_magic.simulator.rules.receivable_files import render
from monite_magic.simulator.rules.receivable_mails import send_mail
from monite_magic.simulator.rules.receivables import OPEN, RECEIVABLES, compliant
from monite_magic.simulator.rules.settings import has_vat_id, next_number
from monite_magic.simulator.rules.text_templates import SYSTEM_MAILS
from monite_magic.simulator.timers import moment_of, set_timer, timer

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour(
    "POST /receivables/{receivable_id}/issue",
    "Each type has its own series of numbers.",
    "documented",
)
behaviour("receivables", "An invoice is overdue from the day after its due date.", "documented")
behaviour("receivables", "A quote expires at the end of its expiry date.", "unverified")
behaviour("receivables", "An issued credit note lowers the amount due of its invoice.", "unverified")
behaviour(
    "receivables",
    "An open invoice that is credited in full becomes canceled, or paid if a part of it was paid before.",
    "unverified",
)
behaviour("receivables", "An invoice with nothing due is not overdue.", "unverified")
behaviour(
    "POST /receivables/{receivable_id}/cancel",
    "In the compliant mode a credit note for the amount due is issued and emailed.",
    "documented",
)


def _only(document: Document, *types: str) -> None:
    if document["type"] not in types:
        conflict(f"This is not possible for a {document['type']}")


def issue_now(call: Call, document: Document) -> None:
    """Set the number and dates of a draft, but not its status."""
    document["document_id"] = document.get("document_id") or next_number(call, document["type"])
    document["issue_date"] = call.clock.timestamp()
    if document["type"] == "invoice":
        document["due_date"] = document.get("due_date") or _due_date(document, call.clock.today())
        if document["due_date"]:
            _set_timer_after(call, "invoice_overdue", document["due_date"], document)
    elif document["type"] == "quote" and document.get("expiry_date"):
        _set_timer_after(call, "quote_expires", document["expiry_date"], document)
    elif document["type"] == "credit_note":
        _credit(call, document)
    RECEIVABLES.compute_due(call, document)
    render(call, document)


def _set_timer_after(call: Call, name: str, day: str, document: Document) -> None:
    """Set a timer for the end of a day."""
    set_timer(call, name, moment_of(days_after(date.fromisoformat(day), 1)), document["id"])


def _due_date(document: Document, today: date) -> str | None:
    final = (document.get("payment_terms") or {}).get("term_final")
    if not final:
        return None
    if final.get("end_date"):
        return str(final["end_date"])
    return days_after(today, final.get("number_of_days") or 0).isoformat()


def _credit(call: Call, note: Document) -> None:
    """Apply a credit note to its invoice."""
    invoice = RECEIVABLES.get(call, note.get("based_on"))
    if invoice is None:
        return
    invoice["_credited"] = invoice.get("_credited", 0) + note["total_amount"]
    invoice.setdefault("_credit_note_ids", []).append(note["id"])
    RECEIVABLES.compute_due(call, invoice)
    if invoice["status"] in OPEN and not invoice["amount_due"]:
        status = "paid" if invoice["amount_paid"] else "canceled"
        RECEIVABLES.set_status(call, invoice, status, status)
    else:
        RECEIVABLES.save(call, invoice)


RECEIVABLES.moves(
    Move(
        "issue",
        "A draft is issued and gets a number, dates and a PDF.",
        event="issued",
    ),
    Move(
        "accept",
        "An issued quote is accepted, and a draft invoice is created.",
        event="accepted",
    ),
    Move("decline", "An issued quote is declined.", event="declined"),
    Move(
        "cancel",
        "An issued invoice is canceled, in the compliant mode with a credit note for the amount due.",
        event="canceled",
    ),
    Move(
        "mark_as_uncollectible",
        "An overdue invoice is written off.",
        event="uncollectible",
    ),
)


@RECEIVABLES.on("issue")
def _issue(call: Call, document: Document) -> None:
    if document["type"] == "credit_note":
        invoice = RECEIVABLES.get(call, document.get("based_on")) or {}
        left = invoice.get("total_amount", 0) - invoice.get("_credited", 0)
        if document["total_amount"] > left:
            conflict("The credit note exceeds the remaining amount of its invoice")
    issue_now(call, document)


@RECEIVABLES.on("accept")
def _accept(call: Call, quote: Document) -> Document:
    _only(quote, "quote")
    RECEIVABLES.based_on(call, quote, "invoice")
    return {"success": True}


@RECEIVABLES.on("decline")
def _decline(call: Call, quote: Document) -> Document:
    _only(quote, "quote")
    quote["comment"] = (call.body or {}).get("comment")
    return {"success": True}


@RECEIVABLES.on("cancel")
def _cancel(call: Call, invoice: Document) -> Answer:
    _only(invoice, "invoice")
    if compliant(call) and invoice["amount_due"]:
        note = RECEIVABLES.based_on(call, invoice, "credit_note")
        if note["total_amount"] != invoice["amount_due"]:
            # A part has been paid or credited. The note is for the rest, as one line without tax.
            _reduce_to(call, note, invoice["amount_due"])
        invoice["_credited"] = invoice.get("_credited", 0) + note["total_amount"]
        invoice.setdefault("_credit_note_ids", []).append(note["id"])
        RECEIVABLES.compute_due(call, invoice)
        note["document_id"] = next_number(call, "credit_note")
        note["issue_date"] = call.clock.timestamp()
        render(call, note)
        RECEIVABLES.set_status(call, note, "issued", "issued")
        send_mail(call, note, *SYSTEM_MAILS["receivables_credit_note"])
    return Answer(204)


def _reduce_to(call: Call, note: Document, amount: int) -> None:
    kept = note["line_items"][0]
    kept["quantity"], kept["discount"] = 1, None
    kept["product"]["price"]["value"] = amount
    kept["product"]["vat_rate"] = {"country": kept["product"]["vat_rate"]["country"], "value": 0}
    kept["product"]["price_after_vat"] = dict(kept["product"]["price"])
    kept["total_before_vat"] = kept["total_after_vat"] = amount
    note.update(line_items=[kept], discount=None, withholding_tax_rate=None, deduction_amount=None)
    RECEIVABLES.compute(call, note)


@RECEIVABLES.on("mark_as_uncollectible")
def _mark_as_uncollectible(call: Call, invoice: Document) -> None:
    _only(invoice, "invoice")
    invoice["comment"] = (call.body or {}).get("comment")


TRANSITIONS.append(Transition("receivable", "mark_as_paid", OPEN, "paid", "documented"))
TRANSITIONS.append(Transition("receivable", "mark_as_partially_paid", OPEN, "partially_paid", "schema"))


def _payable_invoice(call: Call) -> Document:
    invoice = RECEIVABLES.find(call)
    RECEIVABLES.require(invoice, OPEN)
    _only(invoice, "invoice")
    return invoice


@RECEIVABLES.operation("POST", "mark_as_paid", may="update", status="documented")
def mark_as_paid(call: Call) -> Document:
    """An invoice has been paid in full. From issued, partially_paid or overdue to paid. Otherwise: 409."""
    invoice, body = _payable_invoice(call), call.body or {}
    paid_at = body.get("paid_at") or call.clock.timestamp()
    invoice["comment"] = body.get("comment")
    RECEIVABLES.pay(call, invoice, invoice["amount_due"], paid_at, body.get("comment"))
    return RECEIVABLES.view(call, invoice)


@RECEIVABLES.operation("POST", "mark_as_partially_paid", may="update", status="schema")
def mark_as_partially_paid(call: Call) -> Document:
    """A part of an invoice is paid. From issued, partially_paid or overdue to partially_paid. Otherwise: 409.

    The amount is the total paid so far. Deprecated in the OpenAPI document.
    """
    invoice, body = _payable_invoice(call), call.body
    more = body["amount_paid"] - invoice["amount_paid"]
    if not 0 < more < invoice["amount_due"]:
        invalid(
            problem(
                ["body", "amount_paid"],
                "amount_paid must be more than the amount paid so far and less than the total amount.",
            )
        )
    invoice["comment"] = body.get("comment")
    RECEIVABLES.pay(call, invoice, more, call.clock.timestamp(), body.get("comment"))
    return RECEIVABLES.view(call, invoice)


@RECEIVABLES.operation("POST", "clone", may="create", status="documented")
def clone(call: Call) -> Document:
    """Create a draft with the content of a receivable."""
    return RECEIVABLES.view(call, RECEIVABLES.copy(call, RECEIVABLES.find(call)))


@timer("invoice_overdue")
def become_overdue(call: Call, identifier: str) -> None:
    """Make an invoice overdue if it is not paid by its due date."""
    invoice = RECEIVABLES.get(call, identifier)
    if invoice is None or invoice["status"] not in ("issued", "partially_paid") or not invoice["amount_due"]:
        return
    if date.fromisoformat(invoice["due_date"]) < call.clock.today():
        RECEIVABLES.set_status(call, invoice, "overdue", "overdue")


@timer("quote_expires")
def expire(call: Call, identifier: str) -> None:
    """Expire a quote without an answer."""
    quote = RECEIVABLES.get(call, identifier)
    if quote is not None and quote["status"] == "issued":
        RECEIVABLES.set_status(call, quote, "expired", "expired")


@RECEIVABLES.operation("POST", "verify", may="read", status="unverified")
def verify(call: Call) -> Document:
    """List what is missing before a receivable can be issued, or reminders be sent."""
    document = RECEIVABLES.find(call)
    missing: dict[str, Any] = {}
    if not (document["entity"].get("tax_id") or document.get("entity_vat_id") or has_vat_id(call)):
        missing["entity"] = ["tax_id"]
    return {"errors": missing} if missing else {}


@RECEIVABLES.list_operation("GET", "required_fields", may="read", status="unverified")
def read_required_fields(call: Call) -> Document:
    """Tell what an invoice needs: a tax with each line, and the entity's VAT ID, or else its tax ID.

    Only the tax of a line is insisted on.
    """
    registered = has_vat_id(call)
    named = has_vat_rates(call.entity()["address"]["country"])

    def asked(description: str, *, required: bool = False) -> Document:
        return {"description": description, "required": required}

    return {
        "counterpart": {"tax_id": asked("Its tax number."), "vat_id": asked("Its VAT ID.")},
        "entity": {
            "tax_id": asked("Its tax number, if it has no VAT ID.", required=not registered),
            "vat_id": asked("Its VAT ID, if it is registered for VAT.", required=registered),
        },
        "line_item": {
            "measure_unit": asked("The unit of the quantity."),
            "tax_rate_value": asked(
                "The tax of each line, in countries without VAT rates.", required=not named
            ),
            "vat_rate_id": asked("The VAT rate of each line.", required=named),
        },
    }
