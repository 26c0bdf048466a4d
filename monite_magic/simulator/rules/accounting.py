"""Accounting systems (a stand-in). Connections connect immediately, and a sync marks everything as done."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from monite_magic.simulator.answers import conflict, not_found
from monite_magic.simulator.filters import member
from monite_magic.simulator.money import major
from monite_magic.simulator.registry import Access, behaviour, operation
from monite_magic.simulator.resources import Resource
from monite_magic.simulator.store import Condition

if TYPE_CHECKING:
    from collections.abc import Callable

    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour(
    "accounting",
    "No accounting system is contacted. Pulls return the entity's own documents.",
    "unverified",
)

#: Object type of a record -> the kind of document and its SQL condition.
_SYNCED = {
    "product": ("product", "TRUE"),
    "customer": ("counterpart", member("_details.is_customer")),
    "vendor": ("counterpart", member("_details.is_vendor")),
    "receivable": ("receivable", f"{member('type')} = 'invoice' AND {member('status')} != 'draft'"),
    "bill": ("payable", f"{member('status')} NOT IN ('draft', 'canceled')"),
    "payment_record": ("payment_record", f"{member('status')} = 'succeeded'"),
}


class AccountingConnections(Resource):
    """The connections of an entity."""

    kind = "accounting_connection"
    path = "/accounting_connections/{connection_id}"
    event = "accounting_connection"

    def prepare(self, call: Call, document: Document) -> None:
        """Connect immediately."""
        document.update(status="connected", platform="simulator")
        document["connection_url"] = f"https://simulator.example/connect/{document['id']}"


class SyncedRecords(Resource):
    """The synced records."""

    kind = "accounting_record"
    path = "/accounting_synced_records/{synced_record_id}"


CONNECTIONS = AccountingConnections().serve("list", "create", "read")
RECORDS = SyncedRecords().serve("list", "read")


@operation("POST", "/accounting_connections/{connection_id}/disconnect", status="schema")
def disconnect(call: Call) -> Document:
    """End a connection."""
    connection = CONNECTIONS.find(call)
    connection["status"] = "disconnected"
    return CONNECTIONS.save(call, connection)


@operation("POST", "/accounting_connections/{connection_id}/sync", status="unverified")
def sync(call: Call) -> Document:
    """Sync everything."""
    connection = CONNECTIONS.find(call)
    if connection["status"] != "connected":
        conflict("The accounting connection is not connected")
    connection["last_pull"] = call.clock.timestamp()
    CONNECTIONS.save(call, connection)
    known = {(record["object_type"], record["object_id"]) for record in RECORDS.all(call)}
    for object_type in _SYNCED:
        for document in _pulled(call, object_type):
            if (object_type, document["id"]) not in known:
                RECORDS.add(call, _record(call, object_type, document))
    return {"message": "Synchronized (simulated)."}


def _record(call: Call, object_type: str, document: Document) -> Document:
    return {
        "object_type": object_type,
        "object_id": document["id"],
        "object_updated_at": document.get("updated_at"),
        "last_pulled_at": call.clock.timestamp(),
        "sync_status": "done",
        "platform": "xero",
        "provider": "codat",
        "platform_object_id": document["id"][:8],
    }


@operation("POST", "/accounting_synced_records/{synced_record_id}/push", status="unverified")
def push(call: Call) -> Document:
    """Sync one document again."""
    record = RECORDS.find(call)
    record["last_pulled_at"], record["sync_status"] = call.clock.timestamp(), "done"
    return RECORDS.save(call, record)


# -- pulled records -----------------------------------------------------------------------------------------


def _pulled(
    call: Call, object_type: str, *extra: Condition, offset: int = 0, limit: int | None = None
) -> list[Document]:
    kind, wanted = _SYNCED[object_type]
    where = [Condition(wanted), *extra]
    rows = call.store.select(kind, owner=call.entity_id, where=where, limit=limit, offset=offset)
    return [document for _, document in rows]


def _slice(call: Call, object_type: str, view: Callable[[Document], Document]) -> Document:
    rows = _pulled(call, object_type, offset=call.query.get("offset") or 0, limit=call.query["limit"])
    return {"data": [view(document) for document in rows]}


def _bill(document: Document) -> Document:
    counterpart = document.get("counterpart") or {}
    shown: Document = {
        "id": document["id"],
        "status": document["status"],
        "currency": document.get("currency"),
        "due_date": document.get("due_date"),
        "invoice_number": document.get("document_id"),
        "total_amount": major(document.get("total_amount") or 0, document.get("currency")),
        "amount_due": major(document.get("amount_due") or 0, document.get("currency")),
        "posted_date": document.get("issued_at"),
    }
    if document.get("counterpart_id"):
        shown["vendor_ref"] = {"id": document["counterpart_id"], "name": counterpart.get("name")}
    return shown


def _invoice(document: Document) -> Document:
    return {
        "id": document["id"],
        "currency": document["currency"],
        "due_date": document.get("due_date"),
        "invoice_number": document.get("document_id"),
        "posted_date": (document.get("issue_date") or "")[:10] or None,
        "customer_ref": {"id": document["counterpart_id"], "company_name": document.get("counterpart_name")},
    }


@operation("GET", "/accounting/payables", status="unverified", access=Access("payable"))
def list_bills(call: Call) -> Document:
    """The bills in the accounting system."""
    return _slice(call, "bill", _bill)


@operation("GET", "/accounting/payables/{payable_id}", status="unverified", access=Access("payable"))
def read_bill(call: Call) -> Document:
    """A bill in the accounting system."""
    return _one(call, "bill", call.path["payable_id"], _bill)


@operation("GET", "/accounting/receivables", status="unverified", access=Access("receivable"))
def list_invoices(call: Call) -> Document:
    """The invoices in the accounting system."""
    return _slice(call, "receivable", _invoice)


@operation("GET", "/accounting/receivables/{invoice_id}", status="unverified", access=Access("receivable"))
def read_invoice(call: Call) -> Document:
    """An invoice in the accounting system."""
    return _one(call, "receivable", call.path["invoice_id"], _invoice)


def _one(call: Call, object_type: str, identifier: str, view: Callable[[Document], Document]) -> Document:
    found = _pulled(call, object_type, Condition("id = ?", (identifier,)))
    return view(found[0]) if found else not_found(object_type, identifier)


class FixedList(Resource):
    """Fixed rows. Each entity gets its own on first use."""

    rows: tuple[dict[str, Any], ...] = ()

    def matching_rows(self, call: Call) -> None:
        """Create the rows, once."""
        if not self.all(call):
            for number, row in enumerate(self.rows):
                identifier = str(uuid.uuid5(uuid.UUID(call.entity_id), f"{self.kind}/{number}"))
                made = {**call.stamp(row), "id": identifier}
                call.store.insert(self.kind, made, owner=call.entity_id)

    def _list(self, call: Call) -> Document:
        self.matching_rows(call)
        return super()._list(call)

    def find(self, call: Call, identifier: str | None = None) -> Document:
        """The row with this id."""
        self.matching_rows(call)
        return super().find(call, identifier)


class LedgerAccounts(FixedList):
    """The chart of accounts."""

    kind = "ledger_account"
    path = "/ledger_accounts/{ledger_account_id}"
    rows = (
        {
            "name": "Sales",
            "type": "Income",
            "status": "Active",
            "is_bank_account": False,
            "nominal_code": "4000",
        },
        {
            "name": "Purchases",
            "type": "Expense",
            "status": "Active",
            "is_bank_account": False,
            "nominal_code": "5000",
        },
        {
            "name": "Bank",
            "type": "Asset",
            "status": "Active",
            "is_bank_account": True,
            "nominal_code": "1200",
        },
    )


class TaxRates(FixedList):
    """The tax rates of the accounting system."""

    kind = "accounting_tax_rate"
    path = "/accounting_tax_rates/{tax_rate_id}"
    rows = (
        {
            "name": "Standard",
            "code": "S",
            "status": "active",
            "effective_tax_rate": 1900,
            "total_tax_rate": 1900,
        },
        {
            "name": "Reduced",
            "code": "R",
            "status": "active",
            "effective_tax_rate": 700,
            "total_tax_rate": 700,
        },
    )


LEDGER_ACCOUNTS = LedgerAccounts().serve("list", "read", status="unverified")
TAX_RATES = TaxRates().serve("list", "read", status="unverified")
