"""Read documents from a table in a common form, with notes about what is not included."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monite_magic.catalogue.currencies import exponent
from monite_magic.core import RequestError
from monite_magic.core.words import counted
from monite_magic.tables.charts.day_arguments import zone_of
from monite_magic.tables.charts.figures import LEFT_OUT
from monite_magic.tables.charts.rates import decimals, with_converted
from monite_magic.tables.charts.statuses import STATUSES, TYPES, Report, statuses_in
from monite_magic.tables.frames import frame
from monite_magic.tables.frames.backends import METADATA, need

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from monite_magic.tables.charts.rates import Reporting

_DAYS: Final = ("due_date", "issued_at", "issue_date", "paid_at", "created_at", "updated_at")
_AMOUNTS: Final = (
    "total_amount", "amount_due", "amount_paid", "total_amount_with_credit_notes",
    "amount", "overpaid_amount",
)  # fmt: skip
_NAMES: Final = ("counterpart_name", "counterpart.name", "counterpart_raw_data.name")
#: The columns that reports read. A table can have hundreds.
_USED: Final = (
    *_DAYS, *_AMOUNTS, *_NAMES, "id", "type", "status", "currency", "counterpart_id", "based_on", "object.id",
    "invoice_id", "iterations", "automation_level", "payment_terms.term_final.number_of_days",
)  # fmt: skip
_HINT: Final = "Use the .df() of payables or receivables."
_SHORT_ID: Final = 8


class Known(NamedTuple):
    """The days that a table covers.

    Attributes:
        since: The first day. Before it, the data may have been different.
        until: The last day. Later changes are not in the table.
    """

    since: date
    until: date


class Documents(NamedTuple):
    """Documents in the common form.

    Attributes:
        rows: One row per document: the table's columns, and `issued`, `paid` (days), `party` and `left`.
        known: The days that the table covers.
        notes: Sentences about what is not included.
    """

    rows: pd.DataFrame
    known: Known
    notes: list[str]


def documents_of(given: Any, report: Report, time_zone: str | None, *columns: str) -> Documents:
    """Return a table's documents that count in a report.

    Args:
        given: A table of payables or receivables.
        report: The report.
        time_zone: The company's time zone, to convert times to days. By default, UTC.
        columns: Required columns.

    Raises:
        RequestError: It is not a table, or a column is missing.
    """
    table = as_pandas(given)
    require(table, *columns)
    notes = remarks(table)
    rows = _of_types(table, notes)
    rows = _of_statuses(rows, statuses_in(report), notes)
    rows = with_currency(rows, notes)
    return Documents(with_days(rows, time_zone), known_days(table, time_zone), notes)


def as_pandas(table: Any) -> pd.DataFrame:
    """Convert a table to pandas, with days as `datetime64` and amounts as `float64`.

    Args:
        table: An answer, a pandas or polars DataFrame, a pyarrow Table, or a DuckDB relation, also if loaded
            from a file.

    Raises:
        RequestError: It is none of these, or its amounts are in minor units.
    """
    library = need("pandas", "pandas")
    found = table
    if getattr(type(table), "__monite_answer__", False):
        found = frame(table)
        found.attrs["incomplete"] = table.incomplete
    elif not isinstance(table, library.DataFrame) and hasattr(table, "to_pandas"):
        found = _from_other(table)
    elif hasattr(table, "__arrow_c_stream__") and not isinstance(table, library.DataFrame):
        table = need("pyarrow", "parquet").table(table)  # a DuckDB relation or a record batch reader
        found = _from_other(table)
    if not isinstance(found, library.DataFrame):
        raise RequestError(f"A {type(table).__name__} is not a table.", hint=_HINT)
    units = found.attrs.get("units")
    if isinstance(units, dict) and any(str(unit).startswith("minor units of") for unit in units.values()):
        raise RequestError("The table's amounts are in minor units.", hint="Use .df() with money='major'.")
    found = found[[name for name in _USED if name in found.columns]].reset_index(drop=True)
    if not units and (whole := next((name for name in _AMOUNTS if _is_whole(table, name)), None)):
        found.attrs["without_units"] = (
            f"{whole} has whole numbers and no unit, and is read as major units of its currency."
        )
    columns = {name: _days(found[name]) for name in _DAYS if name in found}
    amounts = [name for name in _AMOUNTS if name in found and found[name].dtype != "float64"]
    return _once(found.assign(**columns, **{name: _floats(found[name]) for name in amounts}))


def _once(table: pd.DataFrame) -> pd.DataFrame:
    """Return the newest row of each ID, with an attribute about the others."""
    if "id" not in table or table["id"].dropna().is_unique:
        return table
    rows = table
    if "updated_at" in table:
        rows = table.sort_values("updated_at", kind="stable", na_position="first")
    other = rows["id"].duplicated(keep="last") & rows["id"].notna()
    once: pd.DataFrame = rows[~other].sort_index()
    rows_left_out = counted(int(other.sum()), "row")
    once.attrs["repeated"] = f"{LEFT_OUT}: {rows_left_out} with the same ID as a newer or later row."
    return once


def remarks(table: pd.DataFrame) -> list[str]:
    """Return the sentences about missing pages, repeated rows and amounts without a unit, if any."""
    known = (table.attrs.get(name) for name in ("repeated", "without_units"))
    return [*incomplete(table), *filter(None, known)]


def incomplete(table: pd.DataFrame) -> list[str]:
    """Return the sentence about missing pages of a list, if any."""
    return [note] if (note := table.attrs.get("incomplete")) else []


def _from_other(table: Any) -> Any:
    schema = getattr(table, "schema", None)
    metadata = getattr(schema, "metadata", None)
    has_dates = {"date_as_object": True} if hasattr(table, "combine_chunks") else {}
    found = table.to_pandas(**has_dates)
    if metadata and METADATA.encode() in metadata:
        found.attrs.update(json.loads(metadata[METADATA.encode()]))
    return found


def _is_whole(table: Any, name: str) -> bool:
    """Whether a column of a pandas, polars or Arrow table has an integer type."""
    if name not in (table.column_names if hasattr(table, "column_names") else table.columns):
        return False
    column = table[name]
    kind = column.type if hasattr(column, "type") else column.dtype
    return str(kind).lower().lstrip("u").startswith("int")


def _floats(column: Any) -> Any:
    try:
        return column.astype("float64")
    except (TypeError, ValueError):
        raise RequestError(f"The column {column.name} doesn't contain amounts.", hint=_HINT) from None


def _days(column: Any) -> Any:
    library = need("pandas", "pandas")
    if isinstance(column.dtype, library.DatetimeTZDtype) or column.dtype.kind == "M":
        # Nanoseconds end in 2262, but due dates can be later.
        return column if not isinstance(column.dtype, library.ArrowDtype) else _days(column.astype(object))
    try:
        if column.isna().all():
            return library.Series(library.NaT, index=column.index, dtype="datetime64[s]")
        first = column.dropna().iloc[0]
        if isinstance(first, date) and not isinstance(first, datetime):
            return column.astype("datetime64[s]")
        if isinstance(first, str) and column.dropna().str.len().eq(len("2027-01-31")).all():
            return column.astype("datetime64[s]")
        return library.to_datetime(column, format="ISO8601" if isinstance(first, str) else None)
    except (TypeError, ValueError, AttributeError):
        raise RequestError(f"The column {column.name} doesn't contain dates.", hint=_HINT) from None


def with_days(rows: pd.DataFrame, time_zone: str | None) -> pd.DataFrame:
    """Return the rows with their issue and payment days, in the company's time zone."""
    nothing = need("pandas", "pandas").Series(need("pandas", "pandas").NaT, index=rows.index)
    nothing = nothing.astype("datetime64[s]")
    issued = next((rows[name] for name in ("issued_at", "issue_date") if name in rows), nothing)
    paid = rows.get("paid_at", nothing)
    return rows.assign(issued=day_column(issued, time_zone), paid=day_column(paid, time_zone))


