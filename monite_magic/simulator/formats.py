"""The string formats that the API checks: UUIDs, dates, moments, e-mail addresses, web addresses."""

from __future__ import annotations

import re
import uuid
from datetime import date, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from monite_magic.catalogue.quick_jsonschema import FormatChecker

if TYPE_CHECKING:
    from collections.abc import Callable

FORMATS = FormatChecker(formats=())

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_HOSTNAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*")


def _register(name: str) -> Callable[[Callable[[str], object]], Callable[[str], object]]:
    """Register a check of strings; a ValueError or a false result means that the string is refused."""

    def decorate(check: Callable[[str], object]) -> Callable[[str], object]:
        FORMATS.checks(name, raises=ValueError)(
            lambda value: not isinstance(value, str) or check(value) not in (False, None)
        )
        return check

    return decorate


@_register("uuid")
def _uuid(text: str) -> object:
    return len(text) >= 32 and uuid.UUID(text)


@_register("date")
def _date(text: str) -> object:
    return len(text) == 10 and date.fromisoformat(text)


@_register("date-time")
def _moment(text: str) -> object:
    return _MOMENT.fullmatch(text) and datetime.fromisoformat(text)


@_register("email")
def _email(text: str) -> object:
    return _EMAIL.fullmatch(text)


@_register("hostname")
def _hostname(text: str) -> object:
    return len(text) <= 253 and _HOSTNAME.fullmatch(text)


@_register("uri")
def _uri(text: str) -> object:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.netloc)
