"""How requests travel: one httpx transport per environment.

The simulator is reached in process; everything else over TLS with the certificates and the proxies of the
system.
"""

from __future__ import annotations

import functools
import logging
import os
import ssl
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import certifi
import httpx

from monite_magic.masking import mask_text
from monite_magic.repeating import RepeatingTransport
from monite_magic.wire import BoundedResponse, BoundedTransport

if TYPE_CHECKING:
    from monite_magic.environments import Environment


def open_transport(environment: Environment) -> httpx.BaseTransport:
    """Return a new transport to `environment`.

    Args:
        environment: `local` runs the simulator in this process; any other is reached over the network,
            through the proxy that the system names for its host.
    """
    return RepeatingTransport(_ForkSafeTransport(environment))


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
        return BoundedResponse.of(inner.handle_request(request))

    def close(self) -> None:
        inner, self._inner = self._inner, None
        if inner is not None and self._pid == os.getpid():
            inner.close()


def _connect(environment: Environment) -> httpx.BaseTransport:
    if environment.simulated:
        from monite_magic import simulator
        from monite_magic.local_transport import LocalTransport

        return LocalTransport(simulator.default().wsgi)
    return BoundedTransport(verify=_tls(), proxy=_proxy_for(environment.base_url))


@functools.cache
def _tls() -> ssl.SSLContext:
    """Return what decides whom to trust: the certificates of `SSL_CERT_FILE`, else those of the system."""
    if os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR"):
        return httpx.create_ssl_context()
    import truststore

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if sys.platform == "linux" and not _openssl_finds_certificates():
        context.load_verify_locations(certifi.where())  # a slim container has none of its own
    return context


def _openssl_finds_certificates() -> bool:
    found = ssl.get_default_verify_paths()
    return bool(found.cafile or (found.capath and any(Path(found.capath).iterdir())))


def _proxy_for(url: str) -> str | None:
    # httpx reads the proxies of the system only for transports of its own making.
    parts = urlsplit(url)
    host = parts.hostname or ""
    if urllib.request.proxy_bypass(host):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")
