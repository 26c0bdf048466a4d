"""Sheets that a stranger may have written are read safely, or refused by name."""

import datetime as dt
import subprocess
import sys
import zipfile

import openpyxl
import pandas as pd
import pytest
from push_sheets import SUPPLIER, supplier

import monite_magic
from monite_magic.core import RequestError
from monite_magic.tables.push.sources import read_source


def table_of(rows, tmp_path, change=lambda page: None, name="t.xlsx"):
    """Write rows to a workbook, change its sheet, and read it."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    change(book.active)
    book.save(tmp_path / name)
    return read_source(tmp_path / name)


def rewritten(path, part, change):
    """Change a part of a workbook as text."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts[part].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def problems(table):
    return [f"{table.place(p.row, p.column)}: {p.text}" for p in table.problems]


def test_a_formula_without_a_value_is_a_problem_and_one_with_a_value_is_told(tmp_path):
    path = tmp_path / "t.xlsx"
    table_of([["name", "phone"], ["=CONCAT(1,2)", "1"], ["b", "=7"]], tmp_path)
    sheet = "xl/worksheets/sheet1.xml"
    rewritten(
        path,
        sheet,
        lambda text: text.replace("<f>7</f><v/>", "<f>7</f><v>7</v>").replace(
            "<f>7</f><v />", "<f>7</f><v>7</v>"
        ),
    )
    table = read_source(path)
    found = [text for text in problems(table) if "formula" in text]
    assert [text.partition(": ")[0] for text in found] == ["row 2, column A (name)"]
    assert "without a computed value" in found[0]
    assert table.rows[1].cells == ("b", 7)
    assert "2 cells are formulas. Their last computed values are used." in table.notes


def test_a_formula_with_an_empty_text_as_its_value_is_computed(tmp_path):
    path = tmp_path / "t.xlsx"
    table_of([["name", "phone"], ["a", '=IF(A2="","",1)'], ["b", "2"]], tmp_path)
    rewritten(
        path,
        "xl/worksheets/sheet1.xml",
        lambda text: text.replace('<c r="B2"><f>', '<c r="B2" t="str"><f>'),
    )
    table = read_source(path)
    assert problems(table) == []
    assert table.rows[0].cells == ("a", None)


def test_text_that_looks_like_a_formula_stays_text(local, tmp_path):
    frame = pd.DataFrame({"name": ["=1+1", "@x", "+49"], "description": ["=HYPERLINK(1)", "-", "x"]})
    pushed = monite_magic.push("POST", "/tags", frame, client=local, send=True)
    assert [row["name"] for row in local.get("/tags").items] == ["=1+1", "@x", "+49"]
    page = openpyxl.load_workbook(pushed.files[0]).active
    assert [page.cell(row, 1).data_type for row in (2, 3, 4)] == ["s", "s", "s"]
    again = read_source(pushed.files[0], sheet="Rows")
    assert [row.cells[0] for row in again.rows] == ["=1+1", "@x", "+49"]


def test_merged_cells_hidden_rows_and_columns_are_named(tmp_path):
    def change(page):
        page.merge_cells("A3:A4")
        page.row_dimensions[5].hidden = True
        page.column_dimensions["B"].hidden = True

    table = table_of([["name", "phone"], *([f"n{i}", str(i)] for i in range(4))], tmp_path, change)
    found = problems(table)
    assert "row 3, column A (name): is merged (A3:A4): unmerge the cells, and fill in each" in found
    assert "row 5: is hidden: unhide it, or delete it if you don't need it" in found
    assert table.notes == ["Hidden columns are read too: column B (phone)."]


def test_error_cells_are_named(local, tmp_path):
    def change(page):
        page["B2"].value, page["B2"].data_type = "#REF!", "e"

    table_of([["name", "description"], ["a", "x"]], tmp_path, change)
    plan = monite_magic.push("POST", "/tags", str(tmp_path / "t.xlsx"), client=local)
    assert plan.problems == ["row 2, column B (description): is the error #REF!: correct the formula"]


@pytest.mark.parametrize("number", [1e15, 1234567890123456, 9.9e300])
def test_numbers_that_a_spreadsheet_cannot_hold_are_refused(local, tmp_path, number):
    table_of([["name", "external_reference"], ["a", number]], tmp_path)
    plan = monite_magic.push("POST", "/products", str(tmp_path / "t.xlsx"), client=local)
    assert "row 2, column B (external_reference)" in plan.problems[0]
    assert "15 digits" in plan.problems[0]


def test_leading_zeros_stay(local, tmp_path):
    def change(page):
        page["B3"].number_format = "00000"

    table_of([["name", "external_reference"], ["a", "0017"], ["b", 42], ["c", 17.0]], tmp_path, change)
    monite_magic.push("POST", "/products", str(tmp_path / "t.xlsx"), client=local, send=True)
    rows = {row["name"]: row["external_reference"] for row in local.get("/products").items}
    assert rows == {"a": "0017", "b": "00042", "c": "17"}


