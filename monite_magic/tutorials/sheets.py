"""The messy sheet of the tutorial "Load your suppliers": forty suppliers, and eight kinds of mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from monite_magic.core import RequestError

_HEADINGS: Final = (
    "Supplier no", "Company name", "Street", "Zip", "City", "Country", "E-mail", "Supplier?", "IBAN",
    "VAT ID", "Buyer",
)  # fmt: skip
_TRADES: Final = ("Mill", "Dairy", "Eggs", "Packaging", "Transport", "Yeast", "Sugar", "Ovens")
_NAMES: Final = ("Ahorn", "Birken", "Eichen", "Linden", "Ulmen")
_PLACES: Final = (
    ("Berlin", "10115", "Germany"),
    ("Wien", "1010", "Austria"),
    ("Zürich", "8001", "Schweiz"),
    ("Leipzig", "04109", "Deutschland"),
    ("Utrecht", "3511", "Netherlands"),
)
_TITLE: Final = "Suppliers, as of today"
#: The rows with mistakes. The headings are in row 3.
WRONG_COUNTRY: Final = 6
NO_CITY: Final = 9
WRONG_MAIL: Final = 13
ERROR_CELL: Final = 17
NEITHER_YES_NOR_NO: Final = 21
MERGED: Final = 26
HIDDEN: Final = 31
TWICE: Final = 44


def messy_suppliers(path: str | Path = "suppliers.xlsx") -> Path:
    """Write the sheet, and return its path.

    Args:
        path: The .xlsx file. An existing file is replaced.

    Raises:
        RequestError: openpyxl isn't installed.
    """
    try:
        import openpyxl
    except ImportError:
        hint = "Install it with: %pip install 'monite-magic[excel]'"
        raise RequestError("This needs openpyxl, which is not installed.", hint=hint) from None
    book = openpyxl.Workbook()
    page = book.active
    page.append([_TITLE])
    page.append([])
    page.append(list(_HEADINGS))
    for number in range(40):
        page.append(_supplier(number))
    _spoil(page)
    target = Path(path)
    book.save(target)
    return target


def _supplier(number: int) -> list[Any]:
    city, postal_code, country = _PLACES[number % len(_PLACES)]
    name = f"{_NAMES[number // len(_TRADES)]} {_TRADES[number % len(_TRADES)]}"
    mail = f"office@{name.lower().replace(' ', '-')}.example"
    street = f"Marktstr. {number + 1}"
    vat_id = f"DE{100_000_000 + number * 1_234_567}"
    no = f"{70_000 + number:07d}"
    return [no, name, street, postal_code, city, country, mail, "yes", _iban(number), vat_id, "Kim"]


def _iban(number: int) -> str:
    """A German IBAN with valid check digits (ISO 13616), at a fictitious bank."""
    account = f"{number * 7919 + 1:018d}"
    return f"DE{98 - int(account + '131400') % 97:02d}{account}"


def _spoil(page: Any) -> None:
    page.cell(WRONG_COUNTRY, 6).value = "Germnay"
    page.cell(NO_CITY, 5).value = None
    page.cell(WRONG_MAIL, 7).value = "office(at)mill.example"
    error = page.cell(ERROR_CELL, 10)
    error.value, error.data_type = "#REF!", "e"
    page.cell(NEITHER_YES_NOR_NO, 8).value = "maybe"
    page.merge_cells(start_row=MERGED, end_row=MERGED + 1, start_column=5, end_column=5)
    page.row_dimensions[HIDDEN].hidden = True
    page.append([cell.value for cell in page[TWICE - 30]])
