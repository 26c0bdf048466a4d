"""Where calls go: one record per environment.

Facts: base URLs from `servers` of the vendor's OpenAPI document 2024-05-25; version and entity headers from
its parameters; the token route from its `ObtainTokenPayload`. The local environment is the simulator. What is
known of the successor's dialect is from its public guides (docs.tesouro.com/finops), and unverified.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final
from urllib.parse import urljoin, urlsplit

from monite_magic.errors import CredentialsError

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
        production: True where calls touch real money.
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
    simulated: bool = False
    unverified: bool = False

    @property
    def token_url(self) -> str:
        """URL of the token exchange."""
        base = urljoin(self.base_url, "/").rstrip("/") if self.tokens_at_origin else self.base_url
        return base + self.token_path

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
    def origin(self) -> tuple[str, str, int | None]:
        """Scheme, host and port of `base_url`: the only place that the token goes to."""
        return origin_of(self.base_url)

    @cached_property
    def label(self) -> str:
        """How the environment is named on a screen, for instance `eu (PRODUCTION)`."""
        marks = {
            "simulated": self.simulated,
            "PRODUCTION": self.production,
            urlsplit(self.base_url).netloc: self.name == CUSTOM,
            "INSECURE http": self.insecure,
            "unverified": self.unverified,
        }
        shown = ", ".join(mark for mark, holds in marks.items() if holds)
        return f"{self.name} ({shown})" if shown else self.name

    @property
    def expired_token_is_400(self) -> bool:
        """Whether an expired token is answered with 400 in this API version, not with 401."""
        return self.api_version <= LAST_VERSION_WITH_EXPIRED_400

    def with_version(self, api_version: str) -> Environment:
        """Return this environment with another API version.

        Raises:
            CredentialsError: The version is not a date `YYYY-MM-DD`.
        """
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", api_version):
            raise CredentialsError(
                f"The API version {api_version!r} is not a date.",
                hint=f"Write it as YYYY-MM-DD, for instance {DEFAULT_API_VERSION}.",
            )
        return replace(self, api_version=api_version)


def origin_of(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of `url`, with the default port of http and https filled in.

    A URL that names no place, for instance with a port that there is not, has no scheme and no host either.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", "", None
    return parts.scheme, (parts.hostname or "").lower(), port


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

#: The name of any other base URL.
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
) -> Environment:
    """Return the environment for a name, or a custom one for a base URL.

    Args:
        name: One of `ENVIRONMENTS`; None means `sandbox`.
        base_url: Overrides the environment's own URL. A missing `/v1` is added, as every path of the API
            stands under it. The URLs of known environments keep their records.
        api_version: Date `YYYY-MM-DD`; None keeps the default.
        insecure_http: Allow plain http to another machine: a person insists on it.

    Raises:
        CredentialsError: Unknown name, a URL that is none, or plain http to another machine.
    """
    if name is not None and name not in ENVIRONMENTS:
        raise CredentialsError(
            f"There is no environment {name!r}.",
            hint=f"Choose one of {', '.join(ENVIRONMENTS)}, or give --base-url.",
        )
    if base_url is None:
        environment = ENVIRONMENTS[name or DEFAULT_ENVIRONMENT]
    else:
        environment = _at_url(ENVIRONMENTS[name] if name else None, base_url, insecure_http=insecure_http)
    return environment.with_version(api_version) if api_version else environment


def _at_url(named: Environment | None, base_url: str, *, insecure_http: bool) -> Environment:
    """Return the environment at a URL: in the dialect of `named`, else a known one, else a custom one."""
    dialect = named or Environment(CUSTOM, f"https://{CUSTOM}.invalid/v1")
    url = _checked_url(base_url, insecure_http=insecure_http)
    if urlsplit(url).path in {"", "/"}:
        url += urlsplit(dialect.base_url).path
    if named is None:
        for known in ENVIRONMENTS.values():
            if url == known.base_url:
                return known
    return replace(dialect, base_url=url, simulated=False)


def _checked_url(base_url: str, *, insecure_http: bool) -> str:
    url = base_url.strip().rstrip("/")
    parts = urlsplit(url)
    try:
        port_is_valid = parts.port is None or 0 < parts.port < 65536
    except ValueError:
        port_is_valid = False
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_is_valid:
        raise CredentialsError(
            f"{base_url!r} is not a base URL.",
            hint="Write it in full, for instance http://127.0.0.1:8000/v1.",
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise CredentialsError(
            "The base URL must be plain: no user, password, query or fragment.",
            hint="Credentials belong into MONITE_CLIENT_ID and MONITE_CLIENT_SECRET.",
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname) and not insecure_http:
        raise CredentialsError(
            f"Plain http to {parts.hostname} would show the token to everyone on the way.",
            hint="Use https://. If you insist: --insecure-http, or MONITE_INSECURE_HTTP=1 beside the URL.",
        )
    return url
