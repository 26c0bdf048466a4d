"""The environments that calls can go to.

Sources: base URLs from `servers` in the vendor's OpenAPI document 2024-05-25, version and entity headers from
its parameters, and the token route from its `ObtainTokenPayload`. The local environment is the simulator. The
successor's environments follow its public guides (docs.tesouro.com/finops), and are unverified.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, NamedTuple
from urllib.parse import urljoin, urlsplit

from monite_magic.core.errors import CredentialsError
from monite_magic.core.loopback import is_loopback
from monite_magic.core.refused_headers import header_key

DEFAULT_API_VERSION: Final = "2024-05-25"

#: The last version that answers 400 instead of 401 for an expired token (release notes of the vendor's Node
#: client 0.2.0: the change came with 2024-05-25).
LAST_VERSION_WITH_EXPIRED_400: Final = "2024-01-31"


@dataclass(frozen=True)
class Environment:
    """Where calls go, and how the API there differs.

    Attributes:
        name: A key of `ENVIRONMENTS`, or `custom`.
        base_url: Base URL, without a trailing slash.
        api_version: Value of the version header, `YYYY-MM-DD`.
        token_path: Path of the token exchange, relative to `base_url`.
        revoke_path: Path that revokes a token, relative to `base_url`; None if unknown.
        tokens_at_origin: Whether `token_path` is relative to the origin instead.
        tokens_as_form: Whether the exchange takes a form instead of JSON.
        user_tokens: Whether user tokens are supported.
        ids_are_uuids: Whether a client ID must be a UUID.
        version_header: Name of the version header.
        entity_header: Name of the header with the entity ID.
        production: Whether calls touch real money. `find_environment` decides it by the origin.
        vouched: False for an unknown host, which may be a gateway to production.
        simulated: Whether it is the local simulator.
        unverified: Whether it follows guides only, without an API contract to check against.
    """

    name: str
    base_url: str
    api_version: str = DEFAULT_API_VERSION
    token_path: str = "/auth/token"  # noqa: S105 - a path
    revoke_path: str | None = "/auth/revoke"
    tokens_at_origin: bool = False
    tokens_as_form: bool = False
    user_tokens: bool = True
    ids_are_uuids: bool = True
    version_header: str = "X-Monite-Version"
    entity_header: str = "X-Monite-Entity-Id"
    production: bool = False
    vouched: bool = True
    simulated: bool = False
    unverified: bool = False

    @property
    def token_url(self) -> str:
        """URL of the token exchange."""
        base = urljoin(self.base_url, "/").rstrip("/") if self.tokens_at_origin else self.base_url
        return base + self.token_path

    def headers(self, entity_id: str | None = None) -> dict[str, str]:
        """Return the version header, and the entity header if there is an entity."""
        named = {self.entity_header: entity_id} if entity_id else {}
        return {self.version_header: self.api_version, **named}

    def names_entity(self, header: str) -> bool:
        """Whether this is the entity header, in any spelling that a server may accept."""
        return self.own_name(header) == self.entity_header

    def own_name(self, header: str) -> str:
        """Return the version or entity header's usual spelling, and any other name unchanged."""
        own = {header_key(name): name for name in (self.version_header, self.entity_header)}
        return own.get(header_key(header), header)

    @property
    def usual_version(self) -> str:
        """The default API version."""
        return ENVIRONMENTS[self.name].api_version if self.name in ENVIRONMENTS else DEFAULT_API_VERSION

    @property
    def insecure(self) -> bool:
        """Whether the token goes to another machine unencrypted, with `--insecure-http`."""
        parts = urlsplit(self.base_url)
        return parts.scheme == "http" and not is_loopback(parts.hostname or "")

    @cached_property
    def origin(self) -> Origin:
        """Scheme, host and port of `base_url`. The token goes nowhere else."""
        return origin_of(self.base_url)

    @property
    def host(self) -> str:
        """Host of `base_url`, with its port if it is not the default."""
        return urlsplit(self.base_url).netloc

    @property
    def readable_host(self) -> str:
        """`host` with punycode decoded, as browsers show it."""
        import idna

        try:
            return idna.decode(self.origin.host)
        except idna.IDNAError:
            return self.host

    @property
    def is_known(self) -> bool:
        """Whether this is the named environment's own base URL."""
        return self.name in ENVIRONMENTS and ENVIRONMENTS[self.name].base_url == self.base_url

    @property
    def asks_before_writes(self) -> bool:
        """Whether writes need a confirmation: in production, and at unknown hosts."""
        return self.production or not self.vouched

    @property
    def in_process(self) -> bool:
        """Whether calls go to the simulator in this process, without a socket."""
        return self.simulated and self.base_url == LOCAL.base_url

    @cached_property
    def label(self) -> str:
        """The label to show, for instance `eu (PRODUCTION)`.

        It includes the host if the base URL is not the named environment's.
        """
        marks = {
            self.host: not self.is_known,
            "simulated": self.simulated,
            "PRODUCTION": self.production,
            "may be PRODUCTION": not self.production and not self.vouched,
            "INSECURE http": self.insecure,
            "unverified": self.unverified,
        }
        shown = ", ".join(mark for mark, holds in marks.items() if holds)
        return f"{self.name} ({shown})" if shown else self.name

    def expired_token_is_400(self, headers: Mapping[str, str]) -> bool:
        """Whether the API answers 400 instead of 401 to these headers if the token has expired."""
        return self.version_of(headers) <= LAST_VERSION_WITH_EXPIRED_400

    def version_of(self, headers: Mapping[str, str] | Iterable[tuple[str, str]]) -> str:
        """Return the API version from the headers, or the environment's."""
        pairs = headers.items() if isinstance(headers, Mapping) else headers
        wanted = self.version_header
        return next((value for name, value in pairs if self.own_name(name) == wanted), self.api_version)

    def with_version(self, api_version: str) -> Environment:
        """Return this environment with another API version.

        Raises:
            CredentialsError: The version is not a date `YYYY-MM-DD`.
        """
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", api_version):
            raise CredentialsError(
                f"The API version {api_version!r} is not a date.",
                hint=f"Write it as YYYY-MM-DD, for instance {DEFAULT_API_VERSION}.",
            )
        return replace(self, api_version=api_version)


