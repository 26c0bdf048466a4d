"""Headers and parameters that a call can't set, with the reasons. Cells and the client use these tables."""

from __future__ import annotations

import re
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
    **dict.fromkeys(("host", "forwarded", "via", "front-end-https", "max-forwards"), _ROUTE),
    **dict.fromkeys(("connection", "keep-alive", "proxy-connection", "proxy-authenticate"), _CONNECTION),
    **dict.fromkeys(("te", "trailer", "upgrade", "http2-settings", "expect"), _CONNECTION),
}

#: What method-override middlewares read, from a header or a parameter.
_METHOD_NAMES: Final = re.compile(
    r"-method|(?:x-)?http-(?:method|verb)(?:-override)?|x-(?:method|verb)(?:-override)?"
)

#: What proxies and gateways write about the host, the path, and the client's address.
_ROUTE_NAMES: Final = re.compile(
    r"x-(?:forwarded|original|rewrite|envoy)(?:-.+)?"
    r"|x-(?:http-)?(?:host|path|url|uri)(?:-override)?|x-(?:url-)?scheme"
    r"|x-real-ip|(?:.+-)?(?:client|connecting)-ip"
)


def header_key(name: str) -> str:
    """Return a header's name as servers compare it: many read `_` as `-`."""
    return name.strip().lower().replace("_", "-")


def why_refused(name: str) -> str | None:
    """Return why a header can't be set in a call, or None if it can."""
    plain = header_key(name)
    if _METHOD_NAMES.fullmatch(plain):
        return _METHOD
    return _ROUTE if _ROUTE_NAMES.fullmatch(plain) else _REASONS.get(plain)


def why_parameter_refused(name: str) -> str | None:
    """Return why a query parameter can't be set in a call, or None if it can."""
    return _METHOD if _METHOD_NAMES.fullmatch(header_key(name)) else None