def test_dates_are_read_whatever_the_epoch_and_serials_are_refused(local, tmp_path):
    book = openpyxl.Workbook()
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    book.epoch = CALENDAR_MAC_1904
    book.active.append(["document_id", "issued_at", "currency"])
    book.active.append(["1", dt.date(2024, 5, 25), "EUR"])
    book.active.append(["2", 45437, "EUR"])
    book.save(tmp_path / "t.xlsx")
    plan = monite_magic.push("POST", "/payables", str(tmp_path / "t.xlsx"), client=local)
    assert plan.plan.documents[0].data["issued_at"] == "2024-05-25"
    assert plan.problems == [
        "row 3, column B (issued_at): 45437 is a number, not a date: format the cell as a date"
    ]


def test_duplicate_headings_are_named_and_can_be_left_out(local, sheet):
    path = sheet([["name", "Description", "description"], ["a", "x", "y"]])
    plan = monite_magic.push("POST", "/tags", str(path), client=local)
    assert len([text for text in plan.problems if "the same heading" in text]) == 2
    plan = monite_magic.push("POST", "/tags", str(path), client=local, mapping={"column B": ""})
    assert "column B" not in " ".join(plan.problems)


def test_a_zip_bomb_and_a_billion_laughs_are_refused(tmp_path):
    path = tmp_path / "t.xlsx"
    table_of([["name"], ["a"]], tmp_path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/bomb.xml", b"0" * 60_000_000)
    with pytest.raises(RequestError, match="unpacks to 60,"):
        read_source(path)
    table_of([["name"], ["a"]], tmp_path)
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    rewritten(path, "xl/workbook.xml", lambda text: bomb + text)
    with pytest.raises(RequestError, match="document type"):
        read_source(path)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("t.xlsm", b"PK", "a workbook with macros"),
        ("t.xls", b"\xd0\xcf\x11\xe0", "the old Excel format"),
        ("t.ods", b"PK", "OpenDocument"),
        ("t.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "may have a password"),
        ("t.xlsx", b"", "may have a password"),
        ("t.txt", b"a,b", "is not a .xlsx, .csv or .parquet file"),
        ("t.parquet", b"PAR1 no", "can't be read"),
        ("t.csv", b"\0\1\2\0", "is not a text file"),
        ("t.csv", b"", "is empty"),
        ("t.csv", b"name\n", "has no rows"),
        ("t.csv", b'name\n"a', "isn't CSV"),
    ],
)
def test_other_files_are_refused_by_name(tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RequestError) as caught:
        read_source(tmp_path / name)
    assert says in str(caught.value)
    assert name in str(caught.value)


def test_a_macro_in_an_xlsx_is_refused(tmp_path):
    table_of([["name"], ["a"]], tmp_path)
    with zipfile.ZipFile(tmp_path / "t.xlsx", "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")
    with pytest.raises(RequestError, match="contains macros"):
        read_source(tmp_path / "t.xlsx")


def test_a_workbook_without_its_parts_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
        archive.writestr("a.xml", "<a/>")
    with pytest.raises(RequestError, match="can't be read as an"):
        read_source(tmp_path / "t.xlsx")


def test_a_workbook_with_several_sheets_asks_which(sheet):
    path = sheet([["name"], ["a"]], More=[["x"]])
    with pytest.raises(RequestError, match="has 2 sheets"):
        read_source(path)
    assert read_source(path, sheet="Rows").rows[0].cells == ("a",)
    with pytest.raises(RequestError, match="no sheet 'rows'"):
        read_source(path, sheet="rows")


def test_a_title_above_the_headings_is_passed_over_and_told(sheet):
    table = read_source(sheet([["Suppliers of 2024"], [], ["name", "phone"], ["a", "1"]]))
    assert table.headings == ["name", "phone"]
    assert table.rows[0].number == 4
    assert table.notes == ["The headings are in row 3. Rows above them are ignored."]
    assert read_source(sheet([["x", "y"], ["name", "phone"], ["a", "1"]]), header_row=2).headings[0] == "name"


@pytest.mark.parametrize(
    ("text", "encoding", "notes"),
    [
        ("name;phone\nMüller;1\n", "utf-8-sig", ["Columns are separated by semicolons."]),
        ("name\tphone\nMüller\t1\n", "utf-16", ["The file is in UTF-16.", "Columns are separated by tabs."]),
        ("name,phone\nMüller,1\n", "cp1252", [
            "The file is not UTF-8, so it was read as Windows-1252: check accented letters.",
            "Columns are separated by commas."]),
    ],
)  # fmt: skip
def test_csv_files_of_every_program_are_read(tmp_path, text, encoding, notes):
    (tmp_path / "t.csv").write_bytes(text.encode(encoding))
    table = read_source(tmp_path / "t.csv")
    assert table.rows[0].cells == ("Müller", "1")
    assert table.notes == notes


