"""No odd value changes what the others mean: it is converted exactly, or left empty, counted and reported."""

import json
import math
import random
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monite_magic import catalogue
from monite_magic.catalogue.shapes import UNKNOWN, rows_shape, shape_from
from monite_magic.core.errors import RequestError, UnexpectedValuesWarning
from monite_magic.core.masking import sealed_json
from monite_magic.tables.frames import columns_of
from monite_magic.tables.frames.backends import BACKENDS, to_arrow, to_pandas

ALL_BACKENDS = ["pandas", "polars", "pyarrow"]


@pytest.fixture(params=ALL_BACKENDS)
def backend(request):
    pytest.importorskip(request.param)
    return request.param


def values(table, name):
    if isinstance(table, pd.DataFrame):
        return [None if pd.api.types.is_scalar(value) and pd.isna(value) else value for value in table[name]]
    return table[name].to_list() if hasattr(table[name], "to_list") else table[name].to_pylist()


def as_floats(table, name):
    return [None if value is None else float(value) for value in values(table, name)]


def reported(caught):
    return " ".join(str(warning.message) for warning in caught)


def bills(*amounts):
    return {"data": [{"id": str(n), "currency": "EUR", "total_amount": a} for n, a in enumerate(amounts)]}


# -- amounts ------------------------------------------------------------------------------------------------


def test_a_whole_float_among_integers_is_that_amount(backend, answer):
    table = answer(bills(11_900, 250_000.0, 5, None, -3e5)).df(backend=backend)
    assert as_floats(table, "total_amount") == [119.0, 2500.0, 0.05, None, -3000.0]


@pytest.mark.parametrize(
    "digits", ["9007199254740993.0", "-9007199254740993.0", "1e17", "9007199254740992.0"]
)
@pytest.mark.parametrize("money", ["major", "minor"])
def test_a_float_that_stands_for_several_integers_is_no_amount(digits, money, backend, answer):
    page = answer(bills(11_900, float(digits), 2**53 + 1, 9007199254740991.0))
    with pytest.warns(UnexpectedValuesWarning) as caught:
        table = page.df(backend=backend, money=money)
    assert "1 value of total_amount left empty: not an amount" in reported(caught)
    scale = 1 if money == "minor" else 100
    expected = [11_900, None, 2**53 + 1, 2**53 - 1]
    assert as_floats(table, "total_amount") == [None if v is None else v / scale for v in expected]


@pytest.mark.parametrize("code", ["JPY ", " EUR", "Euro", "€", "EU", "EURO", "E R", "12€"])
def test_a_text_that_is_no_code_is_no_currency(code, backend, answer):
    rows = [
        {"id": "a", "currency": code, "total_amount": 11_900},
        {"id": "b", "currency": "JPY", "total_amount": 7},
    ]
    with pytest.warns(
        UnexpectedValuesWarning, match="1 value of total_amount left empty: not an amount with a"
    ):
        table = answer({"data": rows}).df(backend=backend)
    assert as_floats(table, "total_amount") == [None, 7.0]
    assert values(table, "currency") == [code, "JPY"]


@pytest.mark.parametrize("kind", [None, "fixed", "AMOUNT", "missing"])
def test_a_discount_that_is_neither_an_amount_nor_a_percentage_is_empty_and_reported(kind, backend, answer):
    odd = {"amount": 500} if kind == "missing" else {"amount": 500, "type": kind}
    discounts = [{"type": "amount", "amount": 500}, odd, {"type": "percentage", "amount": 500}, {"amount": 0}]
    rows = [
        {"id": str(n), "currency": "EUR", "type": "invoice", "discount": d} for n, d in enumerate(discounts)
    ]
    page = answer({"data": rows}, path="/receivables")
    with pytest.warns(UnexpectedValuesWarning) as caught:
        table = page.df(backend=backend)
    text = "1 value of discount.amount left empty: not of the type amount or percentage, for instance 500"
    assert text in reported(caught)
    assert as_floats(table, "discount.amount") == [5.0, None, 500.0, 0.0]
    assert as_floats(table, "discount.amount_percent") == [None, None, 5.0, None]
    assert as_floats(page.df(backend=backend, money="minor"), "discount.amount") == [500, 500, 500, 0]


