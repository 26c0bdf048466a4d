r"""JSON as people write it in a cell: what is wrong with it, where, and where each value stands.

Python's own parser reads the body; it is fast. This module's `outline` walks through the text again when
that fails, to say what was meant and where it went wrong, and whenever there are `{{ placeholders }}`, which
count as a value outside of quotes and as text inside.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NoReturn

from monite_magic.cell.placeholders import Position, position_of, read_placeholder
from monite_magic.core import RequestError
from monite_magic.core.words import shorten

_DEEPEST: Final = 200
_LONGEST_NUMBER: Final = 1000

if TYPE_CHECKING:
    from collections.abc import Callable

JsonPath = tuple[str | int, ...]

_BLANKS: Final = re.compile(r"[ \t\r\n]*")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_LIKE_A_NUMBER: Final = re.compile(
    r"[-+]?(?:\.?\d|[-+.]|(?<=[-+])(?:inf|nan))(?:(?<=[eE])[-+]|[\w.:%€$£-])*", re.IGNORECASE
)
_WORD: Final = re.compile(r"[^\W\d][\w.$-]*")
# A run of plain characters and escapes inside quotes; a single { opens no placeholder.
_TEXT_PIECE: Final = re.compile(r'(?:[^"\\{\x00-\x1f]+|\{(?!\{)|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))+')

_LITERALS: Final = frozenset({"true", "false", "null"})
_MEANT: Final = {
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
        reference: What stands between the braces; None for `\{{`.
        in_string: Whether it stands inside quotes.
    """

    start: int
    end: int
    reference: str | None
    in_string: bool


@dataclass(slots=True)
class Outline:
    """Where things stand in a JSON text.

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
        """Return the place of the value at `path` (or of its key), or of the nearest thing around it."""
        while path and path not in self.values:
            path = path[:-1]
        offset = self.values.get(path, 0)
        return position_of(self.text, self.keys.get(path, offset) if of_key else offset, self.first_line)


def read_json(text: str, *, source: str, first_line: int) -> Any:
    """Parse a JSON text strictly: no NaN, no key twice.

    Args:
        text: What to parse.
        source: The same as it stands in the cell, with placeholders: places are told in it.
        first_line: The number of its first line in the cell.

    Raises:
        RequestError: It is not JSON; the message says what is wrong and where.
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
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} stands in it twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def outline(text: str, *, first_line: int = 2) -> Outline:
    """Walk through a JSON text with placeholders and note where everything stands.

    Args:
        text: The body of a cell.
        first_line: The number of its first line in the cell.

    Raises:
        RequestError: The first mistake in it, with its line and column and what to write instead.
    """
    walk = _Walk(text, first_line)
    walk.root()
    return walk.outline


