"""Totals of a payable, amounts due, and missing data."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from monite_magic.simulator.clock import days_after
from monite_magic.simulator.money import share
from monite_magic.simulator.registry import PARTNER, behaviour, operation

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour(
    "payable totals", "The discount of a payable is subtracted from the subtotal, before tax.", "unverified"
)
behaviour(
    "payable totals", "amount_to_pay is amount_due minus the discount of the payment terms.", "documented"
)

behaviour(
    "payable totals",
    "A payment of exactly amount_to_pay within the term of a discount settles a payable. Its event has "
    "the discount.",
    "unverified",
)

_SUMS = ("subtotal", "tax_amount", "total_amount")


def given(members: Document) -> Document:
    """Return the totals in the body of a call, to check against those of the lines."""
    return {name: members[name] for name in _SUMS if members.get(name) is not None}


def compute(call: Call, payable: Document, lines: list[Document]) -> None:
    """Fill in missing totals."""
    stated = payable["_given"]
    sums: dict[str, int | None] = dict.fromkeys(_SUMS)
    if lines:
        subtotal = sum(line["subtotal"] for line in lines)
        tax_amount = sum(line["tax_amount"] for line in lines)
        discount = payable.get("discount") or 0
        sums = dict(zip(_SUMS, (subtotal, tax_amount, subtotal - discount + tax_amount), strict=True))
    payable.update({name: stated.get(name, value) for name, value in sums.items()})
    compute_due(call, payable)


def compute_due(call: Call, payable: Document) -> None:
    """Compute the amounts due."""
    total = payable.get("total_amount")
    if total is None:
        payable["amount_due"] = payable["amount_to_pay"] = None
        return
    settled = payable.get("_credited", 0) + payable["amount_paid"] + payable.get("_discount_taken", 0)
    payable["amount_due"] = max(0, total - settled)
    discount = share(payable["amount_due"], _discount(call.clock.today(), payable))
    payable["amount_to_pay"] = payable["amount_due"] - discount


def discount_for(payable: Document, amount: int, day: date) -> int:
    """Return the discount taken by a payment of exactly the amount to pay on that day."""
    discount = share(payable["amount_due"], _discount(day, payable))
    return discount if amount == payable["amount_due"] - discount else 0


def _discount(day: date, payable: Document) -> int:
    """The discount (percent x 100) for paying on a day, by the payment terms."""
    suggested = payable.get("suggested_payment_term") or {}
    if suggested.get("discount") and day <= date.fromisoformat(suggested["date"]):
        return int(suggested["discount"])
    terms = payable.get("payment_terms") or {}
    if not payable.get("issued_at"):
        return 0
    issued = date.fromisoformat(payable["issued_at"])
    for name in ("term_1", "term_2"):
        term = terms.get(name)
        if term and day <= days_after(issued, term["number_of_days"]):
            return int(term["discount"])
    return 0


def problems(payable: Document, lines: list[Document], required: list[str]) -> list[Document]:
    """Return what is missing in a document."""
    found = []
    for name in required:
        head, _, tail = name.partition(".")
        if head != "line_items":
            if payable.get(name) is None:
                found.append(_missing(name))
        elif not tail:
            if not lines:
                found.append(_missing(name))
        elif any(line.get(tail) is None for line in lines):
            found.append(_missing(name))
    if lines:
        found.extend(_contradictions(payable, lines))
    return found


def _contradictions(payable: Document, lines: list[Document]) -> list[Document]:
    """Return totals that differ from the lines."""
    found = []
    subtotal = sum(line["subtotal"] for line in lines)
    total = sum(line["total"] for line in lines) - (payable.get("discount") or 0)
    for name, expected in (("subtotal", subtotal), ("total_amount", total)):
        if payable.get(name) not in (None, expected):
            text = f"The sum of the line items is {expected}, but {name} is {payable[name]}."
            found.append({"loc": [name], "msg": text, "type": "value_error"})
    return found


def _missing(name: str) -> Document:
    return {"loc": name.split("."), "msg": "Field required", "type": "missing"}


class RequiredFields:
    """The fields that a partner requires in a complete document, with operations to read and change them.

    Args:
        kind: The kind of the stored choice.
        path: The path of the operations.
        default: The default fields.
    """

    def __init__(self, kind: str, path: str, default: list[str]) -> None:
        self.kind, self.default = kind, default
        operation(
            "GET", path, "The required fields of a complete document.", status="documented", access=PARTNER
        )(lambda call: {"required_fields": self.required(call)})
        operation("PUT", path, "Choose the required fields.", status="documented", access=PARTNER)(
            lambda call: self._choose(call, call.body["required_fields"])
        )
        operation("POST", f"{path}/reset", "Go back to the default.", status="documented", access=PARTNER)(
            lambda call: self._choose(call, self.default)
        )

    def required(self, call: Call) -> list[str]:
        """Return the current required fields."""
        chosen = call.store.get(self.kind, call.project)
        return list(chosen["required_fields"]) if chosen else self.default

    def _choose(self, call: Call, fields: list[str]) -> Document:
        call.store.delete(self.kind, call.project)
        return call.store.insert(
            self.kind, {"id": call.project, "required_fields": fields}, owner=call.project
        )


PAYABLE_FIELDS = RequiredFields(
    "payable_validations",
    "/payables/validations",
    ["currency", "document_id", "due_date", "issued_at", "total_amount", "line_items"],
)
CREDIT_NOTE_FIELDS = RequiredFields(
    "payable_credit_note_validations",
    "/payable_credit_notes/validations",
    ["currency", "document_id", "issued_at", "total_amount", "line_items"],
)