@pytest.mark.parametrize("odd", ["119.00", "11900", "", True, 119.5, {"x": 1}, [1], math.inf, -(2**63) - 1])
@pytest.mark.parametrize("money", ["major", "minor"])
def test_what_is_no_amount_is_empty_and_reported(odd, money, backend, answer):
    with pytest.warns(UnexpectedValuesWarning) as caught:
        table = answer(bills(11_900, odd, 700)).df(backend=backend, money=money)
    wanted = [11_900, None, 700] if money == "minor" else [119.0, None, 7.0]
    assert as_floats(table, "total_amount") == wanted
    assert "1 value of total_amount left empty: not an amount" in reported(caught)
    assert "in row 1." in reported(caught)


def test_the_report_is_in_attrs_with_path_count_and_example(answer):
    rows = bills("a", 5, "b", 1.25)["data"]
    rows[1]["counterpart"] = ["Mehl", 7]
    with pytest.warns(UnexpectedValuesWarning):
        found = answer({"data": rows}).df().attrs["unexpected"]
    assert {(each["path"], each["count"], each["row"], each["example"]) for each in found} == {
        ("total_amount", 3, 0, '"a"'),
        ("counterpart", 1, 1, '["Mehl", 7]'),
    }
    assert json.loads(json.dumps(found)) == found  # so that pandas can write it into a file


def test_pyarrow_has_the_report_in_its_metadata(answer):
    pytest.importorskip("pyarrow")
    with pytest.warns(UnexpectedValuesWarning):
        table = answer(bills("a", 5)).df(backend="pyarrow")
    known = json.loads(table.schema.metadata[b"monite_magic"])
    assert [each["path"] for each in known["unexpected"]] == ["total_amount"]
    assert known["units"]["total_amount"] == "major units of its currency"


def test_the_types_stay_whatever_comes(backend, answer):
    odd = [
        {"id": 5, "currency": "EUR", "total_amount": "x", "due_date": 7, "tax": "19", "status": [],
         "tags": {}, "counterpart": "x", "currency_exchange": {"rate": True}, "paid_at": "soon"},
    ]  # fmt: skip
    with pytest.warns(UnexpectedValuesWarning):
        table = answer({"data": odd}).df(backend=backend)
    empty = answer({"data": []}).df(backend=backend)
    if backend == "pandas":
        assert list(map(str, table.dtypes)) == list(map(str, empty.dtypes))
    assert getattr(table, "schema", None) == getattr(empty, "schema", None)


def test_an_example_shows_no_secret_and_is_short(answer):
    odd = {"id": "a", "total_amount": {"secret": "whsec_abcdefgh"}, "tax": "x" * 500}
    with pytest.warns(UnexpectedValuesWarning) as caught:
        found = answer({"data": [odd]}, path="/payables").df().attrs["unexpected"]
    assert "whsec_abcdefgh" not in json.dumps(found) + reported(caught)
    assert all(len(each["example"]) <= 80 for each in found)


def test_a_text_that_came_as_a_number_keeps_its_digits(backend, answer):
    rows = [{"id": "a", "document_id": 20260001}, {"id": "b", "document_id": "0007"}]
    assert values(answer({"data": rows}).df(backend=backend), "document_id") == ["20260001", "0007"]


def test_amounts_of_an_unknown_field_stay_amounts(answer):
    rows = [{"currency": "EUR", "total": value} for value in (100, 2_500.0, "?")]
    with pytest.warns(UnexpectedValuesWarning, match="1 value of total left empty"):
        table = answer({"data": rows}, path="/new", template=None).df()
    assert as_floats(table, "total") == [1.0, 25.0, None]


