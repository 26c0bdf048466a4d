"""Checks approvers: users and roles of the entity, and the number of approvals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monite_magic.core.words import counted
from monite_magic.simulator.registry import behaviour
from monite_magic.simulator.rules.entity_users import ENTITY_USERS
from monite_magic.simulator.rules.roles import ROLES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from monite_magic.simulator.call import Call

behaviour(
    "approvers",
    "Approvers must exist, belong to the entity, and be at least as many users as must approve.",
    "unverified",
)


def check_approvers(
    call: Call,
    user_ids: Sequence[str],
    role_ids: Sequence[str],
    count: int,
    refuse: Callable[[str, str], None],
) -> None:
    """Refuse invalid approvers.

    Args:
        call: The call.
        user_ids: The users to ask.
        role_ids: The roles whose users to ask.
        count: How many users must approve.
        refuse: Called with the invalid member, such as `user_ids[1]`, and the problem.
    """
    approvers = set()
    for index, identifier in enumerate(user_ids):
        if ENTITY_USERS.get(call, identifier) is None:
            refuse(f"user_ids[{index}]", f"the entity has no user {identifier}")
        approvers.add(identifier)
    for index, identifier in enumerate(role_ids):
        if ROLES.get(call, identifier) is None:
            refuse(f"role_ids[{index}]", f"the entity has no role {identifier}")
    for identifier in dict.fromkeys(role_ids):
        approvers.update(user["id"] for user in ENTITY_USERS.all(call, role_id=identifier))
    if len(approvers) < count:
        users = counted(len(approvers), "user")
        refuse("required_approval_count", f"{count} must approve, and {users} can")
