"""The inside of bash's `$'…'`."""

from __future__ import annotations

import re
from typing import Final

_LETTERS: Final = {"a": 7, "b": 8, "e": 27, "E": 27, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11,
                   "\\": 92, "'": 39, '"': 34, "?": 63}  # fmt: skip
_ANSI_ESCAPE: Final = re.compile(
    r"\\(?:(?P<octal>[0-7]{1,3})|x(?:(?P<hex>[0-9a-fA-F]{1,2})|\{(?P<braced>[0-9a-fA-F]+)\}?)"
    r"|u(?P<u>[0-9a-fA-F]{1,4})|U(?P<U>[0-9a-fA-F]{1,8})|c(?P<control>\\?.)|(?P<letter>.))",
    re.DOTALL,
)


def ansi_text(text: str) -> str:
    r"""Return what bash makes of the inside of `$'…'`; half a character stays half a character."""
    units = bytearray()
    done = 0
    for match in _ANSI_ESCAPE.finditer(text):
        units += text[done : match.start()].encode()
        done = match.end()
        code = _escaped(match)
        if code == b"\0":  # the shell's own texts end there
            return _decoded(units)
        units += code
    return _decoded(units + text[done:].encode())


def _escaped(match: re.Match[str]) -> bytes:
    """Return the bytes of one escape; `$'…'` is made of bytes, which may join to one character."""
    if match["octal"]:
        return bytes([int(match["octal"], 8) & 0xFF])
    if match["hex"] or match["braced"]:
        return bytes([int(match["hex"] or match["braced"], 16) & 0xFF])
    if match["u"] or match["U"]:
        code = int(match["u"] or match["U"], 16)
        return chr(code).encode("utf-8", "surrogatepass") if code < 0x110000 else "�".encode()
    if match["control"]:
        return bytes([ord(match["control"][-1]) & 0x1F]) if match["control"][-1].isascii() else b""
    letter = match["letter"]
    return bytes([_LETTERS[letter]]) if letter in _LETTERS else b"\\" + letter.encode()


def _decoded(units: bytearray) -> str:
    try:
        text = units.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        text = units.decode("utf-8", "replace")
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
