"""Text read from elsewhere, in which variables stand between two marks.

The marks are halves of surrogate pairs. No text that is imported holds one (`whole_text` sees to that), so no
text can be mistaken for a variable, whatever braces and dollars it is full of.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from monite_magic.cell.line_words import escape_braces
from monite_magic.cell.placeholders import python_name
from monite_magic.core.clean_text import whole_characters

if TYPE_CHECKING:
    from collections.abc import Callable

_OPEN: Final = "\udc00"
_CLOSE: Final = "\udc01"
_MARKED: Final = re.compile(f"{_OPEN}([^{_CLOSE}]*){_CLOSE}")
_HALVES: Final = re.compile("[\ud800-\udfff]")
#: `{x}`, but not `{{x}}`.
SINGLE_BRACES: Final = re.compile(r"(?<!\{)\{(\w[\w.-]*)\}(?!\})")
#: A variable, for the patterns of other modules.
MARKED: Final = f"{_OPEN}[^{_CLOSE}]*{_CLOSE}"

# What documents print in place of a value: {{x}}, <id>, YOUR_ID, your-id-here.
_STAND_IN: Final = re.compile(
    r"""\{\{\s*([^{}\n]+?)\s*\}\} | <([A-Za-z][\w .-]*)>
        | ((?:YOUR|MY)[_-][A-Z0-9_-]+
        | [A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:ID|UUID|HERE) | your[_-][a-z0-9_-]+)""",
    re.VERBOSE,
)
# What documentation prints in place of a secret or an ID.
_NO_SECRET: Final = re.compile(
    r"""(?:your|my|the|some)[\s_-].* | <.*> | \\?\{.*\} | \$.* | %.*% | [*•.…xX-]+
        | [A-Z]+(?:[_\s-][A-Z]+)* | client[_-]secret | access[_-]token | (?:your|my)[A-Z]\w*""",
    re.VERBOSE | re.DOTALL,
)
_COLON_NAME: Final = re.compile(r":([A-Za-z_]\w+)")
_BRACED: Final = re.compile(r"\{\{\s*([^{}\n]+?)\s*\}\}")


def whole_text(text: str) -> tuple[str, bool]:
    """Return `text` with surrogate pairs joined and single halves replaced; and whether there was one."""
    joined = whole_characters(text)
    whole = _HALVES.sub("�", joined)
    return whole, whole != joined


def whole_json(text: str) -> str:
    r"""Return a JSON text in which no escape is half a character: `\ud83d` alone becomes `\ufffd`."""
    pattern = (
        r"(\\\\)|(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
    )
    return re.sub(pattern, lambda match: match[0] if match[1] or match[2] else "\\ufffd", text)


def variable(name: str) -> str:
    """Return the marked text that stands for a variable."""
    return f"{_OPEN}{python_name(name)}{_CLOSE}"


def names_in(text: str) -> list[str]:
    """Return the names of the variables in `text`."""
    return _MARKED.findall(text)


def sole_variable(text: str) -> str | None:
    """Return the name of the variable that is all of `text`, or None."""
    match = _MARKED.fullmatch(text)
    return match[1] if match else None


def map_literal(text: str, change: Callable[[str], str]) -> str:
    """Return `text` with everything but its variables changed."""
    if _OPEN not in text:
        return change(text)
    return rendered(text, change, lambda name: f"{_OPEN}{name}{_CLOSE}")


def rendered(text: str, literal: Callable[[str], str], of_variable: Callable[[str], str]) -> str:
    """Write `text` with one function for what is literal and another for the names of variables."""
    pieces: list[str] = []
    done = 0
    for match in _MARKED.finditer(text):
        pieces += [literal(text[done : match.start()]), of_variable(match[1])]
        done = match.end()
    return "".join([*pieces, literal(text[done:])])


def as_line(text: str) -> str:
    """Return marked text as it is written on a magic's line."""
    pieces: list[str] = []
    done = 0
    for match in _MARKED.finditer(text):
        before = escape_braces(text[done : match.start()])
        # One backslash before braces would take their meaning; two are a backslash.
        before += "\\" * (len(before) - len(before.rstrip("\\")))
        pieces += [before, f"{{{{ {match[1]} }}}}"]
        done = match.end()
    return "".join([*pieces, escape_braces(text[done:])])


def braced(text: str) -> str:
    """Mark each `{{x}}`, which is a variable everywhere in a .http file and in Postman."""
    return _BRACED.sub(lambda match: variable(match[1]), text)


def stand_in(text: str) -> str | None:
    """Return the name in `text` if all of it stands for a value: `{{x}}`, `<id>`, `YOUR_ID`, `:id`."""
    match = _STAND_IN.fullmatch(text) or _COLON_NAME.fullmatch(text)
    return next(filter(None, match.groups()), None) if match else None


def is_stand_in(value: str) -> bool:
    """Whether a value is a placeholder for a secret: `YOUR_CLIENT_SECRET`, `<secret>`, a variable, `***`."""
    return not value or bool(names_in(value)) or bool(_NO_SECRET.fullmatch(value))
