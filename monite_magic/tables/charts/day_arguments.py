"""Parse the arguments of charts: a day, and the company's time zone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from monite_magic.core import RequestError

_ISO_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def day_of(value: object, name: str) -> date:
    """Return a day. Ambiguous texts such as 02.01.2027 are refused.

    Args:
        value: A date, a datetime or Timestamp (its day, in its own time zone), or a text `2027-01-31`.
        name: The argument's name, for the error.

    Raises:
        RequestError: It is anything else.
    """
    try:
        if isinstance(value, date) and value == value:  # pandas' NaT is a date, too, and equals nothing
            return value.date() if isinstance(value, datetime) else value
        if isinstance(value, str) and _ISO_DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise RequestError(
        f"Invalid date {name}={value!r}.",
        hint=f"Write {name}='2027-01-31' (year, month, day), or use a date, datetime or Timestamp.",
    )


def zone_of(name: str | None) -> tzinfo:
    """Return a time zone by its name in the IANA database; UTC for None.

    Raises:
        RequestError: The time zone is unknown.
    """
    if name is None:
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError):
        hint = "Write its IANA name: time_zone='Europe/Berlin'."
        raise RequestError(f"Unknown time zone: {name!r}.", hint=hint) from None
