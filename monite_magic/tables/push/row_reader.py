"""Read the rows of one document: the values of its body, path and items, and problems with their cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from monite_magic.tables.push.cells import BadCell, Formatted, Problem, Row, Table, is_empty, shown
from monite_magic.tables.push.column_reader import ColumnReader, Reference
from monite_magic.tables.push.iban_and_vat import country_of_iban, country_of_vat_id, iban_is_valid
from monite_magic.tables.push.mapping import field_for
from monite_magic.tables.push.numbers_text import BadValueError

if TYPE_CHECKING:
    from monite_magic.tables.push.fields import Field, Fields
    from monite_magic.tables.push.mapping import Mapped
    from monite_magic.tables.push.references import References

_EXAMPLE: Final = "EXAMPLE"
#: Parts with a country that another field starts with: that field, the function that reads it, and the note.
_COUNTRIES: Final = (
    ("bank_accounts", "iban", country_of_iban, "The country of a bank account is that of its IBAN."),
    ("vat_ids", "value", country_of_vat_id, "The country of a VAT ID is that of its first letters."),
)
FieldPath = tuple[str, ...]


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

    values: dict[FieldPath, Any] = field(default_factory=dict)
    columns: dict[FieldPath, tuple[int, int]] = field(default_factory=dict)  # (row, column) by path


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


@dataclass
class RowValues:
    """What the rows of one document say.

    Attributes:
        rows: The rows.
        kind: The kind of the body.
        key: Their key in the journal.
        main: The values of the body.
        path: The values of the call's path.
        items: The values of the items, by part.
        problems: The reasons why the document can't be sent.
        warnings: Warnings.
    """

    rows: list[Row]
    kind: str
    key: str = ""
    main: Values = field(default_factory=Values)
    path: Values = field(default_factory=Values)
    items: dict[str, list[Values]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


class RowReader:
    """Reads the rows of one document.

    Args:
        context: Data that all documents of the table share.
        rows: The rows. Several rows can have one key.
    """

    def __init__(self, context: Context, rows: list[Row]) -> None:
        self._c = context
        self._values = RowValues(rows, context.kind)

    def read(self) -> RowValues:
        """Return the values, with those that follow from others."""
        c, row = self._c, self._values
        numbers = {each.number for each in row.rows}
        row.problems += [problem for problem in c.table.problems if problem.row in numbers]
        row.kind = row.kind or self._stated_kind(row.rows[0])
        for at_row, each in enumerate(row.rows):
            self._example(each)
            self._read_row(each, c.columns, first=at_row == 0)
        row.key = self._key()
        for column, line in c.lines.get(row.key if c.key is not None else "", []):
            self._read_line(column, line)
        row.items = {part: [item for item in items if item.values] for part, items in row.items.items()}
        self._countries()
        self._constants()
        self._derived()
        return row

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
            self._values.problems.append(Problem("is an example row of the template: delete it", row.number))

    def _key(self) -> str:
        c, row = self._c, self._values.rows[0]
        parameter = c.fields.id_parameter
        if c.key is not None:
            key = key_text(row.cells[c.key])
            if not key:
                self._values.problems.append(Problem("is empty, but the key is required", row.number, c.key))
                return f"\0{row.number}"
            return key
        if parameter:
            value = self._values.path.values.get((parameter,))
            return str(value) if value is not None else f"\0{row.number}"
        return f"\0{row.number}"

    def _read_row(self, row: Row, columns: list[SheetColumn], *, first: bool) -> None:
        items: dict[str, Values] = {}
        for column in columns:
            cell = row.cells[column.index]
            if is_empty(cell) and not isinstance(cell, BadCell):
                continue
            found = column.mapped.for_kind(self._values.kind)
            if found is None:
                text = f"has a value, but {self._values.kind} rows have no {column.mapped.field.relative}"
                self._values.problems.append(Problem(text, row.number, column.index, column.mapped.name))
                continue
            value = self._value(column, found, cell, row)
            if value is None:
                continue
            if found.part in {"", "path"}:
                target = self._values.main if found.part == "" else self._values.path
                self._put(target, found, value, row, column, first=first)
            else:
                item = items.setdefault(found.part, Values())
                item.values[found.path] = value
                item.columns[found.path] = (row.number, column.index)
        for part, item in items.items():
            self._values.items.setdefault(part, []).append(item)

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
            self._values.problems.append(Problem(text, row.number, column.index, found.name))
            return
        target.values[found.path] = value
        target.columns.setdefault(found.path, (row.number, column.index))

    def _read_line(self, column: SheetColumn, row: Row) -> None:
        cell = row.cells[column.index]
        part = column.mapped.field.part
        items = self._values.items.setdefault(part, [])
        marker = (f"\0{row.number}",)
        if not items or marker not in items[-1].columns:
            items.append(Values(columns={marker: (row.number, column.index)}))
        if is_empty(cell):
            return
        value = self._value(column, column.mapped.field, cell, row)
        if value is not None:
            items[-1].values[column.mapped.field.path] = value

    def _value(self, column: SheetColumn, found: Field, cell: Any, row: Row) -> Any:
        try:
            value = self._c.resolved(found.leaf, column.reader.value(cell))
        except BadValueError as error:
            table = column.table
            if table is self._c.table:
                problem = Problem(str(error), row.number, column.index, found.name)
            else:
                place = f"{table.name}, {table.place(row.number, column.index)}"
                problem = Problem(str(error), self._values.rows[0].number, None, found.name, place)
            self._values.problems.append(problem)
            return None
        if found.leaf == "iban" and not iban_is_valid(str(value)):
            text = f"{shown(value)}: the check digits of this IBAN are wrong"
            self._values.warnings.append(Problem(text, row.number, column.index, found.name))
        return value

    def _constants(self) -> None:
        for fields, value in self._c.constants:
            found = field_for(fields, self._values.kind)
            if found is None:
                continue
            if found.part == "":
                self._values.main.values.setdefault(found.path, value)
            elif found.part == "path":
                self._values.path.values.setdefault(found.path, value)
            else:
                for item in self._values.items.get(found.part, []):
                    item.values.setdefault(found.path, value)

    def _countries(self) -> None:
        """Fill in countries from IBANs and VAT IDs. Later, `--set` fills in the others."""
        for part, leaf, country_of, note in _COUNTRIES:
            if f"{part}.country" not in self._c.fields.fields:
                continue
            for item in self._values.items.get(part, []):
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
        values = self._values.main.values
        counterpart = values.get(("counterpart_id",))
        if field_ is not None and isinstance(counterpart, str) and field_.path not in values:
            row = c.references.row("counterpart_id", counterpart)
            if row and isinstance(row.get("default_billing_address_id"), str):
                values[field_.path] = row["default_billing_address_id"]
                c.note_once("The billing address is the counterpart's default.")


def key_text(value: Any) -> str:
    """Return a key as text, so that 17 and "17" are the same."""
    if is_empty(value) or isinstance(value, BadCell):
        return ""
    if isinstance(value, Formatted):
        return value.text
    if isinstance(value, Decimal):
        return str(int(value)) if value == value.to_integral_value() else f"{value:f}"
    return " ".join(str(value).split())
