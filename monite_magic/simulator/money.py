"""Sums of money: integers in minor units, computed exactly and rounded once, half away from zero.

The one rule: an amount of a line is rounded when it arises (quantity x price; rate of an amount), and sums
are sums of rounded amounts. That the API rounds so is unverified.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from monite_magic.catalogue.currencies import exponent
from monite_magic.simulator.registry import behaviour

behaviour(
    "money",
    "An amount is rounded once, when it arises, half away from zero; a sum is one of rounded amounts.",
    "unverified",
)

#: Percent x 100: 1900 is 19 %.
WHOLE = 10_000
#: The largest amount: what every JSON reader holds exactly, and the maximum in the OpenAPI document.
LARGEST = 2**53 - 1


def major(amount: int, currency: str | None) -> float:
    """The amount in major units: 1995 in EUR is 19.95, 1995 in JPY is 1995."""
    return float(amount / 10 ** exponent(currency or ""))


def written(amount: int, currency: str | None) -> str:
    """The amount in major units as text, exactly: 1995 in EUR is `19.95`, in JPY `1995`, in KWD `1.995`."""
    return str(Decimal(amount).scaleb(-exponent(currency or "")))


def rounded(value: Fraction) -> int:
    """The nearest integer; a half goes away from zero."""
    magnitude = (abs(value) * 2 + 1) // 2
    return int(magnitude if value >= 0 else -magnitude)


def exact(number: float | str) -> Fraction:
    """The number as it is written, without the error of its binary form: 0.1 is one tenth."""
    return Fraction(str(number))


def share(amount: float, rate: float) -> int:
    """The part of an amount that a rate (percent x 100) makes."""
    return rounded(exact(amount) * exact(rate) / WHOLE) if rate else 0


def contained(amount: int, rate: float) -> int:
    """The part of an amount that is tax already, at a rate (percent x 100)."""
    return amount - rounded(Fraction(amount) * WHOLE / (WHOLE + exact(rate)))


class LineAmounts(NamedTuple):
    """What a line comes to."""

    subtotal: int
    tax_amount: int
    total: int


def line_amounts(quantity: float, unit_price: float, tax: float = 0) -> LineAmounts:
    """What a line comes to, with the tax on top.

    Args:
        quantity: How many; may have decimals.
        unit_price: Minor units for each.
        tax: Percent x 100.
    """
    subtotal = rounded(exact(quantity) * exact(unit_price))
    tax_amount = share(subtotal, tax)
    return LineAmounts(subtotal, tax_amount, subtotal + tax_amount)
