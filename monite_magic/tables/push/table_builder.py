"""Build the documents of a table, with decisions that apply to the whole table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from monite_magic.core.words import counted, either
from monite_magic.tables.push.cells import Problem
from monite_magic.tables.push.column_reader import Forms
from monite_magic.tables.push.documents import at
from monite_magic.tables.push.mapping import IN_PERCENT, is_saved_answer, kind_of_columns
from monite_magic.tables.push.numbers_text import BadValueError
from monite_magic.tables.push.row_builder import RowBuilder
from monite_magic.tables.push.row_reader import Context, RowReader, SheetColumn, key_text
from monite_magic.tables.push.totals import totals_of
from monite_magic.tables.push.values import reader_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from monite_magic.tables.push.cells import Row, Table
    from monite_magic.tables.push.documents import Document
    from monite_magic.tables.push.fields import Field, Fields
    from monite_magic.tables.push.mapping import ColumnMap, Mapped
    from monite_magic.tables.push.references import References


#: The paths with the name of a company or a person.
_NAMES: Final = (
    (("organization", "legal_name"),),
    (("individual", "first_name"), ("individual", "last_name")),
)
_MAX_NAMED: Final = 3  # maximum row numbers in a message


class TableBuilder:
    """Builds the documents of a table.

    Args:
        fields: The fields of the operation.
        table: The rows.
        mapping: The fields of its columns.
        constants: Values by field, for rows without one.
        forms: How to read ambiguous cells.
        references: Looks up names.
        key: The column that identifies rows.

    Attributes:
        problems: Problems of the whole table.
    """

    def __init__(
        self,
        fields: Fields,
        table: Table,
        mapping: ColumnMap,
        *,
        constants: Mapping[str, tuple[dict[str, Field], str]],
        forms: Forms,
        references: References,
        key: int | None,
    ) -> None:
        self._context = Context(fields, table, references, key)
        self._forms = forms
        self.problems: list[Problem] = []
        self._context.contested = frozenset(mapping.contested)
        self._context.columns = self.columns_of(table, mapping)
        self._context.constants = list(self._read_constants(constants))
        self._context.kind = self._fixed_kind(mapping)

    # -- columns ----------------------------------------------------------------------------------------

    def columns_of(self, table: Table, mapping: ColumnMap) -> list[SheetColumn]:
        """Decide how to read the columns of a table, and record notes."""
        columns = []
        for mapped in mapping.columns:
            reader = reader_for(mapped.field, table.column(mapped.column), self._forms_for(table, mapped))
            columns.append(SheetColumn(mapped, reader, table))
            place = (
                "" if table is self._context.table else f"{table.name}, {table.place(None, mapped.column)}"
            )
            self.problems += [
                Problem(text, None, None if place else mapped.column, mapped.name, place)
                for text in reader.problems
            ]
        return columns

    def _forms_for(self, table: Table, mapped: Mapped) -> Forms:
        """Read tables from `.save` with their units, unless the options say otherwise."""
        forms = self._forms
        heading = table.headings[mapped.column]
        if forms.percent is None and f"{heading}{IN_PERCENT}" in table.headings:
            return replace(forms, percent="api", why="because the next column has them in percent")
        if forms.decimal is None and is_saved_answer(table, self._context.fields):
            return replace(forms, decimal="point", why="as .save writes them")
        return forms

    def add_lines(self, table: Table, mapping: ColumnMap, key: int) -> None:
        """Add items from another table, by key."""
        self._context.line_columns = [
            column
            for column in self.columns_of(table, mapping)
            if column.mapped.field.part not in {"", "path"}
        ]
        for row in table.rows:
            name = key_text(row.cells[key])
            for column in self._context.line_columns:
                self._context.lines.setdefault(name, []).append((column, row))

    def known_keys(self) -> set[str]:
        """Return the keys of the table's rows."""
        return {
            key_text(row.cells[self._context.key])
            for row in self._context.table.rows
            if self._context.key is not None
        }

    def line_keys(self) -> set[str]:
        """Return the keys of the second table's rows."""
        return set(self._context.lines)

    @property
    def notes(self) -> list[str]:
        """The notes about rows."""
        return self._context.notes

    @property
    def table_name(self) -> str:
        """The table's name."""
        return self._context.table.name

    def column_notes(self) -> Iterator[tuple[SheetColumn, str]]:
        """Yield the notes about each column."""
        for column in (*self._context.columns, *self._context.line_columns):
            for note in column.reader.notes:
                yield column, note
            for remark, count in column.reader.counts.items():
                yield column, f"{remark}: {counted(count, 'cell')}."

    def _read_constants(
        self, constants: Mapping[str, tuple[dict[str, Field], str]]
    ) -> Iterator[tuple[dict[str, Field], Any]]:
        for name, (fields, text) in constants.items():
            one = next(iter(fields.values()))
            reader = reader_for(one, [text], Forms(self._forms.dates, "point", "percent"))
            try:
                value = self._context.resolved(one.leaf, reader.value(text))
            except BadValueError as error:
                self.problems.append(Problem(f"--set {name}: {error}", field=name))
                continue
            yield fields, value

    # -- kinds ------------------------------------------------------------------------------------------

    def _fixed_kind(self, mapping: ColumnMap) -> str:
        """Return the kind of all rows if it is the same. Otherwise, a column has it."""
        fields = self._context.fields
        if not fields.kinds or fields.operation.method == "DELETE":
            return ""
        for constant, value in self._context.constants:
            if "" in constant and constant[""].name == "type":
                return str(value)
        if any(mapped.name == "type" for mapped in mapping.columns):
            return ""
        kind = kind_of_columns(mapping.columns, fields.kinds)
        if kind:
            if "type" in fields.fields:
                self._context.notes.append(f"type is {kind}: only this type has all these fields.")
            return kind
        if "type" in fields.fields:
            kinds = either(fields.kinds)
            self.problems.append(
                Problem(f"type is missing: add a column, or use --set type={fields.kinds[0]} ({kinds})")
            )
            self._context.is_checked = False
        return fields.kinds[0]

    # -- documents --------------------------------------------------------------------------------------

    def documents(self, on_rows: Callable[[int], None]) -> list[Document]:
        """Return the documents to send, in row order.

        Args:
            on_rows: Called with the rows of each document.
        """
        documents = []
        for group in self._groups():
            row = RowReader(self._context, group).read()
            documents.append(RowBuilder(self._context, row).document())
            on_rows(len(group))
        self._check_keys(documents)
        self._check_names(documents)
        self._check_totals(documents)
        for name, rows in self._context.missing.items():
            self.problems.append(Problem(_missing_text(name, self._context.fields, rows), field=name))
        return documents

    def _groups(self) -> Iterator[list[Row]]:
        """Group rows with the same key if they have items."""
        has_items = any(column.mapped.field.part not in {"", "path"} for column in self._context.columns)
        if self._context.key is None or not has_items:
            for row in self._context.table.rows:
                yield [row]
            return
        groups: dict[str, list[Row]] = {}
        for row in self._context.table.rows:
            name = key_text(row.cells[self._context.key]) or f"\0{row.number}"
            groups.setdefault(name, []).append(row)
        repeated = sum(len(rows) > 1 for rows in groups.values())
        if repeated:
            what = self._context.table.column_name(self._context.key)
            self._context.notes.append(
                f"Rows with the same {what} belong together: {repeated:,} have several rows."
            )
        yield from groups.values()

    def _check_names(self, documents: list[Document]) -> None:
        """Warn about rows with the same name: they may be the same company."""
        if self._context.fields.operation.method != "POST":
            return
        first: dict[str, Document] = {}
        for document in documents:
            name = _name_of(document)
            if not name or document.problems:
                continue
            other = first.setdefault(name, document)
            if other is not document:
                text = (
                    f"has the same name as row {other.rows[0]}, but other details: check that both are meant"
                )
                document.warnings.append(Problem(text, document.rows[0]))

    def _check_totals(self, documents: list[Document]) -> None:
        """Report rows with the total of other rows, which would count them twice."""
        amounts = [each for each in self._context.columns if each.mapped.field.shape.unit == "money"]
        if self._context.fields.operation.method != "POST" or not amounts:
            return
        by_row = {number: document for document in documents for number in document.rows}
        for total in totals_of(self._context.table.rows, amounts):
            document = by_row[total.row]
            found = document.problems if total.is_sure else document.warnings
            found.append(Problem(total.text, total.row))

    def _check_keys(self, documents: list[Document]) -> None:
        first: dict[str, Document] = {}
        has_digests = self._context.key is None and self._context.fields.operation.method == "POST"
        for document in documents:
            # Rows with unreadable cells can look the same.
            if has_digests and document.problems:
                continue
            other = first.setdefault(document.key, document)
            if other is not document:
                if has_digests:
                    text = f"is the same as row {other.rows[0]}: delete one of them, or use --key COLUMN"
                else:
                    text = f"has the same key as row {other.rows[0]}"
                document.problems.append(Problem(text, document.rows[0], self._context.key))


def _name_of(document: Document) -> str:
    """Return the name of a new company or person, or an empty text."""
    data = document.data if document.body is not None else None
    for path in _NAMES:
        found = [value for each in path if isinstance(value := at(data, each), str)]
        if len(found) == len(path):
            return " ".join(" ".join(found).split()).casefold()
    return ""


def _missing_text(name: str, fields: Fields, numbers: list[int]) -> str:
    if len(numbers) > _MAX_NAMED:
        rows = f"{len(numbers):,} rows need it"
    elif len(numbers) > 1:
        rows = f"rows {', '.join(map(str, numbers[:-1]))} and {numbers[-1]} need it"
    else:
        rows = f"row {numbers[0]} needs it"
    if name in fields.kinds:
        return f"a column of {either(fields.kinds)} is missing ({rows}): add one, such as {name}.email"
    shape = fields.fields[name].shape if name in fields.fields else None
    example = "VALUE"
    if shape is not None and shape.types == {"boolean"}:
        example = "yes"
    elif name.endswith("currency"):
        example = "EUR"
    elif name.endswith("country"):
        example = "DE"
    return f"{name} is missing ({rows}): add a column, or use --set {name}={example}"
