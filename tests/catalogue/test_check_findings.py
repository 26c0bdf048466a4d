"""The check before sending: what it finds, in which words, where, and how sure it is."""

from __future__ import annotations

import subprocess
import sys

import pytest

from monite_magic import catalogue
from monite_magic.catalogue.check import check
from monite_magic.cell.json_text import outline

#: Rules that are ours, not the document's: what it allows, and a person hardly means.
ADVICE = {"money", "rate", "deprecated", "ignored", "unchecked"}

ID = "8f2a1c9e-5b7d-4c3e-9a1f-2b6d8e4c7a90"
ADDRESS = {"country": "DE", "city": "Berlin", "postal_code": "10115", "line1": "Street 1"}
ORGANIZATION = {"legal_name": "A", "is_customer": True, "is_vendor": False, "address": ADDRESS}


@pytest.fixture(scope="module")
def known():
    return catalogue.load()


@pytest.fixture
def found(known):
    def run(call, **details):
        method, path = call.split(" ", 1)
        return check(known, known.find(method, path), **details)

    return run


def only(findings):
    (finding,) = findings
    return finding


# -- path, query, entity --------------------------------------------------------------------------------


def test_a_right_call_has_no_findings(found):
    query = [
        ("limit", "100"),
        ("order", "asc"),
        ("status__in", "new"),
        ("status__in", "paid"),
        ("created_at__gte", "2026-01-01T00:00:00Z"),
        ("due_date", "2026-01-31"),
    ]
    assert found("GET /payables", query=query) == []
    assert found(f"GET /payables/{ID}") == []
    assert found("POST /counterparts", body={"type": "organization", "organization": ORGANIZATION}) == []


def test_a_path_parameter_of_the_wrong_format(found):
    finding = only(found("GET /payables/12"))
    assert (finding.where, finding.field, finding.rule, finding.refused) == (
        "path",
        "payable_id",
        "format",
        True,
    )
    assert finding.text == "payable_id: 12 is not a UUID."


@pytest.mark.parametrize(
    ("name", "value", "rule", "words"),
    [
        (
            "limit",
            "101",
            "range",
            "101 is above the maximum of 100. The limit is per page; --all reads all pages.",
        ),
        ("limit", "0", "range", "0 is below the minimum of 1."),
        ("limit", "ten", "type", "ten is not a whole number."),
        ("order", "up", "choice", "up is not one of asc, desc."),
        ("status", "drafts", "choice", "the closest: draft."),
        ("created_at__gte", "yesterday", "format", "yesterday is not a time"),
        ("due_date", "31.01.2026", "format", "31.01.2026 is not a date (YYYY-MM-DD)."),
        ("has_file", "perhaps", "type", "perhaps must be true or false."),
        ("limit", "", "type", "An empty value is not a whole number."),
    ],
)
def test_query_values(found, name, value, rule, words):
    finding = only(found("GET /payables", query=[(name, value)]))
    assert (finding.where, finding.field, finding.rule, finding.refused) == ("query", name, rule, True)
    assert words in finding.message


def test_a_slip_in_the_name_of_a_filter_is_held_back_and_names_the_nearest(found):
    finding = only(found("GET /payables", query=[("statsu", "new")]))
    assert finding.refused
    assert finding.rule in ADVICE
    assert "Did you mean status" in finding.message


def test_a_filter_that_is_given_twice_is_held_back_where_it_takes_one_value(found):
    finding = only(found("GET /payables", query=[("status", "new"), ("status", "rejected")]))
    assert (finding.field, finding.rule, finding.refused) == ("status", "ignored", True)
    assert "appears 2 times" in finding.message
    assert "status__in" in finding.message
    several = only(found("GET /payables", query=[("document_id", "a"), ("document_id", "b")]))
    assert "appears 2 times" in several.message
    assert found("GET /payables", query=[("status__in", "new"), ("status__in", "rejected")]) == []


@pytest.mark.parametrize("name", ["colour", "due_before", "due__lte", "supplier_id__in"])
def test_a_filter_that_no_operation_knows_is_held_back(found, name):
    finding = only(found("GET /payables", query=[(name, "2026-01-01")]))
    assert finding.refused
    assert "will probably ignore it" in finding.message


def test_a_filter_of_other_lists_and_a_parameter_of_a_write_are_warnings(found):
    for call, name in (("GET /tags", "counterpart_id"), ("POST /tags", "colour")):
        finding = next(each for each in found(call, query=[(name, "red")]) if each.where == "query")
        assert not finding.refused
        assert "will probably ignore it" in finding.message


