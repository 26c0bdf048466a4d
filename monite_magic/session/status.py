"""The data of `%monite_status`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monite_magic.core import Environment


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
    lifetime_is_assumed: bool
