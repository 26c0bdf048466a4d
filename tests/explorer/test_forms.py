"""What a form makes of what is typed: units, kinds, lists, placeholders; and what it says at a field."""

import json

import pytest

from monite_magic.cell import reading
from monite_magic.cell.form import Form, notes_of
from monite_magic.core import MoniteError

PRODUCT = '%%monite POST /products\n{"name": "Oats", "price": {"value": 11900, "currency": "EUR"}}'


def test_an_amount_is_typed_in_major_units_beside_its_currency(form_of, at, sent_by):
    form = form_of(PRODUCT)
    price = at(form, "body.price.value")
    assert (price.kind, price.text, price.currency) == ("money", "119.00", "EUR")
    form.set(price.path, "1,250.5")
    assert sent_by(form)["price"]["value"] == 125050


@pytest.mark.parametrize(
    ("currency", "typed", "minor"), [("JPY", "1250", 1250), ("KWD", "1.255", 1255), ("GBP", "-3.10", -310)]
)
def test_the_decimals_of_a_currency_count(form_of, at, sent_by, currency, typed, minor):
    form = form_of(PRODUCT)
    form.set(("body", "price", "currency"), currency)
    form.set(("body", "price", "value"), typed)
    assert sent_by(form)["price"] == {"value": minor, "currency": currency}
    assert at(form, "body.price.value").text.replace(".", "") == typed.replace(".", "")


def test_the_digits_stay_when_the_currency_changes(form_of, at, sent_by):
    form = form_of(PRODUCT)
    form.set(("body", "price", "value"), "120.00")
    form.set(("body", "price", "currency"), "JPY")
    assert sent_by(form)["price"]["value"] == 120
    form.set(("body", "price", "currency"), "TND")
    assert sent_by(form)["price"]["value"] == 120_000


@pytest.mark.parametrize("typed", ["1.999", "12,5", "a lot", "1e3"])
def test_what_is_no_amount_stays_as_typed_and_is_refused_at_its_field(form_of, at, sent_by, typed):
    form = form_of(PRODUCT)
    form.set(("body", "price", "value"), typed)
    assert at(form, "body.price.value").text == typed
    assert sent_by(form)["price"]["value"] == typed
    notes = notes_of(form, {})
    assert notes.refused
    assert ("body", "price", "value") in notes.at


@pytest.mark.parametrize(
    ("currency", "typed", "example"), [("EUR", "1.234,50", "119.00"), ("KWD", "1.2345", "119.000"),
                                       ("JPY", "12.5", "119")],
)  # fmt: skip
def test_what_is_no_amount_is_told_as_it_is_typed(form_of, currency, typed, example):
    form = form_of(PRODUCT)
    form.set(("body", "price", "currency"), currency)
    form.set(("body", "price", "value"), typed)
    (said,) = notes_of(form, {}).at["body", "price", "value"]
    assert said.startswith(f'"{typed}" is not an amount in {currency}.')
    assert said.endswith(f"for instance {example}.")
    assert "minor units" not in said


def test_what_is_no_percentage_is_told_as_it_is_typed(form_of):
    form = form_of('%%monite POST /payment_terms\n{"name": "2/10", "term_final": {"number_of_days": 30}, '
                   '"term_1": {"number_of_days": 10, "discount": 250}}')  # fmt: skip
    form.set(("body", "term_1", "discount"), "2,5")
    (said,) = notes_of(form, {}).at["body", "term_1", "discount"]
    assert said.startswith('"2,5" is not a percentage. Write it with at most 2 decimals after a point')


def test_a_rate_is_typed_as_percent(form_of, at, sent_by):
    form = form_of('%%monite POST /payment_terms\n{"name": "2/10", "term_final": {"number_of_days": 30}, '
                   '"term_1": {"number_of_days": 10, "discount": 250}}')  # fmt: skip
    discount = at(form, "body.term_1.discount")
    assert (discount.kind, discount.text) == ("rate", "2.5")
    form.set(discount.path, "3.25 %")
    assert sent_by(form)["term_1"]["discount"] == 325


