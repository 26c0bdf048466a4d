"""Send requests: one httpx transport per environment, with the same policy for all calls.

    httpx.Client -> PolicyTransport -> a connection pool, or the simulator

Calls to the simulator stay in this process. All others use TLS with the system's certificates and proxies.

Answers are limited in size, and must be complete: httpx decompresses without a limit, so that a small answer
can fill the memory, and accepts truncated gzip.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import time
import zlib
from typing import TYPE_CHECKING, Any, Final

import httpx

from monite_magic._version import __version__
from monite_magic.api.pool import PoolTransport
from monite_magic.api.retry import RETRIED_ERRORS, RETRIES, RetryPolicy
from monite_magic.api.system_network import network_variables, proxy_for, trusted
from monite_magic.core.bounds import limits
from monite_magic.core.clean_text import one_line
from monite_magic.core.errors import NetworkError
from monite_magic.core.masking import MASK, is_secret_header, mask_text, mask_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monite_magic.core import Environment


#: The headers of every request, including token exchanges and shared clients.
HEADERS: Final = {
    "Accept": "*/*",
    "Accept-Encoding": "gzip",  # truncated deflate would go unnoticed
    "Connection": "keep-alive",
    "User-Agent": f"monite-magic/{__version__}",
}


def open_transport(environment: Environment) -> httpx.BaseTransport:
    """Return a new transport to `environment`.

    Args:
        environment: `local` runs the simulator in this process. Others use the network, with the system's
            proxy for the host.
    """
    return PolicyTransport(environment)


# A header as httpcore logs it: (b'Set-Cookie', b'session=1').
_HEADER: Final = re.compile(r"""\(b'([\w-]+)', b(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\)""")


def _mask_record(record: logging.LogRecord) -> bool:
    """Mask secrets and control characters in the logs of httpx and httpcore."""
    text = one_line(_HEADER.sub(_masked_header, mask_url(mask_text(record.getMessage()))))
    record.msg, record.args = text, None
    return True


def _masked_header(header: re.Match[str]) -> str:
    return f"(b'{header[1]}', {MASK})" if is_secret_header(header[1]) else header[0]


# List each logger, since a filter doesn't apply to child loggers.
for _name in (
    "httpx",
    *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")),
):
    logging.getLogger(_name).addFilter(_mask_record)


class PolicyTransport(httpx.BaseTransport):
    """Retries reads, limits the size of answers, and reconnects after a fork.

    It connects on first use, and again after a variable for certificates or proxies has changed: a person who
    corrects one in the notebook needn't restart the kernel. Processes can't share TLS connections, so each
    process has its own.
    """

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._inner: httpx.BaseTransport | None = None
        self._pid = 0
        self._variables: tuple[str | None, ...] = ()
        self._locks: dict[int, threading.Lock] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and retry a read according to its `RetryPolicy` (httpx's hook)."""
        policy = RetryPolicy.of(request)
        retries, waited = 0, 0.0
        while True:
            try:
                response = BoundedResponse.of(self._connected().handle_request(request), request)
            except RETRIED_ERRORS:
                pause = policy.pause(retries, waited)
                if pause is None:
                    raise
            else:
                response.extensions[RETRIES] = retries
                if response.status_code not in policy.statuses:
                    return response
                try:
                    response.read()  # so that the connection can be reused
                finally:
                    response.close()
                pause = policy.pause(retries, waited, response.headers)
                if pause is None:
                    return response
            time.sleep(pause)
            retries, waited = retries + 1, waited + pause

    def _connected(self) -> httpx.BaseTransport:
        with self._lock():
            variables = () if self._environment.in_process else network_variables()
            if self._inner is None or self._pid != os.getpid() or self._variables != variables:
                self._inner = _connect(self._environment)
                self._pid, self._variables = os.getpid(), variables
            return self._inner

    def _lock(self) -> threading.Lock:
        # One lock per process, since a thread may hold the parent's lock during the fork.
        return self._locks.setdefault(os.getpid(), threading.Lock())

    def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        with self._lock():
            inner, self._inner = self._inner, None
        if inner is not None and self._pid == os.getpid():
            inner.close()


def _connect(environment: Environment) -> httpx.BaseTransport:
    if environment.in_process:
        from monite_magic import simulator
        from monite_magic.api.local_transport import LocalTransport

        return LocalTransport(simulator.default().wsgi)
    proxy = proxy_for(environment.base_url)
    # Plain http needs no certificates, so a wrong variable must not block a local simulator.
    is_plain = environment.base_url.startswith("http:") and (proxy is None or proxy.url.startswith("http:"))
    tls = None if is_plain else trusted()
    try:
        return PoolTransport(tls, proxy)
    except ImportError:
        hint = "SOCKS proxies need another package: run %pip install socksio."
    except (ValueError, httpx.InvalidURL):
        hint = "Write it as http://HOST:PORT. In a password, write %2F for a slash and %40 for an @."
    # Leave out the original error, which may contain part of the proxy's password.
    named_by = proxy.named_by if proxy else "the system"
    raise NetworkError(f"The proxy from {named_by} can't be used.", hint=hint)


# -- answers that are limited in size and complete ----------------------------------------------------------


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

    def close(self) -> None:
        """Close the response, so that its memory is freed without the garbage collector (httpx's hook).

        httpx's stream refers back to its response.
        """
        super().close()
        self.stream = httpx.ByteStream(b"")


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
