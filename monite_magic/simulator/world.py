"""The state that all parts of one simulator share."""

from __future__ import annotations

import copy
import random
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from monite_magic.simulator.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from monite_magic.simulator.auth import Authority
    from monite_magic.simulator.deliveries import Receivers
    from monite_magic.simulator.faults import Faults
    from monite_magic.simulator.limits import Limiter
    from monite_magic.simulator.store import Store

API_VERSION = "2024-05-25"


@dataclass
class World:
    """The stateful parts of one simulator.

    Attributes:
        store: Its documents.
        clock: Its clock.
        authority: Tokens and permissions.
        limiter: The rate limit.
        faults: The waiting faults.
        receivers: The receivers that webhooks can be sent to.
        control_key: The key of the control API over HTTP, or `None` to switch it off.
        random: The source of IDs, but not of secrets.
        after: Functions to call after the current transaction, such as sending webhooks.
    """

    store: Store
    clock: Clock
    authority: Authority
    limiter: Limiter
    faults: Faults
    receivers: Receivers
    control_key: str | None = None
    random: random.Random = field(default_factory=random.Random)
    after: deque[Callable[[], None]] = field(default_factory=deque)

    def at(self, moment: datetime) -> World:
        """Return the same world with a frozen clock."""
        other = copy.copy(self)
        other.clock = Clock()
        other.clock.freeze(moment)
        return other

    def new_id(self) -> str:
        """A new UUID."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def finish(self) -> None:
        """Run the functions for after the transaction."""
        # Several threads can run this at once. Each function is called by one of them.
        while True:
            try:
                step = self.after.popleft()
            except IndexError:
                return
            step()
