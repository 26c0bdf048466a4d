"""What an integer of the API counts: minor units of money, or a rate in percent × 100.

The document says so in its descriptions. `distil` reads them once (`told_unit`) and keeps the answer as the
keyword `x-unit` of the schema. Fields whose descriptions don't tell are listed here by hand. Everything that
shows, checks or converts a number asks `unit_of`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.catalogue.model import Schema

Unit = Literal["money", "rate"]
#: `by type` is money beside `"type": "amount"` and a rate beside `"type": "percentage"`.
ToldUnit = Literal["money", "rate", "by type"]

#: The keyword of a schema that holds its `ToldUnit`.
KEYWORD: Final = "x-unit"

WORDS: Final[dict[ToldUnit, str]] = {
    "money": "minor units: 11900 is 119.00",
    "rate": "percent × 100: 1900 is 19 %",
    "by type": "minor units if type is amount, percent × 100 if it is percentage",
}

_LINK: Final = re.compile(r"\[([^]]*)\]\([^)]*\)")
_BY_TYPE: Final = re.compile(r"minor units if type field equals amount, else in percent minor units")
_IS_RATE: Final = re.compile(
    r"percent minor units|percent multiplied by a 100|means \d+(\.\d+)?\s?%"
    r"|(percentage|\brate\b).* in minor units",
    re.DOTALL,
)
_IS_MONEY: Final = re.compile(r"minor (currency )?units|smallest currency unit|\bcents\b")
_IN_MAJOR_UNITS: Final = "without minor units"

#: Units by field name, where the description says nothing. Reviewed against the documents of all versions.
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
#: Units by component and field, where the name alone means different things.
_BY_FIELD: Final[Mapping[tuple[str, str], Unit]] = {
    ("Price", "value"): "money",
    ("Price2", "value"): "money",
    ("SuggestedPaymentTerm", "discount"): "rate",
}
_UNIT_OF_TYPE: Final[Mapping[str, Unit]] = {"amount": "money", "percentage": "rate"}


def told_unit(name: str, schema: Schema, described: str = "", component: str = "") -> ToldUnit | None:
    """Return what an OpenAPI document says that a number counts, or None if it counts anything else.

    A number that may have decimals is never money in minor units; it may be a rate.

    Args:
        name: The field's or query parameter's name; operators such as `__gte` do not matter.
        schema: Its schema.
        described: Its description, if it is not in the schema.
        component: The name of the component that has the field.
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


#: What a metric of the analytics counts, which the field `metric_value` does not say.
_METRICS: Final[Mapping[str, Unit | None]] = {
    "id": None,
    "total_amount": "money",
    "product_amount": "money",
    "product_quantity": None,
}


def unit_of_metric(metric: str | None, aggregation: str | None) -> Unit | None:
    """Return what `metric_value` counts in an answer of the analytics.

    Args:
        metric: What was asked for, for instance `total_amount`.
        aggregation: How it was aggregated, for instance `summary`; a `count` counts documents.
    """
    return None if aggregation == "count" else _METRICS.get(metric or "")


def unit_of(schema: Schema, around: Mapping[str, Any]) -> Unit | None:
    """Return what a number counts."""
    return settled(schema.get(KEYWORD), around)


def settled(told: ToldUnit | None, around: Mapping[str, Any]) -> Unit | None:
    """Return the unit with the question of `by type` answered by the object around the number."""
    if told != "by type":
        return told
    kind = around.get("type")
    return _UNIT_OF_TYPE.get(kind) if isinstance(kind, str) else None


def guessed_unit(name: str, around: Mapping[str, Any]) -> ToldUnit | None:
    """Return what an integer that the catalogue does not know probably counts, by its name."""
    if name == "discount":  # of a payable an amount, of a payment term a rate
        return "money" if "currency" in around else "rate"
    if name == "value":  # of a price an amount, of a VAT rate a rate
        return "money" if "currency" in around else "rate" if "country" in around else None
    kind = around.get("type")
    if name == "amount" and isinstance(kind, str) and kind in _UNIT_OF_TYPE:
        return "by type"
    return _BY_NAME.get(name) or ("money" if name.endswith(("_amount", "_price")) else None)


def hint_for(unit: Unit, value: object) -> str:
    """Return how a value that is not written in a unit was probably meant, in a sentence."""
    if unit == "rate":
        return "Rates are whole numbers in percent × 100: 19 % is 1900."
    try:
        minor = round(float(str(value)) * 100)
    except (ValueError, OverflowError):
        return "Amounts are whole numbers in minor units: 119.00 EUR is 11900."
    return f"Amounts are whole numbers in minor units: {value} EUR is {minor}."


def _kinds(schema: Any) -> set[str]:
    """The types that a schema allows, those of its alternatives included."""
    if not isinstance(schema, dict):
        return set()
    kind = schema.get("type", [])
    kinds = {kind} if isinstance(kind, str) else set(kind)
    for word in ("anyOf", "oneOf", "allOf"):
        kinds.update(*(_kinds(part) for part in schema.get(word, ())))
    return kinds
