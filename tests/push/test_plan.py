"""The plan: where columns go, what is missing, what a row becomes. Nothing is sent by it."""

import json
from decimal import Decimal

import openpyxl
import pandas as pd
import pytest
from push_sheets import CONSTANTS, SUPPLIER, supplier

import monite_magic
from monite_magic.core import RequestError


def plan_of(client, source, path="/counterparts", method="POST", **options):
    return monite_magic.push(method, path, source, client=client, **options)


def fields_of(plan):
    table = plan.plan.table
    return {table.headings[each.column]: each.name for each in plan.plan.mapping.columns}


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("organization.legal_name", "organization.legal_name"),
        ("Legal name", "organization.legal_name"),
        ("legal-name", "organization.legal_name"),
        ("Company Name", "organization.legal_name"),
        ("Compony name", "organization.legal_name"),
        ("Firma", "organization.legal_name"),
        ("bank_account.iban", "bank_accounts.iban"),
        ("bank_accounts.iban", "bank_accounts.iban"),
        ("BIC / SWIFT", "bank_accounts.bic"),
        ("vat_id.value", "vat_ids.value"),
        ("USt-IdNr.", "vat_ids.value"),
        ("Tax Number", "tax_id"),
        ("PLZ", "organization.address.postal_code"),
        ("Post Code", "organization.address.postal_code"),
        ("E-Mail", "organization.email"),
        ("Lieferanten-Nr.", "external_reference"),
    ],
)
def test_headings_are_matched(local, heading, field):
    plan = plan_of(local, pd.DataFrame({heading: ["x"]}), constants={"type": "organization"})
    mapped = plan.plan.mapping.columns
    assert [each.for_kind("organization").name for each in mapped] == [field]


@pytest.mark.parametrize(
    ("heading", "why"),
    [("id", "the API sets it"), ("created_at", "the API sets it"), ("Favourite colour", "no such field")],
)
def test_columns_that_are_not_sent_are_named(local, heading, why):
    plan = plan_of(local, pd.DataFrame({"name": ["a"], heading: ["x"]}), "/tags")
    assert plan.plan.mapping.unmatched == {1: why}
    assert why in repr(plan)


def test_a_mapping_settles_the_rest(local, tmp_path):
    frame = pd.DataFrame({"Wer": ["A"], "Was": ["x"]})
    plan = plan_of(local, frame, "/tags", mapping={"Wer": "name", "Was": "description"})
    assert plan.plan.documents[0].data == {"name": "A", "description": "x"}
    with pytest.raises(RequestError, match="Unknown column in --map: 'Wo'"):
        plan_of(local, frame, "/tags", mapping={"Wo": "name"})
    with pytest.raises(RequestError, match=r"no field 'nane'.*name"):
        plan_of(local, frame, "/tags", mapping={"Wer": "nane"})


def test_missing_fields_are_named_once_with_what_to_do(local):
    plan = plan_of(local, pd.DataFrame({"company": ["A", "B"], "city": ["x", None]}))
    text = "\n".join(plan.problems)
    told = "organization.is_vendor is missing (rows 0 and 1 need it): add a column, or use --set "
    assert f"{told}organization.is_vendor=yes" in text
    assert "organization.address.country is missing" in text
    assert "row 1, column 'city': is empty, but required" in text
    assert text.count("is_vendor") == 2  # one line for all rows


def test_kinds_are_told_by_the_columns_or_by_a_column(local):
    plan = plan_of(local, pd.DataFrame({"first name": ["A"], "last name": ["B"], "city": ["C"]}))
    assert plan.plan.documents[0].data == {
        "type": "individual", "individual": {"first_name": "A", "last_name": "B", "address": {"city": "C"}}
    }  # fmt: skip
    frame = pd.DataFrame({
        "type": ["organization", "individual"], "company": ["A", None], "first name": [None, "B"],
        "city": ["C", "D"],
    })  # fmt: skip
    first, second = (each.data for each in plan_of(local, frame).plan.documents)
    assert first == {"type": "organization", "organization": {"legal_name": "A", "address": {"city": "C"}}}
    assert second == {"type": "individual", "individual": {"first_name": "B", "address": {"city": "D"}}}
    plan = plan_of(local, pd.DataFrame({"e-mail": ["a@b.de"]}))
    assert [text.partition(",")[0] for text in plan.problems] == ["type is missing: add a column"]
    frame["company"] = "A"
    assert "individual rows have no legal_name" in "; ".join(plan_of(local, frame).problems)


