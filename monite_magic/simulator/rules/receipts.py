"""Receipts of expenses, with their lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic.simulator.answers import conflict
from monite_magic.simulator.filters import member
from monite_magic.simulator.registry import behaviour
from monite_magic.simulator.resources import Resource
from monite_magic.simulator.rules.files import FILES, decoded
from monite_magic.simulator.store import Condition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour("receipts", "A receipt has at most one file: 409.", "unverified")


class Receipts(Resource):
    """The receipts of an entity."""

    kind = "receipt"
    path = "/receipts/{receipt_id}"
    permission = "receipt"
    creator = "created_by_entity_user_id"
    event = "receipt"
    initial = {"source_of_data": "user_specified"}
    fields = {"has_file": "", "has_transaction": ""}

    def prepare(self, call: Call, document: Document) -> None:
        """Store the file in the body."""
        encoded = document.pop("base64_encoded_file", None)
        if encoded:
            self.attach(call, document, "receipt", "application/octet-stream", decoded(encoded))

    def where(self, call: Call, query: Mapping[str, Any]) -> list[Condition]:
        """Filters by file and by transaction. No receipt has a transaction here."""
        found = []
        if query.get("has_file") is not None:
            there = f"{member('file_id')} IS NOT NULL"
            found.append(Condition(there if query["has_file"] else f"NOT ({there})"))
        if query.get("has_transaction"):
            found.append(Condition("FALSE"))
        return found

    def change(self, call: Call, document: Document, changes: Document) -> None:
        """Store the file in the body."""
        if changes.get("base64_encoded_file") and document.get("file_id"):
            conflict("Only one file can be attached to a receipt")
        self.prepare(call, changes)

    def attach(self, call: Call, document: Document, name: str, content_type: str, data: bytes) -> None:
        """Attach the file. A receipt can have only one."""
        if document.get("file_id"):
            conflict("Only one file can be attached to a receipt")
        file = FILES.keep(call, name, content_type, data, "receipts")
        document["file_id"], document["file_url"] = file["id"], file["url"]


class ReceiptLineItems(Resource):
    """The lines of a receipt."""

    kind = "receipt_line_item"
    path = "/receipts/{receipt_id}/line_items/{line_item_id}"
    permission = "receipt"
    creator = "created_by_entity_user_id"
    fields = {"created_by_user_id": "created_by_entity_user_id"}

    def prepare(self, call: Call, document: Document) -> None:
        """Add the ID of the receipt."""
        document["receipt_id"] = call.path["receipt_id"]


RECEIPTS = Receipts().serve("list", "create", "read", "update", "delete")
ReceiptLineItems.parent = RECEIPTS
RECEIPT_LINE_ITEMS = ReceiptLineItems().serve("list", "create", "update", "delete")


@RECEIPTS.list_operation("POST", "upload_from_file", may="create")
def upload_receipt(call: Call) -> Document:
    """Create a receipt from a file. OCR is not simulated here: fill in the data yourself."""
    receipt = RECEIPTS.add(call, {"source_of_data": "ocr"})
    return _attached(call, receipt)


@RECEIPTS.operation("POST", "attach_file", may="update")
def attach_file(call: Call) -> Document:
    """Attach a file to a receipt without one."""
    return _attached(call, RECEIPTS.find(call))


def _attached(call: Call, receipt: Document) -> Document:
    file = call.files["file"]
    RECEIPTS.attach(call, receipt, file.name, file.content_type, file.data)
    return RECEIPTS.view(call, RECEIPTS.save(call, receipt))
