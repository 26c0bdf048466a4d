"""Text from elsewhere, made fit to be shown: clean, short, and as wide as its column."""

from __future__ import annotations

import re
import unicodedata

from monite_magic.core.clean_text import clean, one_line
from monite_magic.core.masking import mask_text

__all__ = ["clean", "columns_of", "fit", "one_line"]

# Characters beyond Latin, Greek, Cyrillic, the ellipsis and frames may take no column or two.
_ODD_WIDTH = re.compile("[\u0300-\u036f\u0483-\u2025\u2027-\u24ff\u2580-\U0010ffff]")


def columns_of(text: str) -> int:
    """Return how many columns of a terminal `text` takes; most East Asian characters take two."""
    if text.isascii() or not _ODD_WIDTH.search(text):
        return len(text)
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def fit(text: str, columns: int, align: str = "left") -> str:
    """Return `text` in exactly `columns` columns of a terminal, cut or filled with blanks."""
    width = columns_of(text)
    if width > columns:
        text = mask_text(text)
        kept, width = [], 0
        for character in text:
            if width + _width(character) > columns - 1:
                break
            kept.append(character)
            width += _width(character)
        text, width = "".join(kept) + "…", width + 1
    blanks = " " * (columns - width)
    return blanks + text if align == "right" else text + blanks
