"""Convert JSON values for a typed column. Values without an exact conversion are left empty and reported."""

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

_MAX_EXAMPLE: Final = 80
_BEYOND_64_BITS: Final = 2**63  # the first integer that doesn't fit into a signed 64-bit integer
EXACT_FLOATS: Final = 2**53  # from here on, several integers have the same float
#: `json.dumps` with options would create an encoder for each value.
_encode: Final = json.JSONEncoder(ensure_ascii=False, default=str).encode
_HALF_PAIR: Final = re.compile("[\ud800-\udfff]")


class Type(Enum):
    """The type of a column, independent of the library."""

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


#: The name of a value of each type in a message.
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
    Type.JSON: "of a type that the field allows",
}


@dataclass(frozen=True, slots=True)
class Unexpected:
    """Values of a column that don't match the catalogue and have no exact conversion.

    Attributes:
        path: The field's path: the column's name.
        expected: What the catalogue expects.
        count: The number of values.
        row: The first value's row, counted from 0.
        example: The first value as JSON, shortened.
        kept: Whether the table keeps them unchanged, or leaves them empty.
    """

    path: str
    expected: str
    count: int
    row: int
    example: str
    kept: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data, for `df.attrs`."""
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
        fate = "kept unchanged" if self.kept else "left empty"
        return (
            f"{values} of {one_line(self.path)} {fate}: not {self.expected}, "
            f"for instance {self.example} in row {self.row}."
        )


def unexpected(path: str, expected: str, found: list[tuple[int, Any]], *, kept: bool = False) -> Unexpected:
    """Return a report on unexpected values.

    Args:
        path: The column's name.
        expected: What was expected. Follows "not" in a message.
        found: The values and their rows.
        kept: Whether the table keeps them.
    """
    row, value = found[0]
    return Unexpected(path, expected, len(found), row, example_of(value), kept)


def example_of(value: Any) -> str:
    """Return a value as an example for a message: JSON in one line, shortened, with secrets masked."""
    try:
        text = one_line(whole(_encode(value)))
    except ValueError:  # an integer with too many digits for Python to print
        text = f"a {type(value).__name__} that is too long"
    return text if len(text) <= _MAX_EXAMPLE else text[: _MAX_EXAMPLE - 1] + "…"


def read(kind: Type, values: list[Any], types: set[type]) -> tuple[list[Any], list[int]]:
    """Return the values converted to a column type, and the rows of unexpected values, which are empty.

    Args:
        kind: The column's type, except JSON.
        values: The JSON values. None if missing.
        types: Their Python types, without `NoneType`.
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
    """Infer the type of an unknown field from its values."""
    if types == {str}:
        return Type.TEXT
    if types == {bool}:
        return Type.BOOLEAN
    if types == {list}:
        return Type.LIST
    if not types or not types <= {int, float}:
        # Amounts stay amounts even if another value is not one.
        return Type.MONEY if is_money and int in types else Type.JSON
    if is_money and (int in types or any(map(is_whole, values))):
        return Type.MONEY
    if float in types and not all(value is None or is_whole(value) for value in values):
        return Type.NUMBER
    return (
        Type.INTEGER if all(value is None or _integer(value) is not None for value in values) else Type.JSON
    )


def is_whole(value: Any) -> bool:
    """Whether a number is an integer. In JSON, `11900.0` is one too, if no other has the same float."""
    return type(value) is int or (
        type(value) is float and value.is_integer() and -EXACT_FLOATS < value < EXACT_FLOATS
    )


def whole(text: str) -> str:
    """Return a text with U+FFFD for each lone surrogate, which can't be encoded."""
    return text if text.isascii() else _HALF_PAIR.sub("\ufffd", text)


def plain(value: Any) -> Any:
    """Return a value with secrets masked, because tables are often written to files."""
    return str(value) if isinstance(value, Secret) else value


def as_json(value: Any) -> str | None:
    """Return a value as JSON text, for libraries with one type per column."""
    if value == []:  # most lists are empty, and the encoder is slow
        return "[]"
    return None if value is None else whole(_encode(value))


def _text(value: Any) -> str | None:
    if type(value) is str:
        return whole(value)
    if isinstance(value, Secret):
        return str(value)
    try:
        return str(value) if type(value) is int else None  # all its digits are exact
    except ValueError:  # too many digits for Python to print
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
    if "".join(filter(None, values)).isascii():  # checking all at once is faster, and usually succeeds
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
    days = {text: day(text) for text in set(values) - {None}}  # there are fewer distinct dates than rows
    read_ones = list(map(days.get, values))
    return read_ones, _lost(values, read_ones) if None in days.values() else []


def _moments(values: list[Any]) -> tuple[list[Any], list[int]]:
    read_ones = [None if value is None else moment(value) for value in values]
    return read_ones, [] if read_ones.count(None) == values.count(None) else _lost(values, read_ones)


def _lost(values: list[Any], read_ones: list[Any]) -> list[int]:
    pairs = enumerate(zip(values, read_ones, strict=True))
    return [row for row, (value, read_one) in pairs if read_one is None and value is not None]


#: The JSON types of each column type.
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
#: Converts a value of another type, or returns None if that isn't exact. Text is never converted to a number:
#: "119" could be cents or euros.
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
