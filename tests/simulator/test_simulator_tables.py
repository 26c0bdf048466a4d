"""Which statuses allow a transition, an update or a deletion, and which references must exist."""

import pytest

NOBODY = "00000000-0000-4000-8000-000000000000"
TEXT = {"subject_text": "Order", "body_text": "Please deliver"}

STATUSES = {
    "payable": "draft new approve_in_progress waiting_to_be_paid partially_paid paid rejected canceled",
    "payable_credit_note": "draft new submitted_for_approval approved applied rejected canceled",
    "purchase_order": "draft issued",
    "delivery_note": "created delivered canceled",
    "receivable": "draft issued partially_paid overdue paid uncollectible canceled",
    "quote": "draft issued accepted declined expired",
}
PATHS = {
    "payable": "/payables",
    "payable_credit_note": "/payable_credit_notes",
    "purchase_order": "/payable_purchase_orders",
    "delivery_note": "/delivery_notes",
    "receivable": "/receivables",
    "quote": "/receivables",
}
# Kind, action, the statuses that allow it, and the status afterwards ("" if a deletion or an update).
ROWS = [
    ("payable", "cancel", "draft new", "canceled"),
    ("payable", "submit_for_approval", "new", "approve_in_progress"),
    ("payable", "approve_payment_operation", "new approve_in_progress", "waiting_to_be_paid"),
    ("payable", "reject", "approve_in_progress", "rejected"),
    ("payable", "reopen", "rejected waiting_to_be_paid", "new"),
    ("payable", "mark_as_paid", "waiting_to_be_paid partially_paid", "paid"),
    ("payable", "mark_as_partially_paid", "waiting_to_be_paid partially_paid", "partially_paid"),
    ("payable", "PATCH", "draft new", ""),
    ("payable", "DELETE", "draft new rejected canceled", ""),
    ("payable_credit_note", "cancel", "draft new", "canceled"),
    ("payable_credit_note", "submit_for_approval", "new", "submitted_for_approval"),
    ("payable_credit_note", "approve", "new submitted_for_approval", "approved"),
    ("payable_credit_note", "reject", "submitted_for_approval", "rejected"),
    ("payable_credit_note", "PATCH", "draft new", ""),
    ("payable_credit_note", "DELETE", "draft new rejected canceled", ""),
    ("purchase_order", "send", "draft issued", "issued"),
    ("purchase_order", "PATCH", "draft", ""),
    ("purchase_order", "DELETE", "draft", ""),
    ("delivery_note", "cancel", "created", "canceled"),
    ("delivery_note", "mark_as_delivered", "created", "delivered"),
    ("delivery_note", "PATCH", "created", ""),
    ("delivery_note", "DELETE", "created canceled", ""),
    ("receivable", "issue", "draft", "issued"),
    ("receivable", "cancel", "issued partially_paid overdue", "canceled"),
    ("receivable", "mark_as_paid", "issued partially_paid overdue", "paid"),
    ("receivable", "mark_as_uncollectible", "overdue", "uncollectible"),
    ("receivable", "DELETE", "draft", ""),
    ("quote", "accept", "issued", "accepted"),
    ("quote", "decline", "issued", "declined"),
]
BODIES = {
    "send": TEXT,
    "mark_as_partially_paid": {"amount_paid": 400},
    ("purchase_order", "PATCH"): {"message": "Soon"},
    ("delivery_note", "PATCH"): {"memo": "Back door"},
    ("payable", "PATCH"): {"description": "Rye"},
    ("payable_credit_note", "PATCH"): {"description": "Rye"},
}


@pytest.fixture
def make(api, organization):
    """Makes a document of a kind."""
    party = api.made("/counterparts", organization("Mill", is_vendor=True, email="mill@example.com"))
    address = party["default_billing_address_id"]
    rate = api.get("/vat_rates").json()["data"][0]["id"]
    price = {"value": 1000, "currency": "EUR"}
    product = api.made("/products", {"name": "Rye", "price": price})["id"]
    item = {"name": "Rye", "quantity": 1, "unit": "kg", "price": 1000, "currency": "EUR", "vat_rate": 700}
    sale = {
        "currency": "EUR",
        "counterpart_id": party["id"],
        "counterpart_billing_address_id": address,
        "line_items": [{"product_id": product, "quantity": 1, "vat_rate_id": rate}],
    }
    bodies = {
        "payable": {"currency": "EUR", "total_amount": 1000, "subtotal": 1000},
        "payable_credit_note": {"currency": "EUR", "document_id": "CN-7", "issued_at": "2026-03-05"},
        "purchase_order": {
            "counterpart_id": party["id"],
            "currency": "EUR",
            "items": [item],
            "message": "",
            "valid_for_days": 30,
        },
        "delivery_note": {
            "counterpart_id": party["id"],
            "counterpart_address_id": address,
            "line_items": [{"product": {"name": "Rye"}, "quantity": 2}],
        },
        "receivable": {**sale, "type": "invoice"},
        "quote": {**sale, "type": "quote"},
    }
    return lambda kind: api.made(PATHS[kind], bodies[kind])


@pytest.mark.parametrize(("kind", "action", "allowed", "target"), ROWS)
def test_each_status_allows_or_refuses_an_action(api, local, make, kind, action, allowed, target):
    outcomes = {}
    for status in STATUSES[kind].split():
        made = make(kind)
        stored = "receivable" if kind == "quote" else kind
        document = local.store.get(stored, made["id"])
        local.store.replace(stored, {**document, "status": status})
        path = f"{PATHS[kind]}/{made['id']}"
        body = BODIES.get((kind, action), BODIES.get(action))
        method, url = (action, path) if action.isupper() else ("POST", f"{path}/{action}")
        answer = api.request(method, url, json=body)
        outcomes[status] = answer.status_code
        if answer.is_success and target:
            assert api.get(path).json()["status"] == target
    accepted = {status for status, code in outcomes.items() if code < 300}
    assert accepted == set(allowed.split()), outcomes
    assert {code for code in outcomes.values() if code >= 300} <= {409}


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("payable", "project_id"),
        ("payable", "tag_ids"),
        ("payable", "purchase_order_id"),
        ("payable", "counterpart_id"),
        ("payable_credit_note", "based_on"),
        ("purchase_order", "project_id"),
        ("purchase_order", "counterpart_id"),
    ],
)
def test_an_update_that_names_a_missing_document_is_refused(api, make, kind, name):
    path = f"{PATHS[kind]}/{make(kind)['id']}"
    answer = api.patch(path, json={name: [NOBODY] if name == "tag_ids" else NOBODY})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", name]


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        ("/products", {"name": "Rye", "price": {"value": 1, "currency": "EUR"}}, "measure_unit_id"),
        ("/projects", {"name": "Oven"}, "parent_id"),
        ("/projects", {"name": "Oven"}, "tag_ids"),
        ("/entity_users", {"login": "rye", "first_name": "Ida"}, "role_id"),
    ],
)
def test_a_reference_must_exist_in_a_new_document_and_in_an_update(api, path, body, name):
    missing = {name: [NOBODY] if name == "tag_ids" else NOBODY}
    made = api.made(path, body)
    for answer in (api.post(path, json={**body, **missing}), api.patch(f"{path}/{made['id']}", json=missing)):
        assert answer.status_code == 422
        assert answer.json()["detail"][0]["loc"] == ["body", name]
