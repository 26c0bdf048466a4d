"""httpcore's connection pool as an httpx transport, with a timeout for the whole answer.

httpx restarts the read timeout with each piece of an answer, so a server that sends one byte per second could
block a call forever. Its transport doesn't accept the network backend that solves this.
"""

from __future__ import annotations

import contextlib
import importlib.util
import ssl
import time
from typing import TYPE_CHECKING, Any, Final

import httpcore
import httpx

from monite_magic.core.loopback import host_to_connect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monite_magic.api.system_network import Proxy

#: The sizes that httpx uses.
_SIZES: Final[dict[str, Any]] = {
    "max_connections": 100,
    "max_keepalive_connections": 20,
    "keepalive_expiry": 5.0,
}


class PoolTransport(httpx.BaseTransport):
    """Sends requests over pooled connections. The read timeout is for the whole answer.

    Args:
        tls: The trusted certificates; None for plain http.
        proxy: The proxy to use, or None.

    Raises:
        ImportError: The proxy needs the package `socksio`.
        ValueError: The proxy's URL is not supported.
        httpx.InvalidURL: The proxy's URL is malformed.
    """

    def __init__(self, tls: ssl.SSLContext | None, proxy: Proxy | None = None) -> None:
        self._proxy = proxy
        self._pool = _pool(tls, httpx.Proxy(proxy.url) if proxy else None)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request (httpx's hook)."""
        url = request.url
        sent = httpcore.Request(
            request.method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        try:
            with _httpx_errors():
                response = self._pool.handle_request(sent)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            if self._proxy is None or is_about_certificates(error):
                raise
            raise ProxyFailedError(str(error), self._proxy) from error
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(response),
            extensions=dict(response.extensions),
        )

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


class ProxyFailedError(httpx.ProxyError):
    """The proxy can't be reached, or refused to connect.

    Args:
        message: What went wrong.
        proxy: The proxy.
    """

    def __init__(self, message: str, proxy: Proxy) -> None:
        self.proxy = proxy
        super().__init__(message)


def is_about_certificates(error: BaseException) -> bool:
    """Whether an error comes from TLS."""
    return any(isinstance(cause, ssl.SSLError) for cause in causes_of(error))


def causes_of(error: BaseException) -> list[BaseException]:
    """Return an error and its causes, the root cause last."""
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found:
        found.append(current)
        current = current.__cause__ or current.__context__
    return found


def _pool(tls: ssl.SSLContext | None, proxy: httpx.Proxy | None) -> httpcore.ConnectionPool:
    options: dict[str, Any] = {"ssl_context": tls, "network_backend": _Backend(), **_SIZES}
    if proxy is None:
        return httpcore.ConnectionPool(**options)
    url = httpcore.URL(
        scheme=proxy.url.raw_scheme, host=proxy.url.raw_host, port=proxy.url.port, target=proxy.url.raw_path
    )
    if proxy.url.scheme in {"http", "https"}:
        over_tls = tls if proxy.url.scheme == "https" else None
        return httpcore.HTTPProxy(url, proxy.raw_auth, proxy_ssl_context=over_tls, **options)
    if importlib.util.find_spec("socksio") is None:
        raise ImportError("A SOCKS proxy needs socksio.")
    return httpcore.SOCKSProxy(url, proxy.raw_auth, **options)


class _Body(httpx.SyncByteStream):
    """A streamed body that raises httpx's errors."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        with _httpx_errors():
            yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


@contextlib.contextmanager
def _httpx_errors() -> Iterator[None]:
    """Convert httpcore's errors to httpx's errors of the same name."""
    try:
        yield
    except Exception as error:
        for kind in type(error).__mro__:
            if kind.__module__.startswith("httpcore") and hasattr(httpx, kind.__name__):
                raise getattr(httpx, kind.__name__)(str(error)) from error
        raise


class _Backend(httpcore.NetworkBackend):
    """httpcore's default backend with timed streams. Names of this machine are not looked up in DNS."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        host = host_to_connect(host)
        return _TimedStream(self._inner.connect_tcp(host, port, timeout, local_address, socket_options))


class _TimedStream(httpcore.NetworkStream):
    """A connection whose read timeout limits the total time of waiting for one answer.

    The time between two reads doesn't count.
    """

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        self._waited = 0.0

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._waited = 0.0  # a new request starts
        self._inner.write(buffer, timeout)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if timeout is None:
            return self._inner.read(max_bytes)
        if self._waited >= timeout:
            raise httpcore.ReadTimeout("the whole answer took too long")
        started = time.monotonic()
        try:
            return self._inner.read(max_bytes, timeout - self._waited)
        finally:
            self._waited += time.monotonic() - started

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _TimedStream(self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
