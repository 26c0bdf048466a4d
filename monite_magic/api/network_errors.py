"""Explain why no answer came."""

from __future__ import annotations

import os
import socket
from urllib.parse import urlsplit

import httpx

from monite_magic.api.pool import ProxyFailedError, causes_of, is_about_certificates
from monite_magic.api.transport import AnswerTooLargeError
from monite_magic.core import NetworkError
from monite_magic.core.methods import READING_METHODS


def explain(error: httpx.HTTPError | httpx.InvalidURL, method: str, url: str) -> NetworkError:
    """Return the error for a request that got no answer."""
    host = urlsplit(url).netloc or url
    message, hint, sent = _describe(error, host)
    maybe_done = sent and method.upper() not in READING_METHODS
    if maybe_done:
        hint = f"The {method} may have taken effect. Check before you send it again."
    return NetworkError(message, hint=hint, maybe_done=maybe_done)


def _describe(error: Exception, host: str) -> tuple[str, str, bool]:
    """Return message, hint, and whether the request may have reached the server."""
    if isinstance(error, ProxyFailedError):
        return (*_describe_proxy(error, host), False)
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return f"Connecting to {host} timed out.", "Check the network, the proxy and the base URL.", False
    if isinstance(error, httpx.TooManyRedirects):
        return f"Too many redirects at {host}.", "Check the base URL.", False
    if isinstance(error, httpx.TimeoutException):
        return (
            f"{host} did not answer in time.",
            "Try again, or raise the limit with --timeout SECONDS.",
            True,
        )
    if isinstance(error, httpx.ConnectError):
        return (*_describe_connect(error, host), False)
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return f"The request to {host} can't be sent: {error}.", "Check the path, query and headers.", False
    if isinstance(error, AnswerTooLargeError):
        hint = "Request less data, or raise largest_answer: from monite_magic import limits."
        return f"The answer from {host} is {error}.", hint, True
    if isinstance(error, httpx.DecodingError):
        return f"The answer from {host} can't be decompressed.", "Try again.", True
    return f"The connection to {host} broke before the answer was complete.", "Try again.", True


def _describe_proxy(error: ProxyFailedError, host: str) -> tuple[str, str]:
    proxy = error.proxy
    hint = f"Correct {proxy.named_by}, or list the host in NO_PROXY."
    cause = error.__cause__
    if isinstance(cause, httpx.ProxyError):
        return f"The proxy {proxy.address} ({proxy.named_by}) refused to connect to {host}: {error}.", hint
    reason = "did not answer in time" if isinstance(cause, httpx.ConnectTimeout) else "can't be reached"
    return f"The proxy {proxy.address} ({proxy.named_by}) {reason}, so nothing was sent to {host}.", hint


def _describe_connect(error: httpx.ConnectError, host: str) -> tuple[str, str]:
    if any(isinstance(cause, socket.gaierror) for cause in causes_of(error)):
        return f"Unknown host: {host}.", "Check the base URL and the network."
    if is_about_certificates(error):
        return f"The certificate of {host} can't be verified.", _certificate_hint()
    return (
        f"{host} can't be reached: the connection was refused.",
        "Check that the server is running, and the host and port.",
    )


def _certificate_hint() -> str:
    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if value := os.environ.get(variable):
            return (
                f"{variable} is set, so only the certificates in {value} are trusted. Correct or remove it."
            )
    return "If a company proxy inspects traffic, set SSL_CERT_FILE to its certificate."
