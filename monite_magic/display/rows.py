"""Turn a list of rows into a table: choose and sort columns, and format cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from monite_magic.catalogue.currencies import format_minor
from monite_magic.catalogue.formats import moment
from monite_magic.core.masking import MASK, Secret
from monite_magic.core.words import counted
from monite_magic.display.fields import MINOR_UNITS, PARTIES, currency_of, kind_of, label_of, percent
from monite_magic.display.grid import Cell, Column, Grid

if TYPE_CHECKING:
    from monite_magic.catalogue.shapes import Shape

#: Column order, most important first; the first pattern that matches a name ranks it.
_RANKS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"document_id|number|invoice_number",
        r"(legal_|display_|tag_)?name|title|subject|label",
        r"first_name",
        r"last_name",
        r"counterpart_name|counterpart|counterpart_raw_data",
        r"type|object_type|category|role|action",
        r"status|.*_status",
        r"total_amount",
        r"amount|value|price|unit_price",
        r"due_date",
        r"issued_at|issue_date|paid_at|expiry_date",
        r"amount_due",
        r"amount_(paid|to_pay)|quantity|total",
        r"email|login|role_id|iban|account_number|phone|description|message|text",
        r"country|city|code|is_customer|is_vendor|is_default.*",
        r"currency",
        r"created_at",
        r".*_(date|at)",
    )
)
_TONES: Final = {
    "ok": "paid accepted active approved succeeded success completed issued enabled delivered applied",
    "warning": "overdue partially_paid approve_in_progress processing waiting expired issuing pending",
    "error": "failed rejected declined uncollectible canceled deleted error inactive disabled timed_out",
}
_TONE_OF: Final = {word: tone for tone, words in _TONES.items() for word in words.split()}


def rows_grid(
    rows: Sequence[Any], shape: Shape, *, max_columns: int, currencies: Sequence[str | None] | None = None
) -> tuple[Grid, tuple[str, ...]]:
    """Return the rows as a table, and the names of omitted columns.

    Args:
        rows: The rows to show.
        shape: The shape of a row in the catalogue.
        max_columns: Maximum number of columns.
        currencies: The currency of each row that names none itself.
    """
    if not all(isinstance(row, Mapping) for row in rows):
        return Grid([Column("value")], [[value_cell("value", row, {}, shape)] for row in rows]), ()
    flat = [_with_party(row) for row in rows]
    names = _ordered(flat, shape)
    shown, left_out = names[:max_columns], names[max_columns:]
    if "id" in left_out:  # always show the ID, since the next call needs it
        left_out = (*shown[max_columns - 1 :], *(name for name in left_out if name != "id"))
        shown = (*shown[: max_columns - 1], "id")
    codes = currencies or [None] * len(flat)
    cells = [_cells(row, shown, shape.of(row), code) for row, code in zip(flat, codes, strict=True)]
    columns = [
        Column(name, "right" if _is_numeric(name, flat, shape) else "left", keep=name == "id")
        for name in shown
    ]
    return Grid(columns, cells), left_out


def _cells(row: Mapping[str, Any], names: Iterable[str], shape: Shape, currency: str | None) -> list[Cell]:
    code = currency_of(row, currency)
    return [value_cell(n, row[n], row, shape.field(n), code) if n in row else Cell("") for n in names]


def _with_party(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Merge the fields of the organisation or individual into the row, with one `name`."""
    for party in PARTIES:
        inner = row.get(party)
        if isinstance(inner, Mapping):
            own = {key: value for key, value in row.items() if key not in PARTIES}
            return {**inner, **own, "name": own.get("name") or label_of(inner)}
    return row


def _ordered(rows: Sequence[Mapping[str, Any]], shape: Shape) -> tuple[str, ...]:
    present = {name: None for row in rows for name, value in row.items() if value not in (None, "", [], {})}
    names = list(present) if rows else [name for name in shape.properties if name not in PARTIES]
    if (
        any(kind_of(n, r.get(n), r, shape.field(n)) == "money" for r in rows for n in names)
        and "currency" in names
    ):
        names.remove("currency")  # each amount shows it
    if "first_name" in names and "name" in names:
        names = [name for name in names if name not in {"first_name", "last_name", "legal_name"}]
    elif "legal_name" in names and "name" in names:
        names.remove("legal_name")
    return tuple(sorted(names, key=_rank))


def _rank(name: str) -> int:
    if name == "id":
        return len(_RANKS)
    found = (rank for rank, pattern in enumerate(_RANKS) if pattern.fullmatch(name))
    unranked = len(_RANKS) + 1 + name.endswith("_id")
    return next(found, unranked)


def _is_numeric(name: str, rows: Sequence[Mapping[str, Any]], shape: Shape) -> bool:
    values = [row[name] for row in rows if row.get(name) is not None]
    if not values:
        return bool(shape.field(name).types & {"integer", "number"})
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values) or all(
        isinstance(value, Mapping) and currency_of(value) for value in values
    )


def value_cell(
    name: str, value: Any, around: Mapping[str, Any], shape: Shape, currency: str | None = None
) -> Cell:
    """Return the cell for one value in a currency; see `fields.kind_of` for the other arguments."""
    if value is None:
        return Cell("")
    if isinstance(value, Mapping):
        label, count = label_of(value), len(value)
        if label == value.get("id") and kind_of("id", label, value, shape.field("id")) == "id":
            return _short_id(str(label))  # it has no better label
        fields = counted(count, "field") if value else "{}"
        return Cell(label if label is not None else fields)
    if isinstance(value, list):
        return _list_cell(value)
    if isinstance(value, bool):
        return Cell("yes" if value else "no")
    kind = kind_of(name, value, around, shape)
    if kind == "secret":
        return Cell(MASK)
    if kind == "money" and currency:
        return Cell(format_minor(value, currency), f"{value} minor units of {currency}")
    if kind == "money" and shape.types:  # money by the catalogue, but without a currency
        return Cell(f"{_number(value)} {MINOR_UNITS}")
    if kind == "rate":
        return Cell(percent(value), f"{value}, percent times 100")
    if kind == "datetime" and (when := moment(value)):
        return Cell(f"{when:%Y-%m-%d %H:%M}", value)
    if kind == "id":
        return _short_id(value)
    if kind == "enum" and name.endswith("status"):
        return Cell(value, look="chip", tone=_TONE_OF.get(value, "neutral"))
    return Cell(_number(value) if isinstance(value, int | float) else str(value))


def _short_id(value: str) -> Cell:
    return Cell(f"{value[:8]}…", value, "code")


def _list_cell(values: list[Any]) -> Cell:
    if not values:
        return Cell("")
    first = values[:3]
    if all(isinstance(value, str | int | float) for value in first):
        names = [str(value) for value in first if not isinstance(value, Secret)]
    else:
        names = [label for value in first if (label := label_of(value))]
    more = ", …" if len(values) > len(names) else ""
    items = counted(len(values), "item")
    return Cell(f"{items}: {', '.join(names)}{more}" if names else items)


def _number(value: float) -> str:
    """Format a number with grouped digits; describe a huge number by its size."""
    try:
        return f"{value:,}" if isinstance(value, int) else f"{value:,.15g}"
    except ValueError:
        return (
            f"a number with about {value.bit_length() * 3 // 10:,} digits" if isinstance(value, int) else "?"
        )
