"""Pages of help, what operations do in our words, drafts by name, and inspection."""

from __future__ import annotations

import json
import re

import pytest

from monite_magic import catalogue
from monite_magic.catalogue import CatalogueError
from monite_magic.jupyter import assist
from monite_magic.jupyter.assist import pages
from monite_magic.jupyter.assist.inspection import inspect
from monite_magic.jupyter.assist.phrases import entity_need, purpose, token_kind

BILL = "11111111-2222-4333-8444-000000000003"
METHODS = ("GET ", "POST ", "PATCH ", "PUT ", "DELETE ")


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
        ("GET /analytics/payables", "Aggregate the payables"),
        ("GET /entity_users/me", "Show the entity user of the token"),
        ("POST /auth/token", "Get an access token"),
        ("POST /payables/validations/reset", "Reset validations to their defaults"),
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
        ("POST /auth/token", "none: this call returns one"),
        ("GET /entity_users/me", "entity-user token"),
        ("GET /settings", "partner token"),
        ("POST /mail_templates/preview", "partner token, or entity-user token if the role allows it"),
        ("GET /events/{event_id}", "partner token"),
        ("GET /payables", "partner token, or entity-user token if the role allows it"),
    ],
)
def test_which_token(known, call, kind):
    assert token_kind(known.find(*call.split(" ")).operation) == kind


def test_entity_header_in_words(known):
    assert entity_need(known.find("GET", "/payables").operation).startswith("required")
    assert entity_need(known.find("GET", "/entities").operation) == "not used"


def test_a_default_is_written_as_json():
    assert 'default {"display": false}' in assist.help_page("POST /receivables").plain()


def test_the_list_of_resources_and_a_search():
    page = assist.help_page().plain()
    assert "391 operations" in page
    assert "payables" in page
    assert "POST /approval_requests/{approval_request_id}/approve" in assist.help_page("approve").plain()
    assert "In the API: payabels = payable." in assist.help_page("payabels").plain()
    assert "Nothing found." in assist.help_page("?").plain()


def test_a_search_says_what_it_made_of_the_words():
    found = assist.help_page("Show me the bills, xyzzy!").plain()
    assert "In the API: bills = payable." in found
    assert "Ignored words: xyzzy." in found


def test_a_search_shows_the_best_and_says_how_many_more_there_are():
    found = assist.help_page("bill").plain()
    rows = [line for line in found.splitlines() if line.startswith(METHODS)]
    total = int(found.split(" results")[0].split()[-1])
    assert rows[0].startswith("GET /payables ")
    assert len(rows) <= 15
    assert f"{total - 15} more" in found


@pytest.mark.parametrize(
    ("words", "operation"),
    [
        ("create a vendor with VAT number", "POST /counterparts/{counterpart_id}/vat_ids"),
        ("unpaid invoices", "GET /receivables"),
        ("overdue receivables", "GET /receivables"),
        ("list my customers", "GET /counterparts"),
        ("bill", "GET /payables"),
        ("pay a bill", "POST /payables/{payable_id}/mark_as_paid"),
        ("Why can't a bill be approved?", "POST /payables/{payable_id}/submit_for_approval"),
        ("approve", "POST /approval_requests/{approval_request_id}/approve"),
        ("approvals", "GET /approval_requests"),
        ("approve a bill", "POST /payables/{payable_id}/approve_payment_operation"),
        ("bills waiting for approval", "GET /payables"),
        ("upload a bill", "POST /payables/upload_from_file"),
        ("add lines to a bill", "POST /payables/{payable_id}/line_items"),
        ("VAT id", "POST /counterparts/{counterpart_id}/vat_ids"),
        ("tax rates", "GET /vat_rates"),
        ("how do I create an invoice?", "POST /receivables"),
        ("send an invoice by e-mail", "POST /receivables/{receivable_id}/send"),
        ("download the PDF of an invoice", "GET /receivables/{receivable_id}/pdf_link"),
        ("mark invoices as paid", "POST /receivables/{receivable_id}/mark_as_paid"),
        ("reject a quote", "POST /receivables/{receivable_id}/decline"),
        ("quotes", "GET /receivables"),
        ("recurring invoices", "POST /recurrences"),
        ("delete a customer", "DELETE /counterparts/{counterpart_id}"),
        ("the supplier's bank account", "GET /counterparts/{counterpart_id}/bank_accounts"),
        ("change the address of a customer", "PATCH /counterparts/{counterpart_id}/addresses/{address_id}"),
        ("new employee", "POST /entity_users"),
        ("permissions of a user", "GET /entity_users/my_role"),
        ("get a token", "POST /auth/token"),
        ("monthly report of receivables", "GET /analytics/receivables"),
        ("webhooks", "POST /webhook_subscriptions"),
        ("e-invoicing", "GET /einvoicing_connections"),
        ("payab", "GET /payables"),
    ],
)
def test_a_search_with_the_words_that_people_use(words, operation):
    rows = [
        line.split()[:2] for line in assist.help_page(words).plain().splitlines() if line.startswith(METHODS)
    ]
    first = [f"{method} {path}" for method, path in rows[:3]]
    assert any(operation.startswith(each.removesuffix("…")) for each in first), first


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


