"""Payables: bills from draft to paid. See `payable_lines` for lines, `payable_totals` for totals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from monite_magic.simulator.answers import conflict, invalid, problem
from monite_magic.simulator.clock import day_of
from monite_magic.simulator.filters import member
from monite_magic.simulator.lifecycle import Move, Stateful, history_of
from monite_magic.simulator.money import written
from monite_magic.simulator.registry import behaviour
from monite_magic.simulator.rules import payable_totals as totals
from monite_magic.simulator.rules.counterparts import ADDRESSES, BANK_ACCOUNTS, COUNTERPARTS, VAT_IDS, name_of
from monite_magic.simulator.rules.files import FILES, decoded
from monite_magic.simulator.rules.purchase_orders import PURCHASE_ORDERS
from monite_magic.simulator.rules.settings import settings_of
from monite_magic.simulator.rules.tags import PROJECTS, TAGS
from monite_magic.simulator.store import Condition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.simulator.call import Call
    from monite_magic.simulator.resources import Resource
    from monite_magic.simulator.store import Document

EDITABLE = ("draft", "new")

behaviour("payables", "A draft becomes new automatically once it has all required fields.", "documented")
behaviour("payables", "Missing totals are the sums of the lines.", "unverified")
behaviour(
    "PATCH /payables/{payable_id}", "A payable can be changed as draft and new. Later: 409.", "documented"
)
behaviour(
    "DELETE /payables/{payable_id}",
    "Draft, new, rejected and canceled payables can be deleted.",
    "unverified",
)
behaviour(
    "payables",
    "With payables_skip_approval_flow a new payable skips approval and waits to be paid.",
    "unverified",
)


class Payables(Stateful):
    """The bills that an entity has to pay."""

    kind = "payable"
    noun = "Payable"
    path = "/payables/{payable_id}"
    reference: ClassVar[str | None] = "payable_id"
    permission = "payable"
    creator = "was_created_by_user_id"
    event = "payable"
    lines_kind = "payable_line_item"
    editable_in = EDITABLE
    deletable_in = (*EDITABLE, "rejected", "canceled")
    references: ClassVar[Mapping[str, Resource]] = {
        "project_id": PROJECTS,
        "tag_ids": TAGS,
        "purchase_order_id": PURCHASE_ORDERS,
    }
    initial = {
        "status": "draft",
        "amount_paid": 0,
        "payable_origin": "upload",
        "source_of_payable_data": "user_specified",
    }
    fields = {
        "counterpart_name": "counterpart.name",
        "amount": "total_amount",
        "origin": "payable_origin",
        **dict.fromkeys(("search_text", "line_item_id", "has_tags", "has_file"), ""),
    }

    def prepare(self, call: Call, document: Document) -> None:
        """Copy the counterpart, store the file, compute the totals."""
        role = call.principal.role
        document["created_by_role_id"] = role["id"] if role else None
        document["_given"] = totals.given(document)
        self._copy_counterpart(call, document)
        encoded = document.pop("base64_encoded_file", None)
        name = document.pop("file_name", None)
        if encoded:
            self._attach(call, document, name or "payable.pdf", "application/pdf", decoded(encoded))
        self.record(call, document, "payable_created", payable_source=document.get("payable_origin"))
        self.refresh(call, document)

    def change(self, call: Call, document: Document, changes: Document) -> None:
        """Record which totals are given, and copy the current counterpart."""
        document["_given"] = {**document["_given"], **totals.given(changes)}
        members = {"counterpart_id": document.get("counterpart_id"), **changes}
        self._copy_counterpart(call, members)
        document["counterpart"] = members.get("counterpart")

    def changed(self, call: Call, document: Document) -> None:
        """Compute the totals again."""
        paid, total = document["amount_paid"], document["_given"].get("total_amount")
        if total is not None and paid > total:
            invalid(problem(["body", "amount_paid"], "amount_paid can't be more than the total amount."))
        self.record(call, document, "payable_updated")
        self.refresh(call, document)

    def view(self, call: Call, document: Document) -> Document:
        """Show tags, file and credit notes in full, and today's discount."""
        totals.compute_due(call, document)
        file = FILES.get(call, document.get("file_id"))
        notes = call.store.all("payable_credit_note", owner=call.entity_id, based_on=document["id"])
        total = document.get("total_amount")
        return {
            **document,
            "tags": TAGS.shown(call, document.get("tag_ids")),
            "file": file,
            "credit_notes": notes,
            "total_amount_with_credit_notes": None if total is None else total - document.get("_credited", 0),
        }

    def where(self, call: Call, query: Mapping[str, Any]) -> list[Condition]:
        """Filters that are not plain comparisons."""
        found = []
        if query.get("search_text"):
            text = (
                f"coalesce({member('document_id')}, '') || ' ' || coalesce({member('counterpart.name')}, '')"
            )
            found.append(Condition(f"instr(lower({text}), lower(?)) > 0", (query["search_text"],)))
        if query.get("line_item_id"):
            sql = "id IN (SELECT line.parent FROM documents AS line WHERE line.kind = ? AND line.id = ?)"
            found.append(Condition(sql, (self.lines_kind, query["line_item_id"])))
        presence = {
            "has_tags": "coalesce(json_array_length(body, '$.tag_ids'), 0) > 0",
            "has_file": f"{member('file_id')} IS NOT NULL",
        }
        for name, sql in presence.items():
            if query.get(name) is not None:
                found.append(Condition(sql if query[name] else f"NOT ({sql})"))
        return found

    def refresh(self, call: Call, document: Document) -> None:
        """Compute the totals. A complete draft becomes new, an incomplete new payable becomes a draft."""
        lines = call.store.all(self.lines_kind, owner=call.entity_id, parent=document["id"])
        totals.compute(call, document, lines)
        if document["status"] not in EDITABLE:
            return
        complete = not self.problems(call, document, lines)
        before = document["status"]
        document["status"] = self.status_when_complete(call) if complete else "draft"
        if document["status"] != before:
            self.record(call, document, "status_changed", old_status=before, new_status=document["status"])

    def status_when_complete(self, call: Call) -> str:
        """Return the automatic next status of a draft."""
        return "waiting_to_be_paid" if settings_of(call).get("payables_skip_approval_flow") else "new"

    def problems(self, call: Call, document: Document, lines: list[Document]) -> list[Document]:
        """Return what is missing in a payable."""
        return totals.problems(document, lines, totals.PAYABLE_FIELDS.required(call))

    def attach(self, call: Call, document: Document, name: str, content_type: str, data: bytes) -> None:
        """Attach the file. A payable can have only one."""
        if document.get("file_id"):
            conflict("Only one file can be attached to a payable")
        self._attach(call, document, name, content_type, data)

    def pay(self, call: Call, document: Document, amount: int, paid_at: str) -> None:
        """Add a paid amount, as payment records do."""
        discount = totals.discount_for(document, amount, day_of(paid_at, call.clock.today()))
        document["amount_paid"] += amount
        if discount:
            document["_discount_taken"] = document.get("_discount_taken", 0) + discount
            currency = document["currency"]
            call.note = f"discount taken: {written(discount, currency)} {currency}"
        totals.compute_due(call, document)
        if document["amount_due"] > 0:
            self.set_status(call, document, "partially_paid", "partially_paid")
        else:
            document["paid_at"] = paid_at
            self.set_status(call, document, "paid", "paid")

    def _attach(self, call: Call, document: Document, name: str, content_type: str, data: bytes) -> None:
        file = FILES.keep(call, name, content_type, data, "payables")
        document["file_id"] = file["id"]
        self.record(call, document, "file_attached", file_name=name, file_size=len(data), url=file["url"])

    def _copy_counterpart(self, call: Call, members: Document) -> None:
        counterpart = COUNTERPARTS.referred(call, members, "counterpart_id")
        if counterpart is None:
            return
        for name, parts in _PARTS.items():
            part = parts.referred(call, members, name)
            if part and part["counterpart_id"] != counterpart["id"]:
                invalid(problem(["body", name], "It belongs to another counterpart."))
        # A snapshot: later changes of the counterpart do not change the bill.
        members["counterpart"] = snapshot(call, counterpart, members)


