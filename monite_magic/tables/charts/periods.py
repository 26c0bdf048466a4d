"""Group days into weeks, months, quarters or years, as many as fit a chart."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from monite_magic.core import RequestError
from monite_magic.tables.frames.backends import need

if TYPE_CHECKING:
    from collections.abc import Callable

By = Literal["week", "month", "quarter", "year"]

#: The number of periods before and after the reference day.
_MAX: Final[dict[str, tuple[int, int]]] = {
    "week": (60, 60),
    "month": (24, 36),
    "quarter": (12, 20),
    "year": (10, 20),
}
EARLIER: Final = "earlier"
LATER: Final = "later"
_MONDAY: Final = date(1970, 1, 5)
_EPOCH_YEAR: Final = 1970


class Span(NamedTuple):
    """The range of periods to show.

    Attributes:
        first: The number of the first period.
        last: The number of the last period.
    """

    first: int
    last: int


class Periods:
    """Consecutive periods of one length, numbered from a fixed date.

    Args:
        by: `week`, `month`, `quarter` or `year`.
        first_month: The first month of the company's fiscal year, 1 to 12.

    Raises:
        RequestError: `by` or `first_month` is invalid.
    """

    def __init__(self, by: str, first_month: int = 1) -> None:
        if by not in _MAX:
            raise RequestError(f"Unknown value by={by!r}: use one of {', '.join(map(repr, _MAX))}.")
        if isinstance(first_month, bool) or first_month not in range(1, 13):
            raise RequestError(f"Invalid month first_month={first_month!r}.", hint="Use 1 to 12: April is 4.")
        self.by = by
        self._shift = first_month - 1

    def of(self, days: Any) -> Any:
        """Return the number of each day's period."""
        if self.by == "week":
            monday = need("pandas", "pandas").Timestamp(_MONDAY)
            return (days - monday).dt.days // 7
        months = (days.dt.year - _EPOCH_YEAR) * 12 + days.dt.month - 1 - self._shift
        return months // {"month": 1, "quarter": 3, "year": 12}[self.by]

    def number(self, day: date) -> int:
        """Return the number of a day's period."""
        if self.by == "week":
            return (day - _MONDAY).days // 7
        months = (day.year - _EPOCH_YEAR) * 12 + day.month - 1 - self._shift
        return months // {"month": 1, "quarter": 3, "year": 12}[self.by]

    def span(self, numbers: Any, today: date) -> Span | None:
        """Return the periods to show around a day or the data, or None without data."""
        if not len(numbers):
            return None
        before, after = _MAX[self.by]
        first, last, now = int(numbers.min()), int(numbers.max()), self.number(today)
        if last < now - before:  # all data is old
            now = last
        start = max(first, now - before)
        return Span(start, min(last, max(start, now) + after))

    def label(self, number: int) -> str:
        """Return the name of a period: `2026-03-02` (a Monday), `2026-03`, `2026-Q1`, `2026`.

        A fiscal year that doesn't start in January is `2026/27`, and its first month is `2026/27-01`.
        """
        if self.by == "week":
            return (_MONDAY + timedelta(weeks=number)).isoformat()
        parts = {"month": 12, "quarter": 4, "year": 1}[self.by]
        year, part = divmod(number, parts)
        year += _EPOCH_YEAR
        name = f"{year}/{(year + 1) % 100:02}" if self._shift else f"{year}"
        form: Callable[[int], str] = {
            "month": lambda at: f"{name}-{at + 1:02}",
            "quarter": lambda at: f"{name}-Q{at + 1}",
            "year": lambda _: name,
        }[self.by]
        return form(part)

    def labels(self, numbers: Any, span: Span) -> Any:
        """Return the name of each number's period. Periods outside the span are `earlier` or `later`."""
        names = {number: self.label(number) for number in range(span.first, span.last + 1)}
        named = numbers.map(names)
        named = named.where(numbers >= span.first, EARLIER)
        return named.where(numbers <= span.last, LATER)

    def all_labels(self, span: Span) -> list[str]:
        """Return the names of all periods of a span, including empty ones."""
        return [self.label(number) for number in range(span.first, span.last + 1)]
