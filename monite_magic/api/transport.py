"""Send requests: one httpx transport per environment, with the same policy for all calls.

    httpx.Client -> PolicyTransport -> a connection pool, or the simulator

Calls to the simulator stay in this process. All others use TLS with the system's certificates and proxies.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from typing import TYPE_CHECKING, Final

import httpx

from monite_magic.api.bounded_response import BoundedResponse
from monite_magic.api.pool import PoolTransport
from monite_magic.api.retry import RETRIED_ERRORS, RETRIES, RetryPolicy
from monite_magic.api.system_network import proxy_for, trusted
from monite_magic.core.clean_text import one_line
from monite_magic.core.errors import NetworkError
from monite_magic.core.masking import MASK, is_secret_header, mask_text, mask_url

if TYPE_CHECKING:
    from monite_magic.core import Environment


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

    It connects on first use. Processes can't share TLS connections, so each process has its own.
    """

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._inner: httpx.BaseTransport | None = None
        self._pid = 0
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
            if self._inner is None or self._pid != os.getpid():
                self._inner = _connect(self._environment)
                self._pid = os.getpid()
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
