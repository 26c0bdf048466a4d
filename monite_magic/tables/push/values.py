"""Convert cells to API values. The format of a column is decided once, from all its cells, and noted."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monite_magic.catalogue.currencies import exponent
from monite_magic.catalogue.formats import has_format
from monite_magic.catalogue.text_values import EU_VAT_COUNTRIES
from monite_magic.tables.push.cells import BadCell, Percent, is_empty, shown
from monite_magic.tables.push.dates import DAY_FIRST, MONTH_FIRST, order_of, parsed_date
from monite_magic.tables.push.names import choice, kind_of, truth
from monite_magic.tables.push.numbers_text import SEPARATORS, BadValueError, parsed, separator_of, written

if TYPE_CHECKING:
    from collections.abc import Callable

    from monite_magic.catalogue.shapes import Shape
    from monite_magic.tables.push.fields import Field

_PERCENT_OF: Final = {"percent": Decimal(100), "fraction": Decimal(10_000), "api": Decimal(1)}
_HUNDRED: Final = Decimal(100)
_BLANKS: Final = re.compile(r"[\s\u00a0\u202f]+")
_HALF_PAIR: Final = re.compile("[\ud800-\udfff]")
_SPLIT: Final = re.compile(r"\s*[,;\n]\s*")
_VAT_ID: Final = re.compile(r"[A-Z]{2}(?=.*\d{2})[A-Z0-9+*]{2,12}")


@dataclass(frozen=True, slots=True)
class Forms:
    """How to read ambiguous columns.

    Attributes:
        dates: `day-first` or `month-first`.
        decimal: `comma` or `point`.
        percent: The format of rates without a percent sign: `percent` (19), `fraction` (0.19) or `api`
            (1900).
        api_units: Whether amounts and rates are in the API's units.
        why: The reason, for notes.
    """

    dates: str | None = None
    decimal: str | None = None
    percent: str | None = None
    api_units: bool = False
    why: str = "as you asked"


class Amount(NamedTuple):
    """An amount in major units, and its currency, if written next to it."""

    major: Decimal
    currency: str = ""


class Reference(NamedTuple):
    """The name of a row in another list."""

    name: str


@dataclass
class ColumnReader:
    """Reads the cells of a column.

    Attributes:
        read: Converts a cell to an API value, an `Amount` or a `Reference`, or raises `BadValueError`.
        notes: The decisions.
        problems: Decisions for the user. Each text completes a sentence about the column.
        counts: The number of cells by remark.
    """

    read: Callable[[Any], Any]
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def value(self, cell: Any) -> Any:
        """Convert a cell that isn't empty.

        Raises:
            BadValueError: The cell can't be used.
        """
        if isinstance(cell, BadCell):
            raise BadValueError(cell.reason)
        return self.read(cell)

    def count(self, remark: str) -> None:
        """Count a cell for a remark."""
        self.counts[remark] = self.counts.get(remark, 0) + 1


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
        return _amounts(cells, forms, shape.unit)
    if shape.unit == "rate":
        return _rates(cells, forms)
    types = shape.types - {"null"}
    if "array" in types:
        return _lists(shape)
    if is_reference(field_):
        return _references()
    if types == {"boolean"}:
        return _truths()
    if types and types <= {"integer", "number"}:
        return _numbers(cells, forms, whole=types == {"integer"})
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


def minor_units(amount: Amount, currency: str) -> int:
    """Convert an amount to minor units of a currency, exactly.

    Raises:
        BadValueError: It has more decimals than the currency, or another currency.
    """
    if amount.currency and amount.currency != currency:
        raise BadValueError(f"is in {amount.currency}, but the row is in {currency}")
    places = exponent(currency)
    minor = amount.major.scaleb(places)
    if minor != minor.to_integral_value():
        has = "no decimals" if places == 0 else f"{places} decimals"
        raise BadValueError(f"{amount.major:f} has more decimals than {currency}, which has {has}")
    return int(minor)


def rate_units(percent: Decimal) -> int:
    """Convert a percentage to the API's unit, percent × 100.

    Raises:
        BadValueError: It has more than two decimals.
    """
    counted = percent * _HUNDRED
    if counted != counted.to_integral_value():
        raise BadValueError(f"{percent:f} % has more than two decimals")
    return int(counted)


# -- numbers ------------------------------------------------------------------------------------------------


@dataclass
class _Decimals:
    """Reads numbers. Numbers in text have the column's separator."""

    separator: str

    def read(self, cell: Any) -> tuple[Decimal, str, bool]:
        """Return the number, its currency, and whether it has a percent sign."""
        if isinstance(cell, Percent):
            return cell.fraction * _HUNDRED, "", True
        if isinstance(cell, Decimal):
            return cell, "", False
        if isinstance(cell, str):
            found = written(cell)
            return parsed(found.digits, self.separator), found.currency, found.is_percent
        if isinstance(cell, date):
            raise BadValueError(f"{shown(cell)} is a date, not a number: format the cell as a number")
        raise BadValueError(f"{shown(cell)} is not a number")


