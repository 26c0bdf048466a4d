"""The events of a world, in order: changes, webhooks, emails, and their causes."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from monite_magic.simulator.timers import catch_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from monite_magic.simulator.store import Document
    from monite_magic.simulator.world import World


def happenings(world: World) -> list[Document]:
    """Return all events, oldest first.

    Returns:
        For each: `at`, `what` (`change`, `webhook` or `mail`), `action`, such as `payable.updated`, the
        `object_id`, `before` and `status` of the object, `details`, and the `cause`: a call or the clock.
        Members that don't apply are `None`.
    """
    catch_up(world)
    found = [
        (position, reader(document))
        for kind, reader in _READERS.items()
        for position, document in world.store.select(kind)
    ]
    rows = [row for _, row in sorted(found, key=itemgetter(0))]
    known: dict[str, str] = {}
    for row in rows:
        if row["what"] == "change" and row["status"] is not None:
            row["before"] = known.get(row["object_id"])
            known[row["object_id"]] = row["status"]
    return rows


def _row(document: Document, what: str, **members: Any) -> Document:
    empty = dict.fromkeys(("action", "object_id", "before", "status", "details", "cause"))
    return {"at": document["created_at"], "what": what, **empty, **members}


def _change(event: Document) -> Document:
    return _row(
        event,
        "change",
        action=event["action"],
        object_id=event["object"]["id"],
        status=event.get("_status"),
        details=event.get("_details"),
        cause=event.get("_cause") or "seed",
    )


def _webhook(delivery: Document) -> Document:
    return _row(
        delivery,
        "webhook",
        action=f"{delivery['object_type']}.{delivery['event_action']}",
        object_id=delivery.get("_object_id"),
        details=f"{fate(delivery)}: {delivery['url']}",
    )


def _mail(mail: Document) -> Document:
    return _row(mail, "mail", details=f"{mail['to']}: {mail['subject']}")


def fate(delivery: Document) -> str:
    """Describe the result of a webhook delivery."""
    if not delivery["requests_made_count"]:
        return str(delivery.get("response") or "not sent")
    status = delivery.get("response_status_code")
    return f"answered with {status}" if status else str(delivery.get("response", "sent"))


_READERS: dict[str, Callable[[Document], Document]] = {
    "event": _change,
    "webhook_delivery": _webhook,
    "mail": _mail,
}
