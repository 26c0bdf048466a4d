"""The simulator as one object, with everything that you can do with it.

There is one for each kernel (`monite_magic.simulator.default()`) and for each served process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic.simulator import rules, state
from monite_magic.simulator.app import Application
from monite_magic.simulator.auth import Authority
from monite_magic.simulator.clock import Clock
from monite_magic.simulator.deliveries import Receivers
from monite_magic.simulator.events import happenings
from monite_magic.simulator.faults import Faults
from monite_magic.simulator.limits import Limiter
from monite_magic.simulator.portal import Portal
from monite_magic.simulator.registry import RULES, Rule
from monite_magic.simulator.seeds import DEFAULT_SEED, find_seed
from monite_magic.simulator.store import Document, Store
from monite_magic.simulator.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable

TOKEN_LIFETIME = 1800


class Simulator:
    """A local stand-in for the API.

    Args:
        data: A file to keep the state in, or ":memory:".
        seed: The data to start a new store with: a name from `monite_magic.simulator.seeds`.
        token_lifetime: Seconds until an access token expires.
        clock: The clock to use; real time by default.
        rate_limit: Requests per second for each client, or `None` for no limit.
        control_key: The key of the control API over HTTP, or `None` to switch it off.
        webhooks_to: URLs on this machine to send webhooks to (any path of the same origin). Receivers that
            this process has opened get webhooks without being listed.

    Raises:
        ValueError: The seed is unknown, or a receiver is not on this machine.
        OSError: The file can't be opened, or is not a simulator file.
    """

    def __init__(
        self,
        *,
        data: str = ":memory:",
        seed: str = DEFAULT_SEED,
        token_lifetime: int = TOKEN_LIFETIME,
        clock: Clock | None = None,
        rate_limit: int | None = None,
        control_key: str | None = None,
        webhooks_to: Iterable[str] = (),
    ) -> None:
        find_seed(seed)
        receivers, clock = Receivers(webhooks_to), clock or Clock()
        store = Store(data)
        authority = Authority(store, clock, token_lifetime)
        self.world = World(
            store, clock, authority, Limiter(rate_limit), Faults(), receivers, control_key=control_key
        )
        self.portal = Portal(self.world)
        self._application: Application | None = None
        try:
            if state.seed_of(self.world) is None:
                self.reset(seed)
            self._resume_clock()
        except BaseException:
            self.close()
            raise

    @property
    def wsgi(self) -> Application:
        """The WSGI application; it serves the API under `/v1` and the portal under `/portal/v1`."""
        if self._application is None:
            self._application = Application(self.world)
        return self._application

    @property
    def store(self) -> Store:
        """Where the simulator keeps its state."""
        return self.world.store

    @property
    def clock(self) -> Clock:
        """The simulator's clock."""
        return self.world.clock

    @property
    def faults(self) -> Faults:
        """The faults that are waiting for their calls."""
        return self.world.faults

    @property
    def receivers(self) -> Receivers:
        """The origins that webhooks can be sent to."""
        return self.world.receivers

    @property
    def control_key(self) -> str | None:
        """The key of the control API over HTTP, or `None` if it is off."""
        return self.world.control_key

    @property
    def seed(self) -> str:
        """The name of the seed that this state started from."""
        return str((state.seed_of(self.world) or {})["name"])

    @property
    def life(self) -> str:
        """An ID of this state. It changes with each reset."""
        return str((state.seed_of(self.world) or {}).get("life", ""))

    @property
    def credentials(self) -> dict[str, str]:
        """The seed's credentials and IDs, by the names of environment variables."""
        return state.credentials(self.world)

    @property
    def outbox(self) -> list[Document]:
        """The emails that were "sent", oldest first. None has left the simulator."""
        return state.mails(self.world)

    @property
    def webhooks(self) -> list[Document]:
        """The webhook deliveries, oldest first, with `body`, `signature` and the receiver's status.

        In a browser, nothing can listen on a port. Read the webhooks here instead.
        """
        return state.webhooks(self.world)

    @property
    def events(self) -> list[Document]:
        """The events, oldest first: changes, and the webhooks and emails that they sent."""
        return happenings(self.world)

    def explain(self, kind: str, identifier: str) -> Document:
        """Explain which approval policies were tried on a payable, and why each applied or not.

        Args:
            kind: `payable` is the only kind that can be explained.
            identifier: Its id.

        Raises:
            LookupError: The document does not exist.
        """
        if kind != "payable":
            raise LookupError(f"A {kind} can't be explained; only a payable can.")
        # This import loads the rules, which a simulator that only keeps state doesn't need.
        from monite_magic.simulator.explain import explain_payable

        return explain_payable(self.world, identifier)

    def state(self) -> dict[str, Any]:
        """A summary: seed, clock, number of documents of each kind, and waiting faults."""
        return state.describe(self.world)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The table of rules: each simulated behaviour and its source."""
        rules.load()
        return tuple(RULES)

    def reset(self, seed: str | None = None) -> None:
        """Delete everything and start again from a seed, by default the current one.

        Raises:
            ValueError: The seed is unknown.
        """
        state.reset(self.world, seed)

    def close(self) -> None:
        """Close the store. You can't use the simulator afterwards."""
        self.store.close()

    def _resume_clock(self) -> None:
        """Restore the clock from the file, and save its state from now on."""
        kept = self.store.get("meta", "clock")
        if kept:
            self.clock.restore(kept["offset"], kept["frozen"])
        self.clock.on_change = self._keep_clock

    def _keep_clock(self, state: dict[str, Any]) -> None:
        with self.store.transaction():
            self.store.delete("meta", "clock")
            self.store.insert("meta", {"id": "clock", **state}, owner="")