def test_several_values_with_commas_are_told_how_they_are_written(found):
    finding = only(found("GET /payables", query=[("status__in", "draft,new")]))
    assert finding.message.endswith("Repeat the name for each value: status__in=draft&status__in=new.")
    for wrong in ("draft,nwe", "drafts"):
        assert "Repeat" not in only(found("GET /payables", query=[("status__in", wrong)])).message
    assert "Repeat" not in only(found("GET /payables", query=[("status", "draft,new")])).message


def test_an_entity_that_is_no_id_is_held_back_and_not_repeated(found):
    finding = only(found("GET /payables", entity="sk_live_4242"))
    assert (finding.where, finding.rule, finding.refused) == ("header", "format", True)
    assert finding.message == "An entity ID must be a UUID. %monite GET /entities lists them."
    assert found("GET /payables", entity="2d2d1b4a-5b0a-4c55-9d0e-0a4c5f7d2f11") == []


def test_a_required_query_parameter_that_is_missing(found):
    names = {finding.field for finding in found("GET /analytics/payables") if finding.rule == "required"}
    assert names == {"metric", "aggregation_function"}


def test_the_entity_is_missing_only_where_it_is_required(found):
    finding = only(found("GET /payables", entity=False))
    assert finding.field == "X-Monite-Entity-Id"
    assert "--entity" in finding.message
    assert found("GET /entities", entity=False) == []


def test_a_deprecated_operation(found):
    finding = only(found("GET /entities/me"))
    assert (finding.where, finding.rule, finding.refused) == ("call", "deprecated", False)


# -- bodies ---------------------------------------------------------------------------------------------


def test_a_body_where_none_is_taken_and_none_where_one_is_needed(found):
    assert found("POST /payables")[0].rule == "required"
    assert not only(found("GET /payables", body={"a": 1})).refused
    assert found(f"POST /receivables/{ID}/mark_as_paid") == []


def test_json_where_a_form_is_taken_and_the_other_way_round(found):
    assert "--file FIELD=PATH" in only(found("POST /files", body={})).message
    assert "takes a JSON body" in only(found("POST /tags", form=["file"])).message
    missing = only(found("POST /files", form=["file"]))
    assert (missing.field, missing.rule) == ("file_type", "required")
    assert missing.message == "This field is required: add -d file_type=…."
    assert (
        only(found("POST /files", form=["file_type"])).message == "This field is required: add --file file=…."
    )
    assert found("POST /files", form=["file", "file_type"]) == []
    assert not only(found("POST /files", form=["file", "file_type", "colour"])).refused


def test_a_choice_is_told_by_its_discriminating_value(found):
    body = {"type": "individual", "individual": {"first_name": "Ada", "address": ADDRESS}}
    findings = found("POST /counterparts", body=body)
    assert {finding.field for finding in findings} == {
        "individual.last_name",
        "individual.is_customer",
        "individual.is_vendor",
    }
    assert {finding.rule for finding in findings} == {"required"}


def test_a_wrong_discriminating_value_names_all_that_there_are(found):
    body = {"type": "organisation", "organization": ORGANIZATION}
    finding = only(found("POST /counterparts", body=body))
    assert finding.field == "type"
    assert finding.message.startswith('"organisation" is not one of organization, individual')
    assert "the closest: organization" in finding.message


def test_unknown_fields_name_the_nearest_that_are_not_there_yet(found):
    finding = only(found("POST /products", body={"name": "A", "desciption": "x"}))
    assert (finding.rule, finding.refused) == ("unknown", True)
    assert "Did you mean description?" in finding.message
    nested = only(
        found("POST /products", body={"name": "A", "price": {"value": 1, "currency": "EUR", "vlaue": 1}})
    )
    assert nested.field == "price.vlaue"
    assert "value" not in nested.message.removeprefix("Unknown field.").replace("vlaue", "")


def test_a_field_that_nothing_forbids_is_a_warning(found):
    body = {"type": "organization", "organization": {**ORGANIZATION, "adress": "x", "phon": "1"}}
    findings = {finding.field: finding for finding in found("POST /counterparts", body=body)}
    assert findings["organization.phon"].rule == "ignored"
    assert not findings["organization.phon"].refused
    assert "Did you mean phone?" in findings["organization.phon"].message


