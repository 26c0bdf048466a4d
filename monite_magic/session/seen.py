"""The IDs in this session's answers, by kind, newest first.

The kind is the parameter name that the API uses for the ID. For instance, rows of `GET /payables` have the
kind `payable_id`, because one payable has the path `/payables/{payable_id}`. References such as
`counterpart_id` fields count too; they get a label when the counterpart itself is seen.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monite_magic.api import Answer
    from monite_magic.catalogue import Catalogue, Match

_MAX_IDS = 300  # of one kind
_MAX_ITEMS = 20  # of a list within an object
_MAX_DEPTH = 4
_UUID_LENGTH = 36
# Limits for unread answers: their number, and the bytes of one, so that no large answer stays in memory.
_MAX_UNREAD = 50
_MAX_UNREAD_BYTES = 100_000
_AMOUNTS = ("total_amount", "amount_to_pay", "amount")


class SeenId(NamedTuple):
    """An ID and a readable label for its object; the label may be empty."""

    id: str
    label: str


class Seen:
    """A store of IDs; call `record` with each answer.

    Answers are read only when an ID is needed, so that calls don't wait. It is thread-safe.
    """

    def __init__(self) -> None:
        self._labels: dict[str, dict[str, str]] = {}
        self._roles: dict[str, str] = {}  # id of a user -> that of the role
        self._unread: deque[Answer] = deque()
        self._lock = threading.RLock()

    def record(self, response: Answer) -> None:
        """Remember the IDs in an answer; forget the ID that a DELETE removed.

        Args:
            response: Any answer. Errors and answers of unknown operations are ignored.
        """
        self._unread.append(response)
        if len(self._unread) > _MAX_UNREAD or len(response.content) > _MAX_UNREAD_BYTES:
            self._catch_up()

    def _catch_up(self) -> None:
        with self._lock:
            while self._unread:
                self._read(self._unread.popleft())

    def _read(self, response: Answer) -> None:
        # Imported late: creating a session must stay fast.
        from monite_magic.catalogue import find

        found = find(response.api_version, response.request.method, response.request.path)
        if not response.ok or found is None:
            return
        known, match = found
        if match.operation.method == "DELETE":
            self._forget(match)
            return
        if not response.is_json:
            return  # reading its rows would raise, and the answer must be shown anyway
        own_name = _own_kind(known, match, is_list=response.is_list)
        # The first row counts as the newest. A very long list is cut at the limit of one kind.
        for item in reversed(response.items[:_MAX_IDS]):
            if isinstance(item, dict):
                self._record(item, match, own_name)

    def ids(self, name: str) -> list[SeenId]:
        """Return the IDs seen for a parameter or field, newest first.

        Args:
            name: `payable_id`, `tag_ids`, or a longer name such as `default_billing_address_id`.
        """
        with self._lock:
            kind = self._kind(name)
            return [SeenId(*pair) for pair in reversed(self._labels[kind].items())] if kind else []

    def newest(self, name: str) -> str | None:
        """Return the newest ID seen for a parameter or field, or None."""
        with self._lock:
            kind = self._kind(name)
            return next(reversed(self._labels[kind]), None) if kind else None

    def label(self, name: str, identifier: str) -> str:
        """Return the readable label of an object, or an empty string if it is unknown.

        Args:
            name: A parameter or field with the ID, as for `ids`.
            identifier: The ID.
        """
        with self._lock:
            kind = self._kind(name)
            return self._labels[kind].get(identifier, "") if kind else ""

    def role_of(self, entity_user_id: str) -> str:
        """Return the name of a user's role, or an empty string if it is unknown."""
        self._catch_up()
        return self.label("role_id", self._roles.get(entity_user_id, ""))

    def clear(self) -> None:
        """Forget everything, since another environment has other IDs."""
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
        if len(labels) > _MAX_IDS:
            del labels[next(iter(labels))]

    def _forget(self, match: Match) -> None:
        last = match.operation.segments[-1]
        name = last.strip("{}")
        if name in match.path_params:
            self._labels.get(name, {}).pop(match.path_params[name], None)


def wanted_kind(name: str, kinds: Iterable[str]) -> str | None:
    """Return the kind of ID for a parameter or field: the longest kind that its name ends with, or None.

    Args:
        name: `payable_id`, `tag_ids`, or `default_billing_address_id`.
        kinds: The known kinds, for instance `address_id`.
    """
    name = name.removesuffix("s") if name.endswith("_ids") else name
    return max((kind for kind in kinds if name == kind or name.endswith(f"_{kind}")), key=len, default=None)


def label_of(item: dict[str, Any]) -> str:
    """Return a readable label for an object: its number or name, and its amount if it has one."""
    from monite_magic.catalogue.currencies import format_minor
    from monite_magic.display.fields import label_of as name_of

    currency = item.get("currency")
    amount = next((item[name] for name in _AMOUNTS if isinstance(item.get(name), int)), None)
    money = format_minor(amount, currency) if isinstance(currency, str) and amount is not None else ""
    name = name_of(item) or ""
    name = "" if name == item.get("id") else name
    return " · ".join(dict.fromkeys(part for part in (name, money) if part))


def _own_kind(known: Catalogue, match: Match, *, is_list: bool) -> str | None:
    """Return the kind of the `id` of an answer's objects, if the path determines it."""
    operation = match.operation
    last = operation.segments[-1]
    if last.startswith("{"):
        return last.strip("{}")
    # Collections without a path for one object, such as /vat_rates, have no such parameter.
    return known.row_parameter(operation.path) or (f"{last.removesuffix('s')}_id" if is_list else None)


def _references(data: dict[str, Any] | list[Any], depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield the `…_id` fields of an object and its nested objects that are as long as a UUID."""
    if isinstance(data, dict):
        for key, value in data.items():
            if isinstance(value, str):
                if len(value) == _UUID_LENGTH and key.endswith("_id"):
                    yield key, value
            elif value and depth < _MAX_DEPTH and isinstance(value, dict | list):
                yield from _references(value, depth + 1)
    else:
        for item in data[:_MAX_ITEMS]:
            if depth < _MAX_DEPTH and isinstance(item, dict | list):
                yield from _references(item, depth + 1)
