"""Documents in Markdown: the blocks between their fences."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from monite_magic.history.exchange.shell_command import at_line

_FENCE: Final = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w+-]*)[^\n]*$")


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a document.

    Attributes:
        text: The lines between its fences.
        line: The number of the first of them.
        language: What the fence says that it is, in lower case, or "".
    """

    text: str
    line: int
    language: str

    def left_out(self) -> str:
        """Return the note on a block that makes no call."""
        return at_line(self.line, f"The {self.language or 'text'} block was left out: it makes no call.")


def fenced_blocks(text: str, first_line: int) -> tuple[list[Block], int | None]:
    """Return the blocks of a document, and the number of the first line that is outside of them.

    Args:
        text: The document.
        first_line: The number of its first line.
    """
    blocks: list[Block] = []
    outside: int | None = None
    fence: str | None = None
    lines: list[str] = []
    started, language = first_line, ""
    for number, line in enumerate(text.split("\n"), start=first_line):
        match = _FENCE.match(line)
        if fence is None and match:
            fence, language, lines, started = match[1], match[2].lower(), [], number + 1
        elif fence is not None and match and match[1].startswith(fence) and not match[2]:
            blocks.append(Block("\n".join(lines), started, language))
            fence = None
        elif fence is not None:
            lines.append(line)
        elif line.strip() and outside is None:
            outside = number
    if fence is not None:
        blocks.append(Block("\n".join(lines), started, language))
    return blocks, outside


def outside_of_fences(line: int) -> str:
    """Return the note on what is outside of the blocks."""
    return at_line(line, "The text outside of the fences was left out.")
