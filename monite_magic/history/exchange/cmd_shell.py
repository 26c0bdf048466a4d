"""Text for Windows' cmd, read into commands as cmd and Microsoft's C library would; nothing is run."""

from __future__ import annotations

import re
from typing import Final

from monite_magic.history.exchange.marks import variable
from monite_magic.history.exchange.shell_command import Command, Script, Word, at_line, not_closed

_PERCENT: Final = re.compile(r"%(?:([A-Za-z_]\w*)|(\d))%?")
_CMD_OPERATORS: Final = frozenset("&|<>")


def read_cmd(text: str, *, first_line: int = 1) -> Script:
    """Return the commands of a text for Windows' cmd.

    cmd takes away carets and fills in `%NAME%`; the program splits what is left into words by itself, with
    the rules of Microsoft's C library.

    Raises:
        RequestError: A quote is not closed.
    """
    script = Script()
    for characters, line, left_off in _cmd_lines(text, first_line):
        words = _split_arguments(characters, line)
        if not words:
            continue
        if words[0].text.lower() in {"set", "rem", "echo", "@echo", "::"}:
            script.notes.append(at_line(line, f"{words[0].text} was left out: it makes no call."))
            continue
        command = Command(words, line)
        if left_off:
            command.left_off.append(left_off)
        script.commands.append(command)
    return script


#: A character of a command line, and its line. Variables are marked texts of more than one character.
_Characters = list[tuple[str, int]]


def _cmd_lines(text: str, first_line: int) -> list[tuple[_Characters, int, tuple[str, int] | None]]:
    """Return each command line without its carets, its number, and what follows an operator."""
    lines: list[tuple[_Characters, int, tuple[str, int] | None]] = []
    current: _Characters = []
    line, position, start, in_quotes = first_line, 0, first_line, False
    left_off: tuple[str, int] | None = None
    while position < len(text):
        character = text[position]
        if character == "^" and not in_quotes and position + 1 < len(text):
            position += 1
            if text[position] == "\n":  # the line goes on, and its first character is escaped
                line, position = line + 1, position + 1
                if text[position : position + 1] != "\n":
                    continue
                line += 1
            if position < len(text):
                current.append((text[position], line))
        elif character == "\n":
            lines.append((current, start, left_off))
            line += 1
            current, start, in_quotes, left_off = [], line, False, None
        elif (
            character in _CMD_OPERATORS
            and not in_quotes
            and not re.match(r"<[A-Za-z][\w-]*>", text[position:])
        ):
            end = text.find("\n", position)
            end = len(text) if end < 0 else end
            left_off, position = (text[position:end].strip(), line), end - 1
        elif character == "%" and (match := _PERCENT.match(text, position)) and _is_variable(match):
            current.append((variable(match[1] or f"argument_{match[2]}"), line))
            position = match.end() - 1
        else:
            in_quotes ^= character == '"'
            current.append((character, line))
        position += 1
    return [*lines, (current, start, left_off)]


def _is_variable(match: re.Match[str]) -> bool:
    return match[1] is not None and match[0].endswith("%")


def _split_arguments(characters: _Characters, line: int) -> list[Word]:
    r"""Split a command line as Microsoft's C library does: `\"` is a quote, `""` within quotes too."""
    words: list[Word] = []
    pieces: list[str] = []
    in_quotes = is_word = was_quoted = False
    position = 0
    started = line
    while position < len(characters):
        character, here = characters[position]
        if not is_word:
            started = here
        if character == "\\":
            end = position
            while end < len(characters) and characters[end][0] == "\\":
                end += 1
            count = end - position
            if end < len(characters) and characters[end][0] == '"':
                pieces.append("\\" * (count // 2))
                if count % 2:
                    pieces.append('"')
                    end += 1
            else:
                pieces.append("\\" * count)
            is_word, position = True, end
            continue
        if character == '"':
            if in_quotes and position + 1 < len(characters) and characters[position + 1][0] == '"':
                pieces.append('"')
                position += 1
            else:
                in_quotes = not in_quotes
            is_word = was_quoted = True
        elif character in " \t\n" and not in_quotes:
            if is_word:
                words.append(Word("".join(pieces), started, was_quoted))
            pieces, is_word, was_quoted = [], False, False
        else:
            pieces.append(character)
            is_word = True
        position += 1
    if in_quotes:
        raise not_closed('"', started)
    if is_word:
        words.append(Word("".join(pieces), started, was_quoted))
    return words
