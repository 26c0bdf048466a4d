"""Limits for calls: timeouts, retries and the size of answers.

Change `limits` in a notebook:

    from monite_magic import limits
    limits.limits.largest_answer = 2_000_000_000

The change lasts for this kernel.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Limits:
    """Limits for calls.

    Attributes:
        timeout: Seconds to connect, and seconds to wait for the whole answer.
        exchange_timeout: The same for a token exchange.
        largest_answer: Maximum size of an answer, in bytes after decompression.
        max_retries: Maximum number of automatic retries of a read.
        first_pause: Seconds before the first retry, with jitter; each pause is twice the previous one.
        max_waiting: Maximum seconds for all pauses of one read, including `Retry-After`.
    """

    timeout: float = 60.0
    exchange_timeout: float = 30.0
    largest_answer: int = 256_000_000
    max_retries: int = 4
    first_pause: float = 0.5
    max_waiting: float = 30.0


limits = Limits()
