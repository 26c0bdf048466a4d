"""Drafts of receivables: quotes, invoices, credit notes. `receivable_actions` has the transitions."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import TYPE_CHECKING, Any

from monite_magic.catalogue.lifecycles import OPEN_INVOICE
from monite_magic.simulator.answers import conflict, invalid, problem
from monite_magic.simulator.clock import day_of, days_after
from monite_magic.simulator.lifecycle import Stateful, history_of
from monite_magic.simulator.money import share, written
from monite_magic.simulator.registry import behaviour
from monite_magic.simulator.resources import Resource, snapshot
from monite_magic.simulator.rules import receivable_totals as totals
from monite_magic.simulator.rules.bank_accounts import ENTITY_BANK_ACCOUNTS
from monite_magic.simulator.rules.counterparts import ADDRESSES, CONTACTS, COUNTERPARTS, VAT_IDS, name_of
from monite_magic.simulator.rules.files import FILES
from monite_magic.simulator.rules.products import PAYMENT_TERMS
from monite_magic.simulator.rules.settings import entity_vat_id, settings_of
from monite_magic.simulator.rules.tags import PROJECTS, TAGS

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour(
    "PATCH /receivables/{receivable_id}",
    "Drafts can be changed. Issued invoices allow few changes.",
    "documented",
)
behaviour("POST /receivables", "document_id can be given only in the non-compliant mode: 422.", "documented")
behaviour(
    "receivables", "Without payment terms an invoice has no due date and is never overdue.", "unverified"
)
behaviour("receivables", "amount_to_pay is amount_due minus the discount of the payment terms.", "unverified")
behaviour(
    "receivables",
    "A payment of exactly amount_to_pay within the term of a discount settles an invoice. Its event has "
    "the discount.",
    "unverified",
)

#: References to parts of the counterpart. The copies are shown under the names without `_id`.
_PARTS: dict[str, Resource] = {
    "counterpart_billing_address_id": ADDRESSES,
    "counterpart_shipping_address_id": ADDRESSES,
    "counterpart_vat_id_id": VAT_IDS,
}
#: The wrapper of the body of a change, by type.
_WRAPPERS = {
    "invoice": "invoice",
    "quote": "quote",
    "credit_note": "credit_note",
    "issued_invoice": "invoice",
}
OPEN: tuple[str, ...] = OPEN_INVOICE
CREDITABLE = (*OPEN, "paid", "uncollectible")


class Receivables(Stateful):
    """Quotes, invoices and credit notes of an entity."""

    kind = "receivable"
    noun = "Receivable"
    path = "/receivables/{receivable_id}"
    reference = "receivable_id"
    permission = "receivable"
    creator = "entity_user_id"
    event = "receivable"
    deletable_in = ("draft",)
    initial = {"status": "draft", "amount_paid": 0}
    fields = {"amount": "total_amount", "product_ids": "_product_ids"}

    def prepare(self, call: Call, document: Document) -> None:
        """Fill in data from the counterpart, the entity and the lines."""
        document.setdefault("vat_mode", settings_of(call).get("vat_mode") or "exclusive")
        lines = document["line_items"]
        if not lines:
            invalid(problem(["body", "line_items"], "A receivable needs at least one line item."))
        document["line_items"] = totals.lines_of(call, lines, document["currency"], document["vat_mode"])
        self.refer(call, document)
        self.compute(call, document)
        self.record(call, document, "receivable_created")

    def refer(self, call: Call, document: Document) -> None:
        """Copy the referenced documents. Later changes of the customer do not change an invoice.

        Raises:
            Refusal: 422 if a referenced document does not exist.
        """
        counterpart = COUNTERPARTS.referred(call, document, "counterpart_id")
        if counterpart is None:
            return
        for name, parts in _PARTS.items():
            document[name.removesuffix("_id")] = self._part(call, document, name, parts, counterpart)
        contacts = [found for found in CONTACTS.all(call, counterpart["id"]) if found.get("is_default")]
        details = counterpart[counterpart["type"]]
        document.update(
            counterpart_name=name_of(counterpart),
            counterpart_type=counterpart["type"],
            counterpart_tax_id=counterpart.get("tax_id"),
            counterpart_external_reference=counterpart.get("external_reference"),
            counterpart_contact=snapshot(contacts[0]) if contacts else None,
            _counterpart_email=details.get("email"),
        )
        self._refer_to_entity(call, document)
        PROJECTS.referred(call, document, "project_id")
        TAGS.check(call, document)
        document["payment_terms"] = self._kept(call, document, "payment_terms_id", PAYMENT_TERMS)

    def _part(
        self, call: Call, document: Document, name: str, parts: Resource, counterpart: Document
    ) -> Document | None:
        found = self._kept(call, document, name, parts)
        if found and found["counterpart_id"] != counterpart["id"]:
            invalid(problem(["body", name], "It belongs to another counterpart."))
        return found

    def _kept(self, call: Call, document: Document, name: str, resource: Resource) -> Document | None:
        """Return a copy of a referenced document. Keep the old copy if the document has been deleted."""
        kept: Document | None = document.get(name.removesuffix("_id"))
        if document.get(name) is None:
            return None
        if kept and kept["id"] == document[name] and resource.get(call, kept["id"]) is None:
            return kept
        found = resource.referred(call, document, name)
        return found and snapshot(found)

    def _refer_to_entity(self, call: Call, document: Document) -> None:
        entity = call.entity()
        details = entity[entity["type"]]
        names = (
            {"name": details["legal_name"]}
            if entity["type"] == "organization"
            else {"first_name": details["first_name"], "last_name": details["last_name"]}
        )
        kept = ("email", "phone", "tax_id", "website", "registration_number", "registration_authority")
        shown = {name: entity[name] for name in kept if entity.get(name) is not None}
        document["entity"] = {"type": entity["type"], **names, **shown}
        document["entity_address"] = entity["address"]
        language = settings_of(call).get("language") or "en"
        document["file_language"] = document["original_file_language"] = language
        account = self._kept(call, document, "entity_bank_account_id", ENTITY_BANK_ACCOUNTS)
        if account is None:
            same = ENTITY_BANK_ACCOUNTS.all(call, currency=document["currency"])
            default = next((found for found in same if found.get("is_default_for_currency")), None)
            account = default and snapshot(default)
        document["entity_bank_account"] = account
        document["entity_vat_id"] = entity_vat_id(call, document.get("entity_vat_id_id"))

    def compute(self, call: Call, document: Document) -> None:
        """Compute the totals and the amount due."""
        totals.compute(document)
        document["_product_ids"] = [item["product"]["id"] for item in document["line_items"]]
        self.compute_due(call, document)

    def compute_due(self, call: Call, document: Document) -> None:
        """Compute the amounts due of an invoice."""
        credited = document.get("_credited", 0)
        document["total_amount_with_credit_notes"] = document["total_amount"] - credited
        settled = credited + document["amount_paid"] + document.get("_discount_taken", 0)
        due = max(0, document["total_amount"] - settled)
        document["amount_due"] = due
        document["amount_to_pay"] = due - share(due, self._early_discount(document, call.clock.today()))

    def discount_for(self, document: Document, amount: int, day: date) -> int:
        """Return the discount taken by a payment of exactly the amount to pay."""
        discount = share(document["amount_due"], self._early_discount(document, day))
        return discount if amount == document["amount_due"] - discount else 0

    def _early_discount(self, document: Document, day: date) -> int:
        """The discount (percent x 100) for paying on a day, by the payment terms."""
        if not document.get("issue_date"):
            return 0
        issued = date.fromisoformat(document["issue_date"][:10])
        terms = document.get("payment_terms") or {}
        for name in ("term_1", "term_2"):
            term = terms.get(name)
            days = term.get("number_of_days") if term else None
            if term and days is not None and day <= days_after(issued, days):
                return int(term["discount"])
        return 0

    def change(self, call: Call, document: Document, changes: Document) -> None:
        """Unwrap the change, and refuse it if the document is no longer a draft."""
        wrapper = next(iter(changes))
        if _WRAPPERS[wrapper] != document["type"]:
            invalid(problem(["body", wrapper], f"The type of this receivable is {document['type']}."))
        inner = changes.pop(wrapper)
        if wrapper == "issued_invoice":
            self.require(document, (*OPEN, "paid"))
        else:
            self.require(document, ("draft",))
        lines = inner.pop("line_items", None)
        if isinstance(lines, list):
            self._change_lines(call, document, lines)
        changes.update(inner)

    def _change_lines(self, call: Call, document: Document, lines: list[Document]) -> None:
        """Change lines by their index."""
        for index, (item, change) in enumerate(zip(document["line_items"], lines, strict=False)):
            item.update({name: change[name] for name in ("quantity", "discount") if name in change})
            if change.get("price") is not None:
                item["product"]["price"]["value"] = change["price"]
            with totals.at_line(index):
                if any(name in change for name in ("vat_rate_id", "custom_vat_rate_id", "tax_rate_value")):
                    item["product"]["vat_rate"] = totals.rate_of(call, change)
                totals.priced(item, document["vat_mode"])

    def changed(self, call: Call, document: Document) -> None:
        """Compute everything again."""
        if document["status"] == "draft":
            self.refer(call, document)
            self.compute(call, document)
        self.record(call, document, "receivable_updated")

    def view(self, call: Call, document: Document) -> Document:
        """Show tags and attachments in full, and today's discount."""
        self.compute_due(call, document)
        attachments = []
        for wanted in document.get("attachments") or ():
            file = FILES.get(call, wanted["id"])
            if file:
                attachments.append({**file, "include_in_email": wanted.get("include_in_email", False)})
        return {
            **document,
            "tags": TAGS.shown(call, document.get("tag_ids")),
            "attachments": attachments or None,
            "related_documents": {"credit_note_ids": document.get("_credit_note_ids", [])},
        }

    def pay(
        self, call: Call, document: Document, amount: int, paid_at: str, comment: str | None = None
    ) -> None:
        """Add a paid amount."""
        discount = self.discount_for(document, amount, day_of(paid_at, call.clock.today()))
        document["amount_paid"] += amount
        if discount:
            document["_discount_taken"] = document.get("_discount_taken", 0) + discount
            call.note = f"discount taken: {written(discount, document['currency'])} {document['currency']}"
        self.compute_due(call, document)
        self.record(
            call,
            document,
            "payment_received",
            amount_paid=amount,
            amount_due=document["amount_due"],
            **({"comment": comment} if comment else {}),
        )
        if document["amount_due"] > 0:
            self.set_status(call, document, "partially_paid", "partially_paid")
        else:
            document["paid_at"] = paid_at
            self.set_status(call, document, "paid", "paid")

    def copy(self, call: Call, document: Document, **members: Any) -> Document:
        """Return a draft with the same content."""
        # A deep copy, so that changes to the lines of one do not affect the other.
        kept = deepcopy({name: value for name, value in document.items() if name in _COPIED})
        made = call.stamp({**self.initial, **kept, "entity_id": call.entity_id, **members})
        made[str(self.creator)] = call.principal.user_id
        if PROJECTS.get(call, made.get("project_id")) is None:
            made["project_id"] = None
        self.refer(call, made)
        self.compute(call, made)
        call.store.insert(self.kind, made, owner=call.entity_id)
        self.record(call, made, "receivable_created")
        call.emit("receivable", "created", made)
        return made

    def based_on(
        self, call: Call, source: Document, document_type: str, tag_ids: list[str] | None = None
    ) -> Document:
        """Return a draft of an invoice or a credit note based on another receivable."""
        source_type = "quote" if document_type == "invoice" else "invoice"
        if source["type"] != source_type:
            conflict(f"A {document_type} can't be based on a {source['type']}")
        self.require(source, ("issued", "accepted") if source_type == "quote" else CREDITABLE)
        made = self.copy(
            call,
            source,
            type=document_type,
            based_on=source["id"],
            based_on_document_id=source.get("document_id"),
            tag_ids=tag_ids or source.get("tag_ids") or [],
        )
        self.record(call, source, "based_on_receivable_created", receivable_id=made["id"], type=document_type)
        return made

    def _create(self, call: Call) -> Document:
        body = call.body
        if body.get("based_on"):
            source = self.referred(call, body, "based_on") or {}
            return self.view(call, self.based_on(call, source, body["type"], body.get("tag_ids")))
        if body.get("document_id") and compliant(call):
            text = "Can be set only in the non-compliant mode (receivable_edit_flow)."
            invalid(problem(["body", "document_id"], text))
        return super()._create(call)


