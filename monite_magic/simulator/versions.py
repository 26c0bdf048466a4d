"""Older API versions: a table of their differences from the newest, which the rules implement.

A call of an older version is checked by its own contract. Then each difference converts the request to the
next newer version, the rule runs as usual, and each difference converts the answer back. Members that a
version doesn't have need no row here: its contract removes them from answers.

Facts: the OpenAPI documents 2023-09-01, 2024-01-31 and 2024-05-25. The values that newer versions don't
have are our inference.
"""

from __future__ import annotations

from datetime import date
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

from monite_magic.simulator.registry import Status, behaviour
from monite_magic.simulator.rules.counterparts import ADDRESSES, COUNTERPARTS
from monite_magic.simulator.rules.products import MEASURE_UNITS, PRODUCTS, vat_rate
from monite_magic.simulator.shape import with_defaults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from monite_magic.simulator.call import Call
    from monite_magic.simulator.contract import Contract
    from monite_magic.simulator.store import Document

behaviour("API version", "A path that a version doesn't have is answered with 404.", "schema")
behaviour("API version", "Each version has its own success codes and bodies.", "schema")
behaviour(
    "API version",
    "A version without a contract uses that of the nearest older version, or else the oldest.",
    "unverified",
)


class Difference(NamedTuple):
    """A difference of older versions.

    Attributes:
        until: The last version with this difference.
        calls: The calls that it affects: `METHOD /template`, with `*` for any text.
        text: The difference, in one sentence.
        status: The source of this rule.
        request: Converts the body or the query to the next newer version.
        answer: Converts an object of the answer (each row of a list) back.
    """

    until: str
    calls: tuple[str, ...]
    text: str
    status: Status = "schema"
    request: Callable[[Call], None] | None = None
    answer: Callable[[Call, Document], None] | None = None

    def is_about(self, version: str, method: str, template: str) -> bool:
        """Whether it affects a call of this version."""
        call = f"{method} {template}"
        return version <= self.until and any(fnmatchcase(call, pattern) for pattern in self.calls)


def adapt_request(call: Call, contract: Contract, newest: Contract) -> None:
    """Convert the request of an older version to the newest, with its defaults.

    Args:
        call: The call, checked by its own contract. It is changed in place.
        contract: The contract of the call's version.
        newest: The contract of the newest version.
    """
    operation = call.operation
    if operation is None or contract is newest:
        return
    for difference in _differences(contract.version, operation.method, operation.path):
        if difference.request:
            difference.request(call)
    known = newest.operation(operation.method, operation.path)
    if known is None:
        return
    for parameter in known.query_parameters:
        if "default" in parameter.schema:
            call.query.setdefault(parameter.name, parameter.schema["default"])
    if isinstance(call.body, dict) and known.body is not None and operation.method != "PATCH":
        call.body = with_defaults(newest.catalogue, known.body.schema, call.body)


def adapt_answer(call: Call, contract: Contract, result: Any) -> Any:
    """Convert the result of a rule to the call's version."""
    operation = call.operation
    if operation is None:
        return result
    for difference in reversed(_differences(contract.version, operation.method, operation.path)):
        if difference.answer:
            for document in _objects(result):
                difference.answer(call, document)
    return result


def _differences(version: str, method: str, template: str) -> list[Difference]:
    """Return the differences of a call, oldest versions first."""
    found = [each for each in DIFFERENCES if each.is_about(version, method, template)]
    return sorted(found, key=lambda each: each.until)


def _objects(result: Any) -> Iterator[Document]:
    rows = result.get("data") if isinstance(result, dict) else result
    if isinstance(rows, list):
        yield from (row for row in rows if isinstance(row, dict))
    elif isinstance(result, dict):
        yield result


# -- until 2024-01-31 -----------------------------------------------------------------------------------

_OLD_DOCUMENT_TYPES = {
    "receivable": "invoice",
    "delivery_note": "invoice",
    "purchase_order": "payables_purchase_order",
    "payable": "payables_purchase_order",
}


def _show_document_type(_call: Call, document: Document) -> None:
    for name in ("document_type", "object_subtype"):
        if document.get(name) in _OLD_DOCUMENT_TYPES:
            document[name] = _OLD_DOCUMENT_TYPES[document[name]]