def _decimals(cells: list[Any], forms: Forms) -> tuple[_Decimals, list[str], list[str]]:
    """Return a reader of numbers, decisions, and open questions."""
    numbers = []
    for cell in cells:
        if isinstance(cell, str):
            try:
                numbers.append(written(cell).digits)
            except BadValueError:
                continue  # reported with its cell
    if forms.decimal is not None:
        notes = [f"The decimal separator is a {forms.decimal}, {forms.why}."] if numbers else []
        return _Decimals(SEPARATORS[forms.decimal]), notes, []
    found, disagree, is_open = separator_of(numbers)
    if disagree is not None:
        text = f"has both {disagree[0]} and {disagree[1]}: use one format, or add --decimal comma|point"
        return _Decimals("."), [], [text]
    if is_open and not found:
        text = f"may mean thousands or decimals ({is_open}): add --decimal comma or --decimal point"
        return _Decimals("."), [], [text]
    notes = [f"The decimal separator is a {'comma' if found == ',' else 'point'}."] if found else []
    return _Decimals(found or "."), notes, []


def _numbers(cells: list[Any], forms: Forms, *, whole: bool) -> ColumnReader:
    decimals, notes, problems = _decimals(cells, forms)

    def read(cell: Any) -> int | float:
        value, currency, is_percent = decimals.read(cell)
        if currency or is_percent:
            raise BadValueError(f"{shown(cell)} is not a plain number")
        if value == value.to_integral_value():
            return int(value)
        if whole:
            raise BadValueError(f"{value:f} is not a whole number")
        return float(value)

    return ColumnReader(read, notes, problems)


def _amounts(cells: list[Any], forms: Forms, unit: str) -> ColumnReader:
    decimals, notes, problems = _decimals(cells, forms)

    def read(cell: Any) -> Any:
        value, currency, is_percent = decimals.read(cell)
        if is_percent and unit == "money":
            raise BadValueError(f"{shown(cell)} is a percentage, not an amount")
        if forms.api_units:
            if value != value.to_integral_value():
                raise BadValueError(f"{value:f} is not in minor units")
            return int(value)
        return Amount(value, currency)

    if forms.api_units:
        return ColumnReader(read, ["Amounts are in minor units, as in an answer."], problems)
    return ColumnReader(read, ["Amounts are in major units.", *notes], problems)


def _rates(cells: list[Any], forms: Forms) -> ColumnReader:
    decimals, notes, problems = _decimals(cells, forms)
    if forms.api_units:
        form, note, problem = "api", "Rates are in percent × 100, as in an answer.", ""
    else:
        form, note, problem = _rate_form(cells, decimals, forms)
    notes = [*notes, *filter(None, [note])]
    problems = [*problems, *filter(None, [problem])]

    def read(cell: Any) -> int:
        value, currency, is_percent = decimals.read(cell)
        if currency:
            raise BadValueError(f"{shown(cell)} is an amount, not a rate")
        if is_percent or form == "percent":
            return rate_units(value)
        return rate_units(value * _PERCENT_OF[form] / _HUNDRED)

    return ColumnReader(read, notes, problems)


def _rate_form(cells: list[Any], decimals: _Decimals, forms: Forms) -> tuple[str, str, str]:
    """Return the format of rates without a percent sign, a note, and an open question."""
    plain: list[Decimal] = []
    signs = 0
    for cell in cells:
        try:
            value, _, is_percent = decimals.read(cell)
        except BadValueError:
            continue
        signs += is_percent
        if not is_percent and value:
            plain.append(abs(value))
    if not plain:
        return "percent", "Rates are percentages." if signs else "", ""
    if forms.percent is not None:
        return forms.percent, f"Rates are read as {forms.percent}, {forms.why}.", ""
    top = max(plain).normalize()
    ask = "add --percent percent (19), fraction (0.19) or api (1900)"
    if top < 1:
        if signs:
            return "percent", "", f"has rates with a percent sign, and others below 1 ({top:f}): {ask}"
        return "percent", "", f"can contain fractions or percentages ({top:f}): {ask}"
    if top < _HUNDRED:
        return "percent", f"Rates are percentages: {top:f} is {top:f} %.", ""
    whole = all(value == value.to_integral_value() for value in plain)
    if whole and not signs and min(plain) > _HUNDRED:
        return "api", f"Rates are in percent × 100, as the API has them: {top:f} is {top / 100:f} %.", ""
    return "percent", "", f"can contain percentages or percent × 100 ({top:f}): {ask}"


# -- everything else ----------------------------------------------------------------------------------------


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
        if isinstance(cell, Decimal) and cell in {0, 1}:
            return bool(cell)
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


def iban_is_valid(iban: str) -> bool:
    """Whether the check digits of an IBAN are correct (ISO 13616, modulo 97)."""
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}", iban):
        return False
    return int("".join(str(int(each, 36)) for each in iban[4:] + iban[:4])) % 97 == 1


def country_of_iban(iban: str) -> str:
    """Return the country of an IBAN, or an empty text if its check digits are wrong."""
    return iban[:2] if iban_is_valid(iban) else ""


def country_of_vat_id(vat_id: str) -> str:
    """Return the country of a VAT ID of the European Union, or an empty text for any other."""
    text = re.sub(r"[\s.-]", "", vat_id).upper()
    return EU_VAT_COUNTRIES.get(text[:2], "") if _VAT_ID.fullmatch(text) else ""


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
