"""Convert between a box's text and its value: `119.00` in EUR is 11900, `19` percent is 1900."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal

from monite_magic.catalogue import currencies
from monite_magic.catalogue.wording import shown
from monite_magic.cell.form.tree import EMPTY, Reference
from monite_magic.cell.placeholders import sole_reference
from monite_magic.core.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal[
    "text", "integer", "number", "money", "rate", "boolean", "choice", "date", "datetime", "id", "secret",
    "file", "any", "object", "list",
]  # fmt: skip

#: Kinds whose JSON values are strings, so that placeholders are inside quotes.
TEXTUAL: Final = frozenset({"text", "date", "datetime", "id", "secret", "file"})

_DECIMAL: Final = re.compile(r"-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?", re.ASCII)
_WHOLE: Final = re.compile(r"-?\d{1,18}", re.ASCII)
_RATE_DIGITS: Final = 2


def text_of(kind: Kind, value: Any, *, currency: str = "", options: Sequence[Any] = ()) -> str:
    """Return the text for a field's box.

    Args:
        kind: The field's kind.
        value: Its value in the form's tree.
        currency: The currency of money.
        options: The values of a choice.
    """
    text = _plain_text(kind, value, currency)
    if value is EMPTY or isinstance(value, Reference):
        return text
    # Write ambiguous texts as JSON: "null", "12".
    read = value_of(kind, text, currency=currency, options=options)
    return text if read == value and type(read) is type(value) else json.dumps(value, ensure_ascii=False)


def _plain_text(kind: Kind, value: Any, currency: str) -> str:
    if value is EMPTY:
        return ""
    if isinstance(value, Reference):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        if kind == "money":
            return f"{currencies.to_major(value, currency):f}"
        if kind == "rate":
            return f"{Decimal(value).scaleb(-_RATE_DIGITS):f}".rstrip("0").rstrip(".")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def value_of(kind: Kind, text: str, *, currency: str = "", options: Sequence[Any] = ()) -> Any:
    """Return the value of a box's text, or the text itself if it is not of this kind.

    Args:
        kind: The field's kind.
        text: The text in the box. No text is `EMPTY`, `""` is an empty string, `null` is null.
        currency: The currency of money.
        options: The values of a choice.
    """
    bare = text.strip()
    if not bare:
        return EMPTY
    if bare == "null":
        return None
    if bare.startswith('"') and (quoted := _read_text(bare)) is not None:
        return quoted
    if kind not in TEXTUAL:
        reference = sole_reference(bare)
        if reference is not None and kind != "choice":
            return Reference(reference)
    if kind == "money":
        return _scaled(bare, currencies.exponent(currency), text)
    if kind == "rate":
        return _scaled(bare.removesuffix("%").rstrip(), _RATE_DIGITS, text)
    if kind == "boolean":
        return {"true": True, "false": False}.get(bare.lower(), text)
    if kind == "choice":
        return next((option for option in options if shown(option) == bare), text)
    if kind in ("integer", "number") and _WHOLE.fullmatch(bare):
        return int(bare)
    if kind in ("number", "any"):
        return _read_json(bare, text)
    return text


def unit_example(kind: Kind, currency: str = "") -> str:
    """Return an example of a text in major units or percent: `119.00`, in JPY `119`."""
    return "19" if kind == "rate" else f"{119:.{currencies.exponent(currency)}f}"


def unit_problem(kind: Kind, text: str, currency: str = "") -> str:
    """Return why a text is not an amount or a percentage."""
    digits = _RATE_DIGITS if kind == "rate" else currencies.exponent(currency)
    what = "a percentage" if kind == "rate" else f"an amount in {currency}"
    how = f"with at most {counted(digits, 'decimal')} after a point" if digits else "without decimals"
    return f'"{text}" is not {what}. Write it {how}, for instance {unit_example(kind, currency)}.'


def _scaled(bare: str, digits: int, text: str) -> Any:
    """Return a decimal in its smallest units, or the text if it is invalid or too precise."""
    if not _DECIMAL.fullmatch(bare):
        return text
    scaled = Decimal(bare.replace(",", "")).scaleb(digits)
    return int(scaled) if scaled == scaled.to_integral_value() else text


def _read_text(bare: str) -> str | None:
    try:
        read = json.loads(bare)
    except ValueError:
        return None
    return read if isinstance(read, str) else None


def _read_json(bare: str, text: str) -> Any:
    try:
        return json.loads(bare, parse_constant=lambda _: text)
    except (ValueError, RecursionError):
        return text
