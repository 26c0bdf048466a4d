"""Products, measure units, payment terms and VAT rates of an entity."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from monite_magic.simulator.answers import conflict
from monite_magic.simulator.registry import behaviour, operation
from monite_magic.simulator.resources import Resource

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.store import Document

behaviour("POST /measure_units", "The name of a unit must be unique: 409.", "unverified")
behaviour(
    "DELETE /measure_units/{unit_id}", "A unit in use by a product can't be deleted: 409.", "unverified"
)
behaviour(
    "GET /vat_rates", "The rates are those of the entity's country, from a small fixed table.", "unverified"
)

# Percent x 100, by country. A small table of common rates. This is not tax advice.
VAT_RATES = {
    "DE": (1900, 700, 0),
    "AT": (2000, 1300, 1000, 0),
    "FR": (2000, 1000, 550, 0),
    "NL": (2100, 900, 0),
    "GB": (2000, 500, 0),
    "US": (0,),
}
_OTHER_RATES = (2000, 0)


class MeasureUnits(Resource):
    """Units such as piece, kilogram or hour."""

    kind = "measure_unit"
    path = "/measure_units/{unit_id}"
    unique = ("name",)

    def before_delete(self, call: Call, document: Document) -> None:
        """Refuse to delete a unit in use."""
        if call.store.first("product", owner=call.entity_id, measure_unit_id=document["id"]):
            conflict("The measure unit is used by a product and can't be deleted.")


MEASURE_UNITS = MeasureUnits().serve("list", "create", "read", "update", "delete", status="documented")


class Products(Resource):
    """Goods and services."""

    kind = "product"
    path = "/products/{product_id}"
    permission = "product"
    initial = {"type": "product"}
    references = {"measure_unit_id": MEASURE_UNITS}
    fields = {"price": "price.value", "currency": "price.currency"}
    creator = "entity_user_id"
    event = "product"


class PaymentTerms(Resource):
    """Due dates and early payment discounts."""

    kind = "payment_terms"
    path = "/payment_terms/{payment_terms_id}"


class CustomVatRates(Resource):
    """Custom VAT rates of an entity."""

    kind = "custom_vat_rate"
    path = "/custom_vat_rates/{custom_vat_rate_id}"
    creator = "created_by_entity_user_id"

    def view(self, call: Call, document: Document) -> Document:
        """Add up the components of the rate."""
        return {**document, "value": sum(part["value"] for part in document["components"])}


PRODUCTS = Products().serve("list", "create", "read", "update", "delete", status="documented")
PAYMENT_TERMS = PaymentTerms().serve("list", "create", "read", "update", "delete", status="documented")
CUSTOM_VAT_RATES = CustomVatRates().serve("list", "create", "read", "update", "delete", status="schema")


def has_vat_rates(country: str) -> bool:
    """Whether lines in this country have a VAT rate. Elsewhere, such as in the US, they have a tax rate."""
    return country != "US" and country in VAT_RATES


def vat_rates(country: str) -> list[Document]:
    """Return the rates of a country, with fixed IDs."""
    since = "2024-01-01T00:00:00.000000+00:00"
    return [
        {
            "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"vat-rate/{country}/{value}")),
            "created_at": since,
            "updated_at": since,
            "country": country,
            "value": value,
            "status": "active",
            "created_by": "monite",
            "valid_from": since[:10],
        }
        for value in VAT_RATES.get(country, _OTHER_RATES)
    ]


def vat_rate(call: Call, identifier: str) -> Document | None:
    """Return the VAT rate with this ID, from the entity's country or any country in the table."""
    countries = (call.entity()["address"]["country"], *VAT_RATES)
    found = (rate for country in countries for rate in vat_rates(country) if rate["id"] == identifier)
    return next(found, None)


@operation("GET", "/vat_rates", status="unverified")
def list_vat_rates(call: Call) -> Document:
    """The VAT rates of the entity's country."""
    return {"data": vat_rates(call.entity()["address"]["country"])}
