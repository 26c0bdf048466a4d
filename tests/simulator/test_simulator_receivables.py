"""Receivables: quotes, invoices and credit notes, their sums, their ways, and what the clock does to them."""

from datetime import timedelta

import pypdf
import pytest


@pytest.fixture
def customer(api, organization):
    return api.made("/counterparts", organization("Cafe", email="cafe@example.com"))


@pytest.fixture
def product(api):
    unit = api.made("/measure_units", {"name": "piece"})
    price = {"value": 1250, "currency": "EUR"}
    return api.made("/products", {"name": "Bread", "price": price, "measure_unit_id": unit["id"]})


@pytest.fixture
def terms(api):
    return api.made("/payment_terms", {"name": "30 days", "term_final": {"number_of_days": 30}})


@pytest.fixture
def draft(api, customer, product, terms):
    """Makes a draft; the clock is stopped, so that no midnight comes between two steps."""
    api.local.clock.freeze()

    def make(kind="invoice", lines=None, **members):
        rate = api.get("/vat_rates").json()["data"][0]
        line = {"product_id": product["id"], "quantity": 4, "vat_rate_id": rate["id"]}
        body = {
            "type": kind,
            "currency": "EUR",
            "counterpart_id": customer["id"],
            "counterpart_billing_address_id": customer["default_billing_address_id"],
            "line_items": lines or [line],
            **members,
        }
        if kind == "invoice":
            body.setdefault("payment_terms_id", terms["id"])
        return api.made("/receivables", body)

    return make


@pytest.fixture
def issued(api, draft):
    made = draft()
    return api.post(f"/receivables/{made['id']}/issue").json()


def act(api, document, name, **body):
    return api.post(f"/receivables/{document['id']}/{name}", json=body)


def read(api, document):
    return api.get(f"/receivables/{document['id']}").json()


def later(api, span):
    """Let time pass, and log in again: the token has expired by then."""
    api.local.clock.advance(span)
    api.log_in()


def test_a_draft_shows_what_follows_from_its_parts(draft, customer):
    made = draft()
    assert made["status"] == "draft"
    assert made["counterpart_name"] == "Cafe"
    assert made["counterpart_billing_address"]["city"] == "Kiel"
    assert made["entity"]["name"] == "Sonnenkorn Bakery GmbH"
    assert made["line_items"][0]["product"]["measure_unit"]["name"] == "piece"
    assert made["line_items"][0]["product"]["price_after_vat"]["value"] == 1488
    assert "document_id" not in made
    # 4 x 12.50 = 50.00; 19 % of it is 9.50
    assert (made["subtotal"], made["total_vat_amount"], made["total_amount"]) == (5000, 950, 5950)


LINES = [
    {
        "product": {"name": "A", "price": {"value": 999, "currency": "EUR"}},
        "quantity": 3,
        "tax_rate_value": 1900,
    },
    {
        "product": {"name": "B", "price": {"value": 333, "currency": "EUR"}},
        "quantity": 0.5,
        "tax_rate_value": 700,
    },
]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        # 29.97 + 1.665 -> 1.67; 19 % of 29.97 = 5.69; 7 % of 1.67 = 0.12
        ({}, (3164, 581, 3745)),
        # 10 % off: 3.16; of it 2.99 (2.9933) falls to the first rate, 0.17 to the second
        ({"discount": {"type": "percentage", "amount": 1000}}, (2848, 524, 3372)),
        ({"discount": {"type": "amount", "amount": 164}}, (3000, 551, 3551)),
        # Withholding tax is a part of the net sum, and is not paid out.
        ({"withholding_tax_rate": 1000}, (3164, 581, 3429)),
        ({"deduction_amount": 45}, (3164, 581, 3700)),
        # Prices contain the VAT: 29.97 / 1.19 = 25.18; 1.67 / 1.07 = 1.56
        ({"vat_mode": "inclusive"}, (2674, 490, 3164)),
    ],
)
def test_sums(draft, members, expected):
    made = draft(lines=LINES, **members)
    assert (made["discounted_subtotal"], made["total_vat_amount"], made["total_amount"]) == expected
    assert sum(entry["amount"] for entry in made["total_vat_amounts"]) == made["total_vat_amount"]
    assert sum(entry["taxable_amount"] for entry in made["total_vat_amounts"]) == made["discounted_subtotal"]