def day_column(moments: Any, time_zone: str | None = None) -> Any:
    """Return the days of times in a time zone. Values without a zone already are days."""
    if moments.dt.tz is not None:
        moments = moments.dt.tz_convert(zone_of(time_zone)).dt.tz_localize(None)
    return moments.dt.normalize().astype("datetime64[s]")


def known_days(table: pd.DataFrame, time_zone: str | None) -> Known:
    """Return the days that a table covers: the day of its answer, or else its newest change to today."""
    zone = zone_of(time_zone)
    answered = table.attrs.get("answered_at")
    if isinstance(answered, str):
        day = datetime.fromisoformat(answered).astimezone(zone).date()
        return Known(day, day)
    today = datetime.now(zone).date()
    changed = table["updated_at"].max() if "updated_at" in table and len(table) else None
    if changed is None or changed != changed:  # NaT
        return Known(today, today)
    moment: datetime = changed.to_pydatetime()
    newest = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone).date()
    return Known(newest, max(newest, today))


def require(table: pd.DataFrame, *names: str) -> None:
    """Check that a table has these columns.

    Raises:
        RequestError: A column is missing.
    """
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise RequestError(
            f"The table has no column {', '.join(missing)}.",
            hint="Use the .df() of payables or receivables, with money='major'.",
        )


