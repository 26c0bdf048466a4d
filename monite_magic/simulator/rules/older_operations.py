"""Operations that newer API versions don't have: webhook settings, the audit log, a default address.

Facts: the OpenAPI documents 2023-09-01 and 2024-01-31.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from monite_magic.simulator.answers import not_found
from monite_magic.simulator.filters import conditions
from monite_magic.simulator.registry import OPERATIONS, PARTNER, behaviour, operation
from monite_magic.simulator.rules import webhooks
from monite_magic.simulator.rules.counterparts import ADDRESSES, COUNTERPARTS
from monite_magic.simulator.store import Condition, Document

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call

behaviour(
    "GET /audit_logs",
    "Each successful write is logged as a request, without its body. Reads and refusals are not logged.",
    "unverified",
)


def _under_another_name(old: str, new: str, *, but: str = "") -> None:
    """Serve the operations of a path under their older path too, except for one method."""
    for (method, path), rule in list(OPERATIONS.items()):
        if method != but and (path == new or path.startswith(f"{new}/")):
            text = f"{rule.text} Up to 2023-09-01; then {method} {path}."
            assert rule.handler is not None  # noqa: S101 - every operation has one
            register = operation(
                method, path.replace(new, old, 1), text, status=rule.status, access=rule.access
            )
            register(rule.handler)


assert webhooks.SUBSCRIPTIONS  # noqa: S101 - its operations are registered once it is imported
_under_another_name("/webhook_settings", "/webhook_subscriptions", but="DELETE")
_under_another_name("/webhooks", "/webhook_deliveries")
_deleted = OPERATIONS["DELETE", "/webhook_subscriptions/{webhook_subscription_id}"]


@operation("DELETE", "/webhook_settings/{webhook_subscription_id}", status="schema", access=_deleted.access)
def delete_setting(call: Call) -> Document:
    """Delete a subscription. Up to 2023-09-01."""
    assert _deleted.handler is not None  # noqa: S101 - every operation has one
    _deleted.handler(call)
    return {"message": "The webhook subscription is deleted."}


@ADDRESSES.operation("POST", "make_default", may="update")
def make_default_address(call: Call) -> Document:
    """Make an address the default billing address. Up to 2023-09-01; later, change the counterpart."""
    address = ADDRESSES.find(call)
    counterpart = COUNTERPARTS.find(call)
    counterpart["default_billing_address_id"] = address["id"]
    COUNTERPARTS.save(call, counterpart)
    return address


# -- the audit log --------------------------------------------------------------------------------------


def log_write(call: Call, status: int) -> None:
    """Log a successful write of an entity."""
    known = call.operation
    if known is None or known.method == "GET" or not call.entity_id:
        return
    path = known.path
    for name, value in call.path.items():
        path = path.replace("{" + name + "}", str(value))
    now = call.clock.timestamp()
    entry: Document = {
        "id": call.new_id(),
        "created_at": now,
        "timestamp": now,
        "type": "request",
        "method": known.method,
        "path": path,
        "status_code": status,
        "content_type": known.body.content_type if known.body else "application/json",
        "entity_id": call.entity_id,
        "entity_user_id": call.principal.user_id,
        "partner_id": call.project,
        "target_service": "simulator",
        "headers": {},
    }
    call.store.insert("audit_log", entry, owner=call.project)


@operation("GET", "/audit_logs", status="unverified", access=PARTNER)
def list_logs(call: Call) -> Document:
    """The writes of an entity, or of all entities of the partner, newest first. Up to 2024-01-31."""
    query = dict(call.query)
    size, number = query.pop("page_size", None) or 100, query.pop("page_num", None) or 1
    query.pop("pagination_token", None)
    where = conditions(query, {})
    if call.entity_id:
        where.append(Condition("json_extract(body, '$.entity_id') = ?", (call.entity_id,)))
    rows = call.store.select("audit_log", owner=call.project, where=where, order_by="position DESC")
    found: list[Any] = [document for _, document in rows]
    return {
        "data": found[(number - 1) * size : number * size],
        "total_logs": len(found),
        "total_pages": math.ceil(len(found) / size),
    }


@operation("GET", "/audit_logs/{log_id}", status="unverified", access=PARTNER)
def read_log(call: Call) -> Document:
    """One entry of the audit log. Up to 2024-01-31."""
    identifier = call.path["log_id"]
    found = call.store.get("audit_log", identifier, owner=call.project)
    if found is None or call.entity_id not in ("", found["entity_id"]):
        not_found("audit_log", identifier)
    return found
