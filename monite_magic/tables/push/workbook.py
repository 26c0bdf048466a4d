"""Read untrusted .xlsx files.

The file is a ZIP of XML. Its size is limited before anything is unpacked, and XML with a document type is
refused. Nothing in the file is executed. For formulas, the last computed value is used.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from xml.parsers import expat

from monite_magic.core import RequestError
from monite_magic.tables.frames.backends import need
from monite_magic.tables.push.cells import (
    MAX_CELLS,
    MAX_ROWS,
    BadCell,
    Problem,
    Row,
    Table,
    index_of,
    is_empty,
    letter,
)
from monite_magic.tables.push.number_formats import formatted

if TYPE_CHECKING:
    from pathlib import Path

_MAX_UNPACKED: Final = 400_000_000  # bytes; 100,000 rows with 20 columns have about 100 MB
_MAX_PARTS: Final = 2_000
_MAX_RATIO: Final = 200
_RATIO_MATTERS_ABOVE: Final = 20_000_000
_PIECE: Final = 1 << 16
_MAX_NAMED: Final = 8
_HEADING_WITHIN: Final = 10  # maximum rows above the headings
_MAX_COLUMNS: Final = 1_000
_EXACT_BELOW: Final = 10**15  # significant digits of a number in a spreadsheet
_REFERENCE: Final = re.compile(r"([A-Z]{1,3})(\d{1,7})")


class Area(NamedTuple):
    """A range of cells: first and last row (1-based), first and last column (0-based)."""

    top: int
    bottom: int
    left: int
    right: int


@dataclass
class _Layout:
    """The layout of a sheet, from its XML."""

    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[Area] = field(default_factory=list)
    formulas: int = 0
    uncomputed: set[tuple[int, int]] = field(default_factory=set)


def read_workbook(path: Path, sheet: str | None = None, header_row: int | None = None) -> Table:
    """Read a sheet of an .xlsx file.

    Args:
        path: The file.
        sheet: The sheet's name. By default, the only visible one.
        header_row: The row with the headings. By default, it is detected.

    Raises:
        RequestError: It isn't an .xlsx file, has macros or is too large, or the sheet doesn't exist.
    """
    openpyxl = need("openpyxl", "excel")
    _check_archive(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about extensions that don't matter here
            book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # noqa: BLE001 - openpyxl raises what it meets in a broken file
        raise _unreadable(path, error) from None
    try:
        chosen = _sheet(book, path, sheet)
        layout = _layout(path, chosen._worksheet_path)  # noqa: SLF001 - no public name tells it
        return _read(path, book, chosen, layout, header_row)
    except RequestError:
        raise
    except Exception as error:  # noqa: BLE001 - as above
        raise _unreadable(path, error) from None
    finally:
        book.close()


def sheet_names(path: Path) -> list[str]:
    """Return the names of the sheets of a workbook."""
    openpyxl = need("openpyxl", "excel")
    _check_archive(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, keep_links=False)
    except Exception as error:  # noqa: BLE001 - openpyxl raises what it meets in a broken file
        raise _unreadable(path, error) from None
    try:
        return list(book.sheetnames)
    finally:
        book.close()


def _unreadable(path: Path, error: Exception) -> RequestError:
    return RequestError(
        f"{path.name} can't be read as an .xlsx file: {type(error).__name__}.",
        hint="Open it in your spreadsheet program and save it again as .xlsx.",
    )


def _check_archive(path: Path) -> None:
    """Refuse a file that isn't a plain workbook of a reasonable size."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            _check_size(path, parts)
            if any(part.filename.lower().endswith("vbaproject.bin") for part in parts):
                raise RequestError(
                    f"{path.name} contains macros.", hint="Save it as .xlsx without macros, then push that."
                )
            if any(part.flag_bits & 1 for part in parts):
                raise RequestError(f"{path.name} is encrypted.", hint="Save it without a password.")
            for part in parts:
                if not part.is_dir():  # any part can be a sheet, because the file chooses the names
                    _check_no_doctype(path, archive, part)
    except zipfile.BadZipFile:
        problem = RequestError(
            f"{path.name} is not an .xlsx file: it may have a password, or be an old .xls file.",
            hint="Save it as .xlsx without a password.",
        )
    except (OSError, EOFError, NotImplementedError, RuntimeError) as error:
        problem = _unreadable(path, error)
    else:
        return
    raise problem


