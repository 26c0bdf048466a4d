"""The words of a POSIX shell or bash: quotes and expansions, read as the shell would.

Variables that the text itself sets are filled in. All others, and what other commands would print, stay
variables. What the shell would do beyond that is named in a note.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from monite_magic.cell.placeholders import python_name
from monite_magic.history.exchange.ansi_quotes import ansi_text
from monite_magic.history.exchange.marks import map_literal, names_in, variable
from monite_magic.history.exchange.shell_command import Word
from monite_magic.history.exchange.text_reader import TextReader

if TYPE_CHECKING:
    from monite_magic.history.exchange.shell_command import Command

#: Programs that make calls over HTTP.
HTTP_PROGRAMS: Final = frozenset({"curl", "wget", "http", "https", "xh", "xhs"})
NO_BREAK_SPACE: Final = "\u00a0"  # pages have it where a command has a blank
#: A stand-in such as `<id>`, whose brackets a shell would take for redirections.
STAND_IN: Final = re.compile(r"<[A-Za-z][\w-]*>")

_ENDS_WORD: Final = frozenset(" \t\n;&|<>()" + NO_BREAK_SPACE)
_NEXT_PARAMETER: Final = re.compile(r"&[\w.\[\]%-]+=")
_CONTINUATION: Final = re.compile(r"\\[ \t]+\n")
_NAME: Final = re.compile(r"[A-Za-z_]\w*|[0-9@*#?$!-]")
_SET_BY_COMMAND: Final = re.compile(r"([A-Za-z_]\w*)=[\"']?(?:\$\((?!\()|`)")
_BRACES: Final = re.compile(r"\{[^{}\s]*(?:,|\.\.)[^{}\s]*\}")
_PLAIN_PARAMETER: Final = re.compile(r"[A-Za-z_]\w*|\d+|[@*#?$!-]")
_FILE_NAME: Final = re.compile(r"[\w~/][\w./~ -]*\.\w+")
_SPECIAL: Final = {"@": "arguments", "*": "arguments", "#": "argument_count", "?": "exit_status",
                   "$": "process_id", "!": "process_id", "-": "shell_options"}  # fmt: skip


@dataclass(slots=True)
class WordReader(TextReader, ABC):
    """Reads the words of one text; what is between them, a subclass reads.

    Attributes:
        variables: The shell's variables so far.
        kept_ampersand: Where the word begins in which a bare `&` was kept.
        set_by_command: The variable that the next `$(…)` is the value of.
    """

    variables: dict[str, str]
    kept_ampersand: int = -1
    set_by_command: str | None = None

    @abstractmethod
    def commands(self, end: str) -> list[Command]:
        """Read commands up to `end`, or the end of the text."""

    def inner(self, text: str, line: int) -> WordReader:
        """Return a reader of a text within this one."""
        return type(self)(text, line, self.variables)

    # -- words ----------------------------------------------------------------------------------------------

    def word(self) -> Word:
        """Read one word, and return it without its quotes."""
        word = Word("", self.line)
        pieces: list[str] = []
        bare: list[str] = []  # what was not quoted, for what the shell does to it alone
        start = self.position
        if match := _SET_BY_COMMAND.match(self.text, start):
            self.set_by_command = match[1]
        while self.position < len(self.text):
            character = self.text[self.position]
            if character in _ENDS_WORD and not self.belongs_to_word(start):
                break
            at = self.position
            piece = self.piece()
            word.quoted |= character in "'\"\\" or (character == "$" and self.text[at + 1 : at + 2] in "'\"")
            bare.append(piece if self.position == at + 1 and character not in "'\"\\" else "\0")
            pieces.append(piece)
        word.text = "".join(pieces)
        if _BRACES.search("".join(bare)):
            self.note(word.line, f"A shell would expand the braces in {word.text[:40]}; they were kept.")
        return word

    def piece(self) -> str:
        """Read one quoted text, expansion or character."""
        character = self.text[self.position]
        if character == "'":
            return self.quoted_with("'")
        if character == '"':
            self.position += 1
            return self.double_quoted()
        if character == "\\":
            if self.skip_continuation():
                return ""
            self.position += 2
            return self.text[self.position - 1 : self.position]
        if character == "$":
            return self.dollar(in_quotes=False)
        if character == "`":
            return self.backquoted()
        if self.text.startswith(("<(", ">("), self.position):
            return self.substitution(1, is_file=True)
        self.position += 1
        return character

    def quoted_with(self, quote: str) -> str:
        """Read a text in quotes in which nothing is special."""
        line, end = self.line, self.text.find(quote, self.position + 1)
        if end < 0:
            raise self.unclosed(quote, line)
        inside = self.text[self.position + 1 : end]
        self.position = end + 1
        return inside

    def double_quoted(self) -> str:
        """Read a text up to the closing double quote."""
        line = self.line
        pieces: list[str] = []
        while self.position < len(self.text):
            if self.text[self.position] == '"':
                self.position += 1
                return "".join(pieces)
            pieces.append(self.in_double_quotes('$`"\\'))
        raise self.unclosed('"', line)

    def in_double_quotes(self, escapable: str) -> str:
        """Read one character or expansion, as it is read between double quotes."""
        character = self.text[self.position]
        if character == "\\":
            following = self.text[self.position + 1 : self.position + 2]
            self.position += 2 if following else 1
            if following == "\n":
                return ""
            return following if following and following in escapable else character + following
        if character == "$":
            return self.dollar(in_quotes=True)
        if character == "`":
            return self.backquoted()
        self.position += 1
        return character

    def document_text(self) -> str:
        """Read the whole text as a here-document, in which quotes mean nothing."""
        pieces: list[str] = []
        while self.position < len(self.text):
            pieces.append(self.in_double_quotes("$`\\"))
        return "".join(pieces)

    def belongs_to_word(self, start: int) -> bool:
        """Whether a character that ends words is part of one: in `<id>`, `@<(…)`, a URL without quotes."""
        if STAND_IN.match(self.text, self.position):
            return True
        if self.text.startswith(("<(", ">("), self.position):
            return self.position > start
        if self.text[self.position] == ">":
            opening = self.text.rfind("<", start, self.position)
            return opening >= 0 and bool(STAND_IN.match(self.text, opening))
        if not _NEXT_PARAMETER.match(self.text, self.position):
            return False
        if self.kept_ampersand == start:
            return True
        written = self.text[start : self.position]
        if "?" not in written or set(written) & set("'\""):
            return False
        self.kept_ampersand = start
        self.note(
            self.line, "The & in the URL is not quoted, so a shell would end the command there; it was kept."
        )
        return True

    def skip_continuation(self) -> bool:
        """Skip a backslash at the end of a line; return whether there was one."""
        if self.text.startswith("\\\n", self.position):
            self.position += 2
            return True
        if match := _CONTINUATION.match(self.text, self.position):
            self.note(self.line, "The blanks after the backslash were left out.")
            self.position = match.end()
            return True
        return False

    # -- expansions -----------------------------------------------------------------------------------------

    def dollar(self, *, in_quotes: bool) -> str:
        """Read what begins with a dollar sign."""
        following = self.text[self.position + 1 : self.position + 2]
        if following == "'" and not in_quotes:
            return self.ansi_quoted()
        if following == '"' and not in_quotes:
            self.position += 2
            return self.double_quoted()
        if self.text.startswith("$((", self.position):
            return self.arithmetic()
        if following == "(":
            self.position += 1
            return self.substitution(1)
        if following == "{":
            return self.parameter()
        if match := _NAME.match(self.text, self.position + 1):
            self.position = match.end()
            return self.value_of(match[0])
        self.position += 1
        return "$"

    def ansi_quoted(self) -> str:
        """Read `$'…'`."""
        match = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL).match(self.text, self.position)
        if match is None:
            raise self.unclosed("$'", self.line)
        line = self.line
        self.position = match.end()
        text = ansi_text(match[1])
        if "�" in text and "�" not in match[1]:
            self.note(line, "Bytes that aren't text in UTF-8 were replaced by �.")
        return text

    def value_of(self, name: str) -> str:
        """Return the value of a variable, or a variable for it."""
        if name in self.variables:
            return self.variables[name]
        plain = _SPECIAL.get(name) or (f"argument_{name}" if name.isdigit() else name)
        own = self.script.own_name(plain, plain)
        if own != plain:
            self.note(self.line, f"Set {own} to ${name}.")
        return variable(own)

    def parameter(self) -> str:
        """Read `${…}`."""
        line = self.line
        end = _matching(self.text, self.position + 1, "{", "}")
        if end < 0:
            raise self.unclosed("${", line)
        inside = self.text[self.position + 2 : end]
        self.position = end + 1
        name = _PLAIN_PARAMETER.match(inside.lstrip("!#"))
        if name is None:
            return variable("value")
        if inside != name[0]:
            rest = inside.lstrip("!#")[name.end() :]
            if rest.startswith((":-", "-", ":=", "=")):
                default = rest.lstrip(":-=")
                self.note(line, f"{name[0]} has a default in the shell text: {default or 'nothing'}.")
            elif not rest.startswith(("?", ":?")):
                known = self.variables.get(name[0])
                changed = None if known is None or inside[0] in "!#" else changed_by(known, rest)
                if changed is not None:
                    return changed
                own = self.script.own_name(name[0], inside)
                what = "it" if own == name[0] else own
                self.note(line, f"The shell would change {name[0]}: set {what} to what ${{{inside}}} gives.")
                return variable(own)
        return self.value_of(name[0])

    def substitution(self, opening: int, *, is_file: bool = False) -> str:
        """Read `$(…)` or `<(…)` from its parenthesis, and return what it gives or a variable."""
        line, start, name = self.line, self.position, self.set_by_command
        self.set_by_command = None
        self.position += opening
        if is_file:
            self.position += 1
        before = len(self.script.commands)
        commands = self.commands(end=")")
        self.position += 1
        source = self.text[start : self.position]
        return self.result_of(commands, before, source, line, name, is_file=is_file)

    def backquoted(self) -> str:
        """Read `` `…` ``."""
        line, name = self.line, self.set_by_command
        self.set_by_command = None
        match = re.compile(r"`((?:[^`\\]|\\.)*)`", re.DOTALL).match(self.text, self.position)
        if match is None:
            raise self.unclosed("`", line)
        self.position = match.end()
        inner = self.inner(re.sub(r"\\([`\\$])", r"\1", match[1]), line)
        commands = inner.commands(end="")
        self.script.add_notes_of(inner.script)
        before = len(self.script.commands)
        self.script.commands += inner.script.commands
        return self.result_of(commands, before, f"({match[1]})", line, name)

    def result_of(
        self,
        commands: list[Command],
        before: int,
        source: str,
        line: int,
        name: str | None,
        *,
        is_file: bool = False,
    ) -> str:
        """Return what the commands print, or a variable for it: of the name that the shell text gives it."""
        printed = printed_by(commands[0]) if len(commands) == 1 and not is_file else None
        if printed is not None:
            del self.script.commands[before:]
            return printed.rstrip("\n")
        calls = [command for command in self.script.commands[before:] if command.program in HTTP_PROGRAMS]
        self.script.commands[before:] = calls
        name = self.script.own_name(name or _name_of_result(commands), source)
        shown = re.sub(r"\s+", " ", source)
        shown = shown if len(shown) <= 40 else f"{shown[:39]}…"
        if not calls:
            self.note(line, f"Set {name} to what {'' if is_file else '$'}{shown} prints.")
        return variable(name)

    def arithmetic(self) -> str:
        """Read `$((…))`."""
        line, end = self.line, self.text.find("))", self.position)
        if end < 0:
            raise self.unclosed("$((", line)
        shown = self.text[self.position : end + 2]
        self.position = end + 2
        name = self.script.own_name("number", shown)
        self.note(line, f"Set {name} to what {shown} gives.")
        return variable(name)


def changed_by(value: str, change: str) -> str | None:
    """Return what a shell makes of a variable's value in `${NAME…}`; None if that can't be told simply."""
    if names_in(value):
        return None
    if match := re.fullmatch(r"(##?|%%?)([^*?\[\]\\$'\"`]*)", change):
        return value.removeprefix(match[2]) if "#" in match[1] else value.removesuffix(match[2])
    if match := re.fullmatch(r":(\d+)(?::(\d+))?", change):
        start = int(match[1])
        return value[start : start + int(match[2])] if match[2] else value[start:]
    if match := re.fullmatch(r"//?([^*?\[\]\\$'\"`/#%]+)/([^\\$'\"`/&]*)", change):
        return value.replace(match[1], match[2], -1 if change.startswith("//") else 1)
    return {"^^": value.upper(), ",,": value.lower()}.get(change)


def printed_by(command: Command) -> str | None:
    """Return what a command prints, if that can be told without running it."""
    texts = [word.text for word in command.words[1:]]
    if command.program == "cat" and not texts:
        return command.input
    if command.program == "echo" and texts[:1] == ["-n"]:
        return " ".join(texts[1:])
    if command.program == "echo" and not any(text.startswith("-") for text in texts[:1]):
        return " ".join(texts) + "\n"
    if command.program == "printf" and texts:
        return _formatted(*texts)
    return None


def _formatted(form: str, *values: str) -> str | None:
    """Return what printf makes of its values, if each has one place and is put there as it is."""
    escapes = {"\\n": "\n", "\\t": "\t", "\\\\": "\\", '\\"': '"', "%%": "%"}
    rest = list(values)
    pieces: list[str] = []
    for piece in re.findall(r"%.|\\.|[^%\\]+|.", form, re.DOTALL):
        if piece == "%s" and rest:
            pieces.append(rest.pop(0))
        elif piece[0] in "%\\" and piece not in escapes:
            return None
        else:
            pieces.append(escapes.get(piece, piece))
    return None if rest else "".join(pieces)


def file_name(path: str) -> str:
    """Return the last part of a path."""
    return map_literal(path, lambda text: text).replace("\\", "/").rpartition("/")[2] or "file"


def _name_of_result(commands: list[Command]) -> str:
    """Return a name for what commands print: that of the file they read, or of the first program."""
    if not commands:
        return "value"
    words = commands[0].words
    is_file = commands[0].program in {"cat", "jq"} and _FILE_NAME.fullmatch(words[-1].text)
    return python_name(file_name(words[-1].text) if is_file else commands[0].program)


def _matching(text: str, start: int, opening: str, closing: str) -> int:
    """Return where the brace that opens at `start` closes, or -1."""
    depth = 0
    position = start
    while position < len(text):
        character = text[position]
        if character == "\\":
            position += 1
        elif character == opening:
            depth += 1
        elif character == closing:
            depth -= 1
            if depth == 0:
                return position
        position += 1
    return -1
