"""Text for PowerShell, read into commands as PowerShell would; nothing is run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from monite_magic.history.exchange.marks import stand_in
from monite_magic.history.exchange.powershell_values import (
    BEGINS_VALUE,
    MEMBER,
    ShellTables,
    Table,
    Value,
    ValueReader,
)
from monite_magic.history.exchange.shell_command import Command, Script, Word

_ASSIGNMENT: Final = re.compile(
    r"(?:\[[\w.\[\],]+\][ \t]*)?\$(?:env:|global:|script:)?([A-Za-z_]\w*)"
    r"(?:\[[ \t]*(['\"])([^'\"\n]+)\2[ \t]*\]|\.([A-Za-z_]\w*))?[ \t]*(\+?)=(?!=)[ \t]*",
    re.IGNORECASE,
)
_METHOD: Final = re.compile(r"\$([A-Za-z_]\w*)((?:\.\w+)*\.(\w+))\([ \t]*")
_CALL: Final = re.compile(
    r"[(\s]*(?:&[ \t]*)?(?:curl|wget|Invoke-(?:WebRequest|RestMethod)|iwr|irm)\b", re.IGNORECASE
)
_NEW_TABLE: Final = re.compile(
    r"(?:New-Object\b[^\n]*|\[[^\n]*)(?:Dictionary|Hashtable)[^\n]*(?=\n|$)", re.IGNORECASE
)
_SPLATTED: Final = re.compile(r"@([A-Za-z_]\w*)(?=[\s`|;)]|$)")
#: Words that begin what PowerShell decides; those with True are followed by a condition in parentheses.
_DECIDES: Final = {"if": True, "elseif": True, "foreach": True, "for": True, "while": True, "switch": True,
                   "catch": False, "try": False, "else": False, "finally": False, "do": False,
                   "return": False, "throw": False}  # fmt: skip
_NAMED: Final = frozenset({"if", "foreach", "for", "while", "switch", "try"})
_KEYWORD: Final = re.compile(rf"({'|'.join(_DECIDES)})\b(?![-.])[ \t]*", re.IGNORECASE)
_FUNCTION: Final = re.compile(r"(function)[ \t]+[\w-]+[ \t]*(?:\([^)\n]*\))?[ \t]*", re.IGNORECASE)


def read_powershell(text: str, tables: ShellTables, *, first_line: int = 1) -> Script:
    r"""Return the commands of a text for PowerShell.

    Args:
        text: The text, its line ends `\n`.
        tables: Filled with the tables found in the commands.
        first_line: The number of its first line.

    Raises:
        RequestError: A quote is not closed.
    """
    reader = _Reader(text, first_line, tables)
    reader.read()
    return reader.script


@dataclass(slots=True)
class _Reader(ValueReader):
    """Reads the commands of one text from its start to its end."""

    def read(self) -> None:
        command = Command([], self.line)
        while self.position < len(self.text):
            character = self.text[self.position]
            if character in " \t" or self.text.startswith("`\n", self.position):
                self.position += 1 if character in " \t" else 2
            elif character in "\n;{}" or (character in "(&" and not command.words):
                self.position += 1
                command = self.close(command)
            elif character == ")":  # of `(Invoke-RestMethod …).items`
                command = self.close(command)
                self.position += 1
                if match := MEMBER.match(self.text, self.position):
                    self.position = match.end()
            elif character == "|" or character == ">" or re.match(r"\d>", self.text[self.position :]):
                end = self.end_of_statement()
                command.left_off.append((self.text[self.position : end].strip(), self.line))
                self.position = end
            elif character == "#":
                self.position = self.end_of_line()
            elif command.words or not self.read_statement():
                self.add_word(command)
        self.close(command)

    def close(self, command: Command) -> Command:
        if command.words:
            self.script.commands.append(command)
        return Command([], self.line)

    def add_word(self, command: Command) -> None:
        line = self.line
        if not command.words:
            command.line = line
        if (match := _SPLATTED.match(self.text, self.position)) and (table := self.table_of(match[1])):
            self.position = match.end()
            for name, text in table.pairs:
                command.words += [Word(f"-{name}", line), Word(text, line, quoted=True)]
            return
        quoted = self.text[self.position] in "'\"@"
        start = self.position
        command.words.append(Word(self.word(), line, quoted))
        self.position += self.position == start

    # -- statements -----------------------------------------------------------------------------------------

    def read_statement(self) -> bool:
        """Read a statement that is not a command; return whether there was one."""
        if match := _FUNCTION.match(self.text, self.position) or _KEYWORD.match(self.text, self.position):
            word = match[1].lower()
            if word in _NAMED or word == "function":
                self.script.decisions.append((word, self.line))
            self.position = match.end()
            if _DECIDES.get(word) and self.text.startswith("(", self.position):
                self.skip_condition()
            return True
        if match := _METHOD.match(self.text, self.position):
            self.call_method(match)
            return True
        if match := _ASSIGNMENT.match(self.text, self.position):
            self.assign(match)
            return True
        return False

    def skip_condition(self) -> None:
        """Skip `(…)`, unless it makes a call."""
        end = self.end_of_parentheses(self.position)
        self.position = self.position + 1 if _CALL.search(self.text, self.position, end) else end

    def table_of(self, name: str) -> Table | None:
        known = self.variables.get(name.lower())
        return self.tables.by_word.get(known.text) if known else None

    def call_method(self, match: re.Match[str]) -> None:
        """Read `$name.Add(key, value)` of a table; other methods are named."""
        table = self.table_of(match[1])
        if table is not None and match[3].lower() == "add":
            self.position = match.end()
            key = self.value().text
            self.skip(" \t,")
            table.values[key] = self.value()
        else:
            self.note(self.line, f"${match[1]}{match[2]}(…) was left out.")
        self.position = self.end_of_statement()

    def assign(self, match: re.Match[str]) -> None:
        """Take `$name = value`, `$name["key"] = value` and `$name += value`; a call stays a call."""
        name, line = match[1].lower(), self.line
        key = match[3] or match[4]
        self.position = match.end()
        if _CALL.match(self.text, self.position):
            self.variables.pop(name, None)
            return
        if _NEW_TABLE.match(self.text, self.position):
            self.set_variable(name, Value(table := self.add_table(Table()), table))
            self.position = self.end_of_line()
            return
        value = self.value() if BEGINS_VALUE.match(self.text, self.position) else None
        rest = self.text[self.position : self.end_of_statement()].strip()
        self.position = self.end_of_statement()
        if value is None or (rest and not rest.startswith("#")):
            if key is None:
                self.variables.pop(name, None)
                self.note(line, f"${match[1]} was left out: a command of PowerShell sets it.")
        elif key is not None:
            if table_to_set := self.table_of(name):
                table_to_set.values[key] = value
        elif match[5]:
            self.add_to_variable(name, value)
        else:
            self.set_variable(name, value)

    def set_variable(self, name: str, value: Value) -> None:
        if stand_in(value.text) and value.text not in self.tables.by_word:  # `$id = "YOUR_ID"`
            self.variables.pop(name, None)
        else:
            self.variables[name] = value

    def add_to_variable(self, name: str, value: Value) -> None:
        """Take `$name += value`: a table gets more values, a text more text."""
        table, more = self.table_of(name), self.tables.by_word.get(value.text)
        if table and more:
            table.values |= more.values
        elif known := self.variables.get(name):
            self.variables[name] = Value(known.text + value.text, known.json)
