"""An object as a tree that folds, with what its values mean written beside them."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monite_magic.display import money, style
from monite_magic.display.clean import columns_of, one_line, shorten
from monite_magic.display.fields import Kind, currency_of, kind_of, label_of, moment, percent
from monite_magic.display.options import options
from monite_magic.masking import MASK, mask_text

if TYPE_CHECKING:
    from monite_magic.display.budget import Budget
    from monite_magic.display.shapes import Shape

_INDENT: Final = "padding-left:18px"
_NAME_WIDTH: Final = 180  # pixels
_TRIANGLE: Final = 14  # pixels that the mark of what unfolds takes
_ROW: Final = "display:flex;gap:8px"
_REST: Final = "overflow-wrap:anywhere;min-width:0"
_MANY_CHOICES: Final = 12
_OPEN_FIELDS: Final = 5  # a nested object of no more fields stands open
_UNFOLD: Final = 10  # times `options.max_text`
_SHORT_LIST: Final = 8  # a list of no more short values is written on one line
_SHORT_TEXT: Final = 20
_PLAIN_ITEMS: Final = 20  # plain text does not fold, so it shows fewer items of a list


class Leaf(NamedTuple):
    """A value without parts.

    Attributes:
        text: How it is written.
        meaning: What that means, in words.
        rest: What follows a text that was cut, as far as it may be unfolded.
        cut: How many characters were cut.
    """

    text: str
    meaning: str = ""
    rest: str = ""
    cut: int = 0


@dataclass(frozen=True, slots=True)
class Node:
    """A value at its place in the tree.

    Attributes:
        name: The field's name, or `[0]` in a list.
        value: The value.
        around: The object around it.
        shape: What the catalogue says of it.
        currency: The currency of amounts here, as far as something above tells.
        depth: How deep it is.
    """

    name: str
    value: Any
    around: Mapping[str, Any]
    shape: Shape
    currency: str | None
    depth: int

    def children(self) -> Iterator[Node]:
        """Yield the fields or the items."""
        currency, depth = currency_of(self.value, self.currency), self.depth + 1
        if isinstance(self.value, Mapping):
            shape = self.shape.of(self.value)
            for name, value in self.value.items():
                yield Node(str(name), value, self.value, shape.field(name), currency, depth)
        else:
            items = self.shape.items
            for index, value in enumerate(self.value):
                yield Node(f"[{index}]", value, {}, items, currency, depth)

    @property
    def is_leaf(self) -> bool:
        """Whether it is written on one line."""
        return not isinstance(self.value, Mapping | list) or not self.value or self._is_short_list()

    def _is_short_list(self) -> bool:
        return (
            isinstance(self.value, list)
            and len(self.value) <= _SHORT_LIST
            and all(isinstance(value, int | float) or _is_short_text(value) for value in self.value)
        )

    def summary(self) -> str:
        """Return what stands for a value with parts while it is folded."""
        count = len(self.value)
        if isinstance(self.value, list):
            return f"{count:,} item{'s' if count != 1 else ''}"
        label = label_of(self.value)
        fields = f"{count:,} field{'s' if count != 1 else ''}"
        return f"{shorten(one_line(label), 80)} · {fields}" if label else fields

    def leaf(self) -> Leaf:
        """Return how a value without parts is written, and what it means."""
        value = self.value
        if value is None or isinstance(value, bool | Mapping | list):
            return Leaf(one_line(json.dumps(value, ensure_ascii=False)))
        kind = kind_of(self.name, value, self.around, self.shape)
        if kind is Kind.SECRET:
            return Leaf(MASK, "secret, handed out once: .reveal() gives it")
        if isinstance(value, str):
            return self._text_leaf(mask_text(value), kind)
        return Leaf(_number(value), self._meaning_of_number(kind))

    def _text_leaf(self, value: str, kind: Kind) -> Leaf:
        length = options.max_text
        if len(value) <= length:
            return Leaf(f'"{one_line(value)}"', self._said(kind))
        rest = value[length : length * (1 + _UNFOLD)]
        return Leaf(f'"{one_line(value[:length])}…', self._said(kind), rest, len(value) - length)

    def _meaning_of_number(self, kind: Kind) -> str:
        currency = currency_of(self.around, self.currency)
        if kind is Kind.MONEY and currency:
            return money.format_minor(self.value, currency)
        return percent(self.value) if kind is Kind.RATE else ""

    def _said(self, kind: Kind) -> str:
        if kind is Kind.DATETIME and (when := moment(self.value)):
            return f"{when.day} {when:%b %Y, %H:%M} UTC"
        if kind is Kind.DATE and (when := moment(self.value)):
            return f"{when:%a} {when.day} {when:%b %Y}"
        choices = self.shape.enum
        if kind is Kind.ENUM and 1 < len(choices) <= _MANY_CHOICES:
            return shorten(one_line("one of " + ", ".join(map(str, choices))), 160)
        return ""


def _is_short_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _SHORT_TEXT


def _number(value: float) -> str:
    try:
        return str(value)
    except ValueError:  # Python refuses to write integers of more than 4,300 digits
        return "a number of very many digits"


@dataclass(frozen=True, slots=True)
class Tree:
    """A whole answer, or a part of one, as a tree."""

    value: Any
    shape: Shape

    def html(self, budget: Budget) -> str:
        """See `Part`."""
        root = self._root()
        if root.is_leaf:
            return _html_leaf(root, budget, named=False)
        return "".join(_html_children(root, budget))

    def plain(self, width: int, budget: Budget) -> str:
        """See `Part`."""
        root = self._root()
        if root.is_leaf:
            return root.leaf().text
        return "\n".join(_plain_children(root, width, budget))

    def _root(self) -> Node:
        return Node("", self.value, {}, self.shape, None, 0)


def _more(count: int, what: str) -> str:
    return f"… {count:,} more {what}{'s' if count != 1 else ''}"


def _html_children(node: Node, budget: Budget) -> Iterator[str]:
    what = "item" if isinstance(node.value, list) else "field"
    for index, child in enumerate(node.children()):
        piece = _html_node(child, budget) if index < options.max_items else ""
        if not piece:
            yield style.block(style.muted(_more(len(node.value) - index, what)), _INDENT)
            return
        yield piece


def _html_node(node: Node, budget: Budget) -> str:
    """Return a value and all in it as HTML, or nothing if the budget does not allow it."""
    if node.is_leaf:
        return _html_leaf(node, budget)
    summary = _html_name(node, _NAME_WIDTH - _TRIANGLE) + style.muted(node.summary())
    too_deep = node.depth > options.max_depth
    frame = style.block(style.fold(summary, style.block("", _INDENT), is_open=_stands_open(node)), "")
    if too_deep:
        frame = style.block(f"{summary} {style.muted('(nested deeper than is shown)')}", "")
    if not budget.take(frame):
        return ""
    if too_deep:
        return frame
    part = budget.part()
    inner = "".join(_html_children(node, part))
    budget.settle(part)
    return style.block(style.fold(summary, style.block(inner, _INDENT), is_open=_stands_open(node)), "")


def _stands_open(node: Node) -> bool:
    return node.depth == 1 and isinstance(node.value, Mapping) and len(node.value) <= _OPEN_FIELDS


def _html_leaf(node: Node, budget: Budget, *, named: bool = True) -> str:
    leaf = node.leaf()
    name = _html_name(node, _NAME_WIDTH) if named else ""
    value = style.code(leaf.text)
    if isinstance(node.value, str) and kind_of(node.name, node.value, node.around) is Kind.URL:
        value = _link(node.value, value)
    meaning = f" {style.muted(f'({leaf.meaning})')}" if leaf.meaning else ""
    rest = _html_rest(leaf) if leaf.rest else ""
    whole = style.block(name + style.block(value + meaning + rest, _REST), _ROW)
    if budget.take(whole):
        return whole
    # The beginning of a long text may still have room.
    cut = f"{value} {style.muted(_more(leaf.cut, 'character'))}"
    short = style.block(name + style.block(cut, _REST), _ROW)
    return short if leaf.rest and budget.take(short) else ""


def _html_name(node: Node, width: int) -> str:
    name = style.escape(shorten(node.name, 80))
    return style.tag("span", name, f"display:inline-block;min-width:{width}px;{style.MUTED}") + " "


def _html_rest(leaf: Leaf) -> str:
    left = leaf.cut - len(leaf.rest)
    inner = style.preformatted(leaf.rest) + (style.muted(_more(left, "character")) if left else "")
    return style.fold(style.muted(_more(leaf.cut, "character")), inner)


def _link(url: str, inner: str) -> str:
    if len(url) > 2_000:
        return inner
    return f"<a href='{style.escape(url)}' target='_blank' rel='noopener noreferrer'>{inner}</a>"


def _plain_children(node: Node, width: int, budget: Budget) -> Iterator[str]:
    indent = "  " * (node.depth)
    what = "item" if isinstance(node.value, list) else "field"
    names = [shorten(one_line(str(name)), 40) for name in _first_names(node)]
    column = min(30, max(map(columns_of, names), default=0)) + 2
    most = min(options.max_items, _PLAIN_ITEMS) if isinstance(node.value, list) else options.max_items
    for index, child in enumerate(node.children()):
        lines = _plain_node(child, column, indent, width, budget) if index < most else None
        if lines is None:
            yield f"{indent}{_more(len(node.value) - index, what)}"
            return
        yield from lines


def _first_names(node: Node) -> list[str]:
    if isinstance(node.value, Mapping):
        return [name for name, _ in zip(node.value, range(options.max_items), strict=False)]
    return [f"[{min(len(node.value), options.max_items) - 1}]"]


def _plain_node(node: Node, column: int, indent: str, width: int, budget: Budget) -> Iterator[str] | None:
    name = shorten(one_line(node.name), 80)
    head = indent + name + " " * max(1, column - columns_of(name))
    if node.is_leaf:
        leaf = node.leaf()
        line = _plain_leaf(head, leaf, width)
    else:
        deep = node.depth > options.max_depth
        line = head + node.summary() + (" (nested deeper than is shown)" if deep else "")
    if not budget.take(line + "\n"):
        return None
    if node.is_leaf or node.depth > options.max_depth:
        return iter([line])
    return _plain_branch(line, node, width, budget)


def _plain_branch(line: str, node: Node, width: int, budget: Budget) -> Iterator[str]:
    yield line
    part = budget.part()
    lines = list(_plain_children(node, width, part))
    budget.settle(part)
    yield from lines


def _plain_leaf(head: str, leaf: Leaf, width: int) -> str:
    rest = f" {_more(leaf.cut, 'character')}" if leaf.rest else ""
    line = head + leaf.text + rest
    if not leaf.meaning:
        return line
    meaning = f"({leaf.meaning})"
    if columns_of(line) + columns_of(meaning) + 2 <= width or columns_of(line) > width:
        return f"{line}  {meaning}"
    blanks = " " * columns_of(head)
    below = textwrap.wrap(meaning, width, initial_indent=blanks, subsequent_indent=f"{blanks} ")
    return "\n".join((line, *below))
