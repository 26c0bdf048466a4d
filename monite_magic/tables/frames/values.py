"""Values of JSON as values of a typed column: converted when that is exact, else left empty and reported."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from monite_magic.catalogue.formats import day, moment
from monite_magic.core.clean_text import one_line
from monite_magic.core.masking import Secret
from monite_magic.core.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST_EXAMPLE: Final = 80
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


#: What a value of each kind is called in a message.
EXPECTED: Final[dict[Type, str]] = {
    Type.TEXT: "a text",
    Type.CHOICE: "a text",
    Type.INTEGER: "an integer",
    Type.NUMBER: "a number",
    Type.BOOLEAN: "true or false",
    Type.DATE: "a date (YYYY-MM-DD)",
    Type.DATETIME: "a time (ISO 8601)",
    Type.MONEY: "an amount (an integer in minor units)",
    Type.LIST: "a list",
    Type.JSON: "of a type that the field can have",
}


@dataclass(frozen=True, slots=True)
class Unexpected:
    """Values of a column that are not what the catalogue says, and could not be converted exactly.

    Attributes:
        path: The field's path, as the column is named.
        expected: What the catalogue says.
        count: How many there are.
        row: The row of the first, counted from 0.
        example: The first, as JSON, cut if it is long.
        kept: Whether they are in the table as they came; else they are empty there.
    """

    path: str
    expected: str
    count: int
    row: int
    example: str
    kept: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data, as `df.attrs` has it."""
        return {
            "path": self.path,
            "expected": self.expected,
            "count": self.count,
            "row": self.row,
            "example": self.example,
            "kept": self.kept,
        }

    def __str__(self) -> str:
        values = counted(self.count, "value")
        fate = "kept as it is" if self.kept else "left empty"
        return (
            f"{values} of {one_line(self.path)} {fate}: not {self.expected}, "
            f"for instance {self.example} in row {self.row}."
        )


def unexpected(path: str, expected: str, found: list[tuple[int, Any]], *, kept: bool = False) -> Unexpected:
    """Return the report of values that don't fit.

    Args:
        path: The column's name.
        expected: What was expected, after "not".
        found: Their rows and the values.
        kept: Whether the table has them all the same.
    """
    row, value = found[0]
    return Unexpected(path, expected, len(found), row, example_of(value), kept)


def example_of(value: Any) -> str:
    """Return a value as an example in a message: JSON in one line, cut if it is long, secrets masked."""
    try:
        text = one_line(whole(_encode(value)))
    except ValueError:  # an integer with more digits than Python writes
        text = f"a {type(value).__name__} that is too long"
    return text if len(text) <= _LONGEST_EXAMPLE else text[: _LONGEST_EXAMPLE - 1] + "…"


def read(kind: Type, values: list[Any], types: set[type]) -> tuple[list[Any], list[int]]:
    """Return the values as those of a column of a kind, and the rows of those that don't fit, left empty.

    Args:
        kind: The column's kind; not JSON.
        values: As JSON has them, None where there is none.
        types: Their types, without None's.
    """
    if types <= _EXACT[kind]:
        if kind in _READ_AT_ONCE:
            return _READ_AT_ONCE[kind](values)
        return values, []
    fit, wrong, fitting = _FIT[kind], [], []
    for row, value in enumerate(values):
        fitted = None if value is None else fit(value)
        if fitted is None and value is not None:
            wrong.append(row)
        fitting.append(fitted)
    return fitting, wrong


def type_of_values(types: set[type], values: list[Any], *, is_money: bool = False) -> Type:
    """Return the kind that the values of a field that the catalogue doesn't know suggest."""
    if types == {str}:
        return Type.TEXT
    if types == {bool}:
        return Type.BOOLEAN
    if types == {list}:
        return Type.LIST
    if not types or not types <= {int, float}:
        # Amounts among other things stay amounts: one odd value does not change what the others mean.
        return Type.MONEY if is_money and int in types else Type.JSON
    if is_money and (int in types or any(map(is_whole, values))):
        return Type.MONEY
    if float in types and not all(value is None or is_whole(value) for value in values):
        return Type.NUMBER
    return (
        Type.INTEGER if all(value is None or _integer(value) is not None for value in values) else Type.JSON
    )


def is_whole(value: Any) -> bool:
    """Whether a number is an integer: to JSON, `11900.0` is one as well."""
    return type(value) is int or (type(value) is float and value.is_integer())


