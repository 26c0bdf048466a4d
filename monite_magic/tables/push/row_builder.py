"""Build a document from its rows' values: a body with amounts in minor units, items, and a check of both."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from monite_magic.catalogue.body_check import check_body
from monite_magic.catalogue.currencies import code_of
from monite_magic.tables.push.cells import Problem
from monite_magic.tables.push.column_reader import Amount
from monite_magic.tables.push.documents import Child, Document, digest_of, encoded, identity_of
from monite_magic.tables.push.number_columns import minor_units, percentage_units
from monite_magic.tables.push.numbers_text import BadValueError

if TYPE_CHECKING:
    from monite_magic.catalogue import Schema
    from monite_magic.catalogue.findings import Finding
    from monite_magic.tables.push.row_reader import Context, FieldPath, RowValues, Values

_MAX_DEPTH: Final = 6
_LINES: Final = "line_items"


class RowBuilder:
    """Builds one document.

    Args:
        context: Data that all documents of the table share.
        row: The values of its rows. Problems are added to theirs.
    """

    def __init__(self, context: Context, row: RowValues) -> None:
        self._c = context
        self._row = row
        self._amounts: list[tuple[str, str, Decimal]] = []

    def document(self) -> Document:
        """Return the document with its problems."""
        c, row = self._c, self._row
        data = self._body(row.main, "", self._currency(row.main, None))
        currency = data.get("currency")
        children, lists = self._parts(currency if isinstance(currency, str) else None)
        data.update(lists)
        operation = c.fields.operation
        if row.kind and "type" in c.fields.fields and operation.method == "POST":
            data.setdefault("type", row.kind)
        if operation.body is not None:
            self._check(data, operation.body.schema, "", row.main)
            if operation.method == "PATCH" and not data and not row.problems:
                row.problems.append(Problem("has no changes", row.rows[0].number))
        path = self._url_path()
        body = encoded(data) if operation.body is not None else None
        key = row.key
        if c.key is None and operation.method == "POST":
            key = digest_of(path.encode(), body or b"")
        return Document(
            key,
            tuple(each.number for each in row.rows),
            path,
            body,
            children,
            row.problems,
            row.warnings,
            identity_of(data),
            tuple(self._amounts),
        )

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
        self, values: Values, path: FieldPath, amount: Amount, part: str, around: str | None, quantity: Any
    ) -> int | None:
        kind = values.values.get((*path[:-1], "type"))
        name = ".".join(filter(None, (part, *path)))
        row, column = values.columns.get(path, (self._row.rows[0].number, None))
        if kind == "percentage":
            return self._guarded(lambda: percentage_units(amount), row, column, name)
        currency = None
        for depth in range(len(path) - 1, -1, -1):
            found = values.values.get((*path[:depth], "currency"))
            if isinstance(found, str):
                currency = found
                break
        currency = currency or around
        if currency is None:
            if amount.currency and ("currency",) not in values.values:
                code = code_of(amount.currency) or "EUR"
                text = (
                    f"is in {amount.currency}, but the row has no currency: add a column, or use "
                    f"--set currency={code}"
                )
            else:
                text = "has no currency: add a column, or use --set currency=EUR"
            self._row.problems.append(Problem(text, row, column, name))
            return None
        minor = self._guarded(lambda: minor_units(amount, currency), row, column, name)
        if minor is not None:
            factor = Decimal(str(quantity)) if part == _LINES else Decimal(1)
            label = f"{name} × quantity" if part == _LINES else name
            self._amounts.append((label, currency, minor * factor))
            self._own_currency(values, path, part, currency)
        return minor

    def _own_currency(self, values: Values, path: FieldPath, part: str, currency: str) -> None:
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
            self._row.problems.append(Problem(str(error), row, column, name))
            return None

    def _parts(self, currency: str | None) -> tuple[tuple[Child, ...], dict[str, list[Any]]]:
        children: list[Child] = []
        lists: dict[str, list[Any]] = {}
        known = self._c.fields.known
        for name, items in self._row.items.items():
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
        for (name,), value in self._row.path.values.items():
            path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
        if "{" in path:
            missing = path[path.index("{") + 1 : path.index("}")]
            if not any(p.field == missing for p in self._row.problems):
                columns = {m.mapped.name: m.index for m in self._c.columns}
                where = columns.get(missing)
                text = "is empty, but the ID is required" if where is not None else f"has no {missing}"
                self._row.problems.append(Problem(text, self._row.rows[0].number, where, missing))
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
            already = any(p.field == plain and p.row in {row, None} for p in self._row.problems)
            if already:
                continue
            is_missing = finding.rule == "required"
            if is_missing and plain not in names and self._relative(plain) not in names:
                self._c.missing.setdefault(plain, []).append(row)
                self._row.problems.append(Problem(f"{plain} is required", row, None, plain))
                continue
            text = "is empty, but required" if is_missing else finding.message.rstrip(".")
            if column is None:
                text = f"{plain}: {text}"
            problem = Problem(text, row, column, plain)
            (self._row.problems if finding.refused else self._row.warnings).append(problem)

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
        return name.removeprefix(f"{self._row.kind}.") if self._row.kind else name

    def _cell(self, name: str, values: Values) -> tuple[int, int | None]:
        plain = _without_indexes(name)
        fallback = self._row.rows[0].number
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
