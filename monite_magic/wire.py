"""What bounds an answer as it comes in: its size after decompression, and the time that it is waited for.

httpx and httpcore count a timeout anew with each piece of an answer, so that one byte a second keeps a call
for ever; and they unpack whatever comes, so that a megabyte can fill the memory.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

from monite_magic.limits import limits

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator


class AnswerTooLargeError(httpx.DecodingError):
    """The answer is larger than `limits.largest_answer`; reading it was given up."""


class BoundedResponse(httpx.Response):
    """An answer that is given up when it turns out to be larger than `limits.largest_answer`."""

    @classmethod
    def of(cls, response: httpx.Response) -> BoundedResponse:
        """Return the answer of a transport, bounded."""
        return cls(
            response.status_code,
            headers=response.headers,
            stream=response.stream,
            extensions=response.extensions,
        )

    def iter_bytes(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """Yield the answer in pieces, decompressed (httpx's hook; `read` goes through it).

        Raises:
            AnswerTooLargeError: It is too large.
        """
        size = 0
        for chunk in super().iter_bytes(chunk_size):
            size += len(chunk)
            if size > limits.largest_answer:
                self.close()
                raise AnswerTooLargeError(
                    f"larger than {limits.largest_answer:,} bytes", request=self.request
                )
            yield chunk


class BoundedTransport(httpx.HTTPTransport):
    """httpx's own transport, whose read timeout holds for the whole of an answer.

    Args:
        verify: Which certificates to trust.
        proxy: The proxy's URL, or None.
    """

    def __init__(self, verify: ssl.SSLContext, proxy: str | None) -> None:
        super().__init__(verify=verify, proxy=proxy)
        # httpcore takes a network backend; httpx hands none on.
        self._pool._network_backend = _Backend()  # noqa: SLF001


class _Backend(httpcore.NetworkBackend):
    """Opens connections as httpcore does; httpcore chooses by itself which of its own it needs."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(self, *args: Any, **options: Any) -> httpcore.NetworkStream:
        return _Stream(self._inner.connect_tcp(*args, **options))


class _Stream(httpcore.NetworkStream):
    """A connection on which all the waiting for one answer together may take the read timeout.

    The time between two reads is the caller's own and is not counted.
    """

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        self._waited = 0.0

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._waited = 0.0  # a request goes out
        self._inner.write(buffer, timeout)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if timeout is None:
            return self._inner.read(max_bytes)
        if self._waited >= timeout:
            raise httpcore.ReadTimeout("the whole of the answer took too long")
        started = time.monotonic()
        try:
            return self._inner.read(max_bytes, timeout - self._waited)
        finally:
            self._waited += time.monotonic() - started

    def close(self) -> None:
        self._inner.close()

    def start_tls(self, *args: Any, **options: Any) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(*args, **options))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
