"""Read the source of a push as a `Table`: a DataFrame, an answer, or an .xlsx, .csv or .parquet file."""

from __future__ import annotations

import csv
import io
import itertools
import json
import numbers
import re
from collections import Counter
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from monite_magic.api import Answer
from monite_magic.core import RequestError
from monite_magic.tables.frames.backends import need
from monite_magic.tables.frames.values import EXACT_FLOATS
from monite_magic.tables.push.cells import (
    MAX_CELLS,
    MAX_ROWS,
    BadCell,
    Problem,
    Row,
    Table,
    is_empty,
    letter,
    shown,
)
from monite_magic.tables.push.workbook import read_workbook, shaped

_FILES: Final = ".xlsx, .csv or .parquet"
_MAX_BYTES: Final = 400_000_000
_PIECE_ROWS: Final = 250  # of a .parquet file
_OTHER_FORMS: Final = {
    ".xls": "the old Excel format",
    ".xlsb": "a binary Excel format",
    ".xlsm": "a workbook with macros",
    ".xltm": "a template with macros",
    ".ods": "an OpenDocument sheet",
    ".numbers": "a Numbers sheet",
}
#: The prefix of text that looks like a formula. `.save` writes it to .csv files too.
_MARKED: Final = re.compile("^'(?=[=+@\t\r\n＝＋－＠-])")
_MAX_TELLING: Final = 64 * 1024  # characters of a CSV file for detecting its separator
_TELLING_ROWS: Final = 50
_LOST: Final = "\ufffd"


def read_source(
    source: Any, *, sheet: str | None = None, header_row: int | None = None, name: str = ""
) -> Table:
    """Read the source of a push.

    Args:
        source: A pandas or polars DataFrame, a pyarrow Table, an answer, a list of dicts, or a file path.
        sheet: The sheet of a workbook.
        header_row: The row of a sheet or CSV file with the headings. By default, it is detected.
        name: The name of a table in memory.

    Raises:
        RequestError: The source is none of these, or can't be read.
    """
    if isinstance(source, str | Path):
        table = _read_file(Path(source).expanduser(), sheet, header_row)
    elif sheet is not None or header_row is not None:
        raise RequestError("--sheet and --header-row can only be used with files.", hint="Leave them out.")
    elif isinstance(source, Answer):
        table = _of_objects(name or "the answer", source.raise_for_status().items, api_units=True)
    elif isinstance(source, list):
        table = _of_objects(name or "the list", source, api_units=False)
    else:
        table = _of_frame(source, name or "the DataFrame")
    _check_headings(table)
    return table


def _read_file(path: Path, sheet: str | None, header_row: int | None) -> Table:
    suffix = path.suffix.lower()
    if suffix in _OTHER_FORMS:
        raise RequestError(
            f"{path.name} is {_OTHER_FORMS[suffix]}.", hint=f"Save it as {_FILES}, then push that."
        )
    if suffix not in {".xlsx", ".csv", ".parquet"}:
        raise RequestError(f"{path.name} is not a {_FILES} file.", hint="Or use a DataFrame.")
    try:
        if not path.is_file():
            raise RequestError(
                f"File not found: {path.name}.", hint="Paths are relative to the notebook's folder."
            )
        if path.stat().st_size > _MAX_BYTES:
            raise RequestError(f"{path.name} is too large.", hint="Split it into several files.")
        if suffix == ".xlsx":
            return read_workbook(path, sheet, header_row)
        if suffix == ".csv":
            return _read_csv(path, header_row)
        table = _read_parquet(path)
    except OSError as error:
        problem = f"{path.name} can't be read: {(error.strerror or 'it is damaged').lower()}."
    except ValueError:  # includes pyarrow's errors
        problem = f"{path.name} can't be read: it is damaged."
    else:
        return _of_arrow(table, path.name, path)
    raise RequestError(problem, hint="Check the file.")


