"""Find the meaning of a value from its name, the object around it and the catalogue.

Amounts use the currency in the same object or in an outer one. `catalogue.units` decides which integers are
amounts or rates. Dates are ISO 8601 (OpenAPI 2024-05-25, all response schemas).
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final, Literal

from monite_magic.catalogue import currencies
from monite_magic.catalogue.formats import UUID
from monite_magic.catalogue.shapes import UNKNOWN, Shape
from monite_magic.catalogue.units import resolved_unit
from monite_magic.core.masking import Secret
from monite_magic.core.secret_fields import is_secret_field

if TYPE_CHECKING:
    from collections.abc import Mapping

_DATE_LENGTH: Final = 10
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_DATETIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")

#: Fields that identify an object for a reader, best first.
_LABELS: Final = (
    "document_id", "name", "legal_name", "title", "counterpart_name", "label", "display_name", "subject",
    "email", "login", "iban", "account_number", "value", "code", "type", "id",
)  # fmt: skip
#: Fields with the person or organisation of a counterpart or entity.
PARTIES: Final = ("organization", "individual")
#: The unit of an amount without a known currency.
MINOR_UNITS: Final = "minor units"


#: The meaning of a value.
Kind = Literal["money", "rate", "date", "datetime", "id", "url", "secret", "enum", "plain"]


def kind_of(name: str, value: Any, around: Mapping[str, Any], shape: Shape = UNKNOWN) -> Kind:
    """Return the meaning of a value.

    Args:
        name: The field's name.
        value: Its value.
        around: The object around the field.
        shape: The field's shape in the catalogue.
    """
    if isinstance(value, str):
        return kind_of_text(name, value, shape)
    if isinstance(value, Secret) or (isinstance(value, int | float) and is_secret_field(name)):
        return "secret"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "plain"
    # In JSON, 11900.0 is an integer. Only some numbers, such as averages, can have fractions of a minor unit.
    if isinstance(value, int) or value.is_integer() or ("number" in shape.types and math.isfinite(value)):
        return kind_of_integer(name, around, shape)
    return "plain"


def kind_of_integer(name: str, around: Mapping[str, Any], shape: Shape = UNKNOWN) -> Kind:
    """Return whether an integer is money, a rate or a plain number; see `kind_of` for the arguments."""
    return resolved_unit(shape.unit_of(name, around), around) or "plain"


def kind_of_text(name: str, value: str, shape: Shape = UNKNOWN) -> Kind:
    """Return the meaning of a text; see `kind_of` for the arguments."""
    if is_secret_field(name):
        return "secret"
    if len(value) > 40:
        return "url" if value.startswith(("https://", "http://")) else "plain"
    if value[:4].isdigit():
        is_date = len(value) == _DATE_LENGTH
        if (_DATE if is_date else _DATETIME).fullmatch(value):
            return "date" if is_date else "datetime"
    if len(value) == 36 and UUID.fullmatch(value):
        return "id"
    if value.startswith(("https://", "http://")):
        return "url"
    return "enum" if name == "status" or shape.enum else "plain"


def currency_of(around: Any, otherwise: str | None = None) -> str | None:
    """Return the currency of an object's amounts, or `otherwise` if it has none."""
    code = around.get("currency") if isinstance(around, dict) else None
    return currencies.code_of(code) or otherwise


def percent(rate: float) -> str:
    """Format a rate: 1900 is `19.00 %`."""
    return f"{currencies.shifted(rate, 2):f} %"


def label_of(value: Any) -> str | None:
    """Return a readable label for an object, such as its number, name or price, or None."""
    if not isinstance(value, dict):
        return None
    amount, currency = value.get("value", value.get("amount")), currency_of(value)
    if currency and isinstance(amount, int) and not isinstance(amount, bool):
        return currencies.format_minor(amount, currency)
    for party in PARTIES:
        if isinstance(value.get(party), dict):
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
