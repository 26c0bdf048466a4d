"""Credit notes of vendors. They are like payables, and are applied to one in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from monite_magic.simulator.answers import conflict
from monite_magic.simulator.lifecycle import Move
from monite_magic.simulator.pages import Page
from monite_magic.simulator.registry import behaviour
from monite_magic.simulator.rules import payable_totals as totals
from monite_magic.simulator.rules.ocr import read_file, stop_reading
from monite_magic.simulator.rules.payable_lines import LineItems
from monite_magic.simulator.rules.payables import PAYABLES, Payables
from monite_magic.simulator.timers import timer

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour(
    "payable credit notes",
    "An approved credit note is applied to its payable immediately, and lowers the amount due.",
    "unverified",
)
behaviour(
    "payable credit notes",
    "A payable that is waiting to be paid becomes paid when nothing is due.",
    "unverified",
)
behaviour("payable credit notes", "A payable has at most one draft credit note: 409.", "documented")


class PayableCreditNotes(Payables):
    """The credit notes of vendors."""

    kind = "payable_credit_note"
    noun = "Credit Note"
    path = "/payable_credit_notes/{credit_note_id}"
    reference: ClassVar[str | None] = None
    creator = "created_by_user_id"
    event = "payables_credit_note"
    lines_kind = "payable_credit_note_line_item"
    references = {**Payables.references, "based_on": PAYABLES}
    initial = {"status": "draft", "amount_paid": 0, "origin": "upload", "source_of_data": "user_specified"}
    fields = {
        "created_by_entity_user_id": "created_by_user_id",
        "counterpart_name": "counterpart.name",
        **dict.fromkeys(("has_file",), ""),
    }

    def prepare(self, call: Call, document: Document) -> None:
        """Check the payable that it is based on."""
        self._check_base(call, document)
        super().prepare(call, document)

    def change(self, call: Call, document: Document, changes: Document) -> None:
        """Check the payable that it is based on."""
        self._check_base(call, changes)
        super().change(call, document, changes)

    def _check_base(self, call: Call, members: Document) -> None:
        payable = PAYABLES.referred(call, members, "based_on")
        if payable is None:
            return
        members["based_on_document_id"] = members.get("based_on_document_id") or payable.get("document_id")
        others = self.all(call, based_on=payable["id"], status="draft")
        if any(other["id"] != members.get("id") for other in others):
            conflict("This payable already has a draft credit note.")

    def view(self, call: Call, document: Document) -> Document:
        """Show tags and file."""
        shown = super().view(call, document)
        file = shown.pop("file")
        return {**shown, "file_url": file["url"] if file else None}

    def status_when_complete(self, call: Call) -> str:
        """Return the automatic next status of a draft."""
        return "new"

    def problems(self, call: Call, document: Document, lines: list[Document]) -> list[Document]:
        """Return what is missing in a credit note."""
        return totals.problems(document, lines, totals.CREDIT_NOTE_FIELDS.required(call))


CREDIT_NOTES = PayableCreditNotes().serve("list", "create", "read", "update", "delete", status="schema")


CREDIT_NOTES.moves(
    Move(
        "cancel",
        "A draft or new credit note is canceled.",
        may="cancel",
        status="schema",
    ),
    Move(
        "submit_for_approval",
        "A new credit note is submitted for approval.",
        may="submit",
        status="schema",
    ),
    Move(
        "approve",
        "A credit note is approved.",
        may="approve",
        status="unverified",
    ),
    Move(
        "reject",
        "A credit note is rejected.",
        may="approve",
        status="schema",
    ),
)


@CREDIT_NOTES.listen
def apply_when_approved(call: Call, note: Document, _before: str) -> None:
    """Apply an approved credit note to its payable."""
    payable = PAYABLES.get(call, note.get("based_on")) if note["status"] == "approved" else None
    if payable:
        payable["_credited"] = payable.get("_credited", 0) + (note.get("total_amount") or 0)
        totals.compute_due(call, payable)
        if payable["status"] in ("waiting_to_be_paid", "partially_paid") and payable["amount_due"] == 0:
            payable["paid_at"] = call.clock.timestamp()
            PAYABLES.set_status(call, payable, "paid", "paid")
        else:
            PAYABLES.save(call, payable)
        CREDIT_NOTES.set_status(call, note, "applied")


@CREDIT_NOTES.operation("GET", "validate", may="read", status="schema")
def validate(call: Call) -> Document:
    """List what is missing before a credit note can leave draft."""
    note = CREDIT_NOTES.find(call)
    return {
        "id": note["id"],
        "validation_errors": CREDIT_NOTES.problems(call, note, LINES.all(call, note["id"])),
    }


@CREDIT_NOTES.list_operation("POST", "upload_from_file", may="create", status="unverified")
def upload_from_file(call: Call) -> Document:
    """Create a draft from a file. OCR fills it in a few seconds later."""
    return read_file(call, CREDIT_NOTES, "source_of_data", "credit_note_ocr")


@timer("credit_note_ocr")
def finish_reading(call: Call, identifier: str) -> None:
    """Fill the empty fields of a credit note with the OCR result."""
    note = CREDIT_NOTES.get(call, identifier)
    if note is None or note.get("ocr_status") != "processing":
        return
    found = note.pop("_reading")
    note.update({name: found[name] for name in ("document_id", "currency", "issued_at", "description")})
    note["ocr_status"] = "success"
    CREDIT_NOTES.save(call, note)


@CREDIT_NOTES.operation("POST", "cancel_ocr", may="update", status="schema")
def cancel_ocr(call: Call) -> Document:
    """Cancel OCR while it is running."""
    return stop_reading(call, CREDIT_NOTES)


class CreditNoteLineItems(LineItems):
    """The lines of a credit note."""

    kind = "payable_credit_note_line_item"
    path = "/payable_credit_notes/{credit_note_id}/line_items/{line_item_id}"
    parent = CREDIT_NOTES
    smallest = 0
    permission = "payable"
    creator = "created_by_user_id"
    reference = "credit_note_id"

    def _delete(self, call: Call) -> Any:
        super()._delete(call)
        return _page(self.all(call, call.path["credit_note_id"]))


LINES = CreditNoteLineItems().serve("list", "create", "read", "update", "delete", status="schema")


@LINES.list_operation("PUT", may="update", status="schema")
def replace_lines(call: Call) -> Document:
    """Replace all lines of a credit note."""
    return _page(LINES.replace_all(call))


def _page(lines: list[Document]) -> Document:
    return Page(lines, None, None).envelope(lambda line: line)
