"""Prepare outside text for display: escape it, and fit it into columns."""

from __future__ import annotations

import re
import unicodedata

from monite_magic.core.clean_text import clean, one_line
from monite_magic.core.masking import mask_text

__all__ = ["clean", "columns_of", "fit", "one_line"]

# Characters beyond Latin, Greek, Cyrillic, the ellipsis and box drawing can be zero or two columns wide.
_ODD_WIDTH = re.compile("[\u0300-\u036f\u0483-\u2025\u2027-\u24ff\u2580-\U0010ffff]")


def columns_of(text: str) -> int:
    """Return the width of `text` in terminal columns; most East Asian characters are two wide."""
    if text.isascii() or not _ODD_WIDTH.search(text):
        return len(text)
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def fit(text: str, columns: int, align: str = "left") -> str:
    """Return `text` cut or padded to exactly `columns` terminal columns."""
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
