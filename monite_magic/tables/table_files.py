"""Save tables as Excel, CSV or Parquet files.

    save_tables("books.xlsx", {"payables": df, "aging": report})    # one sheet per table
    save_tables("payables.csv", {"payables": df})

In Excel files, dates are dates, times are in UTC, and amounts are numbers with their currency's decimals.
Text is always stored as text. CSV has no types, and spreadsheet programs treat text that starts with `=`,
`+`, `-` or `@` as a formula, so such text is prefixed with an apostrophe.
"""

from __future__ import annotations

import csv
import io
import math
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from monite_magic.catalogue.currencies import exponent, is_currency, to_major
from monite_magic.core import RequestError, one_line, write_private
from monite_magic.tables.frames import Columns
from monite_magic.tables.frames.backends import need, to_arrow
from monite_magic.tables.frames.values import Type, as_json

if TYPE_CHECKING:
    from monite_magic.tables.frames.columns import Column

#: The suffixes of table files.
SUFFIXES: Final = (".xlsx", ".csv", ".parquet")
_MAX_ROWS: Final = 1_048_575  # of a sheet, without the header row
_MAX_COLUMNS: Final = 16_384
_MAX_TEXT: Final = 32_767
_MAX_DIGITS: Final = 15  # significant digits of a number in Excel
_SURE_DECIMALS: Final = 3
_NOISE: Final = Decimal("1e-9")  # sums of floats differ less from the exact sum
_SURE: Final = 10 ** (_MAX_DIGITS - _SURE_DECIMALS)
_MAX_NAME: Final = 31
_WIDEST: Final = 40
_MEASURED: Final = 50  # rows that determine a column's width
_NOT_IN_NAMES: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FORMULA: Final = tuple("=+-@\t\r\n＝＋－＠")
_DAY_ZERO: Final = datetime(1899, 12, 30)
_AFTER_LAST_DAY: Final = 2_958_466  # the number after 9999-12-31, to which its last moments are rounded
_FIRST_DAY: Final = date(1900, 3, 1)  # Excel treats 1900 as a leap year, and has no earlier dates


@dataclass(slots=True)
class _Values:
    """A column to write.

    Attributes:
        name: Its heading.
        values: Python values: text, int, float, Decimal, bool, date, datetime in UTC without a zone, or None.
        decimals: For amounts, the decimals of each value's currency, or of all values.
    """

    name: str
    values: Sequence[Any]
    decimals: Sequence[int] | int | None = field(default=None)


def save_tables(path: str | Path, tables: Mapping[str, Any]) -> Path:
    """Write tables to a file that only you can read, and return its path.

    Args:
        path: `….xlsx` with one sheet per table; `….csv` or `….parquet` for a single table. `~` is expanded.
            An existing file is replaced.
        tables: Tables by name: a pandas or polars DataFrame, a pyarrow Table, or `Columns`. The named index
            of a DataFrame becomes columns.

    Raises:
        RequestError: The suffix is unknown, a library is missing, or the tables don't fit the format.
    """
    target = Path(path).expanduser()
    suffix = target.suffix.lower()
    if suffix not in SUFFIXES:
        raise RequestError(f"Tables can't be saved as {target.name}.", hint=f"Choose {', '.join(SUFFIXES)}.")
    if suffix != ".xlsx" and len(tables) != 1:
        hint = "Use .xlsx, which has one sheet per table, or save them separately."
        raise RequestError(f"A {suffix} file can only contain one table, not {len(tables)}.", hint=hint)
    if suffix == ".xlsx":
        content = _excel(tables)
    else:
        (table,) = tables.values()
        content = _csv(_columns_of(table)) if suffix == ".csv" else _parquet(table)
    try:
        write_private(target, content)
    except OSError as error:
        problem = (error.strerror or "access was denied").lower()
        hint = "Close it in other programs, or choose another folder."
        raise RequestError(f"{target} can't be written: {problem}.", hint=hint) from None
    return target


