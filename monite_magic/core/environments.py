"""Where calls go: one record per environment.

Facts: base URLs from `servers` of the vendor's OpenAPI document 2024-05-25; version and entity headers from
its parameters; the token route from its `ObtainTokenPayload`. The local environment is the simulator. What is
known of the successor's dialect is from its public guides (docs.tesouro.com/finops), and unverified.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, NamedTuple
from urllib.parse import urljoin, urlsplit

from monite_magic.core.errors import CredentialsError

DEFAULT_API_VERSION: Final = "2024-05-25"

#: Versions in which an expired token is answered with 400 instead of 401 (release notes of the vendor's
#: Node client 0.2.0: the change came with 2024-05-25).
LAST_VERSION_WITH_EXPIRED_400: Final = "2024-01-31"


@dataclass(frozen=True)
class Environment:
    """Where calls go and in which dialect.

    Attributes:
        name: A key of `ENVIRONMENTS`, or `custom`.
        base_url: URL that paths are appended to, without a trailing slash.
        api_version: Value of the version header, a date `YYYY-MM-DD`.
        token_path: Path of the token exchange, below `base_url`.
        revoke_path: Path that revokes a token, below `base_url`; None where none is known.
        tokens_at_origin: True where `token_path` is below the origin instead.
        tokens_as_form: True where the exchange takes a form, not JSON.
        user_tokens: False where it is not known how a user's token is asked for.
        ids_are_uuids: Whether a client ID must be a UUID.
        version_header: Name of the version header.
        entity_header: Name of the header that names the entity.
        production: True where calls touch real money. `find_environment` decides it by the origin.
        vouched: False for a host that nobody knows and that may be a gateway in front of production.
        simulated: True for the local simulator.
        unverified: True for a dialect that is written from guides alone, with no contract to hold it against.
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
        """Return the headers that name the version, and an entity if there is one."""
        named = {self.entity_header: entity_id} if entity_id else {}
        return {self.version_header: self.api_version, **named}

    def names_entity(self, header: str) -> bool:
        """Whether this header names the entity, in any case of its letters."""
        return header.lower() == self.entity_header.lower()

    @property
    def usual_version(self) -> str:
        """The API version that is used where none is asked for."""
        return ENVIRONMENTS[self.name].api_version if self.name in ENVIRONMENTS else DEFAULT_API_VERSION

    @property
    def insecure(self) -> bool:
        """Whether the token travels in clear to another machine: a person insisted on it."""
        parts = urlsplit(self.base_url)
        return parts.scheme == "http" and not is_loopback(parts.hostname or "")

    @cached_property
    def origin(self) -> Origin:
        """Scheme, host and port of `base_url`: the only place that the token goes to."""
        return origin_of(self.base_url)

    @property
    def host(self) -> str:
        """Host of `base_url`, with its port where that is not the scheme's own."""
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
        """Whether the base URL is the one that the name stands for."""
        return self.name in ENVIRONMENTS and ENVIRONMENTS[self.name].base_url == self.base_url

    @property
    def asks_before_writes(self) -> bool:
        """Whether a write needs a person's yes: in production, and at a host that may lead there."""
        return self.production or not self.vouched

    @property
    def in_process(self) -> bool:
        """Whether calls go to the simulator in this process, and no socket is opened."""
        return self.simulated and self.base_url == LOCAL.base_url

    @cached_property
    def label(self) -> str:
        """How the environment is named on a screen, for instance `eu (PRODUCTION)`.

        Where the base URL is not the one that the name stands for, the label has the host.
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
        """Whether a call with these headers is answered 400, not 401, when its token has expired."""
        return self.version_of(headers) <= LAST_VERSION_WITH_EXPIRED_400

    def version_of(self, headers: Mapping[str, str] | Iterable[tuple[str, str]]) -> str:
        """Return the API version that a call with these headers goes out with: theirs, else this one's."""
        pairs = headers.items() if isinstance(headers, Mapping) else headers
        wanted = self.version_header.lower()
        return next((value for name, value in pairs if name.lower() == wanted), self.api_version)

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
    """Where a URL leads, written one way only: two spellings of one place are equal.

    Attributes:
        scheme: `http` or `https`; empty if the URL names no place.
        host: In lower case and punycode, without a trailing dot.
        port: The scheme's own if the URL names none.
    """

    scheme: str
    host: str
    port: int | None


