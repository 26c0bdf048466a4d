"""What a number in the API means: money in minor units, or a rate in percent × 100.

The API writes both as integers (its documentation on currencies and on VAT rates; OpenAPI 2024-05-25 gives
rates a maximum of 10000). The document does not mark them otherwise, so they are known by name and limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from monite_magic.catalogue.model import Schema

Unit = Literal["money", "rate"]

WHOLE_RATE = 10_000  # 100 % in percent × 100

WORDS: dict[Unit, str] = {"money": "minor units: 11900 is 119.00", "rate": "percent × 100: 1900 is 19 %"}

_MONEY = frozenset({"amount", "price", "unit_price", "old_price", "price_diff", "subtotal", "total", "value"})
_RATES = frozenset({"tax", "tax_rate_value", "vat_rate", "withholding_tax_rate"})
_RATES_BY_LIMIT = frozenset({"discount", "value"})


def unit_of(name: str, schema: Schema) -> Unit | None:
    """Return the unit of a field, or None if it is neither money nor a rate.

    Args:
        name: The field's or query parameter's name; operators such as `__gte` do not matter.
        schema: Its plain schema.
    """
    kind = schema.get("type")
    if kind not in ("integer", "number"):
        return None
    name = name.partition("__")[0]
    if name in _RATES or (name in _RATES_BY_LIMIT and schema.get("maximum") == WHOLE_RATE):
        return "rate"
    if kind == "integer" and (name in _MONEY or name.endswith(("_amount", "_subtotal", "amount_paid"))):
        return "money"
    return None


def hint_for(unit: Unit, value: object) -> str:
    """Return how a value that is not written in a unit was probably meant, in a sentence.

    Args:
        unit: `money` or `rate`.
        value: What was written, a number or a text of one.
    """
    if unit == "rate":
        return "Rates are whole numbers in percent × 100: 19 % is 1900."
    try:
        minor = round(float(str(value)) * 100)
    except (ValueError, OverflowError):
        return "Amounts are whole numbers in minor units: 119.00 EUR is 11900."
    return f"Amounts are whole numbers in minor units: {value} EUR is {minor}."