def test_a_line_without_any_tax_is_refused_at_its_place(api, draft, customer):
    line = {"quantity": 1, "product": {"name": "Delivery", "price": {"currency": "EUR", "value": 1500}}}
    body = {
        "type": "invoice",
        "currency": "EUR",
        "counterpart_id": customer["id"],
        "counterpart_billing_address_id": customer["default_billing_address_id"],
        "line_items": [line],
    }
    refused = api.post("/receivables", json=body)
    assert refused.status_code == 422
    [problem] = refused.json()["detail"]
    assert problem["loc"] == ["body", "line_items", 0, "vat_rate_id"]
    assert problem["msg"] == "Field required"
    assert draft(lines=[{**line, "tax_rate_value": 0}])["total_vat_amount"] == 0


def test_what_an_invoice_needs_follows_from_the_seller(api):
    needs = api.get("/receivables/required_fields").json()
    assert [needs["entity"][name]["required"] for name in ("tax_id", "vat_id")] == [True, False]
    assert [needs["line_item"][name]["required"] for name in ("vat_rate_id", "tax_rate_value")] == [
        True,
        False,
    ]
    entity = api.headers["X-Monite-Entity-Id"]
    vat_id = {"country": "DE", "type": "eu_vat", "value": "DE123456789"}
    api.made(f"/entities/{entity}/vat_ids", vat_id)
    needs = api.get("/receivables/required_fields").json()
    assert [needs["entity"][name]["required"] for name in ("tax_id", "vat_id")] == [False, True]


def test_a_currency_must_be_the_products(api, draft):
    with pytest.raises(AssertionError, match="not in USD"):
        draft(currency="USD")


@pytest.mark.parametrize("name", ["product_id", "vat_rate_id"])
def test_what_is_wrong_with_a_line_is_told_at_its_place(api, draft, name):
    unknown = "11111111-1111-4111-8111-111111111111"
    invoice = draft()
    given = invoice["line_items"][0]["product"]
    line = {"product_id": given["id"], "quantity": 4, "vat_rate_id": given["vat_rate"]["id"]}
    body = {"data": [line, {**line, name: unknown}]}
    answer = api.put(f"/receivables/{invoice['id']}/line_items", json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "data", 1, name]
    with pytest.raises(AssertionError, match=f"line_items.*1.*{name}"):
        draft(lines=[line, {**line, name: unknown}])


def test_issuing_gives_a_number_dates_and_a_pdf(api, draft, local):
    one, two = (act(api, draft(), "issue").json() for _ in range(2))
    assert (one["document_id"], two["document_id"]) == ("INV-00001", "INV-00002")
    assert one["status"] == "issued"
    assert one["issue_date"][:10] == local.clock.today().isoformat()
    assert one["due_date"]
    pdf = api.get(one["file_url"])
    assert pdf.content.startswith(b"%PDF-1.4")
    assert pdf.content.rstrip().endswith(b"%%EOF")
    assert b"INV-00001" in pdf.content
    assert api.get(f"/receivables/{one['id']}/pdf_link").json()["file_url"] == one["file_url"]
    assert act(api, one, "issue").status_code == 409
    numbers = api.get(
        f"/entities/{local.credentials['MONITE_ENTITY_ID']}/settings/next_document_numbers"
    ).json()
    assert numbers["invoice"] == 3


def test_a_draft_can_be_changed_and_deleted_and_an_issued_one_not(api, draft, issued):
    made = draft()
    path = f"/receivables/{made['id']}"
    changed = api.patch(
        path, json={"invoice": {"memo": "Thanks", "discount": {"type": "amount", "amount": 1000}}}
    )
    assert (changed.json()["memo"], changed.json()["total_amount"]) == ("Thanks", 4760)
    line = {
        "product": {"name": "C", "price": {"value": 100, "currency": "EUR"}},
        "quantity": 1,
        "tax_rate_value": 0,
    }
    assert api.put(f"{path}/line_items", json={"data": [line]}).json()["data"][0]["total_after_vat"] == 100
    assert api.patch(path, json={"quote": {"memo": "x"}}).status_code == 422
    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404
    path = f"/receivables/{issued['id']}"
    assert api.patch(path, json={"invoice": {"memo": "x"}}).status_code == 409
    assert api.put(f"{path}/line_items", json={"data": [line]}).status_code == 409
    assert api.delete(path).status_code == 409
    assert api.patch(path, json={"issued_invoice": {"memo": "Late thanks"}}).json()["memo"] == "Late thanks"


def test_an_accepted_quote_leads_to_a_draft_invoice(api, draft):
    quote = act(api, draft("quote"), "issue").json()
    assert quote["document_id"] == "Q-00001"
    assert act(api, quote, "accept").json() == {"success": True}
    assert read(api, quote)["status"] == "accepted"
    [invoice] = api.get("/receivables", params={"based_on": quote["id"]}).json()["data"]
    assert (invoice["type"], invoice["status"], invoice["total_amount"]) == ("invoice", "draft", 5950)
    assert act(api, quote, "decline").status_code == 409
    other = act(api, draft("quote"), "issue").json()
    assert act(api, other, "decline", comment="too much").json() == {"success": True}
    assert read(api, other)["comment"] == "too much"
    assert act(api, other, "accept").status_code == 409


