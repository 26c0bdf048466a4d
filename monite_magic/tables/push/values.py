"""Convert cells to API values. The format of a column is decided once, from all its cells, and noted."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from monite_magic.catalogue.formats import has_format
from monite_magic.tables.push.cells import BadCell, Formatted, Percent, is_empty, shown
from monite_magic.tables.push.column_reader import ColumnReader, Forms, Reference
from monite_magic.tables.push.dates import DAY_FIRST, MONTH_FIRST, order_of, parsed_date
from monite_magic.tables.push.names import choice, kind_of, truth
from monite_magic.tables.push.number_columns import amounts_reader, numbers_reader, rates_reader
from monite_magic.tables.push.numbers_text import BadValueError

if TYPE_CHECKING:
    from monite_magic.catalogue.shapes import Shape
    from monite_magic.tables.push.fields import Field

_HUNDRED: Final = Decimal(100)
_BLANKS: Final = re.compile(r"[\s\u00a0\u202f]+")
_HALF_PAIR: Final = re.compile("[\ud800-\udfff]")
_SPLIT: Final = re.compile(r"\s*[,;\n]\s*")


def reader_for(field_: Field, cells: list[Any], forms: Forms) -> ColumnReader:
    """Decide how to read the cells of a column.

    Args:
        field_: The field.
        cells: All cells.
        forms: The user's choices.
    """
    cells = [cell for cell in cells if not is_empty(cell) and not isinstance(cell, BadCell)]
    reader = _reader(field_, cells, forms)
    if not cells:  # no notes about an empty column
        reader.notes.clear()
    return reader


def _reader(field_: Field, cells: list[Any], forms: Forms) -> ColumnReader:
    shape = field_.shape
    if shape.unit in {"money", "by type"}:
        return amounts_reader(cells, forms, shape.unit)
    if shape.unit == "rate":
        return rates_reader(cells, forms)
    types = shape.types - {"null"}
    if "array" in types:
        return _lists(shape)
    if is_reference(field_):
        return _references()
    if types == {"boolean"}:
        return _truths()
    if types and types <= {"integer", "number"}:
        return numbers_reader(cells, forms, whole=types == {"integer"})
    if "object" in types:
        return _objects()
    if "date" in shape.formats:
        return _dates(cells, forms)
    if "date-time" in shape.formats:
        return _moments()
    if shape.enum:
        return _choices(shape)
    return _texts(is_iban=field_.leaf == "iban")


def is_reference(field_: Field) -> bool:
    """Whether a field takes the ID of a row in another list."""
    return field_.leaf.endswith("_id") and ("uuid" in field_.shape.formats or field_.part == "path")


def _dates(cells: list[Any], forms: Forms) -> ColumnReader:
    notes, problems = [], []
    form, disagree, is_open = order_of(cell for cell in cells if isinstance(cell, str))
    if forms.dates is not None:
        form = forms.dates
        notes.append(f"Dates are {form}, {forms.why}.")
    elif disagree is not None:
        problems.append(
            f"has dates in two forms ({disagree[0]} and {disagree[1]}): write them as 2024-05-25, or say "
            f"--dates {DAY_FIRST}|{MONTH_FIRST}"
        )
    elif is_open and not form:
        problems.append(
            f"may have the day or the month first ({is_open}): say --dates {DAY_FIRST}, or "
            f"--dates {MONTH_FIRST}"
        )
    elif form:
        notes.append(f"Dates are {form}.")

    def read(cell: Any) -> str:
        if isinstance(cell, datetime):
            if (cell.hour, cell.minute, cell.second, cell.microsecond) != (0, 0, 0, 0):
                raise BadValueError(f"{cell} has a time of day, but this field takes a date")
            return cell.date().isoformat()
        if isinstance(cell, date):
            return cell.isoformat()
        if isinstance(cell, str):
            return parsed_date(cell, form).isoformat()
        raise BadValueError(f"{shown(cell)} is a number, not a date: format the cell as a date")

    return ColumnReader(read, notes, problems)


def _moments() -> ColumnReader:
    def read(cell: Any) -> str:
        moment = cell
        if isinstance(cell, str):
            try:
                moment = datetime.fromisoformat(cell.strip())
            except ValueError:
                raise BadValueError(
                    f"{cell!r} is not a date and time: write it as 2024-05-25T10:00:00Z"
                ) from None
        if not isinstance(moment, datetime):
            raise BadValueError(f"{shown(cell)} has no time of day: write it as 2024-05-25T10:00:00Z")
        if moment.tzinfo is None:
            reader.count("Without a time zone, so read as UTC")
            moment = moment.replace(tzinfo=UTC)
        return moment.isoformat()

    reader = ColumnReader(read)
    return reader


def _truths() -> ColumnReader:
    def read(cell: Any) -> bool:
        if isinstance(cell, bool):
            return cell
        number = cell.number if isinstance(cell, Formatted) else cell
        if isinstance(number, Decimal) and number in {0, 1}:
            return bool(number)
        if isinstance(cell, str):
            return truth(cell)
        raise BadValueError(f"{shown(cell)} must be yes or no")

    return ColumnReader(read)


def _choices(shape: Shape) -> ColumnReader:
    known: dict[str, str] = {}
    kind = kind_of(shape.enum)

    def read(cell: Any) -> str:
        if not isinstance(cell, str):
            raise BadValueError(f"{shown(cell)} is not one of the choices")
        text = cell.strip()
        if text not in known:
            known[text] = choice(text, shape.enum)
            if kind and known[text] != text:
                reader.notes.append(f"{shown(text)} is {known[text]}.")
        return known[text]

    reader = ColumnReader(read)
    return reader


def _as_text(cell: Any, reader: ColumnReader) -> str:
    if isinstance(cell, str):
        text = cell.strip()
        if _HALF_PAIR.search(text):
            raise BadValueError(f"{shown(cell)} contains half of a character: enter it again")
        if text != cell:
            reader.count("Spaces around text removed")
        return text
    if isinstance(cell, Formatted):
        reader.count("Numbers sent as displayed")
        return cell.text
    if isinstance(cell, Decimal):
        reader.count("Numbers sent as text")
        return str(int(cell)) if cell == cell.to_integral_value() else f"{cell:f}"
    if isinstance(cell, date):
        raise BadValueError(f"{shown(cell)} is a date, but this field takes text: format it as text")
    if isinstance(cell, Percent):
        raise BadValueError(f"{shown(cell)} is a percentage, but this field takes text: format it as text")
    raise BadValueError(f"{shown(cell)} is not text")


def _texts(*, is_iban: bool) -> ColumnReader:
    def read(cell: Any) -> str:
        text = _as_text(cell, reader)
        if not is_iban:
            return text
        return _BLANKS.sub("", text).upper()

    reader = ColumnReader(read)
    return reader


def _references() -> ColumnReader:
    def read(cell: Any) -> Any:
        if isinstance(cell, Percent):
            return Reference(f"{(cell.fraction * _HUNDRED).normalize():f}%")
        text = _as_text(cell, reader)
        return text if has_format(text, "uuid") else Reference(text)

    reader = ColumnReader(read)
    return reader


def _lists(shape: Shape) -> ColumnReader:
    are_ids = "uuid" in shape.items.formats

    def one(item: Any) -> Any:
        if isinstance(item, dict) and isinstance(item.get("id"), str):
            return item["id"]
        if are_ids and isinstance(item, str) and not has_format(item, "uuid"):
            return Reference(item)
        return item

    def read(cell: Any) -> list[Any]:
        text = _as_text(cell, reader)
        if text.startswith("["):
            try:
                items = json.loads(text)
            except ValueError:
                raise BadValueError(f"{shown(cell)} is not a JSON list") from None
        else:
            items = [item for item in _SPLIT.split(text) if item]
            if len(items) > 1:
                reader.count("Several values, separated by commas or semicolons")
        return [one(item) for item in items]

    reader = ColumnReader(read)
    return reader


def _objects() -> ColumnReader:
    def read(cell: Any) -> Any:
        try:
            value = json.loads(cell) if isinstance(cell, str) else cell
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise BadValueError(f"{shown(cell)} is not a JSON object")
        return value

    return ColumnReader(read)
