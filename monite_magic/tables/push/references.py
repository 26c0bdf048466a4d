"""Find IDs by name: a name is replaced by an ID if exactly one row matches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from monite_magic.core import MoniteError
from monite_magic.tables.push.numbers_text import BadValueError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from monite_magic.catalogue import Catalogue

#: Lists by field, for fields whose list is not their name without `_id` plus an s.
_LISTS: Final = {
    "entity_bank_account_id": "/bank_accounts",
    "approval_policy_id": "/approval_policies",
    "payment_terms_id": "/payment_terms",
    "overdue_reminder_id": "/overdue_reminders",
}
#: The fields with the name of a row.
_NAMES: Final = ("name", "legal_name", "external_reference", "document_id", "display_name", "number", "iban")
_ROWS_AT_ONCE: Final = 100
_MAX_NAMED: Final = 3


class References:
    """Looks up names. Each list is read only once.

    Args:
        known: The catalogue.
        rows: Returns the rows of a list by its path.
    """

    def __init__(self, known: Catalogue, rows: Callable[[str], Iterable[dict[str, Any]]]) -> None:
        self._known = known
        self._rows = rows
        self._lists: dict[str, list[dict[str, Any]]] = {}
        self._names: dict[str, dict[str, list[str]]] = {}
        self.resolved: dict[tuple[str, str], str] = {}

    def id_of(self, leaf: str, name: str) -> str:
        """Return the ID of the only row with a name.

        Args:
            leaf: The field for the ID: `counterpart_id`, `tag_ids`.
            name: The name of the row.

        Raises:
            BadValueError: No row or several rows match, or the list is unknown.
        """
        path = list_of(self._known, leaf)
        if not path:
            raise BadValueError(f"{name!r} is not an ID, and {leaf} can't be looked up by name")
        names = self._named(path)
        found = names.get(name, [])
        if not found:
            folded = name.casefold()
            found = [i for known, ids in names.items() if known.casefold() == folded for i in ids]
        found = list(dict.fromkeys(found))
        if len(found) == 1:
            self.resolved[leaf, name] = found[0]
            return found[0]
        if found:
            shown = ", ".join(found[:_MAX_NAMED])
            raise BadValueError(f"{name!r} matches {len(found)} rows of {path} ({shown}): use the ID")
        from monite_magic.catalogue.nearest import nearest_words

        near = nearest_words(name, names, n=1)
        advice = f": did you mean {near[0]!r}?" if near else ""
        raise BadValueError(f"{name!r} is not in {path}{advice}")

    def row(self, leaf: str, row_id: str) -> dict[str, Any] | None:
        """Return the row with an ID, or None."""
        path = list_of(self._known, leaf)
        return next((row for row in self._list(path) if row.get("id") == row_id), None) if path else None

    def _list(self, path: str) -> list[dict[str, Any]]:
        if path not in self._lists:
            try:
                self._lists[path] = list(self._rows(path))
            except MoniteError as error:
                error.advise(f"GET {path} failed, but is needed to find IDs by names.")
                raise
        return self._lists[path]

    def _named(self, path: str) -> dict[str, list[str]]:
        if path not in self._names:
            names: dict[str, list[str]] = {}
            for row in self._list(path):
                for name in _called(row):
                    names.setdefault(name, []).append(str(row.get("id")))
            self._names[path] = names
        return self._names[path]


def list_of(known: Catalogue, leaf: str) -> str:
    """Return the path of the list with a field's IDs, or an empty text if unknown."""
    if leaf in _LISTS:
        return _LISTS[leaf]
    stem = leaf.removesuffix("_ids").removesuffix("_id")
    path = f"/{stem}s"
    return path if known.find("GET", path) else ""


def _called(row: dict[str, Any]) -> Iterator[str]:
    for part in (row, row.get("organization"), row.get("individual")):
        if not isinstance(part, dict):
            continue
        yield from (part[name].strip() for name in _NAMES if isinstance(part.get(name), str) and part[name])
        if isinstance(part.get("value"), int) and isinstance(part.get("country"), str):  # a VAT rate
            percent = f"{part['value'] / 100:g}"
            for text in (percent, f"{percent}%", f"{percent} %"):
                yield from (text, f"{part['country']} {text}")
        both = [part.get("first_name"), part.get("last_name")]
        if all(isinstance(each, str) for each in both):
            yield " ".join(str(each).strip() for each in both)


def all_rows(
    client: Any, known: Catalogue, entity_id: str | None
) -> Callable[[str], Iterator[dict[str, Any]]]:
    """Return a function that reads a complete list with a client."""

    def rows(path: str) -> Iterator[dict[str, Any]]:
        match = known.find("GET", path)
        takes_limit = match and any(p.name == "limit" for p in match.operation.query_parameters)
        params = {"limit": _ROWS_AT_ONCE} if takes_limit else {}
        from monite_magic.api.client import UNRECORDED

        for page in client.pages(path, params=params, entity_id=entity_id, extensions=UNRECORDED):
            yield from (row for row in page.items if isinstance(row, dict))

    return rows
