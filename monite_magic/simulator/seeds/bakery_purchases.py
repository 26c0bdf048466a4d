"""Purchases of the seed `bakery`: bills from arrival to payment."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from monite_magic.simulator.rules.approvals import REQUESTS
from monite_magic.simulator.rules.payable_lines import PAYABLE_LINE_ITEMS
from monite_magic.simulator.rules.payables import PAYABLES
from monite_magic.simulator.rules.payment_records import PAYMENT_RECORDS
from monite_magic.simulator.rules.tags import COMMENTS
from monite_magic.simulator.seeds import bakery_data as data
from monite_magic.simulator.seeds.bakery_story import months, seasonal

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.seeds.bakery_story import Story
    from monite_magic.simulator.store import Document

_PREMISES = ("Stadtwerk", "Altbau", "Ofenbau", "Blitzblank", "Versicherung")
#: Duplicate bills, by number in the story. The second one looks slightly different.
_TWICE = {37: "same number", 141: "another number", 260: "same number"}
#: Disputed bills, with the reason.
_DISPUTED = {
    58: "20 sacks less than on the delivery note.",
    173: "The price differs from the agreed price.",
    301: "Returned: the cream was sour.",
}
#: Of the bills due in the next two weeks, what holds up one or another, by their order in the story.
_HELD_UP = {1: "number missing", 3: "not submitted", 5: "not approved", 7: "disputed", 9: "not approved"}
_SOON = timedelta(days=14)
_NOT_ORDERED = "We ordered half of this. Please send a new bill."


def plan_purchases(story: Story, known: dict[str, Any]) -> None:
    """Plan all bills of the story."""
    habits = {party.name: party for party in data.VENDORS}
    number = 0
    for index, month in enumerate(months(story)):
        due: dict[str, list[data.Cost]] = defaultdict(list)
        for cost in data.COSTS:
            if index % cost.every == 0:
                due[cost.vendor].append(cost)
        for vendor, costs in due.items():
            # Vendors with many deliveries send two bills a month.
            halves = 2 if costs[0].season == "bread" and costs[0].quantity > 10 else 1
            for half in range(halves):
                number += 1
                issued = story.day(month, 14 * half + story.dice.randrange(12))
                lines = [_line(story, cost, month, halves) for cost in costs]
                _plan_bill(story, known, habits[vendor], number, issued, lines)


def _line(story: Story, cost: data.Cost, month: datetime, halves: int) -> Document:
    quantity = cost.quantity * seasonal(story, cost.season, month) / halves
    rounded = 1 if cost.season == "flat" else max(1, round(quantity))
    return {"name": cost.item, "quantity": rounded, "unit_price": cost.price, "tax": cost.tax, "unit": "unit"}


def _plan_bill(
    story: Story,
    known: dict[str, Any],
    vendor: data.Party,
    number: int,
    issued: datetime,
    lines: list[Document],
) -> None:
    made: dict[str, Document] = {}
    held_up: list[str] = []
    document_id = f"{vendor.name[:3].upper()}-{issued:%y%m}-{number:04d}"
    tag = "premises" if vendor.name.startswith(_PREMISES) else "ingredients"
    tags = [known["tags"][tag]["id"]]
    due = (issued + timedelta(days=30 if vendor.country == "DE" else 14)).date()
    body = {
        "counterpart_id": known["parties"][vendor.name]["id"],
        "currency": vendor.currency,
        "document_id": document_id,
        "issued_at": issued.date().isoformat(),
        "due_date": due.isoformat(),
        "tag_ids": tags,
    }

    def arrive(call: Call) -> None:
        known_now = {**body, "document_id": None} if "number missing" in held_up else body
        made["bill"] = _enter(call, known_now, lines)

    def submit(call: Call) -> None:
        if not {"number missing", "not submitted"}.intersection(held_up):
            _move(call, made["bill"], "approve_in_progress", "submitted_for_approval")

    def approve(call: Call) -> None:
        if not held_up:
            _approve(call, made["bill"])
        elif "disputed" in held_up:
            _dispute(call, made["bill"], _NOT_ORDERED, known)

    arrival = story.day(issued, 1 + story.dice.randrange(3))
    story.at(arrival, arrive, "timo.zink")
    if number in _TWICE:
        twice = dict(body)
        if _TWICE[number] == "another number":
            twice["document_id"] = document_id.replace("-", "/")
        story.at(story.day(arrival, 9), lambda call: _drop(_enter(call, twice, lines)), "timo.zink")
    submitted = story.day(arrival, 1)
    story.at(submitted, submit, "paul.kern")
    approved = story.day(submitted, 1 + story.dice.randrange(3))
    if number in _DISPUTED:
        text = _DISPUTED[number]
        story.at(approved, lambda call: _dispute(call, made["bill"], text, known), "lena.abt")
        return
    held_up += _what_holds_up(story, known, due, approved)
    story.at(approved, approve, "lena.abt")
    paid = max(story.day(issued, (due - issued.date()).days + vendor.habit), story.day(approved, 1))
    if story.dice.random() < 0.06:
        # A part is paid first, the rest three weeks later.
        story.at(paid, lambda call: _pay(call, made["bill"], 0.5), "paul.kern")
        paid = story.day(paid, 21)
    story.at(paid, lambda call: _pay(call, made["bill"], 1), "paul.kern")


def _what_holds_up(story: Story, known: dict[str, Any], due: date, approved: datetime) -> list[str]:
    """What holds up a bill that is due soon and would be approved by now; nothing for most."""
    today = story.now.date()
    # Tomorrow other bills are due soon.
    story.until = min(story.until, datetime.combine(today + timedelta(days=1), time(), UTC))
    if approved > story.now or not today <= due <= today + _SOON:
        return []
    known["due soon"] = known.get("due soon", 0) + 1
    reason = _HELD_UP.get(known["due soon"])
    return [reason] if reason else []


def _drop(_document: Document) -> None:
    """Leave the second copy of a bill unprocessed, for the user to find."""


def _enter(call: Call, body: Document, lines: list[Document]) -> Document:
    bill = PAYABLES.add(call, dict(body))
    call.path = {"payable_id": bill["id"]}
    for line in lines:
        PAYABLE_LINE_ITEMS.add(call, dict(line), bill["id"])
    PAYABLES.refresh(call, bill)
    return PAYABLES.save(call, bill)


def _now(call: Call, bill: Document) -> Document:
    found: Document = PAYABLES.get(call, bill["id"]) or bill
    return found


def _move(call: Call, bill: Document, status: str, event: str) -> None:
    PAYABLES.set_status(call, _now(call, bill), status, event)


def _approve(call: Call, bill: Document) -> None:
    """Approve a bill, through the policy's request if there is one."""
    waiting = REQUESTS.all(call, object_id=bill["id"], status="waiting")
    for request in waiting:
        call.path = {"approval_request_id": request["id"]}
        REQUESTS.decide(call, approved=True)
    if not waiting:
        _move(call, bill, "waiting_to_be_paid", "approved")


def _dispute(call: Call, bill: Document, text: str, known: dict[str, Any]) -> None:
    current = _now(call, bill)
    current["tag_ids"] = [*current["tag_ids"], known["tags"]["dispute"]["id"]]
    COMMENTS.add(call, {"object_type": "payable", "object_id": bill["id"], "text": text})
    PAYABLES.set_status(call, current, "rejected", "rejected")


def _pay(call: Call, bill: Document, part: float) -> None:
    current = _now(call, bill)
    if current["status"] not in ("waiting_to_be_paid", "partially_paid"):
        return
    amount = current["amount_due"] if part == 1 else int(current["amount_due"] * part)
    PAYMENT_RECORDS.add(
        call,
        {
            "amount": amount,
            "currency": current["currency"],
            "object": {"type": "payable", "id": bill["id"]},
            "payment_method": "bank_transfer",
        },
    )
