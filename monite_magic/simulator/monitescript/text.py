"""Conditions and statements written as text: `{invoice.amount >= 50000}`, `{Payables.approve(invoice.id)}`.

The parser reads one token at a time, so its time is linear in the length of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from monite_magic.simulator.monitescript.errors import MAX_DEPTH, ScriptError, shown

# The vendor's examples sometimes have typographic quotation marks. No part can match in two ways.
_TOKEN = re.compile(
    r"""
    (?P<number>-?[0-9]{1,30}(?:\.[0-9]{1,30})?(?![\w.]))
    | (?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?!\.))
    | ['‘’](?P<single>[^'‘’]*)['‘’]
    | ["“”](?P<double>[^"“”]*)["“”]
    | (?P<sign>==|!=|>=|<=|[><()\[\],])
    """,
    re.VERBOSE | re.ASCII,
)
_CONSTANTS: dict[str, Any] = {
    **dict.fromkeys(("true", "True"), True),
    **dict.fromkeys(("false", "False"), False),
    **dict.fromkeys(("null", "None"), None),
}
SIGNS = ("==", "!=", ">=", "<=", ">", "<", "in", "not in")


@dataclass(frozen=True)
class Named:
    """A name whose value is looked up."""

    name: str


@dataclass(frozen=True)
class Value:
    """A literal value."""

    value: Any


@dataclass(frozen=True)
class Compared:
    """Two operands and the sign between them, with the text of the comparison."""

    left: Named | Value
    sign: str
    right: Named | Value
    text: str


@dataclass(frozen=True)
class Joined:
    """Conditions joined by `and`, `or` or `not`."""

    word: str
    parts: tuple[Parsed, ...]


@dataclass(frozen=True)
class Called:
    """A call, such as `Payables.approve(invoice.id)`."""

    name: str
    arguments: tuple[Named | Value, ...]


Parsed = Compared | Joined | Called | Named | Value


@dataclass(frozen=True)
class _Token:
    kind: str
    value: Any
    start: int
    end: int


def parse(text: str, place: str) -> Parsed:
    """Parse a text with or without its braces.

    Raises:
        ScriptError: It is neither a condition nor a statement; the place says at which character.
    """
    return _Parser(text, place).parse()


class _Parser:
    def __init__(self, text: str, place: str) -> None:
        start = len(text) - len(text.lstrip())
        end = len(text.rstrip())
        if text[start : start + 1] == "{":
            if end - start < 2 or text[end - 1] != "}":
                raise ScriptError(place, f"a closing brace is missing in {shown(text)}")
            start, end = start + 1, end - 1
        self._text, self._place = text, place
        self._tokens = self._read(start, end)
        self._at = 0
        self._end = end

    def parse(self) -> Parsed:
        if not self._tokens:
            raise ScriptError(self._place, "the text is empty")
        found = self._either(0)
        if self._at < len(self._tokens):
            self._refuse(f"unexpected {self._shown(self._tokens[self._at])}")
        return found

    def _read(self, at: int, end: int) -> list[_Token]:
        found: list[_Token] = []
        while True:
            while at < end and self._text[at].isspace():
                at += 1
            if at >= end:
                return found
            match = _TOKEN.match(self._text, at, end)
            if match is None:
                raise ScriptError(self._where(at), f"unexpected {shown(self._text[at])}")
            kind = match.lastgroup or ""
            value: Any = match[kind]
            if kind == "number":
                value = float(value) if "." in value else int(value)
            elif kind in ("single", "double"):
                kind = "text"
            found.append(_Token(kind, value, at, match.end()))
            at = match.end()

    def _where(self, at: int) -> str:
        return f"{self._place}, character {at + 1}"

    def _refuse(self, problem: str) -> None:
        at = self._tokens[self._at].start if self._at < len(self._tokens) else self._end
        raise ScriptError(self._where(at), problem)

    def _shown(self, token: _Token) -> str:
        return shown(self._text[token.start : token.end])

    def _is(self, *values: str, ahead: int = 0) -> bool:
        if self._at + ahead >= len(self._tokens):
            return False
        token = self._tokens[self._at + ahead]
        return token.kind in ("sign", "name") and token.value in values

    def _take(self, *values: str) -> bool:
        taken = self._is(*values)
        self._at += taken
        return taken

    def _either(self, depth: int) -> Parsed:
        if depth > MAX_DEPTH:
            self._refuse(f"nested more than {MAX_DEPTH} levels deep")
        parts = [self._both(depth)]
        while self._take("or"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else Joined("or", tuple(parts))

    def _both(self, depth: int) -> Parsed:
        parts = [self._negated(depth)]
        while self._take("and"):
            parts.append(self._negated(depth))
        return parts[0] if len(parts) == 1 else Joined("and", tuple(parts))

    def _negated(self, depth: int) -> Parsed:
        if self._take("not"):
            return Joined("not", (self._either_in(depth, self._negated),))
        return self._comparison(depth)

    def _either_in(self, depth: int, rule: Any) -> Parsed:
        if depth >= MAX_DEPTH:
            self._refuse(f"nested more than {MAX_DEPTH} levels deep")
        found: Parsed = rule(depth + 1)
        return found

    def _comparison(self, depth: int) -> Parsed:
        start = self._at
        if self._take("("):
            found = self._either_in(depth, self._either)
            if not self._take(")"):
                self._refuse("a closing parenthesis is missing")
            return found
        left = self._operand()
        if isinstance(left, Called):
            return left
        sign = self._sign()
        if sign is None:
            return left
        right = self._operand()
        if isinstance(right, Called):
            raise ScriptError(self._place, f"{right.name} can't be evaluated in a condition")
        first, last = self._tokens[start], self._tokens[self._at - 1]
        return Compared(left, sign, right, self._text[first.start : last.end])

    def _sign(self) -> str | None:
        if self._is("not") and self._is("in", ahead=1):
            self._at += 2
            return "not in"
        for sign in SIGNS:
            if self._take(sign):
                return sign
        return None

    def _operand(self) -> Named | Value | Called:
        if self._take("["):
            return Value(self._list())
        if self._at >= len(self._tokens):
            self._refuse("a value is missing")
        token = self._tokens[self._at]
        if token.kind == "sign":
            self._refuse(f"unexpected {self._shown(token)}")
        self._at += 1
        if token.kind != "name":
            return Value(token.value)
        if token.value in _CONSTANTS:
            return Value(_CONSTANTS[token.value])
        return self._call(token.value) if self._take("(") else Named(token.value)

    def _list(self) -> list[Any]:
        items: list[Any] = []
        while not self._take("]"):
            if items and not self._take(","):
                self._refuse("a comma or ] is missing")
            if self._take("]"):
                break
            if self._is("["):
                self._refuse("a list can't hold a list")
            item = self._operand()
            if not isinstance(item, Value):
                self._at -= 1
                self._refuse("a list holds texts and numbers")
            else:
                items.append(item.value)
        return items

    def _call(self, name: str) -> Called:
        arguments: list[Named | Value] = []
        while not self._take(")"):
            if arguments and not self._take(","):
                self._refuse("a comma or ) is missing")
            argument = self._operand()
            if isinstance(argument, Called):
                raise ScriptError(self._place, f"{argument.name} can't be evaluated here")
            arguments.append(argument)
        return Called(name, tuple(arguments))