def _read_parquet(path: Path) -> Any:
    """Read a file in chunks, because a small file can unpack to more than the memory."""
    parquet, pyarrow = need("pyarrow.parquet", "parquet"), need("pyarrow", "parquet")
    with parquet.ParquetFile(path) as file:
        about = file.metadata
        sizes = [about.row_group(at).total_byte_size for at in range(about.num_row_groups)]
        is_too_large = about.num_rows > MAX_ROWS or about.num_rows * about.num_columns > MAX_CELLS
        pieces, size = [], sum(sizes)
        if not is_too_large and size <= _MAX_BYTES:
            size = 0
            for piece in file.iter_batches(batch_size=_PIECE_ROWS):
                size += piece.nbytes
                if size > _MAX_BYTES:
                    break
                pieces.append(piece)
        if is_too_large or size > _MAX_BYTES:
            raise RequestError(
                f"{path.name} unpacks to more than {MAX_ROWS:,} rows, {MAX_CELLS:,} cells or "
                f"{_MAX_BYTES // 1_000_000} MB.",
                hint="Split it into several files.",
            )
        return pyarrow.Table.from_batches(pieces, schema=file.schema_arrow)


def _read_csv(path: Path, header_row: int | None) -> Table:
    content = path.read_bytes()
    text, notes = _decoded(content, path)
    csv.field_size_limit(1_000_000)
    separator = _separator(text)
    raw: list[Row] = []
    cells = marked = 0
    reader = _csv_rows(text, separator)
    try:
        for number, values in enumerate(reader, 1):
            marked += sum(bool(_MARKED.match(value)) for value in values)
            row = tuple(_csv_cell(value, is_guess=bool(notes)) for value in values)
            if any(not is_empty(value) for value in row):
                raw.append(Row(number, row))
                cells += len(row)
            if len(raw) > MAX_ROWS or cells > MAX_CELLS:
                raise RequestError(
                    f"{path.name} has more than {MAX_ROWS:,} rows or {MAX_CELLS:,} cells.",
                    hint="Split it into several files.",
                )
    except csv.Error as error:
        raise RequestError(
            f"{path.name}, line {reader.line_num}, isn't CSV: {error}.", hint="Check its quotes."
        ) from None
    table = shaped(path.name, raw, header_row, path=path)
    names = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
    if marked:
        notes.append(f"Removed apostrophes before text that looks like a formula: {marked:,}.")
    table.notes[:0] = [*notes, f"Columns are separated by {names[separator]}."]
    return table


def _decoded(content: bytes, path: Path) -> tuple[str, list[str]]:
    notes = []
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text, notes = content.decode("utf-16", "replace"), ["The file is in UTF-16."]
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", "replace")
            notes = ["The file is not UTF-8, so it was read as Windows-1252: check accented letters."]
    if "\0" in text:
        raise RequestError(f"{path.name} is not a text file.", hint="Save it as CSV in UTF-8.")
    return text, notes


def _csv_rows(text: str, separator: str) -> Any:
    """Return a reader of rows. Only CR and LF end a row, not the other line breaks of Unicode."""
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)


def _csv_cell(text: str, *, is_guess: bool) -> str | BadCell | None:
    """Return a cell without the mark before a formula. A wrong guess of the encoding can lose characters."""
    plain = _MARKED.sub("", text)
    if is_guess and _LOST in plain:
        return BadCell(f"is {shown(plain)}, with a character that can't be read: save the file in UTF-8")
    return plain or None


def _separator(text: str) -> str:
    """Return the column separator: the one with the same number of columns in most of the first rows.

    A title above the headings can contain other separators.
    """
    scores = {each: _score(text[:_MAX_TELLING], each) for each in (";", "\t", ",", "|")}
    best = max(scores, key=lambda each: scores[each])
    return best if scores[best] > (0, 0) else ","


def _score(sample: str, separator: str) -> tuple[int, int]:
    """Return how many rows have the most frequent number of columns above one, and that number."""
    widths: Counter[int] = Counter()
    try:
        for row in itertools.islice(_csv_rows(sample, separator), _TELLING_ROWS):
            widths[len(row)] += 1
    except csv.Error:  # the last row of the sample can end in quotes
        pass
    count, width = max(((count, width) for width, count in widths.items() if width > 1), default=(0, 0))
    return count, width


