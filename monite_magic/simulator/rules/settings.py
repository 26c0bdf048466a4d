"""Settings of entities and of the partner, VAT IDs, metadata and logos."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monite_magic.simulator.answers import invalid, problem
from monite_magic.simulator.registry import PARTNER, Access, behaviour, operation
from monite_magic.simulator.resources import Resource, merge
from monite_magic.simulator.rules.entities import ENTITIES
from monite_magic.simulator.rules.files import FILES

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour("payment methods", "Every method is available. None is active by default.", "unverified")

behaviour(
    "PATCH /entities/{entity_id}/settings",
    "A next number can't be less than the last number used. A keyword has 2 to 25 characters. Otherwise: "
    "422.",
    "documented",
)

behaviour("PUT /entities/{entity_id}/logo", "A PNG, JPG or GIF of up to 10 MB. Otherwise: 422.", "documented")

# The first bytes of a PNG, a JPEG and a GIF.
_LOGOS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
_LARGEST_LOGO = 10_000_000

PAYMENT_METHODS = {
    "sepa_credit": "SEPA Payments",
    "us_ach": "US ACH Payments",
    "blik": "BLIK",
    "card": "Card payments",
    "ideal": "iDEAL",
    "sepa_debit": "SEPA Direct Debit",
}
#: Default prefixes of document numbers (OpenAPI 2024-05-25, DocumentIDsSettings).
PREFIXES = {
    "credit_note": "CN",
    "delivery_note": "DN",
    "invoice": "INV",
    "purchase_order": "PO",
    "quote": "Q",
}


class EntityVatIds(Resource):
    """The VAT IDs of an entity."""

    kind = "entity_vat_id"
    path = "/entities/{entity_id}/vat_ids/{id}"
    owner = "project"
    parent = ENTITIES

    def access(self, action: str, *, own_entity: bool = True) -> Access:
        """Users can access the VAT IDs of their entity, with either of two permissions."""
        entity_action = "read" if action == "read" else "update"
        return Access("entity_vat_ids", action, own_entity=True, or_else=("entity", entity_action))

    def prepare(self, call: Call, document: Document) -> None:
        """Add the ID of the entity."""
        document["entity_id"] = call.path["entity_id"]


ENTITY_VAT_IDS = EntityVatIds().serve("list", "create", "read", "update", "delete", status="schema")


def entity_vat_id(call: Call, identifier: str | None) -> Document | None:
    """Return the VAT ID of the call's entity with this ID, or `None`."""
    if identifier is None:
        return None
    return call.store.get(ENTITY_VAT_IDS.kind, identifier, parent=call.entity_id)


def has_vat_id(call: Call) -> bool:
    """Whether the entity of the call is registered for VAT."""
    return bool(call.store.all(ENTITY_VAT_IDS.kind, parent=call.entity_id))


def settings_of(call: Call, entity_id: str | None = None) -> Document:
    """The settings of an entity, without defaults."""
    wanted = entity_id or call.entity_id
    return call.store.get("entity_settings", wanted) or {"id": wanted}


def next_number(call: Call, document_type: str) -> str:
    """Return the next document number, such as `INV-00001`, and count it."""
    settings = settings_of(call)
    chosen = settings.get("document_ids") or {}
    numbers = settings.setdefault("_next_numbers", {})
    number = numbers.get(document_type, 1)
    numbers[document_type] = number + 1
    _keep(call, settings)
    prefix = {**PREFIXES, **(chosen.get("document_type_prefix") or {})}[document_type]
    separator = chosen.get("separator") or "-"
    parts = [chosen.get("prefix"), prefix, str(number).zfill(chosen.get("min_digits") or 5)]
    if chosen.get("include_date"):
        parts.insert(2, call.clock.today().strftime("%Y%m%d"))
    return separator.join(part for part in parts if part)


def _keep(call: Call, settings: Document) -> None:
    if call.store.get("entity_settings", settings["id"]) is None:
        call.store.insert("entity_settings", settings, owner=call.project)
    else:
        call.store.replace("entity_settings", settings)


@ENTITIES.operation("GET", "settings", may="read", status="schema", own_entity=True)
def read_settings(call: Call) -> Document:
    """The settings of an entity."""
    return settings_of(call, ENTITIES.find(call)["id"])


