"""Lists and objects in cells; invoices by names; results as text; keys that change; broken journals."""

import csv
import datetime as dt
import json
import sqlite3
from decimal import Decimal

import pandas as pd
import pytest
from push_sheets import CONSTANTS, SUPPLIER, supplier

import monite_magic
from monite_magic import simulator
from monite_magic.core import RequestError


@pytest.fixture
def bakery():
    """A client of the bakery, which has customers and products."""
    simulator.default().reset("bakery")
    with monite_magic.connect(env="local") as client:
        yield client
    simulator.default().reset("starter")


def push(client, path, source, method="POST", **options):
    return monite_magic.push(method, path, source, client=client, **options)


def test_invoices_are_pushed_by_names_with_their_totals(bakery):
    customers = bakery.get("/counterparts", params={"is_customer": "true", "type": "organization"}).items
    products = {row["name"]: row["price"] for row in bakery.get("/products").items}
    loaf, roll = list(products)[:2]
    frame = pd.DataFrame({
        "Customer": [customers[0]["organization"]["legal_name"]] * 2 + [customers[1]["id"]],
        "No": ["A", "A", "B"], "Product": [loaf, roll, loaf], "Qty": [2, 3.5, 1], "Currency": "EUR",
        "Line VAT rate": ["DE 19%", "DE 7 %", "DE 7%"],
    })  # fmt: skip
    options = {"key": "No", "constants": {"type": "invoice"}, "mapping": {"No": ""}}
    plan = push(bakery, "/receivables", frame, **options)
    assert plan.problems == []
    net = 3 * products[loaf]["value"] + Decimal("3.5") * products[roll]["value"]
    assert [(name, currency, Decimal(text)) for name, currency, text in plan.plan.totals()] == [
        ("line_items: price of the product × quantity", "EUR", net / 100)
    ]
    pushed = push(bakery, "/receivables", frame, send=True, **options)
    assert pushed.counts == {"accepted": 2}
    first = bakery.get(f"/receivables/{pushed.ids[0]}").data
    assert first["counterpart_id"] == customers[0]["id"]
    assert [item["quantity"] for item in first["line_items"]] == [2, 3.5]


def test_prices_of_lines_take_the_currency_of_their_document(bakery):
    customer = bakery.get("/counterparts", params={"is_customer": "true"}).items[0]
    frame = pd.DataFrame({
        "counterpart_id": [customer["id"]], "currency": ["EUR"], "type": ["invoice"], "quantity": [2],
        "line_items.product.name": ["Tea"], "line_items.product.price.value": [4.5],
        "line_items.vat_rate_id": ["DE 7%"], "discount.type": ["percentage"], "discount.amount": [5],
    })  # fmt: skip
    plan = push(bakery, "/receivables", frame)
    assert plan.problems == []
    assert plan.plan.documents[0].data["line_items"][0]["product"]["price"] == {
        "value": 450,
        "currency": "EUR",
    }
    assert plan.plan.documents[0].data["discount"] == {"type": "percentage", "amount": 500}
    frame["discount.type"] = "amount"
    assert push(bakery, "/receivables", frame).plan.documents[0].data["discount"]["amount"] == 500
    frame["discount.amount"] = "5.12 %"
    assert "5.12 % is a percentage, not an amount" in push(bakery, "/receivables", frame).problems[0]
    frame["discount.type"], frame["discount.amount"] = "percentage", "5.12 EUR"
    assert "is in EUR, but the row has a percentage" in push(bakery, "/receivables", frame).problems[0]
    frame["discount.amount"] = "5.123 %"
    assert "more than two decimals" in push(bakery, "/receivables", frame, decimal="point").problems[0]


def test_tags_are_lists_of_names_or_ids(local):
    made = push(local, "/tags", [{"name": "a"}, {"name": "b"}], send=True)
    a, b = made.ids.values()
    frame = pd.DataFrame({"document_id": ["1", "2", "3"], "tags": ["a; b", json.dumps([{"id": a}]), b]})
    plan = push(local, "/payables", frame)
    assert [each.data["tag_ids"] for each in plan.plan.documents] == [[a, b], [a], [b]]
    frame["tags"] = ["c", "[1", "a"]
    problems = "; ".join(push(local, "/payables", frame).problems)
    assert "'c' is not in /tags" in problems
    assert "is not a JSON list" in problems


