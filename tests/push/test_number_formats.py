"""Numbers of a workbook are read as their formats show them: percentages, currencies and IDs."""

import openpyxl
import pytest

import monite_magic
from monite_magic.tables.push.sources import read_source

HEADINGS = ["document_id", "total_amount", "currency", "tax"]


@pytest.fixture
def plan_of(local, tmp_path):
    """The plan for one bill, with formats by the cell's name."""

    def make(row, **forms):
        book = openpyxl.Workbook()
        book.active.append(HEADINGS)
        book.active.append(row)
        for name, form in forms.items():
            book.active[name].number_format = form
        book.save(tmp_path / "bills.xlsx")
        return monite_magic.push("POST", "/payables", str(tmp_path / "bills.xlsx"), client=local)

    return make


@pytest.mark.parametrize(
    ("form", "number", "rate"),
    [
        ("0%", 0.19, 1900),
        ("0.00%;[Red]-0.00%", 0.075, 750),
        ('0"%"', 19, 1900),  # the sign is text, so 19 is shown as 19%
        ("0.0\\%", 0.5, 50),
        ('0.0 "% VAT"', 7.5, 750),
        ('[>0]0.0"%";0', 7.5, 750),
    ],
)
def test_a_percent_sign_as_text_does_not_multiply(plan_of, form, number, rate):
    plan = plan_of(["a", 5, "EUR", number], D2=form)
    assert plan.problems == []
    assert plan.plan.documents[0].data["tax"] == rate


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("#,##0.00 [$€-407]", "EUR"),
        ('"£"#,##0.00', "GBP"),
        ("[$CHF] #,##0.00", "CHF"),
        ('#,##0.00\\ "PLN"', "PLN"),
        ("¥#,##0.00", "¥"),
        ('#,##0.00" kr"', "kr"),
        ("#,##0.00 [$€-407];[Red]-#,##0.00 [$€-407]", "EUR"),
    ],
)
def test_an_amount_shown_in_another_currency_is_a_problem(plan_of, form, written):
    plan = plan_of(["a", 12.5, "USD", 19], B2=form)
    assert plan.problems == [f"row 2, column B (total_amount): is in {written}, but the row is in USD"]


@pytest.mark.parametrize(
    "form",
    [
        "[$$-409]#,##0.00",
        '"USD" #,##0.00',
        "#,##0.00\\ _€",  # as wide as a euro sign, which isn't shown
        "_-* #,##0.00_-;-* #,##0.00_-",
        "[$-407]#,##0.00",
        "#,##0.00_);[Red](#,##0.00)",
        "#,##0,",
        '#,##0.00 "net"',
        '#,##0.00 "PCS"',
    ],
)
def test_formats_of_the_rows_currency_or_of_none_change_nothing(plan_of, form):
    plan = plan_of(["a", 12.5, "USD", 19], B2=form)
    assert plan.problems == []
    assert plan.plan.documents[0].data["total_amount"] == 1250


@pytest.mark.parametrize(
    ("form", "number", "text"),
    [
        ('"K-"00000', 42, "K-00042"),
        ("00000\\-0000", 21341234, "02134-1234"),
        ("[$-407]00000", 42, "00042"),
        ("00000;-00000", 42, "00042"),
        ("000 000", 1234, "001 234"),
        ('"INV"0', 42, "INV42"),
        ("000", 12345, "12345"),
        ("0", 42, "42"),
        ('0 "days"', 14, "14"),
        ("#,##0", 1234567, "1234567"),
    ],
)
def test_an_id_is_sent_as_its_format_shows_it(plan_of, form, number, text):
    plan = plan_of([number, 5, "EUR", 19], A2=form)
    assert plan.problems == []
    assert plan.plan.documents[0].data["document_id"] == text
    plan.save("result.xlsx")
    again = read_source("result.xlsx", sheet="Rows")
    assert again.rows[0].cells[0] == plan.plan.table.rows[0].cells[0]


def test_a_number_keeps_its_value_whatever_its_format_shows(plan_of):
    plan = plan_of(["a", 42, "EUR", 19], B2='"No. "00000', D2='0 "percent"')
    assert plan.plan.documents[0].data["total_amount"] == 4200
    assert plan.plan.documents[0].data["tax"] == 1900
