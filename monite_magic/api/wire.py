"""What bounds an answer as it comes in: its size after decompression, and the time that it is waited for.

httpx and httpcore count a timeout anew with each piece of an answer, so that one byte a second keeps a call
for ever; and they unpack whatever comes, so that a megabyte can fill the memory.
"""

from __future__ import annotations

import time
import zlib
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

from monite_magic.core import limits

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
        bounded = cls(
            response.status_code,
            headers=response.headers,
            stream=response.stream,
            extensions=response.extensions,
        )
        if response.headers.get("content-encoding", "").strip().lower() == "gzip":
            bounded._decoder = _WholeGzip()  # type: ignore[assignment] # httpx exports no class for it
        return bounded

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


class _WholeGzip:
    """Unpacks gzip to its end, of all its members; httpx passes over a missing end and further members."""

    def __init__(self) -> None:
        self._member = _new_member()
        self._started = False  # an answer without a body is whole, too

    def decode(self, data: bytes) -> bytes:
        """Return what a piece of the answer unpacks to (httpx's hook)."""
        unpacked = []
        while data:
            if self._member.eof:
                self._member = _new_member()
            self._started = True
            try:
                unpacked.append(self._member.decompress(data))
            except zlib.error as error:
                raise httpx.DecodingError(str(error)) from error
            data = self._member.unused_data
        return b"".join(unpacked)

    def flush(self) -> bytes:
        """Return nothing more; the answer has ended (httpx's hook)."""
        if self._started and not self._member.eof:
            raise httpx.RemoteProtocolError("the end of the compressed answer is missing")
        return b""


def _new_member() -> Any:
    return zlib.decompressobj(zlib.MAX_WBITS | 16)


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
