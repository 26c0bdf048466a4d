"""Convert JSON rows to typed columns: nested objects by dots, types from the catalogue, Python values.

Only the catalogue determines the columns, their types and their units. So an empty list has the same columns
as a full one, and an unexpected value doesn't change the type of the others. Such a value is converted if
that is exact, or else left empty and reported (`Columns.unexpected`). Unknown fields follow the known ones,
with a type inferred from their values.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, Literal

from monite_magic.catalogue.currencies import NO_CURRENCY, code_of, exponent
from monite_magic.catalogue.shapes import UNKNOWN, Shape
from monite_magic.core.errors import RequestError
from monite_magic.tables.frames.values import (
    EXPECTED,
    Type,
    Unexpected,
    plain,
    read,
    type_of_values,
    unexpected,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monite_magic.catalogue.units import DocumentedUnit

Row = dict[str, Any]
Money = Literal["major", "minor"]
_MAX_LEVELS: Final = 6
_CACHED_ROWS: Final = 500
_NO_ROWS: Final[list[None]] = []
_PERCENT: Final = "_percent"

#: Descriptions of units.
UNITS: Final = {
    "major": "major units of its currency",
    "minor": "minor units of its currency",
    "unknown currency": "minor units: the answer names no currency",
    "rate": "percent × 100",
    "percent": "percent",
    "by type, major": "major units if type is amount, percent × 100 if it is percentage",
    "by type, minor": "minor units if type is amount, percent × 100 if it is percentage",
}
#: The types of numbers whose unit depends on their type.
_BY_TYPE: Final = ("amount", "percentage")
#: The Python types for each JSON type.
_JSON_TYPES: Final[dict[str, set[type]]] = {
    "string": {str},
    "integer": {int},
    "number": {int, float},
    "boolean": {bool},
    "array": {list},
    "object": {dict},
}


@dataclass(slots=True)
class Column:
    """A column.

    Attributes:
        name: The field's path, joined by dots. Parts that contain a dot are in quotes.
        type: The column's type.
        values: One value per row, or None. An empty list means None in all rows.
        choices: The known values of a choice.
        currencies: For money, the currency of each value. The values are in minor units.
        unit: The unit of its numbers, from `UNITS`. Empty if it is neither money nor a rate.
    """

    name: str
    type: Type
    values: list[Any] = field(default_factory=list)
    choices: tuple[str, ...] = ()
    currencies: list[Any] = field(default_factory=list)
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """A table as columns.

    Attributes:
        columns: The columns in order.
        count: The number of rows.
        unexpected: The values that don't match the catalogue.
    """

    columns: list[Column]
    count: int
    unexpected: list[Unexpected] = field(default_factory=list)

    def names(self) -> list[str]:
        """Return the names of the columns."""
        return [column.name for column in self.columns]

    def units(self) -> dict[str, str]:
        """Return the units of money and rate columns."""
        return {column.name: column.unit for column in self.columns if column.unit}


def columns_of(
    rows: Sequence[Any],
    shape: Shape = UNKNOWN,
    *,
    money: Money = "major",
    explode: str | None = None,
    only_known: bool = False,
    currencies: Sequence[Any] | None = None,
) -> Columns:
    """Return rows as typed columns. The shape determines the columns, even without rows.

    Args:
        rows: JSON objects. Other values become rows with one field `value`.
        shape: The shape of a row in the catalogue.
        money: `major` for amounts in major units as exact decimals, `minor` for the API's integers.
        explode: A list field. The result has one row per item.
        only_known: Drop unknown fields, so that all pages of a collection have the same columns.
        currencies: The currency of each row without a currency field.

    Raises:
        RequestError: `explode` is not a list field.
    """
    if money not in {"major", "minor"}:
        raise RequestError(f"Unknown value money={money!r}: use 'major' or 'minor'.")
    objects = [row if type(row) is dict else {"value": row} for row in rows]
    if explode is not None:
        objects = _exploded(objects, shape, explode)
    walk = _Walk(len(objects), money, explode, only_known=only_known)
    walk.object("", objects, shape, None if currencies is None else list(currencies), 0)
    _name_apart(walk.columns)
    return Columns(walk.columns, len(objects), walk.unexpected)


def _exploded(rows: list[Row], shape: Shape, name: str) -> list[Row]:
    lists = [n for n in shape.properties if "array" in shape.field(n).types]
    if name not in lists and not any(isinstance(row.get(name), list) for row in rows):
        known = f"The lists here are {', '.join(lists)}." if lists else "The rows contain no lists."
        raise RequestError(f"Can't explode {name!r}: it is not a list.", hint=known)
    items = [(row, row.get(name)) for row in rows]
    return [
        {**row, name: item}
        for row, listed in items
        for item in ((listed or [None]) if isinstance(listed, list) else [listed])
    ]


def _name_apart(columns: list[Column]) -> None:
    """Rename columns with the same name: `x`, `x (2)`."""
    taken = {column.name for column in columns}
    if len(taken) == len(columns):
        return
    seen: set[str] = set()
    for column in columns:
        name, number = column.name, 2
        while name in seen or (number > 2 and name in taken):
            name, number = f"{column.name} ({number})", number + 1
        seen.add(name)
        column.name = name


class _Walk:
    """Walks through the shape and the rows in parallel, by level and column."""

    def __init__(
        self,
        count: int,
        money: Money,
        explode: str | None,
        *,
        only_known: bool,
    ) -> None:
        self.columns: list[Column] = []
        self.unexpected: list[Unexpected] = []
        self._count = count
        self._money = money
        self._explode = explode
        self._only_known = only_known

    def object(
        self, prefix: str, rows: list[Any], shape: Shape, currencies: list[Any] | None, level: int
    ) -> None:
        """Add the columns of the objects in `rows`. A row without such an object has None."""
        fields = _gathered(rows)
        known = shape.properties
        around = dict.fromkeys(known or fields)
        if "type" in fields:
            around["type"] = next((kind for kind in fields["type"] if kind is not None), None)
        if "currency" in around or ("currency" in fields and not self._only_known):
            currencies = _currencies(fields.get("currency") or [None] * self._count, currencies)
        kinds = fields.get("type", _NO_ROWS)
        for name in known:
            values = fields.get(name, _NO_ROWS)
            self._field(f"{prefix}{name}", name, values, shape.field(name), around, currencies, kinds, level)
        if not self._only_known:
            for name in fields:
                if name not in known:
                    path = f"{prefix}{_quoted(name)}"
                    self._field(path, name, fields[name], UNKNOWN, around, currencies, kinds, level)

    def _field(
        self,
        path: str,
        name: str,
        values: list[Any],
        shape: Shape,
        around: Row,
        currencies: list[Any] | None,
        kinds: list[Any],
        level: int,
    ) -> None:
        if path == self._explode:
            shape = shape.items
        types = set(map(type, values)) - {type(None)}
        if shape.properties and shape.types <= {"object", "null"} and level < _MAX_LEVELS:
            if not types <= {dict}:
                values = self._only_objects(path, values)
            self.object(f"{path}.", values or [None] * self._count, shape, currencies, level + 1)
            return
        if shape is UNKNOWN and types == {dict} and level < _MAX_LEVELS:
            self.object(f"{path}.", values, shape, currencies, level + 1)
            return
        unit = shape.unit_of(name, around)
        if unit == "by type" and currencies is not None:
            currencies = _of_amounts(currencies, kinds)
        is_money = currencies is not None and unit in {"money", "by type"}
        if shape is UNKNOWN:
            kind = type_of_values(types, values, is_money=is_money)
        else:
            kind = _type_of(name, shape, is_money=is_money)
        column = self._column(path, kind, values, types, shape)
        self._count_in(column, unit, currencies, kinds)

    def _only_objects(self, path: str, values: list[Any]) -> list[Any]:
        odd = [(row, v) for row, v in enumerate(values) if v is not None and type(v) is not dict]
        self.unexpected.append(unexpected(whole(path), "an object", odd))
        return [value if type(value) is dict else None for value in values]

    def _column(self, path: str, kind: Type, values: list[Any], types: set[type], shape: Shape) -> Column:
        column = Column(whole(path), kind)
        if kind is Type.CHOICE:
            column.choices = tuple(v for v in shape.enum if isinstance(v, str))
        self.columns.append(column)
        if not types:
            return column
        if kind is Type.JSON:
            column.values = [plain(value) for value in values]
            self._report_other_types(column, shape, types)
            return column
        column.values, wrong = read(kind, values, types)
        if wrong:
            odd = [(row, values[row]) for row in wrong]
            self.unexpected.append(unexpected(column.name, EXPECTED[kind], odd))
        return column

    def _report_other_types(self, column: Column, shape: Shape, types: set[type]) -> None:
        """Report values with a type that the field doesn't allow. The table keeps them."""
        allowed: set[type] = {t for kind in shape.types for t in _JSON_TYPES.get(kind, ())}
        if not allowed or types <= allowed:
            return
        odd = [(row, v) for row, v in enumerate(column.values) if v is not None and type(v) not in allowed]
        if odd:
            self.unexpected.append(unexpected(column.name, EXPECTED[Type.JSON], odd, kept=True))

    def _count_in(
        self, column: Column, unit: DocumentedUnit | None, currencies: list[Any] | None, kinds: list[Any]
    ) -> None:
        """Set the column's unit, and add a column of percentages for rates."""
        if unit is None or column.type not in {Type.MONEY, Type.INTEGER, Type.NUMBER}:
            return
        if unit != "rate":
            if unit == "by type" and currencies is not None and self._money == "major":
                self._leave_out_without_type(column, kinds)
            self._count_money(column, unit, currencies)
        else:
            column.unit = UNITS["rate"]
        if unit == "money":
            return
        percent = Column(column.name + _PERCENT, Type.NUMBER, unit=UNITS["percent"])
        if column.values:
            rates = column.values if unit == "rate" else _percentages(column.values, kinds)
            percent.values = [None if value is None else value / 100 for value in rates]
        self.columns.append(percent)

    def _count_money(self, column: Column, unit: DocumentedUnit, currencies: list[Any] | None) -> None:
        is_major = self._money == "major" and currencies is not None
        if unit == "by type":
            column.unit = UNITS["by type, major" if is_major else "by type, minor"]
        elif currencies is None:
            column.unit = UNITS["unknown currency"]
        else:
            column.unit = UNITS[self._money]
        codes = self._known_currencies(column, currencies) if is_major and currencies is not None else []
        if column.type is Type.MONEY:
            if is_major:
                column.currencies = codes
            else:
                column.type = Type.INTEGER
        elif column.type is Type.NUMBER and is_major and column.values:  # for instance an average
            column.values = [_major(v, code) for v, code in zip(column.values, codes, strict=True)]

    def _leave_out_without_type(self, column: Column, kinds: list[Any]) -> None:
        """Report numbers that are neither amounts nor percentages, and leave them empty."""
        pairs = (
            enumerate(zip(column.values, kinds or [None] * self._count, strict=True)) if column.values else ()
        )
        odd = {row: value for row, (value, kind) in pairs if value and kind not in _BY_TYPE}
        if odd:
            self.unexpected.append(
                unexpected(column.name, "of the type amount or percentage", [*odd.items()])
            )
            column.values = [None if row in odd else value for row, value in enumerate(column.values)]

    def _known_currencies(self, column: Column, currencies: list[Any]) -> list[Any]:
        """Return the currencies of amounts. Report amounts without one, except 0, which needs none."""
        if not column.values or all(currencies):
            return currencies
        pairs = list(zip(column.values, currencies, strict=True))
        odd = [(row, value) for row, (value, code) in enumerate(pairs) if value and not code]
        if odd:
            self.unexpected.append(unexpected(column.name, "an amount with a currency", odd))
        return [code or (NO_CURRENCY if value == 0 else None) for value, code in pairs]


