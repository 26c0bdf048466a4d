"""Counterparts with their addresses, contacts, bank accounts and VAT IDs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic.simulator.answers import conflict, invalid, not_found, problem
from monite_magic.simulator.registry import behaviour
from monite_magic.simulator.resources import Resource
from monite_magic.simulator.rules.tags import TAGS
from monite_magic.simulator.store import Condition, Document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.simulator.call import Call

behaviour(
    "POST /counterparts", "The address given on creation becomes the default billing address.", "documented"
)
behaviour(
    "DELETE /counterparts/{counterpart_id}/addresses/{address_id}",
    "A default address can't be deleted: 409.",
    "unverified",
)
behaviour("counterpart contacts", "Individuals have no contacts: 404.", "unverified")
behaviour("counterpart contacts", "The first contact is the default.", "unverified")

# Query parameter -> the kind and member of the counterpart's part to check.
_PART_FILTERS = {
    "iban": ("counterpart_bank_account", "iban"),
    "sort_code": ("counterpart_bank_account", "sort_code"),
    "account_number": ("counterpart_bank_account", "account_number"),
    "vat_id": ("counterpart_vat_id", "value"),
    **{
        f"address.{name}": ("counterpart_address", name)
        for name in ("country", "city", "postal_code", "state", "line1", "line2")
    },
}


class Counterparts(Resource):
    """The customers and vendors of an entity."""

    kind = "counterpart"
    path = "/counterparts/{counterpart_id}"
    permission = "counterpart"
    event = "counterpart"
    creator = "created_by_entity_user_id"
    fields = {
        "counterpart_name": "_name",
        "is_vendor": "_details.is_vendor",
        "is_customer": "_details.is_customer",
        "email": "_details.email",
        "tag_ids": "_details.tag_ids",
        **dict.fromkeys(_PART_FILTERS, ""),
    }

    def prepare(self, call: Call, document: Document) -> None:
        """Store the address of a new counterpart as its own document."""
        address = document[document["type"]].pop("address")
        kept = ADDRESSES.add(call, {**address, "counterpart_id": document["id"]}, document["id"])
        document["default_billing_address_id"] = kept["id"]
        self.changed(call, document)

    def change(self, call: Call, document: Document, changes: Document) -> None:
        """The type can't change. A default address must be one of the counterpart's."""
        other = "individual" if document["type"] == "organization" else "organization"
        if other in changes:
            invalid(problem(["body", other], f"A counterpart of type {document['type']} has no {other}."))
        for name in ("default_billing_address_id", "default_shipping_address_id"):
            if (
                changes.get(name)
                and call.store.get(ADDRESSES.kind, changes[name], parent=document["id"]) is None
            ):
                invalid(problem(["body", name], "The counterpart has no such address."))

    def changed(self, call: Call, document: Document) -> None:
        """Store the search fields in one place for both types."""
        details = document["_details"] = document[document["type"]]
        document["_name"] = name_of(document)
        TAGS.check(call, details)

    def view(self, call: Call, document: Document) -> Document:
        """Show tags in full."""
        details = document[document["type"]]
        tags = TAGS.shown(call, details.get("tag_ids"))
        return {**document, document["type"]: {**details, "tags": tags}}

    def where(self, call: Call, query: Mapping[str, Any]) -> list[Condition]:
        """Filters on the parts of a counterpart."""
        sql = (
            "id IN (SELECT part.parent FROM documents AS part WHERE part.kind = ? "
            "AND json_extract(part.body, ?) = ?)"
        )
        return [
            Condition(sql, (kind, f"$.{name}", query[parameter]))
            for parameter, (kind, name) in _PART_FILTERS.items()
            if query.get(parameter) is not None
        ]


def name_of(party: Document) -> str:
    """The name of a counterpart or an entity of any type."""
    details = party[party["type"]]
    return (
        details.get("legal_name") or f"{details.get('first_name', '')} {details.get('last_name', '')}".strip()
    )


COUNTERPARTS = Counterparts().serve("list", "create", "read", "update", "delete", status="documented")


class CounterpartPart(Resource):
    """A part of a counterpart."""

    parent = COUNTERPARTS
    permission = "counterpart"

    def prepare(self, call: Call, document: Document) -> None:
        """Add the ID of the counterpart."""
        document["counterpart_id"] = document.get("counterpart_id") or call.path["counterpart_id"]

    def siblings(self, call: Call, document: Document) -> list[Document]:
        """The other parts of the same kind."""
        found = self.all(call, document["counterpart_id"])
        return [part for part in found if part["id"] != document["id"]]

    def make_default(self, call: Call, flag: str, **like: Any) -> Document:
        """Set a flag on this part, and clear it on others that share the given members."""
        document = self.find(call)
        for other in self.siblings(call, document):
            if other.get(flag) and all(other.get(name) == value for name, value in like.items()):
                self.save(call, {**other, flag: False})
        document[flag] = True
        return self.save(call, document)


class Addresses(CounterpartPart):
    """The addresses of a counterpart."""

    kind = "counterpart_address"
    path = "/counterparts/{counterpart_id}/addresses/{address_id}"

    def before_delete(self, call: Call, document: Document) -> None:
        """Refuse to delete a default address."""
        counterpart = COUNTERPARTS.find(call, document["counterpart_id"])
        if document["id"] == counterpart.get("default_billing_address_id"):
            conflict("The default billing address of a counterpart can't be deleted.")
        if document["id"] == counterpart.get("default_shipping_address_id"):
            conflict("The default shipping address of a counterpart can't be deleted.")


class Contacts(CounterpartPart):
    """The contact persons of an organization."""

    kind = "counterpart_contact"
    path = "/counterparts/{counterpart_id}/contacts/{contact_id}"

    def parent_id(self, call: Call) -> str:
        """Refuse contacts of individuals."""
        counterpart = COUNTERPARTS.find(call)
        if counterpart["type"] == "individual":
            not_found("counterpart_contact")
        return str(counterpart["id"])

    def prepare(self, call: Call, document: Document) -> None:
        """The first contact is the default."""
        super().prepare(call, document)
        document.setdefault("is_default", not self.siblings(call, document))


class BankAccounts(CounterpartPart):
    """The bank accounts of a counterpart."""

    kind = "counterpart_bank_account"
    path = "/counterparts/{counterpart_id}/bank_accounts/{bank_account_id}"

    def prepare(self, call: Call, document: Document) -> None:
        """Keep one default account per currency."""
        super().prepare(call, document)
        if document.get("is_default_for_currency"):
            for other in self.siblings(call, document):
                if other["currency"] == document["currency"] and other.get("is_default_for_currency"):
                    self.save(call, {**other, "is_default_for_currency": False})


class VatIds(CounterpartPart):
    """The VAT IDs of a counterpart."""

    kind = "counterpart_vat_id"
    path = "/counterparts/{counterpart_id}/vat_ids/{vat_id}"
    permission = "counterpart_vat_id"


ADDRESSES = Addresses().serve("list", "create", "read", "update", "delete", status="documented")
CONTACTS = Contacts().serve("list", "create", "read", "update", "delete", status="documented")
BANK_ACCOUNTS = BankAccounts().serve("list", "create", "read", "update", "delete", status="documented")
VAT_IDS = VatIds().serve("list", "create", "read", "update", "delete", status="documented")


@CONTACTS.operation("POST", "make_default", may="update")
def make_default_contact(call: Call) -> Document:
    """Make a contact the default."""
    return CONTACTS.make_default(call, "is_default")


@BANK_ACCOUNTS.operation("POST", "make_default", may="update")
def make_default_account(call: Call) -> Document:
    """Make a bank account the default for its currency."""
    account = BANK_ACCOUNTS.find(call)
    return BANK_ACCOUNTS.make_default(call, "is_default_for_currency", currency=account["currency"])


@COUNTERPARTS.operation("GET", "partner_metadata", may="read")
def read_metadata(call: Call) -> Document:
    """The partner's metadata of a counterpart."""
    return {"metadata": COUNTERPARTS.find(call).get("_partner_metadata", {})}


@COUNTERPARTS.operation("PUT", "partner_metadata", may="update")
def replace_metadata(call: Call) -> Document:
    """Change the partner's metadata of a counterpart."""
    counterpart = COUNTERPARTS.find(call)
    counterpart["_partner_metadata"] = call.body["metadata"]
    COUNTERPARTS.save(call, counterpart)
    return dict(call.body)