def _show_products_in_full(call: Call, document: Document) -> None:
    """Add complete products and units, with their times, to lines."""
    lines = document.get("line_items") if "line_items" in document else [document]
    for line in lines if isinstance(lines, list) else ():
        product = line.get("product")
        if not isinstance(product, dict):
            continue
        now = document.get("created_at") or call.clock.timestamp()
        kept = PRODUCTS.get(call, product.get("id")) or {}
        for name in ("created_at", "updated_at"):
            product[name] = kept.get(name) or now
        product["entity_id"] = call.entity_id
        product["entity_user_id"] = kept.get("entity_user_id")
        unit = product.get("measure_unit")
        if isinstance(unit, dict):
            found = MEASURE_UNITS.get(call, unit.get("id")) or {}
            product["measure_unit_id"] = unit.get("id")
            for name in ("created_at", "updated_at"):
                unit[name] = found.get(name) or now


def _without_permissions(*object_types: str) -> Callable[[Call, Document], None]:
    """Remove permissions for types that the version doesn't have."""

    def show(_call: Call, document: Document) -> None:
        permissions = document.get("permissions")
        if isinstance(permissions, dict):
            objects = permissions.get("objects") or []
            kept = [each for each in objects if each.get("object_type") not in object_types]
            document["permissions"] = {**permissions, "objects": kept}

    return show


def _show_end_of_recurrence(_call: Call, document: Document) -> None:
    """Recurrences had the month of their end, and could not be paused."""
    iterations = document.get("iterations") or []
    if iterations and not (document.get("end_month") and document.get("end_year")):
        last = date.fromisoformat(document.get("end_date") or iterations[-1]["issue_at"])
        document["end_month"], document["end_year"] = last.month, last.year
    if document.get("status") == "paused":
        document["status"] = "active"
    for iteration in iterations:
        if iteration["status"] == "skipped":
            iteration["status"] = "canceled"


# -- until 2023-09-01 -----------------------------------------------------------------------------------


def _take_counterpart(call: Call) -> None:
    """The address had a different name for each type, and changes included the type."""
    old_names = {"organization": "registered_address", "individual": "residential_address"}
    for kind, name in old_names.items():
        details = call.body.get(kind)
        if isinstance(details, dict) and name in details:
            details["address"] = details.pop(name)
    if call.operation is not None and call.operation.method == "PATCH":
        call.body.pop("type", None)


def _show_default_address(call: Call, document: Document) -> None:
    counterpart = COUNTERPARTS.get(call, document.get("counterpart_id")) or {}
    document["is_default"] = document["id"] == counterpart.get("default_billing_address_id")


def _take_default_account(call: Call) -> None:
    if isinstance(call.body, dict) and "is_default" in call.body:
        call.body["is_default_for_currency"] = call.body.pop("is_default")


def _show_default_account(_call: Call, document: Document) -> None:
    document["is_default"] = bool(document.get("is_default_for_currency"))


def _take_addresses(call: Call) -> None:
    """Receivables took addresses instead of IDs, and used the customer's default address otherwise."""
    body = call.body
    inner = next((part for part in body.values() if isinstance(part, dict)), None)
    patch = call.operation is not None and call.operation.method == "PATCH"
    members = inner if patch and inner is not None else body
    counterpart = COUNTERPARTS.get(call, members.get("counterpart_id") or _counterpart_of(call))
    for name in ("billing", "shipping"):
        address = members.pop(f"counterpart_{name}_address", None)
        if address and counterpart:
            members[f"counterpart_{name}_address_id"] = _address_id(call, counterpart, address)
    if not patch and counterpart and "based_on" not in members:
        members.setdefault("counterpart_billing_address_id", counterpart["default_billing_address_id"])
    members.pop("counterpart_address", None)


def _counterpart_of(call: Call) -> str | None:
    receivable = call.store.get("receivable", call.path.get("receivable_id", ""), owner=call.entity_id)
    return receivable["counterpart_id"] if receivable else None


def _address_id(call: Call, counterpart: Document, address: Document) -> str:
    """Return the ID of an address of the counterpart, which is added if it is new."""
    for known in ADDRESSES.all(call, counterpart["id"]):
        if all(known.get(name) == value for name, value in address.items() if value is not None):
            return str(known["id"])
    made = ADDRESSES.add(call, {**address, "counterpart_id": counterpart["id"]}, counterpart["id"])
    return str(made["id"])