def test_an_invoice_is_no_quote(api, issued):
    assert act(api, issued, "accept").status_code == 409
    assert read(api, issued)["status"] == "issued"


def test_an_invoice_becomes_overdue_by_the_clock(api, issued):
    later(api, "30 days")
    assert read(api, issued)["status"] == "issued"
    later(api, "1 day")
    assert read(api, issued)["status"] == "overdue"
    assert act(api, issued, "mark_as_uncollectible", comment="gone").json()["status"] == "uncollectible"


def test_an_invoice_that_is_credited_in_full_is_never_overdue(api, issued):
    note = api.made("/receivables", {"type": "credit_note", "based_on": issued["id"]})
    act(api, note, "issue")
    later(api, "40 days")
    assert (read(api, issued)["status"], read(api, issued)["amount_due"]) == ("canceled", 0)


def test_the_discount_for_paying_early_ends_with_its_days(api, draft):
    terms = {
        "name": "e",
        "term_1": {"number_of_days": 10, "discount": 200},
        "term_final": {"number_of_days": 30},
    }
    invoice = act(api, draft(payment_terms_id=api.made("/payment_terms", terms)["id"]), "issue").json()
    assert (invoice["amount_due"], invoice["amount_to_pay"]) == (5950, 5831)
    later(api, "11 days")
    assert read(api, invoice)["amount_to_pay"] == 5950


def test_a_paid_invoice_is_never_overdue(api, issued):
    act(api, issued, "mark_as_paid")
    later(api, "45 days")
    assert read(api, issued)["status"] == "paid"


def test_a_quote_expires_by_the_clock(api, draft, local):
    day = (local.clock.today() + timedelta(days=5)).isoformat()
    quote = act(api, draft("quote", expiry_date=day), "issue").json()
    later(api, "5 days")
    assert read(api, quote)["status"] == "issued"
    later(api, "1 day")
    assert read(api, quote)["status"] == "expired"
    assert act(api, quote, "accept").status_code == 409


def test_payments(api, issued):
    record = {"amount": 950, "currency": "EUR", "object": {"type": "receivable", "id": issued["id"]}}
    api.made("/payment_records", record)
    part = read(api, issued)
    assert (part["status"], part["amount_paid"], part["amount_due"]) == ("partially_paid", 950, 5000)
    assert act(api, issued, "mark_as_partially_paid", amount_paid=900).status_code == 422
    assert act(api, issued, "mark_as_partially_paid", amount_paid=2950).json()["amount_due"] == 3000
    paid = act(api, issued, "mark_as_paid", paid_at="2026-12-01T00:00:00Z").json()
    assert (paid["status"], paid["amount_due"], paid["amount_paid"]) == ("paid", 0, 5950)
    assert act(api, issued, "mark_as_paid").status_code == 409
    history = api.get(f"/receivables/{issued['id']}/history?event_type__in=payment_received").json()["data"]
    assert [entry["event_data"]["amount_paid"] for entry in history] == [950, 2000, 3000]
    entry = api.get(f"/receivables/{issued['id']}/history/{history[0]['id']}")
    assert entry.json() == history[0]


def test_canceling_issues_a_credit_note_over_what_is_due_and_mails_it(api, issued, local):
    act(api, issued, "mark_as_partially_paid", amount_paid=950)
    answer = act(api, issued, "cancel")
    assert answer.status_code == 204
    assert answer.content == b""
    invoice = read(api, issued)
    assert (invoice["status"], invoice["amount_due"]) == ("canceled", 0)
    [note_id] = invoice["related_documents"]["credit_note_ids"]
    note = api.get(f"/receivables/{note_id}").json()
    assert (note["type"], note["status"], note["total_amount"]) == ("credit_note", "issued", 5000)
    assert note["document_id"] == "CN-00001"
    assert [mail["subject"] for mail in local.outbox] == ["Credit note CN-00001"]


def test_canceling_what_is_partly_paid_leaves_its_lines_alone(api, issued):
    record = {"amount": 1000, "currency": "EUR", "object": {"type": "receivable", "id": issued["id"]}}
    api.made("/payment_records", record)
    assert act(api, issued, "cancel").status_code == 204
    invoice = read(api, issued)
    assert invoice["line_items"] == issued["line_items"]
    [note] = api.get("/receivables", params={"type": "credit_note"}).json()["data"]
    assert note["total_amount"] == issued["total_amount"] - 1000


