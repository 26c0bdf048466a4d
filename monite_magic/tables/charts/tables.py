"""What charts read of a table: which rows count, and which columns tell what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from monite_magic.core import RequestError
from monite_magic.tables.frames.backends import need

if TYPE_CHECKING:
    import pandas as pd

#: Statuses in which nothing is open: paid, given up, or not yet a bill.
_CLOSED: Final = frozenset(
    {"paid", "canceled", "rejected", "deleted", "draft", "declined", "expired", "uncollectible", "recurring"}
)
_NO_BILLS: Final = ("quote", "credit_note")
_DAYS: Final = ("due_date", "issued_at", "issue_date", "paid_at")
_AMOUNTS: Final = ("total_amount", "amount_due")


def as_pandas(table: Any) -> pd.DataFrame:
    """Return a table as charts take it: of pandas, days as `datetime64`, amounts as `float64`.

    Args:
        table: A DataFrame of pandas or polars, or a Table of pyarrow, also one that comes from a file.

    Raises:
        RequestError: It is none of them.
    """
    library = need("pandas", "pandas")
    found = table
    if not isinstance(table, library.DataFrame) and hasattr(table, "to_pandas"):
        found = table.to_pandas()
    if not isinstance(found, library.DataFrame):
        raise RequestError(
            f"A {type(table).__name__} is no table.", hint="Take the .df() of payables or receivables."
        )
    columns = {name: _days(found[name]) for name in _DAYS if name in found}
    amounts = [name for name in _AMOUNTS if name in found and found[name].dtype == object]
    return found.assign(**columns, **{name: found[name].astype("float64") for name in amounts})


def _days(column: Any) -> Any:
    library = need("pandas", "pandas")
    if library.api.types.is_datetime64_any_dtype(column):
        return column
    try:
        return library.to_datetime(column)
    except (TypeError, ValueError):
        raise RequestError(
            f"The column {column.name} does not hold days.", hint="Take the .df() of payables or receivables."
        ) from None


def day_column(moments: Any) -> Any:
    """Return the days, in UTC, of moments with or without a zone."""
    return (moments.dt.tz_convert(None) if moments.dt.tz is not None else moments).dt.normalize()


def require(table: pd.DataFrame, *names: str) -> None:
    """See that there are columns of these names.

    Raises:
        RequestError: One is missing.
    """
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise RequestError(
            f"The table has no column {', '.join(missing)}.",
            hint="Take the .df() of payables or receivables, with money='major'.",
        )


def status(table: pd.DataFrame) -> Any:
    """Return the statuses as texts, empty where there are none."""
    if "status" in table.columns:
        return table["status"].astype("string").fillna("")
    return need("pandas", "pandas").Series("", index=table.index, dtype="string")


def only_open(table: pd.DataFrame) -> pd.DataFrame:
    """Return the bills and invoices of which something is still to be paid."""
    bills = of_bills(table)
    return bills[~status(bills).isin(_CLOSED)]


def of_bills(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows without quotes and credit notes, which nobody owes."""
    if "type" not in table.columns:
        return table
    return table[~table["type"].astype("string").isin(_NO_BILLS)]


def amount_left(table: pd.DataFrame) -> Any:
    """Return what is still to be paid: the amount due where it is told, else the whole amount."""
    require(table, *(() if "amount_due" in table.columns else ("total_amount",)))
    whole = table["total_amount"] if "total_amount" in table.columns else table["amount_due"]
    return table["amount_due"].fillna(whole) if "amount_due" in table.columns else whole


def counterpart(table: pd.DataFrame) -> Any:
    """Return what each row's counterpart is called: its name, else its id, else `unknown`."""
    names = need("pandas", "pandas").Series(None, index=table.index, dtype="string")
    for column in ("counterpart_name", "counterpart.name", "counterpart_raw_data.name", "counterpart_id"):
        if column in table.columns:
            names = names.fillna(table[column].astype("string"))
    return names.fillna("unknown")


def by_currency(table: pd.DataFrame, amounts: Any, groups: Any) -> pd.DataFrame:
    """Return the sums of the amounts: a row for each group, a column for each currency."""
    library = need("pandas", "pandas")
    rows = library.DataFrame(
        {"group": groups, "currency": table["currency"].astype("string"), "amount": amounts}
    )
    rows = rows.dropna()
    sums = rows.groupby(["group", "currency"], observed=True)["amount"].sum().unstack(fill_value=0.0)
    sums.columns = [str(name) for name in sums.columns]
    sums.index = [str(name) for name in sums.index]
    rounded: pd.DataFrame = sums.round(3)
    return rounded
