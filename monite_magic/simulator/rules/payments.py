"""Payment links, intents and batches. A stand-in: no money moves."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from monite_magic.simulator.answers import conflict, invalid, not_found, problem
from monite_magic.simulator.clock import moment_from
from monite_magic.simulator.registry import behaviour, operation
from monite_magic.simulator.resources import Resource
from monite_magic.simulator.rules.bank_accounts import ENTITY_BANK_ACCOUNTS
from monite_magic.simulator.rules.counterparts import BANK_ACCOUNTS, COUNTERPARTS, name_of
from monite_magic.simulator.rules.payables import PAYABLES
from monite_magic.simulator.rules.receivables import RECEIVABLES
from monite_magic.simulator.timers import set_timer, timer

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour("payment links", "Without object, amount and currency are required: 422.", "documented")
behaviour(
    "batch payments",
    "A payable without document_id needs a payment_reference: 422.",
    "documented",
)
behaviour("payment links", "Payment links lead nowhere, and expire after 30 days.", "unverified")
behaviour(
    "batch payments", "A batch succeeds one minute after its creation, and pays its payables.", "unverified"
)


class PaymentIntents(Resource):
    """Payment intents."""

    kind = "payment_intent"
    path = "/payment_intents/{payment_intent_id}"
    fields = {"object_id": "object.id"}
    event = "payment_intent"
    initial = {"status": "created", "provider": "simulator"}

    def prepare(self, call: Call, document: Document) -> None:
        """Start the history."""
        document["_history"] = []
        self.note(call, document)

    def note(self, call: Call, document: Document) -> None:
        """Add the current status to the history."""
        entry = call.stamp({"payment_intent_id": document["id"], "status": document["status"]})
        document["_history"].append(entry)

    def change(self, call: Call, document: Document, changes: Document) -> None:
        """Refuse to change an intent in progress."""
        if document["status"] != "created":
            conflict(f"The payment intent is {document['status']}")


PAYMENT_INTENTS = PaymentIntents().serve("list", "read", "update")


@operation("GET", "/payment_intents/{payment_intent_id}/history", status="schema")
def read_history(call: Call) -> Document:
    """The history of a payment intent."""
    return {"data": PAYMENT_INTENTS.find(call)["_history"]}


class PaymentLinks(Resource):
    """Links to a payment page."""

    kind = "payment_link"
    path = "/payment_links/{payment_link_id}"
    event = "payment_link"
    initial = {"status": "active"}

    def prepare(self, call: Call, document: Document) -> None:
        """Take amount and currency from the object, and create the intent."""
        target = self._target(call, document)
        if target:
            document.update(amount=target["amount_due"], currency=target["currency"])
        for name in ("amount", "currency"):
            if document.get(name) is None:
                invalid(problem(["body", name], "Field required", "missing"))
        document["recipient"] = _party(call, document["recipient"])
        moment = call.clock.now() + timedelta(days=30)
        document["expires_at"] = document.get("expires_at") or moment.isoformat(timespec="microseconds")
        document["payment_page_url"] = f"https://simulator.example/pay/{document['id']}"
        names = (
            "amount",
            "currency",
            "object",
            "invoice",
            "payment_methods",
            "payment_reference",
            "recipient",
        )
        members = {name: document[name] for name in names if document.get(name) is not None}
        intent = PAYMENT_INTENTS.add(call, {**members, "payment_link_id": document["id"]})
        document["payment_intent_id"] = intent["id"]
        set_timer(call, "payment_link_expires", moment_from(document["expires_at"]), document["id"])

    def _target(self, call: Call, document: Document) -> Document | None:
        wanted = document.get("object")
        if not wanted:
            return None
        resource = PAYABLES if wanted["type"] == "payable" else RECEIVABLES
        return resource.get(call, wanted["id"]) or not_found(wanted["type"], wanted["id"])

    def view(self, call: Call, document: Document) -> Document:
        """Show the current intent."""
        intent = call.store.get(PAYMENT_INTENTS.kind, document["payment_intent_id"])
        return {**document, "payment_intent": intent}


PAYMENT_LINKS = PaymentLinks().serve("create")


def _party(call: Call, account: Document) -> Document:
    """Return the full details of a payer or recipient."""
    if account["type"] == "counterpart":
        counterpart = COUNTERPARTS.get(call, account["id"]) or not_found("counterpart", account["id"])
        accounts = BANK_ACCOUNTS.all(call, counterpart["id"])
        return {**account, "name": name_of(counterpart), "bank_accounts": accounts}
    if account["id"] != call.entity_id:
        not_found("entity", account["id"])
    return {**account, "name": name_of(call.entity()), "bank_accounts": ENTITY_BANK_ACCOUNTS.all(call)}


def _link(call: Call) -> Document:
    """Return a link of the entity, or of any of the partner's entities if the call has none."""
    identifier = call.path["payment_link_id"]
    found = call.store.get(PAYMENT_LINKS.kind, identifier)
    entity = call.store.get("entity", found["entity_id"], owner=call.project) if found else None
    if found is None or entity is None or call.entity_id not in ("", entity["id"]):
        not_found("payment_link", identifier)
    return found