#: Members that a copy keeps.
_COPIED = frozenset(
    [
        "type",
        "currency",
        "counterpart_id",
        *_PARTS,
        *(name.removesuffix("_id") for name in _PARTS),
        "counterpart_business_type",
        "entity_bank_account_id",
        "entity_bank_account",
        "entity_vat_id_id",
        "line_items",
        "discount",
        "vat_mode",
        "vat_exempt",
        "vat_exemption_rationale",
        "withholding_tax_rate",
        "deduction_amount",
        "deduction_memo",
        "payment_terms",
        "payment_terms_id",
        "project_id",
        "tag_ids",
        "memo",
        "footer",
        "trade_name",
        "purchase_order",
        "commercial_condition_description",
        "payment_reminder_id",
        "overdue_reminder_id",
        "partner_metadata",
    ]
)


def compliant(call: Call) -> bool:
    """Whether the entity is in the compliant mode, in which issued documents can't be changed."""
    return (settings_of(call).get("receivable_edit_flow") or "compliant") == "compliant"


def seller_of(document: Document) -> str:
    """The name of the entity, for receivables."""
    entity = document["entity"]
    return str(entity.get("name") or f"{entity['first_name']} {entity['last_name']}")


RECEIVABLES = Receivables().serve("list", "create", "read", "update", "delete", status="documented")
HISTORY = history_of(RECEIVABLES, "/receivables/{receivable_id}/history/{receivable_history_id}")
HISTORY.serve("list", "read")


@RECEIVABLES.list_operation("POST", "search", may="read", status="documented")
def search(call: Call) -> Document:
    """List receivables with the filters in the body."""
    return RECEIVABLES.listed(call, call.body, paged=True)


@RECEIVABLES.operation("PUT", "line_items", may="update", status="documented")
def replace_lines(call: Call) -> Document:
    """Replace all lines of a draft."""
    document = RECEIVABLES.find(call)
    RECEIVABLES.require(document, ("draft",))
    document["line_items"] = totals.lines_of(
        call, call.body["data"], document["currency"], document["vat_mode"], member="data"
    )
    RECEIVABLES.compute(call, document)
    RECEIVABLES.record(call, document, "receivable_updated")
    RECEIVABLES.save(call, document)
    return {"data": document["line_items"]}
