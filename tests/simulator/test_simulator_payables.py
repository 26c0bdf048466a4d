"""Payables: from draft to paid, with totals, guards, refusals, history, files and reading."""

import base64
from datetime import timedelta

import pytest

from monite_magic.catalogue import lifecycles

BODY = {
    "currency": "EUR",
    "document_id": "B-100",
    "issued_at": "2026-03-01",
    "due_date": "2026-03-31",
    "description": "Flour",
}
LINE = {"name": "Flour", "quantity": 2.5, "unit_price": 1999, "tax": 1900, "unit": "sack"}


@pytest.fixture
def vendor(api, organization):
    return api.made("/counterparts", organization("Mill", is_vendor=True))


@pytest.fixture
def payable(api, vendor):
    """A complete payable, which is new."""
    made = api.made("/payables", {**BODY, "counterpart_id": vendor["id"]})
    api.made(f"/payables/{made['id']}/line_items", LINE)
    return api.get(f"/payables/{made['id']}").json()


def act(api, payable, name, **body):
    return api.post(f"/payables/{payable['id']}/{name}", json=body or None)


def test_a_draft_becomes_new_when_nothing_is_missing(api, vendor):
    made = api.made("/payables", {"counterpart_id": vendor["id"], "currency": "EUR"})
    assert made["status"] == "draft"
    path = f"/payables/{made['id']}"
    missing = {entry["loc"][0] for entry in act(api, made, "validate").json()["validation_errors"]}
    assert missing == {"document_id", "issued_at", "due_date", "total_amount", "line_items"}
    api.patch(path, json=BODY)
    assert api.get(path).json()["status"] == "draft"
    line = api.made(f"{path}/line_items", LINE)
    assert api.get(path).json()["status"] == "new"
    assert act(api, made, "validate").json()["validation_errors"] == []
    # And a draft again, when something is taken away.
    assert api.delete(f"{path}/line_items/{line['id']}").status_code == 204
    assert api.get(path).json()["status"] == "draft"


def test_totals_come_from_the_lines_and_are_rounded_once(api, payable):
    # 2.5 x 19.99 = 49.975 -> 49.98; 19 % of it = 9.4962 -> 9.50
    assert (payable["subtotal"], payable["tax_amount"], payable["total_amount"]) == (4998, 950, 5948)
    assert payable["amount_due"] == payable["amount_to_pay"] == 5948
    path = f"/payables/{payable['id']}"
    lines = api.put(f"{path}/line_items", json={"data": [LINE, {**LINE, "quantity": 1, "tax": 0}]}).json()[
        "data"
    ]
    assert [line["total"] for line in lines] == [5948, 1999]
    assert api.get(path).json()["total_amount"] == 7947


def test_totals_that_contradict_the_lines_keep_it_a_draft(api, vendor):
    made = api.made(
        "/payables", {**BODY, "counterpart_id": vendor["id"], "subtotal": 4998, "total_amount": 6000}
    )
    path = f"/payables/{made['id']}"
    api.made(f"{path}/line_items", LINE)
    assert api.get(path).json()["status"] == "draft"
    [error] = act(api, made, "validate").json()["validation_errors"]
    assert error["loc"] == ["total_amount"]
    assert api.patch(path, json={"total_amount": 5948}).json()["status"] == "new"


def test_what_is_required_can_be_chosen_by_the_partner(api, payable):
    fields = ["currency", "description"]
    assert (
        api.put("/payables/validations", json={"required_fields": fields}).json()["required_fields"] == fields
    )
    made = api.made("/payables", {"currency": "EUR", "description": "x"})
    assert made["status"] == "new"
    assert "line_items" in api.post("/payables/validations/reset").json()["required_fields"]
    assert api.made("/payables", {"currency": "EUR", "description": "x"})["status"] == "draft"


