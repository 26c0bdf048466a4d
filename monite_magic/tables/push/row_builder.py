"""Build a document from its rows: a body, items from repeated rows, and problems with their cells."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from monite_magic.catalogue.body_check import check_body
from monite_magic.tables.push.cells import BadCell, Problem, Row, Table, is_empty, shown
from monite_magic.tables.push.documents import Child, Document, digest_of, encoded, identity_of
from monite_magic.tables.push.numbers_text import BadValueError
from monite_magic.tables.push.values import (
    Amount,
    ColumnReader,
    Reference,
    country_of_iban,
    country_of_vat_id,
    iban_is_valid,
    minor_units,
    rate_units,
)

if TYPE_CHECKING:
    from monite_magic.catalogue import Schema
    from monite_magic.catalogue.findings import Finding
    from monite_magic.tables.push.fields import Field, Fields
    from monite_magic.tables.push.mapping import Mapped
    from monite_magic.tables.push.references import References

_MAX_DEPTH: Final = 6
_LINES: Final = "line_items"
_EXAMPLE: Final = "EXAMPLE"
#: Parts with a country that another field starts with: that field, the function that reads it, and the note.
_COUNTRIES: Final = (
    ("bank_accounts", "iban", country_of_iban, "The country of a bank account is that of its IBAN."),
    ("vat_ids", "value", country_of_vat_id, "The country of a VAT ID is that of its first letters."),
)
_Path = tuple[str, ...]


@dataclass
class SheetColumn:
    """A column with its field and reader."""

    mapped: Mapped
    reader: ColumnReader
    table: Table

    @property
    def index(self) -> int:
        """The column's index."""
        return self.mapped.column


@dataclass
class Values:
    """The values of a body or an item, and their columns."""

    values: dict[_Path, Any] = field(default_factory=dict)
    columns: dict[_Path, tuple[int, int]] = field(default_factory=dict)  # (row, column) by path


@dataclass
class Context:
    """Data that all documents of a table share.

    Attributes:
        fields: The fields of the operation.
        table: The rows.
        references: Looks up names.
        key: The column that identifies rows.
        columns: The table's columns.
        constants: Fields with a value for rows without one.
        kind: The kind of all bodies. Empty if a column has it.
        line_columns: The columns of a second table.
        lines: The cells of the second table by key.
        is_checked: Whether to check bodies with the catalogue. False if their kind is unknown.
        missing: The rows that need a required field without a column, by field.
        contested: Fields with two columns, which are reported only once.
        notes: The decisions.
    """

    fields: Fields
    table: Table
    references: References
    key: int | None
    columns: list[SheetColumn] = field(default_factory=list)
    constants: list[tuple[dict[str, Field], Any]] = field(default_factory=list)
    kind: str = ""
    line_columns: list[SheetColumn] = field(default_factory=list)
    lines: dict[str, list[tuple[SheetColumn, Row]]] = field(default_factory=dict)
    is_checked: bool = True
    missing: dict[str, list[int]] = field(default_factory=dict)
    contested: frozenset[str] = frozenset()
    notes: list[str] = field(default_factory=list)

    def resolved(self, leaf: str, value: Any) -> Any:
        """Return a value with names replaced by IDs.

        Raises:
            BadValueError: A name matches no row, or several.
        """
        if isinstance(value, Reference):
            return self.references.id_of(leaf, value.name)
        if isinstance(value, list):
            return [self.resolved(leaf, item) for item in value]
        return value

    def note_once(self, text: str) -> None:
        """Add a note once for the whole table."""
        if text not in self.notes:
            self.notes.append(text)


