"""Watch events as they happen by polling `GET /events`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from monite_magic import catalogue
from monite_magic.api.client import UNRECORDED
from monite_magic.catalogue.formats import looks_like_id
from monite_magic.catalogue.nearest import nearest_words
from monite_magic.core import RequestError
from monite_magic.core.words import either

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monite_magic.session.client import MoniteClient
    from monite_magic.session.response import MoniteResponse

#: The most pages that one poll reads; the next poll reads the rest.
_MAX_PAGES: Final = 10
# Collections whose name is not the object type plus "s".
_COLLECTIONS: Final = {
    "approval_policy": "approval_policies",
    "entity": "entities",
    "entity_bank_account": "bank_accounts",
    "export": "data_exports",
    "payables_credit_note": "payable_credit_notes",
    "payables_purchase_order": "payable_purchase_orders",
}


class Event(NamedTuple):
    """Something that happened to an object.

    Attributes:
        at: The time, as in the API.
        action: The action, for instance `payable.approved`.
        object_type: The kind of object, for instance `payable`.
        object_id: The object's ID.
        event_id: The event's own ID.
    """

    at: str
    action: str
    object_type: str
    object_id: str
    event_id: str

    @property
    def path(self) -> str | None:
        """The path of the object, or None if no operation reads it by its ID alone."""
        if not looks_like_id(self.object_id):
            return None
        known = catalogue.current()
        collection = _COLLECTIONS.get(self.object_type, f"{self.object_type}s")
        path = f"/{collection}/{self.object_id}"
        return path if known.find("GET", path) else None

    @property
    def opened_by(self) -> str:
        """The magic that reads the object, or the object's ID if no operation reads it."""
        return f"%monite GET {self.path}" if self.path else self.object_id

    @classmethod
    def of(cls, data: dict[str, Any]) -> Event:
        """Return the event in an answer or a webhook."""
        found = data.get("object")
        object_id = found.get("id") if isinstance(found, dict) else None
        texts = (
            data.get("created_at"),
            data.get("action"),
            data.get("object_type"),
            object_id,
            data.get("id"),
        )
        return cls(*(str(text or "") for text in texts))


class Wanted(NamedTuple):
    """A filter for events by object type or action. An empty filter matches all events."""

    object_types: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()

    def takes(self, event: Event) -> bool:
        """Whether an event is wanted."""
        return not (self.object_types or self.actions) or (
            event.object_type in self.object_types or event.action in self.actions
        )

    @property
    def types(self) -> frozenset[str]:
        """The object types that the filter needs."""
        return self.object_types | {action.rpartition(".")[0] for action in self.actions}


class Feed(Protocol):
    """A source of events."""

    def look(self) -> list[Event]:
        """Return the new events since the last call, oldest first.

        Raises:
            MoniteError: The source fails.
        """

    def close(self) -> None:
        """Release the source."""


def object_types() -> list[str]:
    """Return the object types that have events."""
    known: list[str] = catalogue.current().schemas.get("WebhookObjectType", {}).get("enum", [])
    return known


def read_wanted(words: Iterable[str]) -> Wanted:
    """Parse the words of `%monite_watch`: object types such as `payable`, and events such as `payable.paid`.

    Raises:
        RequestError: A word is neither.
    """
    types, actions = set(), set()
    known = object_types()
    for word in words:
        if word in known or not known:
            types.add(word)
        elif "." in word and word.rpartition(".")[0] in known:
            actions.add(word)
        else:
            near = nearest_words(word.partition(".")[0], known, 3)
            hint = f"Did you mean {either(near)}?" if near else f"Use one of {', '.join(known)}."
            raise RequestError(f"Unknown object or event: {word}.", hint=hint)
    return Wanted(frozenset(types), frozenset(actions))


class EventsFeed:
    """Polls `GET /events` for new events.

    Args:
        client: Makes the calls; the history doesn't record them.
        wanted: The events to return.

    Raises:
        MoniteError: The call fails.
    """

    def __init__(self, client: MoniteClient, wanted: Wanted) -> None:
        self._client = client
        self._wanted = wanted
        only = [*wanted.types] if len(wanted.types) == 1 else []
        self._filter = {"object_type": only[0]} if only else {}
        latest = [Event.of(row) for row in self._get(order="desc", limit="1").items]
        self._since = latest[0].at if latest else ""
        # Several events can have the same time, so known events are recognized by ID.
        known = self._events_since() if latest else []
        self._known = {event.event_id for event in known if event.at == self._since}

    def look(self) -> list[Event]:
        """Return the new events since the last call, oldest first."""
        found = [event for event in self._events_since() if event.event_id not in self._known]
        if found:
            since = max(event.at for event in found)
            if since > self._since:
                self._known = set()
            self._since = max(since, self._since)
            self._known |= {event.event_id for event in found}
        return [event for event in found if self._wanted.takes(event)]

    def close(self) -> None:
        """Do nothing: there is nothing to release."""

    def _events_since(self) -> list[Event]:
        query = {"created_at__gte": self._since} if self._since else {}
        found: list[Event] = []
        answer = self._get(order="asc", limit="100", **query)
        for _ in range(_MAX_PAGES):
            found += [Event.of(row) for row in answer.items]
            if answer.next_token is None:
                break
            answer = self._get(pagination_token=answer.next_token)
        return found

    def _get(self, **query: str) -> MoniteResponse:
        answer = self._client.request(
            "GET", "/events", params={**query, **self._filter}, extensions=UNRECORDED
        )
        answer.raise_for_status()
        return answer