def test_the_way_to_paid(api, payable):
    assert act(api, payable, "submit_for_approval").json()["status"] == "approve_in_progress"
    assert api.patch(f"/payables/{payable['id']}", json={"description": "late"}).status_code == 409
    assert act(api, payable, "approve_payment_operation").json()["status"] == "waiting_to_be_paid"
    part = act(api, payable, "mark_as_partially_paid", amount_paid=1000).json()
    assert (part["status"], part["amount_paid"], part["amount_due"]) == ("partially_paid", 1000, 4948)
    # The amount is what has been paid in all: less or as much as before, or everything, is refused.
    for amount in (500, 1000, 5948, 9000):
        assert act(api, payable, "mark_as_partially_paid", amount_paid=amount).status_code == 422
    assert act(api, payable, "mark_as_partially_paid", amount_paid=2000).json()["amount_due"] == 3948
    paid = act(api, payable, "mark_as_paid", comment="by hand").json()
    assert (paid["status"], paid["amount_paid"], paid["amount_due"]) == ("paid", 5948, 0)
    assert paid["marked_as_paid_with_comment"] == "by hand"
    assert paid["paid_at"]
    history = api.get(f"/payables/{payable['id']}/history").json()["data"]
    changes = [
        (entry["event_data"]["old_status"], entry["event_data"]["new_status"])
        for entry in history
        if entry["event_type"] == "status_changed"
    ]
    assert changes == [
        ("draft", "new"),
        ("new", "approve_in_progress"),
        ("approve_in_progress", "waiting_to_be_paid"),
        ("waiting_to_be_paid", "partially_paid"),
        ("partially_paid", "paid"),
    ]


def test_rejecting_reopening_canceling_deleting(api, payable):
    act(api, payable, "submit_for_approval")
    assert act(api, payable, "reject").json()["status"] == "rejected"
    assert act(api, payable, "reopen").json()["status"] == "new"
    assert act(api, payable, "cancel").json()["status"] == "canceled"
    assert api.delete(f"/payables/{payable['id']}").status_code == 204
    assert api.get(f"/payables/{payable['id']}").status_code == 404


# From each status, what is not refused: the table of the facts, and nothing else.
ALLOWED = {
    "draft": {"cancel"},
    "new": {"cancel", "submit_for_approval", "approve_payment_operation"},
    "approve_in_progress": {"approve_payment_operation", "reject"},
    "waiting_to_be_paid": {"reopen", "mark_as_paid", "mark_as_partially_paid"},
    "partially_paid": {"mark_as_paid", "mark_as_partially_paid"},
    "rejected": {"reopen"},
    "paid": set(),
    "canceled": set(),
}
WAYS = {
    "draft": None,
    "new": [],
    "approve_in_progress": ["submit_for_approval"],
    "waiting_to_be_paid": ["approve_payment_operation"],
    "partially_paid": ["approve_payment_operation", "mark_as_partially_paid"],
    "rejected": ["submit_for_approval", "reject"],
    "paid": ["approve_payment_operation", "mark_as_paid"],
    "canceled": ["cancel"],
}
ACTIONS = sorted(set().union(*ALLOWED.values()))


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("status", ALLOWED)
def test_no_transition_outside_the_table(api, payable, status, action):
    way = WAYS[status]
    if way is None:
        payable = api.made("/payables", {"currency": "EUR"})
    for step in way or []:
        done = act(api, payable, step, **({"amount_paid": 10} if step == "mark_as_partially_paid" else {}))
        assert done.status_code == 200
    before = api.get(f"/payables/{payable['id']}").json()
    assert before["status"] == status
    answer = act(api, payable, action, **({"amount_paid": 20} if action == "mark_as_partially_paid" else {}))
    if action in ALLOWED[status]:
        assert answer.status_code == 200
    else:
        assert answer.status_code == 409
        assert answer.json()["error"]["message"] == "Payable couldn't be updated due to current state"
        assert api.get(f"/payables/{payable['id']}").json() == before


def test_one_file_can_be_attached_and_is_served(api, payable):
    path = f"/payables/{payable['id']}/attach_file"
    content = b"%PDF-1.4 a bill"
    answer = api.post(path, files={"file": ("bill.pdf", content, "application/pdf")})
    assert answer.status_code == 200
    file = answer.json()["file"]
    assert (file["name"], file["mimetype"], file["size"]) == ("bill.pdf", "application/pdf", len(content))
    served = api.get(file["url"])
    assert served.content == content
    assert served.headers["content-type"] == "application/pdf"
    assert api.post(path, files={"file": ("b.pdf", b"x", "application/pdf")}).status_code == 409
    assert [row["id"] for row in api.get("/payables?has_file=true").json()["data"]] == [payable["id"]]
    assert api.get("/payables?has_file=false").json()["data"] == []


def test_a_file_can_come_with_the_data(api):
    encoded = base64.b64encode(b"a bill").decode()
    made = api.made("/payables", {"base64_encoded_file": encoded, "file_name": "x.pdf"})
    assert made["file"]["size"] == 6
    assert api.post("/payables", json={"base64_encoded_file": "%%%"}).status_code == 422


