"""Reads are repeated on passing trouble, as long as a person will wait; writes never are.

This API knows no idempotency keys, so a write that is sent again may be carried out twice.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx
from httpx_retries import Retry, RetryTransport

from monite_magic.core import limits

#: Methods that change nothing, and so are repeated by themselves; and the answers after which they are.
READING_METHODS: Final = frozenset({"GET", "HEAD"})
REPEATED_STATUSES: Final = (429, 500, 502, 503, 504)


class RepeatingTransport(RetryTransport):
    """Repeats reads: `Retry-After` is honoured, else pauses grow, with jitter.

    All pauses together take no longer than the timeout of the request, and than `limits.most_waiting`. An
    answer that asks for a longer one is returned at once: to come back sooner would be in vain, and rude. A
    read that ran out of time is not repeated.

    Args:
        transport: How each attempt travels.
    """

    def __init__(self, transport: httpx.BaseTransport) -> None:
        super().__init__(transport=_Prepared(transport), retry=_reading_retry())

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and a read again if need be (httpx's hook)."""
        timeout = request.extensions.get("timeout", {}).get("read")
        if timeout is not None and timeout < limits.most_waiting:
            request.extensions["retry"] = self.retry.copy_with(total_timeout=timeout)
        try:
            return super().handle_request(request)
        except _PutOff as put_off:
            return put_off.response


class _PutOff(Exception):  # noqa: N818 - it is an answer, which goes round the repetition
    """The server will take the request no sooner than anybody waits."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__()
        self.response = response


class _Patience(Retry):
    """httpx-retries' policy, which gives up instead of coming back sooner than it was asked to."""

    def sleep(self, response: httpx.Response | Exception) -> None:
        """Wait before the next attempt (the hook of httpx-retries)."""
        left = limits.most_waiting if self.total_timeout is None else self.total_timeout - self.elapsed_sleep
        if isinstance(response, httpx.Response) and _pause_asked_for(response) > left:
            # This attempt, which is counted already, will not be made.
            response.extensions["retry"] = self.copy_with(attempts_made=self.attempts_made - 1)
            raise _PutOff(response)
        super().sleep(response)


def _reading_retry() -> Retry:
    return _Patience(
        total=limits.most_retries,
        allowed_methods=READING_METHODS,
        status_forcelist=REPEATED_STATUSES,
        retry_on_exceptions=(httpx.NetworkError, httpx.RemoteProtocolError),
        backoff_factor=limits.first_pause / 2,  # it is doubled before it is used
        backoff_jitter=0.5,
        max_backoff_wait=limits.most_waiting,
        total_timeout=limits.most_waiting,
    )


class _Prepared(httpx.BaseTransport):
    """Makes an answer that may be repeated ready for that: read to its end, its pause in seconds."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        if request.method in READING_METHODS and response.status_code in REPEATED_STATUSES:
            response.request = request
            response.read()
            if "retry-after" in response.headers:
                response.headers["retry-after"] = _in_seconds(response.headers)
        return response

    def close(self) -> None:
        self._inner.close()


def _in_seconds(headers: httpx.Headers) -> str:
    """Return a `Retry-After` in seconds if it is a date (RFC 9110, 10.2.3), by the server's own clock."""
    until = http_date(headers["retry-after"])
    if until is None:
        return headers["retry-after"]
    now = http_date(headers.get("date", "")) or datetime.now(UTC)
    return str(max(0, round((until - now).total_seconds())))


def http_date(text: str) -> datetime | None:
    """Return the moment in UTC that a header names (RFC 9110, 5.6.7), or None if it is no date."""
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _pause_asked_for(response: httpx.Response) -> float:
    text = response.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else 0.0
