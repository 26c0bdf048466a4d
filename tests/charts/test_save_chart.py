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


def test_the_picture_is_a_png(chart, tmp_path):
    assert chart.save(tmp_path / "spend.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(RequestError, match=r"can't be saved as spend\.svg"):
        chart.save(tmp_path / "spend.svg")
