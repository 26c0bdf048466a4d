"""Documents with a status, and the table of what may become of them.

Each transition is an operation `POST /.../{id}/name`: from which statuses, to which, with which permission.
From any other status the answer is 409. The decorated function is what happens besides; it may refuse too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from monite_magic.simulator.answers import conflict
from monite_magic.simulator.registry import operation
from monite_magic.simulator.resources import Resource

if TYPE_CHECKING:
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.registry import Status
    from monite_magic.simulator.store import Document

Effect = Callable[["Call", "Document"], Any]
Listener = Callable[["Call", "Document", str], None]


@dataclass(frozen=True)
class Transition:
    """One way from status to status.

    Attributes:
        kind: The kind of document.
        name: The last segment of the operation's path.
        sources: The statuses that it may start from.
        target: The status that it leads to.
        status: What this rests on.
    """

    kind: str
    name: str
    sources: tuple[str, ...]
    target: str
    status: Status


#: Every transition that an operation makes.
TRANSITIONS: list[Transition] = []


class Stateful(Resource):
    """A resource whose documents have a status, and a history of it.

    Class attributes, set by subclasses:
        noun: How a document is called in the refusal of a transition.
        reference: The member of a history entry that names the document, or `None` for no history.
    """

    noun: ClassVar[str]
    reference: ClassVar[str | None] = None

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> Listener:
        """Have a function called with each document whose status has changed, and with the status before."""
        self._listeners.append(listener)
        return listener

    @property
    def history_kind(self) -> str:
        """The kind under which history entries are stored."""
        return f"{self.kind}_history"

    def record(self, call: Call, document: Document, event_type: str, **data: Any) -> None:
        """Add an entry to the history of a document."""
        if self.reference is None:
            return
        entry = {
            "id": call.new_id(),
            "created_at": call.clock.timestamp(),
            "timestamp": call.clock.timestamp(),
            "event_type": event_type,
            "event_data": data,
            "entity_user_id": call.principal.user_id,
            self.reference: document["id"],
        }
        call.store.insert(self.history_kind, entry, owner=self.owner_id(call), parent=document["id"])

    def set_status(self, call: Call, document: Document, status: str, event: str | None = None) -> None:
        """Change the status of a document, keep it, and tell of it."""
        before = document["status"]
        document["status"] = status
        if status != before:
            self.record(call, document, "status_changed", old_status=before, new_status=status)
        self.save(call, document, event or "updated")
        for listener in self._listeners:
            listener(call, document, before)

    def require(self, document: Document, sources: tuple[str, ...]) -> None:
        """Refuse with 409 unless the document has one of these statuses."""
        if document["status"] not in sources:
            conflict(f"{self.noun} couldn't be updated due to current state")


def transition(
    resource: Stateful,
    name: str,
    *,
    sources: tuple[str, ...],
    target: str,
    action: str = "update",
    event: str | None = None,
    status: Status = "documented",
) -> Callable[[Effect], Effect]:
    """Register a transition; the decorated function gets the call and the document, still as it was.

    It may change the document, and may return an answer of its own instead of the document's view.
    """

    def register(effect: Effect) -> Effect:
        TRANSITIONS.append(Transition(resource.kind, name, sources, target, status))

        def handle(call: Call) -> Any:
            document = resource.find(call)
            resource.require(document, sources)
            answer = effect(call, document)
            resource.set_status(call, document, target, event)
            return resource.view(call, document) if answer is None else answer

        does = (effect.__doc__ or "").strip().partition("\n")[0]
        text = f"{does} From {' or '.join(sources)} to {target}; from any other status 409."
        path = f"{resource.path}/{name}"
        operation("POST", path, text, status=status, access=resource.access(action))(handle)
        return effect

    return register


def history_of(resource: Stateful, path: str) -> Resource:
    """The history of a resource's documents, as a resource: `path` is the template of one entry."""
    members = {
        "kind": resource.history_kind,
        "path": path,
        "parent": resource,
        "permission": resource.permission,
    }
    made: Resource = type("History", (Resource,), members)()
    return made