def test_without_the_compliant_mode_canceling_makes_no_credit_note(api, issued, local):
    path = f"/entities/{local.credentials['MONITE_ENTITY_ID']}/settings"
    api.patch(path, json={"receivable_edit_flow": "non_compliant"})
    assert act(api, issued, "cancel").status_code == 204
    assert (
        "credit_note_ids" not in read(api, issued)["related_documents"]
        or not read(api, issued)["related_documents"]["credit_note_ids"]
    )


def test_a_credit_note_lowers_what_is_due(api, issued, draft):
    assert (
        api.post("/receivables", json={"type": "credit_note", "based_on": draft()["id"]}).status_code == 409
    )
    note = api.made("/receivables", {"type": "credit_note", "based_on": issued["id"]})
    line = {
        "product": {"name": "R", "price": {"value": 1000, "currency": "EUR"}},
        "quantity": 1,
        "tax_rate_value": 0,
    }
    api.put(f"/receivables/{note['id']}/line_items", json={"data": [line]})
    assert read(api, issued)["amount_due"] == 5950
    assert act(api, note, "issue").json()["status"] == "issued"
    after = read(api, issued)
    assert (after["amount_due"], after["total_amount_with_credit_notes"]) == (4950, 4950)
    second = api.made("/receivables", {"type": "credit_note", "based_on": issued["id"]})
    assert act(api, second, "issue").status_code == 409


def test_a_copy_is_a_draft(api, issued):
    answer = act(api, issued, "clone")
    assert answer.status_code == 201
    copy = answer.json()
    assert copy["status"] == "draft"
    assert copy["id"] != issued["id"]
    assert copy["total_amount"] == issued["total_amount"]
    assert "document_id" not in copy


def test_mails_are_previewed_and_sent_into_the_outbox(api, issued, draft, local):
    text = {"subject_text": "Invoice {document_id}", "body_text": "Dear {counterpart_name}, {unknown}"}
    shown = act(api, issued, "preview", **text)
    assert shown.status_code == 201
    assert shown.json() == {"subject_preview": "Invoice INV-00001", "body_preview": "Dear Cafe, {unknown}"}
    mail_id = act(api, issued, "send", **text).json()["mail_id"]
    mail = local.outbox[-1]
    assert (mail["to"], mail["subject"]) == ("cafe@example.com", "Invoice INV-00001")
    listed = api.get(f"/receivables/{issued['id']}/mails").json()["data"]
    assert [entry["id"] for entry in listed] == [mail_id]
    assert listed[0]["status"] == "sent"
    assert act(api, draft(), "send", **text).status_code == 409
    text = {"subject_text": "{amount_due} {currency}", "body_text": "{entity_name}"}
    assert act(api, issued, "preview", **text).json()["subject_preview"] == "59.50 EUR"


def test_reminders_go_out_by_the_clock(api, draft, local):
    before = {
        "name": "b",
        "term_final_reminder": {"days_before": 3, "subject": "Soon {document_id}", "body": "b"},
    }
    after = {"name": "a", "terms": [{"days_after": 2, "subject": "Late", "body": "x"}]}
    invoice = draft(
        payment_reminder_id=api.made("/payment_reminders", before)["id"],
        overdue_reminder_id=api.made("/overdue_reminders", after)["id"],
    )
    act(api, invoice, "issue")
    later(api, "26 days")
    assert local.outbox == []
    # What the clock has made due is there without a call.
    local.clock.advance("10 days")
    assert [mail["subject"] for mail in local.outbox] == ["Soon INV-00001", "Late"]
    api.log_in()
    assert read(api, invoice)["status"] == "overdue"


def test_a_recurrence_issues_by_the_clock(api, draft, local):
    base = draft()
    body = {"invoice_id": base["id"], "start_date": local.clock.today().isoformat(), "max_occurrences": 3}
    texts = {"subject_text": "Invoice {document_id}", "body_text": "Please find it attached."}
    recurrence = api.made("/recurrences", {**body, **texts, "frequency": "week"})
    assert recurrence["automation_level"] == "issue_and_send"
    assert read(api, base)["status"] == "recurring"
    path = f"/recurrences/{recurrence['id']}"
    api.get("/entities")

    def made():
        rows = api.get("/receivables?status=issued").json()["data"]
        return [row["document_id"] for row in rows if row.get("recurrence_id") == recurrence["id"]]

    assert made() == ["INV-00001"]
    later(api, "7 days")
    assert made() == ["INV-00001", "INV-00002"]
    assert api.post(f"{path}/pause").json()["status"] == "paused"
    later(api, "7 days")
    api.get("/entities")
    assert [entry["status"] for entry in api.get(path).json()["iterations"]] == [
        "completed",
        "completed",
        "skipped",
    ]
    assert api.get(path).json()["status"] == "completed"
    assert len(local.outbox) == 2
    assert api.post(f"{path}/cancel").status_code == 409