def test_a_discount_is_money_or_percent_as_its_type_says(known, at, sent_by):
    form = Form.draft(known, known.find("POST", "/receivables").operation, choice="invoice")
    line = ("body", "line_items", 0)
    form.add((*line, "discount"))
    form.set((*line, "discount", "type"), "percentage")
    form.set((*line, "discount", "amount"), "7.5")
    assert sent_by(form)["line_items"][0]["discount"] == {"type": "percentage", "amount": 750}
    form.set((*line, "discount", "type"), "amount")
    assert sent_by(form)["line_items"][0]["discount"] == {"type": "amount", "amount": 750}


def test_another_kind_of_body_keeps_what_both_have(form_of, at, sent_by):
    form = form_of('%%monite POST /counterparts\n{"type": "organization", "organization": '
                   '{"legal_name": "Acme", "is_vendor": true, "is_customer": false, '
                   '"address": {"country": "DE", "city": "B", "postal_code": "1", "line1": "A"}}}'
                  )  # fmt: skip
    body = form.section("body")
    assert set(body.kinds) == {"organization", "individual"}
    assert body.chosen == "organization"
    form.choose(("body",), "individual")
    assert set(sent_by(form)) == {"type", "individual"}
    assert form.section("body").chosen == "individual"


def test_a_type_brings_its_field_and_sends_the_other_away(form_of, sent_by):
    form = form_of('%%monite POST /entities\n{"type": "organization", "email": "a@example.com", '
                   '"address": {}, "organization": {"legal_name": "Acme"}}')  # fmt: skip
    form.set(("body", "type"), "individual")
    assert "organization" not in sent_by(form)
    assert "individual" in sent_by(form)


def test_items_are_added_and_removed(known, sent_by):
    form = Form.draft(known, known.find("POST", "/receivables").operation, choice="invoice")
    form.add_item(("body", "line_items"))
    form.set(("body", "line_items", 1, "quantity"), "3")
    assert [item["quantity"] for item in sent_by(form)["line_items"]] == [1, 3]
    form.remove(("body", "line_items", 0))
    assert [item["quantity"] for item in sent_by(form)["line_items"]] == [3]


def test_a_field_that_was_added_is_sent_once_it_has_a_value(form_of, sent_by):
    form = form_of('%%monite POST /tags\n{"name": "urgent"}')
    assert "category" in form.section("body").addable
    form.add(("body", "category"))
    assert sent_by(form) == {"name": "urgent"}
    form.set(("body", "category"), "document_type")
    assert sent_by(form) == {"name": "urgent", "category": "document_type"}
    form.set(("body", "category"), "")
    assert sent_by(form) == {"name": "urgent"}


def test_an_empty_text_and_null_can_be_sent(form_of, at, sent_by):
    form = form_of('%%monite PATCH /tags/{{ tag.id }}\n{"name": "", "category": null}')
    assert [at(form, f"body.{name}").text for name in ("name", "category")] == ['""', "null"]
    form.set(("body", "name"), '"null"')
    assert sent_by(form) == {"name": "null", "category": None}


def test_placeholders_stand_anywhere(form_of, at):
    cell = (
        "%%monite PATCH /products/{{ product.id }} -H 'X-Note: {{ note }}' --entity {{ entity }}\n"
        '{\n  "name": "{{ name }} \\{{ as it is }}",\n  "price": {{ price }}\n}'
    )
    form = form_of(cell)
    assert at(form, "path.product_id").text == "{{ product.id }}"
    assert at(form, "header.X-Note").text == "{{ note }}"
    assert at(form, "body.price").text == "{{ price }}"
    line, _, body = form.cell.partition("\n")
    names = {"product": {"id": "7"}, "note": "n", "entity": "e", "name": 'say "hi"', "price": {"value": 1}}
    filled = reading.parse(line.removeprefix("%%monite "), body).fill(names)
    assert filled.body.data == {"name": 'say "hi" {{ as it is }}', "price": {"value": 1}}
    assert filled.path == "/products/7"


@pytest.mark.parametrize(
    "text",
    [
        "plain", "null", "true", "12", '"quoted"', "a\\b", "line\nbreak", "{{ name }}", "x {{ a['b'] }} y",
        "\\{{ x",         "\\\\{{ name }}", "back\\", "über €", '"', '{"a": 1}', "'", "  blanks  ",
    ],
)  # fmt: skip
def test_every_text_that_a_body_holds_is_shown_and_typed_again_without_loss(form_of, at, text):
    form = form_of('%%monite POST /tags\n{"name": "x"}')
    form.tree["body"]["name"] = text
    again = Form.of_cell(form.catalogue, form.cell)
    assert again.tree == form.tree
    box = at(again, "body.name").text
    again.set(("body", "name"), box)
    assert again.tree == form.tree


