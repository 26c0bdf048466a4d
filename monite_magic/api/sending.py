"""One request on its way to its answer: authorised, sent, redirected within its origin, read to the end.

`httpx.Client` does more at each call than is wanted here: it keeps cookies, of which this API has none, and
follows redirects to any host.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import httpx

from monite_magic._version import __version__
from monite_magic.api.network_errors import explain
from monite_magic.api.repeating import READING_METHODS
from monite_magic.core.clean_text import one_line
from monite_magic.core.environments import origin_of
from monite_magic.core.errors import NetworkError, OriginError
from monite_magic.core.masking import mask_text

if TYPE_CHECKING:
    from monite_magic.api.auth import MoniteAuth

#: The headers of every request, much as httpx writes them.
HEADERS: Final = {
    "Accept": "*/*",
    "Accept-Encoding": "gzip",  # of deflate a missing end would not be noticed
    "Connection": "keep-alive",
    "User-Agent": f"monite-magic/{__version__}",
}

_MOST_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_KEEPS_METHOD: Final = frozenset({307, 308})

_log: Final = logging.getLogger(__name__)


def send(
    request: httpx.Request, transport: httpx.BaseTransport, auth: MoniteAuth | None
) -> tuple[httpx.Response, bytes]:
    """Send a request and return its answer, whatever its status, and the answer's body, decompressed.

    Args:
        request: What to send. It is followed within its origin; a change only where it stays a change.
        transport: How it travels.
        auth: Puts the token on it; None sends it without one.

    Raises:
        OriginError: A redirect leads to another origin.
        NetworkError: No answer came, or not the whole of one, or redirects have no end.
        TokenError: No token could be had.
    """
    method, url = request.method, str(request.url)
    try:
        for _ in range(_MOST_REDIRECTS + 1):
            response = _authorised(request, transport, auth)
            try:
                following = _following(request, response)
                if following is None:
                    return response, b"".join(response.iter_bytes())
            finally:
                response.close()  # also when reading it was interrupted
            request = following
        problem: Exception = NetworkError(
            f"{request.url.netloc.decode()} sends the request round in circles.",
            hint="Check the base URL.",
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        problem = explain(error, method, url)
    raise problem


def redirected_to(response: httpx.Response) -> httpx.URL | None:
    """Return where an answer redirects to, or None if it does not, or names no place."""
    if response.status_code not in _REDIRECTS or "location" not in response.headers:
        return None
    try:
        url = response.request.url.join(response.headers["location"])
    except httpx.InvalidURL:
        return None
    _, host, _ = origin_of(str(url))
    return url if host else None


def _authorised(
    request: httpx.Request, transport: httpx.BaseTransport, auth: MoniteAuth | None
) -> httpx.Response:
    """Send one request with a token on it, and once more if `auth` sees that the token has ended."""
    if auth is None:
        return _sent(request, transport)
    flow = auth.sync_auth_flow(request)
    try:
        request = next(flow)
        while True:
            response = _sent(request, transport)
            try:
                request = flow.send(response)
            except StopIteration:
                return response
            except BaseException:
                response.close()
                raise
            response.close()
    finally:
        flow.close()


def _sent(request: httpx.Request, transport: httpx.BaseTransport) -> httpx.Response:
    response = transport.handle_request(request)
    response.request = request
    if _log.isEnabledFor(logging.INFO):
        url = one_line(mask_text(str(request.url)))
        _log.info("%s %s answered %s", request.method, url, response.status_code)
    return response


def _following(request: httpx.Request, response: httpx.Response) -> httpx.Request | None:
    """Return the request that a redirect asks for, or None if the answer is not to be followed."""
    url = redirected_to(response)
    if url is None:
        return None
    if origin_of(str(url)) != origin_of(str(request.url)):
        hint = "Check the base URL."
        if request.method not in READING_METHODS:
            hint = f"{hint} The {request.method} may have been carried out: look before you send it again."
        raise OriginError(
            f"The answer redirects to {url.netloc.decode()}: the token is not sent there.", hint=hint
        )
    if response.status_code not in _KEEPS_METHOD and request.method not in READING_METHODS:
        return None
    return httpx.Request(
        request.method, url, headers=request.headers, stream=request.stream, extensions=request.extensions
    )