def test_objects_are_json_and_numbers_are_plain(local):
    frame = pd.DataFrame({"document_id": ["1", "2"], "partner_metadata": ['{"a": 1}', "x"]})
    plan = push(local, "/payables", frame)
    assert plan.plan.documents[0].data["partner_metadata"] == {"a": 1}
    assert plan.problems[0].endswith("x is not a JSON object")
    frame = pd.DataFrame({"name": ["a", "b", "c"], "smallest_amount": ["0,5", "5 %", True]})
    plan = push(local, "/products", frame)
    assert plan.plan.documents[0].data["smallest_amount"] == 0.5
    assert [text.partition(": ")[2] for text in plan.problems] == [
        "5 % is not a plain number",
        "True is not a number",
    ]


def test_whole_numbers_and_terms(local):
    frame = pd.DataFrame({
        "name": ["net 30", "net x"], "term_final.number_of_days": [30, 1.5],
        "term_1.number_of_days": [10, 10], "term_1.discount": ["2 %", "3 EUR"],
    })  # fmt: skip
    plan = push(local, "/payment_terms", frame)
    assert plan.plan.documents[0].data == {
        "name": "net 30", "term_final": {"number_of_days": 30},
        "term_1": {"number_of_days": 10, "discount": 200},
    }  # fmt: skip
    problems = "; ".join(plan.problems)
    assert "1.5 is not a whole number" in problems
    assert "is an amount, not a rate" in problems


def test_what_is_not_a_value_is_named(local):
    frame = pd.DataFrame({"name": [dt.time(9), object(), b"x"]})
    problems = push(local, "/tags", frame).problems
    assert ["is the time" in text or "can't be sent" in text for text in problems] == [True] * 3


def test_results_are_written_as_text_too(local, tmp_path, monkeypatch):
    from monite_magic.tables.push import sheet_writer

    monkeypatch.setattr(sheet_writer, "has_openpyxl", lambda: False)
    frame = pd.DataFrame(
        {"document_id": ["0017", "2"], "total_amount": [1.5, None], "currency": ["EUR", "X"]}
    )
    with pytest.raises(monite_magic.MoniteError, match="1 problem"):
        push(local, "/payables", frame, send=True, valid_only=True)
    with (tmp_path / "payables.result.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["document_id", "total_amount", "currency", "id", "status", "problem", "request id"]
    assert rows[1][:3] == ["0017", "1.5", "EUR"]
    assert rows[2][4] == "problem"
    refused = tmp_path / "payables.refused.csv"
    text = refused.read_text(encoding="utf-8-sig")
    refused.write_text(text.replace(",X,", ",KWD,"), encoding="utf-8-sig")
    assert push(local, "/payables", str(refused), send=True).counts == {"accepted": 1}
    with pytest.raises(RequestError, match=r"must end with .xlsx or .csv"):
        push(local, "/payables", frame[:1]).save("x.txt")


def test_rows_keep_their_place_in_the_journal_when_a_key_comes_later(local):
    frame = pd.DataFrame({"document_id": ["1", "2"], "currency": "EUR", "my no": ["x", "y"]})
    push(local, "/payables", frame, send=True)
    assert push(local, "/payables", frame, key="my no", send=True).counts == {"accepted before": 2}
    frame.loc[0, "currency"] = "USD"
    plan = push(local, "/payables", frame, key="my no")
    assert plan.plan.count == 0
    frame = pd.DataFrame({"document_id": ["3"], "currency": "EUR", "my no": ["z"]})
    push(local, "/payables", frame, key="my no", send=True)
    frame["currency"] = "USD"
    plan = push(local, "/payables", frame, key="my no")
    assert plan.plan.count == 0
    assert "has changed since: update it with PATCH" in " ".join(repr(plan).split())


def test_a_follow_up_row_that_changed_after_it_was_accepted_is_held(local):
    row = supplier(1)
    push(local, "/counterparts", pd.DataFrame([row], columns=SUPPLIER), constants=CONSTANTS, send=True)
    row[5] = supplier(2)[5]
    plan = push(local, "/counterparts", pd.DataFrame([row], columns=SUPPLIER), constants=CONSTANTS)
    assert "bank_accounts: a row was accepted before as" in plan.problems[0]
    both = pd.DataFrame([supplier(1), row], columns=SUPPLIER)
    both["no"] = "1"
    pushed = push(local, "/counterparts", both, constants=CONSTANTS, key="no", send=True)
    assert pushed.counts == {"accepted": 1}
    counterpart = local.get("/counterparts").items
    assert len(counterpart) == 1
    accounts = local.get(f"/counterparts/{counterpart[0]['id']}/bank_accounts").items
    assert [account["iban"] for account in accounts] == [supplier(1)[5], supplier(2)[5]]
    assert len(local.get(f"/counterparts/{counterpart[0]['id']}/vat_ids").items) == 1


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b""])
def test_a_file_that_is_no_journal_is_refused_and_kept(local, tmp_path, content):
    file = tmp_path / "tags.push-journal"
    file.write_bytes(content)
    if content:
        with pytest.raises(RequestError, match="can't be used as a journal"):
            push(local, "/tags", [{"name": "a"}])
        assert file.read_bytes() == content
    else:
        assert push(local, "/tags", [{"name": "a"}], send=True).counts == {"accepted": 1}