def test_two_columns_for_one_field_and_headings_that_may_mean_two(local):
    plan = plan_of(local, pd.DataFrame({"name": ["a"], "Label": ["b"]}), "/tags")
    assert "goes to name, as column 'name' does" in plan.problems[0]
    assert plan.plan.count == 0


def test_names_become_ids_when_exactly_one_fits(local):
    monite_magic.push(
        "POST", "/counterparts", pd.DataFrame([supplier(1), supplier(2)], columns=SUPPLIER), client=local,
        constants=CONSTANTS, send=True,
    )  # fmt: skip
    ids = {row["organization"]["legal_name"]: row["id"] for row in local.get("/counterparts").items}
    frame = pd.DataFrame(
        {"supplier": ["Supplier 0001 GmbH", "SUPPLIER 0002 gmbh", "Supplier 0003 GmbH"], "no": [1, 2, 3]}
    )
    plan = plan_of(local, frame, "/payables")
    assert [each.data.get("counterpart_id") for each in plan.plan.documents[:2]] == list(ids.values())
    assert len(plan.problems) == 1
    assert "row 2, column 'supplier': 'Supplier 0003 GmbH' is not in /counterparts" in plan.problems[0]
    local.post("/counterparts", json={
        "type": "organization", "organization": {
            "legal_name": "Supplier 0001 GmbH", "is_vendor": True, "is_customer": False,
            "address": {"country": "DE", "city": "x", "line1": "x", "postal_code": "1"}}})  # fmt: skip
    assert "matches 2 rows of /counterparts" in plan_of(local, frame, "/payables").problems[0]


def test_repeated_rows_are_line_items(local):
    frame = pd.DataFrame({
        "invoice no": ["A", "A", "B"], "currency": ["EUR", None, "JPY"],
        "line_items.name": ["Flour", "Salt", "Tea"], "qty": [2, 1.5, 1], "unit price": [10.5, 2, 300],
        "vat rate": ["7 %", "19 %", "19 %"],
    })  # fmt: skip
    plan = plan_of(local, frame, "/payables", key="invoice no", mapping={"vat rate": "line_items.tax"})
    assert plan.problems == []
    first, second = plan.plan.documents
    assert first.rows == (0, 1)
    assert first.data == {"document_id": "A", "currency": "EUR"}
    assert [json.loads(child.body) for child in first.children] == [
        {"name": "Flour", "quantity": 2, "unit_price": 1050, "tax": 700},
        {"name": "Salt", "quantity": 1.5, "unit_price": 200, "tax": 1900},
    ]
    assert [json.loads(child.body)["unit_price"] for child in second.children] == [300]
    assert plan.plan.totals() == [
        ("line_items.unit_price × quantity", "EUR", "24.00"),
        ("line_items.unit_price × quantity", "JPY", "300"),
    ]
    frame.loc[1, "currency"] = "USD"
    problems = plan_of(
        local, frame, "/payables", key="invoice no", mapping={"vat rate": "line_items.tax"}
    ).problems
    assert "row 1, column 'currency': differs from row 0 with the same key" in problems


