"""Reconstruct what was open on a past day from issue dates, payments and credit notes.

An answer contains the currently open amounts. Past amounts follow from the totals of documents and from the
payments and credit notes until that day, if all of these have dates. Other documents are not included, and a
note says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from monite_magic.core import RequestError
from monite_magic.tables.charts.documents import (
    Documents,
    as_pandas,
    below_zero,
    day_column,
    incomplete,
    known_days,
    left_out,
    note_unknown,
    remarks,
    require,
    with_amounts,
    with_currency,
    with_days,
)
from monite_magic.tables.charts.rates import decimals
from monite_magic.tables.charts.statuses import (
    CREDITING,
    ENDED_UNDATED,
    PAYMENT_STATUSES,
    STATUSES,
    TYPES,
    WRITTEN_OFF,
    statuses_in,
)
from monite_magic.tables.frames.backends import need

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

_PAYMENT_COLUMNS: Final = ("object.id", "amount", "currency", "paid_at")


def open_on(
    day: date, given: Any, payments: Any, credit_notes: Any, time_zone: str | None, *columns: str
) -> Documents:
    """Return the documents with an open amount on a day. The column `left` has the amount.

    Args:
        day: A past day.
        given: A current table of payables or receivables.
        payments: A table of payment records.
        credit_notes: A table of credit notes. Those of receivables can be in `given`.
        time_zone: The company's time zone.
        columns: Required columns of `given`.

    Raises:
        RequestError: An argument is not a table, or a column is missing.
    """
    table = as_pandas(given)
    require(table, "id", "total_amount", "currency", *columns)
    at = need("pandas", "pandas").Timestamp(day)
    notes = remarks(table)
    rows = _bills(with_days(table, time_zone), at, notes)
    credits_ = _credits(table, credit_notes, time_zone)
    paid = _payments(payments, rows, time_zone, notes)
    until = _sums(rows, paid[paid["day"] <= at])
    credited = _sums(rows, credits_[credits_["day"] <= at])
    dated = credits_[credits_["day"].notna()]
    rows = _settled_by(rows, _sums(rows, paid), _sums(rows, dated), paid)
    rows = _ended_with_a_day(rows, _sums(rows, paid) + _sums(rows, dated), notes)
    until, credited = until[rows.index], credited[rows.index]
    known = ~rows["unknown"]
    if not known.all():
        why = "with a payment or credit note of unknown date"
        notes.append(left_out(rows[~known], why, rows["total_amount"][~known]))
    by_itself = rows["undocumented"].where(rows["paid"] <= at, 0.0)
    left = _exact(rows["base"] - until - credited - by_itself, rows)
    rows, left = rows[known], left[known]
    notes += below_zero(rows, left)
    rows = rows.assign(left=left.clip(lower=0.0))
    written_off = (rows["status"].astype("string") == WRITTEN_OFF) & (rows["left"] > 0)
    if written_off.any():
        why = "written off on an unknown date"
        notes.append(left_out(rows[written_off], why, rows["left"][written_off], "Counted as open"))
    return Documents(rows[rows["left"] > 0], known_days(table, time_zone), notes)


def _bills(table: pd.DataFrame, at: Any, notes: list[str]) -> pd.DataFrame:
    """Return the bills and invoices that existed on a day and may have been open."""
    rows = table
    if "type" in table.columns:
        kinds = table["type"].astype("string")
        note_unknown(table, kinds, TYPES, "type", notes)
        rows = table[kinds.isna() | kinds.isin([name for name, (counts, _) in TYPES.items() if counts])]
    require(rows, "status")
    statuses = rows["status"].astype("string").fillna("")
    note_unknown(rows, statuses, STATUSES, "status", notes)
    ended = statuses.isin(ENDED_UNDATED)
    counting = statuses.isin(statuses_in("owed") | statuses_in("paid") | {WRITTEN_OFF})
    rows = rows[counting | (ended & rows["issued"].notna())]
    undated = rows["issued"].isna()
    if undated.any():
        notes.append(left_out(rows[undated], "without an issue date", rows["total_amount"][undated]))
    rows = with_currency(rows[rows["issued"] <= at], notes)
    return with_amounts(rows, rows["total_amount"], notes)


def _ended_with_a_day(rows: pd.DataFrame, settled: Any, notes: list[str]) -> pd.DataFrame:
    """Return the rows without those that ended on an unknown date.

    An invoice that was canceled by credit notes ended on their date.
    """
    ended = rows["status"].astype("string").isin(ENDED_UNDATED)
    unknown = ended & (_exact(rows["total_amount"] - settled, rows) > 0)
    if unknown.any():
        why = "canceled, rejected or deleted on an unknown date"
        notes.append(left_out(rows[unknown], why, rows["total_amount"][unknown]))
    return rows[~unknown]


def payments_of(payments: Any, time_zone: str | None, notes: list[str]) -> pd.DataFrame:
    """Return successful payments: `id` of the document, `currency`, `amount`, `day`.

    Raises:
        RequestError: It is not a table of payment records, or pages are missing.
    """
    table = as_pandas(payments)
    if missing := incomplete(table):
        raise RequestError("The payments are not complete.", hint=" ".join(missing))
    notes += remarks(table)
    require(table, *_PAYMENT_COLUMNS)
    if "status" in table.columns:
        statuses = table["status"].astype("string").fillna("")
        note_unknown(table, statuses, PAYMENT_STATUSES, "status", notes, "payment")
        table = table[statuses.isin([name for name, counts in PAYMENT_STATUSES.items() if counts])]
    amounts = table["amount"]
    if "overpaid_amount" in table.columns:
        amounts = amounts - table["overpaid_amount"].fillna(0.0)
    days = day_column(table["paid_at"], time_zone)
    return _entries(table["object.id"], table["currency"], amounts, days)


def _payments(payments: Any, rows: pd.DataFrame, time_zone: str | None, notes: list[str]) -> pd.DataFrame:
    found = payments_of(payments, time_zone, notes)
    own = rows.drop_duplicates("id").set_index(rows.drop_duplicates("id")["id"].astype("string"))["currency"]
    currency = found["id"].map(own.astype("string"))
    other = currency.notna() & (currency != found["currency"])
    if other.any():
        why = "in another currency than the document"
        notes.append(left_out(found[other], why, found["amount"][other], noun="payment"))
    return found[currency.notna() & ~other]


def _credits(table: pd.DataFrame, given: Any, time_zone: str | None) -> pd.DataFrame:
    """Return credit notes: `id` of the credited document, `currency`, `amount`, `day`."""
    library = need("pandas", "pandas")
    found = [table[table["type"].astype("string") == "credit_note"]] if "type" in table.columns else []
    if given is not None:
        more = as_pandas(given)
        require(more, "id", "based_on", "total_amount", "currency")
        taken = found[0]["id"].astype("string") if found else []
        found.append(more[~more["id"].astype("string").isin(taken)])
    parts = []
    for notes in found:
        if "based_on" in notes.columns and "status" in notes.columns:
            dated = with_days(notes[notes["status"].astype("string").isin(CREDITING)], time_zone)
            amounts = dated["total_amount"].abs()
            parts.append(_entries(dated["based_on"], dated["currency"], amounts, dated["issued"]))
    return library.concat(parts) if parts else _entries([], [], [], [])


def _entries(ids: Any, currencies: Any, amounts: Any, days: Any) -> pd.DataFrame:
    library = need("pandas", "pandas")
    frame: pd.DataFrame = library.DataFrame(
        {
            "id": library.Series(ids, dtype="string"),
            "currency": library.Series(currencies, dtype="string"),
            "amount": library.Series(amounts, dtype="float64"),
            "day": library.Series(days, dtype="datetime64[s]"),
        }
    )
    return frame


def _sums(rows: pd.DataFrame, entries: pd.DataFrame) -> Any:
    """Return the sum of the entries of each document."""
    sums = entries.groupby("id")["amount"].sum()
    return rows["id"].astype("string").map(sums).fillna(0.0).astype("float64")


def _exact(amounts: Any, rows: pd.DataFrame) -> Any:
    """Return differences of amounts, without those that are only errors of floats."""
    codes = rows["currency"].astype("string")
    least = codes.map({code: 0.5 * 10.0 ** -decimals(code) for code in codes.unique()}).astype("float64")
    return amounts.where(amounts.abs() > least, 0.0)


def _settled_by(rows: pd.DataFrame, paid: Any, credited: Any, payments: pd.DataFrame) -> pd.DataFrame:
    """Add columns: the original amount (`base`), unrecorded payments (`undocumented`), unknown dates."""
    total = rows["total_amount"]
    due = rows["amount_due"].fillna(0.0) if "amount_due" in rows else total - paid - credited
    statuses = rows["status"].astype("string")
    due = due.where(~statuses.isin({"paid", *ENDED_UNDATED}), 0.0)
    noted = credited
    if "total_amount_with_credit_notes" in rows:
        noted = (total - rows["total_amount_with_credit_notes"]).fillna(0.0)
    settled = (total - noted - due).clip(lower=0.0)
    if "amount_paid" in rows:
        settled = rows["amount_paid"].fillna(settled)
    undocumented = _exact(settled - paid, rows).clip(lower=0.0)
    # Less than the total after deductions such as a withholding tax or a cash discount.
    base = total.where(due + settled + noted > total, due + settled + noted)
    undated = set(payments["id"][payments["day"].isna()])
    unknown = (
        ((undocumented > 0) & (rows["paid"].isna() | (statuses != "paid")))
        | (_exact(noted - credited, rows) > 0)
        | rows["id"].astype("string").isin(undated)
    )
    return rows.assign(base=base, undocumented=undocumented, unknown=unknown.fillna(True).astype(bool))
