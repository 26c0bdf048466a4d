"""Convert amounts to a reporting currency, in addition to the original amounts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monite_magic.catalogue.currencies import code_of, exponent
from monite_magic.core import RequestError
from monite_magic.tables.charts.figures import MAX_PANELS
from monite_magic.tables.frames.backends import need

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

_HINT: Final = "For instance exchange_rates={'USD': Decimal('0.92')}, to='EUR': one USD is 0.92 EUR."
_LEAST_DECIMALS: Final = 3  # of rounded sums, for currencies whose decimals are unknown


class Reporting(NamedTuple):
    """A reporting currency.

    Attributes:
        to: The currency.
        rates: The value of one unit of each currency in it.
    """

    to: str
    rates: dict[str, Decimal]

    @property
    def label(self) -> str:
        """The label of converted sums, to distinguish them from amounts in that currency."""
        return f"all in {self.to}"

    def note(self, currencies: Iterable[str]) -> str:
        """Return the sentence about the rates that were used, and currencies without a rate."""
        there = sorted(set(currencies) - {self.label})
        used = [f"1 {code} = {self.rates[code]} {self.to}" for code in there if code in self.rates]
        used = [text for text in used if not text.startswith(f"1 {self.to} ")]
        missing = [code for code in there if code not in self.rates]
        said = f"{self.label[0].upper()}{self.label[1:]} is converted: {', '.join(used)}." if used else ""
        not_in = f"Not included because of a missing rate: {', '.join(missing)}." if missing else ""
        return " ".join(filter(None, [said, not_in]))


def with_converted(rows: pd.DataFrame, money: Reporting | None, *amounts: str) -> pd.DataFrame:
    """Return the rows, followed by converted rows for currencies with a rate.

    Args:
        rows: Amounts with their `currency`.
        money: The reporting currency, or None. Converted rows have its label as `currency`, so that they are
            not added to amounts that are in it.
        amounts: The names of the amount columns.
    """
    if money is None:
        return rows
    rows = rows.assign(currency=rows["currency"].astype(object))  # the type of the label, even without rows
    rates = {code: float(rate) for code, rate in money.rates.items()}
    rate = rows["currency"].map(rates).astype("float64")
    known, rate = rows[rate.notna()], rate[rate.notna()]
    converted = known.assign(currency=money.label, **{name: known[name] * rate for name in amounts})
    both: pd.DataFrame = need("pandas", "pandas").concat([rows, converted])
    return both


def note_of(notes: Iterable[str], currencies: Iterable[str], money: Reporting | None) -> str:
    """Return the note of a report, with a sentence about the exchange rates, if any."""
    return " ".join(filter(None, [*notes, money.note(currencies) if money else ""]))


def decimals(currency: str, money: Reporting | None = None) -> int:
    """Return the decimals of rounded sums in a currency. Converted sums have those of `to`."""
    if money and currency == money.label:
        return exponent(money.to)
    return max(_LEAST_DECIMALS, exponent(currency))


def last(currencies: Iterable[str], money: Reporting | None) -> list[str]:
    """Return the currencies with the reporting currency last, or as the last one in the chart."""
    found = list(currencies)
    if money and money.label in found:
        found.remove(money.label)
        found.insert(MAX_PANELS - 1, money.label)
    return found


def reporting(exchange_rates: Mapping[str, Any] | None, to: str | None) -> Reporting | None:
    """Return the requested reporting currency, or None.

    Args:
        exchange_rates: The value of one unit of each currency in `to`: `{"USD": Decimal("0.92")}`.
        to: The currency.

    Raises:
        RequestError: Only one of them is set, a code is not one, or a rate is not a positive number.
    """
    if exchange_rates is None and to is None:
        return None
    if not exchange_rates or not to:
        raise RequestError("exchange_rates= and to= must be used together.", hint=_HINT)
    if not isinstance(exchange_rates, Mapping):
        raise RequestError(f"Invalid exchange_rates={exchange_rates!r}: they must be a dict.", hint=_HINT)
    for code in (to, *exchange_rates):
        if code_of(code) is None:
            raise RequestError(f"Invalid currency in the exchange rates: {code!r}.", hint=_HINT)
    rates = {code: _rate(code, rate) for code, rate in exchange_rates.items()}
    if rates.get(to, 1) != 1:
        raise RequestError(f"Invalid exchange rate of {to}: one {to} is 1 {to}.", hint=_HINT)
    return Reporting(to, {**rates, to: Decimal(1)})


def _rate(code: str, rate: Any) -> Decimal:
    try:
        found = Decimal(str(rate))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found <= 0 or not 0 < float(found) < math.inf:
        raise RequestError(f"Invalid exchange rate of {code}: {rate!r} is not a positive number.")
    return found