_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*|[0-9a-f:.]+")


def origin_of(url: str) -> Origin:
    """Return where `url` leads. A URL that can't be read, or names no host, gives an empty origin."""
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
        ValueError: No host is written like that.
    """
    host = host.removesuffix(".").lower()
    if not host.isascii():
        import idna  # its tables take some milliseconds

        # httpx resolves names by the same standard (IDNA 2008), with UTS 46 it takes as browsers do.
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

#: The name of an environment that has none of its own, only a base URL.
CUSTOM: Final = "custom"

_LOOPBACK = re.compile(r"(localhost|.*\.localhost|127(\.\d{1,3}){3}|::1)", re.IGNORECASE)


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine by name or address, without looking it up."""
    return bool(_LOOPBACK.fullmatch(host))


def find_environment(
    name: str | None = None,
    base_url: str | None = None,
    api_version: str | None = None,
    *,
    insecure_http: bool = False,
    production: bool | None = None,
) -> Environment:
    """Return the environment for a name, or for a base URL.

    What counts is where a URL leads, not how it is spelled or what it is called. At an origin that is not
    known here the name selects the dialect, and no more.

    Args:
        name: One of `ENVIRONMENTS`; None means `sandbox`.
        base_url: Overrides the environment's own URL. `/v1` is added if it has no path.
        api_version: Date `YYYY-MM-DD`; None keeps the default.
        insecure_http: Allow plain http to another machine: a person insists on it.
        production: Whether an origin that is not known here is production; None if nobody has said.

    Raises:
        CredentialsError: An unknown name, a name and a URL of two environments, a URL that can't be read,
            plain http to another machine, or known production called something else.
    """
    if name is not None and name not in ENVIRONMENTS:
        raise CredentialsError(
            f"Unknown environment: {name!r}.",
            hint=f"Choose one of {', '.join(ENVIRONMENTS)}, or give --base-url.",
        )
    if base_url is None:
        environment = ENVIRONMENTS[name or DEFAULT_ENVIRONMENT]
    else:
        environment = _at_url(name, _plain_url(base_url, insecure_http=insecure_http), production)
    if production is False and environment.production:
        raise CredentialsError(
            f"{environment.host} is production, so it can't be declared not to be.",
            hint="Remove MONITE_PRODUCTION=0 or --not-production.",
        )
    return environment.with_version(api_version) if api_version else environment


def _at_url(name: str | None, url: str, production: bool | None) -> Environment:
    """Return the environment at a URL: a known one, or an unknown place in the dialect of `name`."""
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
    """Return the base URL spelled in one way: lower case, punycode, no default port, no slash at the end."""
    url = base_url.strip().rstrip("/")
    parts, origin = urlsplit(url), origin_of(url)
    if not origin.host or origin.scheme not in _DEFAULT_PORTS or not _URL.fullmatch(url):
        raise CredentialsError(
            f"{base_url!r} is not a base URL.",
            hint="Write it in full, for instance http://127.0.0.1:8000/v1.",
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise CredentialsError(
            "The base URL must be plain: no user, password, query or fragment.",
            hint="Put credentials into MONITE_CLIENT_ID and MONITE_CLIENT_SECRET.",
        )
    if origin.scheme == "http" and not is_loopback(origin.host) and not insecure_http:
        raise CredentialsError(
            f"Plain http to {origin.host} would show the token to everyone on the way.",
            hint="Use https://. If you insist: --insecure-http, or MONITE_INSECURE_HTTP=1 next to the URL.",
        )
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    port = "" if origin.port == _DEFAULT_PORTS[origin.scheme] else f":{origin.port}"
    return f"{origin.scheme}://{host}{port}{parts.path}"


#: No blank, control character or backslash: parsers differ on where a host ends at these.
_URL: Final = re.compile(r"[^\s\\\x00-\x20\x7f]+")
