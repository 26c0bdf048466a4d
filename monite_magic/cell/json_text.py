r"""The JSON body of a cell: syntax errors, and the position of each value.

Python's fast parser reads the body. If it fails, `outline` walks through the text to find the error and a
fix. `outline` also reads bodies with `{{ placeholders }}`. A placeholder is a value outside quotes and text
inside them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NoReturn

from monite_magic.cell.placeholders import Position, position_of, python_name, read_placeholder
from monite_magic.core import RequestError
from monite_magic.core.words import shorten

_MAX_DEPTH: Final = 200
_MAX_DIGITS: Final = 1000

if TYPE_CHECKING:
    from collections.abc import Callable

JsonPath = tuple[str | int, ...]

_BLANKS: Final = re.compile(r"[ \t\r\n]*")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_LIKE_A_NUMBER: Final = re.compile(
    r"[-+]?(?:\.?\d|[-+.]|(?<=[-+])(?:inf|nan))(?:(?<=[eE])[-+]|[\w.:%€$£-])*", re.IGNORECASE
)
_WORD: Final = re.compile(r"[^\W\d][\w.$-]*")
# What documents print for what they leave out, or for a value that is to be filled in.
_LEFT_OUT: Final = re.compile(r"\.{2,}|…")
_STAND_IN: Final = re.compile(r"<([^<>\"\n]*)>|\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")
# A run of plain characters and escapes inside quotes; a single { doesn't open a placeholder.
_TEXT_PIECE: Final = re.compile(r'(?:[^"\\{\x00-\x1f]+|\{(?!\{)|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))+')

_LITERALS: Final = frozenset({"true", "false", "null"})
_LITERAL_FOR: Final = {
    "true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false",
    "none": "null", "null": "null", "nil": "null", "undefined": "null",
}  # fmt: skip
_NOT_NUMBERS: Final = frozenset({"nan", "inf", "infinity"})
_FOREIGN_QUOTES: Final = "'“”„‟‘’‚«»"
_INVISIBLE: Final = "\ufeff\u200b\u200c\u200d\u2060"
_CLOSING: Final = {"{": "}", "[": "]"}


@dataclass(frozen=True, slots=True)
class Spot:
    r"""A placeholder in a JSON text, or an escaped `\{{`.

    Attributes:
        start: Offset of its first character.
        end: Offset after its last.
        reference: The text between the braces; None for `\{{`.
        in_string: Whether it is inside quotes.
    """

    start: int
    end: int
    reference: str | None
    in_string: bool


@dataclass(slots=True)
class Outline:
    """The positions of keys, values and placeholders in a JSON text.

    Attributes:
        text: The text.
        first_line: The number of its first line in the cell.
        spots: Its placeholders, in order.
        keys: Offset of the key in front of the value at a path.
        values: Offset of the value at a path; `()` is the root.
    """

    text: str
    first_line: int
    spots: list[Spot] = field(default_factory=list)
    keys: dict[JsonPath, int] = field(default_factory=dict)
    values: dict[JsonPath, int] = field(default_factory=dict)

    def position(self, path: JsonPath, *, of_key: bool = False) -> Position:
        """Return the position of the value at `path`, or of its key. Fall back to the nearest parent."""
        while path and path not in self.values:
            path = path[:-1]
        offset = self.values.get(path, 0)
        return position_of(self.text, self.keys.get(path, offset) if of_key else offset, self.first_line)


def read_json(text: str, *, source: str, first_line: int) -> Any:
    """Parse a JSON text strictly: NaN and duplicate keys are errors.

    Args:
        text: The text to parse.
        source: The text as it is in the cell, with placeholders. Errors give positions in it.
        first_line: The number of its first line in the cell.

    Raises:
        RequestError: The text is not JSON; the message has the problem and its position.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        outline(source, first_line=first_line)
        raise RequestError(f"The body is not JSON: {error}.", line=first_line) from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"duplicate key {next(key for key in keys if keys.count(key) > 1)!r}")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def outline(text: str, *, first_line: int = 2) -> Outline:
    """Return the positions of all keys, values and placeholders in a JSON text.

    Args:
        text: The body of a cell.
        first_line: The number of its first line in the cell.

    Raises:
        RequestError: The first syntax error, with its line, its column and a fix.
    """
    walk = _Walk(text, first_line)
    walk.root()
    return walk.outline