class RowBuilder:
    """Builds one document.

    Args:
        context: Data that all documents of the table share.
        rows: Its rows. Several rows can have one key.
    """

    def __init__(self, context: Context, rows: list[Row]) -> None:
        self._c = context
        self._rows = rows
        self._problems: list[Problem] = []
        self._warnings: list[Problem] = []
        self._main = Values()
        self._path = Values()
        self._items: dict[str, list[Values]] = {}
        self._amounts: list[tuple[str, str, Decimal]] = []
        self._kind = context.kind

    def document(self) -> Document:
        """Return the document with its problems."""
        c, rows = self._c, self._rows
        table = c.table
        numbers = {row.number for row in rows}
        self._problems += [p for p in table.problems if p.row in numbers]
        self._kind = self._kind or self._stated_kind(rows[0])
        for at_row, row in enumerate(rows):
            self._example(row)
            self._read_row(row, c.columns, first=at_row == 0)
        key = self._key()
        for column, row in c.lines.get(key if c.key is not None else "", []):
            self._read_line(column, row)
        self._read_lines_end()
        self._countries()
        self._constants()
        self._derived()
        data = self._body(self._main, "", self._currency(self._main, None))
        currency = data.get("currency") if isinstance(data, dict) else None
        children, lists = self._parts(currency if isinstance(currency, str) else None)
        data.update(lists)
        if self._kind and "type" in c.fields.fields and c.fields.operation.method == "POST":
            data.setdefault("type", self._kind)
        has_body = c.fields.operation.body is not None
        if has_body:
            self._check(data, c.fields.operation.body.schema, "", self._main)  # type: ignore[union-attr]
            if c.fields.operation.method == "PATCH" and not data and not self._problems:
                self._problems.append(Problem("has no changes", rows[0].number))
        path = self._url_path()
        body = encoded(data) if has_body else None
        if c.key is None and c.fields.operation.method == "POST":
            key = digest_of(path.encode(), body or b"")
        return Document(
            key,
            tuple(row.number for row in rows),
            path,
            body,
            children,
            self._problems,
            self._warnings,
            identity_of(data),
            tuple(self._amounts),
        )

    # -- reading ----------------------------------------------------------------------------------------

    def _stated_kind(self, row: Row) -> str:
        for column in self._c.columns:
            if column.mapped.name == "type" and not is_empty(row.cells[column.index]):
                try:
                    return str(column.reader.value(row.cells[column.index]))
                except BadValueError:
                    return ""
        return ""

    def _example(self, row: Row) -> None:
        if any(isinstance(cell, str) and cell.strip().startswith(_EXAMPLE) for cell in row.cells):
            self._problems.append(Problem("is an example row of the template: delete it", row.number))

    def _key(self) -> str:
        c, row = self._c, self._rows[0]
        parameter = c.fields.id_parameter
        if c.key is not None:
            key = key_text(row.cells[c.key])
            if not key:
                self._problems.append(Problem("is empty, but the key is required", row.number, c.key))
                return f"\0{row.number}"
            return key
        if parameter:
            value = self._path.values.get((parameter,))
            return str(value) if value is not None else f"\0{row.number}"
        return f"\0{row.number}"

    def _read_row(self, row: Row, columns: list[SheetColumn], *, first: bool) -> None:
        items: dict[str, Values] = {}
        for column in columns:
            cell = row.cells[column.index]
            if is_empty(cell) and not isinstance(cell, BadCell):
                continue
            found = column.mapped.for_kind(self._kind)
            if found is None or (found.kind and self._kind and found.kind != self._kind):
                text = f"has a value, but {self._kind} rows have no {column.mapped.field.relative}"
                self._problems.append(Problem(text, row.number, column.index, column.mapped.name))
                continue
            value = self._value(column, found, cell, row)
            if value is None:
                continue
            if found.part in {"", "path"}:
                target = self._main if found.part == "" else self._path
                self._put(target, found, value, row, column, first=first)
            else:
                item = items.setdefault(found.part, Values())
                item.values[found.path] = value
                item.columns[found.path] = (row.number, column.index)
        for part, item in items.items():
            self._items.setdefault(part, []).append(item)

    def _put(
        self, target: Values, found: Field, value: Any, row: Row, column: SheetColumn, *, first: bool
    ) -> None:
        known = target.values.get(found.path)
        if known is not None and found.name in self._c.contested:
            return
        if known is not None and known != value:
            other = target.columns[found.path]
            if first:
                text = f"and {column.table.column_name(other[1])} give {found.name} two values"
            else:
                text = f"differs from row {other[0]} with the same key"
            self._problems.append(Problem(text, row.number, column.index, found.name))
            return
        target.values[found.path] = value
        target.columns.setdefault(found.path, (row.number, column.index))

    def _read_line(self, column: SheetColumn, row: Row) -> None:
        cell = row.cells[column.index]
        part = column.mapped.field.part
        items = self._items.setdefault(part, [])
        marker = (f"\0{row.number}",)
        if not items or marker not in items[-1].columns:
            items.append(Values(columns={marker: (row.number, column.index)}))
        if is_empty(cell):
            return
        value = self._value(column, column.mapped.field, cell, row)
        if value is not None:
            items[-1].values[column.mapped.field.path] = value

    def _read_lines_end(self) -> None:
        self._items = {part: [item for item in items if item.values] for part, items in self._items.items()}

    def _value(self, column: SheetColumn, found: Field, cell: Any, row: Row) -> Any:
        try:
            value = self._c.resolved(found.leaf, column.reader.value(cell))
        except BadValueError as error:
            table = column.table
            if table is self._c.table:
                problem = Problem(str(error), row.number, column.index, found.name)
            else:
                place = f"{table.name}, {table.place(row.number, column.index)}"
                problem = Problem(str(error), self._rows[0].number, None, found.name, place)
            self._problems.append(problem)
            return None
        if found.leaf == "iban" and not iban_is_valid(str(value)):
            text = f"{shown(value)}: the check digits of this IBAN are wrong"
            self._warnings.append(Problem(text, row.number, column.index, found.name))
        return value

    def _constants(self) -> None:
        for fields, value in self._c.constants:
            found = fields.get("") or fields.get(self._kind)
            if found is None or (found.kind and self._kind and found.kind != self._kind):
                continue
            if found.part == "":
                self._main.values.setdefault(found.path, value)
            elif found.part == "path":
                self._path.values.setdefault(found.path, value)
            else:
                for item in self._items.get(found.part, []):
                    item.values.setdefault(found.path, value)

    def _countries(self) -> None:
        """Fill in countries from IBANs and VAT IDs. Later, `--set` fills in the others."""
        for part, leaf, country_of, note in _COUNTRIES:
            if f"{part}.country" not in self._c.fields.fields:
                continue
            for item in self._items.get(part, []):
                value = item.values.get((leaf,))
                if ("country",) in item.values or not isinstance(value, str):
                    continue
                if country := country_of(value):
                    item.values["country",] = country
                    self._c.note_once(note)

    def _derived(self) -> None:
        """Fill in values that follow from others, and add notes."""
        c = self._c
        field_ = c.fields.fields.get("counterpart_billing_address_id")
        counterpart = self._main.values.get(("counterpart_id",))
        if field_ is not None and isinstance(counterpart, str) and field_.path not in self._main.values:
            row = c.references.row("counterpart_id", counterpart)
            if row and isinstance(row.get("default_billing_address_id"), str):
                self._main.values[field_.path] = row["default_billing_address_id"]
                c.note_once("The billing address is the counterpart's default.")

    # -- bodies -----------------------------------------------------------------------------------------

    def _currency(self, values: Values, around: str | None) -> str | None:
        currency = values.values.get(("currency",))
        return currency if isinstance(currency, str) else around

    def _body(self, values: Values, part: str, around: str | None) -> dict[str, Any]:
        data: dict[str, Any] = {}
        quantity = values.values.get(("quantity",), 1)
        for path, value in list(values.values.items()):
            final = value
            if isinstance(value, Amount):
                final = self._minor(values, path, value, part, around, quantity)
                if final is None:
                    continue
            inner = data
            for key in path[:-1]:
                inner = inner.setdefault(key, {})
            inner[path[-1]] = final
        return data

    def _minor(
        self, values: Values, path: _Path, amount: Amount, part: str, around: str | None, quantity: Any
    ) -> int | None:
        kind = values.values.get((*path[:-1], "type"))
        name = ".".join(filter(None, (part, *path)))
        row, column = values.columns.get(path, (self._rows[0].number, None))
        if kind == "percentage":
            return self._guarded(lambda: rate_units(amount.major), row, column, name)
        currency = None
        for depth in range(len(path) - 1, -1, -1):
            found = values.values.get((*path[:depth], "currency"))
            if isinstance(found, str):
                currency = found
                break
        currency = currency or around
        if currency is None:
            if amount.currency and ("currency",) not in values.values:
                code = amount.currency
                text = (
                    f"is in {code}, but the row has no currency: add a column, or use --set currency={code}"
                )
            else:
                text = "has no currency: add a column, or use --set currency=EUR"
            self._problems.append(Problem(text, row, column, name))
            return None
        minor = self._guarded(lambda: minor_units(amount, currency), row, column, name)
        if minor is not None:
            factor = Decimal(str(quantity)) if part == _LINES else Decimal(1)
            label = f"{name} × quantity" if part == _LINES else name
            self._amounts.append((label, currency, minor * factor))
            self._own_currency(values, path, part, currency)
        return minor

    def _own_currency(self, values: Values, path: _Path, part: str, currency: str) -> None:
        """Set the currency of a price to that of its document."""
        beside = (*path[:-1], "currency")
        name = ".".join(filter(None, (part, *beside)))
        if len(path) > 1 and beside not in values.values and name in self._c.fields.fields:
            values.values[beside] = currency
            self._c.note_once(f"{name} comes from the currency of the row.")

    def _guarded(self, convert: Any, row: int, column: int | None, name: str) -> int | None:
        try:
            return int(convert())
        except BadValueError as error:
            self._problems.append(Problem(str(error), row, column, name))
            return None

    def _parts(self, currency: str | None) -> tuple[tuple[Child, ...], dict[str, list[Any]]]:
        children: list[Child] = []
        lists: dict[str, list[Any]] = {}
        known = self._c.fields.known
        for name, items in self._items.items():
            part = self._c.fields.parts[name]
            for item in items:
                data = self._with_currencies(item, self._body(item, name, currency))
                self._product_price(item, name)
                if not part.template:
                    lists.setdefault(name, []).append(data)
                    continue
                match = known.find("POST", part.template)
                if match is not None and match.operation.body is not None:
                    self._check(data, match.operation.body.schema, name, item)
                child = Child(name, part.template, encoded(data))
                if child in children and name != _LINES:
                    self._c.note_once(f"Repeated {name} in rows with the same key are sent once.")
                    continue
                children.append(child)
        return tuple(children), lists

    def _product_price(self, item: Values, part: str) -> None:
        """Count the price of a product in the totals, because the API uses it for the line."""
        product = item.values.get(("product_id",))
        if part != _LINES or not isinstance(product, str):
            return
        price = (self._c.references.row("product_id", product) or {}).get("price")
        if isinstance(price, dict) and isinstance(price.get("value"), int):
            quantity = Decimal(str(item.values.get(("quantity",), 1)))
            currency = str(price.get("currency"))
            self._amounts.append(
                (f"{part}: price of the product × quantity", currency, price["value"] * quantity)
            )

    @staticmethod
    def _with_currencies(item: Values, data: dict[str, Any]) -> dict[str, Any]:
        """Add currencies that were filled in while reading the amounts of an item."""
        for path, value in item.values.items():
            if path[-1] == "currency" and not isinstance(value, Amount):
                inner = data
                for key in path[:-1]:
                    inner = inner.setdefault(key, {})
                inner.setdefault("currency", value)
        return data

    def _url_path(self) -> str:
        path = self._c.fields.path
        for (name,), value in self._path.values.items():
            path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
        if "{" in path:
            missing = path[path.index("{") + 1 : path.index("}")]
            if not any(p.field == missing for p in self._problems):
                columns = {m.mapped.name: m.index for m in self._c.columns}
                where = columns.get(missing)
                text = "is empty, but the ID is required" if where is not None else f"has no {missing}"
                self._problems.append(Problem(text, self._rows[0].number, where, missing))
        return path

    # -- the check --------------------------------------------------------------------------------------

    def _check(self, data: Any, schema: Schema, part: str, values: Values) -> None:
        names = {column.mapped.name for column in (*self._c.columns, *self._c.line_columns)}
        if not self._c.is_checked:
            return
        for finding in self._findings(data, schema, part):
            name = ".".join(filter(None, (part, finding.field)))
            row, column = self._cell(name, values)
            plain = _without_indexes(name)
            already = any(p.field == plain and p.row in {row, None} for p in self._problems)
            if already:
                continue
            is_missing = finding.rule == "required"
            if is_missing and plain not in names and self._relative(plain) not in names:
                self._c.missing.setdefault(plain, []).append(row)
                self._problems.append(Problem(f"{plain} is required", row, None, plain))
                continue
            text = "is empty, but required" if is_missing else finding.message.rstrip(".")
            if column is None:
                text = f"{plain}: {text}"
            problem = Problem(text, row, column, plain)
            (self._problems if finding.refused else self._warnings).append(problem)

    def _findings(self, data: Any, schema: Schema, part: str) -> list[Finding]:
        """Check a body. For a missing object, report its required fields."""
        names = self._c.fields.fields
        whole = data
        for _ in range(_MAX_DEPTH):
            findings = check_body(self._c.fields.known, schema, whole, None)
            objects = [
                each.field
                for each in findings
                if each.rule == "required"
                and "[" not in each.field
                and any(name.startswith(f"{'.'.join(filter(None, (part, each.field)))}.") for name in names)
            ]
            if not objects:
                break
            whole = copy.deepcopy(whole)
            for name in objects:
                inner = whole
                for key in name.split("."):
                    inner = inner.setdefault(key, {})
        return findings

    def _relative(self, name: str) -> str:
        return name.removeprefix(f"{self._kind}.") if self._kind else name

    def _cell(self, name: str, values: Values) -> tuple[int, int | None]:
        plain = _without_indexes(name)
        fallback = self._rows[0].number
        for path, (row, column) in values.columns.items():
            full = ".".join(path)
            if plain == full or plain.endswith(f".{full}"):
                return row, column
        for column_ in (*self._c.columns, *self._c.line_columns):
            if plain in {each.name for each in column_.mapped.fields.values()}:
                at_row = next(iter(values.columns.values()), (fallback, None))[0]
                return at_row, column_.index
        return fallback, None


def _without_indexes(name: str) -> str:
    return ".".join(each.partition("[")[0] for each in name.split("."))


def key_text(value: Any) -> str:
    """Return a key as text, so that 17 and "17" are the same."""
    if is_empty(value) or isinstance(value, BadCell):
        return ""
    if isinstance(value, Decimal):
        return str(int(value)) if value == value.to_integral_value() else f"{value:f}"
    return " ".join(str(value).split())