@PAYMENT_LINKS.operation("GET", may="read")
def read_link(call: Call) -> Document:
    """A payment link."""
    return PAYMENT_LINKS.view(call, _link(call))


@PAYMENT_LINKS.operation("POST", "expire", may="read")
def expire_link(call: Call) -> Document:
    """End a payment link."""
    link = _link(call)
    if link["status"] != "active":
        conflict(f"The payment link is {link['status']}")
    return PAYMENT_LINKS.view(call, _expire(call, link))


def _expire(call: Call, link: Document) -> Document:
    link["status"] = "expired"
    return call.store.replace(PAYMENT_LINKS.kind, call.touch(link))


@timer("payment_link_expires")
def link_expires(call: Call, identifier: str) -> None:
    """Expire an unpaid link."""
    link = PAYMENT_LINKS.get(call, identifier)
    if link and link["status"] == "active":
        _expire(call, link)


class BatchPayments(Resource):
    """Batches of payments for several payables."""

    kind = "batch_payment"
    path = "/batch_payments/{batch_payment_id}"
    event = "batch_payment"
    initial = {"status": "processing"}

    def prepare(self, call: Call, document: Document) -> None:
        """Create the intents of a batch. Each payable must be waiting to be paid."""
        intents = []
        for index, wanted in enumerate(document["payment_intents"]):
            payable = PAYABLES.get(call, wanted["object"]["id"]) or not_found(
                "payable", wanted["object"]["id"]
            )
            PAYABLES.require(payable, ("waiting_to_be_paid", "partially_paid"))
            recipient = _party(call, wanted["recipient"])
            reference = wanted.get("payment_reference") or payable.get("document_id")
            if not reference:
                where: list[str | int] = ["body", "payment_intents", index, "payment_reference"]
                invalid(problem(where, "Required because the payable has no document_id.", "missing"))
            members = {
                "amount": payable["amount_due"],
                "currency": payable["currency"],
                "object": wanted["object"],
                "payment_reference": reference,
                "payment_methods": [document["payment_method"]],
                "batch_payment_id": document["id"],
                "status": "processing",
            }
            intent = PAYMENT_INTENTS.add(call, {**members, "recipient": recipient})
            intents.append({**intent, "recipient": wanted["recipient"]})
        document["payment_intents"] = intents
        document["total_amount"] = sum(intent["amount"] for intent in intents)
        set_timer(call, "batch_succeeds", call.clock.now() + timedelta(minutes=1), document["id"])


BATCH_PAYMENTS = BatchPayments().serve("create", "read")


@timer("batch_succeeds")
def batch_succeeds(call: Call, identifier: str) -> None:
    """Mark a batch and its payables as paid."""
    batch = BATCH_PAYMENTS.get(call, identifier)
    if batch is None or batch["status"] != "processing":
        return
    for intent in batch["payment_intents"]:
        payable = PAYABLES.get(call, intent["object"]["id"])
        paid = payable is not None and payable["status"] in ("waiting_to_be_paid", "partially_paid")
        if payable and paid:
            PAYABLES.pay(call, payable, min(intent["amount"], payable["amount_due"]), call.clock.timestamp())
        intent["status"] = "succeeded" if paid else "failed"
        kept = PAYMENT_INTENTS.get(call, intent["id"])
        if kept:
            kept["status"] = intent["status"]
            PAYMENT_INTENTS.note(call, kept)
            PAYMENT_INTENTS.save(call, kept)
    states = {intent["status"] for intent in batch["payment_intents"]}
    batch["status"] = states.pop() if len(states) == 1 else "partially_successful"
    BATCH_PAYMENTS.save(call, batch)
