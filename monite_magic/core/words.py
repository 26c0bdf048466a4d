"""Words of messages: numbers with their noun, and texts cut to a length."""

from __future__ import annotations

from monite_magic.core.masking import mask_text


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 row`, `2,000 rows`."""
    return f"{number:,} {noun if number == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """Return the plural of a noun that forms it with `s` or `es`."""
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"


def shorten(text: str, length: int) -> str:
    """Return at most `length` characters of `text`; what was cut ends with an ellipsis.

    Secrets are masked before the cut: half of one would not be found afterwards.
    """
    return text if len(text) <= length else mask_text(text)[: max(0, length - 1)].rstrip() + "…"
