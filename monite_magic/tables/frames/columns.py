"""Rows of JSON as typed columns: nested objects by dots, types from the catalogue, values as Python's own.

Which columns there are and of which kind is decided by the catalogue alone, so that an empty list gives the
same table as a full one. Fields that the catalogue does not know come after them, with the kind that their
values suggest.
"""

from __future__ import annotations

import json
import math
import re
import warnings
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, Literal

from monite_magic.catalogue.currencies import NO_CURRENCY
from monite_magic.catalogue.formats import moment
from monite_magic.catalogue.shapes import UNKNOWN, Shape
from monite_magic.catalogue.units import guessed_unit
from monite_magic.core.clean_text import one_line
from monite_magic.core.errors import RequestError
from monite_magic.core.masking import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = dict[str, Any]
Money = Literal["major", "minor"]
_MOST_LEVELS: Final = 6
_CACHED_ROWS: Final = 500
_NO_ROWS: Final[list[None]] = []
_BEYOND_64_BITS: Final = 2**63  # the first integer that does not fit, its sign being one of them
#: `json.dumps` with options makes an encoder for each value.
_encode: Final = json.JSONEncoder(ensure_ascii=False, default=str).encode
_HALF_PAIR: Final = re.compile("[\ud800-\udfff]")


class Type(Enum):
    """The kind of a column, whatever library holds it."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    CHOICE = "choice"
    MONEY = "money"
    LIST = "list"
    JSON = "json"


#: The types that values of each kind have in JSON.
_JSON_TYPES: Final[dict[Type, tuple[type, ...]]] = {
    Type.TEXT: (str,),
    Type.CHOICE: (str,),
    Type.INTEGER: (int,),
    Type.NUMBER: (int, float),
    Type.BOOLEAN: (bool,),
    Type.DATE: (str,),
    Type.DATETIME: (str,),
    Type.MONEY: (int,),
    Type.LIST: (list,),
}


@dataclass(slots=True)
class Column:
    """A column.

    Attributes:
        name: The field's path, parts joined by dots.
        type: Its kind.
        values: One value for each row, None where there is none; an empty list stands for nothing but None.
        choices: The values that a choice may have, as far as known.
        currencies: For money, the currency of each value; the values are in minor units.
    """

    name: str
    type: Type
    values: list[Any] = field(default_factory=list)
    choices: tuple[str, ...] = ()
    currencies: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Columns:
    """A table as columns.

    Attributes:
        columns: The columns in order.
        count: How many rows there are.
    """

    columns: list[Column]
    count: int

    def names(self) -> list[str]:
        """Return the names of the columns."""
        return [column.name for column in self.columns]


def columns_of(
    rows: Sequence[Any],
    shape: Shape = UNKNOWN,
    *,
    money: Money = "major",
    explode: str | None = None,
    only_known: bool = False,
) -> Columns:
    """Return rows as typed columns.

    Args:
        rows: JSON objects; anything else becomes a row with one field `value`.
        shape: What the catalogue says of a row.
        money: `major` for amounts in major units as exact decimals, `minor` for the integers of the API.
        explode: A field that holds a list: there is one row for each of its items then.
        only_known: Whether to leave out what the catalogue does not know, and values of a wrong type, so
            that all pages of a collection have the same columns.

    Raises:
        RequestError: There is no list of that name to explode.
    """
    if money not in {"major", "minor"}:
        raise RequestError(f"money={money!r} is neither 'major' nor 'minor'.")
    objects = [row if type(row) is dict else {"value": row} for row in rows]
    if explode is not None:
        objects = _exploded(objects, shape, explode)
    walk = _Walk(len(objects), money, explode, only_known=only_known)
    walk.object("", objects, shape, None, 0)
    return Columns(walk.columns, len(objects))


def _exploded(rows: list[Row], shape: Shape, name: str) -> list[Row]:
    lists = [n for n in shape.properties if "array" in shape.field(n).types]
    if name not in lists and not any(isinstance(row.get(name), list) for row in rows):
        known = f"The lists here are {', '.join(lists)}." if lists else "There is none here."
        raise RequestError(f"There is no list {name!r} to explode.", hint=known)
    return [{**row, name: item} for row in rows for item in row.get(name) or [None]]


class _Walk:
    """One walk through the shape and the rows side by side, level by level, column by column."""

    def __init__(self, count: int, money: Money, explode: str | None, *, only_known: bool) -> None:
        self.columns: list[Column] = []
        self._count = count
        self._money = money
        self._explode = explode
        self._only_known = only_known

    def object(
        self, prefix: str, rows: list[Any], shape: Shape, currencies: list[Any] | None, level: int
    ) -> None:
        """Add the columns of the objects that `rows` holds; None where a row has no such object."""
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
                    path = f"{prefix}{name}"
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
        unit = shape.unit if shape.types else guessed_unit(name, around)
        if unit == "by type" and currencies is not None:
            currencies = _of_amounts(currencies, kinds)
        types = set(map(type, values)) - {type(None)}
        if self._only_known and shape.properties:
            values = [value if type(value) is dict else None for value in values]
            types = types & {dict}
        nests = dict in types or bool(shape.properties)
        if nests and types <= {dict} and level < _MOST_LEVELS and (shape.properties or shape is UNKNOWN):
            self.object(f"{path}.", values or [None] * self._count, shape, currencies, level + 1)
            return
        is_money = currencies is not None and unit in {"money", "by type"}
        kind = _type_of(name, shape, is_money=is_money) if shape is not UNKNOWN else None
        if kind is None:
            open_kind = _type_of_values(types, is_money=is_money)
            kind = Type.JSON if self._only_known else open_kind
        self.columns.append(self._column(path, kind, values, types, shape, currencies))

    def _column(
        self,
        path: str,
        kind: Type,
        values: list[Any],
        types: set[type],
        shape: Shape,
        currencies: list[Any] | None,
    ) -> Column:
        choices = tuple(v for v in shape.enum if isinstance(v, str)) if kind is Type.CHOICE else ()
        if kind is Type.MONEY and self._money == "minor":
            kind = Type.INTEGER
        if types:
            kind, values = self._converted(path, kind, values, types)
        column = Column(_whole(path), kind, values if types else _NO_ROWS, choices)
        if kind is Type.MONEY:
            column.currencies = currencies or []
        return column

    def _converted(
        self, path: str, kind: Type, values: list[Any], types: set[type]
    ) -> tuple[Type, list[Any]]:
        raw = _JSON_TYPES.get(kind)
        if raw is not None and not types <= set(raw):  # the answer is not what the catalogue says
            if self._only_known:
                values = [value if type(value) in raw else None for value in values]
            else:
                kind, values = _loose(values, types)
        if kind in {Type.TEXT, Type.CHOICE}:
            return kind, _all_whole(values)
        if kind is Type.NUMBER:
            return kind, [_number(value) if type(value) is int else value for value in values]
        if kind is Type.INTEGER and self._only_known:
            return kind, _within_bits(path, values)
        if kind is Type.DATETIME:
            return kind, [None if value is None else moment(value) for value in values]
        if kind is Type.DATE:
            dates = {text: _date(text) for text in set(values) - {None}}  # there are fewer days than rows
            return kind, list(map(dates.get, values))
        return kind, [_plain(value) for value in values] if kind is Type.JSON else values


def _gathered(rows: list[Any]) -> dict[str, list[Any]]:
    """Return the values of each field of the objects; None where a row has no object, or not the field.

    It goes through the rows in pieces that the processor's cache holds: that halves the time.
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
    """Whether all rows have the same fields, two or more, as those of most answers have."""
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
    own = [code if type(code) is str else None for code in own]
    return own if around is None else [a if b is None else b for a, b in zip(around, own, strict=True)]