def test_a_second_sheet_has_the_line_items(local, sheet):
    path = sheet(
        [["Invoice no", "Currency"], ["A", "EUR"], ["B", "EUR"]],
        Lines=[
            ["Invoice no", "Item", "Qty", "Unit price"],
            ["A", "Flour", 1, 2],
            ["B", "Salt", 2, "x"],
            ["A", "Tea", 3, 4],
        ],
    )
    options = {"sheet": "Rows", "lines": "Lines", "key": "Invoice no"}
    plan = plan_of(local, str(path), "/payables", **options)
    assert [[json.loads(c.body)["name"] for c in each.children] for each in plan.plan.documents] == [
        ["Flour", "Tea"],
        ["Salt"],
    ]
    assert len(plan.problems) == 1
    assert "row 3" in plan.problems[0]
    assert "'x' is not a number" in plan.problems[0]
    with pytest.raises(RequestError, match="needs a key"):
        plan_of(local, str(path), "/payables", sheet="Rows", lines="Lines")
    other = pd.DataFrame({"Invoice no": ["Z"], "Item": ["x"]})
    plan = plan_of(local, str(path), "/payables", sheet="Rows", lines=other, key="Invoice no")
    assert "has lines with keys that suppliers.xlsx, sheet Rows doesn't have: Z" in plan.problems[0]


def test_equal_rows_and_empty_keys_are_problems(local):
    frame = pd.DataFrame({"name": ["a", "a", "b"], "no": ["1", "2", None]})
    assert "row 1: is the same as row 0" in plan_of(local, frame, "/tags").problems[0]
    plan = plan_of(local, frame, "/tags", key="no")
    assert plan.problems == ["row 2, column 'no': is empty, but the key is required"]
    with pytest.raises(RequestError, match="Unknown column in --key"):
        plan_of(local, frame, "/tags", key="nr")


def test_the_plan_is_written_to_a_file_and_sends_nothing(local, sheet, tmp_path):
    rows = [SUPPLIER, supplier(1), [*supplier(2)[:4], "Atlantis", *supplier(2)[5:]]]
    plan = plan_of(local, str(sheet(rows)), constants=CONSTANTS)
    assert local.get("/counterparts").items == []
    book = openpyxl.load_workbook(tmp_path / "suppliers.result.xlsx")
    assert book.sheetnames == ["Rows", "Columns", "Problems", "Decisions"]
    page = book["Rows"]
    assert [cell.value for cell in page[1]] == [*SUPPLIER, "id", "status", "problem", "request id"]
    assert [page.cell(row, 10).value for row in (2, 3)] == ["ready", "problem"]
    assert [cell.value for cell in book["Problems"][2]][:2] == [3, "column E (Country)"]
    assert "row 3, column E (Country): 'Atlantis' is not a known country" in plan.problems[0]
    assert "Nothing can be sent yet" in repr(plan)
    text = plan._repr_mimebundle_()["text/html"]
    assert "column E (Country)" in text
    assert "<script" not in text


def test_problems_hold_everything_back_unless_the_valid_rows_are_wanted(local, sheet):
    rows = [SUPPLIER, supplier(1), [*supplier(2)[:4], "Atlantis", *supplier(2)[5:]]]
    path = str(sheet(rows))
    with pytest.raises(RequestError, match=r"(?s)Nothing was sent.*row 3, column E \(Country\)") as caught:
        plan_of(local, path, constants=CONSTANTS, send=True)
    assert "--valid-only" in str(caught.value)
    with pytest.raises(monite_magic.MoniteError, match="1 of 2 rows were not accepted: 1 problem") as caught:
        plan_of(local, path, constants=CONSTANTS, send=True, valid_only=True)
    assert caught.value.result.counts == {"accepted": 1, "problem": 1}
    assert caught.value.result.refused_file.name == "suppliers.refused.xlsx"
    assert len(local.get("/counterparts").items) == 1


def test_wrong_ibans_are_pointed_at_and_sent(local):
    row = supplier(1)
    row[5] = "DE00" + row[5][4:]
    plan = plan_of(local, pd.DataFrame([row], columns=SUPPLIER), constants=CONSTANTS)
    told = "bank_accounts.country is missing (row 0 needs it): add a column, or use --set "
    assert plan.problems == [f"{told}bank_accounts.country=DE"]
    plan = plan_of(
        local, pd.DataFrame([row], columns=SUPPLIER), constants={**CONSTANTS, "bank_account.country": "DE"}
    )
    assert "the check digits of this IBAN are wrong" in repr(plan)
    assert plan.plan.count == 1


