"""The simulator as one object: its store, clock, limits and ready-made credentials, and the application.

Made once for each kernel (`monite_magic.simulator.default()`) or for each served process.
"""

from __future__ import annotations

import random
import uuid
from collections import deque
from typing import TYPE_CHECKING, Any

from monite_magic._version import __version__
from monite_magic.simulator.auth import Authority
from monite_magic.simulator.call import Call
from monite_magic.simulator.clock import Clock
from monite_magic.simulator.deliveries import Receivers
from monite_magic.simulator.faults import Faults
from monite_magic.simulator.limits import Limiter
from monite_magic.simulator.portal import Portal, new_secret
from monite_magic.simulator.principal import Principal
from monite_magic.simulator.registry import ANYONE, RULES, Rule
from monite_magic.simulator.seeds import DEFAULT_SEED, find_seed
from monite_magic.simulator.store import Document, Store
from monite_magic.simulator.timers import run_due

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from monite_magic.simulator.app import Application

API_VERSION = "2024-05-25"
TOKEN_LIFETIME = 1800


#: Kinds of documents that are the simulator's own business.
_INNER = frozenset({"meta", "token", "timer", "portal_session", "file_content"})


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
        self.receivers = Receivers(webhooks_to)
        self.clock = clock or Clock()
        self.store = Store(data)
        self.limiter = Limiter(rate_limit)
        self.faults = Faults()
        self.control_key = control_key
        self.authority = Authority(self.store, self.clock, token_lifetime)
        self.portal = Portal(self)
        self.random = random.Random()
        # What is to be done once the present transaction is over, such as sending webhooks.
        self.after: deque[Callable[[], None]] = deque()
        self._application: Application | None = None
        try:
            if self.store.get("meta", "seed") is None:
                self.reset(seed)
            self._resume_clock()
        except BaseException:
            self.close()
            raise

    # -- what others use ----------------------------------------------------------------------------------

    @property
    def wsgi(self) -> Application:
        """The WSGI application; it serves the API under `/v1` and the portal under `/portal/v1`."""
        if self._application is None:
            from monite_magic import catalogue
            from monite_magic.simulator.app import Application

            self._application = Application(self, catalogue.load(API_VERSION))
        return self._application

    @property
    def seed(self) -> str:
        """The name of the seed that the present state grew from."""
        return str((self.store.get("meta", "seed") or {})["name"])

    @property
    def credentials(self) -> dict[str, str]:
        """The ready-made credentials and ids, by the names of environment variables."""
        given = self.store.get("meta", "seed") or {}
        return {"MONITE_API_VERSION": API_VERSION, **given["credentials"]}

    @property
    def outbox(self) -> list[Document]:
        """The mails that were "sent", oldest first; none has left the simulator."""
        self.catch_up()
        return self.store.all("mail")

    @property
    def webhooks(self) -> list[Document]:
        """The deliveries of webhooks, oldest first: what is sent (`body`, `signature`), what was answered.

        Where nobody can listen, as in a browser, a program takes from here what it would have been sent.
        """
        self.catch_up()
        return [
            {**_shown(delivery), "body": delivery["_body"], "signature": delivery["_signature"]}
            for delivery in self.store.all("webhook_delivery")
        ]

    def state(self) -> dict[str, Any]:
        """What there is: seed, clock, number of documents of each kind, and faults that wait."""
        self.catch_up()
        return {
            "version": __version__,
            "seed": self.seed,
            "data": self.store.path,
            "clock": {"now": self.clock.timestamp(), **self.clock.state()},
            "token_lifetime": self.authority.lifetime,
            "rate_limit": self.limiter.limit,
            "documents": {kind: count for kind, count in self.store.counts().items() if kind not in _INNER},
            "faults": self.faults.listed(),
        }

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The table of rules: what is simulated, and what each behaviour rests on."""
        from monite_magic.simulator import rules

        rules.load()
        return tuple(RULES)

    def reset(self, seed: str | None = None) -> None:
        """Forget everything and start again from a seed, by default the present one.

        Raises:
            ValueError: There is no such seed.
        """
        before = self.store.get("meta", "seed") or {}
        name = seed or before["name"]
        sow = find_seed(name)
        # Whoever holds the ready-made credentials can go on using them.
        secret = before.get("credentials", {}).get("MONITE_CLIENT_SECRET") or new_secret()
        kept = self.random
        with self.store.transaction():
            self.store.clear()
            # The ids of a seed are the same each time; those made later are not.
            self.random = random.Random(0)
            try:
                credentials = sow(self, secret)
            finally:
                self.random = kept
            meta = {"id": "seed", "name": name, "credentials": credentials}
            self.store.insert("meta", meta, owner="")

    def close(self) -> None:
        """Close the store. The simulator can't be used afterwards."""
        self.store.close()

    # -- what the simulator's own parts use ---------------------------------------------------------------

    def catch_up(self) -> None:
        """Let everything happen that the clock has made due."""
        run_due(self)
        self.finish()

    def finish(self) -> None:
        """Do what was left for after the transaction."""
        # Several threads may be here at once; each step is taken by one of them.
        while True:
            try:
                step = self.after.popleft()
            except IndexError:
                return
            step()

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

    def new_id(self) -> str:
        """A new UUID."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def call(self, project: str, entity_id: str = "", user: Document | None = None, **members: Any) -> Call:
        """A call that comes from no request: for seeds and for what happens by the clock."""
        principal = Principal(project, "", user, entity_id or None)
        return Call(
            store=self.store,
            clock=self.clock,
            shapes=self.wsgi.shapes,
            authority=self.authority,
            operation=None,
            principal=principal,
            entity_id=entity_id,
            version=API_VERSION,
            base_url="",
            access=ANYONE,
            random=self.random,
            receivers=self.receivers,
            **members,
        )


def _shown(document: Document) -> Document:
    return {name: value for name, value in document.items() if not name.startswith("_")}
