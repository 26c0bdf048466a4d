"""Decide whether and when to retry a read. Only this module reads `Retry-After`.

Writes are never retried: the API has no idempotency keys, so a retried write could take effect twice.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

import httpx

from monite_magic.core import limits
from monite_magic.core.methods import READING_METHODS

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Statuses after which a read is retried: the server is busy or failing, and may recover.
RETRIED_STATUSES: Final = frozenset({429, 500, 502, 503, 504})
#: Errors after which a read is retried. Timeouts are not retried: that would only take longer.
RETRIED_ERRORS: Final = (httpx.NetworkError, httpx.RemoteProtocolError)
#: Key in a response's `extensions`: number of retries before this answer.
RETRIES: Final = "monite_magic.retries"
#: Key in a request's `extensions`: the `RetryPolicy` of this call.
POLICY: Final = "monite_magic.retry_policy"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How to retry one read.

    Attributes:
        max_retries: Maximum number of retries; 0 for none.
        max_waiting: Maximum seconds for all pauses together.
        first_pause: Seconds of the first pause if the server doesn't name one; each pause doubles it.
        statuses: The statuses after which it is retried.
    """

    max_retries: int
    max_waiting: float
    first_pause: float = 0.5
    statuses: frozenset[int] = RETRIED_STATUSES

    @classmethod
    def of(cls, request: httpx.Request) -> RetryPolicy:
        """Return the policy of a request: its own, or the default from `limits`. Writes are never retried.

        The pauses together take no longer than the request's timeout.
        """
        if request.method not in READING_METHODS:
            return NEVER
        own: RetryPolicy | None = request.extensions.get(POLICY)
        if own is not None:
            return own
        timeout = request.extensions.get("timeout", {}).get("read")
        waiting = limits.max_waiting if timeout is None else min(timeout, limits.max_waiting)
        return cls(limits.max_retries, waiting, limits.first_pause)

    def pause(self, retries: int, waited: float, headers: Mapping[str, str] | None = None) -> float | None:
        """Return the seconds to pause before the next attempt, or None to give up.

        It gives up if the server asks for a longer pause than is left, since an earlier retry would fail.

        Args:
            retries: Number of retries so far.
            waited: Seconds of all pauses so far.
            headers: The headers of the answer, or None if none came.
        """
        left = self.max_waiting - waited
        asked = retry_after(headers) if headers is not None else 0.0
        if retries >= self.max_retries or left <= 0 or asked > left:
            return None
        # Random jitter of up to half the pause spreads the retries of many clients.
        growing = self.first_pause * 2**retries * random.uniform(0.5, 1)  # noqa: S311
        return asked or min(growing, left)


#: The policy of writes, and of callers with their own retries.
NEVER: Final = RetryPolicy(max_retries=0, max_waiting=0.0, statuses=frozenset())


def retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds in `Retry-After` (RFC 9110, 10.2.3), or 0 if there are none.

    A date is compared with the server's clock. Fractions of a second are allowed, unlike in the RFC.
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


def asks_to_wait(status: int, headers: Mapping[str, str]) -> bool:
    """Whether a call came too fast, and the server says how long to wait."""
    return status == 429 and "retry-after" in headers


def http_date(text: str) -> datetime | None:
    """Parse an HTTP date (RFC 9110, 5.6.7) and return it in UTC, or None."""
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
