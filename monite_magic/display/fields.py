"""What a value means, from its name, its neighbours and the catalogue: money, a rate, a date, an id, a label.

Facts: monetary fields are integers in minor units of the currency beside them or around them; rates are
percent times one hundred; dates are ISO 8601 (OpenAPI 2024-05-25, all response schemas).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final

from monite_magic.display import money
from monite_magic.display.shapes import UNKNOWN, Shape
from monite_magic.masking import SECRET_FIELDS, Secret

_MONEY_NAME: Final = re.compile(r"(^|_)(amount|subtotal|total|price|balance|fee|withholding_tax)(_|$)")
_NOT_MONEY_NAME: Final = re.compile(
    r"(_id|_rate|_percentage|_percent|_type|_count|_quantity|_at)$|rate_value$"
)
_RATE_NAMES: Final = frozenset(
    {"tax", "vat_rate", "tax_rate_value", "withholding_tax_rate", "total_tax_rate", "effective_tax_rate"}
)
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_DATETIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

#: Fields by which a person knows an object, the best first.
_LABELS: Final = (
    "document_id", "name", "legal_name", "title", "counterpart_name", "label", "display_name", "subject",
    "email", "login", "iban", "account_number", "value", "code", "type", "id",
)  # fmt: skip
#: Fields that hold the person or the organisation that an object is about (counterparts, entities).
PARTIES: Final = ("organization", "individual")


class Kind(Enum):
    """What a value means."""

    MONEY = "money"
    RATE = "rate"
    DATE = "date"
    DATETIME = "datetime"
    ID = "id"
    URL = "url"
    SECRET = "secret"  # noqa: S105 - a word
    ENUM = "enum"
    PLAIN = "plain"


def kind_of(name: str, value: Any, around: Mapping[str, Any], shape: Shape = UNKNOWN) -> Kind:
    """Return what a value means.

    Args:
        name: The field's name.
        value: Its value.
        around: The object that the field belongs to.
        shape: What the catalogue says of the field.
    """
    if isinstance(value, Secret) or (name in SECRET_FIELDS and value is not None):
        return Kind.SECRET
    if isinstance(value, str):
        return _kind_of_text(name, value, shape)
    if isinstance(value, int) and not isinstance(value, bool):
        return kind_of_integer(name, around, shape)
    return Kind.PLAIN


def kind_of_integer(name: str, around: Mapping[str, Any], shape: Shape = UNKNOWN) -> Kind:
    """Return whether an integer is money, a rate or just a number; arguments as for `kind_of`."""
    if shape.types and "integer" not in shape.types:
        return Kind.PLAIN
    if name == "discount":  # of payment terms a rate, of a payable an amount
        return Kind.RATE if "number_of_days" in around else Kind.MONEY
    if name == "value":  # of a price an amount, of a VAT rate a rate
        return Kind.MONEY if "currency" in around else Kind.RATE if "country" in around else Kind.PLAIN
    if name in _RATE_NAMES or (name == "amount" and around.get("type") == "percentage"):
        return Kind.RATE
    if _MONEY_NAME.search(name) and not _NOT_MONEY_NAME.search(name):
        return Kind.MONEY
    return Kind.PLAIN


def _kind_of_text(name: str, value: str, shape: Shape) -> Kind:
    if len(value) > 40:
        return Kind.URL if value.startswith(("https://", "http://")) else Kind.PLAIN
    if value[:4].isdigit():
        if _DATE.fullmatch(value):
            return Kind.DATE
        if _DATETIME.fullmatch(value):
            return Kind.DATETIME
    if len(value) == 36 and _UUID.fullmatch(value):
        return Kind.ID
    if value.startswith(("https://", "http://")):
        return Kind.URL
    return Kind.ENUM if name == "status" or shape.enum else Kind.PLAIN


def currency_of(around: Any, otherwise: str | None = None) -> str | None:
    """Return the currency that an object's amounts are in, or `otherwise` that of what is around it."""
    code = around.get("currency") if isinstance(around, Mapping) else None
    return code if isinstance(code, str) and _CURRENCY.fullmatch(code) else otherwise


def percent(rate: int) -> str:
    """Return a rate as people read it: 1900 is `19.00 %`."""
    sign, digits = "-" if rate < 0 else "", abs(rate)
    return f"{sign}{digits // 100}.{digits % 100:02d} %"


def moment(value: str) -> datetime | None:
    """Return an ISO 8601 date-time in UTC, or None if there is no such moment."""
    try:
        parsed = datetime.fromisoformat(value)
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def label_of(value: Any) -> str | None:
    """Return what a person would call an object: its number, its name, its price; None if nothing tells."""
    if not isinstance(value, Mapping):
        return None
    amount, currency = value.get("value", value.get("amount")), currency_of(value)
    if currency and isinstance(amount, int) and not isinstance(amount, bool):
        return money.format_minor(amount, currency)
    for party in PARTIES:
        if isinstance(value.get(party), Mapping):
            return label_of(value[party])
    if isinstance(value.get("last_name"), str):
        return f"{value.get('first_name') or ''} {value['last_name']}".strip()
    if isinstance(value.get("city"), str):
        places = (
            value.get("line1"),
            f"{value.get('postal_code') or ''} {value['city']}",
            value.get("country"),
        )
        return ", ".join(str(place).strip() for place in places if place)
    return next((value[name] for name in _LABELS if value.get(name) and isinstance(value[name], str)), None)
