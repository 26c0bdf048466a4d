"""The rate limit of the API, and the throttle of the portal.

The rate limit counts requests per second for each client and sends the documented headers.

Facts: docs.monite.com, "Rate limiting" (30 per second for each client; Retry-After in seconds on 429; the
body is the gateway's). Sources disagree whether RateLimit-Reset is a time or a number of seconds. Here it
is the Unix time of the reset.
"""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING

from monite_magic.simulator.answers import Refusal
from monite_magic.simulator.registry import behaviour

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCUMENTED_LIMIT = 30

behaviour("rate limit", "30 requests per second for each client, if the limit is on.", "documented")
behaviour("rate limit", "RateLimit-Reset is the Unix time at which the window ends.", "unverified")


class Limiter:
    """Counts the requests of each client per second of real time."""

    def __init__(self, limit: int | None = None) -> None:
        self.limit = limit
        self._second = 0
        self._counts: dict[str, int] = {}

    def count(self, client: str) -> Mapping[str, str]:
        """Count one request.

        Returns:
            The headers for its answer.

        Raises:
            Refusal: 429 if the client has used up its requests for this second.
        """
        now = time.time()
        if int(now) != self._second:
            self._second, self._counts = int(now), {}
        used = self._counts[client] = self._counts.get(client, 0) + 1
        limit = self.limit or DOCUMENTED_LIMIT
        remaining = str(max(0, limit - used))
        headers = {
            "RateLimit-Limit": str(limit),
            "RateLimit-Remaining": remaining,
            "RateLimit-Reset": str(math.floor(now) + 1),
            "X-RateLimit-Limit-Second": str(limit),
            "X-RateLimit-Remaining-Second": remaining,
        }
        if self.limit is not None and used > self.limit:
            body = {"message": "API rate limit exceeded"}
            raise Refusal(429, body, {**headers, "Retry-After": "1"})
        return headers


class Throttle:
    """Limits the requests of each client per minute of real time."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._end = 0.0
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def count(self, client: str) -> None:
        """Count one request.

        Raises:
            Refusal: 429 if the client has used up its requests for this minute.
        """
        now = time.monotonic()
        with self._lock:
            if now >= self._end:
                self._end, self._counts = now + 60, {}
            used = self._counts[client] = self._counts.get(client, 0) + 1
        if used > self._limit:
            wait = str(math.ceil(self._end - now))
            raise Refusal(429, {"message": "Too many requests to the portal"}, {"Retry-After": wait})