@pytest.mark.parametrize(
    ("body", "field", "rule", "words"),
    [
        ({"name": ""}, "name", "length", '"" is empty.'),
        ({"name": "x" * 101}, "name", "length", "has 101 characters, but at most 100 are allowed."),
        ({"name": "A", "measure_unit_id": "kg"}, "measure_unit_id", "format", '"kg" is not a UUID.'),
        ({"name": "A", "type": "servic"}, "type", "choice", "the closest: service."),
        ({"name": "A", "smallest_amount": -1}, "smallest_amount", "range", "-1 is below the minimum of 0."),
        ({"name": ["A"]}, "name", "type", '["A"] is not text.'),
        ({"name": "A", "price": 5}, "price", "type", "5 is not an object."),
    ],
)
def test_values(found, body, field, rule, words):
    finding = only(found("POST /products", body=body))
    assert (finding.field, finding.rule, finding.refused) == (field, rule, True)
    assert words in finding.message


def test_lists(found):
    line = {"quantity": 1, "product_id": ID, "vat_rate_id": ID}
    invoice = {
        "type": "invoice",
        "currency": "EUR",
        "counterpart_id": ID,
        "counterpart_billing_address_id": ID,
    }
    assert found("POST /receivables", body={**invoice, "line_items": [line]}) == []
    finding = only(
        found("POST /receivables", body={**invoice, "line_items": [line, {**line, "quantity": "x"}]})
    )
    assert finding.field == "line_items[1].quantity"


@pytest.mark.parametrize(("field", "value"), [("subtotal", "119"), ("subtotal", "-5")])
def test_what_the_api_may_read_all_the_same_is_a_warning(found, field, value):
    finding = found("POST /payables", body={field: value})[0]
    assert (finding.rule, finding.refused) == ("type", False)


# -- money and rates ------------------------------------------------------------------------------------


def test_amounts_with_a_decimal_point_or_as_text(found):
    whole = only(found("POST /payables", body={"total_amount": 119.0}))
    assert (whole.rule, whole.refused) == ("money", False)
    assert "119.0 EUR is 11900" in whole.message
    part = only(found("POST /payables", body={"total_amount": 119.5}))
    assert part.refused
    assert "119.5 EUR is 11950" in part.message
    text = only(found("POST /payables", body={"total_amount": "119.50"}))
    assert "119.50 EUR is 11950" in text.message


@pytest.mark.parametrize(
    ("currency", "value", "words"),
    [
        ("KWD", "12.345", "12.345 KWD is 12345."),
        ("KWD", "12.3456", "119.000 KWD is 119000."),
        ("JPY", "much", "119 JPY is 119."),
        ("EUR", "12.345", "119.00 EUR is 11900."),
        ("EUR", "1e30", "119.00 EUR is 11900."),
    ],
)
def test_the_example_of_an_amount_is_exact_and_in_its_currency(found, currency, value, words):
    body = {"name": "Oats", "price": {"currency": currency, "value": value}}
    assert words in only(found("POST /products", body=body)).message


@pytest.mark.parametrize("amount", [5.0, "5.0"])
def test_the_currency_of_an_amount_can_be_of_an_object_around_it(found, amount):
    line = {
        "quantity": 1, "product_id": ID, "vat_rate_id": ID, "discount": {"type": "amount", "amount": amount},
    }  # fmt: skip
    body = {
        "type": "invoice", "currency": "JPY", "counterpart_id": ID, "counterpart_billing_address_id": ID,
        "line_items": [line],
    }  # fmt: skip
    assert only(found("POST /receivables", body=body)).message.endswith("5.0 JPY is 5.")


def test_what_is_no_number_is_told_how_amounts_and_rates_are_written(found):
    amount = only(found("POST /payables", body={"total_amount": "much"}))
    assert amount.message.endswith("Amounts are whole numbers in minor units: 119.00 EUR is 11900.")
    rate = only(found("POST /payables", body={"tax": "19 %"}))
    assert rate.message.endswith("Rates are whole numbers in percent × 100: 19 % is 1900.")
    assert "11900" not in only(found("POST /products", body={"name": "A", "smallest_amount": "x"})).message


@pytest.mark.parametrize(
    ("kind", "words"), [("amount", "Amounts are whole numbers"), ("percentage", "Rates are whole numbers")]
)
def test_a_discount_in_a_line_is_told_by_its_type(found, kind, words):
    line = {"quantity": 1, "product_id": ID, "vat_rate_id": ID, "discount": {"type": kind, "amount": "five"}}
    body = {
        "type": "invoice",
        "currency": "EUR",
        "counterpart_id": ID,
        "counterpart_billing_address_id": ID,
        "line_items": [line],
    }
    finding = only(found("POST /receivables", body=body))
    assert finding.field == "line_items[0].discount.amount"
    assert words in finding.message


