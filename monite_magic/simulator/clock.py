"""The simulator's clock. It runs in real time until you freeze it or move it forward.

All parts of the simulator use this clock: `advance(minutes=31)` expires tokens, and `advance(days=45)`
makes invoices overdue.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(weeks?|w|days?|d|hours?|h|minutes?|min|m|seconds?|sec|s)\b")
_MAX_SPAN = 200
# Far enough from the end of the calendar for dates that are some days ahead of the present.
_END = datetime(9000, 1, 1, tzinfo=UTC)
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def parse_span(text: str) -> timedelta:
    """Parse a duration such as `31 minutes` or `1 day 2h`.

    Raises:
        ValueError: The text is not a duration.
    """
    parts = _SPAN.findall(text.lower()) if len(text) <= _MAX_SPAN else []
    if not parts or _SPAN.sub("", text.lower()).strip(" ,"):
        raise ValueError(f"{text[:_MAX_SPAN]!r} is not a duration; write it like '31 minutes' or '45 days'")
    try:
        return sum((timedelta(**{_UNITS[unit[0]]: float(number)}) for number, unit in parts), timedelta())
    except OverflowError:
        raise ValueError(f"the duration {text!r} is too long") from None


def moment_from(text: str) -> datetime:
    """Parse an ISO 8601 date or time. Without an offset it is in UTC.

    Raises:
        ValueError: The text is not a date or time.
    """
    moment = datetime.fromisoformat(text)
    try:
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except OverflowError:  # within a day of the ends of the calendar
        return moment.replace(tzinfo=UTC)


def day_of(text: str, today: date) -> date:
    """Return the day of a time, such as that of a payment; at most today."""
    return min(moment_from(text).date(), today)


def days_after(day: date, days: int) -> date:
    """Add days to a date, or subtract them. Stay within the calendar."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


class Clock:
    """A UTC clock that you can freeze and move forward."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._frozen: datetime | None = None
        #: Called after each change, with the new `state`.
        self.on_change: Callable[[dict[str, float | str | None]], None] | None = None

    @property
    def frozen(self) -> bool:
        """Whether the clock is frozen. Only `advance` moves a frozen clock."""
        return self._frozen is not None

    @property
    def offset(self) -> timedelta:
        """How far this clock is ahead of the system clock."""
        return self.now() - datetime.now(UTC)

    def state(self) -> dict[str, float | str | None]:
        """The state to restore the clock from: `offset` in seconds, and `frozen`."""
        frozen = self._frozen.isoformat(timespec="microseconds") if self._frozen else None
        return {"offset": self._offset.total_seconds(), "frozen": frozen}

    def restore(self, offset: float, frozen: str | None) -> None:
        """Restore the state of another clock."""
        self._offset = timedelta(seconds=offset)
        self._frozen = datetime.fromisoformat(frozen) if frozen else None

    def _changed(self) -> None:
        if self.on_change:
            self.on_change(self.state())

    def now(self) -> datetime:
        """The current time, in UTC."""
        return self._frozen or datetime.now(UTC) + self._offset

    def today(self) -> date:
        """The current date, in UTC."""
        return self.now().date()

    def timestamp(self) -> str:
        """The current time in the API's format: ISO 8601 with microseconds and the UTC offset."""
        return self.now().isoformat(timespec="microseconds")

    def freeze(self, at: datetime | None = None) -> None:
        """Freeze the clock, now or at a given time (in UTC if it has no offset).

        Raises:
            ValueError: The time is after the year 8999.
        """
        moment = at or self.now()
        self._frozen = _before_the_end(moment.replace(tzinfo=moment.tzinfo or UTC))
        self._changed()

    def advance(self, span: timedelta | str | None = None, **parts: float) -> datetime:
        """Move the clock forward.

        Args:
            span: The duration, as a `timedelta` or as text such as `"31 minutes"`.
            parts: Or the arguments of `timedelta`: `minutes=31`, `days=45`.

        Returns:
            The new time.

        Raises:
            ValueError: The duration is negative or invalid, or leads past the year 8999.
        """
        step = parse_span(span) if isinstance(span, str) else (span or timedelta())
        step += timedelta(**parts)
        if step < timedelta():
            raise ValueError("the clock only moves forward")
        try:
            target = _before_the_end(self.now() + step)
        except OverflowError:
            raise ValueError("the clock ends with the year 8999") from None
        if self._frozen is not None:
            self._frozen = target
        else:
            self._offset += step
        self._changed()
        return self.now()

    def resume(self) -> None:
        """Let a frozen clock run again from its current time."""
        if self._frozen is not None:
            self._offset = self._frozen - datetime.now(UTC)
            self._frozen = None
            self._changed()

    def reset(self) -> None:
        """Go back to the system time."""
        self._offset, self._frozen = timedelta(), None
        self._changed()


def _before_the_end(moment: datetime) -> datetime:
    if moment >= _END:
        raise ValueError("the clock ends with the year 8999")
    return moment.astimezone(UTC)
