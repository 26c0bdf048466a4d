"""The seed `large`: 100,000 payables of one entity, to test with many rows.

They are copies of a few payables created through the rules, with different numbers, dates and amounts.
They have no lines and no history.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from monite_magic.simulator.call import Call
from monite_magic.simulator.rules.counterparts import COUNTERPARTS
from monite_magic.simulator.rules.payables import PAYABLES
from monite_magic.simulator.seeds import starter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monite_magic.simulator.store import Document
    from monite_magic.simulator.world import World

COUNT = 100_000
_STATUSES = (
    "draft",
    "new",
    "approve_in_progress",
    "waiting_to_be_paid",
    "partially_paid",
    "paid",
    "canceled",
)
_DAYS = 730


def seed(world: World, secret: str) -> dict[str, str]:
    """Fill the store and return the credentials."""
    credentials = starter.seed(world, secret)
    entity_id = credentials["MONITE_ENTITY_ID"]
    call = Call.without_request(world, str(world.store.owner_of("entity", entity_id)), entity_id)
    world.store.insert_many("payable", _payables(call), owner=entity_id)
    return credentials


def _payables(call: Call) -> Iterator[Document]:
    rng = random.Random(100_000)
    vendors = [vendor for vendor in COUNTERPARTS.all(call) if vendor["_details"]["is_vendor"]]
    originals = []
    for vendor in vendors:
        originals.append(PAYABLES.add(call, {"counterpart_id": vendor["id"], "currency": "EUR"}))
        call.store.delete(PAYABLES.kind, originals[-1]["id"])
    begin = call.clock.now() - timedelta(days=_DAYS)
    step = timedelta(days=_DAYS) / COUNT
    for number in range(COUNT):
        created = begin + step * number
        moment = created.isoformat(timespec="microseconds")
        total, status = rng.randrange(500, 900_000), rng.choice(_STATUSES)
        paid = {"paid": total, "partially_paid": total // 3}.get(status, 0)
        yield {
            **originals[number % len(originals)],
            "id": call.new_id(),
            "created_at": moment,
            "updated_at": moment,
            "status": status,
            "document_id": f"L-{number:06d}",
            "issued_at": moment[:10],
            "due_date": (created + timedelta(days=30)).date().isoformat(),
            "subtotal": total,
            "tax_amount": 0,
            "total_amount": total,
            "amount_paid": paid,
            "amount_due": total - paid,
            "amount_to_pay": total - paid,
            "_given": {"subtotal": total, "tax_amount": 0, "total_amount": total},
        }