def test_the_last_day_of_the_calendar_is_a_day_like_any_other(api, draft):
    assert act(api, draft("quote", expiry_date="9999-12-31"), "issue").status_code == 200
    recurrence = {"invoice_id": draft()["id"], "start_date": "9999-12-31", "max_occurrences": 2}
    assert api.post("/recurrences", json=recurrence).status_code == 422
    recurrence |= {"start_date": "2077-12-31", "frequency": "year", "interval": 100, "max_occurrences": 1000}
    assert api.made("/recurrences", recurrence)["iterations"][-1]["issue_at"] == "9999-12-31"
    terms = {
        "name": "x",
        "term_1": {"number_of_days": 10**9, "discount": 1},
        "term_final": {"number_of_days": 3},
    }
    body = {"total_amount": 50000, "issued_at": "2026-01-01", "payment_terms": terms}
    assert api.made("/payables", body)["amount_to_pay"] == 49995


def test_reminders_of_the_ends_of_discounts(api, draft, local):
    terms = {
        "name": "e",
        "term_1": {"number_of_days": 10, "discount": 300},
        "term_2": {"number_of_days": 20, "discount": 200},
        "term_final": {"number_of_days": 30},
    }
    words = {
        f"{name}_reminder": {"days_before": 2, "subject": name, "body": "b"}
        for name in ("term_1", "term_2", "term_final")
    }
    invoice = draft(
        payment_terms_id=api.made("/payment_terms", terms)["id"],
        payment_reminder_id=api.made("/payment_reminders", {"name": "r", **words})["id"],
    )
    act(api, invoice, "issue")
    passed = 0
    for days, sent in ((7, 0), (8, 1), (17, 1), (18, 2), (27, 2), (28, 3), (60, 3)):
        local.clock.advance(days=days - passed)
        passed = days
        assert [mail["subject"] for mail in local.outbox] == ["term_1", "term_2", "term_final"][:sent]


@pytest.mark.parametrize("gone", ["tag", "terms", "address", "project", "counterpart"])
def test_a_recurrence_outlives_what_its_invoice_refers_to(api, draft, local, customer, terms, gone):
    tag, project = api.made("/tags", {"name": "t"}), api.made("/projects", {"name": "p"})
    body = {"country": "DE", "city": "Ulm", "postal_code": "89073", "line1": "Platz 1"}
    address = api.made(f"/counterparts/{customer['id']}/addresses", body)
    base = draft(tag_ids=[tag["id"]], project_id=project["id"], counterpart_billing_address_id=address["id"])
    tomorrow = (local.clock.today() + timedelta(days=1)).isoformat()
    recurrence = api.made(
        "/recurrences", {"invoice_id": base["id"], "start_date": tomorrow, "max_occurrences": 3}
    )
    path = {
        "tag": f"/tags/{tag['id']}",
        "terms": f"/payment_terms/{terms['id']}",
        "address": f"/counterparts/{customer['id']}/addresses/{address['id']}",
        "project": f"/projects/{project['id']}",
        "counterpart": f"/counterparts/{customer['id']}",
    }[gone]
    assert api.delete(path).status_code == 204
    later(api, "1 day")
    first = api.get(f"/recurrences/{recurrence['id']}").json()["iterations"][0]
    assert first["status"] == ("issue_failed" if gone == "counterpart" else "completed")
    if gone != "counterpart":
        invoice = api.get(f"/receivables/{first['issued_invoice_id']}").json()
        assert invoice["counterpart_billing_address"]["city"] == "Ulm"
        assert invoice["payment_terms"]["term_final"]["number_of_days"] == 30
        assert [shown["id"] for shown in invoice["tags"]] == ([] if gone == "tag" else [tag["id"]])
        assert invoice.get("project_id") == (None if gone == "project" else project["id"])


