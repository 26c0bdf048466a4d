"""Find and save credentials and profiles.

The client ID and secret are a pair from one source (see `monite_magic.api.sources`). Only three places can
choose the host for them: that source, the environment at the kernel's start, and your options. Anywhere else,
the environment and base URL are ignored with a note. If only an option names an unknown host, the profile is
`foreign` and needs a confirmation. Other settings, such as the entity and API version, come from the same
source or a stronger one.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Unpack

from monite_magic.api.dotenv import exposure_notes, write_dotenv
from monite_magic.api.sources import (
    API_VERSION,
    BASE_URL,
    CLIENT_ID,
    CLIENT_SECRET,
    DEFAULT_PROFILE,
    ENTITY_ID,
    ENTITY_USER_ID,
    ENV,
    INSECURE_HTTP,
    PRODUCTION,
    Options,
    Source,
    open_sources,
    source_of,
    variable_prefix,
)
from monite_magic.catalogue.formats import UUID
from monite_magic.core import (
    ENVIRONMENTS,
    CredentialsError,
    Environment,
    find_environment,
    is_loopback,
    origin_of,
    without_frames,
)
from monite_magic.core.start_environment import start_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from monite_magic.core import Origin, Secret


@dataclass(frozen=True, slots=True)
class Credentials:
    """The credentials of a partner account.

    Attributes:
        client_id: A UUID at Monite (OpenAPI 2024-05-25, ObtainTokenPayload).
        client_secret: The secret that belongs to it.
    """

    client_id: str = field(repr=False)
    client_secret: Secret

    @property
    def masked_id(self) -> str:
        """The shortened client ID: `3f2b…9c1e`."""
        return f"{self.client_id[:4]}…{self.client_id[-4:]}"

    @classmethod
    def parse(
        cls, client_id: str, client_secret: Secret, *, label: str = "the client ID", is_uuid: bool = True
    ) -> Credentials:
        """Parse a typed or pasted pair; spaces around the ID are removed.

        Args:
            client_id: The ID.
            client_secret: The secret.
            label: The name of the ID in errors.
            is_uuid: Whether the ID must be a UUID (`Environment.ids_are_uuids`).

        Raises:
            CredentialsError: One of them is empty, or the client ID is not a UUID.
        """
        client_id = client_id.strip()
        if not client_id or not client_secret:
            missing = "client secret" if client_id else "client ID"
            raise CredentialsError(
                f"The {missing} is missing.", hint="Enter both the client ID and the client secret."
            )
        if is_uuid:
            read_uuid(client_id, label)
        return cls(client_id, client_secret)


@dataclass(frozen=True, slots=True)
class Profile:
    """A named set of credentials, environment and defaults.

    Attributes:
        name: The profile's name, or None for the default profile.
        environment: Where calls go.
        credentials: ID and secret; None to use the simulator's.
        entity_id: The entity that calls are for, or None.
        entity_user_id: The user whose token is used, or None for the partner token.
        source: Where the credentials come from, in words.
        notes: Warnings about that source.
        foreign: Whether only an option names the unknown host, so that you must confirm it first.
    """

    name: str | None
    environment: Environment
    credentials: Credentials | None
    entity_id: str | None = None
    entity_user_id: str | None = None
    source: str = ""
    notes: tuple[str, ...] = ()
    foreign: bool = False


class NoCredentialsError(CredentialsError):
    """No source has credentials.

    Args:
        message: The sources that were searched.
        settings: Other settings from the sources, such as environment and entity.
        hint: How to fix it.
    """

    def __init__(self, message: str, *, settings: Profile, hint: str | None = None) -> None:
        self.settings = settings
        super().__init__(message, hint=hint)


def profile_of_options(*, profile: str | None = None, **options: Unpack[Options]) -> Profile:
    """Return a profile from options only, without credentials and without reading any source.

    Args:
        profile: Name of the profile, as for `find_profile`.
        options: See `Options`.

    Raises:
        CredentialsError: The environment is unknown, or an ID is not a UUID.
    """
    profile = _unless_default(profile)
    return _profile(profile, [source_of(options, variable_prefix(profile))], None)


@without_frames
def find_profile(
    *,
    profile: str | None = None,
    dotenv: str | Path | None = None,
    start: Path | None = None,
    environ: Mapping[str, str] | None = None,
    keyring: bool = True,
    **options: Unpack[Options],
) -> Profile:
    """Find credentials and settings; see `monite_magic.api.sources` for the order.

    Args:
        profile: Name of a profile: `acme` reads `MONITE_ACME_CLIENT_ID` and so on. None and `default` are the
            default profile.
        dotenv: Read only this file.
        start: Folder to search `.env` from, up through its parents; by default the current one.
        environ: Replaces `os.environ`.
        keyring: Whether to read the system keyring.
        options: See `Options`.

    Raises:
        NoCredentialsError: No source has credentials, or the dotenv file doesn't exist.
        CredentialsError: The ID or the secret is missing, a file is malformed, the environment is unknown, or
            an ID is not a UUID.
    """
    profile = _unless_default(profile)
    is_open = options.get("env") is options.get("base_url") is None
    sources = [source_of(options, variable_prefix(profile))]
    start = start or Path.cwd()
    if sources[0].is_local:
        if not options.get("api_version"):
            options["api_version"] = _version_elsewhere(profile, dotenv, start, environ)
            sources = [source_of(options, variable_prefix(profile))]
        return _profile(profile, sources, None)
    if dotenv is not None and not (start / Path(dotenv).expanduser()).exists():
        raise NoCredentialsError(
            f"No such file: {dotenv}.",
            hint="Check its path.",
            settings=_profile(profile, sources, None),
        )
    passed_over: list[str] = []
    for source in open_sources(profile, dotenv, start, environ, passed_over, keyring=keyring):
        sources.append(source)
        pair = source.pair()
        if pair is not None or (is_open and source.is_local):
            return _profile(profile, sources, pair, passed_over)
    raise _not_found(profile, sources, passed_over)


def _version_elsewhere(
    profile: str | None, dotenv: str | Path | None, start: Path, environ: Mapping[str, str] | None
) -> str | None:
    """Return the API version from the environment or `.env`, the only setting that the simulator uses."""
    try:
        sources = open_sources(profile, dotenv, start, environ, [], keyring=False)
        return next((version for source in sources if (version := source.get(API_VERSION))), None)
    except CredentialsError:
        return None  # the simulator works without readable files


def _unless_default(profile: str | None) -> str | None:
    return None if profile == DEFAULT_PROFILE else profile


@without_frames
def save_profile(profile: Profile, path: Path, *, replace: bool = False) -> tuple[str, ...]:
    """Save a profile to a `.env` file, so that `find_profile` finds it.

    Args:
        profile: A profile with credentials.
        path: The file; it is created if needed.
        replace: Whether to replace other values.

    Returns:
        Warnings if others can read the file.

    Raises:
        DotenvConflict: Another value would be replaced, and `replace` is False.
        CredentialsError: The file can't be read or written, or there are no credentials.
    """
    environment, credentials = profile.environment, profile.credentials
    if credentials is None:
        raise CredentialsError(
            "There are no credentials to save.", hint="Log in with your own credentials first."
        )
    is_known = environment.name in ENVIRONMENTS
    values: dict[str, str | Secret] = {
        CLIENT_ID: credentials.client_id,
        CLIENT_SECRET: credentials.client_secret,
        ENV: environment.name if is_known else "",
        BASE_URL: "" if environment.is_known else environment.base_url,
        INSECURE_HTTP: "1" if environment.insecure else "",
        PRODUCTION: _production_value(environment),
        API_VERSION: environment.api_version if environment.api_version != environment.usual_version else "",
        ENTITY_ID: profile.entity_id or "",
        ENTITY_USER_ID: profile.entity_user_id or "",
    }
    prefix = variable_prefix(profile.name)
    return write_dotenv(path, {prefix + name: value for name, value in values.items()}, replace=replace)


def _production_value(environment: Environment) -> str:
    """Return the value of MONITE_PRODUCTION for this environment; empty if it is not needed."""
    if environment.is_known or not environment.vouched or is_loopback(environment.origin.host):
        return ""
    return str(int(environment.production))


def _profile(
    name: str | None,
    sources: list[Source],
    pair: tuple[str, Secret] | None,
    passed_over: Iterable[str] = (),
) -> Profile:
    """Build the profile; the last of `sources` is the source of the credentials."""
    source = sources[-1]
    place, ignored = _host_source(sources, has_pair=pair is not None)
    environment = _environment(sources, place)
    credentials = None
    if pair is not None:
        is_uuid = environment.ids_are_uuids
        credentials = Credentials.parse(*pair, label=source.place(CLIENT_ID), is_uuid=is_uuid)
    path = source.path if credentials is not None else None
    return Profile(
        name=name,
        environment=environment,
        credentials=credentials,
        entity_id=_setting_uuid(sources, ENTITY_ID),
        entity_user_id=_setting_uuid(sources, ENTITY_USER_ID),
        source=source.label if credentials is not None else "the simulator",
        notes=(*(exposure_notes(path) if path is not None else ()), *ignored, *passed_over),
        foreign=_is_foreign(environment, sources, place),
    )


_HOST_VARIABLES: Final = (ENV, BASE_URL, INSECURE_HTTP, PRODUCTION)


def _host_source(sources: list[Source], *, has_pair: bool) -> tuple[Source | None, list[str]]:
    """Return the source that chooses the host, and a note for each source that is ignored.

    Only the source of the credentials, your options and the environment at the kernel's start can choose it.
    The environment's name and URL belong together: both come from the first source that has either.
    """
    own = sources[-1]
    place, ignored = None, []
    for source in sources:
        named = [variable for variable in _HOST_VARIABLES if source.get(variable)]
        if not named:
            continue
        believed = source is own and not source.distrust
        harmless = (not has_pair or source.distrust) and _is_harmless(source)
        if believed or source.by_person or source.at_start or harmless:
            if place is None and (source.get(ENV) or source.get(BASE_URL)):
                place = source
        elif not source.is_local:
            names = ", ".join(source.prefix + variable for variable in named)
            where = "set in this kernel" if source.by_cells else f"in {source.label}"
            reason = f"the credentials come from {own.label}" if has_pair else "it names an unknown host"
            reason = source.distrust or reason
            ignored.append(f"Ignored {names} {where}: {reason}.")
    return place, ignored


def _is_harmless(source: Source) -> bool:
    """Whether a source names a known host or none, so that a form can ask for its credentials."""
    url = source.get(BASE_URL)
    if url is None:
        return True
    return _needs_no_trust(origin_of(url))


def _needs_no_trust(origin: Origin) -> bool:
    """Whether an origin is this machine or a known environment."""
    return is_loopback(origin.host) or any(known.origin == origin for known in ENVIRONMENTS.values())


def _environment(sources: list[Source], place: Source | None) -> Environment:
    person, own = sources[0], sources[-1]
    version = next((source for source in sources if source.get(API_VERSION)), None)
    candidates = (person, own) if _is_about_host(own, place) else (person,)
    stated = [source for source in candidates if source.says_yes(PRODUCTION) or source.says_no(PRODUCTION)]
    production = stated[0].says_yes(PRODUCTION) if stated else None
    name, base_url = (place.get(ENV), place.get(BASE_URL)) if place else (None, None)
    insecure_http = any(source.says_yes(INSECURE_HTTP) for source in (person, place) if source)
    with _with_location(place or person, BASE_URL if base_url and name in {None, *ENVIRONMENTS} else ENV):
        environment = find_environment(name, base_url, insecure_http=insecure_http, production=production)
    if version is not None:
        with _with_location(version, API_VERSION):
            environment = environment.with_version(version.get(API_VERSION) or "")
    return environment


def _is_about_host(own: Source, place: Source | None) -> bool:
    """Whether MONITE_PRODUCTION in the credentials' source is about the chosen host."""
    if place is None or not place.by_person:
        return True
    url, named = place.get(BASE_URL), own.get(BASE_URL)
    return not own.distrust and bool(url and named) and origin_of(url or "") == origin_of(named or "")


