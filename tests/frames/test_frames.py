"""Answers as DataFrames: columns and types from the catalogue, money exact, nothing lost silently."""

import math
import sys
from datetime import UTC, date, datetime
from decimal import Decimal

import pandas as pd
import pytest

from monite_magic.api.answer import ApiError
from monite_magic.catalogue.shapes import Shape
from monite_magic.core.errors import RequestError, UnexpectedValuesWarning
from monite_magic.tables import frames
from monite_magic.tables.frames.backends import need
from monite_magic.tables.frames.columns import Type, columns_of

MOMENT = datetime(2024, 5, 25, 10, 31, 7, 123456, UTC)
BACKENDS = ["pandas", "polars", "pyarrow"]


def values(table, name):
    """A column as Python values; None where there is none."""
    if isinstance(table, pd.DataFrame):
        return [None if value is pd.NaT or value is pd.NA else value for value in table[name].tolist()]
    return table[name].to_list() if hasattr(table[name], "to_list") else table[name].to_pylist()


def types(table):
    if isinstance(table, pd.DataFrame):
        return {name: str(dtype).partition("[")[0] for name, dtype in table.dtypes.items()}
    schema = table.schema
    return (
        dict(zip(schema.names, map(str, schema.types), strict=True)) if hasattr(schema, "types") else schema
    )


@pytest.fixture(params=BACKENDS)
def backend(request):
    pytest.importorskip(request.param)
    return request.param


def test_there_is_one_row_for_each_item(backend, payables):
    table = payables.df(backend=backend)
    assert values(table, "id") == ["a", "b", "c", "d"]


def test_nested_objects_are_flattened_by_dots(backend, payables):
    table = payables.df(backend=backend)
    assert values(table, "counterpart.address.city") == ["Berlin", None, None, None]
    assert values(table, "file.size") == [None, 7, None, None]


def test_an_empty_list_has_the_same_columns_and_types(backend, payables, no_payables):
    full, empty = payables.df(backend=backend), no_payables.df(backend=backend)
    assert types(full) == types(empty)
    assert len(empty) == 0


def test_money_in_pandas_is_the_nearest_float(payables):
    table = payables.df()
    assert table["total_amount"].dtype == "float64"
    assert values(table, "total_amount")[:3] == [1190.0, 119000.0, 9007199254740.991]
    assert math.isnan(values(table, "total_amount")[3])  # without a currency the amount is not known


@pytest.mark.parametrize("backend", ["polars", "pyarrow"])
def test_money_elsewhere_is_exact(backend, payables):
    pytest.importorskip(backend)
    table = payables.df(backend=backend)
    assert values(table, "total_amount") == [
        Decimal("1190.000"), Decimal("119000.000"), Decimal("9007199254740.991"), None,
    ]  # fmt: skip
    assert values(table, "amount_due") == [Decimal("0.050"), None, None, None]


def test_minor_money_is_the_integers_of_the_api(backend, payables):
    table = payables.df(backend=backend, money="minor")
    assert values(table, "total_amount") == [119000, 119000, 9007199254740991, None]


def test_dates_and_moments(backend, payables):
    table = payables.df(backend=backend)
    moments = values(table, "created_at")
    assert moments[0] == MOMENT
    assert moments[1] is None
    assert values(table, "updated_at")[0] == datetime(2024, 5, 25, 10, 31, 7, tzinfo=UTC)
    day = values(table, "due_date")[0]
    assert (day.date() if isinstance(day, datetime) else day) == date(2024, 6, 24)


def test_pandas_types(payables):
    dtypes = payables.df().dtypes
    assert dtypes["id"] == "string"
    assert dtypes["tax"] == "Int64"
    assert dtypes["created_at"] == "datetime64[us, UTC]"
    assert dtypes["due_date"] == "datetime64[s]"
    assert dtypes["status"] == "category"
    assert dtypes["currency_exchange.rate"] == "float64"


def test_choices_keep_their_order_and_take_new_ones(payables):
    categories = list(payables.df()["status"].cat.categories)
    assert categories[:2] == ["draft", "new"]
    assert categories[-1] == "novel"


def test_polars_types(payables):
    pl = pytest.importorskip("polars")
    schema = payables.df(backend="polars").schema
    assert schema["due_date"] == pl.Date
    assert schema["created_at"] == pl.Datetime("us", "UTC")
    assert schema["tax"] == pl.Int64
    assert schema["total_amount"] == pl.Decimal(19, 3)


