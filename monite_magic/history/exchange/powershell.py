"""Text for PowerShell, read into commands as PowerShell would; nothing is run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from monite_magic.core import RequestError
from monite_magic.history.exchange.marks import python_name, variable
from monite_magic.history.exchange.shell_command import Command, Script, Word, at_line

_PS_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "a": "\a", "b": "\b", "f": "\f", "v": "\v",
                      "e": "\x1b"}  # fmt: skip
_PS_VARIABLE: Final = re.compile(
    r"\$(?:\{([^}\n]+)\}|(?:env:|global:|script:)?([A-Za-z_]\w*))", re.IGNORECASE
)
_PS_ASSIGNMENT: Final = re.compile(r"\$(?:env:)?([A-Za-z_][\w.]*)[ \t]*=[ \t]*", re.IGNORECASE)
_HERE_STRING: Final = re.compile(r"@(['\"])[ \t]*\n(.*?)\n\1@", re.DOTALL)
_SMART_QUOTES: Final = str.maketrans("‘’“”", "''\"\"")
_PS_ENDS: Final = frozenset(" \t\n;|&(){},")
#: A text in parentheses, or the bytes of one.
_ENCODED_TEXT: Final = re.compile(
    r"\(\s*(?:\[(?:System\.)?Text\.Encoding\]::UTF8\.GetBytes\s*\(\s*)?[\"'].*[\"']\s*\)?\s*\)",
    re.DOTALL | re.IGNORECASE,
)
_CONSTANTS: Final = {"true": "true", "false": "false", "null": ""}


@dataclass(slots=True)
class Table:
    """A table of PowerShell, `@{ "name" = "value" }`: pairs of marked texts."""

    pairs: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class ShellTables:
    """The tables that commands hold in place of words, by the marked text that represents each."""

    by_word: dict[str, Table] = field(default_factory=dict)


def read_powershell(text: str, tables: ShellTables, *, first_line: int = 1) -> Script:
    r"""Return the commands of a text for PowerShell.

    Args:
        text: The text, its line ends `\n`.
        tables: Filled with the tables found in the commands.
        first_line: The number of its first line.

    Raises:
        RequestError: A quote is not closed.
    """
    reader = _PowerShell(text, first_line, tables)
    reader.read()
    return reader.script


@dataclass(slots=True)
class _PowerShell:
    """Reads one text from its start to its end."""

    text: str
    first_line: int
    tables: ShellTables
    position: int = 0
    script: Script = field(default_factory=Script)
    variables: dict[str, str] = field(default_factory=dict)
    table_of: dict[str, Table] = field(default_factory=dict)

    def read(self) -> None:
        command = Command([], self.line)
        while self.position < len(self.text):
            character = self.text[self.position]
            if character in " \t" or self.text.startswith("`\n", self.position):
                self.position += 1 if character in " \t" else 2
            elif character in "\n;":
                self.position += 1
                command = self.close(command)
            elif character == "|":
                end = self.end_of_statement()
                command.left_off.append((self.text[self.position : end].strip(), self.line))
                self.position = end
            elif character == "#":
                self.position = self.end_of_line()
            elif character == ">" or re.match(r"\d>", self.text[self.position :]):
                end = self.end_of_statement()
                command.left_off.append((self.text[self.position : end].strip(), self.line))
                self.position = end
            elif not command.words and (match := _PS_ASSIGNMENT.match(self.text, self.position)):
                self.assign(match)
            else:
                line = self.line
                if not command.words:
                    command.line = line
                quoted = character in "'\"@"
                command.words.append(Word(self.word(), line, quoted))
        self.close(command)

    def close(self, command: Command) -> Command:
        if command.words:
            self.script.commands.append(command)
        return Command([], self.line)

    def assign(self, match: re.Match[str]) -> None:
        """Take `$name = value`; a command on the right is read as one."""
        name, line = match[1].lower(), self.line
        self.position = match.end()
        if re.match(r"(?:curl|wget|Invoke-|iwr|irm)", self.text[self.position :], re.IGNORECASE):
            return
        if re.match(r"['\"]|@['\"{]|\$|\d", self.text[self.position :]):
            value = self.word()
            if value in self.tables.by_word:
                self.table_of[name] = self.tables.by_word[value]
            rest = self.text[self.position : self.end_of_statement()].strip()
            if not rest:
                self.variables[name] = value
                return
        end = self.end_of_statement()
        if "." not in name:
            self.note(line, f"${match[1]} was left off: a command of PowerShell sets it.")
        self.position = end

    def word(self) -> str:
        """Read one word: what is glued together up to a blank."""
        pieces: list[str] = []
        depth = 0
        while self.position < len(self.text):
            character = self.text[self.position]
            if here := _HERE_STRING.match(self.text, self.position):
                self.position = here.end()
                pieces.append(here[2] if here[1] == "'" else self.expanded(here[2]))
            elif self.text.startswith("@{", self.position):
                pieces.append(self.table())
            elif character in "'‘’":
                pieces.append(self.single_quoted())
            elif character in '"“”':
                pieces.append(self.double_quoted())
            elif character == "`" and self.position + 1 < len(self.text):
                if self.text[self.position + 1] == "\n":
                    break
                pieces.append(_PS_ESCAPES.get(self.text[self.position + 1], self.text[self.position + 1]))
                self.position += 2
            elif character == "$":
                pieces.append(self.dollar())
            elif character == "(" and not pieces:
                pieces.append(self.expression())
            elif character in _PS_ENDS and not (depth := self.depth_after(character, depth)):
                if pieces or character in " \t\n;|":
                    break
                self.position += 1
            else:
                pieces.append(character)
                self.position += 1
        return "".join(pieces)

    def depth_after(self, character: str, depth: int) -> int:
        """Return 1 while a brace or comma stands within a bare word, such as a URL."""
        following = self.text[self.position + 1 : self.position + 2]
        return int(character in "{}(),&" and bool(following) and not following.isspace() and depth >= 0)

    def single_quoted(self) -> str:
        line, start = self.line, self.position + 1
        match = re.compile(r"((?:[^'‘’]|['‘’]{2})*)['‘’]").match(self.text, start)
        if match is None:
            raise self.unclosed("'", line)
        self.position = match.end()
        return re.sub(r"['‘’]{2}", "'", match[1])

    def double_quoted(self) -> str:
        line, start = self.line, self.position + 1
        match = re.compile(r'((?:[^"“”`]|`.|["“”]{2})*)["“”]', re.DOTALL).match(self.text, start)
        if match is None:
            raise self.unclosed('"', line)
        self.position = match.end()
        return self.expanded(match[1], quotes=True)

    def expanded(self, text: str, *, quotes: bool = False) -> str:
        """Return the inside of double quotes, or of a here-string, with its escapes and variables read."""
        inner = _PowerShell(text, self.line, self.tables, variables=self.variables)
        pieces: list[str] = []
        while inner.position < len(text):
            character = text[inner.position]
            if character == "`" and inner.position + 1 < len(text):
                following = text[inner.position + 1]
                unicode = re.compile(r"`u\{([0-9a-fA-F]{1,6})\}").match(text, inner.position)
                if unicode:
                    pieces.append(chr(min(int(unicode[1], 16), 0x10FFFF)))
                    inner.position = unicode.end()
                    continue
                pieces.append(_PS_ESCAPES.get(following, following))
                inner.position += 2
            elif character == "$":
                pieces.append(inner.dollar())
            elif quotes and text[inner.position : inner.position + 2] in {'""', "““", "””"}:
                pieces.append('"')
                inner.position += 2
            else:
                pieces.append(character)
                inner.position += 1
        self.script.notes += inner.script.notes
        return "".join(pieces)

    def dollar(self) -> str:
        if self.text.startswith("$(", self.position):
            self.position += 1
            return self.expression()
        match = _PS_VARIABLE.match(self.text, self.position)
        if match is None:
            self.position += 1
            return "$"
        self.position = match.end()
        name = (match[1] or match[2]).removeprefix("env:")
        if name.lower() in _CONSTANTS:
            return _CONSTANTS[name.lower()]
        member = re.compile(r"(?:\.\w+|\[[^\]\n]*\])+").match(self.text, self.position)
        if member and name.lower() not in self.variables:
            self.position = member.end()
            name += member[0]
        return self.variables.get(name.lower(), variable(name))

    def expression(self) -> str:
        """Read `(…)`: the text that it encodes, or a variable for what it gives."""
        line, start, depth = self.line, self.position, 0
        inside: list[str] = []
        while self.position < len(self.text):
            character = self.text[self.position]
            if character in "'‘’\"“”":
                quoted = self.single_quoted() if character in "'‘’" else self.double_quoted()
                inside.append(quoted)
                continue
            depth += (character == "(") - (character == ")")
            self.position += 1
            if depth == 0:
                break
        source = self.text[start : self.position]
        simple = _ENCODED_TEXT.fullmatch(source)
        if simple and len(inside) == 1:
            return inside[0]
        converted = re.match(
            r"\(\s*(?:@\{.*\}|\$\w+)\s*\|\s*ConvertTo-Json", source, re.DOTALL | re.IGNORECASE
        )
        inner = re.match(r"\(\s*\$(\w+)", source)
        name = inner[1] if inner else "value"
        shown = re.sub(r"\s+", " ", source)
        what = "the object" if converted else f"what {shown[:40]} gives"
        self.note(line, f"Set {python_name(name)} to {what}.")
        return variable(name)

    def table(self) -> str:
        """Read `@{ … }`, and return the marked text that stands for it."""
        line = self.line
        self.position += 2
        found = Table()
        while self.position < len(self.text):
            self.skip_space()
            if self.text.startswith("}", self.position):
                self.position += 1
                key = variable(f"table_{len(self.tables.by_word) + 1}")
                self.tables.by_word[key] = found
                return key
            if self.position >= len(self.text):
                break
            name = self.table_key()
            self.skip_space()
            if not self.text.startswith("=", self.position):
                break
            self.position += 1
            while self.text[self.position : self.position + 1] in {" ", "\t"}:
                self.position += 1
            start = self.position
            value = self.word()
            if self.position == start:
                break
            found.pairs.append((name, value))
        raise self.unclosed("@{", line)

    def table_key(self) -> str:
        if self.text[self.position] in "'‘’":
            return self.single_quoted()
        if self.text[self.position] in '"“”':
            return self.double_quoted()
        match = re.compile(r"[\w.-]*").match(self.text, self.position)
        self.position = match.end() if match else self.position
        return match[0] if match else ""

    # -- places ---------------------------------------------------------------------------------------------

    @property
    def line(self) -> int:
        return self.first_line + self.text.count("\n", 0, self.position)

    def note(self, line: int, text: str) -> None:
        self.script.notes.append(at_line(line, text))

    def skip_space(self) -> None:
        while self.text[self.position : self.position + 1] in {" ", "\t", "\n", ";", "`"}:
            self.position += 1

    def end_of_line(self) -> int:
        end = self.text.find("\n", self.position)
        return len(self.text) if end < 0 else end

    def end_of_statement(self) -> int:
        """Return where the statement ends: at a line end with no backtick or opening brace before it."""
        depth, position = 0, self.position
        while position < len(self.text):
            character = self.text[position]
            depth += (character in "({") - (character in ")}")
            if character == "`":
                position += 1
            elif character == "\n" and depth <= 0:
                return position
            position += 1
        return len(self.text)

    def unclosed(self, quote: str, line: int) -> RequestError:
        self.position = len(self.text)
        return RequestError(f"Line {line}: the quote {quote} is not closed.", hint="Copy the whole command.")
