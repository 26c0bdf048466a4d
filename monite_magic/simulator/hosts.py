"""Names and addresses of this machine, and their origins."""

from __future__ import annotations

from urllib.parse import urlsplit

from monite_magic.core.loopback import is_address, is_loopback

_PORTS = {"http": 80, "https": 443}

#: Scheme, host and port.
Origin = tuple[str, str, int]


def host_of(netloc: str) -> str:
    """The host of a `Host` header, or "" if it is invalid."""
    try:
        return (urlsplit(f"//{netloc}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def origin_of(url: str) -> Origin | None:
    """The origin of an HTTP URL, or `None` for other URLs."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not host:
        return None
    return parts.scheme, host.rstrip("."), _PORTS[parts.scheme] if port is None else port


def same_receiver(origin: Origin) -> Origin:
    """The origin, with one spelling for all loopback names and addresses."""
    scheme, host, port = origin
    named = not is_address(host) or host == "::1"
    return (scheme, "127.0.0.1", port) if is_loopback(host) and named else origin
