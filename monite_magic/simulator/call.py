"""One call, as a rule sees it: the request, the caller, and the parts of the world that rules use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from monite_magic.simulator.answers import not_found
from monite_magic.simulator.principal import Principal
from monite_magic.simulator.registry import ANYONE
from monite_magic.simulator.world import API_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from monite_magic.catalogue import Operation
    from monite_magic.simulator.clock import Clock
    from monite_magic.simulator.registry import Access
    from monite_magic.simulator.store import Document, Store
    from monite_magic.simulator.validation import UploadedFile
    from monite_magic.simulator.world import World


#: Called with each recorded event. Webhooks subscribe here.
EVENT_LISTENERS: list[Callable[[Call, Document], None]] = []


@dataclass
class Call:
    """One call. Parameters and body are valid and have their documented types."""

    world: World
    operation: Operation | None
    principal: Principal
    entity_id: str
    version: str
    base_url: str
    access: Access
    path: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    files: dict[str, UploadedFile] = field(default_factory=dict)
    after: list[Callable[[], None]] = field(default_factory=list)
    #: The cause recorded with its events: the request or a timer.
    cause: str = ""
    #: Details for its next event, such as the discount of a payment.
    note: str | None = None

    @classmethod
    def without_request(
        cls, world: World, project: str, entity_id: str = "", user: Document | None = None, cause: str = ""
    ) -> Call:
        """Return a call for seeds and timers."""
        return cls(
            world=world,
            operation=None,
            principal=Principal(project, "", user, entity_id or None),
            entity_id=entity_id,
            version=API_VERSION,
            base_url="",
            access=ANYONE,
            cause=cause,
        )

    @property
    def store(self) -> Store:
        """The store of documents."""
        return self.world.store

    @property
    def clock(self) -> Clock:
        """The clock of the world."""
        return self.world.clock

    @property
    def project(self) -> str:
        """ID of the partner's project."""
        return self.principal.project

    @property
    def own_only(self) -> bool:
        """Whether the role only gives access to documents that the user created."""
        if self.principal.user is None or self.access.object_type is None or self.access.own_entity:
            return False
        return self.principal.permission(self.access.object_type, self.access.action) == "allowed_for_own"

    def new_id(self) -> str:
        """A new UUID."""
        return self.world.new_id()

    def stamp(self, members: Mapping[str, Any]) -> Document:
        """Return a new document with an ID, the time, the user and the given members."""
        now = self.clock.timestamp()
        return {
            "id": self.new_id(),
            "created_at": now,
            "updated_at": now,
            "_created_by": self.principal.user_id,
            **members,
        }

    def touch(self, document: Document) -> Document:
        """Set the time of the last update to now."""
        document["updated_at"] = self.clock.timestamp()
        return document

    def entity(self) -> Document:
        """The entity of the call."""
        return self.store.get("entity", self.entity_id, owner=self.project) or not_found(
            "entity", self.entity_id
        )

    def emit(self, object_type: str, action: str, document: Document) -> None:
        """Record an event and notify the webhook subscriptions (OpenAPI 2024-05-25, EventResource)."""
        owner = self.entity_id or document["id"]
        event = {
            "id": self.new_id(),
            "created_at": self.clock.timestamp(),
            "updated_at": self.clock.timestamp(),
            "action": f"{object_type}.{action}",
            "api_version": self.version,
            "description": f"{object_type}.{action}",
            "entity_id": owner,
            "object_type": object_type,
            "object": {"id": document["id"]},
            "_status": document.get("status"),
            "_cause": self.cause,
            "_details": self.note,
        }
        self.note = None
        self.store.insert("event", event, owner=owner)
        for listener in EVENT_LISTENERS:
            listener(self, event)

    def send_mail(self, to: str, subject: str, text: str, **about: Any) -> Document:
        """Put an email into the outbox. It never leaves the simulator. Without an address it has failed."""
        mail = {
            "id": self.new_id(),
            "created_at": self.clock.timestamp(),
            "to": to,
            "subject": subject,
            "text": text,
        }
        return self.store.insert("mail", {**mail, **about}, owner=str(self.entity_id or self.project))
