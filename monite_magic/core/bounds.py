"""How long a call may take, how often a read is repeated, how large an answer may be.

One record, `limits`, that a person can set in a notebook:

    from monite_magic import limits
    limits.limits.largest_answer = 2_000_000_000

It holds for this kernel.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Limits:
    """What a call may take.

    Attributes:
        timeout: Seconds to connect, and seconds of waiting for the whole of an answer.
        exchange_timeout: The same for a token exchange.
        largest_answer: The largest answer that is read, in bytes after decompression.
        most_retries: How often one read is repeated by itself.
        first_pause: Seconds before the first repetition, with jitter; each pause is twice the one before.
        most_waiting: Seconds that the pauses of one read may take in all, those of `Retry-After` included.
    """

    timeout: float = 60.0
    exchange_timeout: float = 30.0
    largest_answer: int = 256_000_000
    most_retries: int = 4
    first_pause: float = 0.5
    most_waiting: float = 30.0


limits = Limits()
