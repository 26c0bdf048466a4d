from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monite_magic import catalogue
from monite_magic.catalogue import currencies

CURRENCIES = catalogue.load().schemas["CurrencyEnum"]["enum"]

# ISO 4217, list one: all currencies of the API that do not have two decimals.
NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
NOT_TWO = {**dict.fromkeys(NO_DECIMALS.split(), 0), **dict.fromkeys(THREE_DECIMALS.split(), 3)}


@pytest.mark.parametrize("currency", CURRENCIES)
def test_exponents_are_those_of_iso_4217(currency):
    assert currencies.exponent(currency) == NOT_TWO.get(currency, 2)


def test_every_exception_is_a_currency_of_the_api():
    assert set(NOT_TWO) <= set(CURRENCIES)
    assert len(CURRENCIES) == 145


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (11900, "EUR", "119.00 EUR"),
        (5, "EUR", "0.05 EUR"),
        (0, "EUR", "0.00 EUR"),
        (-5, "EUR", "-0.05 EUR"),
        (-123456789, "JPY", "-123,456,789 JPY"),
        (1, "KWD", "0.001 KWD"),
        (1234567, "BHD", "1,234.567 BHD"),
        (9007199254740991, "USD", "90,071,992,547,409.91 USD"),
        (1, "CLF", "0.0001 CLF"),
        (100, "eur", "1.00 eur"),
    ],
)
def test_format(amount, currency, shown):
    assert currencies.format_minor(amount, currency) == shown


@given(st.integers(), st.sampled_from(CURRENCIES))
def test_nothing_is_lost(amount, currency):
    shown = currencies.format_minor(amount, currency)
    number, code = shown.replace(",", "").split(" ")
    assert code == currency
    assert int(number.replace(".", "")) == amount
    assert len(number.partition(".")[2]) == currencies.exponent(currency)
    assert currencies.to_major(amount, currency) == Decimal(number)