@pytest.mark.parametrize("mark", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_only_a_line_break_ends_a_row_of_a_csv_file(tmp_path, mark):
    (tmp_path / "t.csv").write_text(f"name,phone\nAcme{mark}Ltd,1\nB,2\n", "utf-8", newline="")
    table = read_source(tmp_path / "t.csv")
    assert [row.cells for row in table.rows] == [(f"Acme{mark}Ltd", "1"), ("B", "2")]


def test_rows_of_a_csv_file_are_counted_as_a_spreadsheet_program_does(tmp_path):
    (tmp_path / "t.csv").write_text('name,address\nA,"Way 1\nBerlin"\n\nB,"Way 2\n2. floor\nBonn"\nC,x\n')
    assert [row.number for row in read_source(tmp_path / "t.csv").rows] == [2, 4, 5]


@pytest.mark.parametrize(
    "text",
    [
        "Suppliers of Berlin, Bonn, Mainz and Ulm\nname;phone\nA;1\nB;2\n",
        "Report\n\nname;phone\nA;1,5\nB;2,5\n",
        "Name, first or last, or both;phone\nA;1\nB;2\n",
        'sep=;\nname;phone\n"A, B, C";1\n"B, C, D";2\n',
    ],
)
def test_the_separator_is_that_of_most_rows(tmp_path, text):
    (tmp_path / "t.csv").write_text(text)
    table = read_source(tmp_path / "t.csv")
    assert table.notes[0] == "Columns are separated by semicolons."
    assert {len(row.cells) for row in table.rows} == {2}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32"])
def test_wide_encodings_without_a_mark_are_refused(tmp_path, encoding):
    (tmp_path / "t.csv").write_bytes("name\tphone\nMüller\t1\n".encode(encoding))
    with pytest.raises(RequestError, match="is not a text file"):
        read_source(tmp_path / "t.csv")


def test_a_character_that_cannot_be_read_is_a_problem_of_its_cell(local, tmp_path):
    (tmp_path / "t.csv").write_bytes(b"name,description\nM\x81ller,M\xfcller\n")
    plan = monite_magic.push("POST", "/tags", str(tmp_path / "t.csv"), client=local)
    text = (
        "row 2, column A (name): is M\ufffdller, with a character that can't be read: save the file in UTF-8"
    )
    assert plan.problems == [text]


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!", "#NV", "#WERT!", "#¡VALOR!", " #N/D "])
def test_errors_of_formulas_are_named_in_every_source(local, tmp_path, error):
    rows = [["name", "description"], ["a", error], ["#42", "#1!"]]
    (tmp_path / "t.csv").write_text("\n".join(map(",".join, rows)))
    table_of(rows, tmp_path)
    for source in (tmp_path / "t.csv", tmp_path / "t.xlsx", pd.DataFrame(rows[1:], columns=rows[0])):
        plan = monite_magic.push("POST", "/tags", source, client=local)
        found = [text.partition(": ")[2] for text in plan.problems]
        assert found == [f"is the error {error.strip()}: correct the formula"]


@pytest.mark.slow
def test_a_hundred_thousand_rows_are_read_in_bounded_memory(tmp_path):
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet()
    page.append(SUPPLIER[:2])
    for number in range(100_000):
        page.append(supplier(number)[:2])
    book.save(tmp_path / "t.xlsx")
    program = """
import resource
from monite_magic.tables.push.sources import read_source
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
table = read_source("t.xlsx")
print(len(table.rows), table.rows[-1].cells[0], table.rows[-1].number)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    rows, kilobytes = run.stdout.splitlines()
    assert rows == "100000 Supplier 99999 GmbH 100001"
    assert int(kilobytes) < 300_000


def test_a_table_with_too_many_rows_is_refused(monkeypatch, tmp_path):
    from monite_magic.tables.push import sources, workbook

    for module in (sources, workbook):
        monkeypatch.setattr(module, "MAX_ROWS", 10)
    rows = [["name"], *([str(i)] for i in range(20))]
    with pytest.raises(RequestError, match="more than 10 rows"):
        table_of(rows, tmp_path)
    (tmp_path / "t.csv").write_text("\n".join(row[0] for row in rows))
    with pytest.raises(RequestError, match="more than 10 rows"):
        read_source(tmp_path / "t.csv")
    with pytest.raises(RequestError, match="more than 10 rows"):
        read_source(pd.DataFrame({"name": range(20)}))