def test_more_than_some_columns_are_counted_in_the_warning(answer):
    odd = {"id": 1.5, "document_id": [], "due_date": 1, "tax": "x", "tags": 5, "status": 7, "paid_at": 0}
    with pytest.warns(UnexpectedValuesWarning, match=r"2 more columns: see df\.attrs\['unexpected'\]"):
        answer({"data": [odd]}).df()


# -- names and nesting --------------------------------------------------------------------------------------


def test_a_field_with_a_dot_is_told_from_a_nested_one(backend, answer):
    rows = [{"x.y": 1, "x": {"y": 2}, 'q"': 3, "a": {"b.c": 4, "b": {"c": 5}}}]
    table = answer({"data": rows}, path="/new", template=None).df(backend=backend)
    found = {name: values(table, name) for name in ('"x.y"', "x.y", '"q\\""', 'a."b.c"', "a.b.c")}
    assert found == {'"x.y"': [1], "x.y": [2], '"q\\""': [3], 'a."b.c"': [4], "a.b.c": [5]}


def test_names_that_become_the_same_are_told_apart(backend, answer):
    rows = [{f"a{chr(0xD800)}": 1, f"a{chr(0xD801)}": 2, "tax": 1900, "tax_percent": "own"}]
    table = answer({"data": rows}, path="/new", template=None).df(backend=backend)
    assert values(table, "a\ufffd") == [1]
    assert values(table, "a\ufffd (2)") == [2]
    assert sorted(map(str, [*values(table, "tax_percent"), *values(table, "tax_percent (2)")])) == [
        "19.0", "own",
    ]  # fmt: skip


def test_an_unknown_object_that_becomes_a_list_is_kept(backend, answer):
    rows = [{"f": {"g": 1}}, {"f": [1, 2]}]
    table = answer({"data": rows}, path="/new", template=None).df(backend=backend)
    assert [json.loads(v) if isinstance(v, str) else v for v in values(table, "f")] == [{"g": 1}, [1, 2]]


def test_an_open_field_keeps_what_it_should_not_have_and_says_so(backend, answer):
    rows = [{"id": "a", "partner_metadata": {"k": 1}}, {"id": "b", "partner_metadata": "x"}]
    with pytest.warns(UnexpectedValuesWarning, match="1 value of partner_metadata kept unchanged"):
        table = answer({"data": rows}).df(backend=backend)
    kept = values(table, "partner_metadata")[1]
    assert kept in ("x", '"x"')


def test_a_list_to_explode_that_is_none_is_reported(answer):
    rows = [{"id": "a", "tags": [{"name": "x"}]}, {"id": "b", "tags": "none"}]
    with pytest.warns(UnexpectedValuesWarning, match='1 value of tags left empty: not an object.*"none"'):
        table = answer({"data": rows}).df(explode="tags")
    assert values(table, "tags.name") == ["x", None]


# -- dates --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-05-25T23:59:59Z", datetime(2024, 5, 25, 23, 59, 59, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, 999999, UTC)),
        ("2016-12-31 23:59:60.5+00:00", datetime(2016, 12, 31, 23, 59, 59, 999999, UTC)),
        ("2024-02-28T24:00:00Z", datetime(2024, 2, 29, tzinfo=UTC)),
        ("2024-05-25T24:00:00+02:00", datetime(2024, 5, 25, 22, tzinfo=UTC)),
        ("2024-05-25T24:00", datetime(2024, 5, 26, tzinfo=UTC)),
        ("2024-05-25", datetime(2024, 5, 25, tzinfo=UTC)),
    ],
)
def test_moments_that_python_does_not_read_are_read(text, moment, backend, answer):
    (found,) = values(answer({"data": [{"id": "a", "created_at": text}]}).df(backend=backend), "created_at")
    assert found == moment


