"""How requests travel: one httpx transport per environment, with the one policy of all calls.

    httpx.Client -> PolicyTransport -> a pool of connections, or the simulator

The simulator is reached in process; everything else over TLS with the certificates and the proxies of the
system.
"""

from __future__ import annotations

import functools
import logging
import os
import re
import ssl
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import certifi
import httpx

from monite_magic.api.bounded_response import BoundedResponse
from monite_magic.api.pool import PoolTransport
from monite_magic.api.retry import RETRIED_ERRORS, RETRIES, RetryPolicy
from monite_magic.core.clean_text import one_line
from monite_magic.core.errors import NetworkError
from monite_magic.core.masking import MASK, is_secret_header, mask_text, mask_url

if TYPE_CHECKING:
    from monite_magic.core import Environment


def open_transport(environment: Environment) -> httpx.BaseTransport:
    """Return a new transport to `environment`.

    Args:
        environment: `local` runs the simulator in this process; any other is reached over the network,
            through the proxy that the system names for its host.
    """
    return PolicyTransport(environment)


# A header as httpcore logs it: (b'Set-Cookie', b'session=1').
_HEADER: Final = re.compile(r"""\(b'([\w-]+)', b(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\)""")


def _mask_record(record: logging.LogRecord) -> bool:
    """Hide secrets and control characters in what httpx and httpcore log: all headers of an answer."""
    text = one_line(_HEADER.sub(_masked_header, mask_url(mask_text(record.getMessage()))))
    record.msg, record.args = text, None
    return True


def _masked_header(header: re.Match[str]) -> str:
    return f"(b'{header[1]}', {MASK})" if is_secret_header(header[1]) else header[0]


# All their loggers by name: a filter acts on its own logger alone, not on those below it.
for _name in (
    "httpx",
    *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")),
):
    logging.getLogger(_name).addFilter(_mask_record)


class PolicyTransport(httpx.BaseTransport):
    """Sends reads again when trouble passes, bounds answers, and connects anew in a forked child.

    It connects when first used. Two processes can't share a TLS connection, so that each has its own.
    """

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._inner: httpx.BaseTransport | None = None
        self._pid = 0
        self._locks: dict[int, threading.Lock] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and a read again as its `RetryPolicy` says (httpx's hook)."""
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
                    response.read()  # so that its connection can be used again
                finally:
                    response.close()
                pause = policy.pause(retries, waited, response.headers)
                if pause is None:
                    return response
            time.sleep(pause)
            retries, waited = retries + 1, waited + pause

    def _connected(self) -> httpx.BaseTransport:
        with self._lock():
            if self._inner is None or self._pid != os.getpid():
                self._inner = _connect(self._environment)
                self._pid = os.getpid()
            return self._inner

    def _lock(self) -> threading.Lock:
        # One for each process: a thread of the parent may have held the parent's when it forked.
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
    tls, (variable, proxy) = _tls(), _proxy_for(environment.base_url)
    try:
        return PoolTransport(tls, proxy)
    except ImportError:
        hint = "A SOCKS proxy needs one package more: %pip install socksio."
    except (ValueError, httpx.InvalidURL):
        hint = "Write it as http://HOST:PORT, a password in it with %2F for a slash and %40 for an @."
    # What was raised is not told: it can hold a part of the proxy's password.
    raise NetworkError(f"The proxy that {variable} names can't be used.", hint=hint)


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


def _proxy_for(base_url: str) -> tuple[str, str | None]:
    """Return who names the proxy, a variable or the system, and the proxy's URL; None if there is none."""
    # httpx reads the proxies of the system only for transports of its own making.
    parts = urlsplit(base_url)
    proxies = {} if urllib.request.proxy_bypass(parts.hostname or "") else urllib.request.getproxies()
    for scheme in (parts.scheme, "all"):
        if proxy := proxies.get(scheme, "").strip():
            variable = f"{scheme}_proxy"
            is_set = variable in os.environ or variable.upper() in os.environ
            url = proxy if "://" in proxy else f"http://{proxy}"
            return (variable.upper() if is_set else "the system"), url
    return "", None