class _Walk:
    """One walk through a text. Each method begins at `self.at` and leaves it after what it has read."""

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
        if len(path) > _DEEPEST:
            self.fail(self.at, f"The body is nested deeper than {_DEEPEST} levels.")
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
                self.fail(
                    comma, f"A comma stands before the closing {closing}.", "Remove it: JSON has none there."
                )

    def item(self, path: JsonPath, index: int) -> None:
        self.value((*path, index))

    def member(self, path: JsonPath, _index: int) -> None:
        start = self.at
        if self.peek() != '"':
            self.fail_at_key()
        key = self.string()
        place = (*path, key)
        if place in self.outline.keys:
            self.fail(start, f'The key "{key}" stands twice in this object.', "Remove one of the two.")
        self.outline.keys[place] = start
        self.blanks()
        if self.peek() != ":":
            self.fail_without_colon(key)
        self.at += 1
        self.blanks()
        self.value(place)

    def string(self) -> str:
        """Read a string and return its text, with escapes resolved and placeholders as they stand."""
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
        except ValueError:  # it holds `\{{`, or a placeholder with quotes in it
            return raw[1:-1]

    def placeholder(self, *, in_string: bool) -> None:
        start = self.at
        reference, self.at = read_placeholder(self.text, start, self.position(start))
        self.outline.spots.append(Spot(start, self.at, reference, in_string))

    def number(self) -> None:
        match = _LIKE_A_NUMBER.match(self.text, self.at)
        text = match.group() if match else ""
        if not _NUMBER.fullmatch(text):
            self.fail(self.at, f"{_shown(text)} is not a JSON number.", _advice_on_number(text))
        if len(text) > _LONGEST_NUMBER:
            self.fail(self.at, f"This number has {len(text)} digits.")
        self.at += len(text)

    def literal(self) -> None:
        match = _WORD.match(self.text, self.at)
        if match is None or match.group() not in _LITERALS:
            self.fail_at_value(match.group() if match else "")
        self.at += len(match.group())

    def blanks(self) -> None:
        self.at = next(_BLANKS.finditer(self.text, self.at)).end()
        if self.text.startswith(("//", "/*", "#"), self.at):
            self.fail(self.at, "A comment stands in the body.", "Remove it: JSON has no comments.")
        character = self.peek()
        if character and (character.isspace() or character in _INVISIBLE):
            name = f"U+{ord(character):04X}"
            self.fail(
                self.at, f"An invisible character ({name}) stands here.", "Write a plain blank instead."
            )

    # -- mistakes ---------------------------------------------------------------------------------------

    def position(self, offset: int) -> Position:
        return position_of(self.text, offset, self.outline.first_line)

    def fail(self, offset: int, message: str, hint: str | None = None) -> NoReturn:
        line, column = self.position(offset)
        raise RequestError(message, hint=hint, line=line, column=column)

    def fail_unclosed(self, opening: int) -> NoReturn:
        bracket = self.text[opening]
        self.fail(opening, f"The {bracket} is not closed.", f"Add {_CLOSING[bracket]} where it ends.")

    def fail_without_comma(self, opening: int, closing: str, end_of_entry: int) -> NoReturn:
        character = self.peek()
        if not character:
            self.fail_unclosed(opening)
        if character in "}]":
            line, column = self.position(opening)
            self.fail(
                self.at,
                f"{character} stands where {closing} should close the {self.text[opening]} "
                f"of line {line}, column {column}.",
            )
        if character in ":=":
            self.fail(
                self.at,
                f"{character} stands after a value.",
                "Each member is one key, one colon and one value.",
            )
        if character == ";":
            self.fail(self.at, "; stands after a value.", "Write a comma.")
        if self.text.startswith('"""', end_of_entry - 2):
            hint = "Write one line in double quotes, with \\n for line breaks."
            self.fail(end_of_entry - 2, 'JSON has no """ quotes.', hint)
        hint = f"Write a comma before {_shown(self.text[self.at :])}."
        if self.text[end_of_entry - 1] == '"' and end_of_entry == self.at:
            hint = 'Write a comma, or \\" if the quote belongs to the text.'
        self.fail(end_of_entry, "A comma is missing.", hint)

    def fail_without_colon(self, key: str) -> NoReturn:
        if not self.peek():
            self.fail(self.at, f'The value of "{key}" is missing.', "Write a colon and the value.")
        if self.peek() == "=":
            self.fail(self.at, f'= stands after "{key}".', "Write a colon instead.")
        self.fail(self.at, f'A colon is missing after "{key}".', 'A member is written "key": value.')

    def fail_at_key(self) -> NoReturn:
        character = self.peek()
        if character in _FOREIGN_QUOTES:
            self.fail_at_quote(character)
        if character == ",":
            self.fail(self.at, "A comma stands where a key should.", "Remove it.")
        if character in "{}[]:":
            self.fail(self.at, f"{character} stands where a key should.", 'A member is written "key": value.')
        if match := _LIKE_A_NUMBER.match(self.text, self.at):
            hint = "Keys are text in double quotes, and numbers have no thousands separators."
            self.fail(self.at, f"The number {_shown(match.group())} stands where a key should.", hint)
        match = _WORD.match(self.text, self.at)
        word = match.group() if match else character
        self.fail(self.at, f"The key {_shown(word)} stands without quotes.", f'Write "{_shown(word)}".')

    def fail_at_value(self, word: str) -> NoReturn:
        character = self.peek()
        if not character:
            self.fail(self.at, "The body ends where a value should stand.")
        if character in _FOREIGN_QUOTES:
            self.fail_at_quote(character)
        if word.lower() in _NOT_NUMBERS:
            self.fail(self.at, f"{word} is not a JSON number.", "Write null, or leave the field out.")
        if meant := _MEANT.get(word.lower()):
            self.fail(self.at, f"{word} is not JSON.", f"Write {meant}.")
        if word:
            hint = f'Write "{_shown(word)}", or {{{{ {_shown(word)} }}}} for the variable of that name.'
            self.fail(self.at, f"{_shown(word)} stands without quotes.", hint)
        if character in ",}]":
            self.fail(self.at, f"A value is missing before the {character}.")
        self.fail(self.at, f"{character} stands where a value should.")

    def fail_at_quote(self, quote: str) -> NoReturn:
        kind = "single" if quote == "'" else "typographic"
        self.fail(self.at, f"Text stands in {kind} quotes ({quote}).", 'JSON uses double quotes: "text".')

    def fail_in_string(self, opening: int, character: str) -> NoReturn:
        if character == "\\":
            shown = self.text[self.at : self.at + 2].strip()
            self.fail(self.at, f"{shown} is not a JSON escape.", "A backslash in text is written \\\\.")
        if character == "\t":
            self.fail(self.at, "A tab stands in a text.", "Write it as \\t.")
        if character in {"", "\n", "\r"}:
            hint = 'Close it with "; a line break inside a text is written \\n.'
            self.fail(opening, "The text that begins here is not closed on its line.", hint)
        self.fail(self.at, f"A control character (U+{ord(character):04X}) stands in a text.", "Remove it.")

    def fail_after_the_end(self) -> NoReturn:
        character = self.peek()
        if character in "}]":
            self.fail(self.at, f"There is one {character} too many.", "Remove it.")
        hint = "A cell sends one body." if character in "{[" else "Remove it."
        self.fail(self.at, f"{_shown(self.text[self.at :])} stands after the end of the body.", hint)


def _shown(text: str) -> str:
    """The beginning of a text, short enough for a message."""
    return shorten(text.partition("\n")[0].rstrip(), 30)


def _advice_on_number(text: str) -> str:
    if text.lstrip("+-").lower() in _NOT_NUMBERS:
        return "Write null, or leave the field out."
    if re.fullmatch(r"-?0\d+", text):
        return "Leave off the zeros in front, or put it into double quotes if it is a code."
    if text.startswith("+"):
        return "Leave off the plus sign."
    if text.lstrip("-").startswith(".") or text.endswith("."):
        return "Write a digit on either side of the point."
    if "_" in text:
        return "Leave off the underscores."
    return "Write digits only, or put it into double quotes if it is text."