def _of_types(table: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Return the bills and invoices."""
    if "type" not in table.columns:
        return table
    kinds = table["type"].astype("string")
    note_unknown(table, kinds, TYPES, "type", notes)
    counting = [name for name, (counts, _) in TYPES.items() if counts]
    return table[kinds.isna() | kinds.isin(counting)]


def _of_statuses(rows: pd.DataFrame, counting: frozenset[str], notes: list[str]) -> pd.DataFrame:
    if "status" not in rows.columns:
        if len(rows):
            notes.append("The table has no status, so all its documents count.")
        return rows
    statuses = rows["status"].astype("string").fillna("")
    note_unknown(rows, statuses, STATUSES, "status", notes)
    return rows[statuses.isin(counting)]


def note_unknown(
    rows: pd.DataFrame,
    kinds: Any,
    known: Mapping[str, object],
    what: str,
    notes: list[str],
    noun: str = "document",
) -> None:
    """Add a note about documents with an unknown status or type, which don't count."""
    found = kinds[~kinds.isin(list(known)) & kinds.notna()]
    for name in sorted(set(found)):
        which = f"the unknown {what} {name!r}" if name else f"no {what}"
        amounts = rows["amount"][kinds == name] if noun == "payment" else None
        notes.append(left_out(rows[kinds == name], f"with {which}", amounts, noun=noun))


def with_currency(rows: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Return the rows with a currency, and add a note about the others, whose amounts are unknown."""
    codes = rows["currency"].astype("string") if "currency" in rows else None
    if codes is None:
        return rows
    has = codes.notna() & (codes != "")
    if not has.all():
        notes.append(left_out(rows[~has], "without a currency"))
    return rows[has]


def with_amounts(rows: pd.DataFrame, amounts: Any, notes: list[str]) -> pd.DataFrame:
    """Return the rows with an amount, and add a note about the others."""
    if amounts.isna().any():
        notes.append(left_out(rows[amounts.isna()], "without an amount"))
    return rows[amounts.notna()]


def left_out(
    rows: pd.DataFrame, why: str, amounts: Any = None, prefix: str = LEFT_OUT, noun: str = "document"
) -> str:
    """Return the sentence about documents that are not included, with their number and sum.

    Args:
        rows: The documents.
        why: The reason, after the count.
        amounts: Their amounts. By default, the open amounts.
        prefix: The start of the sentence.
        noun: What they are.
    """
    count = counted(len(rows), noun)
    if amounts is None and not {"total_amount", "amount_due"} & set(rows.columns):
        return f"{prefix}: {count} {why}."
    sums = sums_in_words(rows, amount_left(rows) if amounts is None else amounts)
    return f"{prefix}: {count} {why}{f' ({sums})' if sums else ''}."


def below_zero(rows: pd.DataFrame, left: Any) -> list[str]:
    """Return the sentences about documents with an open amount below zero, which reports show as 0."""
    negative = (left < 0) & (rows["total_amount"] < 0 if "total_amount" in rows else False)
    overpaid = (left < 0) & ~negative
    notes = []
    if negative.any():
        notes.append(left_out(rows[negative], "with a negative total", left[negative], "Not subtracted"))
    if overpaid.any():
        why = "paid or credited beyond its amount"
        notes.append(left_out(rows[overpaid], why, -left[overpaid], "Overpaid"))
    return notes


def sums_in_words(rows: pd.DataFrame, amounts: Any) -> str:
    """Return the sums of amounts by currency, such as `100.00 EUR, 10.000 KWD`."""
    if not len(rows) or "currency" not in rows:
        return ""
    sums = by_currency(rows, amounts, "sum")
    return ", ".join(
        f"{sums.loc['sum', code]:,.{exponent(code)}f} {code}"
        for code in sums.columns
        if sums.loc["sum", code]
    )


def amount_left(table: pd.DataFrame) -> Any:
    """Return the open amounts: the amount due, or else the total.

    The total of an invoice with credit notes is already reduced by them.
    """
    if "amount_due" not in table.columns:
        require(table, "total_amount")
    whole = table["total_amount"] if "total_amount" in table.columns else table["amount_due"]
    if "total_amount_with_credit_notes" in table.columns:
        whole = table["total_amount_with_credit_notes"].fillna(whole)
    return table["amount_due"].fillna(whole) if "amount_due" in table.columns else whole


def parties(table: pd.DataFrame) -> Any:
    """Return the name of each row's counterpart: the newest for each `counterpart_id`.

    The start of the ID distinguishes counterparts with the same name. Rows without an ID use the name.
    """
    library = need("pandas", "pandas")
    names = library.Series(None, index=table.index, dtype="string")
    for column in _NAMES:
        if column in table.columns:
            names = names.fillna(table[column].astype("string"))
    if "counterpart_id" not in table.columns:
        return names.fillna("unknown")
    ids = table["counterpart_id"].astype("string")
    when = next((table[name] for name in ("updated_at", "created_at", "issued") if name in table), None)
    rows = library.DataFrame({"id": ids, "name": names})
    if when is not None:
        rows = rows.iloc[when.reset_index(drop=True).sort_values(kind="stable", na_position="first").index]
    newest = rows.dropna().groupby("id")["name"].last()
    shared = newest[newest.duplicated(keep=False)]
    labels = newest.astype(object).to_dict()
    labels |= {key: f"{name} ({key[:_SHORT_ID]})" for key, name in shared.items()}
    return ids.map(labels).astype("string").fillna(ids).fillna(names).fillna("unknown")


def by_currency(
    table: pd.DataFrame, amounts: Any, groups: Any, money: Reporting | None = None
) -> pd.DataFrame:
    """Return the sums of amounts, with a row per group and a column per currency.

    One more column is for the reporting currency, if there is one.
    """
    library = need("pandas", "pandas")
    rows = library.DataFrame(
        {"group": groups, "currency": table["currency"].astype("string"), "amount": amounts},
        index=table.index,
    )
    rows = with_converted(rows.dropna(), money, "amount")
    sums = rows.groupby(["group", "currency"], observed=True)["amount"].sum().unstack(fill_value=0.0)
    sums.columns = [str(name) for name in sums.columns]
    sums.index = [str(name) for name in sums.index]
    rounded: pd.DataFrame = sums.round({code: decimals(code, money) for code in sums.columns})
    return rounded
