"""A value as a tree of nodes, each with its text and its meaning.

Nodes are created on first access, and only as many as can be shown.
"""

from __future__ import annotations

import functools
import json
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monite_magic.catalogue import currencies
from monite_magic.catalogue.formats import moment
from monite_magic.core.masking import MASK, mask_text
from monite_magic.core.text import one_line
from monite_magic.core.words import counted, shorten
from monite_magic.display.fields import MINOR_UNITS, currency_of, kind_of, kind_of_text, label_of, percent
from monite_magic.display.options import options

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from monite_magic.catalogue.shapes import Shape
    from monite_magic.display.fields import Kind

_MANY_CHOICES: Final = 12
_UNFOLD: Final = 10  # times `options.max_text`
_SHORT_LIST: Final = 8  # a list with at most this many short values stays on one line
_SHORT_TEXT: Final = 20
_MAX_NAME: Final = 80
_SECRET: Final = (MASK, "secret, shown only once: read it with .reveal()")
_MONTHS: Final = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Leaf(NamedTuple):
    """A value without parts.

    Attributes:
        name: The field's name, or `[0]` in a list.
        text: The value as text.
        meaning: Its meaning in words.
        rest: The rest of a cut text, as far as it can be unfolded.
        cut: Number of cut characters.
        url: The target of a link.
    """

    name: str
    text: str
    meaning: str = ""
    rest: str = ""
    cut: int = 0
    url: str = ""


class Branch:
    """A value with parts.

    Attributes:
        name: The field's name, or `[0]` in a list.
        value: The object or the list.
        depth: The nesting depth.
    """

    __slots__ = ("_children", "_currency", "_shape", "_summary", "depth", "name", "value")

    def __init__(self, name: str, value: Any, shape: Shape, currency: str | None, depth: int) -> None:
        self.name = name
        self.value = value
        self.depth = depth
        self._shape = shape
        self._currency = currency
        self._children: list[Leaf | Branch] | None = None
        self._summary: str | None = None

    @property
    def children(self) -> list[Leaf | Branch]:
        """The fields or items, up to the display limit."""
        if self._children is None:
            self._children = self._made_children()
        return self._children

    def _made_children(self) -> list[Leaf | Branch]:
        depth, most, shape, currency = self.depth + 1, options.max_items, self._shape, self._currency
        if isinstance(self.value, list):
            items = shape.items
            return [
                node_of(f"[{index}]", value, {}, items, currency, depth)
                for index, value in enumerate(self.value[:most])
            ]
        fields, currency, shape = self.value, currency_of(self.value, currency), shape.of(self.value)
        return [
            node_of(name, value, fields, shape.field(name), currency, depth)
            for name, value in islice(fields.items(), most)
        ]

    @property
    def summary(self) -> str:
        """The text while it is folded."""
        if self._summary is None:
            self._summary = self._made_summary()
        return self._summary

    def _made_summary(self) -> str:
        count = len(self.value)
        if isinstance(self.value, list):
            return counted(count, "item")
        label = label_of(self.value)
        fields = counted(count, "field")
        return f"{shorten(one_line(label), 80)} · {fields}" if label else fields


def node_of(
    name: str, value: Any, around: Mapping[str, Any], shape: Shape, currency: str | None, depth: int
) -> Leaf | Branch:
    """Return a value as a node of the tree.

    Args:
        name: The field's name, or `[0]` in a list.
        value: The value.
        around: The object around it; empty in a list.
        shape: Its shape in the catalogue.
        currency: The currency from the objects around it, if known.
        depth: The nesting depth.
    """
    name = one_line(shorten(name, _MAX_NAME))
    if isinstance(value, str):
        return _text_leaf(name, value, kind_of_text(name, value, shape), shape)
    if value is None:
        return Leaf(name, "null")
    if isinstance(value, dict | list) and value and not _is_short_list(value):
        return Branch(name, value, shape, currency, depth)
    if isinstance(value, bool | dict | list):
        return Leaf(name, one_line(json.dumps(value, ensure_ascii=False)))
    kind = kind_of(name, value, around, shape)
    if kind == "secret":
        return Leaf(name, *_SECRET)
    if kind == "money" and currency:
        return Leaf(name, _number(value), currencies.format_minor(value, currency))
    if kind == "money" and shape.types:  # money by the catalogue, but without a currency
        return Leaf(name, _number(value), MINOR_UNITS)
    return Leaf(name, _number(value), percent(value) if kind == "rate" else "")


def _text_leaf(name: str, value: str, kind: Kind, shape: Shape) -> Leaf:
    if kind == "secret":
        return Leaf(name, *_SECRET)
    length = options.max_text
    if len(value) > length:
        url = value if kind == "url" else ""
        value = mask_text(value)  # mask before cutting: part of a secret would not be found
        rest = value[length : length * (1 + _UNFOLD)]
        return Leaf(name, f'"{one_line(value[:length])}…', "", rest, len(value) - length, url)
    text = f'"{one_line(value)}"'
    if kind in {"plain", "id"}:
        return Leaf(name, text)
    if kind == "url":
        return Leaf(name, text, url=value)
    if kind == "enum":
        return Leaf(name, text, _choice_of(shape.enum))
    when = moment(value)
    if when is None:
        return Leaf(name, text)
    if kind == "date":
        return Leaf(name, text, f"{_WEEKDAYS[when.weekday()]} {_day(when)}")
    return Leaf(name, text, f"{_day(when)}, {when.hour:02}:{when.minute:02} UTC")


def _day(when: datetime) -> str:
    return f"{when.day} {_MONTHS[when.month]} {when.year}"


@functools.lru_cache(maxsize=1_000)
def _choice_of(choices: tuple[Any, ...]) -> str:
    if not 1 < len(choices) <= _MANY_CHOICES:
        return ""
    return shorten(one_line("one of " + ", ".join(map(str, choices))), 160)


def _is_short_list(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= _SHORT_LIST
        and all(isinstance(item, int | float) or _is_short_text(item) for item in value)
    )


def _is_short_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _SHORT_TEXT


def _number(value: float) -> str:
    try:
        return str(value)
    except ValueError:  # Python can't write integers of more than 4,300 digits
        return "a number with very many digits"