# -- columns of tables --------------------------------------------------------------------------------------


def _columns_of(table: Any) -> list[_Values]:
    if isinstance(table, Columns):
        return [_values_of(column, table.count) for column in table.columns]
    if hasattr(table, "iloc"):
        return _from_pandas(table)
    if hasattr(table, "to_arrow"):
        table = table.to_arrow()
    if hasattr(table, "to_pylist"):
        names = table.column_names
        columns = [_Values(name, list(map(_python, table[name].to_pylist()))) for name in names]
        return _with_decimals(columns, {})
    raise RequestError(f"A {type(table).__name__} is not a table.", hint="Use a DataFrame.")


def _values_of(column: Column, count: int) -> _Values:
    values = column.values or [None] * count
    if column.type is Type.MONEY:
        pairs = list(zip(column.values, column.currencies, strict=False))
        amounts = [None if value is None or not code else to_major(value, code) for value, code in pairs]
        decimals = [exponent(code) if code else 0 for _, code in pairs]
        return _Values(column.name, amounts or values, decimals or None)
    if column.type in {Type.LIST, Type.JSON}:
        return _Values(column.name, [v if isinstance(v, _SCALAR) else as_json(v) for v in values])
    return _Values(column.name, values)


_AMOUNTS: Final = {float, Decimal, type(None)}
_SCALAR: Final = (str, int, float, bool, type(None))


def _from_pandas(frame: Any) -> list[_Values]:
    pd = need("pandas", "pandas")
    units = frame.attrs.get("units", {})
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    found = []
    for number, label in enumerate(frame.columns):
        column = frame.iloc[:, number]
        name = ", ".join(map(str, label)) if isinstance(label, tuple) else str(label)
        if column.dtype.kind == "M" and getattr(column.dtype, "tz", None) is not None:
            column = column.dt.tz_convert("UTC").dt.tz_localize(None)
        is_empty = pd.isna(column)
        pairs = zip(column.tolist(), is_empty.tolist(), strict=True)
        values = [None if empty else _python(value) for value, empty in pairs]
        if column.dtype.kind == "M" and all(v is None or v.time() == v.time().min for v in values):
            values = [None if value is None else value.date() for value in values]
        found.append(_Values(name, values))
    return _with_decimals(found, units)


def _python(value: Any) -> Any:
    if hasattr(value, "to_pydatetime"):
        return value.to_pydatetime(warn=False)
    if hasattr(value, "item") and not isinstance(value, (list, dict)):
        return value.item()
    if isinstance(value, (*_SCALAR, date, Decimal)):
        return value
    return as_json(value) if isinstance(value, (list, dict, tuple)) else str(value)


def _with_decimals(columns: list[_Values], units: Mapping[str, str]) -> list[_Values]:
    """Set the decimals of amounts, by the currency in their row or in the column name."""
    by_name = {column.name: column for column in columns}
    for column in columns:
        named = column.name.rpartition(", ")[2]
        if is_currency(named) and {type(value) for value in column.values} <= _AMOUNTS:
            column.decimals = exponent(named)  # a report has one column per currency
            continue
        is_money = units.get(column.name, "").startswith("major") or any(
            isinstance(value, Decimal) for value in column.values
        )
        beside = f"{column.name.rpartition('.')[0]}.currency".lstrip(".")
        currencies = by_name.get(beside) or by_name.get("currency")
        if is_money and currencies is not None:
            column.decimals = [exponent(code) if isinstance(code, str) else 2 for code in currencies.values]
    return columns


# -- Excel ---------------------------------------------------------------------------------------------------