class _Walk:
    """One walk through a text. Each method starts at `self.at` and moves it past what it reads."""

    def __init__(self, text: str, first_line: int) -> None:
        self.text = text
        self.at = 0
        self.outline = Outline(text, first_line)

    def peek(self) -> str:
        """The next character, or the empty string at the end."""
        return self.text[self.at : self.at + 1]

    # -- the grammar ------------------------------------------------------------------------------------

    def root(self) -> None:
        self.blanks()
        if not self.peek():
            self.fail(0, "The body is empty.", "Write a JSON object between { and }.")
        self.value(())
        self.blanks()
        if self.peek():
            self.fail_after_the_end()

    def value(self, path: JsonPath) -> None:
        if len(path) > _MAX_DEPTH:
            self.fail(self.at, f"The body is nested deeper than {_MAX_DEPTH} levels.")
        self.outline.values[path] = self.at
        character = self.peek()
        if self.text.startswith("{{", self.at):
            self.placeholder(in_string=False)
        elif character == "{":
            self.container("}", path, self.member)
        elif character == "[":
            self.container("]", path, self.item)
        elif character == '"':
            self.string()
        elif _LIKE_A_NUMBER.match(self.text, self.at):
            self.number()
        else:
            self.literal()

    def container(self, closing: str, path: JsonPath, read_entry: Callable[[JsonPath, int], None]) -> None:
        opening = self.at
        self.at += 1
        self.blanks()
        if self.peek() == closing:
            self.at += 1
            return
        index = 0
        while True:
            if not self.peek():
                self.fail_unclosed(opening)
            read_entry(path, index)
            index += 1
            end_of_entry = self.at
            self.blanks()
            if self.peek() == closing:
                self.at += 1
                return
            if self.peek() != ",":
                self.fail_without_comma(opening, closing, end_of_entry)
            comma = self.at
            self.at += 1
            self.blanks()
            if self.peek() == closing:
                self.fail(comma, f"Trailing comma before `{closing}`.", "Remove the comma.")

    def item(self, path: JsonPath, index: int) -> None:
        self.value((*path, index))

    def member(self, path: JsonPath, _index: int) -> None:
        start = self.at
        if self.peek() != '"':
            self.fail_at_key()
        key = self.string()
        place = (*path, key)
        if place in self.outline.keys:
            self.fail(start, f'Duplicate key "{key}".', "Remove one of the two.")
        self.outline.keys[place] = start
        self.blanks()
        if self.peek() != ":":
            self.fail_without_colon(key)
        self.at += 1
        self.blanks()
        self.value(place)

    def string(self) -> str:
        """Read a string and return its text. Escapes are resolved, placeholders are kept."""
        opening = self.at
        self.at += 1
        while (character := self.peek()) != '"':
            if self.text.startswith("{{", self.at):
                self.placeholder(in_string=True)
            elif self.text.startswith("\\{{", self.at):
                self.outline.spots.append(Spot(self.at, self.at + 3, None, in_string=True))
                self.at += 3
            elif match := _TEXT_PIECE.match(self.text, self.at):
                self.at = match.end()
            else:
                self.fail_in_string(opening, character)
        self.at += 1
        raw = self.text[opening : self.at]
        try:
            return str(json.loads(raw))
        except ValueError:  # it contains `\{{`, or a placeholder with quotes
            return raw[1:-1]

    def placeholder(self, *, in_string: bool) -> None:
        start = self.at
        reference, self.at = read_placeholder(self.text, start, self.position(start))
        self.outline.spots.append(Spot(start, self.at, reference, in_string))

    def number(self) -> None:
        match = _LIKE_A_NUMBER.match(self.text, self.at)
        text = match.group() if match else ""
        if _LEFT_OUT.match(text):
            self.fail_left_out(text)
        if not _NUMBER.fullmatch(text):
            self.fail(self.at, f"{_excerpt(text)} is not a JSON number.", _advice_on_number(text))
        if len(text) > _MAX_DIGITS:
            self.fail(self.at, f"The number is too long: {len(text)} digits.")
        self.at += len(text)

    def literal(self) -> None:
        match = _WORD.match(self.text, self.at)
        if match is None or match.group() not in _LITERALS:
            self.fail_at_value(match.group() if match else "")
        self.at += len(match.group())

    def blanks(self) -> None:
        self.at = next(_BLANKS.finditer(self.text, self.at)).end()
        if self.text.startswith(("//", "/*", "#"), self.at):
            self.fail(self.at, "Comments are not allowed in JSON.", "Remove the comment.")
        character = self.peek()
        if character and (character.isspace() or character in _INVISIBLE):
            name = f"U+{ord(character):04X}"
            self.fail(self.at, f"Invisible character: {name}.", "Replace it with a plain space.")

    # -- mistakes ---------------------------------------------------------------------------------------

    def position(self, offset: int) -> Position:
        return position_of(self.text, offset, self.outline.first_line)

    def fail(self, offset: int, message: str, hint: str | None = None) -> NoReturn:
        line, column = self.position(offset)
        raise RequestError(message, hint=hint, line=line, column=column)

    def fail_unclosed(self, opening: int) -> NoReturn:
        bracket = self.text[opening]
        self.fail(opening, f"`{bracket}` is not closed.", f"Add the missing `{_CLOSING[bracket]}`.")

    def fail_without_comma(self, opening: int, closing: str, end_of_entry: int) -> NoReturn:
        character = self.peek()
        if not character:
            self.fail_unclosed(opening)
        if character in "}]":
            line, column = self.position(opening)
            self.fail(
                self.at,
                f"Expected `{closing}` to close `{self.text[opening]}` from line {line}, column {column}, "
                f"but found `{character}`.",
            )
        if character in ":=":
            self.fail(
                self.at,
                f"Unexpected `{character}` after a value.",
                'Write each field as "key": value.',
            )
        if character == ";":
            self.fail(self.at, "Unexpected `;` after a value.", "Write a comma.")
        if self.text.startswith('"""', end_of_entry - 2):
            hint = "Write the text on one line in double quotes, with \\n for line breaks."
            self.fail(end_of_entry - 2, "Triple quotes are not allowed in JSON.", hint)
        hint = f"Write a comma before {_excerpt(self.text[self.at :])}."
        if self.text[end_of_entry - 1] == '"' and end_of_entry == self.at:
            hint = 'Write a comma, or \\" if the quote is part of the text.'
        self.fail(end_of_entry, "Missing comma.", hint)

    def fail_without_colon(self, key: str) -> NoReturn:
        if not self.peek():
            self.fail(self.at, f'Missing value for "{key}".', "Write a colon and the value.")
        if self.peek() == "=":
            self.fail(self.at, f'Unexpected `=` after "{key}".', "Write a colon instead.")
        self.fail(self.at, f'Missing colon after "{key}".', 'Write each field as "key": value.')

    def fail_at_key(self) -> NoReturn:
        character = self.peek()
        if character in _FOREIGN_QUOTES:
            self.fail_at_quote(character)
        if character == ",":
            self.fail(self.at, "Expected a key, but found `,`.", "Remove the comma.")
        if match := _LEFT_OUT.match(self.text, self.at):
            self.fail_left_out(match.group())
        if character in "{}[]:":
            self.fail(
                self.at, f"Expected a key, but found `{character}`.", 'Write each field as "key": value.'
            )
        if match := _LIKE_A_NUMBER.match(self.text, self.at):
            hint = "Write keys in double quotes, and numbers without thousands separators."
            self.fail(self.at, f"Expected a key, but found the number {_excerpt(match.group())}.", hint)
        match = _WORD.match(self.text, self.at)
        word = match.group() if match else character
        self.fail(self.at, f"Missing quotes around the key {_excerpt(word)}.", f'Write "{_excerpt(word)}".')

    def fail_at_value(self, word: str) -> NoReturn:
        character = self.peek()
        if not character:
            self.fail(self.at, "Missing value at the end of the body.")
        if character in _FOREIGN_QUOTES:
            self.fail_at_quote(character)
        if word.lower() in _NOT_NUMBERS:
            self.fail(self.at, f"{word} is not a JSON number.", "Write null, or leave the field out.")
        if literal := _LITERAL_FOR.get(word.lower()):
            self.fail(self.at, f"{word} is not valid JSON.", f"Write {literal}.")
        if word:
            hint = f'Write "{_excerpt(word)}", or {{{{ {_excerpt(word)} }}}} for the variable of that name.'
            self.fail(self.at, f"Missing quotes around {_excerpt(word)}.", hint)
        if character in ",}]":
            self.fail(self.at, f"Missing value before `{character}`.")
        if match := _LEFT_OUT.match(self.text, self.at):
            self.fail_left_out(match.group())
        if match := _STAND_IN.match(self.text, self.at):
            name = python_name(next(filter(None, match.groups()), ""))
            hint = f"Write the value, or {{{{ {name} }}}} for the variable of that name."
            self.fail(self.at, f"{_excerpt(match.group())} stands for a value.", hint)
        self.fail(self.at, f"Expected a value, but found `{character}`.")

    def fail_left_out(self, dots: str) -> NoReturn:
        hint = "Write what it stands for, or remove it."
        self.fail(self.at, f"{dots} is not valid JSON: something was left out here.", hint)

    def fail_at_quote(self, quote: str) -> NoReturn:
        kind = "Single" if quote == "'" else "Typographic"
        self.fail(self.at, f"{kind} quotes ({quote}) are not allowed in JSON.", 'Use double quotes: "text".')

    def fail_in_string(self, opening: int, character: str) -> NoReturn:
        if character == "\\":
            shown = self.text[self.at : self.at + 2].strip()
            self.fail(self.at, f"{shown} is not a valid JSON escape.", "Write a backslash as \\\\.")
        if character == "\t":
            self.fail(self.at, "Tab inside a string.", "Write it as \\t.")
        if character in {"", "\n", "\r"}:
            hint = 'Add the closing ", and write line breaks in the text as \\n.'
            self.fail(opening, "Unterminated string.", hint)
        self.fail(self.at, f"Control character U+{ord(character):04X} inside a string.", "Remove it.")

    def fail_after_the_end(self) -> NoReturn:
        character = self.peek()
        if character in "}]":
            self.fail(self.at, f"Extra `{character}` after the end of the body.", "Remove it.")
        hint = "Send one body per cell." if character in "{[" else "Remove it."
        self.fail(
            self.at, f"Unexpected text after the end of the body: {_excerpt(self.text[self.at :])}.", hint
        )


def _excerpt(text: str) -> str:
    return shorten(text.partition("\n")[0].rstrip(), 30)


def _advice_on_number(text: str) -> str:
    if text.lstrip("+-").lower() in _NOT_NUMBERS:
        return "Write null, or leave the field out."
    if re.fullmatch(r"-?0\d+", text):
        return "Remove the leading zeros, or put it in double quotes if it is a code."
    if text.startswith("+"):
        return "Remove the plus sign."
    if text.lstrip("-").startswith(".") or text.endswith("."):
        return "Write a digit on both sides of the point."
    if "_" in text:
        return "Remove the underscores."
    return "Write digits only, or put it in double quotes if it is text."
