r"""A JSON body with `{{ placeholders }}` as a tree, and the tree as text again.

In the tree, a placeholder outside quotes is a `Reference`. Inside quotes it stays text, as on a magic's line:
`{{ name }}`, or `\{{` for literal braces.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from monite_magic.cell.json_text import outline, read_json
from monite_magic.cell.line_words import escape_braces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_FIRST_LINE: Final = 2  # of a body in its cell, for errors
_BRACES: Final = re.compile(r"(\\*)\{\{")
# Replaces placeholders while Python's parser reads the rest; bodies don't contain these characters.
_MARK: Final = re.compile("(\\\\*)\ue000(\\d+)\ue001")


@dataclass(frozen=True, slots=True)
class Reference:
    """A placeholder in place of a whole value.

    Attributes:
        name: The text between the braces.
    """

    name: str

    def __str__(self) -> str:
        return f"{{{{ {self.name} }}}}"


class _Empty:
    """A visible field without a value, which is not sent."""

    def __repr__(self) -> str:
        return "EMPTY"


EMPTY: Final = _Empty()


def read_tree(text: str) -> Any:
    """Return a body's text as a tree.

    Args:
        text: JSON below the line of a cell, optionally with placeholders.

    Raises:
        RequestError: It is not JSON.
    """
    if "{{" not in text:
        return _with_escapes(read_json(text, source=text, first_line=_FIRST_LINE))
    pieces: list[str] = []
    spots: list[str] = []
    done = 0
    for spot in outline(text, first_line=_FIRST_LINE).spots:
        mark = f"\ue000{len(spots)}\ue001"
        pieces += [text[done : spot.start], mark if spot.in_string else f'"{mark}"']
        spots.append("\\{{" if spot.reference is None else f"{{{{ {spot.reference} }}}}")
        if not spot.in_string:
            spots[-1] = f"={spot.reference}"
        done = spot.end
    pieces.append(text[done:])
    return _unmarked(read_json("".join(pieces), source=text, first_line=_FIRST_LINE), spots)


def _unmarked(value: Any, spots: list[str]) -> Any:
    if isinstance(value, dict):
        return {_text_of_marks(key, spots): _unmarked(item, spots) for key, item in value.items()}
    if isinstance(value, list):
        return [_unmarked(item, spots) for item in value]
    if not isinstance(value, str):
        return value
    sole = _MARK.fullmatch(value)
    if sole and not sole[1] and spots[int(sole[2])].startswith("="):
        return Reference(spots[int(sole[2])][1:])
    return _text_of_marks(value, spots)


def _text_of_marks(text: str, spots: list[str]) -> str:
    pieces, done = [], 0
    for mark in _MARK.finditer(text):
        pieces += [escape_braces(text[done : mark.start()]), mark[1] * 2, spots[int(mark[2])]]
        done = mark.end()
    return "".join([*pieces, escape_braces(text[done:])])


def _with_escapes(value: Any) -> Any:
    """Escape each `{{` that comes from a JSON escape, so that it doesn't start a placeholder."""
    if isinstance(value, dict):
        return {escape_braces(key): _with_escapes(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_escapes(item) for item in value]
    return escape_braces(value) if isinstance(value, str) else value


def sent(value: Any) -> Any:
    """Return the tree without the fields that have no value; `EMPTY` if nothing is left of a plain value."""
    if isinstance(value, dict):
        return {key: sent(item) for key, item in value.items() if item is not EMPTY}
    if isinstance(value, list):
        return [sent(item) for item in value if item is not EMPTY]
    return value


def value_at(tree: Any, path: Iterable[str | int]) -> Any:
    """Return the value at a path, or `EMPTY`."""
    for step in path:
        tree = _member(tree, step)
    return tree


def put_at(tree: Any, path: Sequence[str | int], value: Any) -> None:
    """Set the value at a path; objects and lists around it are created."""
    for step, following in pairwise(path):
        below = _member(tree, step)
        if not isinstance(below, (dict, list)):
            below = [] if isinstance(following, int) else {}
            _store(tree, step, below)
        tree = below
    _store(tree, path[-1], value)


def _member(around: Any, step: str | int) -> Any:
    if isinstance(around, dict):
        return around.get(step, EMPTY)
    if isinstance(around, list) and isinstance(step, int) and step < len(around):
        return around[step]
    return EMPTY


def _store(around: Any, step: Any, value: Any) -> None:
    if isinstance(around, list) and step >= len(around):
        around.extend([EMPTY] * (step - len(around)))
        around.append(value)
    else:
        around[step] = value


def write_tree(value: Any) -> str:
    """Return the tree as the text of a body, indented as `json.dumps(…, indent=2)` does."""
    return "".join(_written(sent(value), "\n"))


def _written(value: Any, newline: str) -> Iterator[str]:
    below = f"{newline}  "
    if isinstance(value, dict) and value:
        yield "{"
        for index, (key, item) in enumerate(value.items()):
            yield f"{',' if index else ''}{below}{_quoted(key)}: "
            yield from _written(item, below)
        yield f"{newline}}}"
    elif isinstance(value, list) and value:
        yield "["
        for index, item in enumerate(value):
            yield f"{',' if index else ''}{below}"
            yield from _written(item, below)
        yield f"{newline}]"
    elif isinstance(value, str):
        yield _quoted(value)
    elif isinstance(value, Reference):
        yield str(value)
    else:
        yield json.dumps(value, ensure_ascii=False)


def _quoted(text: str) -> str:
    """A text in quotes; backslashes before braces are the language's, the others JSON's."""
    pieces, done = [], 0
    while opening := _BRACES.search(text, done):
        backslashes = opening[1]
        pieces.append(_inside(text[done : opening.start()] + backslashes[: len(backslashes) // 2]))
        if len(backslashes) % 2:
            pieces.append("\\{{")
            done = opening.end()
        else:
            end = text.find("}}", opening.end())
            done = end + 2 if end >= 0 else len(text)
            pieces.append(text[opening.end() - 2 : done])
    pieces.append(_inside(text[done:]))
    return f'"{"".join(pieces)}"'


def _inside(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]
