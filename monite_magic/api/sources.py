"""The sources of a profile's variables, strongest first.

1. The options.
2. The environment, both from the kernel's start and as changed by cells.
3. The nearest trusted `.env` in the notebook's folder or its parents.
4. The system keyring, if the `keyring` package is installed.

If an option names a file, only the options and that file count. The keyring entry has the service
`monite-magic`, the profile's name (or `default`) as user, and `CLIENT_ID:CLIENT_SECRET` as password:

    keyring set monite-magic default
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict

from monite_magic.api.dotenv import find_dotenv, read_dotenv
from monite_magic.api.file_trust import why_not_believed
from monite_magic.core import LOCAL, CredentialsError, Secret
from monite_magic.core.start_environment import start_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CLIENT_ID: Final = "CLIENT_ID"
CLIENT_SECRET: Final = "CLIENT_SECRET"  # noqa: S105 - the name of a variable
ENV: Final = "ENV"
BASE_URL: Final = "BASE_URL"
INSECURE_HTTP: Final = "INSECURE_HTTP"
PRODUCTION: Final = "PRODUCTION"
API_VERSION: Final = "API_VERSION"
ENTITY_ID: Final = "ENTITY_ID"
ENTITY_USER_ID: Final = "ENTITY_USER_ID"

#: The label of the options as a source.
_OPTIONS: Final = "the options"

ENVIRONMENT: Final = "the environment"

KEYRING_SERVICE: Final = "monite-magic"
#: The name of the default profile, also in the keyring.
DEFAULT_PROFILE: Final = "default"


@dataclass(frozen=True, slots=True)
class Source:
    """One source of variables.

    Attributes:
        label: The name of the source in messages.
        prefix: The prefix of the profile's variables.
        variables: Names and values, including other profiles.
        path: The file, if the source is one.
        by_person: Whether the source is the options of a line.
        at_start: Whether the source is the environment at the kernel's start.
        by_cells: Whether the source is the environment as changed by cells.
        distrust: Why its file can't name an unknown host: others can write it.
    """

    label: str
    prefix: str
    variables: Mapping[str, str] = field(repr=False)
    path: Path | None = None
    by_person: bool = False
    at_start: bool = False
    by_cells: bool = False
    distrust: str | None = None

    def get(self, variable: str) -> str | None:
        """Return the stripped variable, or None if it is missing or empty."""
        return self.variables.get(self.prefix + variable, "").strip() or None

    def says_yes(self, variable: str) -> bool:
        """Whether the variable is `1`, `true` or `yes`."""
        return (self.get(variable) or "").lower() in {"1", "true", "yes"}

    def says_no(self, variable: str) -> bool:
        """Whether the variable is `0`, `false` or `no`."""
        return (self.get(variable) or "").lower() in {"0", "false", "no"}

    @property
    def is_local(self) -> bool:
        """Whether this source selects the simulator, which needs no credentials."""
        return self.get(ENV) == LOCAL.name and self.get(BASE_URL) is None

    def place(self, variable: str) -> str:
        """Return the location of a variable in words: `MONITE_ENV in .env`, or the option `--env`."""
        if self.label == _OPTIONS:
            return f"--{variable.removesuffix('_ID').lower().replace('_', '-')}"
        return f"{self.prefix}{variable} in {self.label}"

    def pair(self) -> tuple[str, Secret] | None:
        """Return the client ID and secret of this source, or None.

        Raises:
            CredentialsError: One of the two is missing.
        """
        client_id, client_secret = self.get(CLIENT_ID), Secret(self.get(CLIENT_SECRET) or "")
        if client_id is None and not client_secret:
            return None
        if client_id is None or not client_secret:
            there, missing = (CLIENT_ID, CLIENT_SECRET) if client_id else (CLIENT_SECRET, CLIENT_ID)
            raise CredentialsError(
                f"{self.prefix}{missing} is missing: found only {self.place(there)}.",
                hint="Put the client ID and the secret in the same place.",
            )
        return client_id, client_secret


class Options(TypedDict, total=False):
    """Settings from the options; they override all other sources.

    Attributes:
        env: Name of an environment. `local` reads no source, since the simulator has its own credentials.
        base_url: Base URL; overrides any environment or URL of a source.
        insecure_http: Allow plain http to another machine.
        production: Whether an unknown host is production; None asks before writes, as for production.
        api_version: Date `YYYY-MM-DD`.
        entity: ID of the entity that calls are for.
        entity_user: ID of the user whose token to use.
    """

    env: str | None
    base_url: str | None
    insecure_http: bool
    production: bool | None
    api_version: str | None
    entity: str | None
    entity_user: str | None


def source_of(options: Options, prefix: str) -> Source:
    """Return the options as a source."""
    values = {
        ENV: options.get("env"),
        BASE_URL: options.get("base_url"),
        INSECURE_HTTP: "1" if options.get("insecure_http") else None,
        PRODUCTION: {True: "1", False: "0"}.get(options.get("production")),  # type: ignore[arg-type]
        API_VERSION: options.get("api_version"),
        ENTITY_ID: options.get("entity"),
        ENTITY_USER_ID: options.get("entity_user"),
    }
    given = {prefix + name: value for name, value in values.items() if value}
    return Source(_OPTIONS, prefix, given, by_person=True)


def variable_prefix(profile: str | None) -> str:
    """Return the prefix of the profile's variables: `MONITE_`, or `MONITE_ACME_` for `acme`.

    Raises:
        CredentialsError: The name has characters that are not allowed in a variable.
    """
    if profile is None:
        return "MONITE_"
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", profile):
        raise CredentialsError(
            f"{profile!r} is not a valid profile name.", hint="Use only letters, digits, - and _."
        )
    return f"MONITE_{profile.upper().replace('-', '_')}_"


def open_sources(
    profile: str | None,
    dotenv: str | Path | None,
    start: Path,
    environ: Mapping[str, str] | None,
    passed_over: list[str],
    *,
    keyring: bool,
) -> Iterator[Source]:
    """Yield the sources one by one, reading each only when needed.

    Args:
        profile: Name of the profile, or None.
        dotenv: Read only this file.
        start: Folder to search `.env` from, up through its parents.
        environ: Replaces the environment, as if cells had not changed it.
        passed_over: Receives a sentence for each untrusted `.env`.
        keyring: Whether to read the system keyring.

    Raises:
        CredentialsError: A file can't be read or is malformed.
    """
    prefix = variable_prefix(profile)
    if dotenv is not None:
        path = Path(dotenv).expanduser()
        distrust = why_not_believed(start / path, start, is_named=True)
        yield Source(str(dotenv), prefix, read_dotenv(start / path), start / path, distrust=distrust)
        return
    if environ is not None:
        yield Source(ENVIRONMENT, prefix, environ, at_start=True)
    else:
        yield Source(ENVIRONMENT, prefix, _set_by_cells(prefix), by_cells=True)
        yield Source(ENVIRONMENT, prefix, _from_start(prefix), at_start=True)
    found = find_dotenv(start, passed_over)
    if found is not None:
        yield Source(_relative(found, start), prefix, read_dotenv(found), found)
    if keyring:
        entry = _keyring_entry(profile or DEFAULT_PROFILE)
        client_id, _, client_secret = entry.partition(":")
        pair = {prefix + CLIENT_ID: client_id, prefix + CLIENT_SECRET: client_secret}
        yield Source("the keyring", prefix, pair)


def _set_by_cells(prefix: str) -> dict[str, str]:
    """Return the variables that cells have set since the kernel started.

    If a cell has set the secret, this is the whole environment, so cells can also choose its host. A secret
    from the kernel's start stays with the start's settings, even if a cell copies it to another profile.
    """
    started = start_environment()
    present = {name: value for name, value in os.environ.items() if name.startswith("MONITE_")}
    changed = {name: value for name, value in present.items() if started.get(name) != value}
    if prefix + CLIENT_SECRET in changed and not _secret_from_start(prefix):
        return present
    pair = (prefix + CLIENT_ID, prefix + CLIENT_SECRET)
    return {name: value for name, value in changed.items() if name not in pair}


def _secret_from_start(prefix: str) -> bool:
    """Whether the secret in the environment existed at the kernel's start, under any name."""
    secret = os.environ.get(prefix + CLIENT_SECRET, "").strip()  # as it is read
    return bool(secret) and secret in {value.strip() for value in start_environment().values()}


def _from_start(prefix: str) -> dict[str, str]:
    """Return the variables from the kernel's start that still exist, with the current client ID.

    The variables that choose the host stay even if a cell deletes them.
    """
    place = {prefix + name for name in (ENV, BASE_URL, INSECURE_HTTP, PRODUCTION)}
    kept = {name: value for name, value in start_environment().items() if name in os.environ or name in place}
    names = (prefix + CLIENT_ID, *((prefix + CLIENT_SECRET,) if _secret_from_start(prefix) else ()))
    return {**kept, **{name: os.environ[name] for name in names if name in os.environ}}


def _relative(path: Path, start: Path) -> str:
    """Return the path relative to `start`, so that notebooks don't contain folders of this machine."""
    return Path(os.path.relpath(path, start.resolve())).as_posix()


def _keyring_entry(user: str) -> str:
    try:
        import keyring  # optional, and slow to import

        return keyring.get_password(KEYRING_SERVICE, user) or ""
    except Exception:  # noqa: BLE001 - each backend has its own errors, and a keyring is optional
        return ""