def test_lists_are_kept(payables):
    assert values(payables.df(), "tags")[0][0]["name"] == "x"
    pytest.importorskip("pyarrow")
    assert (
        values(payables.df(backend="pyarrow"), "tags")[0]
        == '[{"id": "t1", "name": "x"}, {"id": "t2", "name": "y"}]'
    )
    assert values(payables.df(backend="pyarrow"), "partner_metadata")[0] == '{"k": [1]}'


def test_lists_are_exploded(backend, payables):
    table = payables.df(backend=backend, explode="tags")
    assert values(table, "id") == ["a", "a", "b", "c", "d"]
    assert values(table, "tags.name") == ["x", "y", None, None, None]
    assert values(table, "counterpart.name") == ["Mehl", "Mehl", None, None, None]


def test_an_exploded_list_takes_the_currency_of_its_row(answer):
    rows = [
        {"id": "a", "currency": "EUR", "line_items": [{"quantity": 2, "product": {"price": {"value": 5}}}]}
    ]
    quote = [{**rows[0], "type": "quote", "total_vat_amounts": [{"id": "v", "amount": 1900, "value": 1900}]}]
    table = answer({"data": quote}, path="/receivables").df(explode="total_vat_amounts")
    assert values(table, "total_vat_amounts.amount") == [19.0]
    assert values(table, "total_vat_amounts.value") == [1900]


def test_what_is_no_list_can_not_be_exploded(payables):
    with pytest.raises(RequestError, match=r"Can't explode 'status'.*credit_notes.*tags"):
        payables.df(explode="status")


def test_fields_that_the_catalogue_does_not_know_come_last(backend, answer):
    rows = [
        {"id": "a", "novel": 5, "deep": {"flag": True, "text": "x"}},
        {"id": "b", "novel": 2**70, "odd": [1]},
    ]
    table = answer({"data": rows}).df(backend=backend)
    names = list(table.columns) if not hasattr(table, "column_names") else table.column_names
    assert set(names[-4:]) == {"novel", "deep.flag", "deep.text", "odd"}
    assert str(values(table, "novel")[1]) == str(2**70)
    assert values(table, "deep.flag")[0] is True


def test_an_unknown_operation_is_typed_by_its_values(answer):
    rows = [
        {"a": 1, "b": 1.5, "c": "x", "d": True, "e": None, "f": {"g": 1}, "currency": "EUR", "amount": 500}
    ]
    table = answer({"data": rows}, path="/new", template=None).df()
    assert values(table, "amount") == [5.0]
    assert table.dtypes["a"] == "Int64"
    assert table.dtypes["d"] == "boolean"
    assert values(table, "f.g") == [1]


def test_an_unknown_number_is_whole_if_all_its_values_are(answer):
    rows = [{"whole": 2.0, "part": 1.5, "mixed": 2}, {"whole": None, "part": None, "mixed": 2.5}]
    table = answer({"data": rows}, path="/new", template=None).df()
    assert {name: str(table.dtypes[name]) for name in rows[0]} == {
        "whole": "Int64",
        "part": "float64",
        "mixed": "float64",
    }
    assert values(table, "whole")[0] == 2
    assert values(table, "part")[0] == 1.5
    assert values(table, "mixed") == [2, 2.5]


@pytest.mark.parametrize("currency", [{"a": 1}, 5, ["EUR"], None])
def test_a_currency_that_is_none_makes_no_amount(currency, backend, answer):
    with pytest.warns(UnexpectedValuesWarning, match="not an amount with a currency, for instance 5"):
        table = answer({"data": [{"id": "a", "currency": currency, "total_amount": 5}]}).df(backend=backend)
    amount = values(table, "total_amount")[0]
    assert amount is None or math.isnan(amount)


def test_amounts_without_any_currency_are_empty(backend, answer):
    with pytest.warns(UnexpectedValuesWarning, match="not an amount with a currency, for instance 5"):
        table = answer({"data": [{"id": "a", "total_amount": 5}]}).df(backend=backend)
    amount = values(table, "total_amount")[0]
    assert amount is None or math.isnan(amount)


HALF = "a\ud800"
WHOLE = "a\ufffd"


