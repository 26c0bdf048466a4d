"""The kernel's session: who is logged in, where, and which calls were made.

Each combination of environment, credentials and user has its own `TokenSource`. Tokens never leave the
process.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from monite_magic.api import (
    DEFAULT_PROFILE,
    Credentials,
    MoniteAuth,
    NoCredentialsError,
    Note,
    Profile,
    TokenSource,
    find_profile,
    open_transport,
    read_uuid,
)
from monite_magic.core import (
    DEFAULT_API_VERSION,
    ConfirmationError,
    CredentialsError,
    MoniteError,
    NetworkError,
    OriginError,
    RequestError,
    Secret,
    TokenError,
)
from monite_magic.history.record import History
from monite_magic.session.client import MoniteClient
from monite_magic.session.confirming import Question, Questions
from monite_magic.session.outgoing import Grant, Outgoing
from monite_magic.session.seen import Seen

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from monite_magic.core import Environment, Origin
    from monite_magic.session.response import MoniteResponse
    from monite_magic.tables.pull import Pulled


@dataclass(frozen=True, slots=True)
class Status:
    """The data of `%monite_status`, without secrets.

    Attributes:
        environment: Where calls go.
        profile: Name of the profile, or None.
        source: Where the credentials come from, in words.
        masked_id: The client ID with its middle hidden.
        grant_type: `client_credentials` or `entity_user`.
        entity_id: Entity that calls are for, or None.
        entity_user_id: User whose token is used, or None for a partner token.
        entity_name: Name of the entity, if an answer of this session had it; otherwise empty.
        entity_user_name: Name and role of the user, if known in the same way.
        seconds_left: Seconds until the token expires; None before the first exchange.
        calls: Number of calls made in this session.
        writes_allowed_for: Seconds for which production writes need no confirmation; 0 if they need one.
        lifetime_is_assumed: Whether the token's lifetime is a guess, because the server gave none.
    """

    environment: Environment
    profile: str | None
    source: str
    masked_id: str
    grant_type: str
    entity_id: str | None
    entity_user_id: str | None
    entity_name: str
    entity_user_name: str
    seconds_left: float | None
    calls: int
    writes_allowed_for: float
    lifetime_is_assumed: bool = False


#: The longest time for `--allow-writes`.
MAX_MINUTES: Final = 60


def unconfirmed_host(profile: Profile) -> OriginError:
    """Return the error for credentials that were not meant for this host."""
    return OriginError(
        f"The credentials from {profile.source} are not for {profile.environment.host}. Nothing was sent.",
        hint="Confirm the host when %monite_login asks, or set MONITE_BASE_URL next to the credentials.",
    )


@dataclass(slots=True)
class _Login:
    """The profile in use, with its token source and client."""

    profile: Profile
    source: TokenSource
    client: MoniteClient


class Session:
    """The state behind the magics.

    Args:
        records: Whether to record calls in the history.
        confirmed_hosts: Hosts confirmed for credentials; pass another session's set to share it.

    Attributes:
        last: The last answer, whatever its status; None before the first call.
        calls: Number of calls made.
        seen: The IDs in this session's answers, for completion.
        history: The calls of this session, in memory, limited in size.
        confirmed_hosts: Hosts confirmed for credentials.
    """

    def __init__(self, *, records: bool = True, confirmed_hosts: set[Origin] | None = None) -> None:
        self.last: MoniteResponse | None = None
        self.calls = 0
        self.seen = Seen()
        self.history = History()
        #: Base URL -> newest complete pull of each table, for SQL.
        self.pulls: dict[str, dict[str, Pulled]] = {}
        self._records = records
        self._login: _Login | None = None
        self._known: dict[tuple[str | None, str], Profile] = {}
        self._sources: dict[tuple[Environment, Credentials, str | None], TokenSource] = {}
        self._transports: dict[str, httpx.BaseTransport] = {}
        self.questions = Questions()
        self.yes_was_confirmed = False
        self._grant: Grant | None = None
        self.confirmed_hosts: set[Origin] = set() if confirmed_hosts is None else confirmed_hosts

    # -- logging in and out -----------------------------------------------------------------------------

    @property
    def logged_in(self) -> bool:
        """Whether you are logged in."""
        return self._login is not None

    @property
    def profile(self) -> Profile:
        """The profile in use.

        Raises:
            CredentialsError: You are not logged in.
        """
        return self._current().profile

    @property
    def api_version(self) -> str:
        """The API version of calls; the default version before a log-in."""
        return DEFAULT_API_VERSION if self._login is None else self._login.profile.environment.api_version

    @property
    def client(self) -> MoniteClient:
        """The client with the session's token and entity.

        Raises:
            CredentialsError: You are not logged in.
        """
        return self._current().client

    @property
    def auth(self) -> MoniteAuth:
        """An `httpx.Auth` with the session's token, for your own httpx client.

        Raises:
            CredentialsError: You are not logged in.
        """
        return MoniteAuth(self._current().source)

    def _current(self) -> _Login:
        if self._login is None:
            raise CredentialsError(
                "You are not logged in.",
                hint="Run %monite_login first; %monite_login --env local needs no credentials.",
            )
        return self._login

    def log_in(self, profile: Profile) -> Status:
        """Fetch a token for `profile` and use it from now on.

        Args:
            profile: Environment, credentials and defaults.

        If this fails, the session stays unchanged.

        Returns:
            The new status.

        Raises:
            CredentialsError: The profile has no credentials.
            TokenError: The token exchange was refused.
            NetworkError: The token exchange got no answer.
        """
        if profile.environment.in_process and profile.credentials is None:
            profile = _with_simulator_credentials(profile)
        if profile.credentials is None:
            raise CredentialsError(
                f"No credentials for {profile.environment.label}.", hint="Log in with %monite_login."
            )
        if not self.knows_host(profile):
            raise unconfirmed_host(profile)
        source = self._source(profile)
        try:
            source.get()
        except (TokenError, NetworkError) as error:
            if not profile.environment.in_process:
                at = profile.environment.base_url
                error.message += f" The credentials are from {profile.source}, for {at}."
            raise
        client = self._open(profile)
        self._grant = None
        self.questions.end_all("The session has changed since you were asked")
        if self._login is None or profile.environment != self._login.profile.environment:
            self.seen.clear()
        self._login = _Login(profile, source, client)
        self._known.pop((profile.name, profile.environment.name), None)
        self._known[profile.name, profile.environment.name] = profile  # move it to the end
        return self.status()

    def log_out(self) -> tuple[int, list[str]]:
        """Revoke all tokens of this session, and forget them and all credentials.

        Returns:
            The number of revoked tokens, and a list of problems.
        """
        revoked = 0
        problems = []
        try:
            for source in self._sources.values():
                try:
                    revoked += source.revoke()
                except MoniteError as error:
                    problems.append(str(error))
        finally:
            self._forget()  # even if the user interrupts
        return revoked, problems

    def simulator_started_over(self) -> None:
        """Go on after a reset of the simulator in this process, with new tokens and its own entity."""
        for key in [key for key in self._sources if key[0].in_process]:
            self._sources.pop(key).close()
        for known in [known for known, profile in self._known.items() if profile.environment.in_process]:
            del self._known[known]
        if self._login is not None and self._login.profile.environment.in_process:
            self.seen.clear()
            new = replace(self._login.profile, credentials=None, entity_id=None, entity_user_id=None)
            self.log_in(new)

    def knows_host(self, profile: Profile) -> bool:
        """Whether this profile's credentials can go to its host without a confirmation."""
        return not profile.foreign or profile.environment.origin in self.confirmed_hosts

    def confirm_host(self, profile: Profile) -> None:
        """Allow credentials to go to this profile's host from now on."""
        self.confirmed_hosts.add(profile.environment.origin)

    def _forget(self) -> None:
        self.questions.end_all("You have logged out since you were asked")
        for source in self._sources.values():
            source.close()
        for transport in self._transports.values():
            transport.close()
        self._login = None
        self._known.clear()
        self._sources.clear()
        self._transports.clear()
        self._grant = None

    def _source(self, profile: Profile) -> TokenSource:
        """Return the token source for the profile's environment, credentials and user."""
        credentials, environment = profile.credentials, profile.environment
        assert credentials is not None  # noqa: S101 - log_in checks it
        key = (environment, credentials, profile.entity_user_id)
        if key not in self._sources:
            self._sources[key] = TokenSource(*key, transport=self._transport(environment))
        return self._sources[key]

    def _transport(self, environment: Environment) -> httpx.BaseTransport:
        if environment.base_url not in self._transports:
            self._transports[environment.base_url] = open_transport(environment)
        return self._transports[environment.base_url]

    # -- switching --------------------------------------------------------------------------------------

    def switch(
        self,
        *,
        entity: str | None = None,
        entity_user: str | None = None,
        partner: bool = False,
        profile: str | None = None,
        environment: str | None = None,
    ) -> Status:
        """Switch to another entity, user, profile or environment without logging in again.

        If this fails, the session stays unchanged.

        Args:
            entity: ID of the entity that calls are for.
            entity_user: ID of the user whose token to use.
            partner: Whether to use the partner token again.
            profile: Name of a profile, used before or found by `find_profile`. `default` is the unnamed one.
            environment: Name of an environment; its credentials are found in the same way.

        Raises:
            CredentialsError: The credentials are missing, or an ID is not a UUID.
            TokenError: The token exchange was refused.
            NetworkError: The token exchange got no answer.
        """
        chosen = self.profile if profile is environment is None else self._find(profile, environment)
        if entity is not None:
            chosen = replace(
                chosen,
                entity_id=read_uuid(entity, "the entity ID", "%monite GET /entities lists the entities"),
            )
        if entity_user is not None or partner:
            listed = "%monite GET /entity_users lists the users, and Tab offers those seen"
            user = entity_user and read_uuid(entity_user, "the entity user ID", listed)
            chosen = replace(chosen, entity_user_id=user)
        return self.log_in(chosen)

    def _find(self, name: str | None, environment: str | None) -> Profile:
        name = None if name == DEFAULT_PROFILE else name
        for (known_name, known_environment), known in reversed(self._known.items()):
            if known_name == name and environment in {None, known_environment}:
                return known
        try:
            return find_profile(profile=name, env=environment)
        except NoCredentialsError:
            if name is not None or environment is None:
                raise
        raise CredentialsError(
            f"No credentials for environment {environment}.",
            hint=f"Log in first: %monite_login --env {environment}.",
        )

    def _profile_in(self, environment: str | Environment) -> Profile:
        """Return the profile last used with an environment, or the one found by its name."""
        if isinstance(environment, str):
            return self._find(None, environment)
        for known in reversed(self._known.values()):
            if known.environment.base_url == environment.base_url:
                return known
        raise CredentialsError(
            f"You are no longer logged in to {environment.label}.",
            hint="Log in there again, or choose an environment with --env.",
        )

    def allow_writes(self, minutes: float) -> None:
        """Allow writes without a confirmation for `minutes`.

        This covers the current environment, credentials and entity, until the next log-in or switch.

        Raises:
            RequestError: `minutes` is more than an hour.
            CredentialsError: You are not logged in.
        """
        self.check_minutes(minutes)
        self._grant = Grant(self.profile, time.monotonic() + minutes * 60)

    @staticmethod
    def check_minutes(minutes: float) -> None:
        """Check that `minutes` is at most an hour.

        Raises:
            RequestError: It is more.
        """
        if not minutes <= MAX_MINUTES:
            raise RequestError(
                f"--allow-writes takes at most {MAX_MINUTES} minutes.",
                hint="Run %monite_use --allow-writes again when the time is up.",
            )

    # -- calling ----------------------------------------------------------------------------------------

    def prepare(
        self,
        method: str,
        path: str,
        *,
        environment: str | Environment | None = None,
        notes: tuple[Note, ...] = (),
        **options: Any,
    ) -> Outgoing:
        """Build a complete call without sending it.

        Args:
            method: HTTP method.
            path: Path of the API.
            environment: Another environment, or its name, for this call only.
            notes: Notes to show above the answer.
            options: As for `MoniteClient.prepare`.

        Raises:
            CredentialsError: You are not logged in there.
            RequestError: The path or a header can't be sent.
        """
        # Read the session once, so that a switch in another thread can't mix two states.
        login, grant = self._current(), self._grant
        if environment is None:
            profile, client = login.profile, login.client
        else:
            profile = self._profile_in(environment)
            client = self._client_in(environment)
        prepared = client.prepare(method, path, **options)
        return Outgoing(client, profile, prepared, notes, grant)

    def send(self, outgoing: Outgoing, *, confirmed: bool = False) -> MoniteResponse:
        """Send a prepared call, and remember its answer.

        Args:
            outgoing: The result of `prepare`.
            confirmed: Whether the user has confirmed a change of production data.

        Raises:
            ConfirmationError: The call would change production data and is not confirmed.
            MoniteError: As for `MoniteClient.request`.
        """
        if outgoing.needs_yes and not confirmed:
            message, hint = outgoing.refusal
            raise ConfirmationError(message, hint=hint)
        notes = outgoing.notes
        if not confirmed and outgoing.writes_where_asked:
            left = outgoing.grant.minutes_left if outgoing.grant else 0
            notes = (
                *notes,
                Note(f"Sent without confirmation: writes are allowed for {left:.0f} min.", "warning"),
            )
        return self._remember(outgoing.client.send(outgoing.prepared, notes=notes))

    def call(self, method: str, path: str, *, confirmed: bool = False, **options: Any) -> MoniteResponse:
        """Prepare and send one call."""
        return self.send(self.prepare(method, path, **options), confirmed=confirmed)

    def ask(self, outgoing: Outgoing, act: Callable[[], MoniteResponse]) -> Question:
        """Return an open question that confirms a call.

        Args:
            outgoing: The call to show and to send.
            act: Sends the call.
        """
        return self.questions.add(outgoing.key, outgoing.question(act, label=self.seen.label))

    def _client_in(self, environment: str | Environment) -> MoniteClient:
        profile = self._profile_in(environment)
        if profile.environment.in_process and profile.credentials is None:
            profile = _with_simulator_credentials(profile)
        return self._open(profile)

    def _open(self, profile: Profile) -> MoniteClient:
        return MoniteClient(
            profile.environment,
            MoniteAuth(self._source(profile)),
            entity_id=profile.entity_id,
            transport=self._transport(profile.environment),
            history=self.history if self._records else None,
        )

    def _remember(self, response: MoniteResponse) -> MoniteResponse:
        self.calls += 1
        self.last = response
        self.seen.record(response)
        return response

    # -- looking ----------------------------------------------------------------------------------------

    def status(self) -> Status:
        """Return the status of the session, without secrets.

        Raises:
            CredentialsError: You are not logged in.
        """
        login = self._current()
        profile, token = login.profile, login.source.token
        return Status(
            environment=profile.environment,
            profile=profile.name,
            source=profile.source,
            masked_id=profile.credentials.masked_id if profile.credentials else "",
            grant_type=login.source.grant_type,
            entity_id=profile.entity_id,
            entity_user_id=profile.entity_user_id,
            entity_name=self.seen.label("entity_id", profile.entity_id or ""),
            entity_user_name=self._user_name(profile.entity_user_id or ""),
            seconds_left=token.seconds_left() if token else None,
            calls=self.calls,
            writes_allowed_for=self._grant.minutes_left * 60 if self._grant else 0.0,
            lifetime_is_assumed=token is not None and token.is_assumed,
        )

    def _user_name(self, entity_user_id: str) -> str:
        role = self.seen.role_of(entity_user_id)
        parts = (self.seen.label("entity_user_id", entity_user_id), f"role {role}" if role else "")
        return ", ".join(part for part in parts if part)


def _with_simulator_credentials(profile: Profile) -> Profile:
    """Return `profile` with the in-process simulator's default credentials and entity."""
    from monite_magic import simulator

    given = simulator.default().credentials
    return replace(
        profile,
        credentials=Credentials(given["MONITE_CLIENT_ID"], Secret(given["MONITE_CLIENT_SECRET"])),
        entity_id=profile.entity_id or given["MONITE_ENTITY_ID"],
    )


_session = Session()


def current() -> Session:
    """Return this kernel's session."""
    return _session
