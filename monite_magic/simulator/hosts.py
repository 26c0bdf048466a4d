"""Names and addresses of this machine, and their origins."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}

#: Scheme, host and port.
Origin = tuple[str, str, int]


def is_loopback(host: str) -> bool:
    """Whether a host name or address is always this machine."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    return is_address(name) and ip_address(name).is_loopback


def is_address(host: str) -> bool:
    """Whether a host is an IP address and not a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


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