def _check_size(path: Path, parts: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(part.file_size for part in parts)
    packed = max(1, sum(part.compress_size for part in parts))
    is_bomb = unpacked > _RATIO_MATTERS_ABOVE and unpacked / packed > _MAX_RATIO
    if unpacked > _MAX_UNPACKED or len(parts) > _MAX_PARTS or is_bomb:
        raise RequestError(
            f"{path.name} is too large: it unpacks to {unpacked:,} bytes in {len(parts):,} parts.",
            hint="Copy the rows into a new workbook, or save them as .csv.",
        )


def _check_no_doctype(path: Path, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Refuse a part with a document type before its first element, however far down."""
    seen: list[bool] = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda *_: seen.append(True)
    parser.StartElementHandler = lambda *_: seen.append(False)
    with archive.open(part) as stream:
        try:
            while not seen and (piece := stream.read(_PIECE)):
                parser.Parse(piece, False)
            if not seen:  # expat may defer processing
                parser.Parse(b"", True)
        except expat.ExpatError as error:
            if not seen and part.filename.lower().endswith((".xml", ".rels")):
                raise _unreadable(path, error) from None
    if seen[:1] == [True]:
        raise RequestError(
            f"{path.name} contains XML with a document type, which no spreadsheet program writes.",
            hint="Copy the rows into a new workbook.",
        )


def _sheet(book: Any, path: Path, name: str | None) -> Any:
    names = list(book.sheetnames)
    if name is not None:
        if name not in names:
            raise RequestError(f"{path.name} has no sheet {name!r}.", hint=f"It has: {', '.join(names)}.")
        chosen = book[name]
    else:
        visible = [each for each in book.worksheets if each.sheet_state == "visible"]
        named = [each for each in visible if each.title.lower() not in {"about", "monite", "notes"}]
        if len(named) != 1:
            raise RequestError(
                f"{path.name} has {len(named)} sheets.",
                hint=f"Choose one with --sheet NAME: {', '.join(names)}.",
            )
        chosen = named[0]
    if not hasattr(chosen, "iter_rows") or not hasattr(chosen, "_worksheet_path"):
        raise RequestError(f"The sheet {chosen.title!r} is a chart.", hint="Choose another sheet.")
    return chosen


def _layout(path: Path, part: str) -> _Layout:
    """Read what openpyxl doesn't return in row-by-row mode: hidden rows, merged cells, formulas."""
    layout = _Layout()
    cell: list[Any] = [None, False, False]  # reference, has a formula, has a value
    in_value = [False]

    def start(tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "c":  # a formula with an empty text as its result has the type of a text, and no value
            cell[:] = [attributes.get("r", ""), False, attributes.get("t") == "str"]
        elif tag == "f":
            cell[1] = True
        elif tag in {"v", "is"}:
            in_value[0] = True
        elif tag == "row" and attributes.get("hidden") in {"1", "true"}:
            layout.hidden_rows.add(int(attributes.get("r", "0")))
        elif tag == "col" and attributes.get("hidden") in {"1", "true"}:
            first, last = int(attributes["min"]), min(int(attributes["max"]), _MAX_COLUMNS)
            layout.hidden_columns.update(range(first - 1, last))
        elif tag == "mergeCell":
            layout.merged.append(_area(attributes.get("ref", "")))

    def text(data: str) -> None:
        if in_value[0] and data.strip():
            cell[2] = True

    def end(tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag in {"v", "is"}:
            in_value[0] = False
        elif tag == "c" and cell[1]:
            layout.formulas += 1
            found = _REFERENCE.fullmatch(cell[0])
            if found and not cell[2]:
                layout.uncomputed.add((int(found[2]), index_of(found[1])))

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text
    with zipfile.ZipFile(path) as archive, archive.open(part.lstrip("/")) as stream:
        while piece := stream.read(_PIECE):
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    return layout


def _area(text: str) -> Area:
    first, _, last = text.partition(":")
    corners = [_REFERENCE.fullmatch(each) for each in (first, last or first)]
    if not all(corners):
        return Area(0, 0, 0, 0)
    (top, left), (bottom, right) = ((int(c[2]), index_of(c[1])) for c in corners if c)
    return Area(top, bottom, left, right)


def _read(path: Path, book: Any, sheet: Any, layout: _Layout, header_row: int | None) -> Table:
    sheet.reset_dimensions()  # the stated size can be wrong
    name = path.name if len(book.sheetnames) == 1 else f"{path.name}, sheet {sheet.title}"
    raw: list[Row] = []
    cells = 0
    for number, row in enumerate(sheet.iter_rows(max_col=_MAX_COLUMNS), 1):
        values = [_value(cell) for cell in row]
        while values and is_empty(values[-1]):
            values.pop()
        if not values:
            continue
        raw.append(Row(number, tuple(values)))
        cells += len(values)
        if len(raw) > MAX_ROWS or cells > MAX_CELLS:
            raise RequestError(
                f"{name} has more than {MAX_ROWS:,} rows or {MAX_CELLS:,} cells.",
                hint="Split it into several files.",
            )
    table = shaped(name, raw, header_row, path=path)
    header = raw[0].number if not table.rows else table.rows[0].number - 1
    _note_layout(table, layout, header)
    return table


def _value(cell: Any) -> Any:
    """Convert a cell to Python: numbers exactly as displayed, and errors as `BadCell`."""
    value, kind = cell.value, cell.data_type
    if value is None:
        return None
    if kind == "e":
        return BadCell(f"is the error {value}: correct the formula")
    if isinstance(value, bool | str):
        return value
    if isinstance(value, datetime | date):
        # Not all programs distinguish dates before March 1900 from numbers.
        return value
    if isinstance(value, time) or not isinstance(value, int | float):
        return BadCell(f"is the time {value}, without a date")
    return number(value, cell.number_format or "General")


def number(value: float, form: str = "General") -> Any:
    """Return a spreadsheet's number as an exact decimal of at most 15 digits, its precision."""
    if value != value or value in {float("inf"), float("-inf")}:
        return BadCell("is not a number")
    exact = Decimal(value) if isinstance(value, int) else Decimal(f"{value:.15g}")
    if abs(exact) >= _EXACT_BELOW:
        return BadCell(
            f"is the number {value:g}, but spreadsheets keep only 15 digits of a number: "
            "format the cell as text and enter it again"
        )
    return formatted(exact, form)


def shaped(name: str, raw: list[Row], header_row: int | None, *, path: Path | None) -> Table:
    """Make a table from raw rows, including the headings and rows above them.

    Args:
        name: The table's name.
        raw: The rows that aren't empty.
        header_row: The number of the row with the headings. By default, it is detected.
        path: The file.

    Raises:
        RequestError: The table is empty, or doesn't have the row.
    """
    if not raw:
        raise RequestError(f"{name} is empty.", hint="Its first row holds the headings.")
    at = _heading_row(raw, header_row, name)
    heads = raw[at]
    body = raw[at + 1 :]
    width = max([len(heads.cells), *(len(row.cells) for row in body)])
    notes, problems = [], []
    if at:
        notes.append(f"The headings are in row {heads.number}. Rows above them are ignored.")
    headings = []
    for index in range(width):
        value = heads.cells[index] if index < len(heads.cells) else None
        text = "" if is_empty(value) or isinstance(value, BadCell) else " ".join(str(value).split())
        headings.append(text)
    rows = [Row(row.number, (*row.cells, *[None] * (width - len(row.cells)))) for row in body]
    used = [
        index for index in range(width) if headings[index] or any(not is_empty(r.cells[index]) for r in rows)
    ]
    for index in used:
        if not headings[index]:
            headings[index] = f"(no heading in {letter(index)})"
            problems.append(
                Problem("has values but no heading: add a heading, or clear the column", None, index)
            )
    return Table(name, headings, rows, path, letters=True, notes=notes, problems=problems)


def _heading_row(raw: list[Row], header_row: int | None, name: str) -> int:
    if header_row is not None:
        for at, row in enumerate(raw):
            if row.number == header_row:
                return at
        raise RequestError(
            f"Row {header_row} of {name} is empty.", hint="Choose another row with --header-row."
        )
    for at, row in enumerate(raw[:_HEADING_WITHIN]):
        if sum(isinstance(value, str) and not is_empty(value) for value in row.cells) >= 2:
            return at
    return 0


def _note_layout(table: Table, layout: _Layout, header: int) -> None:
    used = {row.number for row in table.rows}
    for row in sorted(layout.hidden_rows & used):
        table.problems.append(Problem("is hidden: unhide it, or delete it if you don't need it", row))
    columns = sorted(c for c in layout.hidden_columns if c < len(table.headings) and table.headings[c])
    if columns:
        names = ", ".join(table.column_name(column) for column in columns[:_MAX_NAMED])
        table.notes.append(f"Hidden columns are read too: {names}.")
    for area in layout.merged:
        first = max(area.top, header + 1)
        for row in range(first, min(area.bottom, first + MAX_ROWS) + 1):
            if row in used and area.bottom > header:
                place = f"{letter(area.left)}{area.top}:{letter(area.right)}{area.bottom}"
                table.problems.append(
                    Problem(f"is merged ({place}): unmerge the cells, and fill in each", row, area.left)
                )
    if layout.formulas:
        table.notes.append(f"{layout.formulas:,} cells are formulas. Their last computed values are used.")
    for row, column in sorted(layout.uncomputed):
        if row in used and column < len(table.headings):
            text = "is a formula without a computed value: open the file in a spreadsheet program and save it"
            table.problems.append(Problem(text, row, column))
