"""Limit the call rate of all workers: space calls evenly, and learn the limit from answers.

Sources: 30 calls per second for each set of credentials unless agreed otherwise; answers carry
`RateLimit-Limit` and `X-RateLimit-Limit-Second`, and 429 carries `Retry-After` in seconds
(docs.monite.com, "Rate limiting").
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from monite_magic.api.retry import retry_after

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_RATE: Final = 30.0
#: The used share of the limit, because evenly sent calls don't arrive quite evenly.
_SHARE: Final = 0.97
_MAX_PAUSE: Final = 60.0


class RateLimiter:
    """Spaces calls evenly.

    Args:
        rate: Calls per second. By default, it is learned from answers.
    """

    def __init__(self, rate: float | None = None) -> None:
        self._fixed = rate is not None
        self._interval = 1 / ((rate or DEFAULT_RATE) * _SHARE)
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self, stop: threading.Event) -> bool:
        """Wait until the next call is allowed. Return False if `stop` was set."""
        with self._lock:
            start = max(time.monotonic(), self._next)
            self._next = start + self._interval
        return not stop.wait(max(0.0, start - time.monotonic()))

    def learn(self, status: int, headers: Mapping[str, str]) -> None:
        """Learn the limit, and the pause after a 429, from an answer."""
        stated = headers.get("x-ratelimit-limit-second") or headers.get("ratelimit-limit") or ""
        with self._lock:
            if not self._fixed and stated.isdecimal() and 0 < int(stated) <= 10_000:
                self._interval = 1 / (int(stated) * _SHARE)
            if status == 429:
                pause = retry_after(headers) or 1.0
                self._next = max(self._next, time.monotonic() + min(pause, _MAX_PAUSE))