@pytest.mark.parametrize(
    ("text", "day"),
    [("2024-06-24T23:30:00-05:00", date(2024, 6, 24)), ("2024-12-31T24:00:00Z", date(2025, 1, 1))],
)
def test_a_day_written_with_a_time_keeps_its_day(text, day, backend, answer):
    (found,) = values(answer({"data": [{"id": "a", "due_date": text}]}).df(backend=backend), "due_date")
    assert (found.date() if isinstance(found, datetime) else found) == day


@pytest.mark.parametrize("field", ["created_at", "due_date"])
@pytest.mark.parametrize(
    "text",
    ["25.05.2024", "05/25/2024", "2024-5-25", "soon", "2024-02-30", "2024-05-25T24:30:00Z", "",
     "2024-05-25T23:60:00Z", "2024-05-25 or so", "9999-12-31T24:00:00Z"],
)  # fmt: skip
def test_what_is_no_date_is_reported_and_not_guessed(field, text, backend, answer):
    rows = [{"id": "a", field: text}, {"id": "b", field: "2024-05-25"}]
    with pytest.warns(UnexpectedValuesWarning, match=f"1 value of {field} left empty"):
        first, second = values(answer({"data": rows}).df(backend=backend), field)
    assert first is None
    assert second is not None


# -- units --------------------------------------------------------------------------------------------------


def test_rates_have_a_column_in_percent(backend, answer):
    rows = [
        {"id": "a", "currency": "EUR", "tax": 1900, "suggested_payment_term": {"discount": 200}},
        {"id": "b"},
    ]
    table = answer({"data": rows}).df(backend=backend)
    assert values(table, "tax") == [1900, None]
    assert as_floats(table, "tax_percent") == [19.0, None]
    assert as_floats(table, "suggested_payment_term.discount_percent") == [2.0, None]
    names = list(table.columns) if backend != "pyarrow" else table.column_names
    assert names[names.index("tax") + 1] == "tax_percent"


def test_a_discount_is_an_amount_or_a_percentage_by_its_type(backend, answer):
    kinds = [("amount", 500), ("percentage", 250)]
    rows = [{"id": k, "currency": "EUR", "discount": {"type": k, "amount": a}} for k, a in kinds]
    table = answer({"data": rows}, path="/receivables").df(backend=backend)
    assert as_floats(table, "discount.amount") == [5.0, 250.0]
    assert as_floats(table, "discount.amount_percent") == [None, 2.5]


def test_units_are_named(answer):
    rows = [{"id": "a", "currency": "EUR", "total_amount": 5, "tax": 1900}]
    units = answer({"data": rows}).df().attrs["units"]
    assert units["total_amount"] == "major units of its currency"
    assert units["tax"] == "percent × 100"
    assert units["tax_percent"] == "percent"
    assert "id" not in units
    minor = answer({"data": rows}).df(money="minor").attrs["units"]
    assert minor["total_amount"] == "minor units of its currency"
    discounts = answer({"data": []}, path="/receivables").df().attrs["units"]["discount.amount"]
    assert discounts == "major units if type is amount, percent × 100 if it is percentage"


def test_an_amount_without_a_currency_is_left_empty_and_reported(backend, answer):
    rows = [
        {"id": "a", "currency": "EUR", "total_amount": 11_900, "amount_paid": 0},
        {"id": "b", "currency": None, "total_amount": 500, "amount_paid": 0},
        {"id": "c", "total_amount": 700, "amount_paid": None},
        {"id": "d", "currency": "", "total_amount": None, "amount_due": -3},
    ]
    with pytest.warns(UnexpectedValuesWarning) as caught:
        table = answer({"data": rows}).df(backend=backend)
    assert as_floats(table, "total_amount") == [119.0, None, None, None]
    assert as_floats(table, "amount_paid") == [0.0, 0.0, None, None]
    assert reported(caught) == (
        "1 value of amount_due left empty: not an amount with a currency, for instance -3 in row 3. "
        "2 values of total_amount left empty: not an amount with a currency, for instance 500 in row 1."
    )
    minor = answer({"data": rows}).df(backend=backend, money="minor")
    assert as_floats(minor, "total_amount") == [11_900, 500, 700, None]


