"""Reads are repeated on passing trouble, as long as a person will wait; writes never are.

This API knows no idempotency keys, so a write that is sent again may be carried out twice.
"""

from __future__ import annotations

import math
import random
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

import httpx

from monite_magic.core import limits

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Methods that change nothing, and so are repeated by themselves; and the answers after which they are.
READING_METHODS: Final = frozenset({"GET", "HEAD"})
REPEATED_STATUSES: Final = (429, 500, 502, 503, 504)
#: Key in an answer's `extensions`: how many times the read was repeated before it came.
REPEATS: Final = "monite_magic.repeats"

_PASSING: Final = (httpx.NetworkError, httpx.RemoteProtocolError)


class RepeatingTransport(httpx.BaseTransport):
    """Repeats reads: `Retry-After` is honoured, else pauses grow, with jitter.

    All pauses together take no longer than the timeout of the request, and than `limits.most_waiting`. An
    answer that asks for a longer one is returned at once: coming back sooner would only be refused again. A
    read that ran out of time is not repeated.

    Args:
        transport: How each attempt travels.
    """

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self._transport = transport

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and a read again if need be (httpx's hook)."""
        if request.method not in READING_METHODS:
            return self._transport.handle_request(request)
        timeout = request.extensions.get("timeout", {}).get("read")
        left = limits.most_waiting if timeout is None else min(timeout, limits.most_waiting)
        repeats = 0
        while True:
            may_repeat = repeats < limits.most_retries and left > 0
            asked = 0.0
            try:
                response = self._transport.handle_request(request)
            except _PASSING:
                if not may_repeat:
                    raise
            else:
                response.extensions[REPEATS] = repeats
                if response.status_code not in REPEATED_STATUSES:
                    return response
                asked = retry_after(response.headers)
                response.request = request
                try:
                    response.read()
                finally:
                    response.close()
                if not may_repeat or asked > left:
                    return response
            pause = asked or min(_backoff(repeats), left)
            time.sleep(pause)
            left -= pause
            repeats += 1

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()


def _backoff(repeats: int) -> float:
    """Return a pause that doubles each time, less up to half of it at random."""
    pause: float = limits.first_pause * 2**repeats
    return pause * random.uniform(0.5, 1)  # noqa: S311 - it only spreads the load


def retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds that `Retry-After` asks for (RFC 9110, 10.2.3), or 0 if it asks for nothing.

    A date is read by the server's own clock. Fractions of a second are taken, though the RFC has none.
    """
    text = headers.get("retry-after", "").strip()
    until = http_date(text)
    if until is not None:
        now = http_date(headers.get("date", "")) or datetime.now(UTC)
        return max(0.0, (until - now).total_seconds())
    try:
        seconds = float(text)
    except ValueError:
        return 0.0
    return 0.0 if math.isnan(seconds) else max(0.0, seconds)


def http_date(text: str) -> datetime | None:
    """Return the moment in UTC that a header names (RFC 9110, 5.6.7), or None if it is no date."""
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
