"""Display a role's permissions with one line per object, instead of a huge tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from monite_magic.display.parts import Facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LEADS: Final = {"allowed": "", "allowed_for_own": "own only: ", "not_allowed": "not: "}


def permissions_of(role: Mapping[str, Any]) -> Facts | None:
    """Return the permissions of a role, or None if the object is not a valid role.

    Args:
        role: The object of an answer.
    """
    permissions = role.get("permissions")
    objects = permissions.get("objects") if isinstance(permissions, dict) else None
    if not isinstance(objects, list) or not objects:
        return None
    try:
        rows = [(str(each["object_type"]), _in_words(each["actions"] or ())) for each in objects]
    except (TypeError, KeyError):
        return None
    return Facts(sorted(rows))


def _in_words(actions: Iterable[Mapping[str, Any]]) -> str:
    """Format actions, grouped by permission: `read, update; own only: delete`."""
    names: dict[str, list[str]] = {permission: [] for permission in _LEADS}
    for action in actions:
        names.setdefault(str(action["permission"]), []).append(str(action["action_name"]))
    groups = [f"{_LEADS.get(word, f'{word}: ')}{', '.join(those)}" for word, those in names.items() if those]
    return "; ".join(groups) or "nothing"
