"""Money: integer minor units on the wire, exact decimals for people.

The number of decimals of a currency is its exponent in ISO 4217. The default is two; the table below has the
exceptions (ISO 4217 maintenance agency, list one, 2024).
"""

from __future__ import annotations

import re
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_EXPONENTS: Final = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF"), 0),
    **dict.fromkeys(("UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
    "XXX": 0,
}
_CODES: Final = {
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT",
    "BGN", "BHD", "BIF", "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD",
    "CDF", "CHF", "CLF", "CLP", "CNY", "COP", "CRC", "CUP", "CVE", "CZK", "DJF", "DKK", "DOP",
    "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GNF",
    "GTQ", "GYD", "HKD", "HNL", "HRK", "HTG", "HUF", "IDR", "ILS", "INR", "IQD", "IRR", "ISK",
    "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT", "LAK",
    "LBP", "LKR", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU",
    "MUR", "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR",
    "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON", "RSD", "RUB", "RWF", "SAR",
    "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SLL", "SOS", "SRD", "SSP", "STN", "SVC",
    "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX",
    "USD", "UYI", "UYU", "UYW", "UZS", "VES", "VND", "VUV", "WST", "XAF", "XCD", "XOF", "XPF",
    "XXX", "YER", "ZAR", "ZMW", "ZWG",
}  # fmt: skip
#: ISO 4217's code for "no currency involved".
NO_CURRENCY: Final = "XXX"
_CODE: Final = re.compile(r"[A-Z]{3}")
_EXACT: Final = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)


def code_of(value: Any) -> str | None:
    """Return a value if it looks like an ISO 4217 code, or None."""
    return value if isinstance(value, str) and _CODE.fullmatch(value) else None


def currency_at(data: Any, path: Iterable[str | int]) -> str:
    """Return the currency of the innermost object around a value that names one, or an empty text.

    Args:
        data: The data at the root.
        path: The path of the value.
    """
    currency = ""
    for step in path:
        if isinstance(data, dict):
            currency = code_of(data.get("currency")) or currency
        data = data[step]
    return currency


def is_currency(code: str) -> bool:
    """Whether a text is the code of a currency, not just three letters."""
    return code in _CODES


def exponent(currency: str) -> int:
    """Return how many decimals a currency has.

    Args:
        currency: ISO 4217 code, for instance `EUR`. Unknown currencies get two decimals, like most.
    """
    return _EXPONENTS.get(currency.upper(), 2)


def shifted(number: float, decimals: int) -> Decimal:
    """Return a finite number with its decimal point moved to the left, exactly: 1900 by 2 is `19.00`."""
    return _EXACT.scaleb(Decimal(int(number) if number == int(number) else str(number)), -decimals)


def to_major(amount: float, currency: str) -> Decimal:
    """Return an amount in major units, exactly: 11900 EUR is `Decimal("119.00")`."""
    return shifted(amount, exponent(currency))


def format_minor(amount: float, currency: str) -> str:
    """Return an amount as people read it: 11900 EUR is `119.00 EUR`, -123456789 JPY `-123,456,789 JPY`."""
    return f"{to_major(amount, currency):,f} {currency}"