def _major(number: float | None, currency: Any) -> float | None:
    return number / 10 ** exponent(currency) if number is not None and currency else None


def _percentages(values: list[Any], kinds: list[Any]) -> list[Any]:
    """Return the values that are rates."""
    if not kinds:
        return [None] * len(values)
    return [value if kind == "percentage" else None for value, kind in zip(values, kinds, strict=True)]


def _quoted(name: str) -> str:
    """Return a part of a path, quoted if it contains a dot."""
    return json.dumps(name, ensure_ascii=False) if "." in name or '"' in name else name


def _gathered(rows: list[Any]) -> dict[str, list[Any]]:
    """Return the values of each field of the objects. A row without the object or the field has None.

    Processing rows in blocks that fit into the processor's cache halves the time.
    """
    if _are_alike(rows):
        return _gathered_alike(rows)
    fields: dict[str, list[Any]] = {name: [] for row in rows if row for name in row}
    for start in range(0, len(rows), _CACHED_ROWS):
        piece = rows[start : start + _CACHED_ROWS]
        for name, values in fields.items():
            values.extend([row.get(name) if row else None for row in piece])
    return fields


def _are_alike(rows: list[Any]) -> bool:
    """Whether all rows have the same fields, at least two, as in most answers."""
    if not rows or not rows[0] or len(rows[0]) < 2:
        return False
    names = rows[0].keys()
    return all(row and row.keys() == names for row in rows)


