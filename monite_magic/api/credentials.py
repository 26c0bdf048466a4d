"""Client ID and secret, and the profile that they make with the settings beside them.

ID and secret come as a pair from one source (see `monite_magic.api.sources`). Where they go is said by
that source itself, by the environment that the kernel started with, or by a person's options: environment,
base URL and what belongs to them are ignored anywhere else, and a note says so. A host that is not known
here, and that only an option names, is marked as `foreign` to the pair: a person has to confirm it. Other
settings (entity, API version) come from the source of the pair or from a stronger one.
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
from monite_magic.api.start_environment import start_environment
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

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from monite_magic.core import Origin, Secret


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a partner account authenticates with.

    Attributes:
        client_id: A UUID at Monite (OpenAPI 2024-05-25, ObtainTokenPayload).
        client_secret: The secret that belongs to it.
    """

    client_id: str = field(repr=False)
    client_secret: Secret

    @property
    def masked_id(self) -> str:
        """The client ID, enough of it to tell one from another: `3f2b…9c1e`."""
        return f"{self.client_id[:4]}…{self.client_id[-4:]}"

    @classmethod
    def parse(
        cls, client_id: str, client_secret: Secret, *, label: str = "the client ID", is_uuid: bool = True
    ) -> Credentials:
        """Return the pair as typed or pasted by a person, spaces around the ID taken off.

        Args:
            client_id: The ID.
            client_secret: The secret.
            label: What the ID is called in an error.
            is_uuid: Whether the ID must be a UUID (`Environment.ids_are_uuids`).

        Raises:
            CredentialsError: One of them is empty, or the client ID is not what it must be.
        """
        client_id = client_id.strip()
        if not client_id or not client_secret:
            missing = "client secret" if client_id else "client ID"
            raise CredentialsError(f"The {missing} is missing.", hint="Both are needed: they are a pair.")
        if is_uuid:
            read_uuid(client_id, label)
        return cls(client_id, client_secret)


