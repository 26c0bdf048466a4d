"""Split a magic's line into words, as a shell does, but with `{{ placeholders }}`.

Spaces separate words. Single or double quotes keep a word together, anywhere in the word. A placeholder is
one piece, whatever it contains. A backslash is an ordinary character, so Windows paths work as they are.
A comment at the end (` # …`) and the `;` that silences a cell's output are dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from monite_magic.core import RequestError

#: One piece of a word: `\{{`, a whole `{{ … }}`, an unclosed `{{` and everything after it, a run of plain
#: characters, or one other character.
_PIECE: Final = re.compile(
    r"""(?:\\\\)* (?: \\\{\{ | \{\{.*?(?:\}\}|\Z) ) | [^\s"'{\\]+ | .""", re.VERBOSE | re.DOTALL
)

_PLACEHOLDER: Final = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_BRACES: Final = re.compile(r"(\\*)\{\{")
_PLAIN_WORD: Final = re.compile(r"[^\s\"'#;{-][^\s\"';{]*")
_QUOTES: Final = re.compile(r"'+|[^']+")


@dataclass(frozen=True, slots=True)
class LineWord:
    """One word of a line.

    Attributes:
        text: The word without its quotes.
        start: 0-based position of the text in the line, after an opening quote.
        quoted: Whether the word starts with a quote; such a word is never an option.
    """

    text: str
    start: int
    quoted: bool = False


def split_words(line: str, *, offset: int = 0) -> list[LineWord]:
    """Split a magic's line into words.

    Args:
        line: The text after the magic's name.
        offset: Number of characters before `line` in the cell's first line, for positions in errors.

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
        hint="Close it. If the quote is part of the text, wrap the text in the other kind of quotes.",
        line=1,
        column=offset + start + 1,
    )


def _read_piece(line: str, position: int, pieces: list[str]) -> int:
    end = next(_PIECE.finditer(line, position)).end()
    pieces.append(line[position:end])
    return end


def partition(text: str, separator: str) -> tuple[str, str, str]:
    """Like `str.partition`, but ignore separators inside placeholders."""
    if "{{" not in text:
        return text.partition(separator)
    hidden = _PLACEHOLDER.sub(lambda match: "x" * len(match.group()), text)
    at = hidden.find(separator)
    return (text, "", "") if at < 0 else (text[:at], separator, text[at + 1 :])


def escape_braces(text: str) -> str:
    """Return part of a line with `{{` escaped, so that it doesn't start a placeholder."""
    return _BRACES.sub(lambda match: match.group(1) * 2 + "\\{{", text)


def escape_braces_in_json(text: str) -> str:
    """Return a JSON text with `{{` escaped, so that it doesn't start a placeholder."""
    return text.replace("{{", "\\{{")


def quote_word(text: str) -> str:
    """Return `text` quoted as needed to be one word and not an option; placeholders keep working."""
    if _PLAIN_WORD.fullmatch(text):
        return text
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    return "".join(f'"{part}"' if part.startswith("'") else f"'{part}'" for part in _QUOTES.findall(text))
