"""How requests travel: one httpx transport per environment, with the one policy of all calls.

    httpx.Client -> PolicyTransport -> a pool of connections, or the simulator

The simulator is reached in process; everything else over TLS with the certificates and the proxies of the
system.
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
    proxy = proxy_for(environment.base_url)
    # Plain http needs no certificates: a wrong variable must not keep the simulator on loopback away.
    is_plain = environment.base_url.startswith("http:") and (proxy is None or proxy.url.startswith("http:"))
    tls = None if is_plain else trusted()
    try:
        return PoolTransport(tls, proxy)
    except ImportError:
        hint = "A SOCKS proxy needs one package more: %pip install socksio."
    except (ValueError, httpx.InvalidURL):
        hint = "Write it as http://HOST:PORT, a password in it with %2F for a slash and %40 for an @."
    # What was raised is not told: it can hold a part of the proxy's password.
    named_by = proxy.named_by if proxy else "the system"
    raise NetworkError(f"The proxy that {named_by} names can't be used.", hint=hint)
