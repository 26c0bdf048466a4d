"""The caller, and the refusal for a missing permission."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from monite_magic.simulator.answers import refuse

if TYPE_CHECKING:
    from monite_magic.simulator.registry import Access
    from monite_magic.simulator.store import Document


@dataclass(frozen=True)
class Principal:
    """The caller: a partner's project, or a user of one of its entities.

    Attributes:
        project: ID of the partner's project.
        client_id: The client that the token was issued to.
        user: The entity user's document, for an entity-user token.
        entity_id: The entity user's entity.
        role: The entity user's role.
    """

    project: str
    client_id: str
    user: Document | None = None
    entity_id: str | None = None
    role: Document | None = None

    @property
    def user_id(self) -> str | None:
        """ID of the entity user, or `None` for the partner."""
        return self.user["id"] if self.user else None

    def permission(self, object_type: str, action: str) -> str:
        """Return the role's permission: `allowed`, `allowed_for_own` or `not_allowed` (the default)."""
        return self.says(object_type, action) or "not_allowed"

    def says(self, object_type: str, action: str) -> str | None:
        """Return the role's permission, or `None` if the role does not have the object type."""
        objects = (self.role or {}).get("permissions", {}).get("objects", [])
        said = None
        for permitted in objects:
            # In the document, an entry without an object type is about comments.
            if permitted.get("object_type", "comment") == object_type:
                said = "not_allowed"
                for entry in permitted.get("actions") or []:
                    if entry.get("action_name") == action:
                        return str(entry.get("permission") or said)
        return said


def deny(access: Access) -> NoReturn:
    """Refuse a call for a missing permission, with the message of the OpenAPI document's 409."""
    refuse(access.refusal, f"Action {access.action} for {access.object_type} not allowed")
