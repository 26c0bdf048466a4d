"""Plausible values for fields, by name, format and limits. Drafts use them.

They are invented. No company, address or account is real.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from monite_magic.catalogue.text_values import range_problem, string_problem
from monite_magic.catalogue.units import KEYWORD
from monite_magic.core.secret_fields import is_secret_field

if TYPE_CHECKING:
    from monite_magic.catalogue.model import Schema

#: A placeholder for an unknown ID. No object has it.
EXAMPLE_ID = "00000000-0000-4000-8000-000000000000"

_PREFERRED = ("EUR", "DE", "en", "payable", "invoice", "organization", "de_vat")

_TEXTS = {
    "name": "Example",
    "legal_name": "Example GmbH",
    "first_name": "Ada",
    "last_name": "Example",
    "full_name": "Ada Example",
    "city": "Berlin",
    "postal_code": "10115",
    "line1": "Example Street 1",
    "line2": "2nd floor",
    "state": "Berlin",
    "phone": "+493000000000",
    "tax_id": "DE000000000",
    "iban": "DE00000000000000000000",
    "bic": "EXAMDEFFXXX",
    "account_number": "00000000",
    "routing_number": "000000000",
    "sort_code": "000000",
    "document_id": "INV-0001",
    "subject_text": "Invoice INV-0001",
    "body_text": "Please find the invoice attached.",
    "subject": "Invoice INV-0001",
    "body": "Please find the invoice attached.",
    "description": "An example",
    "mcc": "5734",
    "ssn_last_4": "0000",
    "object_type": "payable",
    "color": "#336699",
}
# A notebook must not contain secrets, so drafts refer to a variable.
_BY_FORMAT = {
    "email": "ada@example.com",
    "uri": "https://example.com/",
    "hostname": "example.com",
    "ipvanyaddress": "192.0.2.1",
    "color": "#336699",
    "binary": "example.pdf",
    "uuid": EXAMPLE_ID,
}
_NUMBERS = {"quantity": 1, "number_of_days": 30, "priority": 0, "start_year": 2026, "end_year": 2027}
_TRUE = frozenset({"is_customer", "is_default", "is_external"})
_AMOUNT = 11900
_RATE = 1900
_DUE_DAYS = 30


def sample(name: str, schema: Schema) -> Any:
    """Return a plausible value for a plain schema that is not an object or a list."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return next((value for value in _PREFERRED if value in schema["enum"]), schema["enum"][0])
    if schema.get("default") is not None:
        return schema["default"]
    kind = schema.get("type")
    if kind == "string":
        return _text(name, schema)
    if kind in ("integer", "number"):
        return _number(name, schema)
    return {"boolean": name in _TRUE, "null": None}.get(str(kind), {})


def _text(name: str, schema: Schema) -> str:
    form = schema.get("format")
    if form in ("date", "date-time"):
        moment = datetime.now(UTC) + timedelta(
            days=_DUE_DAYS if name.startswith(("due", "end", "expir")) else 0
        )
        return f"{moment:%Y-%m-%d}" if form == "date" else f"{moment:%Y-%m-%dT00:00:00Z}"
    text = _BY_FORMAT.get(str(form)) or _TEXTS.get(name) or _from_name(name)
    if string_problem(schema, text) is None:
        return text
    least, most = schema.get("minLength", 1), schema.get("maxLength", 255)
    fitted = "".join(filter(str.isalnum, text)).ljust(least, "0")[:most]
    return fitted if string_problem(schema, fitted) is None else text


def _from_name(name: str) -> str:
    if is_secret_field(name):
        return f"{{{{ {name} }}}}"
    return EXAMPLE_ID if name.endswith("_id") else name.replace("_", " ")


def _number(name: str, schema: Schema) -> float:
    values = {"money": _AMOUNT, "by type": _AMOUNT, "rate": _RATE}
    value = values.get(schema.get(KEYWORD, ""), _NUMBERS.get(name, 1))
    if range_problem(schema, value) is None:
        return value
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    most = schema.get("maximum", least)
    return int(min(max(value, least), most))
