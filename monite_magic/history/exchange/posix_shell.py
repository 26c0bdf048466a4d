"""Text for a POSIX shell or bash, read into commands as the shell would; nothing is run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from monite_magic.cell.placeholders import python_name
from monite_magic.history.exchange.marks import sole_variable, stand_in, variable
from monite_magic.history.exchange.posix_words import (
    HTTP_PROGRAMS,
    NO_BREAK_SPACE,
    STAND_IN,
    WordReader,
    file_name,
    printed_by,
)
from monite_magic.history.exchange.shell_command import Command, Script, Word

_BLANKS: Final = " \t"
_OPERATOR: Final = re.compile(r"&&|\|\||;;|\|&|[;&|()]")
_REDIRECTION: Final = re.compile(r"(?:\d+|&)?(?:<<<|<<-?|<>|<&|>>|>&|>\||<|>)")
_NEXT_OPTION: Final = re.compile(
    r"(?:[ \t]*\\\n)*(?:\s+--?[A-Za-z][\w-]*(?=[\s=])|--?[A-Za-z][\w-]*[ \t]+\S|[ \t]+[\"']?https?://)"
)
_ASSIGNMENT: Final = re.compile(r"([A-Za-z_]\w*)\+?=")
_ARRAY: Final = re.compile(r"([A-Za-z_]\w*)(\+?)=\(")
_WHOLE_ARRAY: Final = re.compile(r"(\"?)\$\{([A-Za-z_]\w*)\[[@*]\]\}\1(?=\s|$)")
#: An answer that was copied with its command: a status line with headers, or JSON.
_ANSWER: Final = re.compile(r"HTTP/[\d.]+ \d{3}\b|\{\s*[\"}]|\[\s*[{\]]|\[\n\s*[\"\d\[]")
_NEXT_CALL: Final = re.compile(
    rf"\n(?=[ \t]*(?:[$%>#][ \t]+)?(?:[A-Za-z_]\w*=\S*[ \t]+)*(?:{'|'.join(sorted(HTTP_PROGRAMS))})[ \t])"
)
#: Words in front of a command that are not commands themselves.
_RESERVED: Final = frozenset({"do", "then", "else", "elif", "if", "while", "until", "{", "!", "time"})
_ENDINGS: Final = frozenset({"done", "fi", "}", "esac"})
#: Words that begin what a shell decides; of some, the rest of the command is theirs.
_DECIDES: Final = frozenset({"if", "while", "until", "for", "case", "select", "function"})
_TAKES_REST: Final = frozenset({"for", "case", "select", "function"})
_TESTS: Final = frozenset({"[", "[[", "test"})
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
class _Reader(WordReader):
    """Reads one text from its start to its end."""

    pending: list[_HereDocument] = field(default_factory=list)
    arrays: dict[str, list[Word]] = field(default_factory=dict)
    conditions: int = 0  # how many of `if` and `case` are open

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
            self.take_read(command)
            if command.words and not self.is_decision(command, operator):
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
            elif character == NO_BREAK_SPACE:
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
            elif not command.words and found and not end and _ANSWER.match(self.text, self.position):
                self.skip_answer()
            elif STAND_IN.match(self.text, self.position):
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
            reader.input = printed_by(writer) if reader.input is None else reader.input
        return found

    def add_word(self, command: Command) -> None:
        if not command.words:
            command.line = self.line
            if match := _ARRAY.match(self.text, self.position):
                self.read_array(match)
                return
        if (
            command.words
            and (match := _WHOLE_ARRAY.match(self.text, self.position))
            and match[2] in self.arrays
        ):
            command.words += self.arrays[match[2]]
            self.position = match.end()
            return
        word = self.word()
        if command.words or word.quoted or word.text not in _RESERVED | _ENDINGS:
            command.words.append(word)
            return
        self.conditions = max(0, self.conditions + {"if": 1, "fi": -1, "esac": -1}.get(word.text, 0))
        if word.text in _DECIDES:
            self.script.decisions.append((word.text, word.line))

    def is_decision(self, command: Command, operator: str) -> bool:
        """Whether a command is only what a shell decides by: `for x in …`, a pattern of `case`, `[ … ]`."""
        first = command.words[0]
        if first.quoted:
            return False
        if first.text in _TAKES_REST:
            self.conditions += first.text == "case"
            self.script.decisions.append((first.text, first.line))
            return True
        if operator == "(" and len(command.words) == 1:
            self.script.decisions.append((f"{first.text}()", first.line))
            return True
        return first.text in _TESTS or (operator == ")" and self.conditions > 0 and len(command.words) == 1)

    def assign(self, command: Command) -> None:
        """Take the assignments off the front of a command; those that stand alone set variables."""
        words = command.words
        if len(words) > 1 and words[0].text in _SETS_VARIABLES and not words[0].quoted:
            names = [word for word in words[1:] if not word.text.startswith("-")]
            if not all(_ASSIGNMENT.match(word.text) or word.text.isidentifier() for word in names):
                return
            if words[0].text != "set":
                words[:] = [word for word in names if _ASSIGNMENT.match(word.text)]
            elif len(names) == len(words) - 1:
                del words[0]
        count = next((at for at, word in enumerate(words) if not _ASSIGNMENT.match(word.text)), len(words))
        if count == len(words):
            for word in words:
                self.set_variable(word)
        elif count:
            shown = ", ".join(word.text.partition("=")[0] for word in words[:count])
            self.note(command.line, f"{shown} was left out: it is for the program's environment.")
        del words[:count]

    def take_read(self, command: Command) -> None:
        """Take `read NAME <<E`, which sets a variable to what it is given."""
        if command.program != "read" or command.input is None:
            return
        texts = [word.text for word in command.words[1:]]
        names: list[str] = []
        whole = False
        while texts:
            text = texts.pop(0)
            if text.startswith("-") and text[-1] in "dnNptui":
                value = texts.pop(0) if texts else ""
                whole |= text[-1] == "d" and not value
            elif not text.startswith("-"):
                names.append(text)
        if len(names) == 1 and names[0].isidentifier():
            text = command.input if whole else command.input.partition("\n")[0]
            self.variables[names[0]] = text.strip()
            command.words.clear()

    def set_variable(self, word: Word) -> None:
        name, _, value = word.text.partition("=")
        name = name.rstrip("+")
        if self.conditions and self.variables.get(name, value) != value:
            self.note(word.line, f"{name} has several values, under conditions; this last one was taken.")
        if stand_in(value):  # its value is not known: `ID=YOUR_ID`
            self.variables.pop(name, None)
        else:
            self.variables[name] = value

    def read_array(self, match: re.Match[str]) -> None:
        """Read `name=(…)`, whose words take the place of `"${name[@]}"`."""
        line, name = self.line, match[1]
        self.position = match.end()
        words = self.arrays.setdefault(name, []) if match[2] else []
        while self.position < len(self.text) and self.text[self.position] != ")":
            if self.text[self.position] in _BLANKS + "\n" or self.skip_continuation():
                self.position += self.text[self.position : self.position + 1].isspace()
            elif self.text[self.position] == "#":
                self.position = self.end_of_line()
            else:
                start = self.position
                words.append(self.word())
                self.position += self.position == start
        if self.position >= len(self.text):
            raise self.unclosed(f"{name}=(", line)
        self.position += 1
        self.arrays[name] = words

    def lacks_backslash(self, command: Command) -> bool:
        """Whether the next line goes on with options of this command: a backslash was lost on the way."""
        if not command.words or not _NEXT_OPTION.match(self.text, self.position):
            return False
        self.note(
            self.line, "A shell would end the command before this line; it was read as a part of the command."
        )
        return True

    def skip_answer(self) -> None:
        """Skip an answer that was copied with its command, up to the next call."""
        self.note(self.line, "The answer was left out.")
        match = _NEXT_CALL.search(self.text, self.position)
        self.position = match.start() if match else len(self.text)

    # -- redirections and here-documents --------------------------------------------------------------------

    def redirect(self, command: Command, match: re.Match[str]) -> None:
        line, operator = self.line, match[0].lstrip("0123456789&") or match[0]
        self.position = match.end()
        self.skip(_BLANKS)
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
        elif operator == "<" and target.text == "/dev/null":
            command.input = ""
        elif operator == "<" and sole_variable(target.text):
            command.input = target.text
        elif operator == "<":
            command.input = variable(file_name(target.text))
            self.note(
                line, f"Set {python_name(file_name(target.text))} to the text of the file {target.text}."
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
                inner = self.inner(text, first)
                text = inner.document_text()
                self.script.add_notes_of(inner.script)
            document.command.input = text
        self.pending.clear()
