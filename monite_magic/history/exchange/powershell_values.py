"""The values of PowerShell: strings, tables, lists and variables, read as PowerShell would."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from monite_magic.cell.placeholders import python_name
from monite_magic.history.exchange.marks import sole_variable, variable, whole_text
from monite_magic.history.exchange.text_reader import TextReader

if TYPE_CHECKING:
    from collections.abc import Iterable

_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "a": "\a", "b": "\b", "f": "\f", "v": "\v",
                   "e": "\x1b"}  # fmt: skip
_VARIABLE: Final = re.compile(r"\$(?:\{([^}\n]+)\}|(?:env:|global:|script:)?([A-Za-z_]\w*))", re.IGNORECASE)
#: What follows a value to name a part of it: `.data[0].id`.
MEMBER: Final = re.compile(r"(?:\.\w+\b(?!\()|\[[^\]\n]*\])+")
_HERE_STRING: Final = re.compile(r"@(['\"])[ \t]*\n(.*?)\n?\1@", re.DOTALL)
_TYPE: Final = re.compile(r"\[([A-Za-z][\w.]*(?:\[\])?)\](?=[@'\"$\[\d(])")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?=[\s;,)}]|$)")
_HEX: Final = re.compile(r"0x([\da-f]{1,8})(?=[\s;,)}]|$)", re.IGNORECASE)
#: Characters by the numbers of their UTF-16: `$([char]252)`, as Chrome copies a call, and `` `u{fc} ``.
_CHARACTERS: Final = re.compile(
    r"(?:\$\(\[char\][ \t]*(?:0x[\da-f]+|\d+)[ \t]*\)|`u\{[\da-f]{1,6}\})+", re.IGNORECASE
)
_CODE: Final = re.compile(r"(?:[\] \t]0x|`u\{)([\da-f]+)|[\] \t](\d+)", re.IGNORECASE)
_NUMBER_TYPES: Final = frozenset(
    {"int", "int32", "int64", "long", "double", "decimal", "float", "single", "uint32", "uint64"}
)
#: Types that change nothing of a value that is written out.
_SAME: Final = frozenset(
    {"ordered", "pscustomobject", "psobject", "hashtable", "array", "object", "bool"}
)  # fmt: skip
_SINGLE_QUOTED: Final = re.compile(r"['‘’]((?:[^'‘’]|['‘’]{2})*)['‘’]")
_DOUBLE_QUOTED: Final = re.compile(r'["“”]((?:[^"“”`]|`.|["“”]{2})*)["“”]', re.DOTALL)
_ENDS: Final = frozenset(" \t\n;|&(){},")
#: What PowerShell works out: `[guid]::NewGuid().ToString()`.
_STATIC: Final = re.compile(r"\[[A-Za-z][\w.]*\]::\w+(?:\.\w+|\([^()\n]*\))*")
_BYTES_OF: Final = re.compile(r"\[(?:System\.)?Text\.Encoding\]::UTF8\.GetBytes\(\s*", re.IGNORECASE)
_CONSTANTS: Final = {"true": "true", "false": "false", "null": ""}
#: What makes JSON of the value before it, or after it.
TO_JSON: Final = re.compile(r"\s*\|\s*ConvertTo-Json\b(?:[ \t]+-\w+(?:[ \t]+\d+)?)*", re.IGNORECASE)
_JSON_OF: Final = re.compile(r"ConvertTo-Json[ \t]+(?:-InputObject[ \t]+)?(?=[@$\[(])", re.IGNORECASE)
_JSON_OPTIONS: Final = re.compile(r"(?:[ \t]+-\w+(?:[ \t]+\d+)?)*", re.IGNORECASE)
#: What a value that can be read begins with.
BEGINS_VALUE: Final = re.compile(
    rf"['\"@$(\d]|{_TYPE.pattern}|{_BYTES_OF.pattern}|{_JSON_OF.pattern}", re.IGNORECASE
)
_ESCAPED_JSON: Final = re.compile(r'"(\s*[{\[](?:[^"\\`$\n]|\\.)*\\"(?:[^"\\`$\n]|\\.)*)"(?=[\s)]|$)')
_FILE: Final = re.compile(r"Get-Item[ \t]+(?:-(?:Literal)?Path[ \t]+)?(.+)", re.IGNORECASE)


@dataclass(slots=True)
class Value:
    """A value: as the text that a command is given, and as JSON. Both are marked texts."""

    text: str
    json: str


@dataclass(slots=True)
class Table:
    """A table, `@{ "name" = "value" }`.

    Attributes:
        values: Name -> value, as they were set.
        files: The names whose values are files.
    """

    values: dict[str, Value] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The names, each with the text of its value."""
        return [(name, value.text) for name, value in self.values.items()]

    def json(self) -> str:
        """Return the table as a JSON object."""
        members = (
            f"{json.dumps(name, ensure_ascii=False)}: {value.json}" for name, value in self.values.items()
        )
        return f"{{{', '.join(members)}}}"


