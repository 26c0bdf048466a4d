"""Which redirects are followed: those within the origin that keep the request whole."""

from __future__ import annotations

from typing import Final

import httpx

from monite_magic.core import OriginError, origin_of
from monite_magic.core.methods import READING_METHODS

#: How many redirects one call follows.
MOST_REDIRECTS: Final = 5

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_KEEP_METHOD: Final = frozenset({307, 308})
#: Key in a response's `extensions`: its headers as they came.
_HEADERS: Final = "monite_magic.headers"


def hold_back(response: httpx.Response) -> None:
    """Hide a redirect that isn't followed from `httpx.Client` (a hook for its responses).

    Those are redirects that would turn a change into a read, and those that name no place: httpx would raise
    an error, and leave no answer.

    Raises:
        OriginError: It leads to another origin.
    """
    method, url = response.request.method, redirected_to(response)
    if url is not None and origin_of(str(url)) != origin_of(str(response.request.url)):
        hint = "Check the base URL."
        if method not in READING_METHODS:
            hint = f"{hint} The {method} may have been carried out: look before you send it again."
        raise OriginError(
            f"The answer redirects to {url.netloc.decode()}: the token is not sent there.", hint=hint
        )
    is_followed = method in READING_METHODS or response.status_code in _KEEP_METHOD
    if "location" in response.headers and (url is None or not is_followed):
        response.extensions[_HEADERS] = response.headers.copy()
        del response.headers["location"]


def headers_of(response: httpx.Response) -> httpx.Headers:
    """Return the headers of a response as they came, also what `hold_back` hid."""
    headers: httpx.Headers = response.extensions.get(_HEADERS, response.headers)
    return headers


def redirected_to(response: httpx.Response) -> httpx.URL | None:
    """Return where a response redirects to, or None if it doesn't, or names no place."""
    location = headers_of(response).get("location")
    if response.status_code not in _REDIRECTS or location is None:
        return None
    try:
        url = response.request.url.join(location)
    except httpx.InvalidURL:
        return None
    _, host, _ = origin_of(str(url))
    return url if host else None