def _gathered_alike(rows: list[Row]) -> dict[str, list[Any]]:
    fields: dict[str, list[Any]] = {name: [] for name in rows[0]}
    values_of = itemgetter(*fields)
    for start in range(0, len(rows), _CACHED_ROWS):
        columns = zip(*map(values_of, rows[start : start + _CACHED_ROWS]), strict=True)
        for values, column in zip(fields.values(), columns, strict=True):
            values.extend(column)
    return fields


def _currencies(own: list[Any], around: list[Any] | None) -> list[str | None]:
    """Return the currency of each row. A text that isn't a code, such as `JPY `, is none."""
    codes = {code: code_of(code.upper()) and code for code in own if type(code) is str}
    own = [codes[code] if type(code) is str else None for code in own]
    return own if around is None else [a if b is None else b for a, b in zip(around, own, strict=True)]


def _of_amounts(currencies: list[Any], kinds: list[Any]) -> list[Any]:
    """Return the currencies of a column with amounts or rates. Rates have no currency, and stay unchanged."""
    if not kinds:
        return [NO_CURRENCY] * len(currencies)
    return [code if kind == "amount" else NO_CURRENCY for code, kind in zip(currencies, kinds, strict=True)]


def _type_of(name: str, shape: Shape, *, is_money: bool) -> Type:
    """Return the type of a field in the catalogue, or JSON if it doesn't state one."""
    types = shape.types - {"null"}
    if types == {"string"}:
        if "date-time" in shape.formats:
            return Type.DATETIME
        if shape.formats == {"date"}:
            return Type.DATE
        return Type.CHOICE if shape.enum and name != "currency" else Type.TEXT
    if types == {"integer"}:
        return Type.MONEY if is_money else Type.INTEGER
    if types and types <= {"integer", "number"}:
        return Type.NUMBER
    if types == {"boolean"}:
        return Type.BOOLEAN
    return Type.LIST if types == {"array"} else Type.JSON
