"""Convert paths, queries and words between the line of a cell and the boxes of a form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote, unquote_plus

from monite_magic.cell.line_words import escape_braces, partition, quote_word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from monite_magic.cell.arguments import Arguments

_PLACEHOLDER: Final = re.compile(r"\\*\{\{.*?(?:\}\}|$)", re.DOTALL)
# Options that are fields of the form; the others are kept as written.
_OWN_OPTIONS: Final = frozenset({"query", "header", "file", "field", "body"})
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


def as_text(value: Any) -> str:
    """Return a value as the text of the line."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


def query_pairs(query: str) -> Iterator[tuple[str, str]]:
    """Yield the names and values of a query as the texts of boxes."""
    while query:
        pair, _, query = partition(query, "&")
        name, _, value = partition(pair, "=")
        if pair:
            yield decoded_query(name), decoded_query(value)


def other_words(arguments: Arguments) -> Iterator[str]:
    """Yield the options of a line that the form keeps as written."""
    for option in arguments.spec.options:
        value = arguments.values[option.name]
        if option.name in _OWN_OPTIONS or not value:
            continue
        yield option.flags[-1] if len(option.flags) == 1 else option.flags[0]
        if option.metavar:
            yield word(value)
