"""Decide which redirects to follow: only those within the origin that keep the request unchanged."""

from __future__ import annotations

from typing import Final

import httpx

from monite_magic.core import OriginError, origin_of
from monite_magic.core.methods import READING_METHODS

#: Maximum number of redirects of one call.
MOST_REDIRECTS: Final = 5

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_KEEP_METHOD: Final = frozenset({307, 308})
#: Key in a response's `extensions`: its original headers.
_HEADERS: Final = "monite_magic.headers"


def hold_back(response: httpx.Response) -> None:
    """Hide redirects that must not be followed from `httpx.Client` (its response hook).

    These are redirects that would turn a write into a read, and redirects with an invalid location, for which
    httpx would raise an error.

    Raises:
        OriginError: The redirect leads to another origin.
    """
    method, url = response.request.method, redirected_to(response)
    if url is not None and origin_of(str(url)) != origin_of(str(response.request.url)):
        hint = "Check the base URL."
        if method not in READING_METHODS:
            hint = f"{hint} The {method} may have taken effect. Check before you send it again."
        raise OriginError(
            f"The answer redirects to {url.netloc.decode()}. The token is not sent there.", hint=hint
        )
    is_followed = method in READING_METHODS or response.status_code in _KEEP_METHOD
    if "location" in response.headers and (url is None or not is_followed):
        response.extensions[_HEADERS] = response.headers.copy()
        del response.headers["location"]


def headers_of(response: httpx.Response) -> httpx.Headers:
    """Return the original headers of a response, including those hidden by `hold_back`."""
    headers: httpx.Headers = response.extensions.get(_HEADERS, response.headers)
    return headers


def redirected_to(response: httpx.Response) -> httpx.URL | None:
    """Return the target of a redirect, or None if it is not a redirect or the location is invalid."""
    location = headers_of(response).get("location")
    if response.status_code not in _REDIRECTS or location is None:
        return None
    try:
        url = response.request.url.join(location)
    except httpx.InvalidURL:
        return None
    _, host, _ = origin_of(str(url))
    return url if host else None