_PARTS = {
    "counterpart_address_id": ADDRESSES,
    "counterpart_bank_account_id": BANK_ACCOUNTS,
    "counterpart_vat_id_id": VAT_IDS,
}


def snapshot(call: Call, counterpart: Document, chosen: Document) -> Document:
    """Return a snapshot of a counterpart, with the selected parts."""
    details = counterpart[counterpart["type"]]
    address_id = chosen.get("counterpart_address_id") or counterpart.get("default_billing_address_id")
    shown = {
        "name": name_of(counterpart),
        "email": details.get("email"),
        "phone": details.get("phone"),
        "tax_id": counterpart.get("tax_id"),
        "address": ADDRESSES.get(call, address_id),
        "bank_account": BANK_ACCOUNTS.get(call, chosen.get("counterpart_bank_account_id")),
        "vat_id": VAT_IDS.get(call, chosen.get("counterpart_vat_id_id")),
    }
    return {name: value for name, value in shown.items() if value is not None}


PAYABLES = Payables().serve("list", "create", "read", "update", "delete", status="documented")
history_of(PAYABLES, "/payables/{payable_id}/history/{history_id}").serve("list")


PAYABLES.moves(
    Move(
        "cancel",
        "A draft or new payable is canceled.",
        may="cancel",
        event="canceled",
    ),
    Move(
        "submit_for_approval",
        "A new payable is submitted for approval.",
        may="submit",
        event="submitted_for_approval",
    ),
    Move(
        "approve_payment_operation",
        "A payable is approved and waits to be paid.",
        may="approve",
        event="approved",
    ),
    Move(
        "reject",
        "A payable is rejected.",
        may="approve",
        event="rejected",
    ),
    Move(
        "reopen",
        "A rejected payable, or one that is waiting to be paid, becomes new again.",
        may="reopen",
        event="reopened",
    ),
    Move(
        "mark_as_paid",
        "A payable has been paid in full.",
        may="pay",
        event="paid",
    ),
    Move(
        "mark_as_partially_paid",
        "A part of a payable has been paid. The amount is the total paid so far.",
        may="pay",
        event="partially_paid",
    ),
)


