"""The ids that this session's answers have shown, by what they are ids of, the newest first.

They are kept under the name that the API gives such an id wherever it is wanted: `payable_id` for the rows of
`GET /payables`, because the path of one is `/payables/{payable_id}`. An answer's own `counterpart_id` fields
are remembered too, without a label until the counterpart itself is seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monite_magic.catalogue import Catalogue, Match
    from monite_magic.response import MoniteResponse

_MOST_IDS = 300  # of one kind
_DEEPEST = 4
_AMOUNTS = ("total_amount", "amount_to_pay", "amount")


class SeenId(NamedTuple):
    """An id, and what a person would call the object; the label is empty if nothing told."""

    id: str
    label: str


class Seen:
    """A store of ids; `record` feeds it with each answer."""

    def __init__(self) -> None:
        self._labels: dict[str, dict[str, str]] = {}

    def record(self, response: MoniteResponse) -> None:
        """Remember the ids that an answer shows; forget the one that a DELETE removed.

        Args:
            response: Any answer; one of 400 or above, or not of a known operation, tells nothing.
        """
        from monite_magic import catalogue  # not at the top: a session is made before anyone needs it

        match = catalogue.current().find(response.request.method, response.request.path)
        if not response.ok or match is None:
            return
        if match.operation.method == "DELETE":
            self._forget(match)
            return
        for item in reversed(response.items):
            if isinstance(item, dict):
                self._record(item, match, catalogue.current())

    def ids(self, name: str) -> list[SeenId]:
        """Return the ids seen for a parameter or field, the newest first.

        Args:
            name: `payable_id`, `tag_ids`, or one that ends so: `default_billing_address_id`.
        """
        kind = self._kind(name)
        return [SeenId(*pair) for pair in reversed(self._labels[kind].items())] if kind else []

    def newest(self, name: str) -> str | None:
        """Return the newest id seen for a parameter or field, or None."""
        kind = self._kind(name)
        return next(reversed(self._labels[kind]), None) if kind else None

    def clear(self) -> None:
        """Forget everything: another environment has other ids."""
        self._labels.clear()

    def _kind(self, name: str) -> str | None:
        name = f"{name.removesuffix('s')}" if name.endswith("_ids") else name
        kinds = (
            kind for kind, ids in self._labels.items() if ids and (name == kind or name.endswith(f"_{kind}"))
        )
        return max(kinds, key=len, default=None)

    def _record(self, item: dict[str, Any], match: Match, known: Catalogue) -> None:
        for name, value in _references(item):
            self._keep(name, value, "")
        own = item.get("id")
        kind = _name_of_own(known, match, own) if isinstance(own, str) else None
        if kind and isinstance(own, str):
            self._keep(kind, own, label_of(item))

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


def label_of(item: dict[str, Any]) -> str:
    """Return what a person would call an object: its number or name, and its amount where it has one."""
    from monite_magic.display.fields import label_of as name_of
    from monite_magic.display.money import format_minor

    currency = item.get("currency")
    amount = next((item[name] for name in _AMOUNTS if isinstance(item.get(name), int)), None)
    money = format_minor(amount, currency) if isinstance(currency, str) and amount is not None else ""
    name = name_of(item) or ""
    name = "" if name == item.get("id") else name
    return " · ".join(dict.fromkeys(part for part in (name, money) if part))


def _name_of_own(known: Catalogue, match: Match, own: str) -> str | None:
    """The name under which the `id` of an answer's object is wanted elsewhere."""
    operation = match.operation
    if operation.segments[-1].startswith("{"):
        return operation.segments[-1].strip("{}")
    of_row = known.row_parameter(operation.path)
    if of_row:
        return of_row
    return next((name for name, value in match.path_params.items() if value == own), None)


def _references(data: Any, depth: int = 0) -> Iterator[tuple[str, str]]:
    """The `…_id` fields of an object and of what is in it."""
    from monite_magic.catalogue.formats import has_format

    if depth > _DEEPEST:
        return
    if isinstance(data, dict):
        for key, value in data.items():
            if isinstance(value, str):
                if key.endswith("_id") and has_format(value, "uuid"):
                    yield key, value
            else:
                yield from _references(value, depth + 1)
    elif isinstance(data, list):
        for item in data[:20]:
            yield from _references(item, depth + 1)
