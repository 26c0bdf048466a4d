"""How requests travel: one httpx transport per environment.

The simulator is reached in process; everything else over TLS with the proxies of the system. Reads are
repeated on passing trouble, writes never are: this API knows no idempotency keys.
"""

from __future__ import annotations

import functools
import logging
import os
import urllib.request
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httpx
from httpx_retries import Retry, RetryTransport

from monite_magic.masking import mask_text

if TYPE_CHECKING:
    import ssl

    from monite_magic.environments import Environment

#: Methods that are repeated by themselves, and the answers after which they are.
REPEATED_METHODS: Final = ("GET", "HEAD")
REPEATED_STATUSES: Final = (429, 500, 502, 503, 504)

#: At most this many repetitions, and seconds of waiting in all, for one read.
MOST_RETRIES: Final = 4
MOST_WAITING: Final = 30.0


def reading_retry() -> Retry:
    """Return the policy for reads: `Retry-After` is honoured, else growing pauses with jitter (seconds).

    A read that ran out of time is not repeated: a timeout says how long a person will wait.
    """
    return Retry(
        total=MOST_RETRIES,
        allowed_methods=REPEATED_METHODS,
        status_forcelist=REPEATED_STATUSES,
        retry_on_exceptions=(httpx.NetworkError, httpx.RemoteProtocolError),
        backoff_factor=0.25,
        backoff_jitter=0.5,
        max_backoff_wait=MOST_WAITING,
        total_timeout=MOST_WAITING,
    )


def open_transport(environment: Environment) -> httpx.BaseTransport:
    """Return a new transport to `environment`.

    Args:
        environment: `local` runs the simulator in this process; any other is reached over the network,
            through the proxy that the system names for its host.
    """
    return RetryTransport(transport=_ForkSafeTransport(environment), retry=reading_retry())


def _mask_record(record: logging.LogRecord) -> bool:
    """Hide secrets in what httpx and httpcore log: the headers of an answer can echo the token."""
    record.msg, record.args = mask_text(record.getMessage()), None
    return True


# All their loggers by name: a filter acts on its own logger alone, not on those below it.
for _name in (
    *("httpx", "httpx_retries.retry", "httpx_retries.transport"),
    *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")),
):
    logging.getLogger(_name).addFilter(_mask_record)


class _ForkSafeTransport(httpx.BaseTransport):
    """Connects when first used, and anew in a forked child: two processes can't share a TLS connection."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._inner: httpx.BaseTransport | None = None
        self._pid = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        inner = self._inner
        if inner is None or self._pid != os.getpid():
            inner = self._inner = _connect(self._environment)
            self._pid = os.getpid()
        return inner.handle_request(request)

    def close(self) -> None:
        inner, self._inner = self._inner, None
        if inner is not None and self._pid == os.getpid():
            inner.close()


def _connect(environment: Environment) -> httpx.BaseTransport:
    if environment.simulated:
        from monite_magic import simulator
        from monite_magic.local_transport import LocalTransport

        return LocalTransport(simulator.default().wsgi)
    return httpx.HTTPTransport(verify=_tls(), proxy=_proxy_for(environment.base_url))


@functools.cache
def _tls() -> ssl.SSLContext:
    # Made once: reading the certificates takes some 20 ms.
    return httpx.create_ssl_context()


def _proxy_for(url: str) -> str | None:
    # httpx reads the proxies of the system only for transports of its own making.
    parts = urlsplit(url)
    host = parts.hostname or ""
    if urllib.request.proxy_bypass(host):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")
