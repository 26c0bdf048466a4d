"""When a read is sent again, and after what pause. The one place that reads `Retry-After`.

Writes are never sent again: this API has no idempotency keys, so a second one may be carried out twice.
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

#: Answers after which a read is sent again: the server is busy or failing, and may recover.
RETRIED_STATUSES: Final = frozenset({429, 500, 502, 503, 504})
#: Errors after which a read is sent again. A read that ran out of time is not: it would only take longer.
RETRIED_ERRORS: Final = (httpx.NetworkError, httpx.RemoteProtocolError)
#: Key in a response's `extensions`: how many times the read was sent again before this answer came.
RETRIES: Final = "monite_magic.retries"
#: Key in a request's `extensions`: the `RetryPolicy` of this call.
POLICY: Final = "monite_magic.retry_policy"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often one read is sent again, and for how long its pauses may take.

    Attributes:
        most_retries: How often it is sent again; 0 for never.
        most_waiting: Seconds that all pauses together may take.
        first_pause: Seconds of the first pause when the server names none; it doubles each time.
        statuses: The answers after which it is sent again.
    """

    most_retries: int
    most_waiting: float
    first_pause: float = 0.5
    statuses: frozenset[int] = RETRIED_STATUSES

    @classmethod
    def of(cls, request: httpx.Request) -> RetryPolicy:
        """Return the policy of a request: its own, or that of `limits`. A write is never sent again.

        The pauses also take no longer than the request's own timeout.
        """
        if request.method not in READING_METHODS:
            return NEVER
        own: RetryPolicy | None = request.extensions.get(POLICY)
        if own is not None:
            return own
        timeout = request.extensions.get("timeout", {}).get("read")
        waiting = limits.most_waiting if timeout is None else min(timeout, limits.most_waiting)
        return cls(limits.most_retries, waiting, limits.first_pause)

    def pause(self, retries: int, waited: float, headers: Mapping[str, str] | None = None) -> float | None:
        """Return the seconds to pause before the next attempt, or None to give up.

        If the server asks for more than is left, this gives up: it would only refuse an earlier attempt.

        Args:
            retries: How often it was sent again so far.
            waited: Seconds of all pauses so far.
            headers: The headers of the answer, or None if none came.
        """
        left = self.most_waiting - waited
        asked = retry_after(headers) if headers is not None else 0.0
        if retries >= self.most_retries or left <= 0 or asked > left:
            return None
        # Up to half of a pause is left off at random, so that clients that failed together return one by one.
        growing = self.first_pause * 2**retries * random.uniform(0.5, 1)  # noqa: S311
        return asked or min(growing, left)


#: The policy of writes, and of calls whose caller decides for itself.
NEVER: Final = RetryPolicy(most_retries=0, most_waiting=0.0, statuses=frozenset())


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
    """Return the moment in UTC that a header names (RFC 9110, 5.6.7), or None if it is not a date."""
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
