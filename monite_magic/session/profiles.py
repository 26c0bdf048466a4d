"""The profiles that a session has used, and how to find another one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from monite_magic.api import DEFAULT_PROFILE, Credentials, NoCredentialsError, Profile, find_profile
from monite_magic.core import CredentialsError, OriginError, Secret

if TYPE_CHECKING:
    from monite_magic.core import Environment


class UsedProfiles:
    """The profiles that a session has logged in with, the last one last."""

    def __init__(self) -> None:
        self._profiles: dict[tuple[str | None, str], Profile] = {}

    def add(self, profile: Profile) -> None:
        """Add a profile. It replaces the one with the same name and environment."""
        key = (profile.name, profile.environment.name)
        self._profiles.pop(key, None)  # move it to the end
        self._profiles[key] = profile

    def find(self, name: str | None, environment: str | None) -> Profile:
        """Return the profile last used with this name, or the one that `find_profile` finds.

        Args:
            name: Name of the profile; None and `default` are the default profile.
            environment: Name of the environment; None takes any.

        Raises:
            CredentialsError: There are no credentials, or they can't be read.
        """
        name = None if name == DEFAULT_PROFILE else name
        for (used_name, used_environment), profile in reversed(self._profiles.items()):
            if used_name == name and environment in {None, used_environment}:
                return profile
        try:
            return find_profile(profile=name, env=environment)
        except NoCredentialsError:
            if name is not None or environment is None:
                raise
        raise CredentialsError(
            f"No credentials for environment {environment}.",
            hint=f"Log in first: %monite_login --env {environment}.",
        )

    def find_in(self, environment: str | Environment) -> Profile:
        """Return the profile last used with an environment, or the default profile of a named one.

        Raises:
            CredentialsError: There are no credentials for it.
        """
        if isinstance(environment, str):
            return self.find(None, environment)
        for profile in reversed(self._profiles.values()):
            if profile.environment.base_url == environment.base_url:
                return profile
        raise CredentialsError(
            f"You are no longer logged in to {environment.label}.",
            hint="Log in there again, or choose an environment with --env.",
        )

    def forget_simulator(self) -> None:
        """Forget the profiles of the simulator in this process."""
        for key in [key for key, profile in self._profiles.items() if profile.environment.in_process]:
            del self._profiles[key]

    def clear(self) -> None:
        """Forget all profiles."""
        self._profiles.clear()


def with_simulator_credentials(profile: Profile) -> Profile:
    """Return `profile`. The simulator in this process adds its own credentials and entity."""
    if not profile.environment.in_process or profile.credentials is not None:
        return profile
    from monite_magic import simulator

    given = simulator.default().credentials
    return replace(
        profile,
        credentials=Credentials(given["MONITE_CLIENT_ID"], Secret(given["MONITE_CLIENT_SECRET"])),
        entity_id=profile.entity_id or given["MONITE_ENTITY_ID"],
    )


def unconfirmed_host(profile: Profile) -> OriginError:
    """Return the error for credentials that were not meant for this host."""
    return OriginError(
        f"The credentials from {profile.source} are not for {profile.environment.host}. Nothing was sent.",
        hint="Confirm the host when %monite_login asks, or set MONITE_BASE_URL next to the credentials.",
    )
