"""Write tables to .xlsx or .csv files that only this user can read."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monite_magic.core import RequestError, write_private
from monite_magic.tables.frames.backends import need
from monite_magic.tables.push.cells import BadCell, Formatted, Percent, is_empty
from monite_magic.tables.table_files import unformula

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_WIDEST: Final = 48
_LONGEST: Final = 32_000  # characters; a spreadsheet cell can have 32,767
#: Characters that XML can't contain.
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Sheet(NamedTuple):
    """A sheet to write."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Any]]


def result_path(journal: Path, kind: str) -> Path:
    """Return the path next to a journal for the results of its rows, or for the refused rows.

    Args:
        journal: The journal's file.
        kind: `result` or `refused`.
    """
    suffix = ".xlsx" if has_openpyxl() else ".csv"
    return journal.with_name(f"{journal.with_suffix('').name}.{kind}{suffix}")


def has_openpyxl() -> bool:
    """Whether .xlsx files can be written."""
    from importlib.util import find_spec

    return find_spec("openpyxl") is not None


def write_sheets(path: Path, sheets: Sequence[Sheet]) -> None:
    """Write sheets to a file. A .csv file only gets the first.

    Args:
        path: The file. An existing one is replaced.
        sheets: The sheets.

    Raises:
        RequestError: The file can't be written, or has another suffix.
    """
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        content = _workbook(sheets)
    elif suffix == ".csv":
        content = _csv(sheets[0])
    else:
        raise RequestError(f"{path.name} must end with .xlsx or .csv.", hint="Change the suffix.")
    try:
        write_private(path, content)
    except OSError as error:
        problem = (error.strerror or "it failed").lower()
    else:
        return
    raise RequestError(f"{path.name} can't be written: {problem}.", hint="Close it in other programs.")


def _workbook(sheets: Sequence[Sheet]) -> bytes:
    openpyxl = need("openpyxl", "excel")
    from openpyxl.styles import Font

    book = openpyxl.Workbook(write_only=True)
    bold = Font(bold=True)
    for sheet in sheets:
        page = book.create_sheet(sheet.title)
        page.freeze_panes = "A2"
        for index, heading in enumerate(sheet.headings, 1):
            letters = openpyxl.utils.get_column_letter(index)
            longest = max([len(heading), *(len(str(row[index - 1] or "")) for row in sheet.rows[:50])])
            page.column_dimensions[letters].width = min(_WIDEST, longest + 2)
        page.append([_cell(openpyxl, page, heading, bold) for heading in sheet.headings])
        for row in sheet.rows:
            page.append([_cell(openpyxl, page, value) for value in row])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _cell(openpyxl: Any, page: Any, value: Any, font: Any = None) -> Any:
    """Return a cell. Text always stays text."""
    cell = openpyxl.cell.WriteOnlyCell(page)
    if isinstance(value, Percent):
        cell.value, cell.number_format = value.fraction, "0.00%"
    elif isinstance(value, Formatted):
        cell.value, cell.number_format = value.number, value.form
    elif isinstance(value, Decimal | int | float | bool):
        cell.value = value
    elif isinstance(value, datetime):
        cell.value = value.replace(tzinfo=None) if value.tzinfo is None else value.isoformat()
    elif isinstance(value, date):
        cell.value, cell.number_format = value, "yyyy-mm-dd"
    elif not is_empty(value):
        text = f"({value.reason})" if isinstance(value, BadCell) else str(value)
        # Bypass openpyxl, which treats text that starts with = as a formula.
        cell._value, cell.data_type = _ILLEGAL.sub("\ufffd", text)[:_LONGEST], "s"  # noqa: SLF001
        cell.number_format = "@"
    if font is not None:
        cell.font = font
    return cell


def _csv(sheet: Sheet) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow([unformula(heading) for heading in sheet.headings])
    for row in sheet.rows:
        writer.writerow([_text(value) for value in row])
    return stream.getvalue().encode("utf-8-sig", "replace")


def _text(value: Any) -> str:
    if is_empty(value):
        return ""
    if isinstance(value, Percent):
        return f"{value.fraction * 100:f} %"
    if isinstance(value, Formatted):
        return unformula(value.text)
    if isinstance(value, BadCell):
        return f"({value.reason})"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return unformula(value) if isinstance(value, str) else str(value)