def test_a_rate_that_reads_as_percent(found):
    finding = only(found("POST /payables", body={"tax": 19}))
    assert (finding.rule, finding.refused) == ("rate", False)
    assert finding.message == "19 means 0.19 %. Rates are whole numbers in percent × 100: 19 % is 1900."
    assert found("POST /payables", body={"tax": 1900}) == []
    assert found("POST /payables", body={"tax": 0}) == []


def test_quantities_are_no_money(found):
    assert found("POST /products", body={"name": "A", "smallest_amount": 1.0}) == []


# -- places and cost ------------------------------------------------------------------------------------


def test_findings_of_the_path_the_query_and_the_body_come_together(found):
    body = {"type": "organization", "organization": {**ORGANIZATION, "legal_name": 5}}
    findings = found("PATCH /counterparts/12", query=[("limit", "3")], body=body)
    assert list(dict.fromkeys(finding.where for finding in findings)) == ["path", "query", "body"]


def test_line_and_column_of_each_finding(found):
    text = '{\n  "name": "A",\n  "price": {\n    "value": 1.0,\n    "currncy": "EUR"\n  }\n}'
    body = {"name": "A", "price": {"value": 1.0, "currncy": "EUR"}}
    findings = found("POST /products", body=body, locate=outline(text, first_line=2).position)
    places = {(finding.rule, finding.field): (finding.line, finding.column) for finding in findings}
    assert places == {
        ("required", "price.currency"): (4, 12),
        ("money", "price.value"): (5, 14),
        ("unknown", "price.currncy"): (6, 5),
    }
    assert [finding.line for finding in findings] == [4, 5, 6]


def test_a_call_without_a_body_never_loads_jsonschema():
    code = (
        "import sys\nfrom monite_magic import catalogue\nfrom monite_magic.catalogue.check import check\n"
        "known = catalogue.load()\ncheck(known, known.find('GET', '/payables'), query=[('limit', '5')])\n"
        "print('jsonschema' in sys.modules)\n"
        "check(known, known.find('POST', '/tags'), body={'name': 'A'})\n"
        "import jsonschema\n"
        "print('jsonschema' in sys.modules, 'rfc3987_syntax' in sys.modules)\n"
        "checker = jsonschema.Draft202012Validator.FORMAT_CHECKER\n"
        "print(checker.conforms('a b', 'iri') is ('iri' not in checker.checkers))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:3] == ["False", "True False", "True"]


def test_a_vat_id_of_a_country_of_the_eu_is_of_the_type_of_all_of_them(found):
    for word in ("it_vat", "DE_VAT"):
        finding = only(found(f"POST /counterparts/{ID}/vat_ids", body={"type": word, "value": "1"}))
        assert f"all EU countries, such as {word[:2].upper()}, use eu_vat." in finding.message
    assert (
        "eu_vat"
        not in only(
            found(f"POST /counterparts/{ID}/vat_ids", body={"type": "jp_vat", "value": "1"})
        ).message.partition("nearest")[2]
    )


def test_a_field_that_is_a_record_of_its_own_is_told_where_it_is_kept(found):
    organization = {**ORGANIZATION, "vat_id": "IT1"}
    body = {"type": "organization", "organization": organization, "contacts": [], "address": ADDRESS}
    findings = found("POST /counterparts", body=body)
    messages = {finding.field: finding.message for finding in findings}
    where = "/counterparts/{counterpart_id}"
    assert messages["organization.vat_id"] == (
        "Unknown field: the API will probably ignore it. "
        f"vat_id is not a field. Create a separate record: POST {where}/vat_ids."
    )
    assert f"POST {where}/contacts." in messages["contacts"]
    assert f"POST {where}/addresses." in messages["address"]
    changed = found(f"PATCH /counterparts/{ID}", body={"organization": {"bank_account": {}}})
    assert f"POST {where}/bank_accounts." in only(changed).message


def test_what_may_stand_in_the_place_of_a_missing_field_is_told(found):
    path = "/counterparts/09f5c1b7-ac68-4ccb-8450-ed88ce858e61"
    finding = only(found(f"PATCH {path}", body={}))
    assert finding.text == "individual: This field is required (object). Or use organization instead."
    chosen = found("POST /counterparts", body={"type": "organization"})
    assert all("instead" not in each.text for each in chosen)
