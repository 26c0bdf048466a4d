"""Who calls, and the refusal of a call for a missing permission."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from monite_magic.simulator.answers import refuse

if TYPE_CHECKING:
    from monite_magic.simulator.registry import Access
    from monite_magic.simulator.store import Document


@dataclass(frozen=True)
class Principal:
    """Who calls: a partner's project, or one of the users of one of its entities.

    Attributes:
        project: Id of the partner's project.
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
        """Id of the entity user, if it is one."""
        return self.user["id"] if self.user else None

    def permission(self, object_type: str, action: str) -> str:
        """What the role says: `allowed`, `allowed_for_own` or `not_allowed`, which is the default."""
        return self.says(object_type, action) or "not_allowed"

    def says(self, object_type: str, action: str) -> str | None:
        """What the role says of an action, or `None` if it doesn't name the object type."""
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
    """Refuse a call for a missing permission. The words are those of the OpenAPI document's 409."""
    refuse(access.refusal, f"Action {access.action} for {access.object_type} not allowed")
