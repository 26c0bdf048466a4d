"""Validate text formats, for the check before sending and for the simulator.

The formats are those of OpenAPI 2024-05-25, with the rules of pydantic, which the API uses. Unknown formats
accept any text.
"""

from __future__ import annotations

import re
import uuid
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

#: An ID as the API writes it.
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ID = re.compile(r"[A-Za-z0-9][\w.:~@+-]{0,127}", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DAY_LENGTH = 10
_LEAP_SECOND = re.compile(r"(?<=[T ])(\d\d:59):60(?:\.\d+)?", re.IGNORECASE)
_MIDNIGHT = re.compile(r"^(\d{4}-\d\d-\d\d)[T ]24:00(?::00(?:\.0+)?)?(?!\d|:)", re.IGNORECASE)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}.*")
_HOST_PART = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_HOST = re.compile(rf"(?=.{{1,253}}$){_HOST_PART}(?:\.{_HOST_PART})*", re.IGNORECASE)


def _is_uuid(text: str) -> bool:
    return len(text) >= 32 and _parses(uuid.UUID, text)


def _is_date(text: str) -> bool:
    return _DATE.fullmatch(text) is not None and _parses(date.fromisoformat, text)


def _is_time(text: str) -> bool:
    return _TIME.fullmatch(text) is not None and _parses(datetime.fromisoformat, text)


def _is_url(text: str) -> bool:
    if not _parses(urlsplit, text):
        return False
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not re.search(r"\s", text)


def _is_color(text: str) -> bool:
    from monite_magic.catalogue.css_colors import is_color

    return is_color(text)


def _parses(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


FORMATS: dict[str, Callable[[str], bool]] = {
    "uuid": _is_uuid,
    "date": _is_date,
    "date-time": _is_time,
    "email": lambda text: _EMAIL.fullmatch(text) is not None,
    "uri": _is_url,
    "hostname": lambda text: _HOST.fullmatch(text) is not None,
    "ipvanyaddress": lambda text: _parses(ip_address, text),
    "color": _is_color,
}

#: The name of each format in a message.
NAMES = {
    "uuid": "a UUID",
    "date": "a date (YYYY-MM-DD)",
    "date-time": "a time (ISO 8601, for instance 2024-05-25T09:30:00Z)",
    "email": "an e-mail address",
    "uri": "a URL (https://…)",
    "hostname": "a host name",
    "ipvanyaddress": "an IP address",
    "color": "a color (a name, or #1a2b3c)",
}


def looks_like_id(text: str) -> bool:
    """Whether a text can be an ID: short, without spaces, quotes or control characters."""
    return _ID.fullmatch(text) is not None


def has_format(text: str, name: str) -> bool:
    """Whether a text has a format. True for unknown formats."""
    known = FORMATS.get(name)
    return known is None or known(text)


def moment(value: str) -> datetime | None:
    """Return an ISO 8601 date-time in UTC, or None if it can't be read as one.

    `24:00:00` is the start of the next day. Python can't represent a leap second, `23:59:60`, so it becomes
    the last microsecond before it, on the same day.
    """
    try:
        parsed = _parsed(value)
        if parsed.tzinfo is UTC:
            return parsed
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def day(value: str) -> date | None:
    """Return an ISO 8601 date, or the date of a date-time without converting its time zone; else None.

    Ambiguous dates such as 02.01.2027 are not guessed.
    """
    try:
        if len(value) == _DAY_LENGTH:
            return date.fromisoformat(value) if _DATE.fullmatch(value) else None
        return _parsed(value).date() if _DATE.match(value) else None
    except (ValueError, OverflowError):
        return None


def _parsed(value: str) -> datetime:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        if _LEAP_SECOND.search(value):
            return datetime.fromisoformat(_LEAP_SECOND.sub(r"\1:59.999999", value))
        if _MIDNIGHT.search(value):
            return datetime.fromisoformat(_MIDNIGHT.sub(r"\1T00:00:00", value)) + timedelta(days=1)
        raise
