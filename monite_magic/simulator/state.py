"""The state of a world: its summary, and resetting it to a seed."""

from __future__ import annotations

import random
import uuid
from typing import TYPE_CHECKING, Any

from monite_magic._version import __version__
from monite_magic.simulator.portal import new_secret
from monite_magic.simulator.seeds import find_seed
from monite_magic.simulator.timers import catch_up
from monite_magic.simulator.world import API_VERSION

if TYPE_CHECKING:
    from monite_magic.simulator.store import Document
    from monite_magic.simulator.world import World

#: Kinds of internal documents.
_INNER = frozenset({"meta", "token", "timer", "portal_session", "file_content", "audit_log"})


def seed_of(world: World) -> Document | None:
    """The seed of the current state, with its credentials, or `None` for a new store."""
    return world.store.get("meta", "seed")


def credentials(world: World) -> dict[str, str]:
    """The seed's credentials and IDs, by the names of environment variables."""
    return {"MONITE_API_VERSION": API_VERSION, **(seed_of(world) or {})["credentials"]}


def mails(world: World) -> list[Document]:
    """The emails that were "sent", oldest first."""
    catch_up(world)
    return world.store.all("mail")


def webhooks(world: World) -> list[Document]:
    """The webhook deliveries, oldest first, with `body` and `signature`."""
    catch_up(world)
    return [
        {**_shown(delivery), "body": delivery["_body"], "signature": delivery["_signature"]}
        for delivery in world.store.all("webhook_delivery")
    ]


def describe(world: World) -> dict[str, Any]:
    """A summary: seed, clock, number of documents of each kind, and waiting faults."""
    catch_up(world)
    return {
        "version": __version__,
        "seed": (seed_of(world) or {})["name"],
        "data": world.store.path,
        "clock": {"now": world.clock.timestamp(), **world.clock.state()},
        "token_lifetime": world.authority.lifetime,
        "rate_limit": world.limiter.limit,
        "documents": {kind: count for kind, count in world.store.counts().items() if kind not in _INNER},
        "faults": world.faults.listed(),
    }


def reset(world: World, name: str | None = None) -> None:
    """Delete everything and start again from a seed, by default the current one.

    Raises:
        ValueError: The seed is unknown.
    """
    before = seed_of(world) or {}
    name = name or before["name"]
    seed = find_seed(name)
    # The seed's credentials stay valid.
    secret = before.get("credentials", {}).get("MONITE_CLIENT_SECRET") or new_secret()
    kept = world.random
    with world.store.transaction():
        world.store.clear()
        # The IDs of a seed are the same each time. Later IDs are random.
        world.random = random.Random(0)
        try:
            given = seed(world, secret)
        finally:
            world.random = kept
        meta = {"id": "seed", "name": name, "credentials": given, "life": str(uuid.uuid4())}
        world.store.insert("meta", meta, owner="")


def _shown(document: Document) -> Document:
    return {name: value for name, value in document.items() if not name.startswith("_")}
