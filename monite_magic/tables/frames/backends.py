"""Convert typed columns to a pandas, polars or pyarrow table. Each library is imported on first use."""

from __future__ import annotations

import json
import sys
import warnings
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from monite_magic.catalogue.currencies import exponent
from monite_magic.core.errors import RequestError, UnexpectedValuesWarning
from monite_magic.tables.frames.values import Type, as_json, unexpected

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from monite_magic.tables.frames.columns import Column, Columns

#: Total digits, and digits after the decimal point: no currency of the API has more than three. With 19
#: digits, sums, and products and quotients with a decimal of up to 18 digits, fit into a decimal128 (38
#: digits).
MONEY_DIGITS: Final = (19, 3)
_TOO_MANY: Final = 10 ** MONEY_DIGITS[0]
_THOUSAND: Final = 10 ** MONEY_DIGITS[1]
#: The metadata key for facts about a pyarrow table.
METADATA: Final = "monite_magic"
_MAX_REPORTED: Final = 5
_OUTSIDE: Final = 4  # stack frames between a warning and the caller of .df()
_FITTING: Final = f"an amount of up to {MONEY_DIGITS[0]} digits, {MONEY_DIGITS[1]} of them decimals"
_NAN: Final = float("nan")
_EXACT: Final = 2**53  # float64 is exact for integers below this


def need(module: str, extra: str) -> Any:
    """Import an optional library.

    Args:
        module: The name of the library.
        extra: The extra of this package that installs it.

    Raises:
        RequestError: The library is not installed. The hint explains how to install it.
    """
    try:
        return import_module(module)
    except ImportError:
        hint = f"Install it with: %pip install 'monite-magic[{extra}]'"
        if sys.platform == "emscripten":
            hint = "If the browser has no such library, use an answer's .items, or run Jupyter locally."
        raise RequestError(f"This needs {module}, which is not installed.", hint=hint) from None


# -- pandas -------------------------------------------------------------------------------------------------


def to_pandas(table: Columns) -> pd.DataFrame:
    """Return a pandas DataFrame.

    Texts are `string`, integers `Int64`, numbers `float64`, booleans `boolean`, choices `category`, times
    `datetime64[us, UTC]`, and dates `datetime64[s]`. Amounts in major units are the nearest `float64`. For
    exact decimals use `polars` or `pyarrow`, or `money="minor"`.
    """
    library = need("pandas", "pandas")
    empty: dict[Type, Any] = {}
    arrays = {column.name: _pandas_column(library, column, table.count, empty) for column in table.columns}
    frame: pd.DataFrame = library.DataFrame(arrays, index=library.RangeIndex(table.count), copy=False)
    return frame


def _pandas_column(pd: Any, column: Column, count: int, empty: dict[Type, Any]) -> Any:
    """Return a column. Columns without values, often the majority, are copies of one column."""
    if column.values or column.type is Type.CHOICE:
        return _pandas_array(pd, column, count)
    if column.type not in empty:
        empty[column.type] = _pandas_array(pd, column, count)
    return empty[column.type].copy()


_PANDAS: Final = {
    Type.TEXT: "string",
    Type.INTEGER: "Int64",
    Type.NUMBER: "float64",
    Type.BOOLEAN: "boolean",
    Type.DATE: "datetime64[s]",
    Type.DATETIME: "datetime64[us, UTC]",
}


def _pandas_array(pd: Any, column: Column, count: int) -> Any:
    values = column.values or [None] * count
    if column.type is Type.MONEY:
        return pd.array(_major_floats(column, count), dtype="float64")
    if column.type is Type.CHOICE:
        return pd.Categorical(values, categories=_categories(column))
    dtype = _PANDAS.get(column.type)
    if dtype is None:
        return pd.Series(values, dtype=object)
    return pd.array(values, dtype=dtype)


def _major_floats(column: Column, count: int) -> Any:
    """Return amounts in major units. Dividing two exact numbers gives the nearest float."""
    import numpy as np  # a dependency of pandas

    if not column.values:
        return np.full(count, _NAN)
    divisors = _divisors(column)
    divisor = np.array([divisors.get(code, _NAN) for code in _shortest(column.currencies)])
    amounts = np.array(column.values, dtype="float64")  # None becomes NaN
    if not (np.abs(amounts) >= _EXACT).any():
        return amounts / divisor
    pairs = zip(column.values, column.currencies, strict=True)
    return np.array([_quotient(value, divisors.get(code or "")) for value, code in pairs])


def _quotient(value: int | None, divisor: int | None) -> float:
    return _NAN if value is None or divisor is None else value / divisor


def _shortest(currencies: list[Any]) -> list[Any]:
    """Return a single currency if all rows have the same, or else all currencies."""
    return currencies if len(set(currencies)) > 1 else currencies[:1]


def _divisors(column: Column) -> dict[str, int]:
    """Return the number of minor units in a major unit, by currency."""
    return {code: 10 ** exponent(code) for code in set(column.currencies) if code}


def _categories(column: Column) -> list[str]:
    """Return the known choices, and then the unknown ones in the answer."""
    found = {value for value in column.values if value is not None}
    return [*column.choices, *sorted(found.difference(column.choices))]


