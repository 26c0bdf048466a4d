"""Documents with a status, and their table of transitions.

Each row is an operation `POST /.../{id}/name`, with its permission and its event. `catalogue.lifecycles`
lists its source statuses and its target. From any other status the answer is 409. A function registered
with `on` adds an effect, and can refuse too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from monite_magic.catalogue.lifecycles import action_of
from monite_magic.simulator.answers import conflict
from monite_magic.simulator.resources import Resource

if TYPE_CHECKING:
    from monite_magic.catalogue.lifecycles import Action
    from monite_magic.simulator.call import Call
    from monite_magic.simulator.registry import Status
    from monite_magic.simulator.store import Document

Effect = Callable[["Call", "Document"], Any]
Listener = Callable[["Call", "Document", str], None]


@dataclass(frozen=True)
class Move:
    """One row of a resource's table of transitions.

    Attributes:
        name: The last segment of the operation's path.
        text: What it does, in one sentence.
        may: The action that the role must allow.
        event: The action of the event that is emitted.
        status: The source of this rule.
    """

    name: str
    text: str
    may: str = "update"
    event: str | None = None
    status: Status = "documented"


@dataclass(frozen=True)
class Transition:
    """One transition between statuses.

    Attributes:
        kind: The kind of document.
        name: The last segment of the operation's path.
        sources: The statuses that it can start from.
        target: The resulting status.
        status: The source of this rule.
    """

    kind: str
    name: str
    sources: tuple[str, ...]
    target: str
    status: Status


#: Every transition by an operation.
TRANSITIONS: list[Transition] = []


class Stateful(Resource):
    """A resource whose documents have a status and a status history.

    Class attributes, set by subclasses:
        noun: The name of a document in error messages.
        reference: The field of a history entry with the document's ID, or `None` for no history.
        editable_in: The statuses in which a document can be updated: 409 in any other. `None` allows all.
        deletable_in: The statuses in which a document can be deleted: 409 in any other. `None` allows all.
    """

    noun: ClassVar[str]
    reference: ClassVar[str | None] = None
    editable_in: ClassVar[tuple[str, ...] | None] = None
    deletable_in: ClassVar[tuple[str, ...] | None] = None

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._effects: dict[str, Effect] = {}

    def moves(self, *rows: Move) -> None:
        """Register the table of transitions."""
        for row in rows:
            action = action_of("POST", f"{self.path}/{row.name}")
            if action is None:
                raise LookupError(f"catalogue.lifecycles has no row for {self.path}/{row.name}.")
            sources, target = action.possible_in, action.leads_to
            TRANSITIONS.append(Transition(self.kind, row.name, sources, target, row.status))
            text = f"{row.text} From {' or '.join(sources)} to {target}; from any other status 409."
            register = self.operation("POST", row.name, may=row.may, text=text, status=row.status)
            register(partial(self._move, row, action))

    def on(self, name: str) -> Callable[[Effect], Effect]:
        """Register the effect of a transition.

        The function gets the call and the document, still in its old status. It may change the document, and
        can return its own answer instead of the document.
        """

        def register(effect: Effect) -> Effect:
            self._effects[name] = effect
            return effect

        return register

    def _move(self, row: Move, action: Action, call: Call) -> Any:
        document = self.find(call)
        self.require(document, action.possible_in)
        effect = self._effects.get(row.name)
        answer = effect(call, document) if effect else None
        self.set_status(call, document, action.leads_to, row.event)
        return self.view(call, document) if answer is None else answer

    def check_change(self, call: Call, document: Document, changes: Document) -> None:
        """Refuse to change a document that is not in an editable status."""
        if self.editable_in is not None:
            self.require(document, self.editable_in)
        super().check_change(call, document, changes)

    def check_delete(self, document: Document) -> None:
        """Refuse to delete a document that is not in a deletable status."""
        if self.deletable_in is not None:
            self.require(document, self.deletable_in)

    def listen(self, listener: Listener) -> Listener:
        """Call a function with each document whose status has changed, and with its old status."""
        self._listeners.append(listener)
        return listener

    @property
    def history_kind(self) -> str:
        """The kind of the stored history entries."""
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
        """Change the status of a document, store it, and emit the event."""
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


def history_of(resource: Stateful, path: str) -> Resource:
    """Return the resource of the status history; `path` is the template of one entry."""
    members = {
        "kind": resource.history_kind,
        "path": path,
        "parent": resource,
        "permission": resource.permission,
    }
    made: Resource = type("History", (Resource,), members)()
    return made
