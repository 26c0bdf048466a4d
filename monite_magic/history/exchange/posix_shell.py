"""Text for a POSIX shell or bash, read into commands as the shell would; nothing is run.

Variables that the text itself sets are filled in. All others, and what other commands would print, stay
variables. What the shell would do beyond that is named in a note.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from monite_magic.core import RequestError
from monite_magic.history.exchange.ansi_quotes import ansi_text
from monite_magic.history.exchange.marks import map_literal, python_name, variable
from monite_magic.history.exchange.shell_command import Command, Script, Word, at_line

_BLANKS: Final = " \t"
_NO_BREAK_SPACE: Final = "\u00a0"  # pages have it where a command has a blank
_ENDS_WORD: Final = frozenset(" \t\n;&|<>()" + _NO_BREAK_SPACE)
_OPERATOR: Final = re.compile(r"&&|\|\||;;|\|&|[;&|()]")
_REDIRECTION: Final = re.compile(r"(?:\d+|&)?(?:<<<|<<-?|<>|<&|>>|>&|>\||<|>)")
_STAND_IN: Final = re.compile(r"<[A-Za-z][\w-]*>")
_NEXT_PARAMETER: Final = re.compile(r"&[\w.\[\]%-]+=")
_CONTINUATION: Final = re.compile(r"\\[ \t]+\n")
_NEXT_OPTION: Final = re.compile(r"\s+--?[A-Za-z][\w-]*(?=[\s=])|--?[A-Za-z][\w-]*[ \t]+\S")
_NAME: Final = re.compile(r"[A-Za-z_]\w*|[0-9@*#?$!-]")
_ASSIGNMENT: Final = re.compile(r"([A-Za-z_]\w*)\+?=")
_BRACES: Final = re.compile(r"\{[^{}\s]*(?:,|\.\.)[^{}\s]*\}")
_PLAIN_PARAMETER: Final = re.compile(r"[A-Za-z_]\w*|\d+|[@*#?$!-]")
_SPECIAL: Final = {"@": "arguments", "*": "arguments", "#": "argument_count", "?": "exit_status",
                   "$": "process_id", "!": "process_id", "-": "shell_options"}  # fmt: skip
#: Words in front of a command that are not commands themselves.
_RESERVED: Final = frozenset({"do", "then", "else", "elif", "if", "while", "until", "{", "!", "time"})
_ENDINGS: Final = frozenset({"done", "fi", "}", "esac"})
_SETS_VARIABLES: Final = frozenset({"export", "local", "readonly", "declare", "typeset", "set"})


def read_posix(text: str, variables: dict[str, str], *, first_line: int = 1) -> Script:
    r"""Return the commands of a text for bash.

    Args:
        text: The text, its line ends `\n`.
        variables: The shell's variables so far; those that the text sets are added.
        first_line: The number of its first line.

    Raises:
        RequestError: A quote is not closed.
    """
    reader = _Reader(text, first_line, variables)
    reader.commands(end="")
    return reader.script


@dataclass(slots=True)
class _HereDocument:
    """A here-document whose text comes below the line."""

    command: Command
    delimiter: str
    is_literal: bool
    strips_tabs: bool


@dataclass(slots=True)
class _Reader:
    """Reads one text from its start to its end."""

    text: str
    first_line: int
    variables: dict[str, str]
    position: int = 0
    script: Script = field(default_factory=Script)
    pending: list[_HereDocument] = field(default_factory=list)
    kept_ampersand: int = -1  # where the word begins in which it was told

    # -- commands -------------------------------------------------------------------------------------------

    def commands(self, end: str) -> list[Command]:
        """Read commands up to `end`, or the end of the text; each is added to the script as it ends."""
        found: list[Command] = []
        command = Command([], self.line)
        feeder: Command | None = None
        fed: list[tuple[Command, Command]] = []

        def close(operator: str) -> None:
            nonlocal command, feeder
            self.assign(command)
            if command.words:
                if feeder is not None and command.input is None:
                    fed.append((command, feeder))
                command.feeds = operator in {"|", "|&"}
                found.append(command)
                self.script.commands.append(command)
                feeder = command if command.feeds else None
            command = Command([], self.line)

        while self.position < len(self.text):
            character = self.text[self.position]
            if end and character == end:
                break
            if character in _BLANKS or self.skip_continuation():
                self.position += character in _BLANKS
            elif character == _NO_BREAK_SPACE:
                self.note(self.line, "No-break spaces were read as blanks.")
                self.position += 1
            elif character == "\n":
                self.position += 1
                self.read_documents()
                if not self.lacks_backslash(command):
                    close("\n")
                command.line = command.line if command.words else self.line
            elif character == "#":
                self.position = self.end_of_line()
            elif _STAND_IN.match(self.text, self.position):
                self.add_word(command)
            elif redirection := _REDIRECTION.match(self.text, self.position):
                self.redirect(command, redirection)
            elif operator := _OPERATOR.match(self.text, self.position):
                self.position = operator.end()
                close(operator[0])
                command.line = self.line
            else:
                self.add_word(command)
        self.read_documents()
        close("")
        for reader, writer in fed:  # here-documents were read only now
            reader.input = self.printed(writer) if reader.input is None else reader.input
        return found

    def add_word(self, command: Command) -> None:
        if not command.words:
            command.line = self.line
        word = self.word()
        if not command.words and not word.quoted and word.text in _RESERVED | _ENDINGS:
            if word.text not in {"{", "}", "!", "time"}:
                self.note(word.line, f"{word.text} was left off: what it decides is the shell's.")
        else:
            command.words.append(word)

    def assign(self, command: Command) -> None:
        """Take the assignments off the front of a command; those that stand alone set variables."""
        words = command.words
        if len(words) > 1 and words[0].text in _SETS_VARIABLES and not words[0].quoted:
            if not all(_ASSIGNMENT.match(word.text) for word in words[1:]):
                return
            del words[0]
        count = next((at for at, word in enumerate(words) if not _ASSIGNMENT.match(word.text)), len(words))
        if count == len(words):
            for word in words:
                name, _, value = word.text.partition("=")
                self.variables[name.rstrip("+")] = value
        elif count:
            shown = ", ".join(word.text.partition("=")[0] for word in words[:count])
            self.note(command.line, f"{shown} was left off: it is for the program's environment.")
        del words[:count]

    def printed(self, command: Command) -> str | None:
        """Return what a command prints, if that can be told without running it."""
        texts = [word.text for word in command.words[1:]]
        if command.program == "cat" and not texts:
            return command.input
        if command.program == "echo" and texts[:1] == ["-n"]:
            return " ".join(texts[1:])
        if command.program == "echo" and not any(text.startswith("-") for text in texts[:1]):
            return " ".join(texts) + "\n"
        if command.program == "printf" and len(texts) == 1 and not set(texts[0]) & set("\\%"):
            return texts[0]
        if command.program == "printf" and len(texts) == 2 and texts[0] in {"%s", "%s\\n"}:
            return texts[1] + ("\n" if texts[0] == "%s\\n" else "")
        return None

    def lacks_backslash(self, command: Command) -> bool:
        """Whether the next line goes on with options of this command: a backslash was lost on the way."""
        if not command.words or not _NEXT_OPTION.match(self.text, self.position):
            return False
        self.note(
            self.line, "A shell would end the command before this line; it was read as a part of the command."
        )
        return True

    def skip_continuation(self) -> bool:
        if self.text.startswith("\\\n", self.position):
            self.position += 2
            return True
        if match := _CONTINUATION.match(self.text, self.position):
            self.note(self.line, "The blanks after the backslash were left off.")
            self.position = match.end()
            return True
        return False

    # -- redirections and here-documents --------------------------------------------------------------------

    def redirect(self, command: Command, match: re.Match[str]) -> None:
        line, operator = self.line, match[0].lstrip("0123456789&") or match[0]
        self.position = match.end()
        self.skip_blanks()
        if self.text.startswith("(", self.position) and operator in {"<", ">"}:
            command.words.append(Word(self.substitution(1), line, quoted=True))
            return
        start = self.position
        target = self.word()
        raw = self.text[start : self.position]
        if operator in {"<<", "<<-"}:
            is_literal = bool(set(raw) & set("'\"\\"))
            delimiter = re.sub(r"['\"\\]", "", raw)
            self.pending.append(_HereDocument(command, delimiter, is_literal, operator == "<<-"))
        elif operator == "<<<":
            command.input = target.text + "\n"
        elif operator == "<":
            command.input = variable(_file_name(target.text))
            self.note(
                line, f"Set {python_name(_file_name(target.text))} to the text of the file {target.text}."
            )
        else:
            command.left_off.append((f"{match[0]} {target.text}", line))

    def read_documents(self) -> None:
        """Read the here-documents that begin on the line below."""
        for document in self.pending:
            lines: list[str] = []
            first = self.line
            while self.position < len(self.text):
                end = self.end_of_line()
                line = self.text[self.position : end]
                self.position = min(end + 1, len(self.text))
                line = line.lstrip("\t") if document.strips_tabs else line
                if line == document.delimiter:
                    break
                lines.append(line)
            else:
                self.note(first, f"The here-document has no end: {document.delimiter} is missing.")
            text = "".join(f"{line}\n" for line in lines)
            if not document.is_literal:
                inner = _Reader(text, first, self.variables)
                text = inner.document_text()
                self.script.notes += inner.script.notes
            document.command.input = text
        self.pending.clear()

    def document_text(self) -> str:
        """Read the whole text as a here-document, in which quotes mean nothing."""
        pieces: list[str] = []
        while self.position < len(self.text):
            pieces.append(self.in_double_quotes("$`\\"))
        return "".join(pieces)

    # -- words ----------------------------------------------------------------------------------------------

    def word(self) -> Word:
        """Read one word, and return it without its quotes."""
        word = Word("", self.line)
        pieces: list[str] = []
        bare: list[str] = []  # what was not quoted, for what the shell does to it alone
        start = self.position
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
        self.position += 1
        return character

    def quoted_with(self, quote: str) -> str:
        line, end = self.line, self.text.find(quote, self.position + 1)
        if end < 0:
            raise self.unclosed(quote, line)
        inside = self.text[self.position + 1 : end]
        self.position = end + 1
        return inside

    def double_quoted(self) -> str:
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

    def belongs_to_word(self, start: int) -> bool:
        """Whether a character that ends words stands for itself: in `<id>`, and in a URL without quotes."""
        if _STAND_IN.match(self.text, self.position):
            return True
        if self.text[self.position] == ">":
            opening = self.text.rfind("<", start, self.position)
            return opening >= 0 and bool(_STAND_IN.match(self.text, opening))
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

    # -- expansions -----------------------------------------------------------------------------------------

    def dollar(self, *, in_quotes: bool) -> str:
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
        if name in self.variables:
            return self.variables[name]
        return variable(_SPECIAL.get(name) or (f"argument_{name}" if name.isdigit() else name))

    def parameter(self) -> str:
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
                self.note(line, f"The shell would change {name[0]}: set it to what ${{{inside}}} gives.")
        return self.value_of(name[0])

    def substitution(self, opening: int) -> str:
        """Read `$(…)` from its parenthesis, and return what it gives or a variable."""
        line, start = self.line, self.position
        self.position += opening
        before = len(self.script.commands)
        commands = self.commands(end=")")
        self.position += 1
        inner = self.script.commands[before:]
        return self.result_of(commands, inner, before, self.text[start : self.position], line)

    def result_of(
        self, commands: list[Command], inner: list[Command], before: int, source: str, line: int
    ) -> str:
        printed = self.printed(commands[0]) if len(commands) == 1 else None
        if printed is not None:
            del self.script.commands[before:]
            return printed.rstrip("\n")
        calls = [command for command in inner if command.program in HTTP_PROGRAMS]
        self.script.commands[before:] = calls
        name = "value"
        if commands:
            words = commands[0].words
            is_file = commands[0].program in {"cat", "jq"} and len(words) > 1
            name = _file_name(words[-1].text) if is_file else commands[0].program
        shown = re.sub(r"\s+", " ", source)
        shown = shown if len(shown) <= 40 else f"{shown[:39]}…"
        if not calls:
            self.note(line, f"Set {python_name(name)} to what ${shown} prints.")
        return variable(name)

    def backquoted(self) -> str:
        line = self.line
        match = re.compile(r"`((?:[^`\\]|\\.)*)`", re.DOTALL).match(self.text, self.position)
        if match is None:
            raise self.unclosed("`", line)
        self.position = match.end()
        inner = _Reader(re.sub(r"\\([`\\$])", r"\1", match[1]), line, self.variables)
        commands = inner.commands(end="")
        self.script.notes += inner.script.notes
        before = len(self.script.commands)
        self.script.commands += inner.script.commands
        return self.result_of(commands, inner.script.commands, before, f"({match[1]})", line)

    def arithmetic(self) -> str:
        line, end = self.line, self.text.find("))", self.position)
        if end < 0:
            raise self.unclosed("$((", line)
        shown = self.text[self.position : end + 2]
        self.position = end + 2
        self.note(line, f"Set number to what {shown} gives.")
        return variable("number")

    # -- places ---------------------------------------------------------------------------------------------

    @property
    def line(self) -> int:
        """The number of the line at the position."""
        return self.first_line + self.text.count("\n", 0, self.position)

    def note(self, line: int, text: str) -> None:
        self.script.notes.append(at_line(line, text))

    def skip_blanks(self) -> None:
        while self.position < len(self.text) and self.text[self.position] in _BLANKS:
            self.position += 1

    def end_of_line(self) -> int:
        end = self.text.find("\n", self.position)
        return len(self.text) if end < 0 else end

    def unclosed(self, quote: str, line: int) -> RequestError:
        self.position = len(self.text)
        return RequestError(f"Line {line}: the quote {quote} is not closed.", hint="Copy the whole command.")


#: Programs that make calls over HTTP, and the commands of PowerShell that do.
HTTP_PROGRAMS: Final = frozenset({"curl", "wget", "http", "https", "xh", "xhs"})


def _file_name(path: str) -> str:
    return map_literal(path, lambda text: text).replace("\\", "/").rpartition("/")[2] or "file"


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
