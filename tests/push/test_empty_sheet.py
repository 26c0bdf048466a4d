"""The empty sheet: its headings come back without any mapping, and its examples are never pushed."""

import openpyxl
import pytest

import monite_magic
from monite_magic.core import RequestError
from monite_magic.tables.push.template import write_sheet


@pytest.mark.parametrize(
    "call", ["POST /counterparts", "POST /products", "POST /payables", "POST /receivables"]
)
def test_its_examples_are_found_and_its_headings_are_known(local, tmp_path, call):
    method, path = call.split()
    file = tmp_path / "new.xlsx"
    headings = write_sheet(method, path, file, version="2024-05-25")
    plan = monite_magic.push(method, path, str(file), client=local)
    assert plan.plan.mapping.unmatched == {}
    assert [each.name for each in plan.plan.mapping.columns] == headings
    examples = [problem for problem in plan.problems if "is an example row of the template" in problem]
    assert len(examples) == 2
    assert plan.plan.count == 0


def test_choices_have_menus_and_headings_have_notes(tmp_path):
    file = tmp_path / "new.xlsx"
    headings = write_sheet("POST", "/counterparts", file, version="2024-05-25")
    book = openpyxl.load_workbook(file)
    page = book["Rows"]
    assert page.max_row >= 3
    country = headings.index("organization.address.country") + 1
    menus = {str(each.sqref).split(":")[0]: each.formula1 for each in page.data_validations.dataValidation}
    formula = menus[page.cell(2, country).coordinate]
    sheet, _, cells = formula.partition("!")
    codes = [row[0].value for row in book[sheet][cells.replace("$", "")]]
    assert {"DE", "FR", "JP"} <= set(codes)
    assert page.cell(1, country).comment.text.startswith("Required.")
    assert menus[page.cell(2, headings.index("organization.is_vendor") + 1).coordinate] == '"yes,no"'


def test_a_filled_sheet_is_pushed(local, tmp_path):
    file = tmp_path / "new.xlsx"
    headings = write_sheet("POST", "/counterparts", file, version="2024-05-25")
    book = openpyxl.load_workbook(file)
    page = book["Rows"]
    page.delete_rows(2, 2)
    values = {
        "organization.legal_name": "Mühle AG", "organization.is_vendor": "yes",
        "organization.is_customer": "no",
        "organization.address.line1": "Weg 1", "organization.address.city": "Bern", "type": "organization",
        "organization.address.postal_code": "03011", "organization.address.country": "CH",
    }  # fmt: skip
    for name, value in values.items():
        page.cell(2, headings.index(name) + 1, value)
    book.save(file)
    assert monite_magic.push("POST", "/counterparts", str(file), client=local, send=True).counts == {
        "accepted": 1
    }
    assert local.get("/counterparts").items[0]["organization"]["legal_name"] == "Mühle AG"


def test_a_file_is_not_overwritten(tmp_path):
    file = tmp_path / "new.xlsx"
    file.write_bytes(b"mine")
    with pytest.raises(RequestError, match="already exists"):
        write_sheet("POST", "/tags", file, version="2024-05-25")
    assert file.read_bytes() == b"mine"
