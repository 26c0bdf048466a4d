"""Tables as files: `.save("x.xlsx")`, `.csv`, `.parquet` of answers, pulls and reports."""

import csv
import io
import os
import stat
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pandas as pd
import pytest

from monite_magic import save_tables
from monite_magic.api.answer import ApiError
from monite_magic.core.errors import IncompleteListWarning, RequestError, UnexpectedValuesWarning

openpyxl = pytest.importorskip("openpyxl")
pytest.importorskip("xlsxwriter")
pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

FORMULAS = [
    '=HYPERLINK("https://evil.example", "click")',
    "+49 30 1234567",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "=cmd|' /C calc'!A0",
    "＝1+1",
]


def sheet_of(file, name=None):
    """The cells of a sheet, as a reader that is not ours finds them."""
    book = openpyxl.load_workbook(file)
    sheet = book[name] if name else book.worksheets[0]
    headings, *rows = sheet.iter_rows()
    return {
        heading.value: [row[number] for row in rows] for number, heading in enumerate(headings)
    }, book.sheetnames


def rows_of(file):
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


@pytest.fixture
def bills(answer):
    rows = [
        {"id": "a", "currency": "EUR", "total_amount": 119_050, "due_date": "2024-06-24", "tax": 1900,
         "created_at": "2024-05-25T12:31:07+02:00", "counterpart": {"name": "Mehl & Söhne"},
         "tags": [{"id": "t"}]},
        {"id": "b", "currency": "JPY", "total_amount": -1200, "created_at": "0024-05-25T10:31:07Z"},
        {"id": "c", "currency": "KWD", "total_amount": 9_007_199_254_740_991},
        {"id": "d"},
        *({"id": f"f{at}", "document_id": text} for at, text in enumerate(FORMULAS)),
    ]  # fmt: skip
    return answer({"data": rows, "next_pagination_token": None})


def test_an_excel_file_has_typed_cells(bills, tmp_path):
    file = bills.save(tmp_path / "bills.XLSX")
    columns, names = sheet_of(file)
    assert names == ["payables"]
    amounts = columns["total_amount"]
    assert [cell.value for cell in amounts[:2]] == [1190.5, -1200]
    assert [cell.number_format for cell in amounts[:2]] == ["#,##0.00", "#,##0"]
    assert amounts[2].value == "9007199254740.991"  # more digits than Excel keeps of a number
    assert amounts[3].value is None
    assert columns["due_date"][0].value == datetime(2024, 6, 24)
    assert columns["due_date"][0].number_format == "yyyy-mm-dd"
    assert columns["created_at"][0].value == datetime(2024, 5, 25, 10, 31, 7)
    assert columns["created_at"][1].value.startswith("0024-05-25")  # Excel has no such year
    assert columns["counterpart.name"][0].value == "Mehl & Söhne"
    assert columns["tags"][0].value == '[{"id": "t"}]'
    assert columns["tax"][0].value == 1900
    assert columns["tax_percent"][0].value == 19
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_no_text_becomes_a_formula_in_excel(bills, tmp_path):
    file = bills.save(tmp_path / "bills.xlsx")
    columns, _ = sheet_of(file)
    cells = columns["document_id"][4:]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.number_format for cell in cells} == {"@"}  # it stays text when somebody edits the cell
    # A carriage return is written as _x000D_, which Excel reads as one.
    found = [str(cell.value).replace("_x000D_", "").strip() for cell in cells]
    assert found == [text.strip() for text in FORMULAS]
    with zipfile.ZipFile(file) as archive:
        sheets = b"".join(archive.read(name) for name in archive.namelist() if "sheet" in name)
    assert b"<f>" not in sheets
    assert b"<hyperlink" not in sheets


def test_nor_do_headings_and_names_of_sheets(answer, tmp_path):
    odd = answer({"data": [{"=1+1": "x", "@a": 1, "ctrl\x01": "\x02y"}]}, path="/new", template=None)
    columns, _ = sheet_of(odd.save(tmp_path / "odd.xlsx"))
    assert list(columns) == ["=1+1", "@a", "ctrl\ufffd"]
    assert columns["ctrl\ufffd"][0].value == "\ufffdy"
    headings = next(csv.reader(io.StringIO(odd.save(tmp_path / "odd.csv").read_text("utf-8"))))
    assert headings[:2] == ["'=1+1", "'@a"]
    save_tables(
        tmp_path / "names.xlsx",
        {
            "a/b:c*?[1]" * 5: pd.DataFrame({"x": [1]}),
            "a_b_c___1_" * 5: pd.DataFrame(),
            "History": pd.DataFrame(),
        },
    )
    names = openpyxl.load_workbook(tmp_path / "names.xlsx").sheetnames
    assert len(names) == 3
    assert all(len(name) <= 31 for name in names)


