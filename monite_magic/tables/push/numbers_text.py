"""Parse numbers written as text. The decimal separator is decided once per column."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

SEPARATORS: Final = {"comma": ",", "point": "."}
_SYMBOLS: Final = {"€": "EUR", "£": "GBP", "zł": "PLN", "₹": "INR", "₩": "KRW", "₺": "TRY", "₪": "ILS"}
_OPEN_SYMBOLS: Final = ("$", "¥", "kr", "Fr.", "Fr")
_BLANKS: Final = re.compile(r"[\s'’_\u00a0\u202f]")
_CODE: Final = re.compile(r"^([A-Za-z]{3})\s*(?=[-+−(\d])|(?<=[\d)])\s*([A-Za-z]{3})$")
_NUMBER: Final = re.compile(r"[-+]?\d[\d.,]*")
_SHORTENED: Final = re.compile(r"\d+(\.\d+)?[eE][+-]?\d+")
_GROUP: Final = 3


class BadValueError(Exception):
    """An invalid value. The text completes a sentence about it."""


class Written(NamedTuple):
    """A number as written: its digits and separators, and its currency, if any."""

    digits: str
    currency: str = ""
    is_percent: bool = False


def written(text: str) -> Written:
    """Find the number in a text.

    Raises:
        BadValueError: No number was found.
    """
    rest, currency, is_percent = text.strip(), "", False
    if rest.endswith("%"):
        rest, is_percent = rest[:-1].strip(), True
    for symbol, code in _SYMBOLS.items():
        if symbol in rest:
            rest, currency = rest.replace(symbol, "", 1).strip(), code
    for symbol in _OPEN_SYMBOLS:
        rest = rest.removeprefix(symbol).removesuffix(symbol).strip()
    if found := _CODE.search(rest):
        currency = (found[1] or found[2]).upper()
        rest = (rest[: found.start()] + rest[found.end() :]).strip()
    negative = rest.startswith("(") and rest.endswith(")")
    rest = rest[1:-1] if negative else rest
    rest = _BLANKS.sub("", rest.replace("−", "-"))
    if rest.endswith("-"):
        rest, negative = rest[:-1], True
    if _SHORTENED.fullmatch(rest):
        raise BadValueError(f"{text!r} was shortened by a spreadsheet: enter all digits as text")
    if not _NUMBER.fullmatch(rest):
        raise BadValueError(f"{text!r} is not a number")
    return Written(f"-{rest}" if negative else rest, currency, is_percent)


def evidence(digits: str) -> str:
    """Return the decimal separator that a number shows: `,`, `.`, an empty text, or `?` if it is ambiguous.

    1.234,50 and 12,5 are clear. 1.234 can be more than a thousand or a little over one.
    """
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        last = max(digits.rfind("."), digits.rfind(","))
        return digits[last]
    if not points and not commas:
        return ""
    mark = "." if points else ","
    if points + commas > 1:
        return "," if mark == "." else "."
    before, _, after = digits.lstrip("+-").partition(mark)
    is_open = len(after) == _GROUP and 1 <= len(before) <= _GROUP and not before.startswith("0")
    return "?" if is_open else mark


def separator_of(numbers: Iterable[str]) -> tuple[str, tuple[str, str] | None, str]:
    """Return a column's decimal separator, two contradicting numbers if any, and an ambiguous one if any.

    The separator is empty if no number needs it.
    """
    first: dict[str, str] = {}
    for digits in numbers:
        first.setdefault(evidence(digits), digits)
    if "," in first and "." in first:
        return "", (first[","], first["."]), ""
    found = "," if "," in first else "." if "." in first else ""
    return found, None, first.get("?", "")


def parsed(digits: str, separator: str) -> Decimal:
    """Parse a number with a known separator.

    Raises:
        BadValueError: It has another format.
    """
    thousands = "," if separator == "." else "."
    whole, mark, fraction = digits.partition(separator)
    groups = whole.lstrip("+-").split(thousands)
    wrong = len(groups) > 1 and (len(groups[0]) > _GROUP or any(len(g) != _GROUP for g in groups[1:]))
    if wrong or thousands in fraction or separator in fraction or (mark and not fraction):
        name = "a comma" if separator == "," else "a point"
        raise BadValueError(f"{digits!r} doesn't use {name} as the decimal separator, but the column does")
    return Decimal(f"{whole.replace(thousands, '')}.{fraction or 0}")
