"""Read the numbers, amounts and rates of a column. Its separator and units are decided from all its cells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from monite_magic.catalogue.currencies import exponent
from monite_magic.tables.push.cells import Formatted, Percent, shown
from monite_magic.tables.push.column_reader import Amount, ColumnReader, Forms
from monite_magic.tables.push.numbers_text import (
    SEPARATORS,
    BadValueError,
    is_in,
    parsed,
    separator_of,
    written,
)

_PERCENT_OF: Final = {"percent": Decimal(100), "fraction": Decimal(10_000), "api": Decimal(1)}
_HUNDRED: Final = Decimal(100)


def minor_units(amount: Amount, currency: str) -> int:
    """Convert an amount to minor units of a currency, exactly.

    Raises:
        BadValueError: It has more decimals than the currency, another currency, or a percent sign.
    """
    if amount.is_percent:
        raise BadValueError(f"{amount.major:f} % is a percentage, not an amount")
    if amount.currency and not is_in(amount.currency, currency):
        raise BadValueError(f"is in {amount.currency}, but the row is in {currency}")
    places = exponent(currency)
    minor = amount.major.scaleb(places)
    if minor != minor.to_integral_value():
        has = "no decimals" if places == 0 else f"{places} decimals"
        raise BadValueError(f"{amount.major:f} has more decimals than {currency}, which has {has}")
    return int(minor)


def percentage_units(amount: Amount) -> int:
    """Convert a percentage in a column of amounts and percentages to the API's unit, percent × 100.

    Raises:
        BadValueError: It has a currency, or more than two decimals.
    """
    if amount.currency:
        raise BadValueError(f"is in {amount.currency}, but the row has a percentage")
    return rate_units(amount.major)


def rate_units(percent: Decimal) -> int:
    """Convert a percentage to the API's unit, percent × 100.

    Raises:
        BadValueError: It has more than two decimals.
    """
    counted = percent * _HUNDRED
    if counted != counted.to_integral_value():
        raise BadValueError(f"{percent:f} % has more than two decimals")
    return int(counted)


@dataclass
class _Decimals:
    """Reads numbers. Numbers in text have the column's separator."""

    separator: str

    def read(self, cell: Any) -> tuple[Decimal, str, bool]:
        """Return the number, its currency, and whether it has a percent sign."""
        if isinstance(cell, Percent):
            return cell.fraction * _HUNDRED, "", True
        if isinstance(cell, Formatted):
            return cell.number, cell.currency, False
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


def numbers_reader(cells: list[Any], forms: Forms, *, whole: bool) -> ColumnReader:
    """Read a column of numbers, or of whole numbers."""
    decimals, notes, problems = _decimals(cells, forms)

    def read(cell: Any) -> int | float:
        value, currency, is_percent = decimals.read(cell)
        if is_percent or (currency and not isinstance(cell, Formatted)):  # a format can be for the looks only
            raise BadValueError(f"{shown(cell)} is not a plain number")
        if value == value.to_integral_value():
            return int(value)
        if whole:
            raise BadValueError(f"{value:f} is not a whole number")
        return float(value)

    return ColumnReader(read, notes, problems)


def amounts_reader(cells: list[Any], forms: Forms, unit: str) -> ColumnReader:
    """Read a column of amounts. With the unit `by type`, some can be percentages."""
    decimals, notes, problems = _decimals(cells, forms)

    def read(cell: Any) -> Any:
        value, currency, is_percent = decimals.read(cell)
        if is_percent and unit == "money":
            raise BadValueError(f"{shown(cell)} is a percentage, not an amount")
        if forms.api_units:
            if value != value.to_integral_value():
                raise BadValueError(f"{value:f} is not in minor units")
            return int(value)
        return Amount(value, currency, is_percent)

    if forms.api_units:
        return ColumnReader(read, ["Amounts are in minor units, as in an answer."], problems)
    return ColumnReader(read, ["Amounts are in major units.", *notes], problems)


def rates_reader(cells: list[Any], forms: Forms) -> ColumnReader:
    """Read a column of rates as the API has them: percent × 100."""
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
