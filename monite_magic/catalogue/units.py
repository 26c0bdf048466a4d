"""The unit of a number: money in minor units, or a rate in percent × 100.

The document's descriptions state the unit. `distil` reads them with `documented_unit` and stores the result
in the schema as the keyword `x-unit`. If a description doesn't state it, add the field to `_BY_NAME` or
`_BY_FIELD` here and distil the documents again. All code that shows, checks or converts a number calls
`unit_of`.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, Literal

from monite_magic.catalogue.currencies import exponent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.catalogue.model import Schema

Unit = Literal["money", "rate"]
#: `by type` is money next to `"type": "amount"`, and a rate next to `"type": "percentage"`.
DocumentedUnit = Literal["money", "rate", "by type"]

#: The schema keyword with the `DocumentedUnit`.
KEYWORD: Final = "x-unit"

WORDS: Final[dict[DocumentedUnit, str]] = {
    "money": "minor units: 11900 is 119.00",
    "rate": "percent × 100: 1900 is 19 %",
    "by type": "minor units if type is amount, percent × 100 if it is percentage",
}

_EXAMPLE: Final = 119  # an amount in major units
_TOO_LARGE: Final = 10**15

_LINK: Final = re.compile(r"\[([^]]*)\]\([^)]*\)")
_BY_TYPE: Final = re.compile(r"minor units if type field equals amount, else in percent minor units")
_IS_RATE: Final = re.compile(
    r"percent minor units|percent multiplied by a 100|means \d+(\.\d+)?\s?%"
    r"|(percentage|\brate\b).* in minor units",
    re.DOTALL,
)
_IS_MONEY: Final = re.compile(r"minor (currency )?units|smallest currency unit|\bcents\b")
_IN_MAJOR_UNITS: Final = "without minor units"

#: Units by field name, for fields whose description doesn't state the unit. Reviewed against the documents of
#: all versions.
_BY_NAME: Final[Mapping[str, Unit]] = {
    **dict.fromkeys(
        (
            "amount",
            "amount_due",
            "amount_paid",
            "amount_to_pay",
            "application_fee_amount",
            "current_balance",
            "discounted_subtotal",
            "old_price",
            "overpaid_amount",
            "price",
            "price_diff",
            "subtotal",
            "sum_total_amount",
            "tax_amount",
            "total",
            "total_amount",
            "total_excl_vat",
            "total_incl_vat",
            "unit_price",
        ),
        "money",
    ),
    **dict.fromkeys(("tax", "tax_rate_value", "vat_rate", "withholding_tax_rate"), "rate"),
}
#: Units by component and field, for ambiguous names.
_BY_FIELD: Final[Mapping[tuple[str, str], Unit]] = {
    ("Price", "value"): "money",
    ("Price2", "value"): "money",
    ("SuggestedPaymentTerm", "discount"): "rate",
}
_UNIT_OF_TYPE: Final[Mapping[str, Unit]] = {"amount": "money", "percentage": "rate"}


def documented_unit(
    name: str, schema: Schema, described: str = "", component: str = ""
) -> DocumentedUnit | None:
    """Return the unit of a number in an OpenAPI document, or None if it is neither money nor a rate.

    A number that can have decimals is never money in minor units, but can be a rate.

    Args:
        name: The name of the field or query parameter. Operators such as `__gte` are ignored.
        schema: Its schema.
        described: Its description, if not in the schema.
        component: The name of the field's component.
    """
    kinds = _kinds(schema)
    if not kinds & {"integer", "number"}:
        return None
    text = _LINK.sub(r"\1", described or schema.get("description") or "").lower()
    name = name.partition("__")[0]
    if _IN_MAJOR_UNITS in text:
        return None
    if _BY_TYPE.search(text):
        return "by type"
    if _IS_RATE.search(text):
        return "rate"
    if "integer" not in kinds:
        return None
    if _IS_MONEY.search(text):
        return "money"
    return _BY_FIELD.get((component, name)) or _BY_NAME.get(name)


#: The unit of each metric of the analytics. The field `metric_value` doesn't state it.
_METRICS: Final[Mapping[str, Unit | None]] = {
    "id": None,
    "total_amount": "money",
    "product_amount": "money",
    "product_quantity": None,
}


def unit_of_metric(metric: str | None, aggregation: str | None) -> Unit | None:
    """Return the unit of `metric_value` in an answer of the analytics.

    Args:
        metric: The requested metric, for instance `total_amount`.
        aggregation: The aggregation, for instance `summary`. A `count` is a number of documents.
    """
    return None if aggregation == "count" else _METRICS.get(metric or "")


def unit_of(schema: Schema, around: Mapping[str, Any]) -> Unit | None:
    """Return the unit of a number, or None."""
    return resolved_unit(schema.get(KEYWORD), around)


def resolved_unit(documented: DocumentedUnit | None, around: Mapping[str, Any]) -> Unit | None:
    """Return the unit. For `by type`, the `type` of the object around the number decides."""
    if documented != "by type":
        return documented
    kind = around.get("type")
    return _UNIT_OF_TYPE.get(kind) if isinstance(kind, str) else None


def guessed_unit(name: str, around: Mapping[str, Any]) -> DocumentedUnit | None:
    """Guess the unit of an integer that is not in the catalogue, by its name."""
    if name == "discount":  # an amount in a payable, a rate in a payment term
        return "money" if "currency" in around else "rate"
    if name == "value":  # an amount in a price, a rate in a VAT rate
        return "money" if "currency" in around else "rate" if "country" in around else None
    kind = around.get("type")
    if name == "amount" and isinstance(kind, str) and kind in _UNIT_OF_TYPE:
        return "by type"
    return _BY_NAME.get(name) or ("money" if name.endswith(("_amount", "_price")) else None)


def hint_for(unit: Unit, value: object, currency: str = "") -> str:
    """Return a sentence that shows how to write a value in its unit.

    Args:
        unit: The unit.
        value: The value as written. If it is not an amount in the currency, another example is shown.
        currency: The currency of an amount, if it is known.
    """
    if unit == "rate":
        return "Rates are whole numbers in percent × 100: 19 % is 1900."
    currency = currency or "EUR"
    decimals = exponent(currency)
    written, minor = str(value), _in_minor_units(str(value), decimals)
    if minor is None:
        written, minor = f"{_EXAMPLE:.{decimals}f}", _EXAMPLE * 10**decimals
    return f"Amounts are whole numbers in minor units: {written} {currency} is {minor}."


def _in_minor_units(text: str, decimals: int) -> int | None:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    if not amount.is_finite() or abs(amount) >= _TOO_LARGE:
        return None
    minor = amount.scaleb(decimals)
    return int(minor) if minor == minor.to_integral_value() else None


def _kinds(schema: Any) -> set[str]:
    """Return the types that a schema and its alternatives allow."""
    if not isinstance(schema, dict):
        return set()
    kind = schema.get("type", [])
    kinds = {kind} if isinstance(kind, str) else set(kind)
    for word in ("anyOf", "oneOf", "allOf"):
        kinds.update(*(_kinds(part) for part in schema.get(word, ())))
    return kinds