@pytest.mark.parametrize(
    ("method", "path", "says"),
    [
        ("GET", "/tags", "GET can't be pushed"),
        ("PUT", "/tags", "PUT can't be pushed"),
        ("POST", "/tag", "Unknown operation: POST /tag"),
        ("POST", "/files", "takes files"),
        ("DELETE", "/tags/8f2a5d56-1a5c-4f0f-9a41-6a5c6f3a9c11", "is a single row"),
    ],
)
def test_what_cannot_be_pushed_is_refused(local, method, path, says):
    with pytest.raises(RequestError, match=says):
        plan_of(local, pd.DataFrame({"name": ["a"]}), path, method)


def test_what_is_no_table_is_refused(local):
    for source, says in (
        (7, "A int can't be pushed"),
        ([1], "not objects"),
        ("nothing.xlsx", "File not found"),
    ):
        with pytest.raises(RequestError, match=says):
            plan_of(local, source, "/tags")
    with pytest.raises(RequestError, match="has no rows"):
        plan_of(local, pd.DataFrame({"name": []}), "/tags")
    with pytest.raises(RequestError, match="can only be used with files"):
        plan_of(local, pd.DataFrame({"name": ["a"]}), "/tags", sheet="x")


def test_rows_are_changed_and_deleted_by_their_ids(local):
    made = plan_of(local, [{"name": "a"}, {"name": "b"}], "/tags", send=True)
    ids = list(made.ids.values())
    frame = pd.DataFrame({"id": ids, "name": ["c", "d"]})
    assert plan_of(local, frame, "/tags", "PATCH", send=True).counts == {"accepted": 2}
    assert sorted(row["name"] for row in local.get("/tags").items) == ["c", "d"]
    assert plan_of(local, frame, "/tags", "PATCH", send=True).counts == {"accepted before": 2}
    assert plan_of(local, frame[["id"]], "/tags/{tag_id}", "DELETE", send=True).counts == {"accepted": 2}
    assert local.get("/tags").items == []
    plan = plan_of(local, pd.DataFrame({"id": ["x", None], "name": ["a", "b"]}), "/tags", "PATCH")
    assert "row 0, column 'id': 'x' is not in /tags" in plan.problems
    assert "row 1, column 'id': is empty, but the ID is required" in plan.problems


def test_an_answer_is_pushed_as_it_is(local):
    local.post(
        "/products", json={"name": "Tea", "price": {"value": 1250, "currency": "KWD"}}
    ).raise_for_status()
    answer = local.get("/products")
    plan = plan_of(local, answer, "/products")
    assert plan.plan.documents[0].data["price"] == {"value": 1250, "currency": "KWD"}
    assert "Amounts are in minor units, as in an answer." in [note for _, note in plan.plan.notes]


def test_a_simulator_that_begins_anew_gets_the_rows_again(local):
    from monite_magic import simulator

    rows = [{"name": "a"}]
    plan_of(local, rows, "/tags", send=True)
    assert plan_of(local, rows, "/tags", send=True).counts == {"accepted before": 1}
    simulator.default().reset("empty")
    assert plan_of(local, rows, "/tags", send=True).counts == {"accepted": 1}
    assert [row["name"] for row in local.get("/tags").items] == ["a"]


def test_set_fills_only_what_no_value_tells(local):
    """An Austrian account in a sheet with `--set bank_accounts.country=DE` stays Austrian."""
    rows = [supplier(1), supplier(2), supplier(3)]
    rows[1][5], rows[1][7] = "AT611904300234573201", "ATU12345678"
    rows[2][5], rows[2][7] = "12345678", "CHE-123"
    constants = {**CONSTANTS, "bank_accounts.country": "DE", "vat_ids.country": "DE"}
    plan = plan_of(local, pd.DataFrame(rows, columns=SUPPLIER), constants=constants)
    told = [[json.loads(child.body)["country"] for child in each.children] for each in plan.plan.documents]
    assert told == [["DE", "DE"], ["AT", "AT"], ["DE", "DE"]]


