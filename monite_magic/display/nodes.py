"""A value and all in it as nodes: how each is written, and what it means.

The nodes are made when they are looked at, once, and only as many as may be shown.
"""

from __future__ import annotations

import json
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monite_magic.display import money
from monite_magic.display.clean import one_line, shorten
from monite_magic.display.fields import Kind, currency_of, kind_of, label_of, moment, percent
from monite_magic.display.options import options
from monite_magic.masking import MASK, mask_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.display.shapes import Shape

_MANY_CHOICES: Final = 12
_UNFOLD: Final = 10  # times `options.max_text`
_SHORT_LIST: Final = 8  # a list of no more short values is written on one line
_SHORT_TEXT: Final = 20


class Leaf(NamedTuple):
    """A value without parts.

    Attributes:
        text: How it is written.
        meaning: What that means, in words.
        rest: What follows a text that was cut, as far as it may be unfolded.
        cut: How many characters were cut.
        url: Where it leads to, if it is a link.
    """

    text: str
    meaning: str = ""
    rest: str = ""
    cut: int = 0
    url: str = ""


class Node:
    """A value at its place in the tree.

    Args:
        name: The field's name, or `[0]` in a list.
        value: The value.
        around: The object around it.
        shape: What the catalogue says of it.
        currency: The currency of amounts here, as far as something above tells.
        depth: How deep it is.
    """

    def __init__(
        self, name: str, value: Any, around: Mapping[str, Any], shape: Shape, currency: str | None, depth: int
    ) -> None:
        self.name = one_line(shorten(name, 80))
        self.value = value
        self.depth = depth
        self._around = around
        self._shape = shape
        self._currency = currency
        self.is_leaf = not (isinstance(value, dict | list) and value) or _is_short_list(value)

    @cached_property
    def children(self) -> list[Node]:
        """The fields or the items, no more than may be shown."""
        depth, most = self.depth + 1, options.max_items
        if isinstance(self.value, list):
            items = self._shape.items
            return [
                Node(f"[{index}]", value, {}, items, self._currency, depth)
                for index, value in enumerate(self.value[:most])
            ]
        currency, shape = currency_of(self.value, self._currency), self._shape.of(self.value)
        return [
            Node(name, value, self.value, shape.field(name), currency, depth)
            for name, value in islice(self.value.items(), most)
        ]

    @cached_property
    def summary(self) -> str:
        """What stands for a value with parts while it is folded."""
        count = len(self.value)
        if isinstance(self.value, list):
            return f"{count:,} item{'s' if count != 1 else ''}"
        label = label_of(self.value)
        fields = f"{count:,} field{'s' if count != 1 else ''}"
        return f"{shorten(one_line(label), 80)} · {fields}" if label else fields

    @cached_property
    def leaf(self) -> Leaf:
        """How a value without parts is written, and what it means."""
        value = self.value
        if value is None or isinstance(value, bool | dict | list):
            return Leaf(one_line(json.dumps(value, ensure_ascii=False)))
        kind = kind_of(self.name, value, self._around, self._shape)
        if kind is Kind.SECRET:
            return Leaf(MASK, "secret, handed out once: .reveal() gives it")
        if isinstance(value, str):
            return self._text_leaf(value, kind)
        return Leaf(_number(value), self._meaning_of_number(kind))

    def _text_leaf(self, value: str, kind: Kind) -> Leaf:
        length, url = options.max_text, value if kind is Kind.URL else ""
        if len(value) <= length:
            return Leaf(f'"{one_line(value)}"', self._said(kind), url=url)
        value = mask_text(value)  # before it is cut: half a secret would not be found
        rest = value[length : length * (1 + _UNFOLD)]
        return Leaf(f'"{one_line(value[:length])}…', "", rest, len(value) - length, url)

    def _meaning_of_number(self, kind: Kind) -> str:
        currency = currency_of(self._around, self._currency)
        if kind is Kind.MONEY and currency:
            return money.format_minor(self.value, currency)
        return percent(self.value) if kind is Kind.RATE else ""

    def _said(self, kind: Kind) -> str:
        if kind is Kind.DATETIME and (when := moment(self.value)):
            return f"{when.day} {when:%b %Y, %H:%M} UTC"
        if kind is Kind.DATE and (when := moment(self.value)):
            return f"{when:%a} {when.day} {when:%b %Y}"
        choices = self._shape.enum
        if kind is Kind.ENUM and 1 < len(choices) <= _MANY_CHOICES:
            return shorten(one_line("one of " + ", ".join(map(str, choices))), 160)
        return ""


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
    except ValueError:  # Python refuses to write integers of more than 4,300 digits
        return "a number of very many digits"