class Origin(NamedTuple):
    """The normalized origin of a URL; different spellings are equal.

    Attributes:
        scheme: `http` or `https`; empty if the URL is invalid.
        host: Host in lower case and punycode, without a trailing dot.
        port: Port; the scheme's default if the URL has none.
    """

    scheme: str
    host: str
    port: int | None


_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*|[0-9a-f:.]+")


def origin_of(url: str) -> Origin:
    """Return the origin of `url`; an empty origin if the URL is invalid or has no host."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
        host = _plain_host(parts.hostname or "")
    except ValueError:
        return Origin("", "", None)
    return Origin(parts.scheme, host, port) if host else Origin("", "", None)


def _plain_host(host: str) -> str:
    """Return a host in lower case and punycode, without a trailing dot.

    Raises:
        ValueError: The host is invalid.
    """
    host = host.removesuffix(".").lower()
    if not host.isascii():
        import idna  # slow to import

        # IDNA 2008 as in httpx, with UTS 46 mapping as in browsers.
        host = idna.encode(host, uts46=True).decode()
    if host and not _HOST.fullmatch(host):
        raise ValueError(host)
    return host


LOCAL: Final = Environment("local", "http://simulator.localhost/v1", simulated=True)

_SUCCESSOR: Final = Environment(
    "tesouro-sandbox",
    "https://api.sandbox.tesouro.com/finops/v1",
    api_version="2025-06-23",
    token_path="/openid/connect/token",  # noqa: S106 - a path
    revoke_path=None,
    tokens_at_origin=True,
    tokens_as_form=True,
    user_tokens=False,
    ids_are_uuids=False,
    version_header="X-Finops-Version",
    entity_header="X-Organization-Id",
    unverified=True,
)

ENVIRONMENTS: Final = {
    environment.name: environment
    for environment in (
        LOCAL,
        Environment("sandbox", "https://api.sandbox.monite.com/v1"),
        Environment("eu", "https://api.monite.com/v1", production=True),
        Environment("us", "https://us.api.monite.com/v1", production=True),
        _SUCCESSOR,
        replace(_SUCCESSOR, name="tesouro", base_url="https://api.tesouro.com/finops/v1", production=True),
    )
}

DEFAULT_ENVIRONMENT: Final = "sandbox"

#: The name of environments with a custom base URL.
CUSTOM: Final = "custom"


def find_environment(
    name: str | None = None,
    base_url: str | None = None,
    *,
    insecure_http: bool = False,
    production: bool | None = None,
) -> Environment:
    """Return the environment for a name or a base URL.

    The URL's origin decides, not its spelling or the name. For an unknown origin, the name only selects the
    headers and the token route.

    Args:
        name: A key of `ENVIRONMENTS`; None means `sandbox`.
        base_url: Overrides the environment's URL. `/v1` is added if it has no path.
        insecure_http: Whether to allow plain http to another machine.
        production: Whether an unknown origin is production; None if it was not specified.

    Raises:
        CredentialsError: The name is unknown, the URL belongs to another environment or is invalid, it uses
            plain http to another machine, or production is declared as non-production.
    """
    if name is not None and name not in ENVIRONMENTS:
        raise CredentialsError(
            f"Unknown environment: {name!r}.",
            hint=f"Choose one of {', '.join(ENVIRONMENTS)}, or set --base-url.",
        )
    if base_url is None:
        environment = ENVIRONMENTS[name or DEFAULT_ENVIRONMENT]
    else:
        environment = _at_url(name, _plain_url(base_url, insecure_http=insecure_http), production)
    if production is False and environment.production:
        raise CredentialsError(
            f"{environment.host} is production, and can't be declared as non-production.",
            hint="Remove MONITE_PRODUCTION=0 or --not-production.",
        )
    return environment


def _at_url(name: str | None, url: str, production: bool | None) -> Environment:
    """Return the known environment at a URL, or a custom one based on `name`."""
    origin = origin_of(url)
    known = next((each for each in ENVIRONMENTS.values() if each.origin == origin), None)
    if known and name and ENVIRONMENTS[name].origin != origin:
        raise CredentialsError(
            f"{origin.host} is the environment {known.name}, not {name}.",
            hint="Remove either the environment or the base URL.",
        )
    dialect = known or (ENVIRONMENTS[name] if name else Environment(CUSTOM, f"https://{CUSTOM}.invalid/v1"))
    if urlsplit(url).path in {"", "/"}:
        url += urlsplit(dialect.base_url).path
    if known:
        return known if url == known.base_url else replace(known, base_url=url)
    loopback = is_loopback(origin.host)
    if any(each.production and each.origin.host == origin.host for each in ENVIRONMENTS.values()):
        production = True  # another port of production's host
    return replace(
        dialect,
        base_url=url,
        simulated=dialect.simulated and loopback,
        production=bool(production) and not loopback,
        vouched=loopback or production is not None,
    )


def _plain_url(base_url: str, *, insecure_http: bool) -> str:
    """Normalize the base URL: lower case, punycode, no default port, no trailing slash."""
    url = base_url.strip().rstrip("/")
    parts, origin = urlsplit(url), origin_of(url)
    if not origin.host or origin.scheme not in _DEFAULT_PORTS or not _URL.fullmatch(url):
        raise CredentialsError(
            f"{base_url!r} is not a valid base URL.",
            hint="Write the whole URL, for instance http://127.0.0.1:8000/v1.",
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise CredentialsError(
            "The base URL can't have a user, password, query or fragment.",
            hint="Put credentials in MONITE_CLIENT_ID and MONITE_CLIENT_SECRET.",
        )
    if origin.scheme == "http" and not is_loopback(origin.host) and not insecure_http:
        raise CredentialsError(
            f"Plain http to {origin.host} would expose the token on the network.",
            hint="Use https://. To allow http: --insecure-http, or MONITE_INSECURE_HTTP=1 next to the URL.",
        )
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    port = "" if origin.port == _DEFAULT_PORTS[origin.scheme] else f":{origin.port}"
    return f"{origin.scheme}://{host}{port}{parts.path}"


#: Without spaces, control characters and backslashes, which URL parsers treat differently.
_URL: Final = re.compile(r"[^\s\\\x00-\x20\x7f]+")
