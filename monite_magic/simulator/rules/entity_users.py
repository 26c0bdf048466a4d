"""Entity users, and their own `me`, `my_entity` and `my_role`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic.simulator.answers import not_found, refuse
from monite_magic.simulator.filters import member
from monite_magic.simulator.registry import Access, behaviour, operation
from monite_magic.simulator.resources import Resource, merge
from monite_magic.simulator.rules.entities import ENTITIES
from monite_magic.simulator.rules.roles import ROLES, permissions
from monite_magic.simulator.store import Condition, Document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.simulator.call import Call

DEFAULT_ROLE_NAME = "Default role"

behaviour(
    "POST /entity_users",
    "Without role_id the user gets the partner's default role, which is created on first use.",
    "unverified",
)
behaviour("GET /entity_users/me", "With a partner's token the answer is 403.", "unverified")


class EntityUsers(Resource):
    """The users of an entity."""

    kind = "entity_user"
    path = "/entity_users/{entity_user_id}"
    permission = "entity_user"
    unique = ("login",)
    references = {"role_id": ROLES}
    initial = {"status": "active"}
    fields = {"name__istartswith": ""}
    event = "entity_user"

    def prepare(self, call: Call, document: Document) -> None:
        """The role must belong to the entity. Without a role, use the default role."""
        if document.get("role_id") is None:
            document["role_id"] = self._default_role(call)["id"]

    def change(self, call: Call, document: Document, changes: Document) -> None:
        """Null leaves required members unchanged."""
        for name in ("role_id", "login", "first_name"):
            if changes.get(name, "") is None:
                del changes[name]

    def where(self, call: Call, query: Mapping[str, Any]) -> list[Condition]:
        """`name__istartswith` searches first and last name together."""
        start = query.get("name__istartswith")
        if not start:
            return []
        name = f"lower({member('first_name')} || ' ' || coalesce({member('last_name')}, ''))"
        return [Condition(f"instr({name}, lower(?)) = 1", (start,))]

    def _default_role(self, call: Call) -> Document:
        settings = call.store.get("partner_settings", call.project, owner=call.project) or {}
        chosen = settings.get("default_role") or {}
        name = chosen.get("name") or DEFAULT_ROLE_NAME
        found = ROLES.all(call, name=name)
        if found:
            return found[0]
        granted = chosen.get("permissions") or permissions(actions=("read",))
        return ROLES.add(call, {"name": name, "permissions": granted})


ENTITY_USERS = EntityUsers().serve("list", "create", "read", "update", "delete", status="documented")


def _me(call: Call) -> Document:
    if call.principal.user is None:
        refuse(403, "This operation needs the access token of an entity user.")
    return call.principal.user


@operation("GET", "/entity_users/me", status="documented")
def read_me(call: Call) -> Document:
    """The user of the access token."""
    return _me(call)


@operation("PATCH", "/entity_users/me", status="documented")
def update_me(call: Call) -> Document:
    """Change the user of the access token."""
    user = _me(call)
    changes = {name: value for name, value in call.body.items() if value is not None or name != "first_name"}
    return ENTITY_USERS.save(call, merge(user, changes))


@operation("GET", "/entity_users/my_entity", status="documented")
def read_my_entity(call: Call) -> Document:
    """The entity of the access token's user."""
    _me(call)
    return ENTITIES.view(call, call.entity())


@operation("PATCH", "/entity_users/my_entity", status="schema", access=Access("entity", "update"))
def update_my_entity(call: Call) -> Document:
    """Change the entity of the access token's user."""
    _me(call)
    return ENTITIES.update(call, call.entity())


@operation("GET", "/entity_users/my_role", status="documented")
def read_my_role(call: Call) -> Document:
    """The role of the access token's user."""
    _me(call)
    return call.principal.role or not_found("role")
