"""Parse dates written as text. The order of day and month is decided once per column."""

from __future__ import annotations

import functools
import re
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from monite_magic.tables.push.numbers_text import BadValueError
from monite_magic.tables.push.synonyms import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

DAY_FIRST: Final = "day-first"
MONTH_FIRST: Final = "month-first"
FORMS: Final = (DAY_FIRST, MONTH_FIRST)
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|\+00:00)?)?")
_YEAR_FIRST: Final = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})")
_NUMBERS: Final = re.compile(r"(\d{1,2})\s*([./-])\s*(\d{1,2})\s*\2\s*(\d{2}|\d{4})")
_COMPACT: Final = re.compile(r"(19|20)(\d{2})(\d{2})(\d{2})")
_WORDS: Final = re.compile(r"[^\W_]+", re.UNICODE)
_MONTHS_IN_A_YEAR: Final = 12
_ENGLISH: Final = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]


class Parts(NamedTuple):
    """A date of three numbers. The first two are day and month in either order."""

    first: int
    second: int
    year: int
    mark: str


def parts_of(text: str) -> Parts | None:
    """Return the numbers of a date like 03/04/2024, or None for other formats."""
    found = _NUMBERS.fullmatch(text.strip())
    if found is None:
        return None
    if len(found[4]) == 2:
        raise BadValueError(f"{text!r} has a two-digit year: write all four digits")
    return Parts(int(found[1]), int(found[3]), int(found[4]), found[2])


def order_of(texts: Iterable[str]) -> tuple[str, tuple[str, str] | None, str]:
    """Return the order in a column, two contradicting dates if any, and an ambiguous one if any.

    Dates with points, such as 3.4.2024, always have the day first.
    """
    first: dict[str, str] = {}
    for text in texts:
        try:
            parts = parts_of(text)
        except BadValueError:
            continue
        if parts is None or parts.first == parts.second:
            continue
        if parts.mark == "." or parts.first > _MONTHS_IN_A_YEAR:
            first.setdefault(DAY_FIRST, text)
        elif parts.second > _MONTHS_IN_A_YEAR:
            first.setdefault(MONTH_FIRST, text)
        else:
            first.setdefault("?", text)
    if DAY_FIRST in first and MONTH_FIRST in first:
        return "", (first[DAY_FIRST], first[MONTH_FIRST]), ""
    form = next((form for form in FORMS if form in first), "")
    return form, None, first.get("?", "")


def parsed_date(text: str, form: str) -> date:
    """Parse a date.

    Args:
        text: The text.
        form: `day-first` or `month-first`, for a date of three numbers.

    Raises:
        BadValueError: It is not a date.
    """
    text = text.strip()
    try:
        if found := _ISO.fullmatch(text) or _YEAR_FIRST.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _COMPACT.fullmatch(text):
            return date(int(found[1] + found[2]), int(found[3]), int(found[4]))
        if (parts := parts_of(text)) is not None:
            day, month = parts.first, parts.second
            if form == MONTH_FIRST and parts.mark != ".":
                day, month = month, day
            return date(parts.year, month, day)
        if (named := _named(text)) is not None:
            return named
    except ValueError:
        raise BadValueError(f"{text!r} is not a valid date") from None
    raise BadValueError(f"{text!r} is not a date: write it as 2024-05-25")


def _named(text: str) -> date | None:
    """Parse a date with the month as a word: 25 May 2024, May 25th, 2024, 25. Mai 2024."""
    words = [plain(word) for word in _WORDS.findall(text)]
    months = [_months()[word] for word in words if word in _months()]
    numbers = [re.sub(r"(?<=\d)[a-z]{2}$", "", word) for word in words if word not in _months()]
    if len(months) != 1 or len(numbers) != 2 or not all(n.isdecimal() for n in numbers):
        return None
    years = [n for n in numbers if len(n) == 4]
    days = [n for n in numbers if len(n) <= 2]
    if len(years) != 1 or len(days) != 1:
        raise BadValueError(f"{text!r} has no four-digit year")
    return date(int(years[0]), months[0], int(days[0]))


@functools.cache
def _months() -> dict[str, int]:
    """Return the names of months in English, and in other languages if Babel is installed."""
    names = {name: number for number, name in enumerate(_ENGLISH, 1)}
    names |= {name[:3]: number for name, number in names.items()} | {"sept": 9}
    try:
        from babel import Locale
    except ImportError:
        return names
    for language in ("de", "fr", "es", "it", "nl"):
        forms = Locale(language).months["format"]
        for width in ("wide", "abbreviated"):
            for number, name in forms[width].items():
                names.setdefault(plain(name), number)
    return names