def _of_amounts(currencies: list[Any], kinds: list[Any]) -> list[Any]:
    """Return the currencies of a column that holds amounts or rates: a rate has none, and stays as it is."""
    if not kinds:
        return [NO_CURRENCY] * len(currencies)
    return [code if kind == "amount" else NO_CURRENCY for code, kind in zip(currencies, kinds, strict=True)]


def _date(value: str) -> date | None:
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def _type_of(name: str, shape: Shape, *, is_money: bool) -> Type | None:
    """Return the kind that the catalogue gives a field, or None if it leaves it open."""
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
    if types == {"array"}:
        return Type.LIST
    return Type.JSON if types else None


def _type_of_values(types: set[type], *, is_money: bool = False) -> Type:
    """Return the kind that the values of an unknown field suggest."""
    if types == {str}:
        return Type.TEXT
    if types == {bool}:
        return Type.BOOLEAN
    if types == {int}:
        return Type.MONEY if is_money else Type.INTEGER
    if types and types <= {int, float}:
        return Type.NUMBER
    return Type.LIST if types == {list} else Type.JSON


def _number(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def are_within_64_bits(values: list[int | None]) -> bool:
    """Whether integers fit into 64 bits, as columns of integers have them."""
    numbers = [value for value in values if value is not None]
    return min(numbers, default=0) >= -_BEYOND_64_BITS and max(numbers, default=0) < _BEYOND_64_BITS


def _within_bits(path: str, values: list[int | None]) -> list[int | None]:
    if are_within_64_bits(values):
        return values
    warn_of_loss(path)
    return [value if are_within_64_bits([value]) else None for value in values]


def warn_of_loss(name: str) -> None:
    """Warn that values of a column are not in the table."""
    warnings.warn(
        f"Some values of {one_line(name)} are empty: the table can't hold numbers like that.", stacklevel=2
    )


def _all_whole(texts: list[str | None]) -> list[str | None]:
    if "".join(filter(None, texts)).isascii():  # asked of all at once: it is quicker, and most are
        return texts
    return [_whole(text) if text else text for text in texts]


def _whole(text: str) -> str:
    """Return a text with each half of a surrogate pair, which can't be written down, as U+FFFD."""
    return text if text.isascii() else _HALF_PAIR.sub("\ufffd", text)


def _loose(values: list[Any], types: set[type]) -> tuple[Type, list[Any]]:
    kind = _type_of_values(types)
    return kind, [_plain(value) for value in values] if kind is Type.JSON else values


def _plain(value: Any) -> Any:
    """Return a value without the secrets that it may be: a table is easily written to a file."""
    return str(value) if isinstance(value, Secret) else value


def as_json(value: Any) -> str | None:
    """Return a value as JSON text, for libraries whose columns have one type."""
    if value == []:  # most lists are empty, and the encoder takes its time
        return "[]"
    return None if value is None else _whole(_encode(value))
