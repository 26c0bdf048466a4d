"""An object as a tree that folds, with what its values mean written beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monite_magic.display import money, style
from monite_magic.display.clean import columns_of, one_line, shorten
from monite_magic.display.fields import Kind, currency_of, kind_of, label_of, moment, percent
from monite_magic.display.options import options
from monite_magic.masking import MASK

if TYPE_CHECKING:
    from monite_magic.display.budget import Budget
    from monite_magic.display.shapes import Shape

_INDENT: Final = "padding-left:18px"
_NAME: Final = f"display:inline-block;min-width:170px;{style.MUTED}"
_MANY_CHOICES: Final = 12
_OPEN_FIELDS: Final = 5  # a nested object of no more fields stands open
_UNFOLD: Final = 10  # times `options.max_text`


class Leaf(NamedTuple):
    """A value without parts: how it is written, what it means, and how many characters were left out."""

    text: str
    meaning: str = ""
    rest: str = ""


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
        return not isinstance(self.value, Mapping | list) or not self.value

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
        if value is None or isinstance(value, (bool, Mapping | list)):
            return Leaf(_LITERALS.get(repr(value), ""))
        kind = kind_of(self.name, value, self.around, self.shape)
        if kind is Kind.SECRET:
            return Leaf(MASK, "a secret; .reveal() it, it is not shown here")
        if isinstance(value, str):
            shown, rest = value[: options.max_text], value[options.max_text :]
            return Leaf(
                f'"{one_line(shown)}"' if not rest else f'"{one_line(shown)}…', self._said(kind), rest
            )
        return Leaf(_number(value), self._meaning_of_number(kind))

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


_LITERALS: Final = {"None": "null", "True": "true", "False": "false", "{}": "{}", "[]": "[]"}


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
    name = style.tag("span", style.escape(shorten(node.name, 80)), _NAME)
    summary = f"{name} {style.muted(node.summary())}"
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
    name = style.tag("span", style.escape(shorten(node.name, 80)), _NAME) + " " if named else ""
    value = style.code(leaf.text)
    if isinstance(node.value, str) and kind_of(node.name, node.value, node.around) is Kind.URL:
        value = _link(node.value, value)
    meaning = f" {style.muted(leaf.meaning)}" if leaf.meaning else ""
    piece = style.block(name + value + meaning + (_html_rest(leaf.rest) if leaf.rest else ""), "")
    if budget.take(piece):
        return piece
    if leaf.rest:  # the beginning of a long text may still have room
        short = style.block(f"{name}{value} {style.muted(_more(len(leaf.rest), 'character'))}", "")
        return short if budget.take(short) else ""
    return ""


def _html_rest(rest: str) -> str:
    shown = rest[: options.max_text * _UNFOLD]
    left = len(rest) - len(shown)
    inner = style.preformatted(shown) + (style.muted(_more(left, "character")) if left else "")
    return style.fold(style.muted(_more(len(rest), "character")), inner)


def _link(url: str, inner: str) -> str:
    if len(url) > 2_000:
        return inner
    return f"<a href='{style.escape(url)}' target='_blank' rel='noopener noreferrer'>{inner}</a>"


def _plain_children(node: Node, width: int, budget: Budget) -> Iterator[str]:
    indent = "  " * (node.depth)
    what = "item" if isinstance(node.value, list) else "field"
    names = [shorten(one_line(str(name)), 40) for name in _first_names(node)]
    column = min(30, max(map(columns_of, names), default=0)) + 2
    for index, child in enumerate(node.children()):
        lines = _plain_node(child, column, indent, width, budget) if index < options.max_items else None
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
    rest = f" {_more(len(leaf.rest), 'character')}" if leaf.rest else ""
    line = head + leaf.text + rest
    if not leaf.meaning:
        return line
    if columns_of(line) + columns_of(leaf.meaning) + 2 <= width or columns_of(line) > width:
        return f"{line}  {leaf.meaning}"
    return f"{line}\n{' ' * columns_of(head)}{leaf.meaning}"