@pytest.fixture
def analytics(answer):
    def make(rows, query, path="/analytics/payables"):
        found = answer({"data": rows}, path=path)
        object.__setattr__(found.request, "url", f"{found.request.url}?{query}")
        return found.df()

    return make


@pytest.mark.parametrize(
    ("query", "rows", "wanted"),
    [
        ("metric=total_amount&aggregation_function=summary&currency=EUR", [("a", 11_900)], [119.0]),
        ("metric=total_amount&aggregation_function=average&currency=JPY", [("a", 119.5)], [119.5]),
        ("metric=product_amount&aggregation_function=max&dimension=currency", [("KWD", 1_500), ("EUR", 1)],
         [1.5, 0.01]),
        ("metric=total_amount&aggregation_function=count&currency=EUR", [("a", 7)], [7]),
        ("metric=id&aggregation_function=count&dimension=currency", [("EUR", 7)], [7]),
        ("metric=product_quantity&aggregation_function=summary&currency=EUR", [("a", 300)], [300]),
        ("metric=total_amount&aggregation_function=summary", [("a", 11_900)], [11_900]),
    ],
)  # fmt: skip
def test_a_metric_is_money_if_it_was_asked_for(query, rows, wanted, analytics):
    rows = [{"dimension_value": name, "metric_value": value} for name, value in rows]
    table = analytics(rows, query)
    assert table["metric_value"].tolist() == wanted
    unit = table.attrs["units"].get("metric_value")
    if "metric=total_amount&aggregation_function=summary" in query:
        assert unit == ("major units of its currency" if "currency" in query
                        else "minor units: the answer names no currency")  # fmt: skip


def test_a_sum_by_status_is_money_where_the_currency_is_known(analytics):
    rows = [{"status": "new", "count": 2, "sum_total_amount": 11_900}]
    known = analytics(rows, "currency=EUR", "/payables/analytics")
    assert known["sum_total_amount"].tolist() == [119.0]
    assert known["count"].tolist() == [2]
    mixed = analytics(rows, "", "/payables/analytics")
    assert mixed["sum_total_amount"].tolist() == [11_900]
    assert mixed.attrs["units"]["sum_total_amount"] == "minor units: the answer names no currency"


# -- other libraries take an answer as it is ----------------------------------------------------------------


def test_pyarrow_takes_an_answer(payables):
    arrow = pytest.importorskip("pyarrow")
    assert arrow.table(payables).equals(payables.df(backend="pyarrow"))


def test_polars_takes_an_answer(payables):
    polars = pytest.importorskip("polars")
    usual = payables.df(backend="polars")
    assert polars.DataFrame(payables).equals(usual)
    assert polars.DataFrame(payables).schema == usual.schema


def test_duckdb_takes_an_answer(payables):
    duckdb = pytest.importorskip("duckdb")
    found = duckdb.sql("SELECT id, total_amount FROM payables WHERE currency = 'EUR'").fetchall()
    assert [(row[0], float(row[1])) for row in found] == [("a", 1190.0)]


def test_pandas_is_sent_to_df(payables):
    with pytest.raises(RequestError, match=r"\.df\(\)"):
        pd.DataFrame(payables)


# -- lists of the catalogue, with values of a wrong kind ----------------------------------------------------


def lists():
    known = catalogue.load()
    for operation in known.operations:
        found = operation.answers.get(operation.success)
        if operation.method == "GET" and found and found.schema:
            shape = rows_shape(shape_from(known, found.schema))
            if shape is not UNKNOWN and shape.properties:
                yield operation.path, shape


