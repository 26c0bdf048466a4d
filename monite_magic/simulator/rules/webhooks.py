"""Webhooks: subscriptions, events, and deliveries with a signature to receivers on this machine.

Facts: docs.monite.com, "Webhooks" (HMAC-SHA256; header `Monite-Signature: t=...,v1=...`; one secret per
subscription). The guide does not show the exact signed text: "t.body" is the usual form, and unverified.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import partial
from typing import TYPE_CHECKING, Any

from monite_magic import catalogue
from monite_magic.simulator.answers import not_found
from monite_magic.simulator.call import EVENT_LISTENERS
from monite_magic.simulator.deliveries import deliver
from monite_magic.simulator.filters import conditions
from monite_magic.simulator.registry import behaviour
from monite_magic.simulator.resources import Resource
from monite_magic.simulator.store import dump

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Condition, Document

behaviour(
    "webhooks", "The secret of a subscription is shown only when it is created or renewed.", "documented"
)
behaviour("webhooks", "Without event_types a subscription gets all events of its object type.", "documented")
behaviour("webhooks", "The signed text is the timestamp, a dot, and the body.", "unverified")
behaviour(
    "webhooks",
    "A delivery is tried once, and only to a receiver on this machine that this process has opened or that "
    "--webhooks-to names.",
    "unverified",
)
behaviour("webhooks", "Only the status of a receiver's answer is kept.", "unverified")
behaviour(
    "API version",
    "Events, deliveries and subscriptions of object types that a version doesn't have are not shown in it.",
    "unverified",
)


class _OfObjectTypes(Resource):
    """What is about a type of objects; a version shows the types that it has."""

    def where(self, call: Call, query: Mapping[str, Any]) -> list[Condition]:
        """Only types that the version has."""
        return conditions({"object_type__in": _object_types(call)}, {})

    def find(self, call: Call, identifier: str | None = None) -> Document:
        """Return the document, if the version has its type."""
        found = super().find(call, identifier)
        return found if found["object_type"] in _object_types(call) else not_found(self.kind, found["id"])


def _object_types(call: Call) -> list[str]:
    """Return the types of objects with webhooks in the version of a call."""
    known = catalogue.load(catalogue.nearest_version(call.version))
    types: list[str] = known.schemas["WebhookObjectType"]["enum"]
    return types


class WebhookSubscriptions(_OfObjectTypes):
    """Webhook subscriptions of a partner."""

    kind = "webhook_subscription"
    path = "/webhook_subscriptions/{webhook_subscription_id}"
    owner = "project"
    partner_only = True
    initial = {"status": "enabled", "event_types": []}

    def prepare(self, call: Call, document: Document) -> None:
        """Create the secret."""
        document["_secret"] = _new_secret()

    def change(self, call: Call, document: Document, changes: Document) -> None:
        """Null leaves a member unchanged."""
        for name in [name for name, value in changes.items() if value is None]:
            del changes[name]

    def set_status(self, call: Call, status: str) -> Document:
        """Switch the subscription of the call on or off."""
        document = self.find(call)
        document["status"] = status
        return self.save(call, document)

    def _create(self, call: Call) -> Document:
        document = self.add(call, call.body)
        return {**document, "secret": document["_secret"]}


def _new_secret() -> str:
    return f"whsec_{secrets.token_urlsafe(24)}"


SUBSCRIPTIONS = WebhookSubscriptions().serve(
    "list", "create", "read", "update", "delete", status="documented"
)


@SUBSCRIPTIONS.operation("POST", "enable", may="read")
def enable(call: Call) -> Document:
    """Enable a subscription."""
    return SUBSCRIPTIONS.set_status(call, "enabled")


@SUBSCRIPTIONS.operation("POST", "disable", may="read")
def disable(call: Call) -> Document:
    """Stop telling."""
    return SUBSCRIPTIONS.set_status(call, "disabled")


@SUBSCRIPTIONS.operation("POST", "regenerate_secret", may="read", status="documented")
def regenerate_secret(call: Call) -> Document:
    """Replace the secret of a subscription. The old one stops working."""
    document = SUBSCRIPTIONS.find(call)
    document["_secret"] = _new_secret()
    SUBSCRIPTIONS.save(call, document)
    return {**document, "secret": document["_secret"]}


def signature(secret: str, timestamp: int, body: str) -> str:
    """Return the value of the header `Monite-Signature`."""
    signed = hmac.new(secret.encode(), f"{timestamp}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={signed}"


def _tell(call: Call, event: Document) -> None:
    """Deliver an event to all matching subscriptions after the call."""
    action = event["action"].rpartition(".")[2]
    for subscription in call.store.all(SUBSCRIPTIONS.kind, owner=call.project, status="enabled"):
        wanted = subscription["event_types"]
        if subscription["object_type"] != event["object_type"] or (wanted and action not in wanted):
            continue
        body = dump({name: value for name, value in event.items() if not name.startswith("_")})
        delivery = {
            "id": call.new_id(),
            "created_at": event["created_at"],
            "updated_at": event["created_at"],
            "event_id": event["id"],
            "url": subscription["url"],
            "requests_made_count": 0,
            "object_type": event["object_type"],
            "event_action": action,
            "_object_id": event["object"]["id"],
            "_body": body,
            "_signature": signature(subscription["_secret"], int(call.clock.now().timestamp()), body),
        }
        call.store.insert("webhook_delivery", delivery, owner=event["entity_id"])
        call.after.append(partial(deliver, call.store, call.world.receivers, delivery["id"]))


EVENT_LISTENERS.append(_tell)


class Events(_OfObjectTypes):
    """The events of an entity."""

    kind = "event"
    path = "/events/{event_id}"


class Deliveries(_OfObjectTypes):
    """The webhook deliveries."""

    kind = "webhook_delivery"
    path = "/webhook_deliveries/{id}"


EVENTS = Events().serve("list", status="documented")
DELIVERIES = Deliveries().serve("list", status="documented")


@EVENTS.operation("GET", may="read", status="documented")
def read_event(call: Call) -> Document:
    """An event of any entity of the partner."""
    identifier = call.path["event_id"]
    owner = call.store.owner_of("event", identifier)
    mine = owner and call.principal.entity_id in (None, owner)
    if not mine or call.store.get("entity", str(owner), owner=call.project) is None:
        not_found("event", identifier)
    event = call.store.get("event", identifier)
    return event if event and event["object_type"] in _object_types(call) else not_found("event", identifier)