def test_half_a_surrogate_pair_can_be_written(backend, answer):
    """It is a string of JSON, and no library can encode it."""
    rows = [
        {"id": HALF, "status": HALF, "tags": [{"name": HALF}], HALF: HALF, "odd": {"x": HALF}},
        {"id": "漢\U0001f600"},
    ]
    table = answer({"data": rows}).df(backend=backend)
    assert values(table, "id") == [WHOLE, "漢\U0001f600"]
    assert values(table, "status")[0] == values(table, WHOLE)[0] == values(table, "odd.x")[0] == WHOLE
    if backend != "pandas":
        assert values(table, "tags")[0] == f'[{{"name": "{WHOLE}"}}]'


@pytest.mark.parametrize(
    ("currency", "amount"),
    [("EUR", 10**400), ("EUR", -(10**400)), ("JPY", 2**63), ("CLF", 12345)],
    ids=["huge", "huge and negative", "long", "fine"],
)
def test_an_amount_that_can_not_be_held_is_empty_and_said(currency, amount, backend, answer):
    if backend == "pandas" and currency == "CLF":
        pytest.skip("a float holds it")
    rows = [{"id": "a", "currency": currency, "total_amount": amount}]
    rows.append({"id": "b", "currency": "EUR", "total_amount": 5})
    with pytest.warns(UnexpectedValuesWarning, match="1 value of total_amount left empty: not an amount"):
        table = answer({"data": rows}).df(backend=backend)
    first, second = values(table, "total_amount")
    assert first is None or math.isnan(first)
    assert float(second) == 0.05


@pytest.mark.parametrize("amount", [2**53 - 1, 2**53 + 1, -(2**53) - 1, 2**63 - 1])
def test_an_amount_in_pandas_is_the_nearest_float(amount, answer):
    table = answer({"data": [{"currency": "EUR", "total_amount": amount}]}).df()
    assert values(table, "total_amount") == [amount / 100]  # of two integers: Python rounds just once


@pytest.mark.parametrize("others", [[], [None], [5], [-1]], ids=["alone", "None", "small", "negative"])
def test_an_integer_beyond_64_bits_does_not_change_its_column(others, backend, answer):
    rows = [{"id": "a", "currency": "EUR", "total_amount": number} for number in [2**63, *others]]
    with pytest.warns(UnexpectedValuesWarning, match="for instance 9223372036854775808 in row 0"):
        table = answer({"data": rows}).df(backend=backend, money="minor")
    assert values(table, "total_amount") == [None, *others]
    assert str(types(table)["total_amount"]).lower() == "int64"


def test_small_units_are_exact(answer):
    pytest.importorskip("pyarrow")
    rows = [{"currency": "JPY", "total_amount": 10**12 - 1}, {"currency": "CLF", "total_amount": 12340}]
    table = answer({"data": rows}).df(backend="pyarrow")
    assert values(table, "total_amount") == [Decimal(10**12 - 1), Decimal("1.234")]


def test_the_longest_amount_of_arrow_is_exact_and_a_longer_one_is_said(answer):
    pytest.importorskip("pyarrow")
    longest = 10**18 - 1  # in thousandths, it has more than 64 bits
    rows = [{"currency": "EUR", "total_amount": number} for number in (longest, -longest, 5)]
    table = answer({"data": rows}).df(backend="pyarrow")
    exact = Decimal("9999999999999999.99")
    assert values(table, "total_amount") == [exact, -exact, Decimal("0.05")]
    rows.append({"currency": "EUR", "total_amount": longest + 1})
    with pytest.warns(UnexpectedValuesWarning, match="not an amount of up to 19 digits, 3 of them decimals"):
        table = answer({"data": rows}).df(backend="pyarrow")
    assert values(table, "total_amount") == [exact, -exact, Decimal("0.05"), None]


@pytest.mark.parametrize(
    ("rate", "near"),
    [(2**60 + 1, float(2**60)), (10**400, math.inf), (-(10**400), -math.inf)],
    ids=["long", "huge", "huge and negative"],
)
def test_a_number_is_the_nearest_float(rate, near, backend, answer):
    table = answer({"data": [{"id": "a", "currency_exchange": {"rate": rate}}]}).df(backend=backend)
    assert values(table, "currency_exchange.rate") == [near]


def only_known(rows, **properties):
    shape = Shape(None, ({"type": "object", "properties": properties},))
    return {column.name: column for column in columns_of(rows, shape, only_known=True).columns}