def test_a_recurrence_can_be_canceled(api, draft, local):
    body = {"invoice_id": draft()["id"], "start_date": "2030-01-31", "end_date": "2032-01-31"}
    recurrence = api.made("/recurrences", body)
    days = [entry["issue_at"] for entry in recurrence["iterations"]]
    assert days[:3] == ["2030-01-31", "2030-02-28", "2030-03-31"]
    path = f"/recurrences/{recurrence['id']}"
    moved = api.patch(path, json={"start_date": "2031-05-31"}).json()
    assert (moved["start_year"], moved["start_month"]) == (2031, 5)
    assert [entry["issue_at"] for entry in moved["iterations"]][:2] == ["2031-05-31", "2031-06-30"]
    assert api.patch(path, json={"start_date": "2020-01-01"}).status_code == 422
    assert api.post(f"/recurrences/{recurrence['id']}/cancel").status_code == 204
    assert api.get(f"/recurrences/{recurrence['id']}").json()["status"] == "canceled"


def test_searching_is_listing_with_a_body(api, draft, issued):
    other = draft(tag_ids=[api.made("/tags", {"name": "vip"})["id"]])
    found = api.post("/receivables/search", json={"status": "issued"})
    assert [row["id"] for row in found.json()["data"]] == [issued["id"]]
    page = api.post("/receivables/search", json={"limit": 1, "sort": "total_amount"}).json()
    rest = api.post("/receivables/search", json={"pagination_token": page["next_pagination_token"]}).json()
    assert {row["id"] for row in page["data"] + rest["data"]} == {issued["id"], other["id"]}
    for query in (
        {"tag_ids__in": other["tags"][0]["id"]},
        {"status": "draft"},
        {"type": "invoice", "status__in": "draft"},
    ):
        assert [row["id"] for row in api.get("/receivables", params=query).json()["data"]] == [other["id"]]


def test_a_pdf_is_readable_by_others(api, draft, tmp_path):
    product = {"name": "Brötchen für 2 €, " + "sehr " * 16, "price": {"value": 1250, "currency": "EUR"}}
    issued = act(
        api, draft(lines=[{"product": product, "quantity": 2, "tax_rate_value": 700}]), "issue"
    ).json()
    path = tmp_path / "invoice.pdf"
    path.write_bytes(api.get(issued["file_url"]).content)
    lines = pypdf.PdfReader(path).pages[0].extract_text().splitlines()
    assert lines[0] == "Invoice INV-00001"
    assert lines[-1] == "Total: 26.75 EUR"
    assert "VAT 7 %: 1.75 EUR" in lines
    assert any("Brötchen für 2 €" in line for line in lines)
    assert max(map(len, lines)) < 90


def test_lines_are_changed_by_their_place(api, draft):
    made = draft(lines=LINES)
    path = f"/receivables/{made['id']}"
    changes = [{}, {"quantity": 2, "price": 500, "tax_rate_value": 0}]
    lines = api.patch(path, json={"invoice": {"line_items": changes}}).json()["line_items"]
    assert lines[0] == made["line_items"][0]
    assert (lines[1]["total_before_vat"], lines[1]["total_after_vat"]) == (1000, 1000)


def test_a_rate_of_ones_own(api, draft):
    parts = [{"name": "state", "value": 600}, {"name": "city", "value": 150}]
    rate = api.made("/custom_vat_rates", {"name": "Local", "components": parts})
    line = {"product": LINES[0]["product"], "quantity": 1, "custom_vat_rate_id": rate["id"]}
    made = draft(lines=[line])
    assert made["total_vat_amounts"][0]["value"] == 750
    assert made["line_items"][0]["product"]["vat_rate"]["is_custom"] is True


@pytest.mark.parametrize(
    "line",
    [
        {"quantity": 1},
        {"quantity": 1, "product_id": "00000000-0000-4000-8000-000000000001"},
        {**LINES[0], "vat_rate_id": "00000000-0000-4000-8000-000000000001"},
        {
            **LINES[0],
            "quantity": 2147483647,
            "product": {"name": "x", "price": {"value": 2**53 - 1, "currency": "EUR"}},
        },
    ],
)
def test_a_line_that_can_not_be_priced_is_refused(draft, line):
    with pytest.raises(AssertionError, match=r"line_items|product_id"):
        draft(lines=[line])


def test_attachments_are_shown_in_full(api, draft):
    files = {"file": ("a.txt", b"hello", "text/plain")}
    file = api.post("/files", files=files, data={"file_type": "attachments"}).json()
    made = draft(attachments=[{"id": file["id"], "include_in_email": True}])
    assert [(found["name"], found["include_in_email"]) for found in made["attachments"]] == [("a.txt", True)]


def test_what_belongs_to_another_is_refused(api, draft, organization):
    other = api.made("/counterparts", organization("Other"))
    with pytest.raises(AssertionError, match="another counterpart"):
        draft(counterpart_billing_address_id=other["default_billing_address_id"])