def test_a_page_names_the_records_that_belong_to_an_object():
    for call in ("POST /counterparts", "PATCH /counterparts/{counterpart_id}"):
        shown = " ".join(repr(assist.help_page(call)).split())
        assert "Separate records below /counterparts/{counterpart_id}: …/addresses, " in shown
        assert "…/vat_ids" in shown
    assert "Separate records" not in repr(assist.help_page("POST /tags"))


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


def test_what_only_some_kinds_of_body_must_have_is_told(known):
    receivables = known.find("POST", "/receivables").operation
    page = pages.field_page(known, receivables, "counterpart_id").plain()
    assert "required  for some kinds of body" in page
    rows = [line.split("  ")[0] for line in pages.operation_page(known, receivables).plain().split("\n")]
    assert rows.index("type") < rows.index("counterpart_id") < rows.index("memo")
    assert "required in some" in pages.operation_page(known, receivables).plain()


@pytest.mark.parametrize(
    ("words", "field", "message"),
    [
        ("GET /payabels", None, "Did you mean /payables"),
        ("PUT /payables", None, "Use GET, POST"),
        ("POST /counterparts", "organization.adress", "Did you mean address"),
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
    with pytest.raises(CatalogueError, match="Unknown path: /nowhere"):
        assist.new_cell("GET", "/nowhere")


def test_a_draft_says_which_ids_it_took_and_what_comes_next(seen):
    cell, remarks = assist.draft("GET", "/payables/{payable_id}", seen=seen)
    assert BILL in cell
    assert remarks == ["Newest IDs of this session: payable_id."]
    assert assist.draft("GET", f"/payables/{BILL}", seen=seen)[1] == []
    _, remarks = assist.draft("POST", "/payables", seen=seen)
    assert remarks[-1] == "Then: %monite_new POST /payables/{payable_id}/line_items"


ZEROS = "Replace the IDs of zeros with your own."


@pytest.mark.parametrize(
    ("call", "remarks"),
    [
        (
            "POST /receivables",
            [
                ZEROS,
                "counterpart_billing_address_id: %monite GET /counterparts/{counterpart_id}/addresses",
                "counterpart_id: %monite GET /counterparts",
                "product_id: %monite GET /products",
                "vat_rate_id: %monite GET /vat_rates",
            ],
        ),
        ("POST /mailboxes/search", [ZEROS, "entity_ids: %monite GET /entities"]),
        (
            "GET /counterparts/{counterpart_id}/addresses/{address_id}",
            [
                ZEROS,
                "counterpart_id: %monite GET /counterparts",
                "address_id: %monite GET /counterparts/{counterpart_id}/addresses",
            ],
        ),
        (
            f"DELETE /counterparts/{BILL}/addresses/{{address_id}}",
            [ZEROS, f"address_id: %monite GET /counterparts/{BILL}/addresses"],
        ),
        ("POST /recurrences", [ZEROS]),  # the invoice's list is named otherwise
        ("POST /products", []),
    ],
)
def test_a_draft_says_which_ids_are_to_be_replaced(call, remarks):
    assert assist.draft(*call.split(" "))[1] == remarks


def test_the_lists_that_drafts_name_are_there(known):
    for operation in known.operations:
        for remark in assist.draft(operation.method, operation.path, full=True)[1]:
            name, there, path = remark.partition(": %monite GET ")
            if there:
                assert name.endswith(("id", "ids"))
                assert known.find("GET", path), remark


def test_a_draft_holds_the_fields_that_matter_where_none_is_required(seen):
    cell, remarks = assist.draft("POST", "/payables/{payable_id}/line_items", seen=seen)
    fields = {"name": "Example", "quantity": 1, "unit_price": 11900, "tax": 1900}
    assert json.loads(cell.partition("\n")[2]) == fields
    assert remarks == ["Newest IDs of this session: payable_id."]
    cell, remarks = assist.draft("PATCH", "/payables/{payable_id}", seen=seen)
    assert cell.endswith("\n{}")
    assert remarks[1:] == [
        "No field is required. %monite_new PATCH /payables/{payable_id} --full writes all fields."
    ]


# -- inspection -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("%monite GET /pay|ables", "List the payables."),
        ("%%monite POST /counter|parts\n{}", "Create a counterpart."),
        ("%monite GET /payables?sta|tus=new", "waiting_to_be_paid"),
        ("%monite GET /payables -q lim|it=5", "1 to 100"),
        ("%monite /pay|ables", "/payables: 31 operations"),
        ("%monite_new POST /produ|cts", "Create a product."),
        ('%%monite POST /products\n{"na|me": "A"}', "required  yes"),
        ('%%monite POST /products\n{"name|": "A"}', "required  yes"),
        ('%%monite POST /products\n{"name"|: "A"}', "required  yes"),
        ('%%monite POST /products\n{|"name": "A"}', "required  yes"),
        ('%%monite POST /products\n{"name|"', "required  yes"),
        ('%%monite POST /products\n{"price": {"currency|": "EUR"}}', "price.currency"),
        ('%%monite POST /products\n{"price": {"currency": "EUR"|}}', "price.currency"),
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


def test_what_a_hit_does_is_shown_whole():
    page = assist.help_page("workflow of bills and invoices")._repr_mimebundle_()
    for text in page.values():
        words = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", text))
        assert "who acts next, and with which call" in words
