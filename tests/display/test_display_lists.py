"""Lists are tables: what matters first, money in major units, ids short, nothing left out silently."""

import pytest

from monite_magic import display
from monite_magic.core.masking import MASK
from monite_magic.display import render


def lines_of(text):
    return text.split("\n")


def test_a_page_of_payables(answer, payable, page, text):
    shown = text(
        answer(page([payable(1), payable(2, status="paid", total_amount=5, currency="JPY")], "next"))
    )
    assert lines_of(shown)[2:6] == [
        "document_id  counterpart    status  total_amount  due_date      amount_due  id",
        "───────────  ─────────────  ──────  ────────────  ──────────  ────────────  ─────────",
        "INV-0001     Blumen Müller  new     1,190.00 EUR  2024-06-24  1,190.00 EUR  00000001…",
        "INV-0002     Blumen Müller  paid           5 JPY  2024-06-24   119,000 JPY  00000002…",
    ]
    assert "3 more columns: created_at, tax, counterpart_id" in shown
    assert "More pages follow: .next()" in shown


def test_the_same_in_html(answer, payable, page, read_html):
    html = read_html(render(answer(page([payable(1)])))["text/html"])
    assert html.heads == ["document_id", "counterpart", "status", "total_amount", "due_date", "id"]
    assert "4 more columns: amount_due, created_at, tax, counterpart_id" in html.text
    assert all(head["scope"] == "col" for head in html.all("th"))
    titles = [attributes["title"] for _, attributes in html.tags if "title" in attributes]
    assert payable(1)["id"] in titles
    assert "119000 minor units of EUR" in titles
    amount = next(a for a in html.all("td") if "right" in a["style"])
    assert "white-space:nowrap" in amount["style"]


def test_an_object_that_nothing_but_its_id_tells_is_that_id_in_short(answer, page, text, read_html):
    identifier = "d42218ec-0674-4f7f-aa49-5ee1cfbf1f32"
    came = answer(page([{"action": "payable.created", "object": {"id": identifier}}]))
    assert "d42218ec…" in text(came)
    assert identifier not in text(came)
    assert identifier in [a.get("title") for _, a in read_html(render(came)["text/html"]).tags]


def test_a_long_word_is_broken_so_that_the_columns_after_it_are_seen(answer, page, read_html):
    def styles(text):
        html = read_html(render(answer(page([{"description": text}])))["text/html"])
        return " ".join(cell["style"] for cell in html.all("td"))

    assert "overflow-wrap:anywhere" in styles("x" * 50)
    assert "overflow-wrap:anywhere" not in styles("five hundred kilogrammes of flour, type 550")


def test_counterparts_are_known_by_their_names(answer, page, text):
    firm = {"id": "a", "type": "organization", "organization": {"legal_name": "Mehl & Co", "is_vendor": True}}
    person = {
        "id": "b",
        "type": "individual",
        "individual": {"first_name": "Ada", "last_name": "Lovelace", "is_vendor": False},
    }
    shown = lines_of(text(answer(page([firm, person]), path="/counterparts")))
    assert shown[2].split() == ["name", "type", "is_vendor", "id"]
    assert shown[4].split("  ")[0] == "Mehl & Co"
    assert shown[5].startswith("Ada Lovelace")
    assert "yes" in shown[4]


def test_the_role_of_a_user_is_seen(answer, page, text):
    user = {"id": "a", "login": "ada", "first_name": "Ada", "role_id": "b", "status": "active", "note": "x"}
    many = {f"field_{number}": number for number in range(20)}
    shown = lines_of(text(answer(page([{**many, **user}]), path="/entity_users")))
    assert "role_id" in shown[2].split()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"name": "Flour"}, "Flour"),
        ({"value": 1250, "currency": "EUR"}, "12.50 EUR"),
        (
            {"city": "Berlin", "country": "DE", "line1": "Weg 1", "postal_code": "10115"},
            "Weg 1, 10115 Berlin, DE",
        ),
        ({"x": 1, "y": 2}, "2 fields"),
        ([{"name": "a"}, {"name": "b"}, {"name": "c"}, {"name": "d"}], "4 items: a, b, c, …"),
        (["a", "b"], "2 items: a, b"),
        ([[1]], "1 item"),
        (True, "yes"),
        (False, "no"),
        (1234567, "1,234,567"),
        (0.1, "0.1"),
        ("2024-05-25T23:30:00-02:00", "2024-05-26 01:30"),
        ("2024-13-45T23:30:00", "2024-13-45T23:30:00"),
        ("a\nb", "a ⏎ b"),
    ],
)
def test_cells(value, shown, answer, page, text):
    assert lines_of(text(answer(page([{"thing": value}]))))[4].strip() == shown


def test_money_without_a_currency_is_in_minor_units(answer, page, text):
    assert lines_of(text(answer(page([{"total_amount": 119000}]))))[4].strip() == "119,000 minor units"