def plan(api, draft, **body):
    """The days of a recurrence, or the places and words of its refusal."""
    answer = api.post("/recurrences", json={"invoice_id": draft()["id"], **body})
    if answer.status_code == 200:
        return [entry["issue_at"] for entry in answer.json()["iterations"]]
    assert answer.status_code == 422, answer.text
    return {entry["loc"][-1]: entry["msg"] for entry in answer.json()["detail"]}


def test_a_recurrence_ends_by_a_date_or_by_a_count(api, draft):
    start = {"start_date": "2031-03-10"}
    assert plan(api, draft, **start, max_occurrences=2) == ["2031-03-10", "2031-04-10"]
    assert plan(api, draft, **start, end_date="2031-05-10") == ["2031-03-10", "2031-04-10", "2031-05-10"]
    assert plan(api, draft, **start, end_date="2031-03-10") == ["2031-03-10"]
    assert plan(api, draft, **start, end_year=2031, end_month=4) == ["2031-03-10", "2031-04-10"]
    assert "Either end_date or max_occurrences" in plan(api, draft, **start)["end_date"]
    assert "Either end_date" in plan(api, draft, **start, end_year=2031)["end_date"]
    both = plan(api, draft, **start, end_date="2031-05-10", max_occurrences=2)
    assert "Mutually exclusive" in both["max_occurrences"]
    assert "before the start" in plan(api, draft, **start, end_date="2031-03-09")["end_date"]
    assert "before the start" in plan(api, draft, **start, end_year=2031, end_month=2)["end_date"]


def test_the_end_of_a_recurrence_can_be_changed_to_the_other_kind(api, draft):
    body = {"invoice_id": draft()["id"], "start_date": "2031-03-10", "max_occurrences": 5}
    path = f"/recurrences/{api.made('/recurrences', body)['id']}"
    assert api.patch(path, json={"end_date": "2031-03-09"}).status_code == 422
    assert api.patch(path, json={"end_date": "2031-05-10", "max_occurrences": 3}).status_code == 422
    changed = api.patch(path, json={"end_date": "2031-04-10"}).json()
    assert [entry["issue_at"] for entry in changed["iterations"]] == ["2031-03-10", "2031-04-10"]
    assert changed.get("max_occurrences") is None
    assert api.patch(path, json={"start_date": "2031-06-10"}).status_code == 422
    changed = api.patch(path, json={"max_occurrences": 1}).json()
    assert [entry["issue_at"] for entry in changed["iterations"]] == ["2031-03-10"]
    assert changed.get("end_date") is None


def test_the_last_day_of_the_month_is_meant(api, draft):
    last = {"day_of_month": "last_day", "max_occurrences": 3}
    assert plan(api, draft, **last, start_date="2031-01-10") == ["2031-01-31", "2031-02-28", "2031-03-31"]
    assert plan(api, draft, **last, start_year=2031, start_month=4) == [
        "2031-04-30",
        "2031-05-31",
        "2031-06-30",
    ]
    quarter = {**last, "frequency": "quarter", "start_date": "2031-02-28"}
    assert plan(api, draft, **quarter) == ["2031-02-28", "2031-05-31", "2031-08-31"]
    first = {"day_of_month": "first_day", "max_occurrences": 2, "start_date": "2031-01-10"}
    assert plan(api, draft, **first) == ["2031-02-01", "2031-03-01"]
    # Without it, the day of start_date is kept, and is not taken for the last of its month.
    assert plan(api, draft, start_date="2031-02-28", max_occurrences=2) == ["2031-02-28", "2031-03-28"]
    weekly = {**last, "frequency": "week", "start_date": "2031-01-10", "max_occurrences": 2}
    assert plan(api, draft, **weekly) == ["2031-01-10", "2031-01-17"]


def test_sending_needs_words_and_an_address(api, draft, organization):
    body = {"start_date": "2031-03-10", "max_occurrences": 1}
    send = {**body, "automation_level": "issue_and_send"}
    assert set(plan(api, draft, **send)) == {"subject_text", "body_text"}
    assert set(plan(api, draft, **send, subject_text="x")) == {"body_text"}
    texts = {"subject_text": "x", "body_text": "y"}
    assert plan(api, draft, **send, **texts) == ["2031-03-10"]
    made = api.made("/recurrences", {"invoice_id": draft()["id"], **body, "subject_text": "x"})
    assert made["automation_level"] == "issue"
    path = f"/recurrences/{made['id']}"
    assert api.patch(path, json={"automation_level": "issue_and_send"}).status_code == 422
    assert api.patch(path, json={"automation_level": "issue_and_send", "body_text": "y"}).status_code == 200
    other = api.made("/counterparts", organization("No Mail"))

    def nobody():
        address = other["default_billing_address_id"]
        return draft(counterpart_id=other["id"], counterpart_billing_address_id=address)

    assert set(plan(api, nobody, **send, **texts)) == {"recipients"}
    assert plan(api, nobody, **send, **texts, recipients={"to": ["a@example.com"]}) == ["2031-03-10"]


