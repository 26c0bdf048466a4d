"""The seed `starter`: the minimum to log in, and a few counterparts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from monite_magic.simulator.call import Call
from monite_magic.simulator.rules.counterparts import CONTACTS, COUNTERPARTS
from monite_magic.simulator.seeds import empty

if TYPE_CHECKING:
    from monite_magic.simulator.world import World


class _Firm(NamedTuple):
    """An invented company with a contact person."""

    name: str
    vendor: bool
    country: str
    city: str
    postal_code: str
    line1: str
    first_name: str
    last_name: str
    domain: str


_FIRMS = (
    _Firm(
        "Haferfeld Mill AG", True, "DE", "Potsdam", "14467", "Am Speicher 12", "Jonas", "Ried", "haferfeld"
    ),
    _Firm("Lindenhof Dairy GmbH", True, "DE", "Werder", "14542", "Obstallee 3", "Ida", "Lorenz", "lindenhof"),
    _Firm(
        "Verpakt Packaging B.V.",
        True,
        "NL",
        "Utrecht",
        "3511 AB",
        "Kadekwartier 88",
        "Sanne",
        "Mulder",
        "verpakt",
    ),
    _Firm(
        "Cafe Morgenrot GmbH", False, "DE", "Berlin", "10405", "Winterallee 21", "Theo", "Brandt", "morgenrot"
    ),
    _Firm("Hotel Seeblick KG", False, "AT", "Bregenz", "6900", "Uferstrasse 7", "Anna", "Moser", "seeblick"),
)


def seed(world: World, secret: str) -> dict[str, str]:
    """Fill the store and return the credentials."""
    credentials = empty.seed(world, secret)
    entity_id = credentials["MONITE_ENTITY_ID"]
    call = Call.without_request(world, str(world.store.owner_of("entity", entity_id)), entity_id)
    for firm in _FIRMS:
        address = {
            "country": firm.country,
            "city": firm.city,
            "postal_code": firm.postal_code,
            "line1": firm.line1,
        }
        organization = {
            "legal_name": firm.name,
            "email": f"office@{firm.domain}.example",
            "is_vendor": firm.vendor,
            "is_customer": not firm.vendor,
            "address": dict(address),
        }
        counterpart = COUNTERPARTS.add(
            call,
            {
                "type": "organization",
                "language": "en",
                "reminders_enabled": True,
                "organization": organization,
            },
        )
        contact = {
            "first_name": firm.first_name,
            "last_name": firm.last_name,
            "email": f"{firm.first_name.lower()}@{firm.domain}.example",
            "address": address,
            "counterpart_id": counterpart["id"],
        }
        CONTACTS.add(call, contact, counterpart["id"])
    return credentials
