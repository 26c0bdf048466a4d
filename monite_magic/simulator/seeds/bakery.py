"""The seed `bakery`: a small company with a history of eighteen months.

Two entities, users of four roles, forty counterparts in six countries, seasonal bills and invoices,
customers who pay late or in part, yen (no decimals) and Kuwaiti dinars (three), a few disputes, and a few
duplicate bills. The rules perform all actions in chronological order, so the books balance. IDs are the
same each time, and the last day is today.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from monite_magic.simulator.portal import replace_secret
from monite_magic.simulator.seeds import empty
from monite_magic.simulator.seeds.bakery_purchases import plan_purchases
from monite_magic.simulator.seeds.bakery_sales import plan_sales
from monite_magic.simulator.seeds.bakery_setting import set_up
from monite_magic.simulator.seeds.bakery_story import Story, months
from monite_magic.simulator.timers import next_moment

if TYPE_CHECKING:
    from datetime import datetime

    from monite_magic.simulator.world import World


@dataclass(frozen=True)
class Told:
    """A finished seed: the content of the store, and the credentials without their secret."""

    begin: datetime
    end: datetime
    store: bytes
    credentials: dict[str, str]


# The last finished seed of this process. Seeding takes a second or more, copying does not.
_told: Told | None = None


def seed(world: World, secret: str) -> dict[str, str]:
    """Fill the store and return the credentials."""
    global _told
    told = _told
    if told and told.begin <= world.clock.now() < told.end:
        world.store.paste(told.store)
        replace_secret(world, told.credentials["MONITE_CLIENT_ID"], secret)
    else:
        told = _told = _tell(world, secret)
    return {**told.credentials, "MONITE_CLIENT_SECRET": secret}


def _tell(world: World, secret: str) -> Told:
    credentials = empty.seed(world, secret)
    entity_id = credentials["MONITE_ENTITY_ID"]
    story = Story(world, str(world.store.owner_of("entity", entity_id)), entity_id)
    begin = months(story)[0] - timedelta(days=20)
    known: dict[str, Any] = {}
    story.at(begin, lambda call: known.update(set_up(story, call)))
    story.tell()
    plan_purchases(story, known)
    plan_sales(story, known)
    story.tell()
    del credentials["MONITE_CLIENT_SECRET"]
    end = min(story.until, next_moment(world) or story.until)
    return Told(story.now, end, world.store.copy(), credentials)
