"""Numbers that are written as text. What separates decimals is decided once for a column."""

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
    """A number as it was written: its digits and separators, and the currency next to it, if any."""

    digits: str
    currency: str = ""
    is_percent: bool = False


def written(text: str) -> Written:
    """Return the number in a text.

    Raises:
        BadValueError: There is none.
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
        raise BadValueError(f"{text!r} was shortened by a spreadsheet: enter the whole number as text")
    if not _NUMBER.fullmatch(rest):
        raise BadValueError(f"{text!r} is not a number")
    return Written(f"-{rest}" if negative else rest, currency, is_percent)


def evidence(digits: str) -> str:
    """Return what the number itself tells of its decimal separator: `,`, `.` or nothing; `?` if it's open.

    1.234,50 and 12,5 tell; 1.234 may be a thousand or one and a bit.
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
    """Return the decimal separator of a column: what separates, two numbers that disagree, and an open one.

    The separator is empty if no number needs one.
    """
    first: dict[str, str] = {}
    for digits in numbers:
        first.setdefault(evidence(digits), digits)
    if "," in first and "." in first:
        return "", (first[","], first["."]), ""
    found = "," if "," in first else "." if "." in first else ""
    return found, None, first.get("?", "")


def parsed(digits: str, separator: str) -> Decimal:
    """Return the number, with its separator known.

    Raises:
        BadValueError: It isn't written in that way.
    """
    thousands = "," if separator == "." else "."
    whole, mark, fraction = digits.partition(separator)
    groups = whole.lstrip("+-").split(thousands)
    wrong = len(groups) > 1 and (len(groups[0]) > _GROUP or any(len(g) != _GROUP for g in groups[1:]))
    if wrong or thousands in fraction or separator in fraction or (mark and not fraction):
        name = "a comma" if separator == "," else "a point"
        raise BadValueError(f"{digits!r} isn't written with {name} before its decimals, as the column is")
    return Decimal(f"{whole.replace(thousands, '')}.{fraction or 0}")
