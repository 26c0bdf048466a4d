"""The clients of a session, and what they share: tokens and connections.

Each combination of environment, credentials and user has its own `TokenSource`. Tokens never leave the
process.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monite_magic.api import Credentials, MoniteAuth, Profile, TokenSource, open_transport
from monite_magic.core import MoniteError
from monite_magic.session.client import MoniteClient

if TYPE_CHECKING:
    import httpx

    from monite_magic.core import Environment
    from monite_magic.history.record import History


@dataclass(frozen=True, slots=True)
class Connection:
    """A profile in use, with its token source and client."""

    profile: Profile
    source: TokenSource
    client: MoniteClient


class Connections:
    """Opens connections, and closes them all at the end.

    Args:
        history: Records the calls; None records nothing.
    """

    def __init__(self, history: History | None) -> None:
        self._history = history
        self._sources: dict[tuple[Environment, Credentials, str | None], TokenSource] = {}
        self._transports: dict[str, httpx.BaseTransport] = {}

    def open(self, profile: Profile) -> Connection:
        """Return a connection with a profile that has credentials. It sends nothing yet."""
        environment = profile.environment
        if environment.base_url not in self._transports:
            self._transports[environment.base_url] = open_transport(environment)
        transport = self._transports[environment.base_url]
        credentials = profile.credentials
        assert credentials is not None  # noqa: S101 - the session checks it
        key = (environment, credentials, profile.entity_user_id)
        if key not in self._sources:
            self._sources[key] = TokenSource(*key, transport=transport)
        source = self._sources[key]
        client = MoniteClient(
            environment,
            MoniteAuth(source),
            entity_id=profile.entity_id,
            transport=transport,
            history=self._history,
        )
        return Connection(profile, source, client)

    def revoke(self) -> tuple[int, list[str]]:
        """Revoke all tokens; return the number of revoked tokens, and a list of problems."""
        revoked = 0
        problems = []
        for source in self._sources.values():
            try:
                revoked += source.revoke()
            except MoniteError as error:
                problems.append(str(error))
        return revoked, problems

    def forget_simulator(self) -> None:
        """Forget the tokens of the simulator in this process."""
        for key in [key for key in self._sources if key[0].in_process]:
            self._sources.pop(key).close()

    def close(self) -> None:
        """Forget all tokens and close all connections."""
        for source in self._sources.values():
            source.close()
        for transport in self._transports.values():
            transport.close()
        self._sources.clear()
        self._transports.clear()
