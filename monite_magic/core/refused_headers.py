"""Headers and parameters that a call can't set, with the reasons. Cells and the client use this table."""

from __future__ import annotations

from typing import Final

_METHOD: Final = "It would change the method. Write the method at the start of the line."
_ROUTE: Final = "The environment decides where a call goes."
_CONNECTION: Final = "The client manages connections."

_REASONS: Final = {
    "authorization": "The session adds the token itself.",
    "proxy-authorization": "Configure proxies with HTTPS_PROXY.",
    "cookie": "The API doesn't use cookies.",
    "content-length": "The client calculates it.",
    "transfer-encoding": "The client sets it from the body.",
    **dict.fromkeys(("host", "forwarded", "x-real-ip", "x-original-url", "x-rewrite-url", "x-host"), _ROUTE),
    **dict.fromkeys(("x-original-host", "via"), _ROUTE),
    **dict.fromkeys(("connection", "keep-alive", "proxy-connection"), _CONNECTION),
    **dict.fromkeys(("te", "trailer", "upgrade"), _CONNECTION),
    **dict.fromkeys(("x-http-method-override", "x-http-method", "x-method-override"), _METHOD),
}
_PARAMETERS: Final = frozenset({"_method", "x-http-method-override", "x-http-method", "x-method-override"})


def why_refused(name: str) -> str | None:
    """Return why a header can't be set in a call, or None if it can. Servers read `_` as `-`."""
    plain = name.strip().lower().replace("_", "-")
    if plain.startswith("x-forwarded-"):
        return _ROUTE
    return _REASONS.get(plain)


def why_parameter_refused(name: str) -> str | None:
    """Return why a query parameter can't be set in a call, or None if it can."""
    return _METHOD if name.strip().lower() in _PARAMETERS else None
