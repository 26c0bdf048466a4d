"""Sales of the seed `bakery`: invoices from draft to payment, and quotes for weddings."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from monite_magic.simulator.resources import snapshot
from monite_magic.simulator.rules.payment_records import PAYMENT_RECORDS
from monite_magic.simulator.rules.products import vat_rates
from monite_magic.simulator.rules.receivable_actions import issue_now
from monite_magic.simulator.rules.receivables import OPEN, RECEIVABLES
from monite_magic.simulator.seeds import bakery_data as data
from monite_magic.simulator.seeds.bakery_story import months, seasonal

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.seeds.bakery_story import Story
    from monite_magic.simulator.store import Document

#: Rates by index in the table of Germany. Food to take away has the second rate.
_FOOD, _EXPORT = 1, 2
#: Invoices with an unusual course, by number in the story.
_CREDITED, _GIVEN_UP = {44, 190}, {23, 71}


def plan_sales(story: Story, known: dict[str, Any]) -> None:
    """Plan all quotes and invoices of the story."""
    number = 0
    for month in months(story):
        for customer in data.CUSTOMERS:
            if customer.name.startswith("Eventwerk"):
                continue
            number += 1
            issued = story.day(month, 24 + story.dice.randrange(4))
            lines = _basket(story, customer, month, known)
            _plan_invoice(story, known, customer, number, issued, lines)
        for _ in range(2 if month.month in (5, 6, 7, 9) else 1):
            _plan_wedding(story, known, story.day(month, 3 + story.dice.randrange(15)))


def _basket(story: Story, customer: data.Party, month: datetime, known: dict[str, Any]) -> list[Document]:
    """Return the purchases of a customer in a month."""
    names = [name for name, _, _ in data.EXPORT_PRODUCTS]
    if customer.currency == "EUR":
        names = story.dice.sample([name for name, _, _ in data.PRODUCTS[:8]], 3)
        if month.month in (11, 12):
            names.append("Stollen")
    rates = vat_rates("DE")
    rate = rates[_FOOD if customer.country == "DE" else _EXPORT]
    return [
        {
            "product_id": known["products"][name]["id"],
            "quantity": max(
                1, round(story.dice.randrange(20, 160) * seasonal(story, "bread", month) / (index + 1))
            ),
            "vat_rate_id": rate["id"],
        }
        for index, name in enumerate(names)
    ]


def _body(known: dict[str, Any], customer: data.Party, kind: str, lines: list[Document]) -> Document:
    party = known["parties"][customer.name]
    return {
        "type": kind,
        "currency": customer.currency,
        "counterpart_id": party["id"],
        "counterpart_billing_address_id": party["default_billing_address_id"],
        "line_items": lines,
    }


def _plan_invoice(
    story: Story,
    known: dict[str, Any],
    customer: data.Party,
    number: int,
    issued: datetime,
    lines: list[Document],
) -> None:
    made: dict[str, Document] = {}
    days = 30 if customer.country == "KW" else 14
    body = {
        **_body(known, customer, "invoice", lines),
        "payment_terms_id": known["terms"][days]["id"],
        "payment_reminder_id": known["reminders"]["before"]["id"],
        "overdue_reminder_id": known["reminders"]["after"]["id"],
    }

    def draft(call: Call) -> None:
        made["invoice"] = RECEIVABLES.add(call, dict(body))

    story.at(issued, draft, "paul.kern")
    story.at(issued + timedelta(minutes=20), lambda call: _issue(call, made["invoice"]), "paul.kern")
    due = story.day(issued, days)
    if number in _GIVEN_UP:
        story.at(story.day(due, 90), lambda call: _give_up(call, made["invoice"]), "paul.kern")
        return
    if number in _CREDITED:
        story.at(story.day(issued, 5), lambda call: _credit(call, made["invoice"]), "paul.kern")
    paid = story.day(due, customer.habit + story.dice.randrange(-2, 4))
    if story.dice.random() < 0.08:
        story.at(paid, lambda call: _receive(call, made["invoice"], 0.4), "paul.kern")
        paid = story.day(paid, 25)
    story.at(paid, lambda call: _receive(call, made["invoice"], 1), "paul.kern")


def _plan_wedding(story: Story, known: dict[str, Any], offered: datetime) -> None:
    """Plan a quote that is accepted and billed, declined, or expires."""
    customer = next(party for party in data.CUSTOMERS if party.name.startswith("Eventwerk"))
    rate = vat_rates("DE")[_EXPORT]["id"]
    lines = [
        {"product_id": known["products"]["Wedding cake"]["id"], "quantity": 1, "vat_rate_id": rate},
        {
            "product_id": known["products"]["Catering"]["id"],
            "quantity": story.dice.randrange(4, 11),
            "vat_rate_id": rate,
        },
    ]
    expiry = (offered + timedelta(days=21)).date().isoformat()
    body = {**_body(known, customer, "quote", lines), "expiry_date": expiry}
    made: dict[str, Document] = {}

    def offer(call: Call) -> None:
        made["quote"] = RECEIVABLES.add(call, dict(body))
        _issue(call, made["quote"])

    story.at(offered, offer, "paul.kern")
    fate = story.dice.random()
    answered = story.day(offered, 3 + story.dice.randrange(12))
    if fate < 0.2:
        story.at(answered, lambda call: _answer(call, made["quote"], "declined"), "paul.kern")
    elif fate < 0.8:
        story.at(answered, lambda call: _accept(call, made, known), "paul.kern")
        paid = story.day(answered, 14 + customer.habit)
        story.at(paid, lambda call: _receive(call, made["invoice"], 1), "paul.kern")


def _issue(call: Call, document: Document) -> None:
    current = RECEIVABLES.get(call, document["id"]) or document
    issue_now(call, current)
    RECEIVABLES.set_status(call, current, "issued", "issued")


def _answer(call: Call, quote: Document, status: str) -> Document:
    current = RECEIVABLES.get(call, quote["id"]) or quote
    RECEIVABLES.set_status(call, current, status, status)
    return current


def _accept(call: Call, made: dict[str, Document], known: dict[str, Any]) -> None:
    quote = _answer(call, made["quote"], "accepted")
    made["invoice"] = RECEIVABLES.based_on(call, quote, "invoice")
    terms = known["terms"][14]
    made["invoice"].update(payment_terms_id=terms["id"], payment_terms=snapshot(terms))
    call.store.replace(RECEIVABLES.kind, made["invoice"])
    _issue(call, made["invoice"])


def _receive(call: Call, invoice: Document, part: float) -> None:
    current = RECEIVABLES.get(call, invoice["id"])
    if current is None or current["status"] not in OPEN or not current["amount_due"]:
        return
    amount = current["amount_due"] if part == 1 else int(current["amount_due"] * part)
    PAYMENT_RECORDS.add(
        call,
        {
            "amount": amount,
            "currency": current["currency"],
            "object": {"type": "receivable", "id": invoice["id"]},
            "payment_method": "bank_transfer",
        },
    )


def _give_up(call: Call, invoice: Document) -> None:
    current = RECEIVABLES.get(call, invoice["id"])
    if current and current["status"] == "overdue":
        RECEIVABLES.set_status(call, current, "uncollectible", "uncollectible")


def _credit(call: Call, invoice: Document) -> None:
    """Credit the first line of an invoice."""
    current = RECEIVABLES.get(call, invoice["id"]) or invoice
    note = RECEIVABLES.based_on(call, current, "credit_note")
    note["line_items"] = note["line_items"][:1]
    RECEIVABLES.compute(call, note)
    _issue(call, note)