@pytest.mark.parametrize(
    ("vat_id", "country"),
    [
        ("EL123456789", "GR"),
        ("FR 83 404 833 048", "FR"),
        ("atu12345678", "AT"),
        ("GERMANY", None),
        ("12", None),
    ],
)
def test_a_vat_id_names_its_country(local, vat_id, country):
    frame = pd.DataFrame([{"Company name": "A", "City": "x", "VAT ID": vat_id}])
    (document,) = plan_of(local, frame, constants={**CONSTANTS, "type": "organization"}).plan.documents
    assert json.loads(document.children[0].body).get("country") == country


def test_two_columns_with_one_heading_are_told_once_and_settled_by_their_names(local, tmp_path):
    book = openpyxl.Workbook()
    for row in [["name", "Description", "Description"], *([f"n{i}", f"x{i}", f"y{i}"] for i in range(30))]:
        book.active.append(row)
    path = tmp_path / "tags.xlsx"
    book.save(path)
    plan = plan_of(local, path, "/tags")
    assert len(plan.problems) == 2
    assert '--map "column C="' in repr(plan).replace("\n  ", " ")
    plan = plan_of(local, path, "/tags", mapping={"column C (Description)": ""})
    assert plan.problems == []
    assert plan.plan.documents[0].data == {"name": "n0", "description": "x0"}


def test_the_advice_of_a_problem_of_the_whole_table_is_never_cut(local):
    plan = plan_of(local, pd.DataFrame({"company": ["A"] * 9, "city": "x", "country": "DE", "street": "y"}))
    bundle = plan._repr_mimebundle_()
    for text in bundle.values():
        assert "--set organization.is_customer=yes" in " ".join(text.split())


def test_one_name_in_two_rows_is_something_to_look_at(local):
    rows = [supplier(1), supplier(2), supplier(3)]
    rows[2][0] = f" {rows[0][0].upper()}"
    plan = plan_of(local, pd.DataFrame(rows, columns=SUPPLIER), constants=CONSTANTS).plan
    assert [plan.place(each) for each in plan.warnings] == [
        "row 2: has the same name as row 0, but other details: check that both are meant"
    ]
    assert plan.count == 3


@pytest.mark.parametrize("word", ["Total", "TOTAL:", "Grand Total", "Summe", "Gesamtbetrag", "Subtotal"])
def test_a_total_below_or_between_the_rows_is_a_problem(local, word):
    rows = [["a", 5.1, 1], ["b", "7.20", None], [word, 12.3, 1], ["c", 3, None], ["d", 4, 2], [word, 7, None],
            [word, Decimal("19.30"), 3]]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["document_id", "total_amount", "subtotal"]).assign(currency="EUR")
    plan = monite_magic.push("POST", "/payables", frame, client=local)
    assert plan.problems == [f"row {row}: is the total of the rows above: delete it" for row in (2, 5, 6)]
    assert [d.data["document_id"] for d in plan.plan.documents if not d.problems] == ["a", "b", "c", "d"]


def test_a_row_that_may_be_a_total_is_something_to_look_at(local):
    rows = [["a", "x", 5, "EUR"], ["b", "Total", 7, "EUR"], ["c", "y", 12, "EUR"]]
    frame = pd.DataFrame(rows, columns=["document_id", "description", "total_amount", "currency"])
    plan = monite_magic.push("POST", "/payables", frame, client=local)
    assert plan.problems == []
    assert [plan.plan.place(warning) for warning in plan.plan.warnings] == [
        "row 1: is called a total: check that it isn't one",
        "row 2: has the sum of the rows above: check that it isn't their total",
    ]
    frame["total_amount"] = [5, 7, 12.5]
    assert len(monite_magic.push("POST", "/payables", frame, client=local).plan.warnings) == 1
    frame["total_amount"] = [5, None, 5]  # one amount has no total
    assert monite_magic.push("POST", "/payables", frame, client=local).plan.warnings == []
