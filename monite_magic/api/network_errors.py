"""What it means, in words, when no answer comes."""

from __future__ import annotations

import socket
import ssl
from urllib.parse import urlsplit

import httpx

from monite_magic.api.bounded_response import AnswerTooLargeError
from monite_magic.core import NetworkError
from monite_magic.core.methods import READING_METHODS


def explain(error: httpx.HTTPError | httpx.InvalidURL, method: str, url: str) -> NetworkError:
    """Return the error to show for a request that failed without an answer."""
    host = urlsplit(url).netloc or url
    message, hint, sent = _describe(error, host)
    maybe_done = sent and method.upper() not in READING_METHODS
    if maybe_done:
        hint = f"The {method} may have been carried out: look before you send it again."
    return NetworkError(message, hint=hint, maybe_done=maybe_done)


def _describe(error: Exception, host: str) -> tuple[str, str, bool]:
    """Return message, hint, and whether the request may have reached the server."""
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return f"No connection to {host} in time.", "Check the network, a proxy or the base URL.", False
    if isinstance(error, httpx.TooManyRedirects):
        return f"{host} sends the request round in circles.", "Check the base URL.", False
    if isinstance(error, httpx.TimeoutException):
        return f"{host} did not answer in time.", "Try again, or allow more with --timeout SECONDS.", True
    if isinstance(error, httpx.ProxyError):
        return f"The proxy refused the connection to {host}.", "Check HTTPS_PROXY and NO_PROXY.", False
    if isinstance(error, httpx.ConnectError):
        return (*_describe_connect(error, host), False)
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return f"The request to {host} can't be sent: {error}.", "Check path, query and headers.", False
    if isinstance(error, AnswerTooLargeError):
        hint = "Ask for less, or raise largest_answer: from monite_magic import limits."
        return f"The answer of {host} is {error}; reading it was given up.", hint, True
    if isinstance(error, httpx.DecodingError):
        return f"The answer of {host} is compressed in a way that can't be read.", "Try again.", True
    return f"The connection to {host} broke before the answer was complete.", "Try again.", True


def _describe_connect(error: httpx.ConnectError, host: str) -> tuple[str, str]:
    causes = _causes(error)
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return f"The host {host} is not known.", "Check the base URL and the network."
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return (
            f"The certificate of {host} can't be verified.",
            "If a company proxy stands between, name its certificate in SSL_CERT_FILE.",
        )
    return f"{host} can't be reached: the connection was refused.", "Is it running? Check host and port."


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found:
        found.append(current)
        current = current.__cause__ or current.__context__
    return found
