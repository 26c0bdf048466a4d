"""Messages and views that newcomers stumbled over: each says what to do next."""

from __future__ import annotations

import json

import pytest

from monite_magic.core import UnforeseenError

CUSTOMER = {
    "type": "organization",
    "organization": {
        "legal_name": "Bistro Sans Courriel",
        "is_customer": True,
        "is_vendor": False,
        "address": {"country": "DE", "city": "Berlin", "line1": "Weg 1", "postal_code": "10115"},
    },
}
INVOICE = """
%%monite POST /receivables -o invoice
{"type": "invoice", "currency": "EUR", "counterpart_id": "{{ customer.id }}",
 "counterpart_billing_address_id": "{{ customer.default_billing_address_id }}",
 "line_items": [{"product": {"name": "Roll", "price": {"currency": "EUR", "value": 120}}, "quantity": 9,
                 "vat_rate_id": "{{ rates.items[0].id }}"}]}
"""


@pytest.fixture
def invoice(local):
    """An issued invoice to a customer without an email address."""
    local.good(f"customer = {CUSTOMER!r}\n%monite POST /counterparts --body customer -o customer")
    local.good("%monite GET /vat_rates -o rates")
    local.good(INVOICE.strip())
    local.good("%monite POST /receivables/{{ invoice.id }}/issue -o invoice")


@pytest.mark.usefixtures("invoice")
def test_a_mail_without_an_address_is_in_the_outbox_as_failed(local):
    mail = json.dumps({"subject_text": "Your invoice", "body_text": "Hello"})
    local.good(f"%%monite POST /receivables/{{{{ invoice.id }}}}/send\n{mail}")
    [line] = [line for line in local.good("%monite_simulator outbox").text.splitlines() if "nobody" in line]
    assert "Your invoice" in line
    assert "failed: no email address" in line
    assert "T" not in line.split()[1]  # date and time, as in the events


@pytest.mark.usefixtures("invoice")
def test_a_call_without_its_body_names_what_drafts_it(local):
    problem = local.run("%monite POST /receivables/{{ invoice.id }}/send").problem
    assert "%monite_new POST /receivables/{receivable_id}/send drafts the cell" in problem


def test_an_object_of_another_entity_is_looked_for_there(local):
    body = {**CUSTOMER, "email": "a@b.example", "address": CUSTOMER["organization"]["address"]}
    body["organization"] = {"legal_name": "Other GmbH"}
    local.good(f"other = {body!r}\n%monite POST /entities --body other -o other")
    local.good(f"c = {CUSTOMER!r}\n%monite POST /counterparts --entity {{{{ other.id }}}} --body c -o c")
    shown = " ".join(local.good("%monite GET /counterparts/{{ c.id }} --expect 404").text.split())
    entity = local.value("__import__('monite_magic').current_client().entity_id")
    assert f"This call was about the entity {entity}; --entity ID asks another one." in shown


def test_a_conflict_with_a_status_says_so_and_shows_where_to_look(local):
    local.good('%%monite POST /payables -o bill\n{"currency": "EUR"}')
    local.good("%monite POST /payables/{{ bill.id }}/cancel")
    shown = local.good('%%monite PATCH /payables/{{ bill.id }} --expect 409\n{"description": "x"}').text
    bill = local.value("bill['id']")
    assert "The object's status doesn't allow this." in shown
    assert f"%monite GET /payables/{bill}\n" in f"{shown}\n"
    local.good('%%monite POST /tags\n{"name": "twice"}')
    shown = local.good('%%monite POST /tags --expect 409\n{"name": "twice"}').text
    assert "The call conflicts with existing data." in shown


def test_a_date_for_a_time_is_answered_with_what_to_write(local):
    problem = local.run("%monite GET /receivables?issue_date__gte=2026-10-01").problem
    assert "2026-10-01 is a date, not a time: write 2026-10-01T00:00:00Z" in problem


def test_one_call_is_handed_on_as_a_file(local, folder):
    local.good("%monite GET /tags\n%monite GET /counterparts")
    assert "Calls  1\n" in local.good("%monite_export one.har last").text
    [entry] = json.loads((folder / "one.har").read_text())["log"]["entries"]
    assert entry["request"]["url"].endswith("/counterparts")
    assert "%monite_export FILE last" in local.run("%monite_history show last --as curl > x.txt").problem


def test_help_of_a_magic_names_the_choices_of_an_option(local):
    assert "One of curl, httpx, sdk, http." in local.good("%monite --help").text


def test_who_is_asked_to_approve_is_named(local):
    local.good("%monite_simulator seed bakery")
    local.good("%monite GET /approval_requests?status=waiting&limit=1 -o requests")
    told = local.good("%monite_simulator explain payable {{ requests.items[0].object_id }}").text
    assert "asks Lena Abt" in told
    local.good("%monite POST /approval_requests/{{ requests.items[0].id }}/approve")
    told = local.good("%monite_simulator explain payable {{ requests.items[0].object_id }}").text
    assert "approved, with the partner token, not by a user" in " ".join(told.split())


def test_a_missing_package_is_named_with_its_python_and_is_no_bug():
    problem = str(UnforeseenError.of(ModuleNotFoundError("No module named 'httpx'", name="httpx")))
    assert "httpx is not installed in this kernel's Python" in problem
    assert "pip install -e" in problem
    assert "bug" not in problem


def test_a_list_of_people_begins_with_their_names(local):
    local.good("%monite_simulator seed bakery")
    lines = local.good("%monite GET /entity_users").text.splitlines()
    [heading] = [line for line in lines if line.startswith("first_name")]
    assert heading.split()[:3] == ["first_name", "last_name", "status"]
