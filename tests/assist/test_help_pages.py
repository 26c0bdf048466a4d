"""Pages of help, what operations do in our words, drafts by name, and inspection."""

from __future__ import annotations

import pytest

from monite_magic import assist, catalogue
from monite_magic.assist.inspection import inspect
from monite_magic.assist.phrases import entity_need, purpose, token_kind
from monite_magic.catalogue import CatalogueError

BILL = "11111111-2222-4333-8444-000000000003"


@pytest.fixture(scope="module")
def known():
    return catalogue.load()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("GET /payables", "List the payables"),
        ("POST /payables", "Create a payable"),
        ("GET /payables/{payable_id}", "Show a payable"),
        ("POST /payables/{payable_id}/submit_for_approval", "Submit a payable for approval"),
        ("POST /receivables/{receivable_id}/issue", "Issue a receivable"),
        ("DELETE /entities/{entity_id}/vat_ids/{id}", "Delete a VAT ID of an entity"),
        ("PATCH /entity_users/my_entity", "Change the entity of the token's user"),
        ("GET /analytics/payables", "Sum up the payables"),
        ("GET /entity_users/me", "Show the entity user of the token"),
        ("POST /auth/token", "Get an access token"),
        ("POST /payables/validations/reset", "Set validations back to their defaults"),
    ],
)
def test_what_an_operation_does(known, call, words):
    assert purpose(known.find(*call.split(" ")).operation) == words


def test_every_operation_has_a_purpose(known):
    for operation in known.operations:
        assert len(purpose(operation).split()) >= 2, operation


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        ("POST /auth/token", "none: this call gets one"),
        ("GET /entity_users/me", "entity-user token"),
        ("GET /settings", "partner token"),
        ("POST /mail_templates/preview", "partner token, or entity-user token whose role allows it"),
        ("GET /events/{event_id}", "partner token"),
        ("GET /payables", "partner token, or entity-user token whose role allows it"),
    ],
)
def test_which_token(known, call, kind):
    assert token_kind(known.find(*call.split(" ")).operation) == kind


def test_entity_header_in_words(known):
    assert entity_need(known.find("GET", "/payables").operation).startswith("required")
    assert entity_need(known.find("GET", "/entities").operation) == "not used"


def test_the_list_of_resources_and_a_search():
    page = assist.help_page().plain()
    assert "391 operations" in page
    assert "payables" in page
    found = assist.help_page("approve").plain()
    assert "POST    /approval_requests/{approval_request_id}/approve" in found
    assert "3 operations" in found
    assert "The nearest: payables" in assist.help_page("payabels").plain()


def test_a_search_with_the_words_that_people_use():
    assert "POST    /receivables/{receivable_id}/decline" in assist.help_page("quotes").plain()
    found = assist.help_page("Approve the bill").plain()
    assert "POST    /payables/{payable_id}/approve_payment_operation" in found
    assert "/approval_requests" not in found
    assert "The API's word for it: payable." in found


def test_the_page_of_an_operation():
    page = assist.help_page("POST /counterparts")
    text = page.plain()
    for words in (
        "Create a counterpart.",
        "required (--entity",
        "organization.address.country",
        "one of organization, individual",
        "201",
        "Created",
        "%%monite POST /counterparts",
    ):
        assert words in text
    assert "<script" not in page.html()
    assert "<table" in page.html()
    assert "deprecated" in assist.help_page("GET /entities/me").plain()
    assert "limit" in assist.help_page("get /payables").plain()
    assert "application/pdf" in assist.help_page(f"GET /document_templates/{BILL}/preview").plain()


def test_every_operation_has_a_page(known):
    for operation in known.operations:
        assert str(operation) in assist.help_page(str(operation)).plain()


def test_the_page_of_a_field():
    page = assist.help_page("POST /counterparts", field="organization.address.country").plain()
    assert "required  yes" in page
    assert "DE" in page
    inner = assist.help_page("POST /counterparts", field="organization.address").plain()
    assert "postal_code" in inner
    assert "percent × 100" in assist.help_page("POST /receivables", field="line_items.tax_rate_value").plain()
    assert "1 to 100" in assist.help_page("GET /payables", field="limit").plain()


@pytest.mark.parametrize(
    ("words", "field", "message"),
    [
        ("GET /payabels", None, "The nearest: /payables"),
        ("PUT /payables", None, "it has GET, POST"),
        ("POST /counterparts", "organization.adress", "The nearest: address"),
        ("GET /payables", "zzz", "has no field zzz."),
        ("payables", "limit", "METHOD /path"),
    ],
)
def test_what_there_is_not(words, field, message):
    with pytest.raises(CatalogueError, match=message):
        assist.help_page(words, field=field)


def test_drafts_by_name(seen):
    assert assist.new_cell("post", "/products") == '%%monite POST /products\n{\n  "name": "Example"\n}'
    assert assist.new_cell("GET", f"/payables/{BILL}") == f"%monite GET /payables/{BILL}"
    assert assist.new_cell("GET", "/payables/{payable_id}", seen=seen) == f"%monite GET /payables/{BILL}"
    assert '"individual"' in assist.new_cell("POST", "/counterparts", kind="individual")
    assert len(assist.new_cell("POST", "/products", full=True)) > 200
    with pytest.raises(CatalogueError, match="The API has no path /nowhere"):
        assist.new_cell("GET", "/nowhere")


# -- inspection -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("%monite GET /pay|ables", "List the payables."),
        ("%%monite POST /counter|parts\n{}", "Create a counterpart."),
        ("%monite GET /payables?sta|tus=new", "waiting_to_be_paid"),
        ("%monite GET /payables -q lim|it=5", "1 to 100"),
        ("%monite /pay|ables", "/payables: 34 operations"),
        ("%monite_new POST /produ|cts", "Create a product."),
        ('%%monite POST /products\n{"na|me": "A"}', "required  yes"),
        ('%%monite POST /products\n{"price": {"cur|rency": "EUR"}}', "price.currency"),
        ('%%monite POST /products\n{"price": {"currency": "E|UR"}}', "price.currency"),
        ("%%monite POST /products\n{|}", "Create a product."),
        ('%%monite POST /products\n{"nons|ense": 1}', "Create a product."),
    ],
)
def test_what_stands_under_the_cursor(situation, cell, words):
    before, after = cell.split("|")
    assert words in inspect(situation, before + after, len(before)).plain()


@pytest.mark.parametrize(
    "cell", ["os.pa|th", "%monite GET|", "%%monite POST /nowhere\n{|}", "%monite_status |"]
)
def test_what_is_left_to_python(situation, cell):
    before, after = cell.split("|")
    assert inspect(situation, before + after, len(before)) is None
