"""Purchase orders and delivery notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic.simulator import pdf
from monite_magic.simulator.answers import conflict, invalid, problem
from monite_magic.simulator.lifecycle import Move, Stateful
from monite_magic.simulator.money import exact, rounded, written
from monite_magic.simulator.registry import behaviour
from monite_magic.simulator.rules.counterparts import ADDRESSES, COUNTERPARTS, name_of
from monite_magic.simulator.rules.files import FILES
from monite_magic.simulator.rules.products import MEASURE_UNITS, PRODUCTS
from monite_magic.simulator.rules.receivables import RECEIVABLES
from monite_magic.simulator.rules.settings import entity_vat_id, next_number
from monite_magic.simulator.rules.tags import PROJECTS
from monite_magic.simulator.templates import fill

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour(
    "purchase orders", "Sending a draft issues it. An issued order can't be changed: 409.", "documented"
)
behaviour("delivery notes", "A created note can be changed until it is delivered or canceled.", "schema")


class PurchaseOrders(Stateful):
    """Orders of an entity to its vendors."""

    kind = "purchase_order"
    noun = "Purchase order"
    path = "/payable_purchase_orders/{purchase_order_id}"
    permission = "payables_purchase_order"
    creator = "created_by_user_id"
    event = "payables_purchase_order"
    editable_in = ("draft",)
    deletable_in = ("draft",)
    references = {"project_id": PROJECTS}
    initial = {"status": "draft"}
    fields = {"created_by": "created_by_user_id", "counterpart.name": "_counterpart_name"}

    def prepare(self, call: Call, document: Document) -> None:
        """Assign a number, and copy the referenced documents."""
        document["document_id"] = next_number(call, "purchase_order")
        self._refer(call, document)

    def changed(self, call: Call, document: Document) -> None:
        """Copy the referenced documents again."""
        self._refer(call, document)

    def _refer(self, call: Call, document: Document) -> None:
        counterpart = COUNTERPARTS.referred(call, document, "counterpart_id") or {}
        address_id = document.get("counterpart_address_id") or counterpart.get("default_billing_address_id")
        document["counterpart"] = counterpart
        document["_counterpart_name"] = name_of(counterpart)
        document["counterpart_address"] = ADDRESSES.get(call, address_id)
        document["entity"] = call.entity()
        document["entity_vat_id"] = entity_vat_id(call, document.get("entity_vat_id_id"))


PURCHASE_ORDERS = PurchaseOrders().serve("list", "create", "read", "update", "delete", status="documented")


def _values(order: Document) -> dict[str, Any]:
    total = sum(rounded(exact(item["price"]) * exact(item["quantity"])) for item in order["items"])
    return {
        "document_id": order["document_id"],
        "counterpart_name": order["_counterpart_name"],
        "currency": order["currency"],
        "total_amount": written(total, order["currency"]),
    }


@PURCHASE_ORDERS.operation("POST", "preview", may="read", status="documented")
def preview_order(call: Call) -> Document:
    """Preview the email of an order."""
    values = _values(PURCHASE_ORDERS.find(call))
    return {
        "subject_preview": fill(call.body["subject_text"], values),
        "body_preview": fill(call.body["body_text"], values),
    }


PURCHASE_ORDERS.moves(Move("send", "An order is sent to the vendor and issued.", event="issued"))


@PURCHASE_ORDERS.on("send")
def _send_order(call: Call, order: Document) -> Document:
    values = _values(order)
    details = order["counterpart"][order["counterpart"]["type"]]
    subject, text = (fill(call.body[name], values) for name in ("subject_text", "body_text"))
    mail = call.send_mail(details.get("email") or "", subject, text, purchase_order_id=order["id"])
    order["issued_at"] = call.clock.today().isoformat()
    lines = [f"Purchase order {order['document_id']}", "Made by the simulator. Not a real document."]
    lines.extend(f"{item['quantity']} {item['unit']} {item['name']}" for item in order["items"])
    file = FILES.keep(call, f"{order['document_id']}.pdf", "application/pdf", pdf.write(lines), "payables")
    order["file_id"], order["file_url"] = file["id"], file["url"]
    return {"mail_id": mail["id"]}


class DeliveryNotes(Stateful):
    """Deliveries of an entity."""

    kind = "delivery_note"
    noun = "Delivery note"
    path = "/delivery_notes/{delivery_note_id}"
    permission = "delivery_note"
    creator = "created_by_entity_user_id"
    event = "delivery_note"
    editable_in = ("created",)
    deletable_in = ("created", "canceled")
    initial = {"status": "created", "display_signature_placeholder": False}
    fields = {"counterpart_name": "_counterpart_name"}

    def prepare(self, call: Call, document: Document) -> None:
        """Assign a number, and copy the referenced documents."""
        if document.get("based_on"):
            self._take_over(call, document)
        document["document_id"] = document.get("document_id") or next_number(call, "delivery_note")
        self._refer(call, document)

    def _take_over(self, call: Call, document: Document) -> None:
        invoice = RECEIVABLES.referred(call, document, "based_on") or {}
        if invoice["type"] != "invoice":
            conflict("A delivery note is based on an invoice")
        document["based_on_document_id"] = invoice.get("document_id")
        document["counterpart_id"] = invoice["counterpart_id"]
        document["counterpart_address_id"] = invoice["counterpart_billing_address"]["id"]
        document["line_items"] = [
            {"product": item["product"], "quantity": item["quantity"]} for item in invoice["line_items"]
        ]

    def changed(self, call: Call, document: Document) -> None:
        """Copy the referenced documents again."""
        self._refer(call, document)

    def _refer(self, call: Call, document: Document) -> None:
        counterpart = COUNTERPARTS.referred(call, document, "counterpart_id") or {}
        document["counterpart"] = {**counterpart, **counterpart[counterpart["type"]]}
        document["_counterpart_name"] = name_of(counterpart)
        document["counterpart_address"] = ADDRESSES.referred(call, document, "counterpart_address_id")
        entity = call.entity()
        document["entity"] = {**entity, **entity[entity["type"]], "name": name_of(entity)}
        document["entity_address"] = entity["address"]
        document["file_language"] = document["original_file_language"] = "en"
        document["line_items"] = [self._line(call, item) for item in document["line_items"]]

    def _line(self, call: Call, item: Document) -> Document:
        product = PRODUCTS.referred(call, item, "product_id") or item.get("product")
        if product is None:
            invalid(problem(["body", "line_items"], "A line item has either product_id or product."))
        unit = MEASURE_UNITS.get(call, product.get("measure_unit_id")) or product.get("measure_unit")
        return {"product": {**product, "measure_unit": unit}, "quantity": item["quantity"]}


DELIVERY_NOTES = DeliveryNotes().serve("list", "create", "read", "update", "delete", status="schema")
DELIVERY_NOTES.moves(
    Move("cancel", "The delivery is canceled.", event="canceled", status="schema"),
    Move(
        "mark_as_delivered",
        "The goods have been delivered.",
        event="delivered",
        status="schema",
    ),
)
