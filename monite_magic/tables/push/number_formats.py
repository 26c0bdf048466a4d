"""Read what a spreadsheet's number format shows besides digits: a percent sign, a currency, an ID's zeros."""

from __future__ import annotations

import functools
import operator
import re
from decimal import Decimal
from typing import Any, Final, NamedTuple

from monite_magic.tables.push.cells import Formatted, Percent
from monite_magic.tables.push.numbers_text import stated_currency

#: Quoted text, an escaped character, a currency, a condition, other brackets, a width, or one character.
_PART: Final = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[\$(?P<currency>[^]-]*)[^]]*\]'
    r"|\[(?P<condition>(?:[<>]=?|<>|=)-?\d+(?:\.\d+)?)\]|\[[^]]*\]|[_*].|(?P<plain>.)",
    re.DOTALL,
)
_CONDITION: Final = re.compile(r"([<>=]+)(.+)")
_COMPARISONS: Final = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq,
    "<>": operator.ne,
}  # fmt: skip
_SHOWN_UNQUOTED: Final = frozenset("$€£¥+-():!^&'~{}<>= ")
_PLACEHOLDERS: Final = frozenset("0#?")
_POINT: Final = "."
_HUNDRED: Final = Decimal(100)
_MAX_FORMS: Final = 256  # kept in memory


class _Part(NamedTuple):
    """A piece of a format: text that is shown, or a placeholder."""

    text: str
    is_text: bool


class _Section(NamedTuple):
    """The part of a format for some numbers, by their sign or by a condition.

    Attributes:
        condition: The condition, such as `<=99999`. Empty if the sign decides.
        is_percent: Whether the number is shown times 100, with a percent sign.
        shows_percent: Whether a percent sign is only text: 19 is shown as `19%`.
        currency: The currency shown: a code, or a symbol such as `$`.
        id_parts: The parts if the number is an ID: with leading zeros, text before its last digit or fixed
            decimals.
    """

    condition: str
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
    section = _section_for(number, _sections(form))
    if section.is_percent:
        return Percent(number)
    if section.shows_percent:
        return Percent(number / _HUNDRED)
    if section.currency:
        return Formatted(number, form, f"{number:f} {section.currency}", section.currency)
    if section.id_parts and number >= 0 and (text := _filled(section.id_parts, number)):
        return Formatted(number, form, text)
    return number


def _section_for(number: Decimal, sections: tuple[_Section, ...]) -> _Section:
    if not any(section.condition for section in sections):
        at = 1 if number < 0 and len(sections) > 1 else 2 if not number and len(sections) > 2 else 0
        return sections[at]
    for section in sections:
        found = _CONDITION.fullmatch(section.condition)
        if found is None or _COMPARISONS[found[1]](number, Decimal(found[2])):
            return section
    return sections[-1]


@functools.lru_cache(_MAX_FORMS)
def _sections(form: str) -> tuple[_Section, ...]:
    sections: list[list[_Part]] = [[]]
    brackets: list[list[str]] = [[]]
    conditions = [""]
    for found in _PART.finditer(form):
        kind = found.lastgroup
        if found[0] == ";":
            sections.append([])
            brackets.append([])
            conditions.append("")
        elif kind == "condition":
            conditions[-1] = found[kind]
        elif kind == "currency":
            brackets[-1].append(found[kind])
            sections[-1].append(_Part(found[kind], is_text=True))
        elif kind is not None:
            is_text = kind != "plain" or found[kind] in _SHOWN_UNQUOTED
            sections[-1].append(_Part(found[kind], is_text))
    return tuple(_section(*each) for each in zip(sections, brackets, conditions, strict=True))


def _section(parts: list[_Part], brackets: list[str], condition: str) -> _Section:
    ids = _id_parts(parts)
    texts = "".join(part.text if part.is_text else "\0" for part in parts).split("\0")
    currency = next(filter(None, map(stated_currency, [*brackets, *texts])), "")
    is_percent = any(part.text == "%" and not part.is_text for part in parts)
    return _Section(condition, is_percent, "%" in "".join(texts), currency, ids)


def _id_parts(parts: list[_Part]) -> tuple[_Part, ...]:
    digits = [at for at, part in enumerate(parts) if not part.is_text]
    shape = "".join(parts[at].text for at in digits)
    whole, point, decimals = shape.partition(_POINT)
    if not whole or not _PLACEHOLDERS.issuperset(whole + decimals):
        return ()  # thousands, an exponent, a fraction
    if point:
        return tuple(parts) if decimals.startswith("0") else ()
    has_text = any(part.is_text and part.text.strip() for part in parts[: digits[-1]])
    return tuple(parts) if has_text or whole.count("0") > 1 else ()


def _filled(parts: tuple[_Part, ...], number: Decimal) -> str:
    """Return a number in its format, or an empty text if the format rounds it."""
    point = next(
        (at for at, part in enumerate(parts) if part.text == _POINT and not part.is_text), len(parts)
    )
    whole, _, fraction = f"{number.normalize():f}".partition(_POINT)
    shown = _filled_from_the_right(parts[:point], whole)
    left = fraction
    for part in parts[point:]:
        if part.is_text or part.text == _POINT:
            shown += part.text
        else:
            shown += left[:1] or ("0" if part.text == "0" else "")
            left = left[1:]
    return "" if left else shown.strip()


def _filled_from_the_right(parts: tuple[_Part, ...], digits: str) -> str:
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
    return "".join(reversed(shown))
