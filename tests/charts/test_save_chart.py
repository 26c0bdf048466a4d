"""A report is saved as a picture or as its numbers."""

import pandas as pd
import pytest

from monite_magic import charts
from monite_magic.core.errors import RequestError

openpyxl = pytest.importorskip("openpyxl")
pytest.importorskip("matplotlib")


@pytest.fixture
def chart():
    table = pd.DataFrame(
        {
            "total_amount": [10.5, 4.0],
            "currency": "EUR",
            "status": "new",
            "counterpart.name": ["=1+1", "Mehl"],
        }
    )
    return charts.spend(table)


def test_the_numbers_go_to_excel_and_csv(chart, tmp_path):
    sheet = openpyxl.load_workbook(chart.save(tmp_path / "spend.xlsx")).worksheets[0]
    assert sheet.title == chart.title[:31]
    headings, *rows = sheet.iter_rows()
    assert [cell.value for cell in headings] == ["counterpart", "EUR"]
    assert [[cell.value for cell in row] for row in rows] == [["=1+1", 10.5], ["Mehl", 4]]
    assert {row[0].data_type for row in rows} == {"s"}
    assert chart.save(tmp_path / "spend.csv").read_text().split() == [
        "counterpart,EUR",
        "'=1+1,10.50",
        "Mehl,4.00",
    ]


@pytest.mark.parametrize(
    ("report", "labels"),
    [
        (charts.aging, ["days", "not due", "1–30 days", "31–60 days", "61–90 days", "over 90 days"]),
        (lambda table: charts.aging(table, count_from="issue_date", buckets=(30,)),
         ["days", "0–30 days", "over 30 days"]),
        (charts.aging_by_counterpart, ["currency", "EUR", "EUR"]),
        (charts.days_overdue, ["currency", "EUR", "EUR"]),
        (charts.spend, ["counterpart", "Mehl"]),
        (charts.concentration, ["currency", "EUR"]),
        (lambda table: charts.cash_flow(receivables=table), ["month", "2026-02"]),
    ],
)  # fmt: skip
def test_each_row_of_a_saved_report_has_its_label(report, labels, tmp_path):
    row = {"total_amount": 10.5, "currency": "EUR", "status": "issued", "counterpart_name": "Mehl"}
    table = pd.DataFrame([{**row, "due_date": "2026-02-10", "issue_date": "2026-01-10T00:00:00Z"}])
    sheet = openpyxl.load_workbook(report(table).save(tmp_path / "report.xlsx")).worksheets[0]
    found = [cells[0].value for cells in sheet.iter_rows()]
    assert found[: len(labels)] == labels


def test_the_picture_is_a_png(chart, tmp_path):
    assert chart.save(tmp_path / "spend.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(RequestError, match=r"can't be saved as spend\.svg"):
        chart.save(tmp_path / "spend.svg")