def test_a_file_is_read_by_the_clock_and_the_same_each_time(api, local):
    local.clock.freeze()

    def read():
        files = {"file": ("bill.pdf", b"%PDF-1.4 a bill", "application/pdf")}
        answer = api.post("/payables/upload_from_file", files=files)
        assert answer.status_code == 201
        assert answer.json()["ocr_status"] == "processing"
        local.clock.advance(seconds=10)
        return api.get(f"/payables/{answer.json()['id']}").json()

    one, two = read(), read()
    assert one["status"] == "new"
    assert one["ocr_status"] == "success"
    assert one["document_id"].startswith("OCR-")
    assert one["total_amount"] == two["total_amount"] > 0
    assert one["source_of_payable_data"] == "ocr"


def test_what_can_not_be_read_is_refused(api):
    def send(content):
        files = {"file": ("a.pdf", content, "application/pdf")}
        return api.post("/ocr_tasks/upload_from_file", files=files).status_code

    assert [send(start + b"...") for start in (b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")] == [
        202
    ] * 3
    assert [send(content) for content in (b"", b"PK", b"<html>")] == [415] * 3
    task = {"document_type": "invoice", "file_url": "https://nowhere.invalid/bill.pdf"}
    assert api.post("/ocr_tasks", json=task).status_code == 421


def test_reading_can_be_stopped_while_it_lasts(api, local):
    local.clock.freeze()
    files = {"file": ("bill.pdf", b"x", "application/pdf")}
    made = api.post("/payables/upload_from_file", files=files).json()
    assert act(api, made, "cancel_ocr").json()["ocr_status"] == "canceled"
    assert act(api, made, "cancel_ocr").status_code == 409
    local.clock.advance("1 minute")
    assert api.get(f"/payables/{made['id']}").json().get("document_id") is None


def test_what_is_read_too_late_changes_nothing(api, local, caplog):
    local.clock.freeze()
    files = {"file": ("bill.pdf", b"%PDF-1.4", "application/pdf")}
    made = api.post("/payables/upload_from_file", files=files).json()
    assert act(api, made, "cancel").status_code == 200
    local.clock.advance("1 minute")
    found = api.get(f"/payables/{made['id']}").json()
    assert (found["status"], found["ocr_status"], found.get("document_id")) == ("canceled", "canceled", None)
    assert api.get(f"/payables/{made['id']}/line_items").json()["data"] == []
    assert not caplog.records  # no timer failed


def test_filters_of_payables(api, payable, vendor):
    tag = api.made("/tags", {"name": "rent"})
    other = api.made("/payables", {"document_id": "Z-1", "currency": "USD", "tag_ids": [tag["id"]]})

    def found(**query):
        return {row["id"] for row in api.get("/payables", params=query).json()["data"]}

    both, first, second = {payable["id"], other["id"]}, {payable["id"]}, {other["id"]}
    assert found() == both
    assert found(status="new") == first
    assert found(status__in=["draft", "paid"]) == second
    assert found(counterpart_name__icontains="mil") == first
    assert found(search_text="z-") == second
    assert found(search_text="mill") == first
    assert found(amount__gte=5948) == first
    assert found(amount__gt=5948) == set()
    assert found(due_date__lt="2026-04-01") == first
    assert found(tag_ids=[tag["id"]]) == second
    assert found(has_tags="false") == first
    assert found(counterpart_id=vendor["id"]) == first
    line = api.get(f"/payables/{payable['id']}/line_items").json()["data"][0]
    assert found(line_item_id=line["id"]) == first


def test_what_is_referred_to_must_exist(api, vendor, organization):
    nobody = "00000000-0000-4000-8000-000000000001"
    for name in ("counterpart_id", "project_id", "purchase_order_id"):
        answer = api.post("/payables", json={name: nobody})
        assert answer.status_code == 422
        assert answer.json()["detail"][0]["loc"] == ["body", name]
    other = api.made("/counterparts", organization("Other"))
    body = {"counterpart_id": vendor["id"], "counterpart_address_id": other["default_billing_address_id"]}
    assert api.post("/payables", json=body).status_code == 422


def test_a_bill_keeps_what_was_known_of_its_vendor(api, payable, vendor):
    api.patch(f"/counterparts/{vendor['id']}", json={"organization": {"legal_name": "New Mill"}})
    assert api.get(f"/payables/{payable['id']}").json()["counterpart"]["name"] == "Mill"


def test_an_early_payment_costs_less(api, local, vendor):
    terms = {
        "name": "2/10 net 30",
        "term_1": {"discount": 200, "number_of_days": 10},
        "term_final": {"number_of_days": 30},
    }
    today = local.clock.today().isoformat()
    body = {
        **BODY,
        "issued_at": today,
        "due_date": "2030-01-01",
        "payment_terms": terms,
        "total_amount": 10000,
    }
    made = api.made("/payables", body)
    assert (made["amount_due"], made["amount_to_pay"]) == (10000, 9800)
    local.clock.advance(days=11)
    assert api.log_in().get(f"/payables/{made['id']}").json()["amount_to_pay"] == 10000
    changed = api.patch(
        f"/payables/{made['id']}", headers=api.log_in().headers, json={"description": "x"}
    ).json()
    assert changed["amount_to_pay"] == 10000


def test_payment_records_pay_a_payable(api, payable):
    act(api, payable, "approve_payment_operation")
    record = {"amount": 2000, "currency": "EUR", "object": {"type": "payable", "id": payable["id"]}}
    made = api.made("/payment_records", record)
    assert made["status"] == "succeeded"
    assert made["object"]["new_status"] == "partially_paid"
    assert api.get(f"/payables/{payable['id']}").json()["amount_due"] == 3948
    planned = api.made("/payment_records", {**record, "amount": 5000, "status": "created"})
    assert api.get(f"/payables/{payable['id']}").json()["amount_due"] == 3948
    path = f"/payment_records/{planned['id']}"
    assert api.post(f"{path}/start_processing", json={}).json()["status"] == "processing"
    assert api.post(f"{path}/start_processing", json={}).status_code == 409
    done = api.post(f"{path}/mark_as_succeeded", json={"paid_at": "2026-04-01T00:00:00Z"}).json()
    assert (done["status"], done["overpaid_amount"]) == ("succeeded", 1052)
    assert [entry["status"] for entry in done["history"]] == ["created", "processing", "succeeded"]
    paid = api.get(f"/payables/{payable['id']}").json()
    assert (paid["status"], paid["amount_due"], paid["amount_paid"]) == ("paid", 0, 5948)
    assert api.post("/payment_records", json=record).status_code == 409
    assert api.post(f"{path}/cancel", json={}).status_code == 409
    assert len(api.get(f"/payment_records?object_id={payable['id']}").json()["data"]) == 2


def test_a_payment_in_another_currency_is_refused(api, payable):
    act(api, payable, "approve_payment_operation")
    record = {"amount": 1, "currency": "USD", "object": {"type": "payable", "id": payable["id"]}}
    assert api.post("/payment_records", json=record).status_code == 422
    planned = api.made("/payment_records", {**record, "currency": "EUR", "status": "created"})
    for change in ({"currency": "USD"}, {"amount": 0}, {"amount": -5}):
        assert api.patch(f"/payment_records/{planned['id']}", json=change).status_code == 422


def test_a_vendors_credit_note_is_set_off(api, payable):
    body = {"document_id": "CN-1", "issued_at": "2026-03-05", "based_on": payable["id"], "currency": "EUR"}
    note = api.made("/payable_credit_notes", body)
    assert note["status"] == "draft"
    assert api.post("/payable_credit_notes", json=body).status_code == 409
    path = f"/payable_credit_notes/{note['id']}"
    line = api.made(f"{path}/line_items", {"name": "Return", "quantity": 1, "unit_price": 1000, "tax": 0})
    assert line["credit_note_id"] == note["id"]
    assert api.get(f"{path}/validate").json()["validation_errors"] == []
    assert api.post(f"{path}/submit_for_approval").json()["status"] == "submitted_for_approval"
    assert api.post(f"{path}/approve").json()["status"] == "applied"
    after = api.get(f"/payables/{payable['id']}").json()
    assert (after["total_amount_with_credit_notes"], after["amount_due"]) == (4948, 4948)
    act(api, payable, "approve_payment_operation")
    assert act(api, payable, "mark_as_partially_paid", amount_paid=4948).status_code == 422
    paid = act(api, payable, "mark_as_paid").json()
    assert (paid["amount_paid"], paid["amount_due"]) == (4948, 0)
    assert [entry["id"] for entry in after["credit_notes"]] == [note["id"]]


def test_every_action_that_the_table_does_not_allow_is_refused(api, payable):
    """Error cards read the same table: what they say is possible has to be what is not refused."""
    path = f"/payables/{payable['id']}"
    rows = {
        operation.rpartition("/")[2]: action.possible_in
        for operation, action in lifecycles.ACTIONS.items()
        if operation.startswith("POST /payables/{}/")
    }
    bodies = {"mark_as_partially_paid": {"amount_paid": 1}}
    seen = []
    for step in (
        None,
        "submit_for_approval",
        "reject",
        "reopen",
        "approve_payment_operation",
        "mark_as_paid",
    ):
        if step:
            done = api.post(f"{path}/{step}")
            assert done.status_code == 200, done.text
        status = api.get(path).json()["status"]
        seen.append(status)
        for name, possible_in in rows.items():
            if status not in possible_in:
                refused = api.post(f"{path}/{name}", json=bodies.get(name))
                assert refused.status_code == 409, (status, name)
        assert api.get(path).json()["status"] == status
    assert seen == ["new", "approve_in_progress", "rejected", "new", "waiting_to_be_paid", "paid"]


TERMS = {
    "name": "2 % in 10 days",
    "term_1": {"number_of_days": 10, "discount": 200},
    "term_final": {"number_of_days": 30},
}


def bill_to_pay(api, local, unit_price=12_345):
    """A bill of today with a discount, approved."""
    today = local.clock.today()
    body = {
        "currency": "EUR",
        "document_id": "B-9",
        "issued_at": today.isoformat(),
        "due_date": (today + timedelta(days=30)).isoformat(),
        "payment_terms": TERMS,
    }
    made = api.made("/payables", body)
    api.made(f"/payables/{made['id']}/line_items", {"quantity": 1, "unit_price": unit_price, "tax": 0})
    return api.post(f"/payables/{made['id']}/approve_payment_operation").json()


def pay(api, bill, amount, **members):
    body = {"amount": amount, "currency": "EUR", "object": {"type": "payable", "id": bill["id"]}}
    return api.made("/payment_records", {**body, **members})


def test_paying_what_is_to_be_paid_within_the_term_settles_a_bill(api, local):
    bill = bill_to_pay(api, local)
    assert (bill["amount_due"], bill["amount_to_pay"]) == (12_345, 12_098)  # 2 % are 246.90
    record = pay(api, bill, 12_098)
    assert (record["overpaid_amount"], record["object"]["new_status"]) == (0, "paid")
    after = api.get(f"/payables/{bill['id']}").json()
    assert (after["status"], after["amount_paid"], after["amount_due"]) == ("paid", 12_098, 0)
    [paid] = [row for row in local.events if row["action"] == "payable.paid"]
    assert paid["details"] == "discount taken: 2.47 EUR"


def test_any_other_payment_takes_no_discount(api, local):
    for amount in (12_097, 12_099):
        bill = bill_to_pay(api, local)
        pay(api, bill, amount)
        after = api.get(f"/payables/{bill['id']}").json()
        assert (after["status"], after["amount_due"]) == ("partially_paid", 12_345 - amount)
    bill = bill_to_pay(api, local)
    local.clock.advance(days=11)
    api.log_in()
    pay(api, bill, 12_098)
    assert api.get(f"/payables/{bill['id']}").json()["amount_due"] == 247
    # The day of the payment counts, not that on which it is recorded.
    bill = bill_to_pay(api, local)
    day = local.clock.now().isoformat()
    local.clock.advance(days=11)
    api.log_in()
    pay(api, bill, 12_098, paid_at=day)
    assert api.get(f"/payables/{bill['id']}").json()["status"] == "paid"


def test_a_discount_on_the_rest_settles_too(api, local):
    bill = bill_to_pay(api, local, 10_000)
    pay(api, bill, 5_000)
    rest = api.get(f"/payables/{bill['id']}").json()
    assert (rest["amount_due"], rest["amount_to_pay"]) == (5_000, 4_900)
    pay(api, bill, 4_900)
    assert api.get(f"/payables/{bill['id']}").json()["status"] == "paid"


def test_a_bill_that_is_credited_in_full_is_paid(api, local):
    bill = bill_to_pay(api, local, 7_000)
    note = api.made(
        "/payable_credit_notes",
        {"currency": "EUR", "document_id": "C-1", "issued_at": "2026-03-01", "based_on": bill["id"]},
    )
    api.made(
        f"/payable_credit_notes/{note['id']}/line_items",
        {"name": "x", "quantity": 1, "unit_price": 7_000, "tax": 0},
    )
    assert api.post(f"/payable_credit_notes/{note['id']}/approve").status_code == 200
    after = api.get(f"/payables/{bill['id']}").json()
    assert (after["status"], after["amount_due"], after["amount_paid"]) == ("paid", 0, 0)
