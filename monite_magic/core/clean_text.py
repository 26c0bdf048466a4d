"""Escape characters in outside text that could control a terminal, or mislead a reader."""

from __future__ import annotations

import re
from typing import Final

# Control characters (terminals obey them), lone surrogates (they can't be encoded), direction marks (they
# mislead readers) and invisible characters, some of which count as letters. Line ends are handled separately.
# `re` compiles it for the first text that isn't plain ASCII: that takes longer than loading this module.
_UNSHOWABLE = (
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
#: The hyphen, and the dashes that word processors and web pages turn it into.
DASHES: Final = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
#: Characters that can't be seen, for a pattern. Some belong to a text: to an emoji, or to its direction.
INVISIBLE: Final = (
    "\xad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
)
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
    r"""Return `text` with unsafe characters escaped: `\e[31m`. Line ends are kept."""
    if text.isascii() and text.isprintable():
        return text
    return re.sub(_UNSHOWABLE, _escape, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Return `text` escaped and on one line, with `⏎` for line ends."""
    if text.isascii() and text.isprintable():
        return text
    return clean(text).replace("\n", " ⏎ ")


def is_clean(text: str) -> bool:
    """Whether `text` is one line that `clean` would not change."""
    return (text.isascii() and text.isprintable()) or not ("\n" in text or re.search(_UNSHOWABLE, text))


def escaped_for_json(text: str) -> str:
    r"""Return a JSON text with unsafe characters as JSON escapes: `\u202e`.

    Line ends and tabs between tokens are kept.
    """
    return re.sub(_UNSHOWABLE, _json_escape, whole_characters(text).replace("\r\n", "\n"))


def _json_escape(match: re.Match[str]) -> str:
    if match[0] == "\t":
        return match[0]
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def whole_characters(text: str) -> str:
    """Return `text` with surrogate pairs joined; lone surrogates are kept."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
