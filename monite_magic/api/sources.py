"""The places that can hold variables of a profile, the strongest first.

Options; the environment that the kernel started with, and what cells have changed in it since; the nearest
`.env` from the notebook's folder upwards that can be believed; the system keyring. An option that names a
file makes that file the only place beside the options.

The keyring, if the `keyring` package is installed, is asked for the service `monite-magic` and the profile's
name (`default` for the unnamed one); the entry is `CLIENT_ID:CLIENT_SECRET`:

    keyring set monite-magic default
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict

from monite_magic.api.dotenv import find_dotenv, read_dotenv
from monite_magic.api.start_environment import start_environment
from monite_magic.core import LOCAL, CredentialsError, Secret

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

#: What the options of the line are called as a source.
_OPTIONS: Final = "the options"

ENVIRONMENT: Final = "the environment"

KEYRING_SERVICE: Final = "monite-magic"
#: What the profile without a name is called, here and in the keyring.
DEFAULT_PROFILE: Final = "default"


@dataclass(frozen=True, slots=True)
class Source:
    """One place that can hold variables of the wanted profile.

    Attributes:
        label: What the place is called.
        prefix: What the profile's variables begin with.
        variables: Names and values, of other profiles too.
        path: The file, if it is one.
        by_person: Whether these are the options of a line.
        at_start: Whether this is the environment that the kernel started with.
        by_cells: Whether this is what cells have changed in it since.
    """

    label: str
    prefix: str
    variables: Mapping[str, str] = field(repr=False)
    path: Path | None = None
    by_person: bool = False
    at_start: bool = False
    by_cells: bool = False

    def get(self, variable: str) -> str | None:
        """Return the variable without spaces around it; an empty one counts as none."""
        return self.variables.get(self.prefix + variable, "").strip() or None

    def says_yes(self, variable: str) -> bool:
        """Whether the variable is `1`, `true` or `yes`."""
        return (self.get(variable) or "").lower() in {"1", "true", "yes"}

    def says_no(self, variable: str) -> bool:
        """Whether the variable is `0`, `false` or `no`."""
        return (self.get(variable) or "").lower() in {"0", "false", "no"}

    @property
    def is_local(self) -> bool:
        """Whether this place chooses the simulator, which needs no credentials."""
        return self.get(ENV) == LOCAL.name and self.get(BASE_URL) is None

    def place(self, variable: str) -> str:
        """Return how a person finds the variable: `MONITE_ENV in .env`, or the option `--env`."""
        if self.label == _OPTIONS:
            return f"--{variable.removesuffix('_ID').lower().replace('_', '-')}"
        return f"{self.prefix}{variable} in {self.label}"

    def pair(self) -> tuple[str, Secret] | None:
        """Return client ID and secret as they stand here, or None.

        Raises:
            CredentialsError: There is only one of them.
        """
        client_id, client_secret = self.get(CLIENT_ID), Secret(self.get(CLIENT_SECRET) or "")
        if client_id is None and not client_secret:
            return None
        if client_id is None or not client_secret:
            there, missing = (CLIENT_ID, CLIENT_SECRET) if client_id else (CLIENT_SECRET, CLIENT_ID)
            raise CredentialsError(
                f"{self.prefix}{missing} is missing: there is {self.place(there)} only.",
                hint="ID and secret are a pair: put both into the same place.",
            )
        return client_id, client_secret


class Options(TypedDict, total=False):
    """Settings that a person gives; they are stronger than those of any source.

    Attributes:
        env: Name of an environment. `local` reads no source: the simulator has credentials of its own.
        base_url: Base URL; stronger than any `env` or URL of a source.
        insecure_http: Allow plain http to another machine.
        production: Whether an unknown host is production; None asks before writes there, as production does.
        api_version: Date `YYYY-MM-DD`.
        entity: ID of the entity that calls are made for.
        entity_user: ID of the user whose token is wanted.
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
    """Return what the profile's variables begin with: `MONITE_`, or `MONITE_ACME_` for `acme`.

    Raises:
        CredentialsError: The name has characters that no variable has.
    """
    if profile is None:
        return "MONITE_"
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", profile):
        raise CredentialsError(
            f"{profile!r} is not a name for a profile.", hint="Use letters, digits, - and _ only."
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
    """Read one source after the other, only as far as the caller goes on.

    Args:
        profile: Name of the profile, or None.
        dotenv: A file that is the only source.
        start: Folder from which `.env` is looked for upwards.
        environ: Used as the environment that the kernel started with, and nothing has changed since.
        passed_over: Takes a sentence for each `.env` that can't be believed.
        keyring: Whether the system keyring is asked.

    Raises:
        CredentialsError: A file can't be read or is malformed.
    """
    prefix = variable_prefix(profile)
    if dotenv is not None:
        path = Path(dotenv).expanduser()
        yield Source(str(dotenv), prefix, read_dotenv(start / path), start / path)
        return
    if environ is not None:
        yield Source(ENVIRONMENT, prefix, environ, at_start=True)
    else:
        yield Source(ENVIRONMENT, prefix, _changed(prefix), by_cells=True)
        yield Source(ENVIRONMENT, prefix, _unchanged(prefix), at_start=True)
    found = find_dotenv(start, passed_over)
    if found is not None:
        yield Source(_relative(found, start), prefix, read_dotenv(found), found)
    if keyring:
        entry = _keyring_entry(profile or DEFAULT_PROFILE)
        client_id, _, client_secret = entry.partition(":")
        pair = {prefix + CLIENT_ID: client_id, prefix + CLIENT_SECRET: client_secret}
        yield Source("the keyring", prefix, pair)


def _changed(prefix: str) -> dict[str, str]:
    """The variables that cells have set since the kernel started.

    A secret that a cell has set brings the whole environment, so that it goes where the kernel's start says
    unless cells say otherwise. One that the kernel started with stays with the start, whatever else has
    changed; a cell that copies it to another profile's variable doesn't change that.
    """
    started = start_environment()
    present = {name: value for name, value in os.environ.items() if name.startswith("MONITE_")}
    changed = {name: value for name, value in present.items() if started.get(name) != value}
    if prefix + CLIENT_SECRET in changed and not _is_of_start(prefix):
        return present
    pair = (prefix + CLIENT_ID, prefix + CLIENT_SECRET)
    return {name: value for name, value in changed.items() if name not in pair}


def _is_of_start(prefix: str) -> bool:
    """Whether the secret in the environment is one that the kernel started with, under any name."""
    secret = os.environ.get(prefix + CLIENT_SECRET, "")
    return bool(secret.strip()) and secret in start_environment().values()


def _unchanged(prefix: str) -> dict[str, str]:
    """The variables that the kernel started with and that cells have left, and the client ID as it is now.

    Those that say where the pair goes stay with the pair: no cell can take them away from it.
    """
    place = {prefix + name for name in (ENV, BASE_URL, INSECURE_HTTP, PRODUCTION)}
    kept = {name: value for name, value in start_environment().items() if name in os.environ or name in place}
    names = (prefix + CLIENT_ID, *((prefix + CLIENT_SECRET,) if _is_of_start(prefix) else ()))
    return {**kept, **{name: os.environ[name] for name in names if name in os.environ}}


def _relative(path: Path, start: Path) -> str:
    """Return the path as seen from `start`, so that a saved notebook names no folder of this machine."""
    return Path(os.path.relpath(path, start.resolve())).as_posix()


def _keyring_entry(user: str) -> str:
    try:
        import keyring  # optional, and slow to import

        return keyring.get_password(KEYRING_SERVICE, user) or ""
    except Exception:  # noqa: BLE001 - each backend has errors of its own; no keyring is no misfortune
        return ""
