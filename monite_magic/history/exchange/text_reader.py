"""What the readers of shell text share: the text, how far it has been read, and notes with their lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from monite_magic.history.exchange.shell_command import Script, at_line, not_closed

if TYPE_CHECKING:
    from monite_magic.core import RequestError


@dataclass(slots=True)
class TextReader:
    r"""Reads one text from its start to its end.

    Attributes:
        text: The text, its line ends `\n`.
        first_line: The number of its first line.
        position: How far it has been read.
        script: What was read.
    """

    text: str
    first_line: int
    position: int = field(default=0, kw_only=True)
    script: Script = field(default_factory=Script, kw_only=True)

    @property
    def line(self) -> int:
        """The number of the line at the position."""
        return self.first_line + self.text.count("\n", 0, self.position)

    def note(self, line: int, text: str) -> None:
        """Add a note with its line."""
        self.script.notes.append(at_line(line, text))

    def skip(self, characters: str) -> None:
        """Skip some characters."""
        while self.position < len(self.text) and self.text[self.position] in characters:
            self.position += 1

    def end_of_line(self) -> int:
        """Return where the line ends."""
        end = self.text.find("\n", self.position)
        return len(self.text) if end < 0 else end

    def unclosed(self, quote: str, line: int) -> RequestError:
        """Return the error of a quote that is not closed, after which nothing is left to read."""
        self.position = len(self.text)
        return not_closed(quote, line)
