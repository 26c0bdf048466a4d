"""Amounts of money: integers in minor units, computed exactly and rounded once, half away from zero.

Each amount of a line is rounded when it is computed (quantity x price, or rate x amount). Totals add up
rounded amounts. Whether the API rounds this way is unverified.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from monite_magic.catalogue.currencies import exponent
from monite_magic.simulator.registry import behaviour

behaviour(
    "money",
    "Each amount is rounded once, half away from zero. Totals add up rounded amounts.",
    "unverified",
)

#: Percent x 100: 1900 is 19 %.
WHOLE = 10_000
#: The largest amount: the largest exact integer in every JSON parser, and the OpenAPI document's maximum.
LARGEST = 2**53 - 1


def major(amount: int, currency: str | None) -> float:
    """The amount in major units: 1995 in EUR is 19.95, 1995 in JPY is 1995."""
    return float(amount / 10 ** exponent(currency or ""))


def written(amount: int, currency: str | None) -> str:
    """The amount in major units as text, exactly: 1995 in EUR is `19.95`, in JPY `1995`, in KWD `1.995`."""
    return str(Decimal(amount).scaleb(-exponent(currency or "")))


def rounded(value: Fraction) -> int:
    """Round to the nearest integer, half away from zero."""
    magnitude = (abs(value) * 2 + 1) // 2
    return int(magnitude if value >= 0 else -magnitude)


def exact(number: float | str) -> Fraction:
    """The decimal number as written, without its binary error: 0.1 is one tenth."""
    return Fraction(str(number))


def share(amount: float, rate: float) -> int:
    """Multiply an amount by a rate (percent x 100)."""
    return rounded(exact(amount) * exact(rate) / WHOLE) if rate else 0


def contained(amount: int, rate: float) -> int:
    """Return the tax contained in an amount, at a rate (percent x 100)."""
    return amount - rounded(Fraction(amount) * WHOLE / (WHOLE + exact(rate)))


class LineAmounts(NamedTuple):
    """The amounts of a line."""

    subtotal: int
    tax_amount: int
    total: int


def line_amounts(quantity: float, unit_price: float, tax: float = 0) -> LineAmounts:
    """Compute the amounts of a line, with the tax on top.

    Args:
        quantity: The quantity; can have decimals.
        unit_price: Price of one unit, in minor units.
        tax: Percent x 100.
    """
    subtotal = rounded(exact(quantity) * exact(unit_price))
    tax_amount = share(subtotal, tax)
    return LineAmounts(subtotal, tax_amount, subtotal + tax_amount)
