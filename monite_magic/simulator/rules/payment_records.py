"""Records of past and future payments. A succeeded record changes the invoice or the bill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monite_magic.simulator.answers import conflict, invalid, not_found, problem
from monite_magic.simulator.registry import behaviour
from monite_magic.simulator.resources import Resource, merge
from monite_magic.simulator.rules.payables import PAYABLES
from monite_magic.simulator.rules.receivables import RECEIVABLES

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour("payment records", "A succeeded record changes the status of its invoice or bill.", "documented")
behaviour("payment records", "An amount beyond the amount due is reported as overpaid_amount.", "documented")
behaviour(
    "payment records", "A record in another currency than its object is refused with 422.", "unverified"
)

_PAYABLE_STATES = ("waiting_to_be_paid", "partially_paid")
_RECEIVABLE_STATES = ("issued", "partially_paid", "overdue")


class PaymentRecords(Resource):
    """Records of payments."""

    kind = "payment_record"
    path = "/payment_records/{payment_record_id}"
    permission = "payment_record"
    fields = {"object_id": "object.id", "object_type": "object.type"}
    initial = {"status": "succeeded", "overpaid_amount": 0, "is_external": True}

    def prepare(self, call: Call, document: Document) -> None:
        """The object must exist and be payable. A succeeded record pays it immediately."""
        document["history"] = []
        document["entity_user_id"] = document.get("entity_user_id") or call.principal.user_id
        target = self._checked_target(call, document)
        document["object"] = {
            **document["object"],
            "old_status": target["status"],
            "new_status": target["status"],
        }
        self._enter(call, document, document["status"])

    def change(self, call: Call, document: Document, changes: Document) -> None:
        """Refuse to change a settled record."""
        if document["status"] in ("succeeded", "canceled"):
            conflict("A payment record that has been settled can't be changed.")
        self._checked_target(call, {**document, **changes})

    def enter(self, call: Call, document: Document, sources: tuple[str, ...], status: str) -> Document:
        """Move a record from one of the given statuses to another."""
        if document["status"] not in sources:
            conflict(f"{status}: status has not changed")
        merge(document, {name: value for name, value in (call.body or {}).items() if value is not None})
        self._enter(call, document, status)
        return self.view(call, self.save(call, document))

    def _enter(self, call: Call, document: Document, status: str) -> None:
        document["status"] = status
        entry = {
            "status": status,
            "timestamp": call.clock.timestamp(),
            "entity_user_id": call.principal.user_id,
        }
        document["history"].append({name: value for name, value in entry.items() if value is not None})
        if status == "succeeded":
            document["paid_at"] = document.get("paid_at") or call.clock.timestamp()
            self._settle(call, document)

    def _settle(self, call: Call, document: Document) -> None:
        target = self._target(call, document)
        payable = document["object"]["type"] == "payable"
        if target["status"] not in (_PAYABLE_STATES if payable else _RECEIVABLE_STATES):
            conflict(f"{document['object']['type'].capitalize()} couldn't be updated due to current state")
        document["overpaid_amount"] = max(0, document["amount"] - (target["amount_due"] or 0))
        resource = PAYABLES if payable else RECEIVABLES
        resource.pay(call, target, document["amount"] - document["overpaid_amount"], document["paid_at"])
        document["object"]["new_status"] = target["status"]

    def _checked_target(self, call: Call, document: Document) -> Document:
        """Return the object of a record, which must be in the same currency."""
        if document["amount"] <= 0:
            invalid(problem(["body", "amount"], "Input should be greater than 0", "greater_than"))
        target = self._target(call, document)
        currency = target.get("currency")
        if currency != document["currency"]:
            invalid(problem(["body", "currency"], f"The object is in {currency or 'no currency yet'}."))
        return target

    def _target(self, call: Call, document: Document) -> Document:
        wanted = document["object"]
        resource = PAYABLES if wanted["type"] == "payable" else RECEIVABLES
        return resource.get(call, wanted["id"]) or not_found(wanted["type"], wanted["id"])


PAYMENT_RECORDS = PaymentRecords().serve("list", "create", "read", "update", status="documented")


@PAYMENT_RECORDS.operation("POST", "cancel", may="update", status="documented")
def cancel(call: Call) -> Document:
    """Cancel a created or processing record. Otherwise: 409."""
    return PAYMENT_RECORDS.enter(call, PAYMENT_RECORDS.find(call), ("created", "processing"), "canceled")


@PAYMENT_RECORDS.operation("POST", "start_processing", may="update", status="documented")
def start_processing(call: Call) -> Document:
    """Start processing a created record. Otherwise: 409."""
    return PAYMENT_RECORDS.enter(call, PAYMENT_RECORDS.find(call), ("created",), "processing")


@PAYMENT_RECORDS.operation("POST", "mark_as_succeeded", may="update", status="documented")
def mark_as_succeeded(call: Call) -> Document:
    """Mark a created or processing record as succeeded, and pay its object. Otherwise: 409."""
    return PAYMENT_RECORDS.enter(call, PAYMENT_RECORDS.find(call), ("created", "processing"), "succeeded")
