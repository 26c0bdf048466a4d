"""Detect lists whose pages never end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Protocol

from monite_magic.core import MoniteError

if TYPE_CHECKING:
    from monite_magic.core import SentRequest

#: Limit for pages in a row without new rows. Filters can empty some pages, but not this many.
_MAX_IDLE_PAGES: Final = 20
_USE_A_FILTER: Final = "Use a filter to read part of the list."


class EndlessListError(MoniteError):
    """The pages of a list never end. The pages read before are valid."""


class Page(Protocol):
    """A page of a list."""

    @property
    def request(self) -> SentRequest:
        """The request."""

    @property
    def data(self) -> Any:
        """The parsed body."""

    @property
    def items(self) -> list[Any]:
        """The rows."""


class PageGuard:
    """Checks the pages of one list in order.

    Attributes:
        repeats: Whether the last page repeated a row.
    """

    def __init__(self) -> None:
        self.repeats = False
        self._tokens: set[str] = set()
        self._rows: set[int] = set()  # hashes: a million rows take 90 MB
        self._idle_pages = 0

    def check(self, page: Page) -> None:
        """Check a page, and raise if the list never ends.

        Args:
            page: The next page of the list, in order.

        Raises:
            EndlessListError: The pagination token repeats or is not text, or many pages have no new rows.
        """
        self._note_rows(page.items)
        data = page.data
        token = data.get("next_pagination_token") if isinstance(data, dict) else None
        if token is None or token == "":
            return
        if not isinstance(token, str):
            sent = json.dumps(token)[:50]
            problem = f"The pagination token of GET {page.request.path} is {sent}, not text."
            raise EndlessListError(problem, hint=f"More rows may follow. {_USE_A_FILTER}")
        came_before = token in self._tokens
        self._tokens.add(token)
        if came_before:
            raise _endless(page, "the server sent the same pagination token again")
        if self._idle_pages >= _MAX_IDLE_PAGES:
            raise _endless(page, f"the last {self._idle_pages} pages have no new rows")

    def remember_only(self, rows: list[Any]) -> None:
        """Forget all rows but these: of a list in order, no other can come again."""
        self._rows = set(map(_row_hash, rows))

    def _note_rows(self, rows: list[Any]) -> None:
        keys = {_row_hash(row) for row in rows}
        before = len(self._rows)
        self._rows |= keys
        new = len(self._rows) - before
        self.repeats = new < len(rows)
        self._idle_pages = 0 if new else self._idle_pages + 1


def _endless(page: Page, why: str) -> EndlessListError:
    return EndlessListError(f"GET {page.request.path} never ends: {why}.", hint=_USE_A_FILTER)


def row_id(row: Any) -> Any:
    """Return the ID of a row, or None."""
    found = row.get("id") if isinstance(row, dict) else None
    return found if isinstance(found, str | int) else None


def _row_hash(row: Any) -> int:
    found = row_id(row)
    return hash(json.dumps(row, sort_keys=True, default=str) if found is None else found)


def without_repeats(rows: list[Any]) -> list[Any]:
    """Return each row once. For a repeated ID, the last version takes the first position."""
    by_id = {row_id(row): row for row in rows}
    kept, seen = [], set()
    for row in rows:
        found = row_id(row)
        if found is None:
            kept.append(row)
        elif found not in seen:
            seen.add(found)
            kept.append(by_id[found])
    return kept