def test_a_database_of_somebody_else_is_refused(local, tmp_path):
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE mine (x)")
    connection.close()
    with pytest.raises(RequestError, match="is not a push journal"):
        push(local, "/tags", [{"name": "a"}], journal="other.db")
    with pytest.raises(RequestError, match="can't be written"):
        push(local, "/tags", [{"name": "a"}], journal="nowhere/x.db", send=True)


def test_a_path_with_a_parameter_takes_it_from_a_column(local):
    push(
        local, "/counterparts", pd.DataFrame([supplier(1)], columns=SUPPLIER), constants=CONSTANTS, send=True
    )
    counterpart = local.get("/counterparts").items[0]["id"]
    frame = pd.DataFrame({"counterpart": ["Supplier 0001 GmbH"], "value": ["DE7"]})
    path = "/counterparts/{counterpart_id}/vat_ids"
    plan = push(local, path, frame, mapping={"counterpart": "counterpart_id"})
    assert plan.problems == []
    assert push(local, path, frame, mapping={"counterpart": "counterpart_id"}, send=True).counts == {
        "accepted": 1
    }
    values = [row["value"] for row in local.get(f"/counterparts/{counterpart}/vat_ids").items]
    assert sorted(values) == ["DE000000001", "DE7"]
    assert "has no counterpart_id" in push(local, path, frame[["value"]]).problems[0]
    concrete = push(local, f"/counterparts/{counterpart}/contacts", pd.DataFrame({"first name": ["A"]}))
    assert "last_name is missing" in "; ".join(concrete.problems)


def test_countries_without_babel_are_codes_and_common_names(monkeypatch, local):
    import sys

    from monite_magic.tables.push import dates, names

    for cached in (names._names, names._english, dates._months):
        cached.cache_clear()
    monkeypatch.setitem(sys.modules, "babel", None)
    try:
        frame = pd.DataFrame({"company": ["A", "B", "C"], "country": ["Germany", "FR", "Suisse"]})
        plan = push(local, "/counterparts", frame)
        places = [each.data["organization"].get("address", {}).get("country") for each in plan.plan.documents]
        assert places == ["DE", "FR", None]
        assert dates.parsed_date("3 May 2024", "").isoformat() == "2024-05-03"
    finally:
        for cached in (names._names, names._english, dates._months):
            cached.cache_clear()


def test_halves_of_characters_and_slashes_in_paths_go_nowhere(local):
    assert "contains half of a character" in push(local, "/tags", [{"name": "a\ud800"}]).problems[0]
    frame = pd.DataFrame({"id": ["../counterparts"], "name": ["x"]})
    plan = push(local, "/tags", frame, "PATCH")
    assert "'../counterparts' is not in /tags" in plan.problems[0]
    from monite_magic.tables.push.engine import Step

    assert Step("p", "/a/{a_id}/b", "a_id", None, "").below("../x?y") == "/a/..%2Fx%3Fy/b"