@ENTITIES.operation("PATCH", "settings", may="update", status="schema", own_entity=True)
def update_settings(call: Call) -> Document:
    """Change the settings of an entity."""
    settings = merge(settings_of(call, ENTITIES.find(call)["id"]), call.body)
    upcoming = (settings.get("document_ids") or {}).pop("next_number", None)
    for kind, number in (upcoming or {}).items():
        if number is not None and number < settings.get("_next_numbers", {}).get(kind, 1) - 1:
            place: list[str | int] = ["body", "document_ids", "next_number", kind]
            invalid(problem(place, "Can't be less than the last number used."))
    for index, tagging in enumerate(call.body.get("payables_ocr_auto_tagging") or []):
        for at, keyword in enumerate(tagging["keywords"]):
            if not 2 <= len(keyword) <= 25:
                where: list[str | int] = ["body", "payables_ocr_auto_tagging", index, "keywords", at]
                invalid(problem(where, "A keyword must have 2 to 25 characters."))
    if upcoming:
        settings.setdefault("_next_numbers", {}).update({k: v for k, v in upcoming.items() if v})
    _keep(call, settings)
    return settings


@ENTITIES.operation("GET", "settings/next_document_numbers", may="read", status="schema", own_entity=True)
def read_next_numbers(call: Call) -> Document:
    """The numbers of the next documents."""
    taken = settings_of(call, ENTITIES.find(call)["id"]).get("_next_numbers", {})
    return {name: taken.get(name, 1) for name in PREFIXES}


@ENTITIES.operation("GET", "partner_metadata", may="read", status="schema")
def read_metadata(call: Call) -> Document:
    """The partner's metadata of an entity."""
    return {"metadata": ENTITIES.find(call).get("_partner_metadata", {})}


@ENTITIES.operation("PUT", "partner_metadata", may="read", status="schema")
def replace_metadata(call: Call) -> Document:
    """Change the partner's metadata of an entity."""
    entity = ENTITIES.find(call)
    entity["_partner_metadata"] = call.body["metadata"]
    ENTITIES.save(call, entity)
    return dict(call.body)


@ENTITIES.operation("PUT", "logo", may="update", status="schema", own_entity=True)
def replace_logo(call: Call) -> Document:
    """Upload the logo of an entity."""
    entity = ENTITIES.find(call)
    data = call.files["file"].data
    if not data.startswith(_LOGOS) or len(data) > _LARGEST_LOGO:
        invalid(problem(["body", "file"], "A logo must be a PNG, JPG or GIF of up to 10 MB."))
    file = FILES.upload(call, "entity_logo")
    entity["logo"] = {name: value for name, value in file.items() if not name.startswith("_")}
    ENTITIES.save(call, entity)
    return file


@ENTITIES.operation("DELETE", "logo", may="update", status="schema", own_entity=True)
def delete_logo(call: Call) -> None:
    """Remove the logo of an entity."""
    entity = ENTITIES.find(call)
    entity["logo"] = None
    ENTITIES.save(call, entity)


def _payment_methods(entity: Document) -> Document:
    active = entity.get("_payment_methods", {})
    return {
        "data": [
            {
                "type": kind,
                "name": name,
                "direction": direction,
                "status": "active" if kind in active.get(direction, ()) else "inactive",
            }
            for direction in ("receive", "send")
            for kind, name in PAYMENT_METHODS.items()
        ]
    }


@ENTITIES.operation("GET", "payment_methods", may="read", status="unverified", own_entity=True)
def read_payment_methods(call: Call) -> Document:
    """The payment methods of an entity."""
    return _payment_methods(ENTITIES.find(call))


@ENTITIES.operation("PUT", "payment_methods", may="update", status="unverified", own_entity=True)
def replace_payment_methods(call: Call) -> Document:
    """Choose the payment methods of an entity."""
    entity = ENTITIES.find(call)
    receive = call.body.get("payment_methods_receive") or call.body.get("payment_methods") or []
    entity["_payment_methods"] = {"receive": receive, "send": call.body.get("payment_methods_send") or []}
    ENTITIES.save(call, entity)
    return _payment_methods(entity)


@operation("GET", "/settings", status="schema", access=PARTNER)
def read_partner_settings(call: Call) -> Document:
    """The settings of the partner."""
    return call.store.get("partner_settings", call.project) or {}


@operation("PATCH", "/settings", status="schema", access=PARTNER)
def update_partner_settings(call: Call) -> Document:
    """Change the settings of the partner."""
    settings = call.store.get("partner_settings", call.project)
    if settings is None:
        settings = call.store.insert("partner_settings", {"id": call.project}, owner=call.project)
    return call.store.replace("partner_settings", merge(settings, call.body))