def _excel(tables: Mapping[str, Any]) -> bytes:
    writer = need("xlsxwriter", "excel")
    stream = io.BytesIO()
    cut: list[str] = []
    taken: set[str] = set()
    sheets = {name: _columns_of(table) for name, table in tables.items()}
    for name, columns in sheets.items():
        _check_size(name, columns)
    book = writer.Workbook(stream, {"constant_memory": True})
    cells = _Cells(book, cut)
    for name, columns in sheets.items():
        _write_sheet(book.add_worksheet(_sheet_name(name, taken)), columns, cells)
    book.close()
    if cut:
        texts = f"{len(cut):,} texts are" if len(cut) > 1 else "1 text is"
        warnings.warn(
            f"{texts} truncated to {_MAX_TEXT:,} characters, the limit of an Excel cell; "
            f"the first is in {cut[0]}.",
            stacklevel=3,
        )
    return stream.getvalue()


def _check_size(name: str, columns: list[_Values]) -> None:
    rows = len(columns[0].values) if columns else 0
    if rows > _MAX_ROWS or len(columns) > _MAX_COLUMNS:
        size = f"{rows:,} rows and {len(columns):,} columns"
        hint = "Save it as .parquet or .csv, or filter it first."
        raise RequestError(f"{name} has {size}, which is too large for an Excel sheet.", hint=hint)


def _sheet_name(name: str, taken: set[str]) -> str:
    """Return a valid and unique name for a sheet."""
    plain = _NOT_IN_NAMES.sub("_", name).strip("' ")[:_MAX_NAME].strip("' ") or "Sheet"
    if plain.lower() == "history":  # reserved by Excel
        plain = "history_"
    found, number = plain, 2
    while found.lower() in taken:
        end = f" ({number})"
        found, number = plain[: _MAX_NAME - len(end)] + end, number + 1
    taken.add(found.lower())
    return found


def _write_sheet(sheet: Any, columns: list[_Values], cells: _Cells) -> None:
    sheet.freeze_panes(1, 0)
    for number, column in enumerate(columns):
        longest = max(len(str(value or "")) for value in (column.name, *column.values[:_MEASURED]))
        sheet.set_column(number, number, min(_WIDEST, longest + 2))
        sheet.write_string(0, number, _text(column.name), cells.heading)
    filled = [
        (number, column)
        for number, column in enumerate(columns)
        if any(value is not None for value in column.values)
    ]
    writers = [(number, cells.writer(sheet, column, number)) for number, column in filled]
    for row, values in enumerate(zip(*(column.values for _, column in filled), strict=True)):
        for value, (_, write) in zip(values, writers, strict=True):
            if value is not None:
                write(row, value)


class _Cells:
    """Writes values, and caches the workbook's formats."""

    def __init__(self, book: Any, cut: list[str]) -> None:
        self._formats: dict[str, Any] = {}
        self._book = book
        self._cut = cut
        self.heading = book.add_format({"bold": True, "num_format": "@"})

    def writer(self, sheet: Any, column: _Values, number: int) -> Callable[[int, Any], None]:
        """Return a function that writes a value of a column into a row."""
        decimals, text_format = column.decimals, self._format("@")
        day_format, moment_format = self._format("yyyy-mm-dd"), self._format("yyyy-mm-dd hh:mm:ss")
        plain = self._format("General")
        write_string, write_number = sheet.write_string, sheet.write_number
        forms: dict[int | None, Any] = {None: plain}

        def write_text(row: int, text: str) -> None:
            if len(text) > _MAX_TEXT:
                self._cut.append(one_line(column.name))
                text = text[: _MAX_TEXT - 1] + "…"
            if not text.isprintable():
                text = _text(text)
            if text[:1] in _FORMULA:  # with this format, it stays text when the cell is edited
                write_string(row + 1, number, text, text_format)
            else:
                write_string(row + 1, number, text)

        def write_amount(row: int, value: Any) -> None:
            if not _fits(value):
                write_text(row, f"{value:f}" if type(value) is Decimal else str(value))
                return
            places = decimals if decimals is None or isinstance(decimals, int) else decimals[row]
            form = forms.get(places)
            if form is None:
                form = forms[places] = self._format(f"#,##0.{'0' * (places or 0)}".rstrip("."))
            write_number(row + 1, number, value, form)

        def write(row: int, value: Any) -> None:
            kind = type(value)
            if kind is str:
                write_text(row, value)
            elif kind is bool:
                sheet.write_boolean(row + 1, number, value, plain)
            elif kind is int or kind is float or kind is Decimal:
                write_amount(row, value)
            elif (
                isinstance(value, date) and _day_of(value) >= _FIRST_DAY and _serial(value) < _AFTER_LAST_DAY
            ):
                form = moment_format if isinstance(value, datetime) else day_format
                write_number(row + 1, number, _serial(value), form)
            else:
                write_text(row, value.isoformat(" ") if kind is datetime else str(value))

        kinds = set(map(type, column.values)) - {type(None)}
        if kinds == {str}:
            return write_text
        return write_amount if kinds <= {int, float, Decimal} else write

    def _format(self, form: str) -> Any:
        if form not in self._formats:
            self._formats[form] = self._book.add_format({"num_format": form})
        return self._formats[form]


