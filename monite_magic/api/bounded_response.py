"""Responses that are limited in size and complete, or raise an error.

httpx decompresses without a limit, so a small answer can fill the memory. It also accepts truncated gzip.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import httpx

from monite_magic.core import limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class AnswerTooLargeError(httpx.DecodingError):
    """The answer is larger than `limits.largest_answer`."""


class BoundedResponse(httpx.Response):
    """A response that raises if it is larger than `limits.largest_answer`, or truncated."""

    @classmethod
    def of(cls, response: httpx.Response, request: httpx.Request) -> BoundedResponse:
        """Wrap the response of a transport."""
        return cls(
            response.status_code,
            headers=response.headers,
            stream=response.stream,
            request=request,
            extensions=response.extensions,
        )

    def iter_bytes(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """Yield the decompressed answer in pieces (httpx's hook; `read` uses it).

        Raises:
            AnswerTooLargeError: The answer is too large.
            httpx.RemoteProtocolError: A compressed answer is truncated.
        """
        is_gzip = self.headers.get("content-encoding", "").strip().lower() == "gzip"
        if is_gzip and not self.is_stream_consumed:
            pieces: Iterable[bytes] = _cut(_unpacked(self.iter_raw(), self.request), chunk_size)
        else:
            pieces = super().iter_bytes(chunk_size)
        size = 0
        for piece in pieces:
            size += len(piece)
            if size > limits.largest_answer:
                self.close()
                raise AnswerTooLargeError(
                    f"larger than {limits.largest_answer:,} bytes", request=self.request
                )
            yield piece


def _unpacked(pieces: Iterable[bytes], request: httpx.Request) -> Iterator[bytes]:
    """Decompress gzip with all its members. httpx ignores further members and a missing end."""
    member = _new_member()
    started = False  # an answer without a body is complete
    for piece in pieces:
        packed = piece
        while packed:
            if member.eof:
                member = _new_member()
            started = True
            try:
                yield member.decompress(packed)
            except zlib.error as error:
                raise httpx.DecodingError(str(error), request=request) from error
            packed = member.unused_data
    if started and not member.eof:
        raise httpx.RemoteProtocolError("the end of the compressed answer is missing", request=request)


def _new_member() -> Any:
    return zlib.decompressobj(zlib.MAX_WBITS | 16)


def _cut(pieces: Iterable[bytes], size: int | None) -> Iterator[bytes]:
    """Yield pieces of `size` bytes, the last one shorter; unchanged if `size` is None."""
    if size is None:
        yield from pieces
        return
    kept = b""
    for piece in pieces:
        kept += piece
        while len(kept) >= size:
            yield kept[:size]
            kept = kept[size:]
    if kept:
        yield kept
