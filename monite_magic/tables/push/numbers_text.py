"""Parse numbers written as text. The decimal separator is decided once per column."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from monite_magic.catalogue.currencies import is_currency

if TYPE_CHECKING:
    from collections.abc import Iterable

SEPARATORS: Final = {"comma": ",", "point": "."}
_SIGNS: Final = {
    "€": "EUR", "£": "GBP", "zł": "PLN", "₹": "INR", "₩": "KRW", "₺": "TRY", "₪": "ILS", "US$": "USD",
    "CA$": "CAD", "A$": "AUD", "NZ$": "NZD", "HK$": "HKD", "NT$": "TWD", "R$": "BRL",
}  # fmt: skip
#: Symbols of several currencies.
_SHARED_SIGNS: Final = {
    "$": {
        "ARS", "AUD", "BBD", "BMD", "BND", "BSD", "BZD", "CAD", "CLP", "COP", "DOP", "FJD", "GYD", "HKD",
        "JMD", "KYD", "LRD", "MXN", "NAD", "NZD", "SBD", "SGD", "SRD", "TTD", "TWD", "USD", "UYU", "XCD",
    },
    "¥": {"JPY", "CNY"},
    "kr": {"DKK", "ISK", "NOK", "SEK"},
    "Fr": {"BIF", "CDF", "CHF", "DJF", "GNF", "KMF", "RWF", "XAF", "XOF", "XPF"},
}  # fmt: skip
_SHARED_SIGN_OF: Final = {sign: sign for sign in _SHARED_SIGNS} | {"kr.": "kr", "Fr.": "Fr"}
_CURRENCY_OF: Final = dict(sorted((_SIGNS | _SHARED_SIGN_OF).items(), key=lambda pair: -len(pair[0])))
_CODE_BEFORE: Final = re.compile(r"([A-Za-z]{3})(?=[\s\d+−(-])")
_CODE_AFTER: Final = re.compile(r"(?<=[\s\d)])([A-Za-z]{3})$")
_BLANK: Final = r"[ \u00a0\u2007\u2009\u202f]"
_GROUPED: Final = re.compile(rf"\d{{1,3}}(?:({_BLANK}|['’_])\d{{3}}(?:\1\d{{3}})*)(?=[.,]|$)")
_NO_DECIMALS: Final = re.compile(r"(?<=\d)([.,])\s?[-–—]{1,2}$")  # 5,– is 5,00
_NUMBER: Final = re.compile(r"\d[\d.,]*")
_SHORTENED: Final = re.compile(r"\d+(\.\d+)?[eE][+-]?\d+")
_GROUP: Final = 3
_INDIAN: Final = re.compile(r"[+-]?\d{1,2}(,\d{2})+,\d{3}(\.\d+)?")  # 12,34,567.50 is 1234567.50


class BadValueError(Exception):
    """An invalid value. The text completes a sentence about it."""


class Written(NamedTuple):
    """A number as written: its digits and separators, and its currency, if any: a code or a symbol."""

    digits: str
    currency: str = ""
    is_percent: bool = False


def is_in(stated: str, currency: str) -> bool:
    """Whether a code or symbol next to a number can mean a currency."""
    return stated == currency or currency in _SHARED_SIGNS.get(stated, ())


def stated_currency(text: str) -> str:
    """Return the currency of a symbol or code, or an empty text for any other text."""
    text = text.strip()
    return _CURRENCY_OF.get(text, "") or (text if is_currency(text) else "")


def written(text: str) -> Written:
    """Find the number in a text.

    Raises:
        BadValueError: No number was found, or it has two signs or two currencies.
    """
    rest = _NO_DECIMALS.sub(r"\g<1>00", text.strip())
    signs: list[str] = []
    currency, is_percent = "", False
    while True:
        if rest.startswith("(") and rest.endswith(")"):
            rest, sign = rest[1:-1], "-"
        elif rest[:1] in {"-", "+", "−"}:
            rest, sign = rest[1:], rest[0]
        elif rest[-1:] in {"-", "−"}:
            rest, sign = rest[:-1], "-"
        elif rest.endswith("%") and not is_percent:
            rest, sign, is_percent = rest[:-1], "", True
        else:
            rest, found = _without_currency(rest)
            if not found:
                break
            currency, sign = _same_currency(text, currency, found), ""
        rest = rest.strip()
        signs += sign
    if _SHORTENED.fullmatch(rest):
        raise BadValueError(f"{text!r} was shortened by a spreadsheet: enter all digits as text")
    if grouped := _GROUPED.match(rest):
        rest = grouped[0].replace(grouped[1], "") + rest[grouped.end() :]
    if not _NUMBER.fullmatch(rest) or len(signs) > 1:
        raise BadValueError(f"{text!r} is not a number")
    return Written(f"-{rest}" if signs and signs[0] != "+" else rest, currency, is_percent)


def _without_currency(text: str) -> tuple[str, str]:
    """Return a text without the currency at its start or end, and the currency, if any."""
    for sign, currency in _CURRENCY_OF.items():
        if text.startswith(sign):
            return text[len(sign) :], currency
        if text.endswith(sign):
            return text[: -len(sign)], currency
    if found := _CODE_BEFORE.match(text) or _CODE_AFTER.search(text):
        return text[: found.start()] + text[found.end() :], found[1].upper()
    return text, ""


def _same_currency(text: str, first: str, second: str) -> str:
    """Return the currency of a number with one or two symbols or codes: `$ 5 USD` is in USD."""
    if not first or is_in(first, second):
        return second
    if is_in(second, first):
        return first
    raise BadValueError(f"{text!r} has two currencies")


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
    if separator == "." and _INDIAN.fullmatch(digits):
        return Decimal(digits.replace(thousands, ""))
    whole, mark, fraction = digits.partition(separator)
    groups = whole.lstrip("+-").split(thousands)
    wrong = len(groups) > 1 and (len(groups[0]) > _GROUP or any(len(g) != _GROUP for g in groups[1:]))
    if wrong or thousands in fraction or separator in fraction or (mark and not fraction):
        if evidence(digits) == separator:
            raise BadValueError(f"{digits!r} is not grouped by thousands: write it without {thousands!r}")
        name = "a comma" if separator == "," else "a point"
        raise BadValueError(f"{digits!r} doesn't use {name} as the decimal separator, but the column does")
    return Decimal(f"{whole.replace(thousands, '')}.{fraction or 0}")
