"""Invoice financing. A stand-in without a lender: a pushed invoice stays new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monite_magic.simulator.answers import not_found
from monite_magic.simulator.registry import behaviour, operation
from monite_magic.simulator.resources import Resource
from monite_magic.simulator.rules.payables import PAYABLES
from monite_magic.simulator.rules.receivables import RECEIVABLES

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour(
    "financing",
    "The simulator has no lender: the list of offers is empty, and requests stay new.",
    "unverified",
)


class FinancingInvoices(Resource):
    """Invoices with a financing request."""

    kind = "financing_invoice"
    path = "/financing_invoices/{invoice_id}"
    initial = {"status": "NEW"}


FINANCING_INVOICES = FinancingInvoices().serve("list", status="unverified")


@operation("POST", "/financing_invoices", status="unverified")
def push(call: Call) -> Document:
    """Request financing for invoices."""
    for wanted in call.body["invoices"]:
        resource = PAYABLES if wanted["type"] == "payable" else RECEIVABLES
        document = resource.get(call, wanted["id"]) or not_found(wanted["type"], wanted["id"])
        today = call.clock.today().isoformat()
        FINANCING_INVOICES.add(
            call,
            {
                "invoice_id": document["id"],
                "type": wanted["type"],
                "document_id": document.get("document_id") or "",
                "currency": document.get("currency") or "EUR",
                "total_amount": document.get("total_amount") or 0,
                "issue_date": (document.get("issue_date") or document.get("issued_at") or today)[:10],
                "due_date": document.get("due_date") or today,
                "payer_type": "BUSINESS",
            },
        )
    return {"connect_token": "simulated", "session_token": "simulated"}


@operation("POST", "/financing_tokens", status="unverified")
def create_token(call: Call) -> Document:
    """A token for the lender's page; it opens nothing."""
    return {"connect_token": "simulated"}


@operation("GET", "/financing_offers", status="unverified")
def list_offers(call: Call) -> Document:
    """The offers of a lender (none)."""
    return {"business_status": "INPUT_REQUIRED", "offers": []}
