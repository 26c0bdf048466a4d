"""What the readers of shells return: commands, each with its words, and what it is given to read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from monite_magic.core import RequestError
from monite_magic.core.clean_text import DASHES
from monite_magic.core.words import plural
from monite_magic.history.exchange.imported import shown_text

_DASH: Final = re.compile(rf"(?!--?[A-Za-z])([{DASHES}]{{1,2}})(?=[A-Za-z])(?=([A-Za-z][a-z-]+)?)")


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

    @property
    def program(self) -> str:
        """The name of the program that it names: without folder and `.exe`, in lower case.

        HTTP in capitals is the protocol, as in `HTTP 200`, and not a program.
        """
        name = self.text.replace("\\", "/").rpartition("/")[2]
        return name.lower().removesuffix(".exe") if name != "HTTP" else name


@dataclass(slots=True)
class Command:
    """One command of a shell.

    Attributes:
        words: Its words, the program first.
        line: The number of its first line.
        input: What it reads from its standard input; None if that is not known.
        feeds: Whether its output goes to the next command.
        left_off: What else the shell reads, such as redirections, each with its line.
    """

    words: list[Word]
    line: int
    input: str | None = None
    feeds: bool = False
    left_off: list[tuple[str, int]] = field(default_factory=list)

    @property
    def program(self) -> str:
        """The name of the program, see `Word.program`; empty without words."""
        return self.words[0].program if self.words else ""


@dataclass(slots=True)
class Script:
    """The commands of a text.

    Attributes:
        commands: In the order in which they run.
        notes: What a person should know, each one sentence with its line.
        decisions: The words with which a shell decides what runs, such as `if` and `for`, each with its line.
        sources: The name of each value that is not known -> what it is the result of.
    """

    commands: list[Command] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    decisions: list[tuple[str, int]] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)

    def add_notes_of(self, inner: Script) -> None:
        """Add what was noted of a text within this one."""
        self.notes += inner.notes
        self.decisions += inner.decisions
        self.sources |= inner.sources

    def own_name(self, name: str, source: str) -> str:
        """Return a name for the result of `source` that is the name of no other result."""
        own, number = name, 2
        while self.sources.setdefault(own, source) != source:
            own, number = f"{name}_{number}", number + 1
        return own


def make_dash_plain(word: Word, notes: list[str]) -> None:
    """Write an option whose dash a word processor has changed with plain dashes."""
    match = _DASH.match(word.text)
    if match and not word.quoted:
        plain = ("--" if match[2] else "-") + word.text[match.end(1) :]
        before, after = shown_text(word.text)[:30], shown_text(plain)[:30]
        notes.append(at_line(word.line, f"{before} was read as {after}."))
        word.text = plain


def at_line(line: int, text: str) -> str:
    """Return a note with its line."""
    return f"Line {line}: {text}"


def listed_with_lines(found: list[tuple[str, int]]) -> str:
    """Return what was found, each once, with its lines: `sleep (lines 2, 6), jq (line 9)`."""
    lines: dict[str, list[str]] = {}
    for name, line in found:
        lines.setdefault(name, []).append(str(line))
    places = {name: list(dict.fromkeys(numbers)) for name, numbers in lines.items()}
    return ", ".join(
        f"{name} ({'line' if len(numbers) == 1 else plural('line')} {', '.join(numbers)})"
        for name, numbers in places.items()
    )


def not_closed(opening: str, line: int) -> RequestError:
    """Return the error of a quote or bracket that is not closed."""
    what = opening if opening[-1] in "{([" else f"the quote {opening}"
    return RequestError(at_line(line, f"{what} is not closed."), hint="Copy the whole command.")


def placed(error: RequestError, line: int) -> RequestError:
    """Return an error that names its line."""
    if error.message.startswith("Line "):
        return error
    return RequestError(at_line(line, error.message), hint=error.hint)
