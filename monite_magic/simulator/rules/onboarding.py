"""Onboarding of entities to payments: persons, documents, data, links and requirements.

A stand-in that checks nobody. An entity needs a bank account, a representative, a business profile and
acceptance of the terms. Then payments are enabled.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from monite_magic.simulator.answers import Answer
from monite_magic.simulator.registry import ANYONE, Access, behaviour, operation
from monite_magic.simulator.resources import Resource, merge
from monite_magic.simulator.rules.entities import ENTITIES

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour(
    "onboarding", "No person or company is checked. The simulator has its own requirements.", "unverified"
)

_ONBOARDING = Access("onboarding", "update")
_READ = Access("onboarding", "read")


class Persons(Resource):
    """The persons of an entity."""

    kind = "person"
    path = "/persons/{person_id}"
    permission = "person"
    creator = "created_by_entity_user_id"

    def change(self, call: Call, document: Document, changes: Document) -> None:
        """Null leaves required members unchanged."""
        for name in ("email", "first_name", "last_name", "relationship"):
            if changes.get(name, "") is None:
                del changes[name]


PERSONS = Persons().serve("list", "create", "read", "update", "delete")


@operation("POST", "/persons/{person_id}/documents", status="unverified", access=_ONBOARDING)
def person_documents(call: Call) -> Answer:
    """Attach documents to a person (deprecated)."""
    return person_onboarding_documents(call)


@operation("POST", "/persons/{person_id}/onboarding_documents", status="unverified", access=_ONBOARDING)
def person_onboarding_documents(call: Call) -> Answer:
    """Attach documents to a person."""
    person = PERSONS.find(call)
    person["_documents"] = {**person.get("_documents", {}), **(call.body or {})}
    PERSONS.save(call, person)
    return Answer(204)


@operation("POST", "/onboarding_documents", status="unverified", access=_ONBOARDING)
def entity_onboarding_documents(call: Call) -> Answer:
    """Attach documents to an entity."""
    entity = call.entity()
    entity["_documents"] = {**entity.get("_documents", {}), **call.body}
    call.store.replace("entity", entity)
    return Answer(204)


@ENTITIES.operation("POST", "documents", may="read", status="unverified")
def entity_documents(call: Call) -> Answer:
    """Attach documents to an entity (deprecated)."""
    ENTITIES.find(call)
    return Answer(204)


# -- data ---------------------------------------------------------------------------------------------------


@ENTITIES.operation("GET", "onboarding_data", may="read", status="schema")
def read_data(call: Call) -> Document:
    """The onboarding data of an entity."""
    found: Document = ENTITIES.find(call).get("_onboarding", {})
    return found


@ENTITIES.operation("PATCH", "onboarding_data", may="read", status="schema")
def update_data(call: Call) -> Document:
    """Change the onboarding data of an entity."""
    entity = ENTITIES.find(call)
    entity["_onboarding"] = merge(entity.get("_onboarding", {}), call.body)
    ENTITIES.save(call, entity)
    return read_data(call)


@ENTITIES.operation("PUT", "onboarding_data", may="read", status="schema")
def replace_data(call: Call) -> Document:
    """Replace the onboarding data of an entity (deprecated)."""
    entity = ENTITIES.find(call)
    entity["_onboarding"] = dict(call.body)
    ENTITIES.save(call, entity)
    return read_data(call)


# -- requirements -------------------------------------------------------------------------------------------


def _due(call: Call, entity: Document) -> list[str]:
    """The open requirements of an entity."""
    data = entity.get("_onboarding", {})
    store, owner = call.store, entity["id"]
    there = {
        "business_profile": bool(data.get("business_profile")),
        "tos_acceptance": bool(data.get("tos_acceptance")),
        "bank_accounts": store.first("entity_bank_account", owner=owner) is not None,
        "representative": any(
            person["relationship"].get("representative") for person in store.all("person", owner=owner)
        ),
    }
    return [name for name, given in there.items() if not given]


def _requirements(call: Call, entity: Document) -> Document:
    due = _due(call, entity)
    return {
        "requirements": {
            "currently_due": due,
            "eventually_due": due,
            "past_due": [],
            "pending_verification": [],
        },
        "requirements_errors": [],
        "verification_errors": [],
        "verification_status": "disabled" if due else "enabled",
    }


@ENTITIES.operation("GET", "onboarding_requirements", may="read", status="unverified")
def read_requirements(call: Call) -> Document:
    """The open requirements of an entity (deprecated)."""
    return _requirements(call, ENTITIES.find(call))


@operation("GET", "/onboarding_requirements", status="unverified", access=_READ)
def list_requirements(call: Call) -> Document:
    """The open requirements of an entity, for each payment method."""
    found = _requirements(call, call.entity())
    return {"data": [{**found, "payment_method": method} for method in ("sepa_credit", "card")]}


@operation("GET", "/frontend/onboarding_requirements", status="unverified", access=_READ)
def read_frontend_requirements(call: Call) -> Document:
    """The open requirements of an entity, in the form of a questionnaire."""
    return {"requirements": _due(call, call.entity())}


# -- links and masks ----------------------------------------------------------------------------------------


@operation("POST", "/onboarding_links", status="unverified", access=_ONBOARDING)
def create_link(call: Call) -> Document:
    """A link to an onboarding page. It leads nowhere."""
    return _link(call, {**call.body, "entity_id": call.entity_id}, call.body["expires_at"])


@operation("POST", "/payment_onboarding_links", status="unverified", access=_ONBOARDING)
def create_payment_link(call: Call) -> Document:
    """A link to an onboarding page for payments. It leads nowhere."""
    moment = call.clock.now() + timedelta(days=1)
    return _link(call, call.body, moment.isoformat(timespec="microseconds"))


def _link(call: Call, members: Document, expires_at: str) -> Document:
    made = call.stamp({**members, "expires_at": expires_at})
    made["url"] = f"https://simulator.example/onboarding/{made['id']}"
    return call.store.insert("onboarding_link", made, owner=call.entity_id)


_ACCOUNT_MASKS = {
    "EUR": {"account_holder_name": True, "iban": True},
    "GBP": {"account_holder_name": True, "account_number": True, "sort_code": True},
    "USD": {"account_holder_name": True, "account_number": True, "routing_number": True},
}


@operation("GET", "/frontend/bank_account_masks", status="unverified", access=ANYONE)
def read_account_masks(call: Call) -> Document:
    """The fields of a bank account, by currency."""
    return {
        currency: {**mask, "country": True, "currency": True} for currency, mask in _ACCOUNT_MASKS.items()
    }


@operation(
    "GET", "/frontend/bank_accounts_currency_to_supported_countries", status="unverified", access=ANYONE
)
def read_account_countries(call: Call) -> Document:
    """The countries of bank accounts, by currency."""
    return {"EUR": ["DE", "AT", "FR", "NL"], "GBP": ["GB"], "USD": ["US"]}


@operation("GET", "/frontend/document_type_descriptions", status="unverified", access=ANYONE)
def read_document_types(call: Call) -> Document:
    """The accepted documents."""
    return {
        "entity_verification": ["Extract from the company register"],
        "verification": ["Passport", "Identity card"],
        "additional_verification": ["Utility bill"],
    }


@operation("GET", "/frontend/person_mask", status="unverified", access=ANYONE)
def read_person_mask(call: Call) -> Document:
    """The fields of a person."""
    address: dict[str, Any] = dict.fromkeys(("city", "country", "line1", "postal_code"), True)
    asked = dict.fromkeys(("first_name", "last_name", "email", "date_of_birth", "phone"), True)
    roles = {
        name: name in call.query["relationships"]
        for name in ("director", "executive", "owner", "representative")
    }
    return {**asked, "address": address, "relationship": roles, "id_number": False, "ssn_last_4": False}