def _of_frame(source: Any, name: str) -> Table:
    kind = type(source).__module__.partition(".")[0]
    if kind == "pandas" and hasattr(source, "columns"):
        headings = [str(column) for column in source.columns]
        columns = [source.iloc[:, at].tolist() for at in range(len(headings))]
    elif kind == "polars" and hasattr(source, "columns"):
        headings = list(source.columns)
        columns = [source[column].to_list() for column in headings]
    elif kind == "pyarrow" and hasattr(source, "column_names"):
        return _of_arrow(source, name, None)
    else:
        raise RequestError(
            f"A {type(source).__name__} can't be pushed.",
            hint=f"Push a pandas or polars DataFrame, an answer, or a {_FILES} file.",
        )
    return _of_columns(name, headings, columns)


def _of_arrow(source: Any, name: str, path: Path | None) -> Table:
    headings = list(source.column_names)
    columns = [source.column(at).to_pylist() for at in range(len(headings))]
    return _of_columns(name, headings, columns, path)


def _of_columns(name: str, headings: list[str], columns: list[list[Any]], path: Path | None = None) -> Table:
    count = len(columns[0]) if columns else 0
    if count > MAX_ROWS or count * len(columns) > MAX_CELLS:
        raise RequestError(f"{name} has more than {MAX_ROWS:,} rows.", hint="Push it in parts.")
    rows = []
    for number, cells in enumerate(zip(*columns, strict=True)):
        values = tuple(map(_plain, cells))
        if any(not is_empty(value) for value in values):
            rows.append(Row(number, values))
    return Table(name, headings, rows, path)


def _of_objects(name: str, items: list[Any], *, api_units: bool) -> Table:
    """Convert JSON objects to a table, with dots for nested objects."""
    flat = [_flat(item, name) for item in items]
    headings = list(dict.fromkeys(key for item in flat for key in item))
    rows = [
        Row(number, tuple(_plain(item.get(heading)) for heading in headings))
        for number, item in enumerate(flat)
    ]
    return Table(name, headings, rows, api_units=api_units)


def _flat(item: Any, name: str, prefix: str = "") -> dict[str, Any]:
    if not isinstance(item, dict):
        raise RequestError(f"{name} has rows that are not objects.", hint="Push a list of objects.")
    flat: dict[str, Any] = {}
    for key, value in item.items():
        if isinstance(value, dict) and value:
            flat.update(_flat(value, name, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _plain(value: Any) -> Any:
    """Convert a DataFrame value to Python. Floats become the decimals that they display."""
    if value is None or isinstance(value, str | bool | Decimal | BadCell):
        return value
    if is_empty(value):
        return None
    if isinstance(value, datetime | date):
        return value
    if isinstance(value, time):
        return BadCell(f"is the time {value}, without a date")
    if isinstance(value, numbers.Integral):
        return Decimal(int(value))
    if isinstance(value, numbers.Real):
        number = float(value)
        if number in {float("inf"), float("-inf")}:
            return BadCell("is infinite")
        if abs(number) >= EXACT_FLOATS:
            return BadCell(f"is the number {number:g}, too large to be exact: convert the column to text")
        # More than 15 digits are rounding errors.
        return Decimal(int(number)) if number.is_integer() else Decimal(f"{number:.15g}")
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    if hasattr(value, "item"):  # a numpy scalar
        return _plain(value.item())
    if hasattr(value, "tolist"):  # a numpy array
        return json.dumps(value.tolist(), ensure_ascii=False, default=str)
    return BadCell(f"is a {type(value).__name__}, which can't be sent")


def _check_headings(table: Table) -> None:
    counts = Counter(heading.casefold() for heading in table.headings if heading)
    for index, heading in enumerate(table.headings):
        if counts[heading.casefold()] > 1:
            name = f"column {letter(index)}" if table.letters else heading
            text = f'has the same heading as another column: rename one, or leave it out with --map "{name}="'
            table.problems.append(Problem(text, None, index))
    if not table.rows:
        raise RequestError(f"{table.name} has no rows.", hint="Its first row holds the headings.")
