"""Explains the approval of a payable: the policies that were tried, and who still has to approve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monite_magic.simulator.call import Call
from monite_magic.simulator.rules.approval_policies import POLICIES
from monite_magic.simulator.rules.approvals import REQUESTS
from monite_magic.simulator.rules.entity_users import ENTITY_USERS
from monite_magic.simulator.rules.payables import PAYABLES
from monite_magic.simulator.rules.roles import ROLES
from monite_magic.simulator.timers import catch_up

if TYPE_CHECKING:
    from monite_magic.simulator.store import Document
    from monite_magic.simulator.world import World


def explain_payable(world: World, identifier: str) -> Document:
    """Explain the approval policies of a payable.

    Returns:
        Its `id`, `document_id` and `status`; `submitted_at`, or `None` if it has not been submitted;
        `policies`, each with `name`, `priority`, `matches`, `applies` and `why`: as they were when it was
        submitted, or as they would be if it were submitted now; `requests`, each with `status` and whom it
        asks, in `asked` by name.

    Raises:
        LookupError: The payable does not exist.
    """
    catch_up(world)
    entity_id = world.store.owner_of(PAYABLES.kind, identifier)
    entity = entity_id and world.store.owner_of("entity", entity_id)
    payable = world.store.get(PAYABLES.kind, identifier)
    if payable is None or not entity_id or not entity:
        raise LookupError(f"The simulator has no payable {identifier}.")
    call = Call.without_request(world, entity, entity_id)
    submitted = payable.get("_tried")
    if_submitted = {**payable, "status": "approve_in_progress"}
    asked = ("id", "status", "user_ids", "role_ids", "required_approval_count", "approved_by", "rejected_by")
    return {
        "id": payable["id"],
        "document_id": payable.get("document_id"),
        "status": payable["status"],
        "submitted_at": submitted and submitted["at"],
        "policies": submitted["policies"] if submitted else POLICIES.tried(call, if_submitted),
        "requests": [
            {name: request.get(name) for name in asked} | {"asked": _names(call, request)}
            for request in REQUESTS.all(call, object_id=payable["id"])
        ],
    }


def _names(call: Call, request: Document) -> list[str]:
    """Return whom a request asks, by name: users, and roles."""
    users = [ENTITY_USERS.get(call, each) or {} for each in request.get("user_ids") or []]
    roles = [ROLES.get(call, each) or {} for each in request.get("role_ids") or []]
    people = [" ".join(filter(None, (user.get("first_name"), user.get("last_name")))) for user in users]
    return [*filter(None, people), *(f"the role {role['name']}" for role in roles if role.get("name"))]
