"""The seed `empty`: the minimum to log in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monite_magic.simulator.call import Call
from monite_magic.simulator.portal import add_credentials
from monite_magic.simulator.rules.entities import ENTITIES
from monite_magic.simulator.rules.entity_users import ENTITY_USERS
from monite_magic.simulator.rules.roles import ROLES, permissions

if TYPE_CHECKING:
    from monite_magic.simulator.world import World


def seed(world: World, secret: str) -> dict[str, str]:
    """Fill the store and return the credentials."""
    project = world.new_id()
    credentials = add_credentials(world, project, "Ready-made", secret)
    entity = ENTITIES.add(
        Call.without_request(world, project),
        {
            "type": "organization",
            "email": "office@sonnenkorn.example",
            "phone": "+49 30 5550100",
            "tax_id": "DE555010012",
            "address": {
                "country": "DE",
                "city": "Berlin",
                "postal_code": "10999",
                "line1": "Muehlengasse 4",
            },
            "organization": {"legal_name": "Sonnenkorn Bakery GmbH", "legal_entity_id": "HRB 555010"},
        },
    )
    call = Call.without_request(world, project, entity["id"])
    role = ROLES.add(call, {"name": "Administrator", "permissions": permissions()})
    user = ENTITY_USERS.add(
        call,
        {
            "login": "mira.holm",
            "first_name": "Mira",
            "last_name": "Holm",
            "email": "mira.holm@sonnenkorn.example",
            "title": "Owner",
            "role_id": role["id"],
        },
    )
    return {
        "MONITE_CLIENT_ID": credentials["client_id"],
        "MONITE_CLIENT_SECRET": credentials["client_secret"],
        "MONITE_ENTITY_ID": entity["id"],
        "MONITE_ENTITY_USER_ID": user["id"],
    }
