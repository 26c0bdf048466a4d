"""`%monite_help payable states`: the statuses of documents, and who moves them on."""

from __future__ import annotations

import re

import pytest
import vendor

from monite_magic import simulator
from monite_magic.catalogue.lifecycles import ACTIONS, LIFECYCLES
from monite_magic.jupyter import assist
from monite_magic.simulator.lifecycle import TRANSITIONS

#: The vendor's lists of statuses, by document (OpenAPI 2024-05-25).
ENUMS = {
    "bill": "PayableStateEnum",
    "quote": "QuoteStateEnum",
    "credit note": "CreditNoteStateEnum",
    "vendor's credit note": "PayableCreditNoteStateEnum",
    "purchase order": "PurchaseOrderStatusEnum",
    "delivery note": "DeliveryNoteStatusEnum",
    "payment record": "PaymentRecordStatusEnum",
}


def page(words):
    return str(assist.help_page(words))


@pytest.mark.parametrize(
    "words",
    [
        "payable states",
        "Payables statuses",
        "bill status",
        "what are the statuses of a bill?",
        "bill lifecycle",
    ],
)
def test_the_states_of_a_bill_say_who_acts_next_and_by_which_call(words):
    text = page(words)
    assert "draft → new → approve_in_progress → waiting_to_be_paid → partially_paid → paid" in text
    rows = {tuple(re.split(r"  +", line.strip())) for line in text.splitlines()}
    assert ("new", "user (submit)", "POST …/submit_for_approval", "approve_in_progress") in rows
    assert ("draft", "the API", "automatic, once complete", "new") in rows
    approve = "POST /approval_requests/ID/approve"
    assert ("approve_in_progress", "policy's approver", approve, "waiting_to_be_paid") in rows
    assert "rejected, waiting_to_be_paid → new" in text
    assert "Final: paid, canceled." in text
    assert "… stands for /payables/ID" in text


def test_an_invoice_a_quote_and_a_credit_note_are_told_apart():
    invoice, quote, note = (page(f"{name} states") for name in ("invoice", "quote", "credit note"))
    assert "draft → issued → partially_paid → paid" in invoice
    assert "accept" not in invoice
    assert "draft → issued → accepted" in quote
    assert "mark_as_paid" not in quote
    assert "POST …/issue" in note
    assert "mark_as" not in note
    every = page("receivable states")
    assert all(f"States of the {name} (receivable)" in every for name in ("invoice", "quote", "credit note"))


@pytest.mark.parametrize("name", [each.name for each in LIFECYCLES])
def test_nothing_on_the_page_is_cut(name):
    text = page(f"{name} states")
    assert f"States of the {name}" in text
    assert not re.findall(r"\w…", text)
    assert max(map(len, text.splitlines())) <= 100


def test_states_alone_lists_the_documents_and_other_words_search():
    assert "%monite_help delivery note states" in page("states")
    assert "States of" not in page("approval policy status")
    assert "GET /payables" in page("payables with status draft")


@pytest.mark.skipif(vendor.path_of() is None, reason=vendor.MISSING)
def test_all_statuses_of_the_document_are_there_and_no_others():
    schemas = vendor.read()["components"]["schemas"]
    wanted = {name: set(schemas[enum]["enum"]) for name, enum in ENUMS.items()}
    # The list for invoices is that of all receivables.
    wanted["invoice"] = set(schemas["ReceivablesStatusEnum"]["enum"]) - {"accepted", "declined", "expired"}
    assert {each.name: set(each.statuses) for each in LIFECYCLES} == wanted


def test_the_permissions_are_those_that_the_simulator_asks_for():
    asked = {
        re.sub(r"\{[^}]*\}", "{}", rule.subject): rule.access.action
        for rule in simulator.default().rules
        if rule.handler
    }
    assert {operation: action.may for operation, action in ACTIONS.items()} == {
        operation: asked[operation] for operation in ACTIONS
    }


def test_every_transition_of_the_simulator_is_on_a_page():
    kinds = {
        "payable": "bill",
        "payable_credit_note": "vendor's credit note",
        "delivery_note": "delivery note",
    }
    names = {each.name: each for each in LIFECYCLES}
    seen = 0
    for way in TRANSITIONS:
        if way.kind in kinds:
            changes = names[kinds[way.kind]].changes()
            ways = {(change.how.rpartition("/")[2], change.target) for change in changes}
            assert (way.name, way.target) in ways
            seen += 1
    assert seen > 10