@dataclass(slots=True)
class ShellTables:
    """The tables that commands hold in place of words, by the marked text that represents each."""

    by_word: dict[str, Table] = field(default_factory=dict)


def text_value(text: str) -> Value:
    """Return a text as a value; one that is only a variable may be anything."""
    return Value(text, text if sole_variable(text) else json.dumps(text, ensure_ascii=False))


def _of_codes(codes: Iterable[int]) -> str:
    """Return the characters that have these numbers; halves of one are joined, and a single half replaced."""
    return whole_text("".join(chr(code) if code < 0x110000 else "�" for code in codes))[0]


@dataclass(slots=True)
class ValueReader(TextReader):
    """Reads the values of one text.

    Attributes:
        tables: Filled with the tables that are found.
        variables: What the text has set so far, by names in lower case.
    """

    tables: ShellTables
    variables: dict[str, Value] = field(default_factory=dict)

    # -- values ---------------------------------------------------------------------------------------------

    def value(self) -> Value:
        """Read one value, with what is added to it by `+`, and made of it by `ConvertTo-Json`."""
        value = self.single_value()
        while match := re.compile(r"[ \t]*\+[ \t]*(?=['\"$@(])").match(self.text, self.position):
            self.position = match.end()
            value = text_value(value.text + self.single_value().text)
        if match := TO_JSON.match(self.text, self.position):
            self.position = match.end()
            value = self.converted(value)
        return value

    def single_value(self) -> Value:
        """Read one value alone."""
        if match := _TYPE.match(self.text, self.position):  # `[ordered]`, `[string]`
            line = self.line
            self.position = match.end()
            return self.cast(self.single_value(), match[1], line)
        if match := _JSON_OF.match(self.text, self.position):
            self.position = match.end()
            value = self.converted(self.single_value())
            options = _JSON_OPTIONS.match(self.text, self.position)
            self.position = options.end() if options else self.position
            return value
        if match := _BYTES_OF.match(self.text, self.position):
            self.position = match.end()
            value = self.value()
            self.skip(" \t\n")
            self.position += self.text.startswith(")", self.position)
            return value
        if match := _STATIC.match(self.text, self.position):
            line = self.line
            self.position = match.end()
            return text_value(self.worked_out("value", match[0], line))
        if match := _NUMBER.match(self.text, self.position):
            self.position = match.end()
            return Value(match[0], match[0])
        if match := _HEX.match(self.text, self.position):
            self.position = match.end()
            return Value(str(int(match[1], 16)), str(int(match[1], 16)))
        if self.text.startswith("@(", self.position):
            return self.list()
        if match := re.compile(r"\$(true|false|null)\b(?![.\[])", re.IGNORECASE).match(
            self.text, self.position
        ):
            self.position = match.end()
            return Value(_CONSTANTS[match[1].lower()], match[1].lower())
        start = self.position
        text = self.word()
        source = self.text[start : self.position]
        if text in self.tables.by_word:
            return Value(text, self.tables.by_word[text].json())
        whole = _VARIABLE.fullmatch(source)
        if whole and (known := self.variables.get((whole[1] or whole[2]).lower())):
            return known
        return text_value(text)

    def cast(self, value: Value, kind: str, line: int) -> Value:
        """Return a value of the type that is written before it."""
        kind = kind.lower().removeprefix("system.")
        if kind in {"string", "uri", "guid"}:
            return Value(value.text, json.dumps(value.text, ensure_ascii=False))
        if kind in _SAME or kind.endswith("[]") or sole_variable(value.text):
            return value
        if kind == "char" and value.text.isdecimal():
            return text_value(_of_codes([int(value.text)]))
        if kind == "char":
            return text_value(value.text)
        if kind in _NUMBER_TYPES and _NUMBER.fullmatch(value.text):
            return Value(value.text, value.text)
        self.note(line, f"PowerShell would change {value.text[:40]} into [{kind}]; it was kept as it is.")
        return value

    def list(self) -> Value:
        """Read `@( … )`."""
        line = self.line
        self.position += 2
        found: list[Value] = []
        while True:
            self.skip(" \t\n,;`")
            if self.position >= len(self.text):
                raise self.unclosed("@(", line)
            if self.text[self.position] == ")":
                self.position += 1
                return Value(
                    " ".join(value.text for value in found), f"[{', '.join(value.json for value in found)}]"
                )
            start = self.position
            found.append(self.value())
            self.position += self.position == start

    @staticmethod
    def converted(value: Value) -> Value:
        """Return the JSON of a value as a text."""
        return Value(value.json, json.dumps(value.json, ensure_ascii=False))

    # -- words ----------------------------------------------------------------------------------------------

    def word(self) -> str:
        """Read one word: what is glued together up to a blank."""
        pieces: list[str] = []
        opened = 0  # parentheses within a bare word, such as a URL
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
                pieces.append(_ESCAPES.get(self.text[self.position + 1], self.text[self.position + 1]))
                self.position += 2
            elif character == "$":
                pieces.append(self.dollar())
            elif character == "(" and not pieces:
                pieces.append(self.expression())
            elif character in _ENDS and not self.is_in_bare_word(character, opened):
                if pieces or character in " \t\n;|":
                    break
                self.position += 1
            else:
                opened += (character == "(") - (character == ")")
                pieces.append(character)
                self.position += 1
        return "".join(pieces)

    def is_in_bare_word(self, character: str, opened: int) -> bool:
        """Whether a brace, comma or similar is part of a bare word, such as a URL."""
        following = self.text[self.position + 1 : self.position + 2]
        if character == ")" and not opened:
            return False
        return character in "{}(),&" and bool(following) and not following.isspace()

    def single_quoted(self) -> str:
        """Read a text in single quotes."""
        match = _SINGLE_QUOTED.match(self.text, self.position)
        if match is None:
            raise self.unclosed("'", self.line)
        self.position = match.end()
        return re.sub(r"['‘’]{2}", "'", match[1])

    def double_quoted(self) -> str:
        """Read a text in double quotes."""
        if match := _ESCAPED_JSON.match(self.text, self.position):
            self.note(
                self.line, 'PowerShell writes a quote within quotes as `" or ""; \\" was read as one, too.'
            )
            self.position = match.end()
            return re.sub(r'\\(["\\])', r"\1", match[1])
        match = _DOUBLE_QUOTED.match(self.text, self.position)
        if match is None:
            raise self.unclosed('"', self.line)
        self.position = match.end()
        return self.expanded(match[1], quotes=True)

    def expanded(self, text: str, *, quotes: bool = False) -> str:
        """Return the inside of double quotes, or of a here-string, with its escapes and variables read."""
        inner = ValueReader(text, self.line, self.tables, variables=self.variables)
        pieces: list[str] = []
        while inner.position < len(text):
            character = text[inner.position]
            if characters := _CHARACTERS.match(text, inner.position):
                pieces.append(inner.characters(characters[0]))
                inner.position = characters.end()
            elif character == "`" and inner.position + 1 < len(text):
                following = text[inner.position + 1]
                pieces.append(_ESCAPES.get(following, following))
                inner.position += 2
            elif character == "$":
                pieces.append(inner.dollar(in_text=True))
            elif quotes and text[inner.position : inner.position + 2] in {'""', "““", "””"}:
                pieces.append('"')
                inner.position += 2
            else:
                pieces.append(character)
                inner.position += 1
        self.script.add_notes_of(inner.script)
        return "".join(pieces)

    def characters(self, written: str) -> str:
        """Return the characters that are written by their numbers."""
        found = _of_codes(int(code[1], 16) if code[1] else int(code[2]) for code in _CODE.finditer(written))
        if "�" in found:
            self.note(self.line, "Half a character was replaced by �.")
        return found

    def dollar(self, *, in_text: bool = False) -> str:
        """Read a variable; within a text, what follows its name is text."""
        if self.text.startswith("$(", self.position):
            self.position += 1
            return self.expression()
        match = _VARIABLE.match(self.text, self.position)
        if match is None:
            self.position += 1
            return "$"
        self.position = match.end()
        name = (match[1] or match[2]).removeprefix("env:")
        if name.lower() in _CONSTANTS:
            return _CONSTANTS[name.lower()]
        known = self.variables.get(name.lower())
        member = None if in_text else MEMBER.match(self.text, self.position)
        if member:
            self.position = member.end()
            table = self.tables.by_word.get(known.text) if known else None
            inside = table.values.get(member[0][1:]) if table else None
            return inside.text if inside else variable(name + member[0])
        return known.text if known else variable(name)

    def expression(self) -> str:
        """Read `(…)`: the text that it encodes, or a variable for what it gives."""
        line, start = self.line, self.position
        end = self.end_of_parentheses(start)
        source = self.text[start:end]
        self.position = start + 1
        self.skip(" \t\n")
        if BEGINS_VALUE.match(self.text, self.position):
            noted = len(self.script.notes)
            value = self.value()
            self.skip(" \t\n")
            if self.position == end - 1 and not (sole_variable(value.text) and "." in source):
                self.position = end
                return value.text
            del self.script.notes[noted:]
        self.position = end
        name_in = re.match(r"\(\s*\$(\w+)", source)
        shown = re.sub(r"\s+", " ", source)
        what = "the object" if "ConvertTo-Json" in source else f"what {shown[:40]} gives"
        name = self.script.own_name(python_name(name_in[1] if name_in else "value"), source)
        self.note(line, f"Set {name} to {what}.")
        return variable(name)

    def end_of_parentheses(self, start: int) -> int:
        """Return where the parenthesis that opens at `start` has closed."""
        reader = ValueReader(self.text, self.first_line, self.tables, position=start)
        depth = 0
        while reader.position < len(self.text):
            character = self.text[reader.position]
            if character in "'‘’":
                reader.single_quoted()
                continue
            if character in '"“”':
                match = _DOUBLE_QUOTED.match(self.text, reader.position)
                if match is None:
                    raise self.unclosed('"', reader.line)
                reader.position = match.end()
                continue
            depth += (character == "(") - (character == ")")
            reader.position += 1
            if depth == 0:
                break
        return reader.position

    def worked_out(self, name: str, source: str, line: int) -> str:
        """Return a variable for what PowerShell would work out."""
        held = self.script.own_name(python_name(name), source)
        self.note(line, f"Set {held} to what {source[:40]} gives.")
        return variable(held)

    def end_of_statement(self) -> int:
        """Return where the statement ends: at a line end or semicolon outside of quotes and brackets."""
        depth, position = 0, self.position
        while position < len(self.text):
            character = self.text[position]
            quoted = _SINGLE_QUOTED.match(self.text, position) or _DOUBLE_QUOTED.match(self.text, position)
            depth += (character in "({") - (character in ")}")
            if quoted:
                position = quoted.end() - 1
            elif character == "`":
                position += 1
            elif (character in "\n;" and depth <= 0) or depth < 0:
                return position
            position += 1
        return len(self.text)

    # -- tables ---------------------------------------------------------------------------------------------

    def table(self) -> str:
        """Read `@{ … }`, and return the marked text that stands for it."""
        line = self.line
        self.position += 2
        found = Table()
        while self.position < len(self.text):
            self.skip(" \t\n;`")
            if self.text.startswith("}", self.position):
                self.position += 1
                return self.add_table(found)
            if self.text.startswith("#", self.position):
                self.position = self.end_of_line()
                continue
            if self.position >= len(self.text):
                break
            name = self.table_key()
            self.skip(" \t\n;`")
            if not self.text.startswith("=", self.position):
                break
            self.position += 1
            self.skip(" \t\n")
            start = self.position
            self.table_value(found, name)
            if self.position == start:
                break
        raise self.unclosed("@{", line)

    def add_table(self, table: Table) -> str:
        """Keep a table, and return the marked text that stands for it."""
        key = variable(f"table_{len(self.tables.by_word) + 1}")
        self.tables.by_word[key] = table
        return key

    def table_key(self) -> str:
        """Read a name of a table."""
        if self.text[self.position] in "'‘’":
            return self.single_quoted()
        if self.text[self.position] in '"“”':
            return self.double_quoted()
        match = re.compile(r"[\w.-]*").match(self.text, self.position)
        self.position = match.end() if match else self.position
        return match[0] if match else ""

    def table_value(self, table: Table, name: str) -> None:
        """Read what a name is set to; what a command gives is a variable, or a file."""
        line, start = self.line, self.position
        is_known = _JSON_OF.match(self.text, start) or _BYTES_OF.match(self.text, start)
        is_computed = not is_known and (
            self.text[start : start + 1].isalpha() or _STATIC.match(self.text, start)
        )
        value = None if is_computed else self.value()
        if value and re.compile(r"[ \t]*(?:[\n;}#]|$)").match(self.text, self.position):
            table.values[name] = value
            return
        self.position = start
        self.position = self.end_of_statement()
        source = self.text[start : self.position].strip()
        if file := _FILE.fullmatch(source):
            table.files.add(name)
            table.values[name] = text_value(self.expanded(file[1].strip("'\"")))
        else:
            table.values[name] = text_value(self.worked_out(name, source, line))
