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
        ("0.00", 2024.1, "2024.10"),
        ("0.0##", 2024, "2024.0"),
        ("0.00_);[Red]\\(0.00\\)", 2024.1, "2024.10"),
        ('"R"0.000', 7.25, "R7.250"),
        ("0.00", 2024.125, "2024.125"),  # shown as 2024.13, which is another number
        ("00000", 4.5, "4.5"),
        ("0.##", 2024.5, "2024.5"),
        ("#,##0.00", 2024.5, "2024.5"),
        ("[<=9999999]###\\-####;\\(###\\)\\ ###\\-####", 5551234567, "(555) 123-4567"),
        ("[<=9999999]###\\-####;\\(###\\)\\ ###\\-####", 1234567, "123-4567"),
        ("[<=99999]00000;00000\\-0000", 21341234, "02134-1234"),
        ("[=0]000;[<0]0;[>=1000.5]00000;0", 2000, "02000"),
        ("[Red][>=10]000;0", 5, "5"),
    ],
)
def test_an_id_is_sent_as_its_format_shows_it(plan_of, form, number, text):
    plan = plan_of([number, 5, "EUR", 19], A2=form)
    assert plan.problems == []
    assert plan.plan.documents[0].data["document_id"] == text
    plan.save("result.xlsx")
    again = read_source("result.xlsx", sheet="Rows")
    assert again.rows[0].cells[0] == plan.plan.table.rows[0].cells[0]


@pytest.mark.parametrize("form", ["0.00", "00", '"No. "0'])
def test_one_and_zero_are_yes_and_no_in_any_format(form, local):
    book = openpyxl.Workbook()
    book.active.append(
        ["type", "organization.legal_name", "organization.is_vendor", "organization.is_customer"]
    )
    book.active.append(["organization", "Haferfeld Mill AG", 1, 0])
    book.active["C2"].number_format = book.active["D2"].number_format = form
    book.save("firms.xlsx")
    plan = monite_magic.push("POST", "/counterparts", "firms.xlsx", client=local)
    organization = plan.plan.documents[0].data["organization"]
    assert (organization.get("is_vendor"), organization.get("is_customer")) == (True, False)


def test_a_number_keeps_its_value_whatever_its_format_shows(plan_of):
    plan = plan_of(["a", 42, "EUR", 19], B2='"No. "00000', D2='0 "percent"')
    assert plan.plan.documents[0].data["total_amount"] == 4200
    assert plan.plan.documents[0].data["tax"] == 1900
