"""Roles: the permissions of an entity's users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monite_magic.simulator.answers import conflict, invalid, problem
from monite_magic.simulator.registry import behaviour
from monite_magic.simulator.resources import Resource

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour("DELETE /roles/{role_id}", "A role in use by a user can't be deleted: 409.", "documented")

#: All object types of permissions except payable (OpenAPI 2024-05-25, CommonSchema).
OBJECT_TYPES = (
    "approval_policy", "approval_request", "comment", "counterpart", "counterpart_vat_id", "delivery_note",
    "entity", "entity_bank_account", "entity_user", "entity_vat_ids", "export", "mailbox", "ocr_task",
    "onboarding", "overdue_reminder", "payables_purchase_order", "payment_record", "payment_reminder",
    "person", "product", "project", "receipt", "receivable", "reconciliation", "role", "tag", "todo_task",
    "todo_task_mute", "transaction", "workflow",
)  # fmt: skip
ACTIONS = ("create", "read", "update", "delete")
PAYABLE_ACTIONS = (*ACTIONS, "pay", "approve", "cancel", "submit", "create_from_mail", "reopen")


def permissions(permission: str = "allowed", actions: tuple[str, ...] = PAYABLE_ACTIONS) -> Document:
    """Return the same permission for the given actions on every object type."""

    def entry(object_type: str, possible: tuple[str, ...]) -> Document:
        granted = [
            {"action_name": action, "permission": permission} for action in possible if action in actions
        ]
        return {"object_type": object_type, "actions": granted}

    return {"objects": [*(entry(name, ACTIONS) for name in OBJECT_TYPES), entry("payable", PAYABLE_ACTIONS)]}


class Roles(Resource):
    """The roles of an entity."""

    kind = "role"
    path = "/roles/{role_id}"
    permission = "role"
    unique = ("name",)
    initial = {"status": "active"}

    def prepare(self, call: Call, document: Document) -> None:
        """Require an ASCII name, and complete the object types of permissions."""
        _check_name(document)
        _complete(document)

    def change(self, call: Call, document: Document, changes: Document) -> None:
        """Replace permissions as a whole. Null leaves a member unchanged."""
        for name in [name for name, value in changes.items() if value is None]:
            del changes[name]
        _check_name(changes)
        _complete(changes)
        if "permissions" in changes:
            document["permissions"] = changes.pop("permissions")

    def before_delete(self, call: Call, document: Document) -> None:
        """Refuse to delete a role in use."""
        if call.store.first("entity_user", owner=call.entity_id, role_id=document["id"]):
            conflict("The role is assigned to an entity user and can't be deleted.")


def _complete(document: Document) -> None:
    """Add the object type to permissions without one, by their actions: payable or comment."""
    for entry in (document.get("permissions") or {}).get("objects") or ():
        named = {action.get("action_name") for action in entry.get("actions") or ()} - {None}
        if entry.get("object_type", "comment") == "comment" and named - set(ACTIONS):
            entry["object_type"] = "payable"


def _check_name(document: Document) -> None:
    if not document.get("name", "").isascii():
        invalid(problem(["body", "name"], "The name of a role can only contain ASCII characters."))


ROLES = Roles().serve("list", "create", "read", "update", "delete", status="documented")
