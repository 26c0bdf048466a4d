"""Read what a spreadsheet's number format shows besides digits: a percent sign, a currency, an ID's zeros."""

from __future__ import annotations

import functools
import re
from decimal import Decimal
from typing import Any, Final, NamedTuple

from monite_magic.tables.push.cells import Formatted, Percent
from monite_magic.tables.push.numbers_text import stated_currency

#: Quoted text, an escaped character, a currency, other brackets, the width of a character, or one character.
_PART: Final = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[\$(?P<currency>[^]-]*)[^]]*\]|\[[^]]*\]|[_*].|(?P<plain>.)',
    re.DOTALL,
)
_SHOWN_UNQUOTED: Final = frozenset("$€£¥+-():!^&'~{}<>= ")
_PLACEHOLDERS: Final = frozenset("0#?")
_HUNDRED: Final = Decimal(100)
_MAX_FORMS: Final = 256  # kept in memory


class _Part(NamedTuple):
    """A piece of a format: text that is shown, or a placeholder."""

    text: str
    is_text: bool


class _Section(NamedTuple):
    """The part of a format for numbers of one sign.

    Attributes:
        is_percent: Whether the number is shown times 100, with a percent sign.
        shows_percent: Whether a percent sign is only text: 19 is shown as `19%`.
        currency: The currency shown: a code, or a symbol such as `$`.
        id_parts: The parts if the number is an ID: whole, with leading zeros or text before its last digit.
    """

    is_percent: bool
    shows_percent: bool
    currency: str
    id_parts: tuple[_Part, ...]


def formatted(number: Decimal, form: str) -> Any:
    """Return a number as its format shows it: a `Percent`, a `Formatted`, or just the number.

    Args:
        number: The cell's number.
        form: The cell's number format, such as `#,##0.00 [$€-407]`.
    """
    if form == "General":
        return number
    sections = _sections(form)
    at = 1 if number < 0 and len(sections) > 1 else 2 if not number and len(sections) > 2 else 0
    section = sections[at]
    if section.is_percent:
        return Percent(number)
    if section.shows_percent:
        return Percent(number / _HUNDRED)
    if section.currency:
        return Formatted(number, form, f"{number:f} {section.currency}", section.currency)
    if section.id_parts and number >= 0 and number == number.to_integral_value():
        return Formatted(number, form, _filled(section.id_parts, str(int(number))))
    return number


@functools.lru_cache(_MAX_FORMS)
def _sections(form: str) -> tuple[_Section, ...]:
    sections: list[list[_Part]] = [[]]
    brackets: list[list[str]] = [[]]
    for found in _PART.finditer(form):
        kind = found.lastgroup
        if found[0] == ";":
            sections.append([])
            brackets.append([])
        elif kind == "currency":
            brackets[-1].append(found[kind])
            sections[-1].append(_Part(found[kind], is_text=True))
        elif kind is not None:
            is_text = kind != "plain" or found[kind] in _SHOWN_UNQUOTED
            sections[-1].append(_Part(found[kind], is_text))
    return tuple(_section(*each) for each in zip(sections, brackets, strict=True))


def _section(parts: list[_Part], brackets: list[str]) -> _Section:
    ids = _id_parts(parts)
    texts = "".join(part.text if part.is_text else "\0" for part in parts).split("\0")
    currency = next(filter(None, map(stated_currency, [*brackets, *texts])), "")
    is_percent = any(part.text == "%" and not part.is_text for part in parts)
    return _Section(is_percent, "%" in "".join(texts), currency, ids)


def _id_parts(parts: list[_Part]) -> tuple[_Part, ...]:
    digits = [at for at, part in enumerate(parts) if not part.is_text]
    if not digits or any(parts[at].text not in _PLACEHOLDERS for at in digits):
        return ()  # decimals, thousands, an exponent, a fraction
    has_text = any(part.is_text and part.text.strip() for part in parts[: digits[-1]])
    zeros = sum(parts[at].text == "0" for at in digits)
    return tuple(parts) if has_text or zeros > 1 else ()


def _filled(parts: tuple[_Part, ...], digits: str) -> str:
    """Return a format's text with digits in its placeholders, from the right."""
    shown: list[str] = []
    left = digits
    first = next(at for at, part in enumerate(parts) if not part.is_text)
    for at in range(len(parts) - 1, -1, -1):
        part = parts[at]
        if part.is_text:
            shown.append(part.text)
        elif at == first:
            shown.append(left or ("0" if part.text == "0" else ""))
        else:
            shown.append(left[-1:] or ("0" if part.text == "0" else ""))
            left = left[:-1]
    return "".join(reversed(shown)).strip()
