"""How cells become values of the API: exactly, decided once for a column, and never guessed silently."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import monite_magic

EXPONENTS = {"EUR": 2, "JPY": 0, "KWD": 3, "ISK": 0, "BHD": 3, "USD": 2}


def plan_of(client, columns, path="/payables", **options):
    """The plan for columns as they are."""
    frame = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})
    return monite_magic.push("POST", path, frame, client=client, **options)


def values_of(plan, field):
    return [document.data.get(field) for document in plan.plan.documents]


def notes_of(plan):
    return [note for _, note in plan.plan.notes]


@given(st.sampled_from(sorted(EXPONENTS)), st.integers(-(10**11), 10**11))
def test_amounts_become_minor_units_exactly(currency, minor):
    from monite_magic.tables.push.column_reader import Amount
    from monite_magic.tables.push.number_columns import minor_units

    digits = str(abs(minor)).rjust(EXPONENTS[currency] + 1, "0")
    whole = digits[: len(digits) - EXPONENTS[currency]]
    fraction = digits[len(whole) :]
    text = ("-" if minor < 0 else "") + whole + (f".{fraction}" if fraction else "")
    assert minor_units(Amount(Decimal(text)), currency) == minor


@pytest.mark.parametrize(
    ("cells", "minor"),
    [
        ([119.0, 0.1 + 0.2 - 0.2], [11900, 10]),
        (["1.234,50", "12,5", "7"], [123450, 1250, 700]),
        (["1,234.50", "12.5", "1,234"], [123450, 1250, 123400]),
        (["€ 12,50", "12,50 EUR", "EUR 3,00"], [1250, 1250, 300]),
        (["(12.50)", "12.50-", "−3.00"], [-1250, -1250, -300]),
        (["1'234.50", "1 234.50", "1\u00a0234.50"], [123450, 123450, 123450]),
        (["1\u2009234\u2009567,89", "1\u2019234,50"], [123456789, 123450]),
        (["-€5.00", "(€5.00)", "€(5.00)", "+5.00 €"], [-500, -500, -500, 500]),
        (["5,-", "1.000,–", "7,--"], [500, 100000, 700]),
        (
            ["12,34,567.00", "1,00,000", "-10,00,00,000.5", "1,234"],
            [123456700, 10000000, -10000000050, 123400],
        ),
        (["€ 5 EUR", "5 EUR"], [500, 500]),
        ([Decimal("19.99"), np.float64(19.99), np.int64(3)], [1999, 1999, 300]),
    ],
)
def test_amounts_are_read_as_people_write_them(local, cells, minor):
    plan = plan_of(
        local, {"total_amount": cells, "currency": ["EUR"] * len(cells), "number": range(len(cells))}
    )
    assert plan.problems == []
    assert values_of(plan, "total_amount") == minor
    assert "Amounts are in major units." in notes_of(plan)


@pytest.mark.parametrize(
    ("cells", "currency", "says"),
    [
        (["1.234"], "EUR", "may mean thousands or decimals (1.234)"),
        (["1,234"], "EUR", "may mean thousands or decimals (1,234)"),
        (["1,5", "1.5"], "EUR", "has both 1,5 and 1.5"),
        (["1.234,50", "1,2.3"], "EUR", "has both"),
        (["1,2345,6789"], "EUR", "'1,2345,6789' is not grouped by thousands: write it without ','"),
        (["123,45,678.00"], "EUR", "'123,45,678.00' is not grouped by thousands: write it without ','"),
        (["1,00,00"], "EUR", "'1,00,00' is not grouped by thousands: write it without ','"),
        (["12.34.567,00"], "EUR", "'12.34.567,00' is not grouped by thousands: write it without '.'"),
        (["12,34,567", "1.234,50"], "EUR", "has both"),
        ([10.123], "EUR", "10.123 has more decimals than EUR, which has 2 decimals"),
        ([10.5], "JPY", "10.5 has more decimals than JPY, which has no decimals"),
        (["12.50 USD"], "EUR", "is in USD, but the row is in EUR"),
        (["ten"], "EUR", "'ten' is not a number"),
        (["(-12.50)"], "EUR", "'(-12.50)' is not a number"),
        (["-12.50-"], "EUR", "'-12.50-' is not a number"),
        (["12 50"], "EUR", "'12 50' is not a number"),
        (["1'2"], "EUR", "is not a number"),
        (["5€50"], "EUR", "'5€50' is not a number"),
        (["£5 EUR"], "EUR", "'£5 EUR' has two currencies"),
        (["$5.00"], "EUR", "is in $, but the row is in EUR"),
        (["-$5.00"], "GBP", "is in $, but the row is in GBP"),
        (["US$ 5.00"], "CAD", "is in USD, but the row is in CAD"),
        (["5 kr."], "EUR", "is in kr, but the row is in EUR"),
        (["¥ 500"], "EUR", "is in ¥, but the row is in EUR"),
        (["$5"], None, "is in $, but the row has no currency"),
        (["1.2E+16"], "EUR", "was shortened by a spreadsheet"),
        ([True], "EUR", "True is not a number"),
        ([dt.date(2024, 1, 1)], "EUR", "is a date, not a number"),
        (["19 %"], "EUR", "is a percentage, not an amount"),
        ([float("inf")], "EUR", "is infinite"),
        ([1e17], "EUR", "too large to be exact"),
        ([5], None, "has no currency"),
    ],
)
def test_amounts_that_are_open_are_problems(local, cells, currency, says):
    count = len(cells)
    plan = plan_of(
        local, {"total_amount": cells, "currency": [currency] * count, "document_id": list("abcdef")[:count]}
    )
    assert says in "; ".join(plan.problems)
    assert plan.plan.count == 0


@pytest.mark.parametrize(("cell", "currency"), [
    ("$5.00", "CAD"), ("US$5.00", "USD"), ("5 kr", "SEK"), ("Fr. 5.00", "CHF"), ("($5.00)", "MXN"),
])  # fmt: skip
def test_a_symbol_of_several_currencies_fits_each_of_them(local, cell, currency):
    plan = plan_of(local, {"total_amount": [cell], "currency": [currency]})
    assert plan.problems == []
    assert [abs(value) for value in values_of(plan, "total_amount")] == [500]


def test_a_person_decides_what_is_open(local):
    columns = {"total_amount": ["1.234"], "currency": ["EUR"]}
    assert values_of(plan_of(local, columns, decimal="comma"), "total_amount") == [123400]
    columns = {"total_amount": ["1.234"], "currency": ["KWD"]}
    assert values_of(plan_of(local, columns, decimal="point"), "total_amount") == [1234]


@pytest.mark.parametrize(
    ("cells", "rates", "note"),
    [
        (["19 %", "7%"], [1900, 700], "Rates are percentages."),
        ([19, 7.5, 0], [1900, 750, 0], "Rates are percentages: 19 is 19 %."),
        ([1900, 700], [1900, 700], "Rates are in percent × 100, as the API has them: 1900 is 19 %."),
    ],
)
def test_rates_are_read_and_told(local, cells, rates, note):
    plan = plan_of(local, {"tax": cells, "document_id": list("abc")[: len(cells)]})
    assert plan.problems == []
    assert values_of(plan, "tax") == rates
    assert note in notes_of(plan)


@pytest.mark.parametrize("cells", [[0.19], [0.19, "7 %"], [100, 19], [1900, 19]])
def test_rates_that_are_open_are_problems(local, cells):
    plan = plan_of(local, {"tax": cells, "document_id": list("abc")[: len(cells)]})
    assert "--percent" in plan.problems[0]
    assert plan.plan.count == 0


def test_a_person_decides_how_rates_are_written(local):
    for form, rate in (("fraction", 1900), ("percent", 19)):
        assert values_of(plan_of(local, {"tax": [0.19]}, percent=form), "tax") == [rate]
    assert values_of(plan_of(local, {"tax": [50]}, percent="api"), "tax") == [50]
    assert "more than two decimals" in plan_of(local, {"tax": ["1.234 %"]}, decimal="point").problems[0]


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        (["2024-05-25", "2024-5-1"], ["2024-05-25", "2024-05-01"]),
        (["25.5.2024", "3.4.2024"], ["2024-05-25", "2024-04-03"]),
        (["25/5/2024", "3/4/2024"], ["2024-05-25", "2024-04-03"]),
        (["5/25/2024", "3/4/2024"], ["2024-05-25", "2024-03-04"]),
        (["4/4/2024"], ["2024-04-04"]),
        (["25 May 2024", "May 3rd, 2024"], ["2024-05-25", "2024-05-03"]),
        (["25. Mai 2024", "3 décembre 2024"], ["2024-05-25", "2024-12-03"]),
        ([dt.date(2024, 5, 25), dt.datetime(2024, 5, 1)], ["2024-05-25", "2024-05-01"]),
        ([pd.Timestamp("2024-05-25"), "20240501"], ["2024-05-25", "2024-05-01"]),
        (["2024-05-25T00:00:00Z"], ["2024-05-25"]),
    ],
)
def test_dates_are_read_when_they_are_clear(local, cells, days):
    plan = plan_of(local, {"issued_at": cells, "document_id": list("ab")[: len(cells)]})
    assert plan.problems == []
    assert values_of(plan, "issued_at") == days


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (["3/4/2024"], "may have the day or the month first (3/4/2024)"),
        (["25/5/2024", "5/25/2024"], "has dates in two forms (25/5/2024 and 5/25/2024)"),
        (["25/5/24"], "a two-digit year"),
        (["31/2/2024"], "is not a valid date"),
        (["soon"], "is not a date"),
        (["25 May"], "is not a date"),
        ([45437], "is a number, not a date"),
        ([dt.datetime(2024, 5, 25, 13, 30)], "has a time of day"),
    ],
)
def test_dates_that_are_open_are_problems(local, cells, says):
    plan = plan_of(local, {"issued_at": cells, "document_id": list("ab")[: len(cells)]})
    assert says in "; ".join(plan.problems)
    assert plan.plan.count == 0


def test_a_person_decides_how_dates_are_written(local):
    columns = {"issued_at": ["3/4/2024"]}
    assert values_of(plan_of(local, columns, dates="day-first"), "issued_at") == ["2024-04-03"]
    assert values_of(plan_of(local, columns, dates="month-first"), "issued_at") == ["2024-03-04"]


@pytest.mark.parametrize(
    ("cell", "code"),
    [("Germany", "DE"), ("Deutschland", "DE"), ("allemagne", "DE"), ("de", "DE"), ("UK", "GB"),
     ("Côte d’Ivoire", "CI"), ("Schweiz", "CH"), ("U.S.A.", "US"), ("Czech Republic", "CZ")],
)  # fmt: skip
def test_countries_are_known_by_name(local, cell, code):
    plan = plan_of(local, {"company name": ["A"], "country": [cell]}, "/counterparts")
    assert plan.plan.documents[0].data["organization"]["address"]["country"] == code


@pytest.mark.parametrize(
    ("cell", "code"), [("Euro", "EUR"), ("€", "EUR"), ("usd", "USD"), ("Swiss Franc", "CHF")]
)
def test_currencies_are_known_by_name(local, cell, code):
    assert values_of(plan_of(local, {"currency": [cell]}), "currency") == [code]


@pytest.mark.parametrize(("field", "cell", "says"), [
    ("country", "Atlantis", "not a known country"),
    ("currency", "$", "not a known currency"),
    ("is vendor", "maybe", "must be yes or no"),
    ("is vendor", 7, "must be yes or no"),
    ("phone", dt.date(2024, 1, 1), "is a date, but this field takes text"),
    ("e-mail", "not an address", "e-mail"),
])  # fmt: skip
def test_what_is_not_known_is_a_problem_of_its_cell(local, field, cell, says):
    path = "/payables" if field == "currency" else "/counterparts"
    plan = plan_of(local, {"company name": ["A"], field: [cell]}, path)
    found = [text for text in plan.problems if text.startswith(f"row 0, column {field!r}")]
    assert len(found) == 1
    assert says in found[0].lower() or says in found[0]


@pytest.mark.parametrize(("cell", "truth"), [
    ("yes", True), ("No", False), ("x", True), ("ja", True), ("FALSE", False), (1, True), (0.0, False),
    (True, True),
])  # fmt: skip
def test_yes_and_no_are_known(local, cell, truth):
    plan = plan_of(local, {"company name": ["A"], "is_vendor": [cell]}, "/counterparts")
    assert plan.plan.documents[0].data["organization"]["is_vendor"] is truth


def test_polars_arrow_and_parquet_are_read_like_pandas(local, tmp_path):
    frame = pl.DataFrame({"document_id": ["007"], "total_amount": [Decimal("12.345")], "currency": ["KWD"]})
    frame.write_parquet(tmp_path / "bills.parquet")
    for source in (frame, frame.to_arrow(), frame.to_pandas(), str(tmp_path / "bills.parquet")):
        plan = monite_magic.push("POST", "/payables", source, client=local)
        assert plan.plan.documents[0].data == {"document_id": "007", "total_amount": 12345, "currency": "KWD"}
    assert plan.plan.totals() == [("total_amount", "KWD", "12.345")]
