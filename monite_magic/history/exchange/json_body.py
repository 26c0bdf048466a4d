"""Recognize JSON in imported text, and write it as the body of a cell."""

from __future__ import annotations

import json
import re
from typing import Final

from monite_magic.history.exchange.marks import MARKED, rendered, stand_in, variable

_TOKEN: Final = re.compile(r'"(?P<inside>(?:[^"\\]|\\.)*)"(?P<key>\s*:)?', re.DOTALL)
_BARE: Final = re.compile(r"\{\{\s*([^{}\n]+?)\s*\}\}|<([A-Za-z][\w .-]*)>|\b((?:YOUR|MY)_[A-Z0-9_]+)\b")
_MARKED: Final = re.compile(MARKED)
_BRACE_BEFORE: Final = re.compile(rf"\{{(?={MARKED})")


def is_json_like(text: str) -> bool:
    """Whether a text is meant as JSON: it is, or it begins as an object or a list does."""
    start = text.lstrip()[:1]
    if start in {"{", "["}:
        return True
    return start in {'"', "t", "f", "n", "-", *"0123456789"} and problem_of(text) is None


def problem_of(text: str) -> str | None:
    """Return what is wrong with a JSON text whose variables are filled in, or None."""
    try:
        json.loads(_probe(text))
    except RecursionError:
        return "it is nested too deeply"
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        return f"line {line} of it can't be read"
    return None


def is_object(text: str) -> bool:
    """Whether a JSON text is an object, or one variable, which may be one."""
    return text.lstrip().startswith("{") or bool(_MARKED.fullmatch(text.strip()))


def _probe(text: str) -> str:
    """Return the text with something harmless in place of each variable."""
    pieces: list[str] = []
    done = 0
    for match in _TOKEN.finditer(text):
        pieces += [_MARKED.sub("0", text[done : match.start()]), _MARKED.sub("x", match[0])]
        done = match.end()
    return "".join([*pieces, _MARKED.sub("0", text[done:])])


def mark_stand_ins(text: str) -> str:
    """Mark what stands for a value in a JSON text: a whole string such as `"<id>"`, or a bare `{{x}}`."""
    pieces: list[str] = []
    done = 0
    for match in _TOKEN.finditer(text):
        pieces.append(_mark_bare(text[done : match.start()]))
        name = stand_in(match["inside"]) if match["key"] is None else None
        pieces.append(f'"{variable(name)}"' if name else match[0])
        done = match.end()
    return "".join([*pieces, _mark_bare(text[done:])])


def _mark_bare(text: str) -> str:
    return _BARE.sub(lambda match: variable(match[1] or match[2] or match[3]), text)


def as_cell_body(text: str) -> str:
    """Return marked JSON text as it is written below a cell's line."""
    pieces: list[str] = []
    done = 0
    for match in _TOKEN.finditer(text):
        pieces += [_written(text[done : match.start()], "{ "), _written(match[0], "\\u007b")]
        done = match.end()
    return "".join([*pieces, _written(text[done:], "{ ")])


def _written(text: str, brace: str) -> str:
    """Write a piece; a brace right before a variable must not be taken for the variable's own."""
    text = _BRACE_BEFORE.sub(lambda _: brace, text)
    return rendered(text, lambda piece: piece.replace("{{", "\\{{"), "{{{{ {} }}}}".format)