# -- pyarrow and polars -------------------------------------------------------------------------------------


def to_arrow(table: Columns) -> pa.Table:
    """Return a pyarrow Table.

    Amounts in major units are exact `decimal128`, dates are `date32`, times `timestamp[us, UTC]`, and choices
    are dictionaries. Lists, and objects without known fields, are JSON text; see `explode`.
    """
    library = need("pyarrow", "parquet")
    arrays = [_arrow_array(library, column, table) for column in table.columns]
    return library.Table.from_arrays(arrays, names=[column.name for column in table.columns])


def to_polars(table: Columns) -> pl.DataFrame:
    """Return a polars DataFrame with the types of `to_arrow`."""
    frame: pl.DataFrame = need("polars", "polars").from_arrow(to_arrow(table))
    return frame


def _arrow_array(pa: Any, column: Column, table: Columns) -> Any:
    kind = _arrow_type(pa, column.type)
    if not column.values:
        return pa.nulls(table.count, kind)
    if column.type is Type.MONEY:
        return _arrow_money(pa, column, table)
    if column.type is Type.CHOICE:
        return pa.array(column.values, pa.string()).dictionary_encode()
    if column.type in {Type.JSON, Type.LIST}:
        return pa.array([as_json(value) for value in column.values], pa.string())
    return pa.array(column.values, kind)


def _arrow_money(pa: Any, column: Column, table: Columns) -> Any:
    """Return exact amounts: convert integers in thousandths to decimals."""
    compute = import_module("pyarrow.compute")
    kind = pa.decimal128(MONEY_DIGITS[0], 0)
    factors = {code: _THOUSAND // divisor for code, divisor in _divisors(column).items()}
    factor = pa.array(map(factors.get, _shortest(column.currencies)), pa.int64())
    try:
        amounts = pa.array(column.values, pa.int64())
        counted = compute.multiply_checked(amounts, factor if len(factor) > 1 else factor[0]).cast(kind)
    except pa.ArrowInvalid:
        counted = None
    if counted is None or 0 in factors.values():  # more than 64 bits, or smaller units than thousandths
        counted = pa.array(_exact_thousandths(column, table), kind)
    one = pa.scalar(Decimal((0, (1,), -MONEY_DIGITS[1])), pa.decimal128(3, MONEY_DIGITS[1]))
    return compute.multiply(counted, one).cast(pa.decimal128(*MONEY_DIGITS))


def _exact_thousandths(column: Column, table: Columns) -> list[int | None]:
    """Return amounts in thousandths, slowly. Amounts that don't fit are empty."""
    divisors = _divisors(column)
    counted: list[int | None] = []
    lost = []
    for row, (value, code) in enumerate(zip(column.values, column.currencies, strict=True)):
        if value is None or code not in divisors:
            counted.append(None)
            continue
        amount, rest = divmod(value * _THOUSAND, divisors[code])
        fits = not rest and abs(amount) < _TOO_MANY
        counted.append(amount if fits else None)
        if not fits:
            lost.append((row, value))
    if lost:
        table.unexpected.append(unexpected(column.name, _FITTING, lost))
    return counted


def _arrow_type(pa: Any, kind: Type) -> Any:
    types = {
        Type.INTEGER: pa.int64(),
        Type.NUMBER: pa.float64(),
        Type.BOOLEAN: pa.bool_(),
        Type.DATE: pa.date32(),
        Type.DATETIME: pa.timestamp("us", "UTC"),
        Type.CHOICE: pa.dictionary(pa.int32(), pa.string()),
        Type.MONEY: pa.decimal128(*MONEY_DIGITS),
    }
    return types.get(kind, pa.string())


def described(table: Columns, backend: str, **facts: Any) -> Any:
    """Return the table of a backend with facts about it.

    The facts are in `df.attrs` in pandas, and as JSON in the schema's metadata under `monite_magic` in
    pyarrow. polars has no place for them.

    Args:
        table: The columns.
        backend: A key of `BACKENDS`.
        facts: Additional facts, as plain data.

    Warns:
        UnexpectedValuesWarning: Some values don't match the catalogue.
    """
    made = BACKENDS[backend](table)
    odd = [found.to_json() for found in table.unexpected]
    known = {"units": table.units(), "unexpected": odd, **{k: v for k, v in facts.items() if v is not None}}
    if backend == "pandas":
        made.attrs.update(known)
    elif backend == "pyarrow":
        made = made.replace_schema_metadata({METADATA: json.dumps(known)})
    if table.unexpected:
        text = " ".join(map(str, table.unexpected[:_MAX_REPORTED]))
        more = len(table.unexpected) - _MAX_REPORTED
        others = f" {more} more columns: see df.attrs['unexpected']." if more > 0 else ""
        warnings.warn(text + others, UnexpectedValuesWarning, stacklevel=_OUTSIDE)
    return made


#: The values of `backend=`.
BACKENDS: Final[dict[str, Callable[[Columns], Any]]] = {
    "pandas": to_pandas,
    "polars": to_polars,
    "pyarrow": to_arrow,
}