@pytest.mark.parametrize(
    ("query", "values", "shown"),
    [
        ("metric=total_amount&aggregation_function=summary&currency=EUR", {"a": 11_900}, ["119.00 EUR"]),
        ("metric=total_amount&aggregation_function=average&currency=JPY", {"a": 1119.5}, ["1,119.5 JPY"]),
        ("metric=total_amount&aggregation_function=max&currency=EUR", {"a": 11_900.0}, ["119.00 EUR"]),
        ("metric=product_amount&aggregation_function=max&dimension=currency", {"KWD": 1_500, "EUR": 1},
         ["1.500 KWD", "0.01 EUR"]),
        ("metric=total_amount&aggregation_function=count&currency=EUR", {"a": 1_700}, ["1,700"]),
        ("metric=id&aggregation_function=count&dimension=currency", {"EUR": 7}, ["7"]),
        ("metric=product_quantity&aggregation_function=summary&currency=EUR", {"a": 300}, ["300"]),
        ("metric=total_amount&aggregation_function=summary", {"a": 11_900}, ["11,900 minor units"]),
        ("metric=total_amount&aggregation_function=summary&currency=EUR%20", {"a": 5}, ["5 minor units"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/analytics/payables", "/analytics/receivables"])
def test_a_metric_is_shown_as_what_was_asked_for(path, query, values, shown, answer, page, text):
    rows = [{"dimension_value": name, "metric_value": value} for name, value in values.items()]
    if path.endswith("receivables") and any(value != int(value) for value in values.values()):
        shown = ["1,119.5"]  # it promises integers there
    lines = lines_of(text(answer(page(rows), path=path, query=f"?{query}")))
    assert [line.split(maxsplit=1)[1].strip() for line in lines[-len(rows) :]] == shown


def test_a_sum_takes_the_currency_of_its_filter(answer, text):
    data = {"data": [{"status": "new", "count": 2, "sum_total_amount": 11_900}]}
    asked = {"path": "/payables/analytics", "query": "?currency=EUR"}
    assert "119.00 EUR" in text(answer(data, **asked))
    assert "11,900 minor units" in text(answer(data, path="/payables/analytics"))
    del data["data"]
    assert "(119.00 EUR)" in text(answer({**data, "sum_total_amount": 11_900}, **asked))


def test_rates_are_percent(answer, page, text):
    rows = [{"value": 1900, "country": "DE"}, {"value": 705, "country": "DE"}]
    shown = lines_of(text(answer(page(rows), path="/vat_rates")))
    assert [line.split("  ")[0].strip() for line in shown[4:6]] == ["19.00 %", "7.05 %"]


def test_numbers_of_the_schema_are_not_minor_units(answer, page, text):
    """Accounting payables give their totals in major units, as `number` (OpenAPI 2024-05-25)."""
    rows = [{"id": "a", "currency": "EUR", "total_amount": 12}]
    assert "0.12" not in text(answer(page(rows), path="/accounting/payables"))


def test_secrets_are_dots(answer, page):
    response = answer(page([{"id": "a", "secret": "whsec_abcdefgh"}]), path="/webhook_subscriptions")
    for shown in render(response).values():
        assert "whsec_abcdefgh" not in shown
        assert MASK in shown


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_a_table_fits_the_terminal_and_never_cuts_a_number(width, answer, payable, page, text):
    rows = [payable(i, description="long words " * 9, total_amount=119000 + i) for i in range(5)]
    shown = text(answer(page(rows)), width)
    table = lines_of(shown)[lines_of(shown).index(next(x for x in lines_of(shown) if "document_id" in x)) :]
    assert all(len(line) <= width for line in table)
    assert "00000001…" in shown
    for line in table:
        assert "1,19" not in line or "1,190.0" in line.replace("1,190.00", "1,190.0")
        assert "EU…" not in line


def test_wide_characters_take_two_columns(answer, page, text):
    shown = lines_of(text(answer(page([{"name": "日本語", "code": "x"}, {"name": "abc", "code": "y"}]))))
    assert shown[4] == "日本語  x"
    assert shown[5] == "abc     y"


def test_an_empty_list_says_so(answer, page):
    for shown in render(answer(page([]))).values():
        assert "The list is empty." in shown


def test_a_list_of_plain_values(answer, text):
    assert lines_of(text(answer(["a", "b", 3])))[2:] == ["value", "─────", "a", "b", "3"]


def test_a_column_of_sentences_wraps_where_others_are_cut():
    why = "invoice.amount >= 100000 does not hold: invoice.amount is 45000; " * 3
    columns = ("policy", "priority", "why")
    rows = [("A policy with a name " * 6, 0, why), ("Short", 1, "it has ended")]
    bundle = display.table(columns, rows, wrap=("why",))._repr_mimebundle_()
    lines = bundle["text/plain"].splitlines()
    assert all(len(line) <= 100 for line in lines)
    start = lines[0].index("why")
    assert " ".join(line[start:].strip() for line in lines[2:] if "Short" not in line) == why.strip()
    assert lines[2].startswith("A policy with a name ")
    assert lines[-1].split() == ["Short", "1", "it", "has", "ended"]
    assert why.strip() in bundle["text/html"].replace("&gt;", ">")
    cut = display.table(columns, rows)._repr_mimebundle_()["text/plain"]
    assert why.strip() not in " ".join(cut.split())
