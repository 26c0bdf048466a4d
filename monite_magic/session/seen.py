"""The ids that this session's answers have shown, by what they are ids of, the newest first.

They are kept under the name that the API gives such an id wherever it is wanted: `payable_id` for the rows of
`GET /payables`, because the path of one is `/payables/{payable_id}`. An answer's own `counterpart_id` fields
are remembered too, without a label until the counterpart itself is seen.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monite_magic.api import Answer
    from monite_magic.catalogue import Catalogue, Match

_MOST_IDS = 300  # of one kind
_MOST_ITEMS = 20  # of a list within an object
_DEEPEST = 4
_UUID_LENGTH = 36
# Answers that wait to be read, and bytes of one: no large ones are kept alive for it.
_MOST_UNREAD = 50
_LONGEST_UNREAD = 100_000
_AMOUNTS = ("total_amount", "amount_to_pay", "amount")


class SeenId(NamedTuple):
    """An id, and what a person would call the object; the label is empty if nothing told."""

    id: str
    label: str


class Seen:
    """A store of ids; `record` feeds it with each answer.

    Answers are read when someone asks for an id: a call need not wait for what only completion wants. Threads
    may share it.
    """

    def __init__(self) -> None:
        self._labels: dict[str, dict[str, str]] = {}
        self._roles: dict[str, str] = {}  # id of a user -> that of the role
        self._unread: deque[Answer] = deque()
        self._lock = threading.RLock()

    def record(self, response: Answer) -> None:
        """Remember the ids that an answer shows; forget the one that a DELETE removed.

        Args:
            response: Any answer; one of 400 or above, or not of a known operation, tells nothing.
        """
        self._unread.append(response)
        if len(self._unread) > _MOST_UNREAD or len(response.content) > _LONGEST_UNREAD:
            self._catch_up()

    def _catch_up(self) -> None:
        with self._lock:
            while self._unread:
                self._read(self._unread.popleft())

    def _read(self, response: Answer) -> None:
        # Not at the top: a session is made before anyone needs it.
        from monite_magic.catalogue.spans import find

        found = find(response.api_version, response.request.method, response.request.path)
        if not response.ok or found is None:
            return
        known, match = found
        if match.operation.method == "DELETE":
            self._forget(match)
            return
        if not response.is_json:
            return  # whoever asks for its rows is told; that it is shown must not hang on it
        own_name = _name_of_own(known, match, is_list=response.is_list)
        # The first row counts as the newest; of a very long list no more are kept than of one kind.
        for item in reversed(response.items[:_MOST_IDS]):
            if isinstance(item, dict):
                self._record(item, match, own_name)

    def ids(self, name: str) -> list[SeenId]:
        """Return the ids seen for a parameter or field, the newest first.

        Args:
            name: `payable_id`, `tag_ids`, or one that ends so: `default_billing_address_id`.
        """
        with self._lock:
            kind = self._kind(name)
            return [SeenId(*pair) for pair in reversed(self._labels[kind].items())] if kind else []

    def newest(self, name: str) -> str | None:
        """Return the newest id seen for a parameter or field, or None."""
        with self._lock:
            kind = self._kind(name)
            return next(reversed(self._labels[kind]), None) if kind else None

    def label(self, name: str, identifier: str) -> str:
        """Return what a person would call the object with an id; empty if nothing told.

        Args:
            name: A parameter or field that holds the id, as for `ids`.
            identifier: The id.
        """
        with self._lock:
            kind = self._kind(name)
            return self._labels[kind].get(identifier, "") if kind else ""

    def role_of(self, entity_user_id: str) -> str:
        """Return the name of a user's role; empty if nothing told."""
        self._catch_up()
        return self.label("role_id", self._roles.get(entity_user_id, ""))

    def clear(self) -> None:
        """Forget everything: another environment has other ids."""
        with self._lock:
            self._unread.clear()
            self._labels.clear()
            self._roles.clear()

    def _kind(self, name: str) -> str | None:
        self._catch_up()
        return wanted_kind(name, (kind for kind, ids in self._labels.items() if ids))

    def _record(self, item: dict[str, Any], match: Match, own_name: str | None) -> None:
        from monite_magic.catalogue.formats import has_format, looks_like_id

        for name, value in _references(item):
            if has_format(value, "uuid"):
                self._keep(name, value, "")
        own = item.get("id")
        if isinstance(own, str) and looks_like_id(own):
            name = own_name or next((name for name, value in match.path_params.items() if value == own), "")
            if name:
                self._keep(name, own, label_of(item))
            if (
                name == "entity_user_id"
                and isinstance(item.get("role_id"), str)
                and looks_like_id(item["role_id"])
            ):
                self._roles[own] = item["role_id"]

    def _keep(self, name: str, value: str, label: str) -> None:
        labels = self._labels.setdefault(name, {})
        label = label or labels.pop(value, "")
        labels.pop(value, None)
        labels[value] = label
        if len(labels) > _MOST_IDS:
            del labels[next(iter(labels))]

    def _forget(self, match: Match) -> None:
        last = match.operation.segments[-1]
        name = last.strip("{}")
        if name in match.path_params:
            self._labels.get(name, {}).pop(match.path_params[name], None)


def wanted_kind(name: str, kinds: Iterable[str]) -> str | None:
    """Return the kind of id that a parameter or field wants: the longest that its name ends with, or None.

    Args:
        name: `payable_id`, `tag_ids`, or `default_billing_address_id`.
        kinds: The kinds there are, by the names of their ids: `address_id`.
    """
    name = name.removesuffix("s") if name.endswith("_ids") else name
    return max((kind for kind in kinds if name == kind or name.endswith(f"_{kind}")), key=len, default=None)


def label_of(item: dict[str, Any]) -> str:
    """Return what a person would call an object: its number or name, and its amount where it has one."""
    from monite_magic.catalogue.currencies import format_minor
    from monite_magic.display.fields import label_of as name_of

    currency = item.get("currency")
    amount = next((item[name] for name in _AMOUNTS if isinstance(item.get(name), int)), None)
    money = format_minor(amount, currency) if isinstance(currency, str) and amount is not None else ""
    name = name_of(item) or ""
    name = "" if name == item.get("id") else name
    return " · ".join(dict.fromkeys(part for part in (name, money) if part))


def _name_of_own(known: Catalogue, match: Match, *, is_list: bool) -> str | None:
    """The name under which the `id` of an answer's objects is wanted elsewhere, if the path tells it."""
    operation = match.operation
    last = operation.segments[-1]
    if last.startswith("{"):
        return last.strip("{}")
    # Of what can only be listed, as /vat_rates, no path has the name.
    return known.row_parameter(operation.path) or (f"{last.removesuffix('s')}_id" if is_list else None)


def _references(data: dict[str, Any] | list[Any], depth: int = 0) -> Iterator[tuple[str, str]]:
    """The `…_id` fields of an object and of what is in it, as long as an id is."""
    if isinstance(data, dict):
        for key, value in data.items():
            if isinstance(value, str):
                if len(value) == _UUID_LENGTH and key.endswith("_id"):
                    yield key, value
            elif value and depth < _DEEPEST and isinstance(value, dict | list):
                yield from _references(value, depth + 1)
    else:
        for item in data[:_MOST_ITEMS]:
            if depth < _DEEPEST and isinstance(item, dict | list):
                yield from _references(item, depth + 1)