def test_braces_that_come_from_escapes_of_json_stay_text(form_of, at):
    form = form_of('%%monite POST /tags\n{"name": "\\u007b\\u007b x"}')
    line, _, body = form.cell.partition("\n")
    assert reading.parse(line.removeprefix("%%monite "), body).fill({}).body.data == {"name": "{{ x"}


def test_a_query_is_decoded_in_its_boxes_and_encoded_in_the_cell(form_of, at):
    form = form_of(
        "%monite GET /payables?status__in=draft&status__in=new&document_id=A%2FB%20%26+C&limit=5 --all"
    )
    assert [leaf.text for leaf in form.section("query").leaves()][-1:] != []
    assert at(form, "query.document_id").text == "A/B & C"
    assert at(form, "query.status__in[1]").text == "new"
    form.add_item(("query", "status__in"))
    form.set(("query", "status__in", 2), "paid")
    form.set(("query", "limit"), "10")
    line = form.cell.removeprefix("%monite ")
    filled = reading.parse(line).fill({})
    assert filled.query == [
        ("status__in", "draft"), ("status__in", "new"), ("status__in", "paid"), ("document_id", "A/B & C"),
        ("limit", "10"),
    ]  # fmt: skip
    assert filled.all_pages


def test_a_value_in_a_path_stays_one_segment(form_of):
    form = form_of("%monite GET /tags/{{ x }}")
    form.set(("path", "tag_id"), "a b?c")
    assert form.cell == "%monite GET /tags/a%20b%3Fc"


def test_files_and_fields_of_a_form_are_options(form_of, at):
    cell = "%monite POST /payables/upload_from_file --file file=bill.pdf"
    form = form_of(cell)
    assert at(form, "form.file").kind == "file"
    form.set(("form", "file"), "my bill.pdf")
    assert form.cell == "%monite POST /payables/upload_from_file --file 'file=my bill.pdf'"


def test_a_body_in_a_variable_stays_there(form_of):
    cell = "%monite POST /tags --body wanted"
    assert form_of(cell).cell == cell


def test_findings_are_said_at_their_fields(form_of):
    form = form_of('%%monite POST /counterparts\n{"type": "organization", "organization": '
                   '{"is_vendor": "maybe", "address": {"country": "Germany"}}}')  # fmt: skip
    notes = notes_of(form, {})
    assert notes.refused
    assert ("body", "organization", "is_vendor") in notes.at
    assert ("body", "organization", "address", "country") in notes.at
    # What is missing is said where it belongs.
    assert any("legal_name" in text for text in notes.at["body", "organization"])


def test_a_variable_that_is_not_there_is_said_at_its_field(form_of):
    form = form_of('%%monite POST /tags\n{"name": "{{ nme }}"}')
    assert "Did you mean name?" in notes_of(form, {"name": "x"}).at["body", "name"][0]
    assert not notes_of(form, {"nme": "x"}).refused


def test_a_path_without_its_id_is_said_at_its_field(known):
    form = Form(known, known.find("GET", "/tags/{tag_id}").operation)
    assert notes_of(form, {}).at["path", "tag_id"] == ["This parameter is required."]


def test_a_call_that_needs_an_entity_says_so(form_of):
    form = form_of("%monite GET /payables")
    assert not notes_of(form, {}).refused
    assert "entity" in " ".join(notes_of(form, {}, has_entity=False).whole)


def test_an_unknown_path_has_no_form_and_names_the_nearest(form_of):
    with pytest.raises(MoniteError, match="/payables"):
        form_of("%monite GET /payabels")


def test_fields_that_the_catalogue_does_not_know_are_kept(form_of):
    cell = '%%monite POST /tags?new=1\n{"name": "x", "brand_new": {"a": [1, 2.5, false]}}'
    form = form_of(cell)
    assert json.loads(form.body) == {"name": "x", "brand_new": {"a": [1, 2.5, False]}}
    assert "new=1" in form.line
