"""Entities: the customers of a partner."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from monite_magic.simulator.answers import invalid, problem
from monite_magic.simulator.registry import Access, behaviour, operation
from monite_magic.simulator.resources import Resource, merge

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour(
    "x-monite-entity-id",
    "An unknown entity is answered with 404; an entity user that names another entity with 403.",
    "unverified",
)
behaviour(
    "POST /entities/{entity_id}/deactivate",
    "Calls for a deactivated entity, and by its users, are refused with 403. Its recurrences skip, and "
    "no reminders are sent. The partner can still read, change and activate it.",
    "documented",
)
behaviour("PATCH /entities/{entity_id}", "The type of an entity can't be changed.", "schema")
behaviour(
    "entities",
    "registration_authority is required with registration_number; a US address needs a state of two letters: "
    "422.",
    "documented",
)

_STATE = re.compile("[A-Z]{2}")


class Entities(Resource):
    """The entities of a partner."""

    kind = "entity"
    path = "/entities/{entity_id}"
    owner = "project"
    partner_only = True
    initial = {"status": "active"}
    event = "entity"

    def prepare(self, call: Call, document: Document) -> None:
        """Refuse details of the other type."""
        wanted, other = ("organization", "individual")
        if document["type"] == "individual":
            wanted, other = other, wanted
        if not document.get(wanted):
            invalid(problem(["body", wanted], "Field required", "missing"))
        if document.get(other):
            invalid(problem(["body", other], f"An entity of type {document['type']} has no {other}."))
        _check_country(document)

    def change(self, call: Call, document: Document, changes: Document) -> None:
        """Null leaves required members unchanged. Refuse details of the other type."""
        for name in ("address", "email", "individual", "organization"):
            if changes.get(name, "") is None:
                del changes[name]
        other = "individual" if document["type"] == "organization" else "organization"
        if other in changes:
            invalid(problem(["body", other], f"An entity of type {document['type']} has no {other}."))

    def update(self, call: Call, document: Document) -> Document:
        """Change an entity by the body of the call."""
        changes = dict(call.body)
        self.change(call, document, changes)
        merge(document, changes)
        if {"address", "registration_number", "registration_authority"} & changes.keys():
            _check_country(document)
        return self.view(call, self.save(call, document))


def _check_country(document: Document) -> None:
    """Check the requirements by country, which the schema doesn't have."""
    if document.get("registration_number") and not document.get("registration_authority"):
        invalid(problem(["body", "registration_authority"], "Required with registration_number.", "missing"))
    address = document.get("address") or {}
    if address.get("country") == "US" and not _STATE.fullmatch(address.get("state") or ""):
        text = "For the US, state is required: two letters, such as NY."
        invalid(problem(["body", "address", "state"], text))


ENTITIES = Entities().serve("list", "create", status="documented")


@ENTITIES.operation("GET", may="read", status="documented", own_entity=True)
def read(call: Call) -> Document:
    """Read an entity."""
    return ENTITIES.view(call, ENTITIES.find(call))


@ENTITIES.operation("PATCH", may="update", status="documented", own_entity=True)
def update(call: Call) -> Document:
    """Change an entity."""
    return ENTITIES.update(call, ENTITIES.find(call))


@operation("GET", "/entities/me", status="schema", access=Access("entity", "read"))
def read_own(call: Call) -> Document:
    """The entity of the token's user (deprecated in favour of /entity_users/my_entity)."""
    return ENTITIES.view(call, call.entity())


@operation("PATCH", "/entities/me", status="schema", access=Access("entity", "update"))
def update_own(call: Call) -> Document:
    """Change the entity of the token's user (deprecated in favour of /entity_users/my_entity)."""
    return ENTITIES.update(call, call.entity())


def _set_status(call: Call, status: str) -> Document:
    document = ENTITIES.find(call)
    document["status"] = status
    return ENTITIES.view(call, ENTITIES.save(call, document))


@ENTITIES.operation("POST", "activate", may="update", status="documented")
def activate(call: Call) -> Document:
    """Make an entity active."""
    return _set_status(call, "active")


@ENTITIES.operation("POST", "deactivate", may="update", status="documented")
def deactivate(call: Call) -> Document:
    """Make an entity inactive."""
    return _set_status(call, "inactive")
