"""Client ID and secret, and the profile that they make with the settings beside them.

ID and secret come as a pair from one source (see `monite_magic.credential_sources`). A setting (environment,
base URL, entity, …) comes from the source of the pair or from a stronger one, never from a weaker one: so a
stray file can't send a secret elsewhere.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Unpack

from monite_magic.credential_sources import (
    API_VERSION,
    BASE_URL,
    CLIENT_ID,
    CLIENT_SECRET,
    DEFAULT_PROFILE,
    ENTITY_ID,
    ENTITY_USER_ID,
    ENV,
    INSECURE_HTTP,
    Options,
    Source,
    open_sources,
    source_of,
    variable_prefix,
)
from monite_magic.dotenv_file import exposure_notes, write_dotenv
from monite_magic.environments import ENVIRONMENTS, Environment, find_environment
from monite_magic.errors import CredentialsError, without_frames

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from monite_magic.masking import Secret


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
    """

    name: str | None
    environment: Environment
    credentials: Credentials | None
    entity_id: str | None = None
    entity_user_id: str | None = None
    source: str = ""
    notes: tuple[str, ...] = ()


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
    if sources[0].is_local:
        return _profile(profile, sources, None)
    start = start or Path.cwd()
    if dotenv is not None and not (start / Path(dotenv).expanduser()).exists():
        raise NoCredentialsError(
            f"There is no file {dotenv}.",
            hint="Check its path.",
            settings=_profile(profile, sources, None),
        )
    for source in open_sources(profile, dotenv, start, environ, keyring=keyring):
        sources.append(source)
        pair = source.pair()
        if pair is not None or (is_open and source.is_local):
            return _profile(profile, sources, pair)
    raise _not_found(profile, sources)


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
    url_is_known = is_known and ENVIRONMENTS[environment.name].base_url == environment.base_url
    values: dict[str, str | Secret] = {
        CLIENT_ID: credentials.client_id,
        CLIENT_SECRET: credentials.client_secret,
        ENV: environment.name if is_known else "",
        BASE_URL: "" if url_is_known else environment.base_url,
        INSECURE_HTTP: "1" if environment.insecure else "",
        API_VERSION: environment.api_version if environment.api_version != environment.usual_version else "",
        ENTITY_ID: profile.entity_id or "",
        ENTITY_USER_ID: profile.entity_user_id or "",
    }
    prefix = variable_prefix(profile.name)
    return write_dotenv(path, {prefix + name: value for name, value in values.items()}, replace=replace)


def _profile(name: str | None, sources: list[Source], pair: tuple[str, Secret] | None) -> Profile:
    """Put the profile together; the last of `sources` is the one that was decided on."""
    source = sources[-1]
    environment = _environment(sources)
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
        notes=exposure_notes(path) if path is not None else (),
    )


def _environment(sources: list[Source]) -> Environment:
    # Name and URL belong together: both are taken from the first source that has either.
    where = next((source for source in sources if source.get(ENV) or source.get(BASE_URL)), None)
    version = next((source for source in sources if source.get(API_VERSION)), None)
    environment = find_environment()
    if where is not None:
        name, base_url = where.get(ENV), where.get(BASE_URL)
        insists = any(source.says_yes(INSECURE_HTTP) for source in sources[: sources.index(where) + 1])
        is_known = name is None or name in ENVIRONMENTS
        with _placed(where, BASE_URL if base_url and is_known else ENV):
            environment = find_environment(name, base_url, insecure_http=insists)
    if version is not None:
        with _placed(version, API_VERSION):
            environment = environment.with_version(version.get(API_VERSION) or "")
    return environment


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


_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def read_uuid(value: str, label: str, listed: str = "") -> str:
    """Return the ID; one that is none is not repeated, as it may be a secret in the wrong place.

    Args:
        value: The ID.
        label: What it is called in the error.
        listed: Where a person finds it.

    Raises:
        CredentialsError: It is no UUID.
    """
    if not _UUID.fullmatch(value):
        raise CredentialsError(
            f"{label[0].upper()}{label[1:]} is not a UUID.",
            hint="It is 36 characters long, such as 123e4567-e89b-12d3-a456-426614174000: copy it whole."
            + (f" {listed}." if listed else ""),
        )
    return value


def _not_found(profile: str | None, sources: list[Source]) -> NoCredentialsError:
    prefix = variable_prefix(profile)
    *others, last = [source.label for source in sources[1:]]
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
    settings = _profile(profile, sources, None)
    return NoCredentialsError(f"No {wanted} in {looked}.", hint=hint, settings=settings)
