"""The kernel's session: who is logged in, where, and which calls were made."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NoReturn

from monite_magic.api import MoniteAuth, Note, read_uuid
from monite_magic.core import (
    DEFAULT_API_VERSION,
    ConfirmationError,
    CredentialsError,
    NetworkError,
    RequestError,
    TokenError,
)
from monite_magic.history.record import History
from monite_magic.session.confirming import Question, Questions
from monite_magic.session.connections import Connections
from monite_magic.session.outgoing import Grant, Outgoing
from monite_magic.session.profiles import UsedProfiles, unconfirmed_host, with_simulator_credentials
from monite_magic.session.seen import Seen
from monite_magic.session.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from monite_magic.api import Profile
    from monite_magic.core import Environment, Origin
    from monite_magic.session.client import MoniteClient
    from monite_magic.session.connections import Connection
    from monite_magic.session.response import MoniteResponse
    from monite_magic.tables.pull import Pulled

#: The longest time for `--allow-writes`.
MAX_MINUTES: Final = 60


class Session:
    """The state behind the magics.

    Args:
        records: Whether to record calls in the history.
        confirmed_hosts: Hosts confirmed for credentials; pass another session's set to share it.
        before_credentials: Called with an environment before credentials go there.

    Attributes:
        before_credentials: As above.
        last: The last answer, whatever its status; None before the first call.
        calls: Number of calls made.
        seen: The IDs in this session's answers, for completion.
        history: The calls of this session, in memory, limited in size.
        confirmed_hosts: Hosts confirmed for credentials.
        yes_confirmed_at: Hosts where a person has confirmed a `--yes` in this kernel.
    """

    def __init__(
        self,
        *,
        records: bool = True,
        confirmed_hosts: set[Origin] | None = None,
        before_credentials: Callable[[Environment], None] = lambda _: None,
    ) -> None:
        self.before_credentials = before_credentials
        self.last: MoniteResponse | None = None
        self.calls = 0
        self.seen = Seen()
        self.history = History()
        #: Base URL -> newest complete pull of each table, for SQL.
        self.pulls: dict[str, dict[str, Pulled]] = {}
        self._connection: Connection | None = None
        self._connections = Connections(self.history if records else None)
        self._profiles = UsedProfiles()
        self.questions = Questions()
        self.yes_confirmed_at: set[Origin] = set()
        self._grant: Grant | None = None
        self.confirmed_hosts: set[Origin] = set() if confirmed_hosts is None else confirmed_hosts

    def honours_yes(self, environment: Environment, *, has_person: bool) -> bool:
        """Whether `--yes` needs no confirmation: a person has given one at this host, or nobody can."""
        return environment.origin in self.yes_confirmed_at or not has_person

    def __reduce__(self) -> NoReturn:
        raise TypeError("A Session can't be pickled: it has credentials.")

    # -- logging in and out -----------------------------------------------------------------------------

    @property
    def logged_in(self) -> bool:
        """Whether you are logged in."""
        return self._connection is not None

    @property
    def connection(self) -> Connection:
        """The profile in use, with its token source and client.

        Raises:
            CredentialsError: You are not logged in.
        """
        if self._connection is None:
            raise CredentialsError(
                "You are not logged in.",
                hint="Run %monite_login first; %monite_login --env local needs no credentials.",
            )
        return self._connection

    @property
    def profile(self) -> Profile:
        """The profile in use.

        Raises:
            CredentialsError: You are not logged in.
        """
        return self.connection.profile

    @property
    def api_version(self) -> str:
        """The API version of calls; the default version before a log-in."""
        return self.profile.environment.api_version if self.logged_in else DEFAULT_API_VERSION

    @property
    def client(self) -> MoniteClient:
        """The client with the session's token and entity.

        Raises:
            CredentialsError: You are not logged in.
        """
        return self.connection.client

    @property
    def auth(self) -> MoniteAuth:
        """An `httpx.Auth` with the session's token, for your own httpx client.

        Raises:
            CredentialsError: You are not logged in.
        """
        return MoniteAuth(self.connection.source)

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
        profile = with_simulator_credentials(profile)
        if profile.credentials is None:
            raise CredentialsError(
                f"No credentials for {profile.environment.label}.", hint="Log in with %monite_login."
            )
        if not self.knows_host(profile):
            raise unconfirmed_host(profile)
        connection = self._open(profile)
        try:
            connection.source.get()
        except (TokenError, NetworkError) as error:
            if not profile.environment.in_process:
                at = profile.environment.base_url
                error.message += f" The credentials are from {profile.source}, for {at}."
            raise
        self._grant = None
        self.questions.end_all("The session has changed since you were asked")
        if not self.logged_in or profile.environment != self.profile.environment:
            self.seen.clear()
        self._connection = connection
        self._profiles.add(profile)
        return self.status()

    def log_out(self) -> tuple[int, list[str]]:
        """Revoke all tokens of this session, and forget them and all credentials.

        Returns:
            The number of revoked tokens, and a list of problems.
        """
        try:
            return self._connections.revoke()
        finally:
            self._forget()  # even if the user interrupts

    def simulator_started_over(self) -> None:
        """Go on after a reset of the simulator in this process, with new tokens and its own entity."""
        self._connections.forget_simulator()
        self._profiles.forget_simulator()
        if self.logged_in and self.profile.environment.in_process:
            self.seen.clear()
            self.log_in(replace(self.profile, credentials=None, entity_id=None, entity_user_id=None))

    def knows_host(self, profile: Profile) -> bool:
        """Whether this profile's credentials can go to its host without a confirmation."""
        return not profile.foreign or profile.environment.origin in self.confirmed_hosts

    def confirm_host(self, profile: Profile) -> None:
        """Allow credentials to go to this profile's host from now on."""
        self.confirmed_hosts.add(profile.environment.origin)

    def _open(self, profile: Profile) -> Connection:
        self.before_credentials(profile.environment)
        return self._connections.open(profile)

    def _forget(self) -> None:
        self.questions.end_all("You have logged out since you were asked")
        self._connections.close()
        self._connection = None
        self._profiles.clear()
        self._grant = None

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
        chosen = self.profile if profile is environment is None else self._profiles.find(profile, environment)
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

    def allow_writes(self, minutes: float) -> None:
        """Allow writes without a confirmation for `minutes`.

        This covers the current environment, credentials and entity, until the next log-in or switch.

        Raises:
            RequestError: `minutes` is more than an hour.
            CredentialsError: You are not logged in.
        """
        self.check_minutes(minutes)
        self._grant = Grant(self.profile, minutes)

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
        connection, grant = self.connection, self._grant
        if environment is not None:
            profile = with_simulator_credentials(self._profiles.find_in(environment))
            connection = self._open(profile)
        prepared = connection.client.prepare(method, path, **options)
        return Outgoing(connection.client, connection.profile, prepared, notes, grant)

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
        profile, source = self.connection.profile, self.connection.source
        token = source.token
        return Status(
            environment=profile.environment,
            profile=profile.name,
            source=profile.source,
            masked_id=profile.credentials.masked_id if profile.credentials else "",
            grant_type=source.grant_type,
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


_session = Session()


def current() -> Session:
    """Return this kernel's session."""
    return _session