def whole(text: str) -> str:
    """Return a text with each half of a surrogate pair, which can't be written down, as U+FFFD."""
    return text if text.isascii() else _HALF_PAIR.sub("\ufffd", text)


def plain(value: Any) -> Any:
    """Return a value without the secrets that it may be: a table is easily written to a file."""
    return str(value) if isinstance(value, Secret) else value


def as_json(value: Any) -> str | None:
    """Return a value as JSON text, for libraries whose columns have one type."""
    if value == []:  # most lists are empty, and the encoder takes its time
        return "[]"
    return None if value is None else whole(_encode(value))


def _text(value: Any) -> str | None:
    if type(value) is str:
        return whole(value)
    if isinstance(value, Secret):
        return str(value)
    try:
        return str(value) if type(value) is int else None  # its digits are exact
    except ValueError:  # more of them than Python writes
        return None


def _choice(value: Any) -> str | None:
    return None if type(value) is int else _text(value)


def _integer(value: Any) -> int | None:
    if not is_whole(value) or not -_BEYOND_64_BITS <= value < _BEYOND_64_BITS:
        return None
    return int(value)


def _number(value: Any) -> float | None:
    if type(value) is int:
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    return value if type(value) is float else None


def _of_type(kind: type) -> Callable[[Any], Any]:
    return lambda value: value if type(value) is kind else None


def _day(value: Any) -> Any:
    return day(value) if type(value) is str else None


def _moment(value: Any) -> Any:
    return moment(value) if type(value) is str else None


def _texts(values: list[Any]) -> tuple[list[Any], list[int]]:
    if "".join(filter(None, values)).isascii():  # asked of all at once: it is quicker, and most are
        return values, []
    return [whole(text) if text else text for text in values], []


def _integers(values: list[Any]) -> tuple[list[Any], list[int]]:
    numbers = [value for value in values if value is not None]
    if min(numbers, default=0) >= -_BEYOND_64_BITS and max(numbers, default=0) < _BEYOND_64_BITS:
        return values, []
    read_ones = [None if value is None else _integer(value) for value in values]
    return read_ones, _lost(values, read_ones)


def _numbers(values: list[Any]) -> tuple[list[Any], list[int]]:
    return [_number(value) if type(value) is int else value for value in values], []


def _days(values: list[Any]) -> tuple[list[Any], list[int]]:
    days = {text: day(text) for text in set(values) - {None}}  # there are fewer days than rows
    read_ones = list(map(days.get, values))
    return read_ones, _lost(values, read_ones) if None in days.values() else []


def _moments(values: list[Any]) -> tuple[list[Any], list[int]]:
    read_ones = [None if value is None else moment(value) for value in values]
    return read_ones, [] if read_ones.count(None) == values.count(None) else _lost(values, read_ones)


def _lost(values: list[Any], read_ones: list[Any]) -> list[int]:
    pairs = enumerate(zip(values, read_ones, strict=True))
    return [row for row, (value, read_one) in pairs if read_one is None and value is not None]


#: The types that values of each kind have in JSON.
_EXACT: Final[dict[Type, set[type]]] = {
    Type.TEXT: {str},
    Type.CHOICE: {str},
    Type.INTEGER: {int},
    Type.NUMBER: {int, float},
    Type.BOOLEAN: {bool},
    Type.DATE: {str},
    Type.DATETIME: {str},
    Type.MONEY: {int},
    Type.LIST: {list},
}
_READ_AT_ONCE: Final[dict[Type, Callable[[list[Any]], tuple[list[Any], list[int]]]]] = {
    Type.TEXT: _texts,
    Type.CHOICE: _texts,
    Type.INTEGER: _integers,
    Type.MONEY: _integers,
    Type.NUMBER: _numbers,
    Type.DATE: _days,
    Type.DATETIME: _moments,
}
#: How one value of another type is converted, or None where that isn't exact. A text is never taken for a
#: number: nobody knows whether "119" are cents or euros.
_FIT: Final[dict[Type, Callable[[Any], Any]]] = {
    Type.TEXT: _text,
    Type.CHOICE: _choice,
    Type.INTEGER: _integer,
    Type.MONEY: _integer,
    Type.NUMBER: _number,
    Type.BOOLEAN: _of_type(bool),
    Type.DATE: _day,
    Type.DATETIME: _moment,
    Type.LIST: _of_type(list),
}
