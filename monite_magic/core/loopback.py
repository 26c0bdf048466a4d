"""Hosts that are always this machine."""

from __future__ import annotations

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether a host name or address is always this machine, without a DNS lookup."""
    name = host.lower().removesuffix(".")
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


def host_to_connect(host: str) -> str:
    """Return `localhost` for its subdomains, which a DNS server could point elsewhere (RFC 6761)."""
    return "localhost" if is_loopback(host) and not is_address(host) else host