def _day_of(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _serial(value: date) -> float:
    """Return a date or a UTC time as Excel's serial number of days."""
    if not isinstance(value, datetime):
        return (value - _DAY_ZERO.date()).days
    plain = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    return (plain - _DAY_ZERO) / timedelta(days=1)


def _fits(value: Any) -> bool:
    """Whether Excel keeps all digits of a number."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return -(10**_MAX_DIGITS) < value < 10**_MAX_DIGITS
    # Amounts have at most three decimals, so smaller ones always fit.
    if -_SURE < value < _SURE and value.as_tuple().exponent >= -_SURE_DECIMALS:
        return True
    return len(str(abs(value)).replace(".", "").strip("0")) <= _MAX_DIGITS


def _text(text: str) -> str:
    return text if text.isprintable() else _NOT_IN_XML.sub("\ufffd", text)


# -- CSV and Parquet ----------------------------------------------------------------------------------------


def _csv(columns: list[_Values]) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow([unformula(column.name) for column in columns])
    writer.writerows(zip(*(_written(column) for column in columns), strict=True))
    return stream.getvalue().encode("utf-8", "replace")


def _written(column: _Values) -> Iterable[str]:
    decimals = column.decimals
    for row, value in enumerate(column.values):
        if value is None or (isinstance(value, float) and math.isnan(value)):
            yield ""
        elif isinstance(value, bool):
            yield str(value).lower()
        elif isinstance(value, str):
            yield unformula(value)
        elif isinstance(value, datetime):
            yield (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
        elif decimals is not None and isinstance(value, (int, float, Decimal)):
            yield _amount(value, decimals[row] if isinstance(decimals, Sequence) else decimals)
        else:
            yield f"{value:f}" if isinstance(value, Decimal) else str(value)


def _amount(value: float | Decimal, places: int) -> str:
    """Return a number with these decimals, or with more if it has them. Errors of floats don't count."""
    text = f"{value:.{places}f}"
    if not math.isfinite(value):
        return text
    noise = _NOISE * max(Decimal(1), abs(Decimal(value))) if isinstance(value, float) else 0
    return text if abs(Decimal(text) - Decimal(value)) <= noise else f"{Decimal(str(value)):f}"


def unformula(text: str) -> str:
    """Return a text for a .csv file, with an apostrophe before text that looks like a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _parquet(table: Any) -> bytes:
    library = need("pyarrow.parquet", "parquet")
    stream = io.BytesIO()
    try:
        if isinstance(table, Columns):
            table = to_arrow(table)
        elif hasattr(table, "iloc"):
            table = need("pyarrow", "parquet").Table.from_pandas(table)
        elif hasattr(table, "to_arrow"):
            table = table.to_arrow()
        library.write_table(table, stream, compression="zstd")
    except (ValueError, TypeError, OverflowError, NotImplementedError) as error:
        raise RequestError(
            f"The table can't be saved as .parquet: {one_line(str(error)).rstrip('.')}.",
            hint="Give each column its own name and values of one type, or save it as .xlsx or .csv.",
        ) from None
    return stream.getvalue()
