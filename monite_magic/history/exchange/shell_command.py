"""What the readers of shells return: commands, each with its words, and what it is given to read."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Word:
    """One word of a command, as the program is given it.

    Attributes:
        text: Marked text; see `marks`.
        line: The number of the line on which it begins.
        quoted: Whether a part of it was quoted.
    """

    text: str
    line: int
    quoted: bool = False


@dataclass(slots=True)
class Command:
    """One command of a shell.

    Attributes:
        words: Its words, the program first.
        line: The number of its first line.
        input: What it reads from its standard input; None if that is not known.
        feeds: Whether its output goes to the next command.
        left_off: Redirections and the like, each with its line.
    """

    words: list[Word]
    line: int
    input: str | None = None
    feeds: bool = False
    left_off: list[tuple[str, int]] = field(default_factory=list)

    @property
    def program(self) -> str:
        """The name of the program without folder and `.exe`, in lower case; empty without words."""
        if not self.words:
            return ""
        name = self.words[0].text.replace("\\", "/").rpartition("/")[2].lower()
        return name.removesuffix(".exe")


@dataclass(slots=True)
class Script:
    """The commands of a text.

    Attributes:
        commands: In the order in which they run.
        notes: What a person should know, each one sentence with its line.
    """

    commands: list[Command] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def at_line(line: int, text: str) -> str:
    """Return a note with its line."""
    return f"Line {line}: {text}"
