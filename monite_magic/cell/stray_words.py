"""Mask a cell for the history: secrets, and stray words on a log-in line that may be secrets."""

from __future__ import annotations

import re
from typing import Final

from monite_magic.cell.leaks import redact
from monite_magic.cell.options import MAGICS
from monite_magic.core import MASK

_LOGIN_LINE: Final = re.compile(r"(?<=%)(monite_(?:login|logout|status|use))([ \t][^\n#]*)")
_WORDS: Final = re.compile(r"(\s*)(\{\{.*?\}\}|\S+|$)")
_SHORTEST_STRAY: Final = 8


def _mask_stray_words(line: re.Match[str]) -> str:
    flags = {flag for option in MAGICS[line[1]].options for flag in option.flags}
    text, before = line[1], ""
    for blank, word in _WORDS.findall(line[2]):
        flag, equals, value = word.partition("=") if word.startswith("-") else ("", "", word)
        is_known = (flag if equals else before) in flags or value.startswith(("-", "{{"))
        text += (
            f"{blank}{word}" if is_known or len(value) < _SHORTEST_STRAY else f"{blank}{flag}{equals}{MASK}"
        )
        before = word
    return text


def scrub(text: str) -> str:
    """Return `text` with dots for secrets and for unexpected words on a log-in line."""
    return _LOGIN_LINE.sub(_mask_stray_words, redact(text))
