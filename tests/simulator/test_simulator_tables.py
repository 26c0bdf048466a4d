"""Which statuses allow a transition, an update or a deletion, and which references must exist."""

import pytest

from monite_magic import catalogue

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


# Standard and reduced rates, as the countries' tax offices publish them; the simulator has the common ones.
@pytest.mark.parametrize(
    ("country", "rates"),
    [
        ("DE", [1900, 700, 0]),
        ("AT", [2000, 1300, 1000, 0]),
        ("FR", [2000, 1000, 550, 0]),
        ("NL", [2100, 900, 0]),
        ("GB", [2000, 500, 0]),
        ("US", [0]),
        ("ES", [2000, 0]),
    ],
)
def test_an_entity_has_the_vat_rates_of_its_country(api, entity, country, rates):
    body = entity()
    body["address"] |= {"country": country} | ({"state": "NY"} if country == "US" else {})
    made = api.made("/entities", body)
    found = api.at(made["id"]).get("/vat_rates").json()["data"]
    assert [rate["value"] for rate in found] == rates
    assert {rate["country"] for rate in found} == {country}


# The members of the African Union, by ISO 3166, and three islands of European states.
AFRICA = """
    AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG ML MR MU MW MZ
    NA NE NG RW SC SD SL SN SO SS ST SZ TD TG TN TZ UG ZA ZM ZW RE SH YT
"""


def test_only_in_africa_a_bank_account_needs_no_number(api):
    countries = catalogue.load().schemas["AllowedCountries"]["enum"]
    accepted = set()
    for country in countries:
        answer = api.post("/bank_accounts", json={"country": country, "currency": "EUR"})
        assert answer.status_code in (200, 201, 422), answer.text
        if answer.is_success:
            accepted.add(country)
    assert accepted == set(AFRICA.split()) & set(countries)


def test_an_account_with_the_fields_of_its_mask_is_accepted(api):
    numbers = {
        "iban": "DE89370400440532013000",
        "account_number": "12345678",
        "sort_code": "123456",
        "routing_number": "021000021",
        "account_holder_name": "Rye",
    }
    masks = api.get("/frontend/bank_account_masks").json()
    for currency, fields in {"EUR": 1, "GBP": 3, "USD": 3}.items():
        named = [name for name, wanted in masks[currency].items() if wanted and name in numbers]
        assert len(named) == fields + (currency == "EUR")
        assert masks[currency]["country"]
        assert masks[currency]["currency"]
        body = {"country": "DE", "currency": currency, **{name: numbers[name] for name in named}}
        for name in named if currency != "EUR" else ["iban"]:
            less = {key: value for key, value in body.items() if key != name}
            assert api.post("/bank_accounts", json=less).status_code == 422
        api.made("/bank_accounts", body)


def test_one_ledger_account_is_a_bank_account(api):
    ledger = api.get("/ledger_accounts").json()["data"]
    assert [account["name"] for account in ledger if account["is_bank_account"]] == ["Bank"]
    assert {account["type"] for account in ledger} == {"Income", "Expense", "Asset"}
    assert {account["status"] for account in ledger} == {"Active"}
