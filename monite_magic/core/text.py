"""Text from elsewhere, made fit to be shown: it can't act on a terminal, a page or a reader's eye."""

from __future__ import annotations

import re
import unicodedata

from monite_magic.core.masking import mask_text

# Control characters (a terminal obeys them), halves of surrogate pairs (they can't be encoded), marks that
# turn the direction of writing (a reader is misled), and the invisible ones, which count as letters or marks
# in part. Line ends are treated apart.
_UNSHOWABLE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
# Characters beyond Latin, Greek, Cyrillic, the ellipsis and frames may take no column or two.
_ODD_WIDTH = re.compile("[\u0300-\u036f\u0483-\u2025\u2027-\u24ff\u2580-\U0010ffff]")
_SHORT_ESCAPES = {"\t": "\\t", "\r": "\\r", "\x1b": "\\e"}


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[character]
    code = ord(character)
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def clean(text: str) -> str:
    r"""Return `text` with what must not act written as an escape: `\e[31m`. Line ends stay."""
    return (
        text
        if text.isascii() and text.isprintable()
        else _UNSHOWABLE.sub(_escape, text.replace("\r\n", "\n"))
    )


def one_line(text: str) -> str:
    """Return `text` clean and on one line; a line end is shown as `⏎`."""
    text = clean(text)
    return " ⏎ ".join(text.split("\n")) if "\n" in text else text


def shorten(text: str, length: int) -> str:
    """Return at most `length` characters of `text`; what was cut ends with an ellipsis.

    Secrets are masked before the cut: half of one would not be found afterwards.
    """
    return text if len(text) <= length else mask_text(text)[: max(0, length - 1)].rstrip() + "…"


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
