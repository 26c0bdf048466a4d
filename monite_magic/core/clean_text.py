"""Text from elsewhere, with what could act on a terminal, a page or a reader's eye written as escapes."""

from __future__ import annotations

import re

# Control characters (a terminal obeys them), halves of surrogate pairs (they can't be encoded), marks that
# turn the direction of writing (a reader is misled), and the invisible ones, which count as letters or marks
# in part. Line ends are treated apart.
_UNSHOWABLE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
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


def is_clean(text: str) -> bool:
    """Whether `text` is one line that holds nothing which `clean` would show as an escape."""
    return (text.isascii() and text.isprintable()) or not ("\n" in text or _UNSHOWABLE.search(text))


def escaped_for_json(text: str) -> str:
    r"""Return a JSON text with what `clean` would show as an escape written as JSON's own: `\u202e`.

    Line ends and tabs stay: they stand between its tokens.
    """
    return _UNSHOWABLE.sub(_json_escape, whole_characters(text).replace("\r\n", "\n"))


def _json_escape(match: re.Match[str]) -> str:
    if match[0] == "\t":
        return match[0]
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def whole_characters(text: str) -> str:
    """Return `text` with the two halves of each surrogate pair joined; a single half stays."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
