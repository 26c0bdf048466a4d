"""The simulator as one object: what a person or a program does with it.

Made once for each kernel (`monite_magic.simulator.default()`) or for each served process.
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
        data: A file that keeps the state, or ":memory:".
        seed: What a new store starts with: the name of a seed in `monite_magic.simulator.seeds`.
        token_lifetime: Seconds for which an access token is good.
        clock: The clock to go by; real time by default.
        rate_limit: Requests per second for each client, or `None` for no limit.
        control_key: The key of the control API over HTTP, or `None` to have none.
        webhooks_to: URLs on this machine whose origins webhooks are sent to, besides receivers that this
            process has opened itself.

    Raises:
        ValueError: There is no such seed, or a receiver is not on this machine.
        OSError: The file can't be opened, or is not one of the simulator's.
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
        """Where the state is kept."""
        return self.world.store

    @property
    def clock(self) -> Clock:
        """The clock that everything goes by."""
        return self.world.clock

    @property
    def faults(self) -> Faults:
        """The faults that wait for their calls."""
        return self.world.faults

    @property
    def receivers(self) -> Receivers:
        """Where webhooks may be sent."""
        return self.world.receivers

    @property
    def control_key(self) -> str | None:
        """The key of the control API over HTTP, or `None` if there is none."""
        return self.world.control_key

    @property
    def seed(self) -> str:
        """The name of the seed that the present state grew from."""
        return str((state.seed_of(self.world) or {})["name"])

    @property
    def life(self) -> str:
        """What tells this state from those before: it changes with each reset."""
        return str((state.seed_of(self.world) or {}).get("life", ""))

    @property
    def credentials(self) -> dict[str, str]:
        """The ready-made credentials and ids, by the names of environment variables."""
        return state.credentials(self.world)

    @property
    def outbox(self) -> list[Document]:
        """The mails that were "sent", oldest first; none has left the simulator."""
        return state.mails(self.world)

    @property
    def webhooks(self) -> list[Document]:
        """The deliveries of webhooks, oldest first: what is sent (`body`, `signature`), what was answered.

        Where nobody can listen, as in a browser, a program takes from here what it would have been sent.
        """
        return state.webhooks(self.world)

    @property
    def events(self) -> list[Document]:
        """What has happened, oldest first: changes, and the webhooks and mails that they sent."""
        return happenings(self.world)

    def explain(self, kind: str, identifier: str) -> Document:
        """Why a document is as it is: which approval policies were tried on a payable, and why each applied.

        Args:
            kind: `payable`; nothing else is explained.
            identifier: Its id.

        Raises:
            LookupError: There is no such document.
        """
        if kind != "payable":
            raise LookupError(f"A {kind} can't be explained; only a payable can.")
        # Loads the rules, which a simulator that only keeps state doesn't need.
        from monite_magic.simulator.explain import explain_payable

        return explain_payable(self.world, identifier)

    def state(self) -> dict[str, Any]:
        """What there is: seed, clock, number of documents of each kind, and faults that wait."""
        return state.describe(self.world)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The table of rules: what is simulated, and what each behaviour rests on."""
        rules.load()
        return tuple(RULES)

    def reset(self, seed: str | None = None) -> None:
        """Forget everything and start again from a seed, by default the present one.

        Raises:
            ValueError: There is no such seed.
        """
        state.reset(self.world, seed)

    def close(self) -> None:
        """Close the store. The simulator can't be used afterwards."""
        self.store.close()

    def _resume_clock(self) -> None:
        """Go on where the clock was when the file was last used, and note where it is from now on."""
        kept = self.store.get("meta", "clock")
        if kept:
            self.clock.restore(kept["offset"], kept["frozen"])
        self.clock.on_change = self._keep_clock

    def _keep_clock(self, state: dict[str, Any]) -> None:
        with self.store.transaction():
            self.store.delete("meta", "clock")
            self.store.insert("meta", {"id": "clock", **state}, owner="")
