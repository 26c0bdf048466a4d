"""Display an object as a foldable tree, with the meaning next to each value."""

from __future__ import annotations

import functools
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from monite_magic.core import columns_of
from monite_magic.core.words import counted
from monite_magic.display import style
from monite_magic.display.nodes import Branch, Leaf, node_of
from monite_magic.display.options import options

if TYPE_CHECKING:
    from monite_magic.catalogue.shapes import Shape
    from monite_magic.display.budget import Budget

_INDENT: Final = "padding-left:18px"
# The fold marker takes 14 pixels; this keeps the values aligned.
_LEAF_NAME: Final = f"<span style='display:inline-block;min-width:180px;{style.MUTED}'>"
_BRANCH_NAME: Final = f"display:inline-block;min-width:166px;{style.MUTED}"
_LEAF: Final = "<div style='display:flex;gap:8px'>"
_LEAF_VALUE: Final = "<div style='overflow-wrap:anywhere;min-width:0'>"
_OPEN_FIELDS: Final = 5  # nested objects with at most this many fields start open
_TOO_DEEP: Final = "(nested deeper than is shown)"
_PLAIN_ITEMS: Final = 20  # plain text doesn't fold, so it shows fewer items
_PLAIN_NAMES: Final = 30  # maximum width of names, to align the values


@dataclass(frozen=True)
class Tree:
    """A whole answer, or a part of one, as a tree."""

    value: Any
    shape: Shape
    currency: str | None = None

    def html(self, budget: Budget) -> str:
        """See `Part`."""
        root = self._root
        return _html_children(root, budget) if isinstance(root, Branch) else _html_leaf(root, budget)

    def plain(self, width: int, budget: Budget) -> str:
        """See `Part`."""
        root = self._root
        return "\n".join(_plain_children(root, width, budget)) if isinstance(root, Branch) else root.text

    @functools.cached_property
    def _root(self) -> Leaf | Branch:
        return node_of("", self.value, {}, self.shape, self.currency, 0)


def _more(count: int, what: str) -> str:
    return f"… {counted(count, f'more {what}')}"


def _what_is_in(node: Branch) -> str:
    return "item" if isinstance(node.value, list) else "field"


# -- HTML ---------------------------------------------------------------------------------------------


def _html_children(node: Branch, budget: Budget) -> str:
    pieces = []
    for child in node.children:
        piece = _html_branch(child, budget) if isinstance(child, Branch) else _html_leaf(child, budget)
        if not piece:
            break
        pieces.append(piece)
    if left := len(node.value) - len(pieces):
        pieces.append(style.block(style.muted(_more(left, _what_is_in(node))), _INDENT))
    return "".join(pieces)


def _html_branch(node: Branch, budget: Budget) -> str:
    """Return an object or list, with as many parts as fit half of the budget."""
    name = style.tag("span", style.escape(node.name), _BRANCH_NAME)
    summary = f"{name} {style.muted(node.summary)}"
    if node.depth > options.max_depth:
        line = style.block(f"{summary} {style.muted(_TOO_DEEP)}", "")
        return line if budget.take(line) else ""
    is_open = node.depth == 1 and isinstance(node.value, dict) and len(node.value) <= _OPEN_FIELDS
    if not budget.take(style.fold(summary, style.block("", _INDENT), is_open=is_open)):
        return ""
    part = budget.part()
    inner = _html_children(node, part)
    budget.settle(part)
    return style.fold(summary, style.block(inner, _INDENT), is_open=is_open)


def _html_leaf(leaf: Leaf, budget: Budget) -> str:
    name, text, meaning, rest, cut, url = leaf
    name = f"{_LEAF_NAME}{style.escape(name)}</span>" if name else ""
    value = style.link(url, style.code(text)) if url else style.code(text)
    if meaning:
        value = f"{value} {style.muted(f'({meaning})')}"
    whole = f"{_LEAF}{name}{_LEAF_VALUE}{value}{_html_rest(leaf) if rest else ''}</div></div>"
    if budget.take(whole):
        return whole
    # The start of a long text may still fit.
    value = f"{value} {style.muted(_more(cut, 'character'))}"
    short = f"{_LEAF}{name}{_LEAF_VALUE}{value}</div></div>"
    return short if rest and budget.take(short) else ""


def _html_rest(leaf: Leaf) -> str:
    left = leaf.cut - len(leaf.rest)
    inner = style.preformatted(leaf.rest) + (style.muted(_more(left, "character")) if left else "")
    return style.fold(style.muted(_more(leaf.cut, "character")), inner)


# -- plain text ---------------------------------------------------------------------------------------


def _plain_children(node: Branch, width: int, budget: Budget) -> list[str]:
    children = node.children[:_PLAIN_ITEMS] if isinstance(node.value, list) else node.children
    indent = "  " * node.depth
    widths = [columns_of(child.name) for child in children]
    column = min(_PLAIN_NAMES, max(widths)) + 2
    shown = 0
    pieces = []
    for child, taken in zip(children, widths, strict=True):
        head = f"{indent}{child.name}{' ' * (column - taken if taken < column else 1)}"
        if isinstance(child, Leaf):
            lines, branch = _plain_leaf(head, child, width), None
        else:
            lines, branch = _plain_summary(head, child), child
        if not budget.take(lines + "\n"):
            break
        shown += 1
        pieces.append(lines)
        if branch and branch.depth <= options.max_depth:
            part = budget.part()
            pieces += _plain_children(branch, width, part)
            budget.settle(part)
    if left := len(node.value) - shown:
        pieces.append(f"{indent}{_more(left, _what_is_in(node))}")
    return pieces


def _plain_summary(head: str, node: Branch) -> str:
    return head + node.summary + (f" {_TOO_DEEP}" if node.depth > options.max_depth else "")


def _plain_leaf(head: str, leaf: Leaf, width: int) -> str:
    line = head + leaf.text
    if leaf.rest:
        line = f"{line} {_more(leaf.cut, 'character')}"
    meaning = leaf.meaning
    if not meaning:
        return line
    whole = f"{line}  ({meaning})"
    if columns_of(whole) <= width or columns_of(line) > width:
        return whole
    return f"{line}\n{_below(meaning, columns_of(head), width)}"


@functools.lru_cache(maxsize=200)  # mostly lists of choices that repeat in each answer
def _below(meaning: str, indent: int, width: int) -> str:
    blanks = " " * indent
    lines = textwrap.wrap(f"({meaning})", width, initial_indent=blanks, subsequent_indent=f"{blanks} ")
    return "\n".join(lines)