def test_csv_is_exact_and_safe_to_open(bills, tmp_path):
    rows = rows_of(bills.save(tmp_path / "bills.csv"))
    assert [row["total_amount"] for row in rows[:4]] == ["1190.50", "-1200", "9007199254740.991", ""]
    assert rows[0]["due_date"] == "2024-06-24"
    assert rows[0]["created_at"] == "2024-05-25T10:31:07+00:00"
    assert rows[0]["counterpart.name"] == "Mehl & Söhne"
    assert [row["document_id"] for row in rows[4:]] == [f"'{text}" for text in FORMULAS]


def test_parquet_has_exact_types(bills, tmp_path):
    table = parquet.read_table(bills.save(tmp_path / "bills.parquet"))
    assert table.schema.field("total_amount").type == pa.decimal128(19, 3)
    assert table["total_amount"].to_pylist()[:2] == [Decimal("1190.5"), Decimal(-1200)]
    assert table.schema.field("created_at").type == pa.timestamp("us", "UTC")
    assert table["document_id"].to_pylist()[4:] == FORMULAS


def test_an_empty_list_is_a_table_with_headings(no_payables, tmp_path):
    columns, _ = sheet_of(no_payables.save(tmp_path / "none.xlsx"))
    assert "total_amount" in columns
    assert "total_amount" in no_payables.save(tmp_path / "none.csv").read_text()


def test_what_is_missing_or_odd_is_said(answer, tmp_path):
    page = answer({"data": [{"id": "a"}], "next_pagination_token": "more"})
    with pytest.warns(IncompleteListWarning, match="more pages follow"):
        page.save(tmp_path / "page.csv")
    odd = answer({"data": [{"id": "a", "currency": "EUR", "total_amount": "12,50"}]})
    with pytest.warns(UnexpectedValuesWarning, match="1 value of total_amount left empty"):
        odd.save(tmp_path / "odd.csv")
    with pytest.raises(ApiError):
        answer({"error": {"message": "No"}}, status=403).save(tmp_path / "refused.csv")
    assert not (tmp_path / "refused.csv").exists()
    long = answer({"data": [{"id": "a", "description": "x" * 40_000}]})
    with pytest.warns(UserWarning, match="1 text is truncated to 32,767 characters.*description"):
        columns, _ = sheet_of(long.save(tmp_path / "long.xlsx"))
    assert len(columns["description"][0].value) == 32_767


def test_json_is_saved_as_it_came(payables, tmp_path):
    assert payables.save(tmp_path / "x.json").read_bytes() == payables.content


@pytest.mark.parametrize(
    ("name", "message"),
    [("x.ods", "Tables can't be saved as x.ods"), ("none/x.csv", "can't be written: no such file")],
)
def test_what_can_not_be_written_is_said(name, message, tmp_path):
    with pytest.raises(RequestError, match=message):
        save_tables(tmp_path / name, {"a": pd.DataFrame({"x": [1]})})


def test_only_excel_holds_several_tables(tmp_path):
    two = {"a": pd.DataFrame({"x": [1]}), "b": pd.DataFrame({"y": [2]})}
    with pytest.raises(RequestError, match=r"A \.csv file can only contain one table, not 2"):
        save_tables(tmp_path / "x.csv", two)
    _, names = sheet_of(save_tables(tmp_path / "x.xlsx", two))
    assert names == ["a", "b"]
    with pytest.raises(RequestError, match="A int is not a table"):
        save_tables(tmp_path / "x.csv", {"a": 5})


def test_more_rows_than_a_sheet_holds_are_refused(tmp_path):
    with pytest.raises(
        RequestError,
        match=r"payables has 1,048,576 rows and 1 columns, which is too large for an Excel sheet",
    ):
        save_tables(tmp_path / "x.xlsx", {"payables": pd.DataFrame({"x": range(1_048_576)})})
    assert not (tmp_path / "x.xlsx").exists()


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_dataframes_are_saved_with_their_types(kind, payables, tmp_path):
    pytest.importorskip(kind)
    table = payables.df(backend=kind)
    columns, _ = sheet_of(save_tables(tmp_path / "x.xlsx", {"bills": table}))
    assert [cell.value for cell in columns["total_amount"][:2]] == [1190, 119_000]
    assert [cell.number_format for cell in columns["total_amount"][:2]] == ["#,##0.00", "#,##0"]
    assert columns["due_date"][0].value == datetime(2024, 6, 24)
    assert columns["due_date"][0].number_format == "yyyy-mm-dd"
    assert columns["created_at"][0].value == datetime(2024, 5, 25, 10, 31, 7, 123_000)
    rows = rows_of(save_tables(tmp_path / "x.csv", {"bills": table}))
    assert [row["total_amount"] for row in rows[:2]] == ["1190.00", "119000"]
    again = parquet.read_table(save_tables(tmp_path / "x.parquet", {"bills": table}))
    assert again.num_rows == 4


