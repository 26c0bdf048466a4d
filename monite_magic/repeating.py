"""Reads are repeated on passing trouble, as long as a person will wait; writes never are.

This API knows no idempotency keys, so a write that is sent again may be carried out twice.
"""

from __future__ import annotations

from typing import Final

import httpx
from httpx_retries import Retry, RetryTransport

from monite_magic.limits import limits

#: Methods that are repeated by themselves, and the answers after which they are.
REPEATED_METHODS: Final = ("GET", "HEAD")
REPEATED_STATUSES: Final = (429, 500, 502, 503, 504)


def reading_retry() -> Retry:
    """Return the policy for reads: `Retry-After` is honoured, else growing pauses with jitter.

    A read that ran out of time is not repeated: a timeout says how long a person will wait.
    """
    return Retry(
        total=limits.most_retries,
        allowed_methods=REPEATED_METHODS,
        status_forcelist=REPEATED_STATUSES,
        retry_on_exceptions=(httpx.NetworkError, httpx.RemoteProtocolError),
        backoff_factor=limits.first_pause / 2,  # it is doubled before it is used
        backoff_jitter=0.5,
        max_backoff_wait=limits.most_waiting,
        total_timeout=limits.most_waiting,
    )


class RepeatingTransport(RetryTransport):
    """Repeats reads as `reading_retry` says, with no longer pauses than the timeout of the request.

    An answer whose `Retry-After` is longer than that is returned at once: to come back sooner than the server
    asks would be in vain, and rude.

    Args:
        transport: How each attempt travels.
    """

    def __init__(self, transport: httpx.BaseTransport) -> None:
        super().__init__(transport=_Watched(transport), retry=reading_retry())

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and a read again if need be (httpx's hook)."""
        timeout = _timeout_of(request)
        if timeout < limits.most_waiting:
            request.extensions["retry"] = self.retry.copy_with(total_timeout=timeout)
        try:
            return super().handle_request(request)
        except _PutOff as put_off:
            return put_off.response


class _PutOff(Exception):  # noqa: N818 - it is an answer, which goes round the repetition
    """The server answered that it will take the request no sooner than anybody waits."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__()
        self.response = response


class _Watched(httpx.BaseTransport):
    """Looks at each answer before it is thought of repeating the request."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        if response.status_code in REPEATED_STATUSES:
            patience = min(limits.most_waiting, _timeout_of(request))
            if pause_asked_for(response.headers.get("retry-after", "")) > patience:
                raise _PutOff(response)
        return response

    def close(self) -> None:
        self._inner.close()


def pause_asked_for(retry_after: str) -> float:
    """Return the seconds that a `Retry-After` asks for, a number or a date (RFC 9110, 10.2.3); 0 if none."""
    try:
        return Retry().parse_retry_after(retry_after)
    except (ValueError, OverflowError):
        return 0.0


def _timeout_of(request: httpx.Request) -> float:
    timeout = request.extensions.get("timeout", {}).get("read")
    return limits.most_waiting if timeout is None else float(timeout)
