"""Convert paths, queries and words between the text of a cell and the boxes of a form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote, unquote_plus

from monite_magic.cell.line_words import escape_braces, quote_word

if TYPE_CHECKING:
    from collections.abc import Callable

_PLACEHOLDER: Final = re.compile(r"\\*\{\{.*?(?:\}\}|$)", re.DOTALL)
_NEEDS_QUOTES: Final = re.compile(r"[\s\"'#;]|^[-{]")


def _between(text: str, change: Callable[[str], str]) -> str:
    """Apply `change` to the text between placeholders."""
    pieces, done = [], 0
    for placeholder in _PLACEHOLDER.finditer(text):
        pieces += [change(text[done : placeholder.start()]), placeholder.group()]
        done = placeholder.end()
    return "".join([*pieces, change(text[done:])])


def encoded(text: str, safe: str = "/") -> str:
    """Percent-encode a value, except its placeholders."""
    return _between(text, lambda piece: quote(piece, safe=safe))


def decoded(text: str) -> str:
    """Return part of a path as the text of a box."""
    return _between(text, lambda piece: escape_braces(unquote(piece)))


def decoded_query(text: str) -> str:
    """Return a name or a value of a query as the text of a box."""
    return _between(text, lambda piece: escape_braces(unquote_plus(piece)))


def word(text: str) -> str:
    """Return a word of the line, in quotes if it needs them."""
    outside = _PLACEHOLDER.sub("", text)
    starts_plain = not text.startswith(("-", "{{ '", '{{ "'))
    return text if text and starts_plain and not _NEEDS_QUOTES.search(outside) else quote_word(text)
