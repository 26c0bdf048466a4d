"""Electronic invoicing: credentials and connections. A stand-in: no network is contacted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic.simulator.answers import invalid, problem
from monite_magic.simulator.registry import ANYONE, PARTNER, behaviour, operation
from monite_magic.simulator.resources import Resource
from monite_magic.simulator.rules.counterparts import COUNTERPARTS, VAT_IDS, name_of

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour(
    "e-invoicing",
    "No network is contacted. An identifier exists if a counterpart in the simulator has it.",
    "unverified",
)

behaviour("POST /einvoicing_connections", "A connection must send, receive, or both: 422.", "documented")

_SCHEMAS = {"DE": "DE:VAT", "NL": "NL:VAT", "BE": "BE:VAT"}


class CounterpartCredentials(Resource):
    """The network credentials of a counterpart."""

    kind = "einvoicing_credential"
    path = "/counterparts/{counterpart_id}/einvoicing_credentials/{credential_id}"
    parent = COUNTERPARTS
    permission = "counterpart"

    def prepare(self, call: Call, document: Document) -> None:
        """Accept only VAT IDs of the counterpart."""
        vat_id = VAT_IDS.referred(call, document, "counterpart_vat_id_id")
        if vat_id is None:
            return
        if vat_id["counterpart_id"] != call.path["counterpart_id"] or vat_id.get("country") not in _SCHEMAS:
            invalid(problem(["body", "counterpart_vat_id_id"], "This VAT ID can't be used for e-invoicing."))
        document["network_schema"] = _SCHEMAS[vat_id["country"]]
        document["network_identifier"] = vat_id["value"]


class Connections(Resource):
    """The connections of an entity to a network."""

    kind = "einvoicing_connection"
    path = "/einvoicing_connections/{einvoicing_connection_id}"
    initial = {"status": "active", "credentials": [], "provider_id": "simulator"}

    def prepare(self, call: Call, document: Document) -> None:
        """Take the name from the entity."""
        self.changed(call, document)
        document["legal_name"] = name_of(call.entity())

    def changed(self, _call: Call, document: Document) -> None:
        """Require sending, receiving, or both."""
        if document.get("is_sender") is False and document.get("is_receiver") is False:
            invalid(problem(["body", "is_sender"], "Either is_sender or is_receiver must be true."))


CREDENTIALS = CounterpartCredentials().serve("list", "create", "read", "update", "delete")
CONNECTIONS = Connections().serve("list", "create", "read", "update", "delete")


@operation(
    "POST", "/einvoicing_connections/{einvoicing_connection_id}/network_credentials", status="unverified"
)
def add_credentials(call: Call) -> Document:
    """Add an identifier to a connection."""
    connection = CONNECTIONS.find(call)
    made = call.stamp({**call.body, "einvoicing_connection_id": connection["id"]})
    connection["credentials"].append(made)
    CONNECTIONS.save(call, connection)
    return made


@operation("GET", "/einvoice_search", status="unverified", access=ANYONE)
def search(call: Call) -> Document:
    """Check whether an identifier exists, that is, whether a counterpart of the partner has it."""
    wanted = {name: call.query[name] for name in ("network_schema", "network_identifier")}
    for credential in call.store.all(CREDENTIALS.kind, **wanted):
        if call.store.get("entity", credential["entity_id"], owner=call.project):
            return {"exists": True}
    return {"exists": False}


@operation("POST", "/payables/storecove", status="unverified", access=PARTNER)
def receive(call: Call) -> Any:
    """Accept the notice of a new document. Nothing is downloaded."""
    return {}