@pytest.mark.parametrize("value", [1, "x", {"a": 1}, [1], None])
def test_where_only_the_catalogue_counts_an_open_field_is_json(value):
    assert only_known([{"open": value}], open={})["open"].type is Type.JSON


@pytest.mark.parametrize("value", [{"a": "x"}, "x", 5, [1], None])
def test_where_only_the_catalogue_counts_objects_have_the_same_columns(value):
    parts = {"type": "object", "properties": {"a": {"type": "string"}}}
    assert list(only_known([{"o": value}, {"o": {"a": "y"}}], o=parts)) == ["o.a"]


@pytest.mark.parametrize(("value", "fits"), [(2**63 - 1, True), (-(2**63), True), (2**63, False)])
def test_where_only_the_catalogue_counts_an_integer_has_64_bits(value, fits):
    column = only_known([{"n": value}], n={"type": "integer"})["n"]
    assert column.values == [value if fits else None]


def test_secrets_do_not_get_into_a_table(backend, answer):
    rows = [{"id": "a", "secret": "whsec_abcdefgh"}]
    table = answer({"data": rows}, path="/webhook_subscriptions").df(backend=backend)
    names = list(table.columns) if not hasattr(table, "column_names") else table.column_names
    assert "whsec_abcdefgh" not in str([values(table, name) for name in names])


def test_several_pages_make_one_table(payables, no_payables, answer):
    other = answer({"data": [{"id": "e"}, {"id": "f"}]})
    table = frames.frame([payables, no_payables, other, payables])
    assert values(table, "id") == ["a", "b", "c", "d", "e", "f"]  # a row that is on two pages is one
    assert len(frames.frame([])) == 0


def test_an_object_is_one_row(answer):
    table = answer({"id": "a", "status": "new"}, path="/payables/a", template="/payables/{payable_id}").df()
    assert values(table, "id") == ["a"]
    assert "total_amount" in table.columns


def test_a_list_of_plain_values(answer):
    assert values(answer([1, 2], path="/new", template=None).df(), "value") == [1, 2]


def test_the_variants_of_a_receivable_share_one_table(answer, no_payables):
    rows = [{"type": "quote", "id": "a", "expiry_date": "2024-01-01"}, {"type": "invoice", "id": "b"}]
    table = answer({"data": rows}, path="/receivables").df()
    assert {"expiry_date", "payment_terms.name", "amount_due"} <= set(table.columns)


def test_an_error_makes_no_table(answer):
    with pytest.raises(ApiError):
        answer({"error": {"message": "No"}}, status=404).df()


def test_wrong_wishes(payables):
    with pytest.raises(RequestError, match=r"Unknown backend: 'excel'.*pandas, polars, pyarrow"):
        payables.df(backend="excel")
    with pytest.raises(RequestError, match="use 'major' or 'minor'"):
        payables.df(money="cents")


@pytest.mark.parametrize(
    ("backend", "extra"), [("polars", "polars"), ("pandas", "pandas"), ("pyarrow", "parquet")]
)
def test_a_library_that_is_missing_is_named_with_its_extra(backend, extra, payables, monkeypatch):
    pytest.importorskip("pyarrow")
    monkeypatch.setitem(sys.modules, backend, None)
    with pytest.raises(RequestError, match=rf"needs {backend}.*%pip install 'monite-magic\[{extra}\]'"):
        payables.df(backend=backend)


@pytest.mark.parametrize(
    ("platform", "hint"),
    [("linux", "%pip install 'monite-magic[pandas]'"), ("emscripten", "use an answer's .items")],
)
def test_a_missing_library_is_named_with_what_to_do(platform, hint, monkeypatch):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(RequestError, match="This needs pandas, which is not installed") as caught:
        need("pandas", "pandas")
    assert hint in caught.value.hint


def test_the_discount_of_a_suggested_payment_term_is_no_money():
    from monite_magic import catalogue
    from monite_magic.catalogue.shapes import rows_shape, shape_from

    known = catalogue.current()
    listed = known.find("GET", "/payables").operation.answers[200].schema
    row = {
        "currency": "EUR",
        "discount": 500,
        "suggested_payment_term": {"date": "2024-06-24", "discount": 200},
    }
    columns = columns_of([row], rows_shape(shape_from(known, listed))).columns
    types = {column.name: column.type for column in columns}
    assert types["suggested_payment_term.discount"] is Type.INTEGER
    assert types["discount"] is Type.MONEY
