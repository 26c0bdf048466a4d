"""Look up rows with an unknown outcome in the API, before sending them again.

A row exists if exactly one row of the API has all sent values and doesn't belong to another row of the table.
It is absent if no similar row was created since. In all other cases, the user has to decide.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monite_magic.api import http_date
from monite_magic.api.client import UNRECORDED
from monite_magic.catalogue.formats import moment
from monite_magic.core import MoniteError
from monite_magic.tables.push.documents import IDENTITY, at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monite_magic.api.client import Client
    from monite_magic.tables.push.fields import Fields

_MARGIN: Final = 10.0  # maximum difference of clocks in seconds
_ROWS_AT_ONCE: Final = 100
_GONE: Final = 404
_MAX_NAMED: Final = 3
_TELLING: Final = (*IDENTITY, ("counterpart_id",), ("type",))


class Wanted(NamedTuple):
    """A row to look up: the sent data, and the time of sending by this machine's clock."""

    data: Any
    sent_at: float


class Found(NamedTuple):
    """The result of looking up a row.

    Attributes:
        state: `there`, `absent` or `unknown`.
        row_id: The row's ID, if it exists.
        reason: The reason why it is unknown.
    """

    state: str
    row_id: str = ""
    reason: str = ""


THERE: Final = "there"
ABSENT: Final = "absent"
UNSURE: Final = "unknown"


class Lookup:
    """Looks up rows.

    Args:
        client: Makes the calls, and retries reads.
        fields: The fields of the operation.
        entity_id: The entity.
    """

    def __init__(self, client: Client[Any], fields: Fields, entity_id: str | None) -> None:
        self._client = client
        self._fields = fields
        self._entity = entity_id

    def rows(self, wanted: list[Wanted], claimed: set[str]) -> list[Found]:
        """Look up rows in the list, reading it once.

        Args:
            wanted: The rows to look up.
            claimed: The IDs of rows that are known to be others.
        """
        return self._in_list(self._fields.list_path, wanted, claimed)

    def children(self, path: str, wanted: Wanted, claimed: set[str]) -> Found:
        """Look up a follow-up row in its parent's list."""
        return self._in_list(path, [wanted], claimed)[0]

    def one(self, method: str, path: str, data: Any) -> Found:
        """Check whether a change or deletion of one row took effect."""
        if self._fields.known.find("GET", path) is None:
            return Found(UNSURE, reason="the API can't read this row")
        try:
            answer = self._client.get(path, entity_id=self._entity, extensions=UNRECORDED)
            if method == "DELETE":
                if answer.status == _GONE:
                    return Found(THERE)
                answer.raise_for_status()
                return Found(ABSENT)
            answer.raise_for_status()
        except MoniteError as error:
            return Found(UNSURE, reason=f"it couldn't be looked up: {error.message}")
        return Found(THERE if is_equal(data, answer.data) else ABSENT)

    def _in_list(self, path: str, wanted: list[Wanted], claimed: set[str]) -> list[Found]:
        if self._fields.known.find("GET", path) is None:
            return [Found(UNSURE, reason="the API has no list to look it up in") for _ in wanted]
        similar: list[list[dict[str, Any]]] = [[] for _ in wanted]
        offset: float | None = None
        try:
            for page_offset, row in self._all(path):
                offset = page_offset if offset is None else offset
                if row.get("id") in claimed:
                    continue
                for each, kept in zip(wanted, similar, strict=True):
                    if is_like(each.data, row):
                        kept.append(row)
        except MoniteError as error:
            return [Found(UNSURE, reason=f"it couldn't be looked up: {error.message}") for _ in wanted]
        found = [_decided(each, rows, offset or 0.0) for each, rows in zip(wanted, similar, strict=True)]
        taken = [each.row_id for each in found if each.state == THERE]
        return [
            each
            if each.state != THERE or taken.count(each.row_id) == 1
            else Found(UNSURE, reason=f"{each.row_id} matches several rows")
            for each in found
        ]

    def _all(self, path: str) -> Iterator[tuple[float, dict[str, Any]]]:
        """Yield all rows of a list, with the offset of the server's clock."""
        match = self._fields.known.find("GET", path)
        names = {p.name for p in match.operation.query_parameters} if match else set()
        params = {"limit": _ROWS_AT_ONCE} if "limit" in names else {}
        for page in self._client.pages(path, params=params, entity_id=self._entity, extensions=UNRECORDED):
            if not page.is_list:
                raise MoniteError(f"The answer to GET {path} is not a list.")
            clock = http_date(page.headers.get("date", ""))
            offset = (clock - datetime.now(UTC)).total_seconds() if clock else 0.0
            for row in page.items:
                if isinstance(row, dict):
                    yield offset, row


def _decided(wanted: Wanted, rows: list[dict[str, Any]], offset: float) -> Found:
    since = wanted.sent_at + offset - _MARGIN
    recent = [row for row in rows if (created := _created(row)) is None or created >= since]
    equal = [row for row in recent if is_equal(wanted.data, row)]
    if len(equal) == 1:
        return Found(THERE, str(equal[0].get("id")))
    if equal:
        return Found(UNSURE, reason=f"{len(equal)} rows in the API are the same: {_ids(equal)}")
    if recent:
        return Found(UNSURE, reason=f"a similar row was created since: {_ids(recent)}")
    before = [row for row in rows if is_equal(wanted.data, row)]
    if before:
        return Found(UNSURE, reason=f"the API already had the same row: {_ids(before)}")
    return Found(ABSENT)


def _ids(rows: list[dict[str, Any]]) -> str:
    return ", ".join(str(row.get("id")) for row in rows[:_MAX_NAMED])


def _created(row: dict[str, Any]) -> float | None:
    text = row.get("created_at")
    found = moment(text) if isinstance(text, str) else None
    return found.timestamp() if found else None


def is_like(sent: Any, row: dict[str, Any]) -> bool:
    """Whether a row can be the sent one: no name or number contradicts."""
    for path in _TELLING:
        mine, its = at(sent, path), at(row, path)
        if mine is not None and its is not None and not _same(mine, its):
            return False
    return True


def is_equal(sent: Any, row: Any) -> bool:
    """Whether a row has all sent values that the API returns."""
    if isinstance(sent, dict):
        if not isinstance(row, dict):
            return False
        return all(is_equal(value, row[key]) for key, value in sent.items() if key in row)
    if isinstance(sent, list):  # the API returns tags and items as objects
        return True
    return _same(sent, row)


def _same(mine: Any, its: Any) -> bool:
    if isinstance(mine, str) and isinstance(its, str):
        first, second = (" ".join(each.split()).casefold() for each in (mine, its))
        return first == second or (len(first) == len("2024-05-25") and second.startswith(f"{first}t"))
    return bool(mine == its)
