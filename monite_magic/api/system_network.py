"""The network settings of this machine: trusted certificates and proxies."""

from __future__ import annotations

import functools
import ipaddress
import os
import ssl
import sys
import urllib.request
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import certifi
import httpx

from monite_magic.core.errors import NetworkError
from monite_magic.core.loopback import is_loopback

_CERTIFICATES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_PORTS: Final = {"http": 80, "https": 443}
_VARIABLES: Final = _CERTIFICATES + tuple(
    name for kind in ("https", "http", "all", "no") for name in (f"{kind}_proxy", f"{kind}_PROXY".upper())
)


def network_variables() -> tuple[str | None, ...]:
    """Return the values of the variables that decide on certificates and proxies, to see when one changes."""
    return tuple(map(os.environ.get, _VARIABLES))


# -- certificates -------------------------------------------------------------------------------------------


def trusted() -> ssl.SSLContext:
    """Return the trusted certificates: from `SSL_CERT_FILE` or `SSL_CERT_DIR`, or the system's.

    Raises:
        NetworkError: The variable's certificates can't be loaded.
    """
    for variable in _CERTIFICATES:
        if value := os.environ.get(variable):
            return _from_variable(variable, value)
    return _of_the_system()


@functools.lru_cache(maxsize=4)
def _from_variable(variable: str, value: str) -> ssl.SSLContext:
    is_folder = variable == "SSL_CERT_DIR"
    context = ssl.create_default_context()
    try:
        if is_folder and not any(Path(value).iterdir()):
            reason = "the folder is empty"
        else:
            context.load_verify_locations(**{"capath" if is_folder else "cafile": value})
            return context
    except ssl.SSLError:
        reason = "it has no certificate in PEM format"
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "it is not a path").lower()
    raise NetworkError(
        f"The certificates in {variable} can't be used: {value}: {reason}.",
        hint=f"Correct {variable} in the environment, or remove it to use the system's certificates.",
    )


@functools.cache
def _of_the_system() -> ssl.SSLContext:
    import truststore

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if sys.platform == "linux" and not _openssl_finds_certificates():
        context.load_verify_locations(certifi.where())  # slim containers have no certificates
    return context


def _openssl_finds_certificates() -> bool:
    found = ssl.get_default_verify_paths()
    return bool(found.cafile or (found.capath and any(Path(found.capath).iterdir())))


# -- proxies ------------------------------------------------------------------------------------------------


class Proxy(NamedTuple):
    """A proxy and the setting that it comes from.

    Attributes:
        url: Its URL, which may contain a password.
        named_by: A variable such as `HTTPS_PROXY`, or `the system`.
    """

    url: str
    named_by: str

    @property
    def address(self) -> str:
        """Host and port, without user and password."""
        parts = urlsplit(self.url)
        try:
            port = f":{parts.port}" if parts.port else ""
        except ValueError:
            port = ""
        return f"{parts.hostname or 'unknown'}{port}"


def proxy_for(base_url: str) -> Proxy | None:
    """Return the proxy for a base URL, or None.

    `NO_PROXY` supports hosts and their subdomains, `*`, ports, and networks such as `10.0.0.0/8`. Plain http
    to this machine never takes a proxy, which could read the client secret and the token.

    Args:
        base_url: Where requests go.
    """
    parts = httpx.URL(base_url)
    port = parts.port or _PORTS.get(parts.scheme, 0)
    if (parts.scheme == "http" and is_loopback(parts.host)) or _needs_none(parts.host, port):
        return None
    proxies = urllib.request.getproxies()
    for scheme in (parts.scheme, "all"):
        if proxy := proxies.get(scheme, "").strip():
            variable = f"{scheme}_proxy"
            names = (variable, variable.upper())
            named_by = next((name for name in names if name in os.environ), "the system")
            return Proxy(proxy if "://" in proxy else f"http://{proxy}", named_by)
    return None


def _needs_none(host: str, port: int) -> bool:
    named = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    if named is None:
        return bool(urllib.request.proxy_bypass(host))  # the settings of macOS and Windows
    return any(_covers(entry, host.lower(), port) for entry in named.replace(",", " ").split())


def _covers(entry: str, host: str, port: int) -> bool:
    """Whether an entry of `NO_PROXY` covers a host: a name, an address, a network, or `*`."""
    if entry == "*":
        return True
    network, address = _network(entry), _address(host)
    if network is not None and address is not None:
        return address in network
    named, colon, its_port = entry.lower().rpartition(":")
    if not (colon and its_port.isdigit()) or entry.count(":") > 1 + 8 * entry.startswith("["):
        named, its_port = entry.lower(), ""
    if its_port and int(its_port) != port:
        return False
    named = named.strip("[]").removeprefix("*").removeprefix(".")
    return bool(named) and (host == named or (address is None and host.endswith(f".{named}")))


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text.strip("[]"), strict=False)
    except ValueError:
        return None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
