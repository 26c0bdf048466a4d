"""Amounts in one reporting currency, next to the originals and never instead of them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, NamedTuple

from monite_magic.core import RequestError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd


class Reporting(NamedTuple):
    """A reporting currency.

    Attributes:
        to: The currency.
        rates: What one unit of each currency is in it.
    """

    to: str
    rates: dict[str, Decimal]

    @property
    def label(self) -> str:
        """What converted sums are called, to be told from amounts that are in the currency."""
        return f"all in {self.to}"

    def add(self, numbers: pd.DataFrame, prefix: str = "") -> pd.DataFrame:
        """Return the table with one more column: the sum of its columns, converted.

        Args:
            numbers: Columns are currencies.
            prefix: What the names of the columns to convert have before the currency.
        """
        total = None
        for name in numbers.columns:
            rate = self.rates.get(str(name).removeprefix(prefix))
            if str(name).startswith(prefix) and rate is not None:
                converted = numbers[name] * float(rate)
                total = converted if total is None else total + converted
        if total is None:
            return numbers
        return numbers.assign(**{f"{prefix}{self.label}": total.round(2)})

    def note(self, currencies: Iterable[str]) -> str:
        """Return the sentence on the rates that were used, and the currencies that have none."""
        there = sorted(set(currencies))
        used = [f"1 {code} = {self.rates[code]} {self.to}" for code in there if code in self.rates]
        used = [text for text in used if not text.startswith(f"1 {self.to} ")]
        missing = [code for code in there if code not in self.rates]
        said = f"{self.label[0].upper()}{self.label[1:]} is converted: {', '.join(used)}." if used else ""
        not_in = f"Not included because of a missing rate: {', '.join(missing)}." if missing else ""
        return " ".join(filter(None, [said, not_in]))


def reporting(exchange_rates: Mapping[str, Any] | None, to: str | None) -> Reporting | None:
    """Return the reporting currency that a person asks for, or None.

    Args:
        exchange_rates: What one unit of each currency is in `to`: `{"USD": Decimal("0.92")}`.
        to: The currency.

    Raises:
        RequestError: One is given without the other, or a rate is not a positive number.
    """
    if exchange_rates is None and to is None:
        return None
    if not exchange_rates or not isinstance(to, str):
        hint = "For instance exchange_rates={'USD': Decimal('0.92')}, to='EUR': one USD is 0.92 EUR."
        raise RequestError("exchange_rates= and to= go together.", hint=hint)
    rates = {code: _rate(code, rate) for code, rate in exchange_rates.items()}
    return Reporting(to, {**rates, to: Decimal(1)})


def _rate(code: str, rate: Any) -> Decimal:
    try:
        found = Decimal(str(rate))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found <= 0:
        raise RequestError(f"The exchange rate of {code} is {rate!r}, which is not a positive number.")
    return found
