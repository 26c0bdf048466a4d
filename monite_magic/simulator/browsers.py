"""Keeps web pages of other sites away from a served simulator.

Any web page can make the browser send requests to a port of this machine. Two checks stop such pages: the
header `Host` must be a name of this machine, so a site can't point its own name at it (DNS
rebinding), and the header `Origin` must be on loopback or be allowed by `--allow-origin`. Programs send no
`Origin` and are not affected.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from monite_magic._version import __version__
from monite_magic.core import LOCAL
from monite_magic.core.loopback import is_address, is_loopback
from monite_magic.core.methods import METHODS
from monite_magic.simulator.hosts import host_of, origin_of
from monite_magic.simulator.store import dump

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from monite_magic.simulator.hosts import Origin

_EVERY_INTERFACE = ("0.0.0.0", "::")  # noqa: S104 - it is looked for
_PREFLIGHT = {
    "Access-Control-Allow-Methods": ", ".join(METHODS),
    "Access-Control-Allow-Headers": "authorization, content-type, "
    f"{LOCAL.version_header.lower()}, {LOCAL.entity_header.lower()}, "
    "x-monite-sdk-version, x-fern-language, x-fern-sdk-name, x-fern-sdk-version",
    "Access-Control-Max-Age": "600",
}


class BrowserGuard:
    """A WSGI application that wraps the simulator and refuses pages of other sites.

    Args:
        app: The application to guard.
        host: The address of the server. Requests can use it as their host.
        origins: Origins of web pages that can use the simulator, in addition to those on loopback.
    """

    def __init__(self, app: WSGIApplication, host: str, origins: Iterable[Origin] = ()) -> None:
        self._app = app
        self._host = host.lower()
        self._origins = frozenset(origins)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        netloc, origin = environ.get("HTTP_HOST", ""), environ.get("HTTP_ORIGIN")
        if not self._is_own_host(host_of(netloc)):
            message = f"The host {netloc[:200]!r} is not a name of this simulator."
            return _refusal(message)(environ, start_response)
        if origin is None:
            return self._app(environ, _adding(start_response, {"Vary": "Origin"}))
        if not self._is_allowed(origin, f"{environ['wsgi.url_scheme']}://{netloc}"):
            message = f"Web pages of {origin[:200]!r} may not use this simulator; see --allow-origin."
            return _refusal(message)(environ, start_response)
        headers = {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Expose-Headers": "*",
            "Vary": "Origin",
        }
        if environ["REQUEST_METHOD"] == "OPTIONS":
            return Response(status=204, headers={**headers, **_PREFLIGHT})(environ, start_response)
        return self._app(environ, _adding(start_response, headers))

    def _is_own_host(self, host: str) -> bool:
        if is_loopback(host) or host == self._host:
            return bool(host)
        # Other machines use an IP address or a local name without a dot. Names of internet sites have a dot.
        this_machine = socket.gethostname().lower()
        return (
            self._host in _EVERY_INTERFACE
            and bool(host)
            and (is_address(host) or "." not in host or host == this_machine)
        )

    def _is_allowed(self, origin: str, own: str) -> bool:
        found = origin_of(origin)
        return found is not None and (
            is_loopback(found[1]) or found in self._origins or found == origin_of(own)
        )


def _adding(start_response: StartResponse, headers: dict[str, str]) -> Callable[..., Any]:
    """Return a `start_response` that adds these headers."""

    def start(status: str, given: list[tuple[str, str]], *rest: Any) -> Any:
        return start_response(status, [*given, *headers.items()], *rest)

    return start


def _refusal(message: str) -> Response:
    body = dump({"error": {"message": message}})
    headers = {"x-monite-simulator": __version__, "Vary": "Origin"}
    return Response(body, status=403, headers=headers, content_type="application/json")