def test_a_report_has_its_labels_and_decimals(tmp_path):
    days = pd.Index(["not due", "=1–30 days"], name="bucket")
    report = pd.DataFrame({"EUR": [10.5, 0], "JPY": [5.0, 7], "paid": [True, False]}, index=days)
    report["day"] = [date(2024, 1, 2), None]
    report["at"] = [datetime(2024, 1, 2, 3, tzinfo=UTC), None]
    columns, names = sheet_of(save_tables(tmp_path / "x.xlsx", {"Open amounts, as of 2024-01-31": report}))
    assert names == ["Open amounts, as of 2024-01-31"]
    assert [cell.value for cell in columns["bucket"]] == ["not due", "=1–30 days"]
    assert columns["bucket"][1].data_type == "s"
    assert [columns[code][0].number_format for code in ("EUR", "JPY")] == ["#,##0.00", "#,##0"]
    assert [cell.value for cell in columns["paid"]] == [True, False]
    assert columns["day"][0].value == datetime(2024, 1, 2)
    assert columns["at"][0].value == datetime(2024, 1, 2, 3)
    rows = rows_of(save_tables(tmp_path / "x.csv", {"a": report}))
    assert [row["bucket"] for row in rows] == ["not due", "'=1–30 days"]
    assert rows[0]["EUR"] == "10.50"


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.9999999Z"])
def test_a_time_that_excel_would_round_beyond_its_last_day_is_text(moment, answer, tmp_path):
    rows = [{"id": "a", "created_at": moment}, {"id": "b", "created_at": "9999-12-31T23:59:59Z"}]
    answer({"data": rows}).save(tmp_path / "a.xlsx")
    page = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    at = [cell.value for cell in page[1]].index("created_at") + 1
    assert page.cell(2, at).value == "9999-12-31 23:59:59.999999+00:00"
    assert page.cell(3, at).value == datetime(9999, 12, 31, 23, 59, 59)


def test_only_amounts_below_a_currency_have_its_decimals(tmp_path):
    columns = {
        "QTY": [3.0, 4.5],
        "ZIP": [10115, 1067],
        "TOP": [1, 2],
        "EUR": [1.5, 2.0],
        "in, JPY": [1.0, 2.0],
    }
    save_tables(tmp_path / "a.csv", {"a": pd.DataFrame(columns)})
    assert (tmp_path / "a.csv").read_text().splitlines()[1] == "3.0,10115,1,1.50,1"
    save_tables(tmp_path / "a.xlsx", {"a": pd.DataFrame(columns)})
    forms = [cell.number_format for cell in openpyxl.load_workbook(tmp_path / "a.xlsx").active[2]]
    assert forms == ["General", "General", "General", "#,##0.00", "#,##0"]


def test_values_of_other_types_are_their_text(tmp_path):
    days = {
        "p": pd.period_range("2024-01", periods=1, freq="M"),
        "i": pd.interval_range(0, 1),
        "u": [UUID(int=1)],
    }
    save_tables(tmp_path / "a.csv", {"a": pd.DataFrame({**days, "o": [{"a": 1}]})})
    row = (tmp_path / "a.csv").read_text().splitlines()[1]
    assert row == '2024-01,"(0, 1]",00000000-0000-0000-0000-000000000001,"{""a"": 1}"'


def test_lists_and_objects_of_every_library_are_json(tmp_path):
    rows = {"list": [["a", "b"]], "object": [{"k": None}]}
    for table in (pd.DataFrame(rows), pa.table(rows), pytest.importorskip("polars").DataFrame(rows)):
        save_tables(tmp_path / "a.csv", {"a": table})
        [row] = csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text()))
        assert row == {"list": '["a", "b"]', "object": '{"k": null}'}


@pytest.mark.parametrize(("amount", "currency", "text"), [
    (0.1 + 0.2, "EUR", "0.30"), (0.0045, "EUR", "0.0045"), (1.5, "JPY", "1.5"), (7.0, "JPY", "7"),
    (Decimal("0.125"), "EUR", "0.125"), (Decimal(7), "KWD", "7.000"), (1e-7, "EUR", "0.0000001"),
    (0.1 + 0.2 - 0.3, "EUR", "0.00"), (float("inf"), "EUR", "inf"), (Decimal("0.1000"), "EUR", "0.10"),
    (Decimal("99999999999999.999"), "EUR", "99999999999999.999"), (5, "EUR", "5.00"),
    (123456789012.34, "EUR", "123456789012.34"), (-2.5, "EUR", "-2.50"),
])  # fmt: skip
def test_no_digit_of_an_amount_is_dropped_from_csv(amount, currency, text, tmp_path):
    table = pd.DataFrame({"price": pd.Series([amount], dtype=object), "currency": [currency]})
    table.attrs["units"] = {"price": "major units of its currency"}
    save_tables(tmp_path / "a.csv", {"a": table})
    assert (tmp_path / "a.csv").read_text().splitlines()[1] == f"{text},{currency}"


@pytest.mark.parametrize("columns", [
    {"a": [10**20, 1]}, {"a": [{"x": 1}, [1]]}, {"a": [1, "x"]}, {"a": [object(), None]},
])  # fmt: skip
def test_what_parquet_can_not_hold_is_said(columns, tmp_path):
    with pytest.raises(RequestError, match=r"can't be saved as \.parquet"):
        save_tables(tmp_path / "a.parquet", {"a": pd.DataFrame(columns)})
    assert not (tmp_path / "a.parquet").exists()