@dataclass(frozen=True, slots=True)
class Profile:
    """A named set of credentials, environment and defaults.

    Attributes:
        name: The profile's name, or None for the unnamed one.
        environment: Where calls go.
        credentials: ID and secret; None where the simulator's own are used.
        entity_id: The entity that calls are made for, or None.
        entity_user_id: The user whose token is used, or None for the partner token.
        source: In words where the credentials came from; it holds no value of them.
        notes: Warnings about that place.
        foreign: Whether an unknown host was named by an option alone, so that the pair isn't sent there
            unless a person confirms the host.
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
    """No source holds credentials.

    Args:
        message: Where none were found.
        settings: What the sources hold beside: environment, entity and so on.
        hint: What to do.
    """

    def __init__(self, message: str, *, settings: Profile, hint: str | None = None) -> None:
        self.settings = settings
        super().__init__(message, hint=hint)


def profile_of_options(*, profile: str | None = None, **options: Unpack[Options]) -> Profile:
    """Return the profile that options alone make, without credentials; no source is read.

    Args:
        profile: Name of the profile, as for `find_profile`.
        options: See `Options`.

    Raises:
        CredentialsError: An unknown environment, or an ID that is none.
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
    """Find credentials and settings in the order that the module describes.

    Args:
        profile: Name of a profile: `acme` reads `MONITE_ACME_CLIENT_ID` and so on. None and `default` are
            the one without a name.
        dotenv: A file that is the only source.
        start: Folder from which `.env` is looked for upwards; the current one by default.
        environ: Used in place of `os.environ`.
        keyring: Whether the system keyring is asked.
        options: See `Options`.

    Raises:
        NoCredentialsError: No source holds credentials, or the file that was asked for is not there.
        CredentialsError: Half a pair, a malformed file, an unknown environment, or an ID that is none.
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
            f"There is no file {dotenv}.",
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
    """Return the API version that the environment or `.env` names; the simulator takes no more from there."""
    try:
        sources = open_sources(profile, dotenv, start, environ, [], keyring=False)
        return next((version for source in sources if (version := source.get(API_VERSION))), None)
    except CredentialsError:
        return None  # the simulator needs no file that can be read


def _unless_default(profile: str | None) -> str | None:
    return None if profile == DEFAULT_PROFILE else profile


@without_frames
def save_profile(profile: Profile, path: Path, *, replace: bool = False) -> tuple[str, ...]:
    """Write the profile into a `.env` file, so that `find_profile` finds it there.

    Args:
        profile: It must have credentials.
        path: The file; it need not exist.
        replace: Go on even if other values are replaced.

    Returns:
        Warnings about who else can see the file.

    Raises:
        DotenvConflict: Another value would be replaced, and `replace` is False.
        CredentialsError: The file can't be read or written, or there are no credentials.
    """
    environment, credentials = profile.environment, profile.credentials
    if credentials is None:
        raise CredentialsError("There are no credentials to write.", hint="Log in with your own first.")
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
    """What MONITE_PRODUCTION must say for this environment; empty where it need say nothing."""
    if environment.is_known or not environment.vouched or is_loopback(environment.origin.host):
        return ""
    return str(int(environment.production))


def _profile(
    name: str | None,
    sources: list[Source],
    pair: tuple[str, Secret] | None,
    passed_over: Iterable[str] = (),
) -> Profile:
    """Put the profile together; the last of `sources` is the one that was decided on."""
    source = sources[-1]
    place, ignored = _place(sources, has_pair=pair is not None)
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
        source=source.label if credentials is not None else "the simulator's own",
        notes=(*(exposure_notes(path) if path is not None else ()), *ignored, *passed_over),
        foreign=_is_foreign(environment, sources, place),
    )


_PLACE: Final = (ENV, BASE_URL, INSECURE_HTTP, PRODUCTION)


def _place(sources: list[Source], *, has_pair: bool) -> tuple[Source | None, list[str]]:
    """Return the source that says where the pair goes, and a note on each that may not say it.

    The pair's own source may, as may a person's options and the environment that the kernel started with.
    Name and URL belong together: both are taken from the first source that has either.
    """
    own = sources[-1]
    place, ignored = None, []
    for source in sources:
        named = [variable for variable in _PLACE if source.get(variable)]
        if not named:
            continue
        if source is own or source.by_person or source.at_start or (not has_pair and _is_harmless(source)):
            if place is None and (source.get(ENV) or source.get(BASE_URL)):
                place = source
        elif not source.is_local:
            names = ", ".join(source.prefix + variable for variable in named)
            where = "set in this kernel" if source.by_cells else f"in {source.label}"
            whose = f"the credentials come from {own.label}" if has_pair else "it names an unknown host"
            ignored.append(f"Ignored {names} {where}: {whose}.")
    return place, ignored


def _is_harmless(source: Source) -> bool:
    """Whether a place leads to no unknown host, so that a person may be asked for credentials for it."""
    url = source.get(BASE_URL)
    if url is None:
        return True
    return _needs_no_trust(origin_of(url))


def _needs_no_trust(origin: Origin) -> bool:
    """Whether an origin is this machine's, or one of the environments'."""
    return is_loopback(origin.host) or any(known.origin == origin for known in ENVIRONMENTS.values())


def _environment(sources: list[Source], place: Source | None) -> Environment:
    person, own = sources[0], sources[-1]
    version = next((source for source in sources if source.get(API_VERSION)), None)
    tellers = (person, own) if _speaks_of_place(own, place) else (person,)
    said = [source for source in tellers if source.says_yes(PRODUCTION) or source.says_no(PRODUCTION)]
    production = said[0].says_yes(PRODUCTION) if said else None
    name, base_url = (place.get(ENV), place.get(BASE_URL)) if place else (None, None)
    insists = any(source.says_yes(INSECURE_HTTP) for source in (person, place) if source)
    with _placed(place or person, BASE_URL if base_url and name in {None, *ENVIRONMENTS} else ENV):
        environment = find_environment(name, base_url, insecure_http=insists, production=production)
    if version is not None:
        with _placed(version, API_VERSION):
            environment = environment.with_version(version.get(API_VERSION) or "")
    return environment


def _speaks_of_place(own: Source, place: Source | None) -> bool:
    """Whether what the pair's source says of production is about the place that was chosen, not another."""
    if place is None or not place.by_person:
        return True
    url, named = place.get(BASE_URL), own.get(BASE_URL)
    return bool(url and named) and origin_of(url or "") == origin_of(named or "")


def _is_foreign(environment: Environment, sources: list[Source], place: Source | None) -> bool:
    """Whether an option alone names an unknown host, which the pair's own source doesn't name."""
    if place is None or not place.by_person or _needs_no_trust(environment.origin):
        return False
    trusted = (source for source in sources if source is sources[-1] or source.at_start)
    named = [source.get(BASE_URL) for source in trusted if source is not place]
    named.append(start_environment().get(place.prefix + BASE_URL))
    return environment.origin not in {origin_of(url) for url in named if url}


@contextlib.contextmanager
def _placed(source: Source, variable: str) -> Iterator[None]:
    """Add to an error about a value where the value stands."""
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
    """Return the ID; one that is none is not repeated, as it may be a secret in the wrong place.

    Args:
        value: The ID.
        label: What it is called in the error.
        listed: Where a person finds it.

    Raises:
        CredentialsError: It is not a UUID.
    """
    if not UUID.fullmatch(value):
        raise CredentialsError(
            f"{label[0].upper()}{label[1:]} is not a UUID.",
            hint="It is 36 characters long, such as 123e4567-e89b-12d3-a456-426614174000: copy it whole."
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
        hint += " The simulator (env local) needs none."
    elif known:
        hint += f" There is {', '.join(known)}."
    settings = _profile(profile, sources, None, passed_over)
    hint = " ".join([*settings.notes, hint])
    return NoCredentialsError(f"No {wanted} in {looked}.", hint=hint, settings=settings)