def _show_receivable(call: Call, document: Document) -> None:
    """Rates, accounts and the address were complete objects."""
    lines = document.get("line_items") if "line_items" in document else [document]
    for line in lines if isinstance(lines, list) else ():
        product = line.get("product")
        if isinstance(product, dict) and isinstance(product.get("vat_rate"), dict):
            rate = product["vat_rate"]
            found = vat_rate(call, str(rate.get("id"))) or {}
            now = document.get("created_at") or call.clock.timestamp()
            product["vat_rate"] = {"created_at": now, "updated_at": now, **found, **rate}
    if "counterpart_id" in document and "line_items" in document:
        counterpart = COUNTERPARTS.get(call, document["counterpart_id"]) or {}
        own = document.get("counterpart_billing_address")
        default = ADDRESSES.get(call, counterpart.get("default_billing_address_id"))
        document["counterpart_address"] = own or default
    account = document.get("entity_bank_account")
    if isinstance(account, dict):
        account["is_default"] = bool(account.get("is_default_for_currency"))


def _show_verification(_call: Call, document: Document) -> None:
    document.update(document.pop("errors", None) or {})


def _show_event(_call: Call, document: Document) -> None:
    document["name"] = document.get("description")
    document["object_id"] = (document.get("object") or {}).get("id")


def _take_reminder(call: Call) -> None:
    if isinstance(call.body, dict) and "term" in call.body:
        call.body["terms"] = [call.body.pop("term")]


def _show_reminder(_call: Call, document: Document) -> None:
    document["term"] = next(iter(document.get("terms") or ()), None)


def _take_days(call: Call) -> None:
    for name, value in call.query.items():
        if name.startswith("due_date") and isinstance(value, str):
            call.query[name] = value[:10]


DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "2024-01-31",
        ("GET /document_templates*", "POST /document_templates*", "GET /payable_purchase_orders/variables"),
        "The types of templates are invoice and payables_purchase_order, not receivable and purchase_order.",
        answer=_show_document_type,
    ),
    Difference(
        "2024-01-31",
        ("* /receivables*",),
        "The lines of a receivable have products and units with their times and entity.",
        answer=_show_products_in_full,
    ),
    Difference(
        "2024-01-31",
        ("* /roles*", "GET /entity_users/my_role"),
        "Roles have no permissions for delivery notes, mailboxes, OCR tasks and receipts.",
        answer=_without_permissions("delivery_note", "mailbox", "ocr_task", "receipt"),
    ),
    Difference(
        "2024-01-31",
        ("* /recurrences*",),
        "A recurrence has the month of its end. A paused one is shown as active.",
        "unverified",
        answer=_show_end_of_recurrence,
    ),
    Difference(
        "2023-09-01",
        ("* /roles*", "GET /entity_users/my_role"),
        "Roles have no permissions for projects.",
        answer=_without_permissions("project"),
    ),
    Difference(
        "2023-09-01",
        ("POST /counterparts", "PATCH /counterparts/{counterpart_id}"),
        "A new counterpart's address is its registered_address or residential_address.",
        request=_take_counterpart,
    ),
    Difference(
        "2023-09-01",
        ("* /counterparts/{counterpart_id}/addresses*",),
        "Addresses have a flag for the default.",
        answer=_show_default_address,
    ),
    Difference(
        "2023-09-01",
        ("* /counterparts/{counterpart_id}/bank_accounts*",),
        "The default account of a currency is marked by is_default.",
        "unverified",
        request=_take_default_account,
        answer=_show_default_account,
    ),
    Difference(
        "2023-09-01",
        ("POST /receivables", "PATCH /receivables/{receivable_id}"),
        "A receivable takes addresses instead of IDs, and uses the customer's default address otherwise.",
        "unverified",
        request=_take_addresses,
    ),
    Difference(
        "2023-09-01",
        ("* /receivables*",),
        "Receivables show the customer's address, and VAT rates and accounts in full.",
        answer=_show_receivable,
    ),
    Difference(
        "2023-09-01",
        ("POST /receivables/{receivable_id}/verify",),
        "Missing fields are not wrapped in errors.",
        answer=_show_verification,
    ),
    Difference(
        "2023-09-01",
        ("GET /events*",),
        "Events have a name and the ID of their object.",
        answer=_show_event,
    ),
    Difference(
        "2023-09-01",
        ("* /overdue_reminders*",),
        "An overdue reminder has one term.",
        request=_take_reminder,
        answer=_show_reminder,
    ),
    Difference(
        "2023-09-01",
        ("GET /payables",),
        "Due dates have a time of day, which is ignored.",
        "unverified",
        request=_take_days,
    ),
)

for _difference in DIFFERENCES:
    behaviour(f"API version up to {_difference.until}", _difference.text, _difference.status)