def test_a_deactivated_entity_performs_nothing(api, draft, local, client_of):
    base = draft()
    start = (local.clock.today() + timedelta(days=2)).isoformat()
    body = {"invoice_id": base["id"], "start_date": start, "frequency": "day", "max_occurrences": 3}
    recurrence = api.made("/recurrences", body)
    own = api.headers["X-Monite-Entity-Id"]
    ready = local.credentials["MONITE_ENTITY_USER_ID"]
    user = client_of(local).log_in(grant_type="entity_user", entity_user_id=ready).at(own)
    assert api.post(f"/entities/{own}/deactivate").json()["status"] == "inactive"
    for client, path in ((api, "/payables"), (user, "/counterparts"), (user, "/entity_users/me")):
        answer = client.get(path)
        assert answer.status_code == 403
        assert "inactive" in answer.json()["error"]["message"]
    assert api.post("/tags", json={"name": "x"}).status_code == 403
    assert api.get(f"/entities/{own}").json()["status"] == "inactive"
    later(api, "2 days")
    assert api.post(f"/entities/{own}/activate").json()["status"] == "active"
    later(api, "1 day")
    iterations = api.get(f"/recurrences/{recurrence['id']}").json()["iterations"]
    assert [entry["status"] for entry in iterations] == ["skipped", "completed", "pending"]
    assert (
        user.log_in(grant_type="entity_user", entity_user_id=ready).get("/entity_users/me").status_code == 200
    )


def test_no_reminder_of_an_inactive_entity(api, draft, local):
    text = {"days_before": 3, "subject": "Soon", "body": "b"}
    reminder = api.made("/payment_reminders", {"name": "b", "term_final_reminder": text})
    act(api, draft(payment_reminder_id=reminder["id"]), "issue")
    api.post(f"/entities/{api.headers['X-Monite-Entity-Id']}/deactivate")
    local.clock.advance("28 days")
    assert local.outbox == []


DISCOUNT = {
    "name": "d",
    "term_1": {"number_of_days": 10, "discount": 300},
    "term_2": {"number_of_days": 20, "discount": 125},
    "term_final": {"number_of_days": 30},
}


@pytest.mark.parametrize(
    ("days", "to_pay", "taken"), [(0, 5771, "1.79"), (10, 5771, "1.79"), (15, 5876, "0.74")]
)
def test_paying_what_is_to_be_paid_within_the_term_settles_an_invoice(api, draft, local, days, to_pay, taken):
    terms = api.made("/payment_terms", DISCOUNT)
    invoice = act(api, draft(payment_terms_id=terms["id"]), "issue").json()
    local.clock.advance(days=days)
    api.log_in()
    assert read(api, invoice)["amount_to_pay"] == to_pay  # 3 % of 59.50 are 1.785, 1.25 % are 0.74375
    pay = {"currency": "EUR", "object": {"type": "receivable", "id": invoice["id"]}}
    record = api.made("/payment_records", {**pay, "amount": to_pay})
    assert (record["overpaid_amount"], record["object"]["new_status"]) == (0, "paid")
    after = read(api, invoice)
    assert (after["status"], after["amount_paid"], after["amount_due"]) == ("paid", to_pay, 0)
    [paid] = [row for row in local.events if row["action"] == "receivable.paid"]
    assert paid["details"] == f"discount taken: {taken} EUR"


def test_an_invoice_that_is_credited_in_full_is_canceled_or_paid(api, draft, local):
    invoice = act(api, draft(), "issue").json()
    note = api.made("/receivables", {"type": "credit_note", "based_on": invoice["id"]})
    act(api, note, "issue")
    after = read(api, invoice)
    assert (after["status"], after["amount_due"]) == ("canceled", 0)
    assert any("credited in full" in rule.text for rule in local.rules)
    invoice = act(api, draft(), "issue").json()
    pay = {"currency": "EUR", "object": {"type": "receivable", "id": invoice["id"]}}
    api.made("/payment_records", {**pay, "amount": 950})
    note = api.made("/receivables", {"type": "credit_note", "based_on": invoice["id"]})
    line = {"product_id": note["line_items"][0]["product"]["id"], "quantity": 4, "tax_rate_value": 0}
    api.put(f"/receivables/{note['id']}/line_items", json={"data": [line]})
    assert act(api, note, "issue").json()["total_amount"] == 5000
    assert read(api, invoice)["status"] == "paid"
