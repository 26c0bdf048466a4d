"""An object as a tree that folds, with what its values mean written beside them."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from monite_magic.display import style
from monite_magic.display.clean import columns_of
from monite_magic.display.nodes import Leaf, Node
from monite_magic.display.options import options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monite_magic.display.budget import Budget
    from monite_magic.display.shapes import Shape

_INDENT: Final = "padding-left:18px"
# The mark of what unfolds takes 14 pixels; values stand in line all the same.
_LEAF_NAME: Final = f"display:inline-block;min-width:180px;{style.MUTED}"
_BRANCH_NAME: Final = f"display:inline-block;min-width:166px;{style.MUTED}"
_ROW: Final = "display:flex;gap:8px"
_REST: Final = "overflow-wrap:anywhere;min-width:0"
_OPEN_FIELDS: Final = 5  # a nested object of no more fields stands open
_TOO_DEEP: Final = "(nested deeper than is shown)"
_PLAIN_ITEMS: Final = 20  # plain text does not fold, so it shows fewer items of a list
_PLAIN_NAMES: Final = 30  # columns that names take at most, so that values stand in line


@dataclass(frozen=True)
class Tree:
    """A whole answer, or a part of one, as a tree."""

    value: Any
    shape: Shape

    def html(self, budget: Budget) -> str:
        """See `Part`."""
        if self._root.is_leaf:
            return _html_leaf(self._root, budget, named=False)
        return "".join(_html_children(self._root, budget))

    def plain(self, width: int, budget: Budget) -> str:
        """See `Part`."""
        if self._root.is_leaf:
            return self._root.leaf.text
        return "\n".join(_plain_children(self._root, width, budget))

    @cached_property
    def _root(self) -> Node:
        return Node("", self.value, {}, self.shape, None, 0)


def _more(count: int, what: str) -> str:
    return f"… {count:,} more {what}{'s' if count != 1 else ''}"


def _what_is_in(node: Node) -> str:
    return "item" if isinstance(node.value, list) else "field"


# -- HTML ---------------------------------------------------------------------------------------------


def _html_children(node: Node, budget: Budget) -> Iterator[str]:
    shown = 0
    for child in node.children:
        piece = _html_leaf(child, budget) if child.is_leaf else _html_branch(child, budget)
        if not piece:
            break
        shown += 1
        yield piece
    if left := len(node.value) - shown:
        yield style.block(style.muted(_more(left, _what_is_in(node))), _INDENT)


def _html_branch(node: Node, budget: Budget) -> str:
    """Return a value with parts, and as much in it as half of the budget allows."""
    name = style.tag("span", style.escape(node.name), _BRANCH_NAME)
    summary = f"{name} {style.muted(node.summary)}"
    if node.depth > options.max_depth:
        line = style.block(f"{summary} {style.muted(_TOO_DEEP)}", "")
        return line if budget.take(line) else ""
    is_open = node.depth == 1 and isinstance(node.value, dict) and len(node.value) <= _OPEN_FIELDS
    if not budget.take(style.fold(summary, style.block("", _INDENT), is_open=is_open)):
        return ""
    part = budget.part()
    inner = "".join(_html_children(node, part))
    budget.settle(part)
    return style.fold(summary, style.block(inner, _INDENT), is_open=is_open)


def _html_leaf(node: Node, budget: Budget, *, named: bool = True) -> str:
    leaf = node.leaf
    name = style.tag("span", style.escape(node.name), _LEAF_NAME) if named else ""
    value = style.link(leaf.url, style.code(leaf.text)) if leaf.url else style.code(leaf.text)
    if leaf.meaning:
        value += f" {style.muted(f'({leaf.meaning})')}"
    whole = style.block(name + style.block(value + _html_rest(leaf), _REST), _ROW)
    if budget.take(whole):
        return whole
    # The beginning of a long text may still have room.
    cut = f"{value} {style.muted(_more(leaf.cut, 'character'))}"
    short = style.block(name + style.block(cut, _REST), _ROW)
    return short if leaf.rest and budget.take(short) else ""


def _html_rest(leaf: Leaf) -> str:
    if not leaf.rest:
        return ""
    left = leaf.cut - len(leaf.rest)
    inner = style.preformatted(leaf.rest) + (style.muted(_more(left, "character")) if left else "")
    return style.fold(style.muted(_more(leaf.cut, "character")), inner)


# -- plain text ---------------------------------------------------------------------------------------


def _plain_children(node: Node, width: int, budget: Budget) -> Iterator[str]:
    children = node.children[:_PLAIN_ITEMS] if isinstance(node.value, list) else node.children
    indent = "  " * node.depth
    column = min(_PLAIN_NAMES, max(columns_of(child.name) for child in children)) + 2
    shown = 0
    for child in children:
        head = indent + child.name + " " * max(1, column - columns_of(child.name))
        lines = _plain_leaf(head, child, width) if child.is_leaf else _plain_summary(head, child)
        if not budget.take(lines + "\n"):
            break
        shown += 1
        yield lines
        if not child.is_leaf and child.depth <= options.max_depth:
            part = budget.part()
            yield from _plain_children(child, width, part)
            budget.settle(part)
    if left := len(node.value) - shown:
        yield f"{indent}{_more(left, _what_is_in(node))}"


def _plain_summary(head: str, node: Node) -> str:
    return head + node.summary + (f" {_TOO_DEEP}" if node.depth > options.max_depth else "")


def _plain_leaf(head: str, node: Node, width: int) -> str:
    leaf = node.leaf
    line = head + leaf.text + (f" {_more(leaf.cut, 'character')}" if leaf.rest else "")
    if not leaf.meaning:
        return line
    meaning = f"({leaf.meaning})"
    if columns_of(line) + columns_of(meaning) + 2 <= width or columns_of(line) > width:
        return f"{line}  {meaning}"
    blanks = " " * columns_of(head)
    below = textwrap.wrap(meaning, width, initial_indent=blanks, subsequent_indent=f"{blanks} ")
    return "\n".join((line, *below))
