"""Words of a magic's line: `split_words` splits it as a shell would, but knows `{{ placeholders }}`.

Blanks separate words; single or double quotes keep a word together and may stand anywhere in it; a
placeholder is one piece whatever it contains; a backslash is a plain character, so Windows paths need no
care. A comment at the end (` # …`) and the `;` that silences a cell's output are left off.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from monite_magic.core import RequestError

#: One piece of a word: `\{{` or `{{ … }}` in whole, `{{` that is not closed with all that follows, a run of
#: plain characters, or one other character.
_PIECE: Final = re.compile(
    r"""(?:\\\\)* (?: \\\{\{ | \{\{.*?(?:\}\}|\Z) ) | [^\s"'{\\]+ | .""", re.VERBOSE | re.DOTALL
)

_BRACES: Final = re.compile(r"(\\*)\{\{")
_PLAIN_WORD: Final = re.compile(r"[^\s\"'#;{-][^\s\"';{]*")
_QUOTES: Final = re.compile(r"'+|[^']+")


@dataclass(frozen=True, slots=True)
class LineWord:
    """One word of a line.

    Attributes:
        text: The word without its quotes.
        start: 0-based position in the line at which the text begins, after an opening quote.
        quoted: Whether the word begins with a quote; such a word is never an option.
    """

    text: str
    start: int
    quoted: bool = False


def split_words(line: str, *, offset: int = 0) -> list[LineWord]:
    """Split a magic's line into words.

    Args:
        line: What follows the magic's name.
        offset: Number of characters before `line` in the cell's first line, for places in errors.

    Raises:
        RequestError: A quote is not closed.
    """
    words, silenced = _split(line, offset)
    if silenced:
        last = words.pop()
        if last.text != ";":
            words.append(replace(last, text=last.text[:-1]))
    return words


def is_silenced(line: str) -> bool:
    """Whether a magic's line ends with the `;` that silences a cell's output."""
    try:
        return ";" in line and _split(line, 0)[1]
    except RequestError:
        return False


def _split(line: str, offset: int) -> tuple[list[LineWord], bool]:
    """Return the words of the line, and whether the last of them ends with a bare `;`."""
    words: list[LineWord] = []
    position, end = 0, len(line)
    after_last = 0
    while position < end:
        if line[position].isspace():
            position += 1
        elif line[position] == "#":
            break
        else:
            word, position = _read_word(line, position, offset)
            words.append(word)
            after_last = position
    return words, bool(words) and line[after_last - 1] == ";"


def _read_word(line: str, start: int, offset: int) -> tuple[LineWord, int]:
    quoted = line[start] in "\"'"
    pieces: list[str] = []
    position, end = start, len(line)
    while position < end and not line[position].isspace():
        if line[position] in "\"'":
            position = _read_quoted(line, position, pieces, offset)
        else:
            position = _read_piece(line, position, pieces)
    return LineWord("".join(pieces), start + quoted, quoted), position


def _read_quoted(line: str, start: int, pieces: list[str], offset: int) -> int:
    quote, position = line[start], start + 1
    while position < len(line):
        if line[position] == quote:
            return position + 1
        position = _read_piece(line, position, pieces)
    raise RequestError(
        f"The quote {quote} is not closed.",
        hint="Close it; a quote that belongs to the text goes into quotes of the other kind.",
        line=1,
        column=offset + start + 1,
    )


def _read_piece(line: str, position: int, pieces: list[str]) -> int:
    end = next(_PIECE.finditer(line, position)).end()
    pieces.append(line[position:end])
    return end


def escape_braces(text: str) -> str:
    """Return a piece of a line with `{{` written so that it opens no placeholder."""
    return _BRACES.sub(lambda match: match.group(1) * 2 + "\\{{", text)


def escape_braces_in_json(text: str) -> str:
    """Return a JSON text with `{{` written so that it opens no placeholder; its own escapes stay."""
    return text.replace("{{", "\\{{")


def quote_word(text: str) -> str:
    """Return `text` as it must be written to be one word and no option; its placeholders stay such."""
    if _PLAIN_WORD.fullmatch(text):
        return text
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    return "".join(f'"{part}"' if part.startswith("'") else f"'{part}'" for part in _QUOTES.findall(text))