@PAYABLES.on("mark_as_paid")
def _mark_as_paid(call: Call, payable: Document) -> None:
    payable["amount_paid"] += payable["amount_due"] or 0
    payable["paid_at"] = call.clock.timestamp()
    payable["marked_as_paid_by_entity_user_id"] = call.principal.user_id
    payable["marked_as_paid_with_comment"] = (call.body or {}).get("comment")
    totals.compute_due(call, payable)


@PAYABLES.on("mark_as_partially_paid")
def _mark_as_partially_paid(call: Call, payable: Document) -> None:
    paid = call.body["amount_paid"]
    if not 0 < paid - payable["amount_paid"] < (payable["amount_due"] or 0):
        text = "amount_paid must be more than the amount paid so far and less than the total amount."
        invalid(problem(["body", "amount_paid"], text))
    payable["amount_paid"] = paid
    totals.compute_due(call, payable)


@PAYABLES.operation("POST", "attach_file", may="update", status="documented")
def attach_file(call: Call) -> Document:
    """Attach a file to a payable without one."""
    payable = PAYABLES.find(call)
    file = call.files["file"]
    PAYABLES.attach(call, payable, file.name, file.content_type, file.data)
    return PAYABLES.view(call, PAYABLES.save(call, payable))


@PAYABLES.operation("POST", "validate", may="read", status="documented")
def validate(call: Call) -> Document:
    """List what is missing before a payable can leave draft."""
    payable = PAYABLES.find(call)
    lines = call.store.all("payable_line_item", owner=call.entity_id, parent=payable["id"])
    return {"id": payable["id"], "validation_errors": PAYABLES.problems(call, payable, lines)}


@PAYABLES.operation("GET", "suggestions", may="read", status="unverified")
def read_suggestions(call: Call) -> Document:
    """Suggest a counterpart: the payable's, or else the entity's first vendor."""
    payable = PAYABLES.find(call)
    vendors = (found["id"] for found in COUNTERPARTS.all(call) if found["_details"]["is_vendor"])
    suggested = payable.get("counterpart_id") or next(vendors, None)
    return {"suggested_counterpart": {"id": suggested} if suggested else {}}


@PAYABLES.operation("DELETE", "suggestions", may="update", status="schema")
def delete_suggestions(call: Call) -> Document:
    """Dismiss the suggestion."""
    PAYABLES.find(call)
    return {}
