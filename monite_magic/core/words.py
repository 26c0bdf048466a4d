"""Format words in messages: counted nouns, plurals, alternatives, times and shortened texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monite_magic.core.masking import mask_text

if TYPE_CHECKING:
    from collections.abc import Iterable


def counted(number: int, noun: str) -> str:
    """Return a number with a noun: `1 row`, `2,000 rows`."""
    return f"{number:,} {noun if number == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """Return the regular plural of a noun, with `s` or `es`."""
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"


def either(words: Iterable[str]) -> str:
    """Join alternatives: `a`, `a or b`, `a, b or c`."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def short_time(timestamp: str) -> str:
    """Shorten a timestamp of the API to the second: `2027-01-01 08:00:05`."""
    return timestamp[:19].replace("T", " ")


def shorten(text: str, length: int) -> str:
    """Return at most `length` characters of `text`, with an ellipsis if it was cut.

    Secrets are masked first, since part of a secret would not be recognized later.
    """
    return text if len(text) <= length else mask_text(text)[: max(0, length - 1)].rstrip() + "…"