LISTS = dict(lists())
WRONG = {
    "string": [5.5, True, [], {}],
    "integer": ["119", 1.5, True, [1], {"a": 1}],
    "number": ["1.5", True, []],
    "boolean": ["true", 1, 0.0],
    "array": [{}, "x", 5],
    "object": [[], "x", 5, True],
}


def right(shape, dice):
    """A value that the catalogue allows."""
    (kind,) = shape.types - {"null"}
    if kind == "string":
        if "date-time" in shape.formats:
            return (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=dice.randrange(10**7))).isoformat()
        if "date" in shape.formats:
            return (date(2026, 1, 1) + timedelta(days=dice.randrange(500))).isoformat()
        return dice.choice(shape.enum or ("x", "y"))
    if kind == "integer":
        return dice.choice([dice.randrange(10**9), float(dice.randrange(10**9))])
    return {"number": dice.random(), "boolean": dice.random() < 0.5, "array": [{"a": 1}], "object": {"k": 1}}[
        kind
    ]


def row_of(shape, dice, wrong, wanted, path="", level=0):
    """A row, with its odd values counted by path, and the right ones kept by path."""
    row = {}
    for name in shape.properties:
        field, place = shape.field(name), f"{path}{name}"
        kinds = field.types - {"null"}
        if name == "currency":
            row[name] = wanted[place] = "KWD"
            continue
        if len(kinds) != 1 or dice.random() < 0.2:
            continue
        (kind,) = kinds
        if dice.random() < 0.01:
            row[name] = dice.choice(WRONG[kind])
            wrong[place] = wrong.get(place, 0) + 1
        elif kind == "object" and field.properties and level < 4:
            row[name] = row_of(field, dice, wrong, wanted, f"{place}.", level + 1)
        else:
            row[name] = wanted[place] = right(field, dice)
    for name in row:
        place = f"{path}{name}"
        has_no_unit = shape.field(name).unit == "by type" and row.get("type") not in ["amount", "percentage"]
        if has_no_unit and wanted.get(place):
            del wanted[place]
            wrong[place] = wrong.get(place, 0) + 1
    return row


@settings(max_examples=100)
@given(st.sampled_from(sorted(LISTS)), st.integers(0, 2**32))
def test_no_right_value_changes_and_exactly_the_wrong_ones_are_counted(path, seed):
    dice, wrong, rows, wanted = random.Random(seed), {}, [], []
    for _ in range(20):
        wanted.append({})
        rows.append(row_of(LISTS[path], dice, wrong, wanted[-1]))
    rows = sealed_json(json.dumps(rows).encode())
    for only_known in (False, True):
        columns = columns_of(rows, LISTS[path], only_known=only_known)
        assert {each.path: each.count for each in columns.unexpected} == wrong
        for make in (to_pandas, to_arrow):
            check(make(columns), columns, wanted)


def check(table, columns, wanted):
    """Each right value is in its place, and what it was."""
    units = columns.units()
    for place in {place for row in wanted for place in row}:
        for found, row in zip(values(table, place), wanted, strict=True):
            if place not in row or "••" in str(found):  # left out, or a secret
                continue
            value = row[place]
            unit = units.get(place, "")
            if unit.startswith("major") and "type" not in unit:
                assert float(found) == value / 1000, place
            elif isinstance(value, bool) or not isinstance(value, int | float):
                assert same(found, value), place
            elif not unit.startswith("major"):
                assert found == value, place


def same(found, value):
    if isinstance(found, datetime) and isinstance(value, str):
        moment = datetime.fromisoformat(value)
        return found == (moment if found.tzinfo else moment.replace(tzinfo=None))
    if isinstance(found, date):
        return found == date.fromisoformat(value)
    if isinstance(found, str) and isinstance(value, list | dict):
        return json.loads(found) == value
    return found == value


def test_every_backend_makes_the_table_of_an_empty_list():
    assert set(BACKENDS) == set(ALL_BACKENDS)