def _is_foreign(environment: Environment, sources: list[Source], place: Source | None) -> bool:
    """Whether only an option names the unknown host."""
    if place is None or not place.by_person or _needs_no_trust(environment.origin):
        return False
    trusted = (source for source in sources if source is sources[-1] or source.at_start)
    named = [source.get(BASE_URL) for source in trusted if source is not place and not source.distrust]
    named.append(start_environment().get(place.prefix + BASE_URL))
    return environment.origin not in {origin_of(url) for url in named if url}


@contextlib.contextmanager
def _with_location(source: Source, variable: str) -> Iterator[None]:
    """Add the location of a value to an error about it."""
    try:
        yield
    except CredentialsError as error:
        raise CredentialsError(
            f"{error.message.rstrip('.')} ({source.place(variable)}).", hint=error.hint
        ) from None


def _setting_uuid(sources: list[Source], variable: str) -> str | None:
    for source in sources:
        value = source.get(variable)
        if value is not None:
            return read_uuid(value, source.place(variable))
    return None


def read_uuid(value: str, label: str, listed: str = "") -> str:
    """Check that an ID is a UUID. Errors don't repeat the value, since it may be a misplaced secret.

    Args:
        value: The ID.
        label: Its name in errors.
        listed: How to find valid IDs.

    Raises:
        CredentialsError: It is not a UUID.
    """
    if not UUID.fullmatch(value):
        raise CredentialsError(
            f"{label[0].upper()}{label[1:]} is not a UUID.",
            hint="Copy all 36 characters, for instance 123e4567-e89b-12d3-a456-426614174000."
            + (f" {listed}." if listed else ""),
        )
    return value


def _not_found(profile: str | None, sources: list[Source], passed_over: Iterable[str]) -> NoCredentialsError:
    prefix = variable_prefix(profile)
    *others, last = dict.fromkeys(source.label for source in sources[1:])
    looked = f"{', '.join(others)} or {last}" if others else last
    wanted = f"profile {profile!r}" if profile else "credentials"
    known = sorted(
        {
            match[1].lower()
            for source in sources
            for name, value in source.variables.items()
            if value.strip() and (match := re.fullmatch(r"MONITE_(\w+)_CLIENT_ID", name))
        }
    )
    place = "there" if profile or not others else "in the environment or in .env"
    hint = f"Set {prefix}{CLIENT_ID} and {prefix}{CLIENT_SECRET} {place}."
    if not profile:
        hint += " The simulator (env local) needs no credentials."
    elif known:
        hint += f" Known profiles: {', '.join(known)}."
    settings = _profile(profile, sources, None, passed_over)
    hint = " ".join([*settings.notes, hint])
    return NoCredentialsError(f"No {wanted} in {looked}.", hint=hint, settings=settings)
