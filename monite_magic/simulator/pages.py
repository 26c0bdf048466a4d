"""Pages of a list: `limit`, `order`, `sort` and the opaque, self-contained `pagination_token`.

A token contains its query and the row before the page. So a page is found by an index, and new rows
neither repeat nor hide others. All parameters next to a token are ignored. Facts: OpenAPI 2024-05-25, GET
/counterparts and 36 similar operations; the default is ascending by creation.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from monite_magic.simulator.answers import invalid, problem
from monite_magic.simulator.filters import member
from monite_magic.simulator.registry import behaviour
from monite_magic.simulator.store import Condition, Document, Store, dump

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

behaviour(
    "lists", "A limit out of range is answered with 422, as in the schema. The guides say 416.", "schema"
)
behaviour("lists", "A row must match all filters.", "documented")
behaviour("lists", "All parameters next to a pagination_token are ignored.", "schema")

DEFAULT_LIMIT = 100


@dataclass(frozen=True)
class Page:
    """One page of documents, with the tokens of the next and previous page."""

    documents: list[Document]
    next_token: str | None
    previous_token: str | None

    def envelope(self, view: Callable[[Document], Any]) -> dict[str, Any]:
        """The answer of a list operation."""
        return {
            "data": [view(document) for document in self.documents],
            "next_pagination_token": self.next_token,
            "prev_pagination_token": self.previous_token,
        }


@dataclass(frozen=True)
class _Mark:
    """A row at the edge of a page, and the direction of the page."""

    value: Any
    position: int
    forward: bool


def page(
    store: Store,
    kind: str,
    query: Mapping[str, Any],
    *,
    owner: str | None,
    parent: str | None = None,
    fields: Mapping[str, str],
    where: Callable[[Mapping[str, Any]], Sequence[Condition]],
) -> Page:
    """Find the page for a query.

    Args:
        store: The store of the documents.
        kind: Their kind.
        query: The validated parameters of the call.
        owner: The owner of the documents.
        parent: The parent of the documents.
        fields: Paths of sort fields that have another name in the document.
        where: Turns the query into conditions. The query is that of the token, or else of the call.
    """
    place = f"{kind}/{owner}/{parent}"
    mark = None
    if query.get("pagination_token"):
        query, mark = _read_token(query["pagination_token"], place)
    limit = query.get("limit") or DEFAULT_LIMIT
    ascending = query.get("order") != "desc"
    sort = query.get("sort") or "created_at"
    column = _column(fields.get(sort, sort))
    if column != "created_at":
        store.index_by(fields.get(sort, sort).replace(".", "_"), column)
    forward = mark is None or mark.forward
    conditions = list(where(query))
    if mark:
        sign = ">" if ascending == forward else "<"
        # The first comparison is redundant, but SQLite can look it up in an index.
        conditions.append(Condition(f"{column} {sign}= ?", (mark.value,)))
        conditions.append(Condition(f"({column}, position) {sign} (?, ?)", (mark.value, mark.position)))
    direction = "ASC" if ascending == forward else "DESC"
    found = store.select(
        kind,
        owner=owner,
        parent=parent,
        where=conditions,
        order_by=f"{column} {direction}, position {direction}",
        limit=limit + 1,
    )
    more, rows = len(found) > limit, found[:limit]
    if not forward:
        rows.reverse()

    def token(row: tuple[int, Document], *, ahead: bool) -> str:
        position, document = row
        kept = {
            name: value for name, value in query.items() if name != "pagination_token" and value is not None
        }
        value = _sorting_value(document, fields.get(sort, sort))
        return _write_token(place, kept, _Mark(value, position, ahead))

    has_next = more if forward else bool(rows)
    has_previous = mark is not None if forward else more
    return Page(
        [document for _, document in rows],
        token(rows[-1], ahead=True) if rows and has_next else None,
        token(rows[0], ahead=False) if rows and has_previous else None,
    )


def _column(path: str) -> str:
    # A missing value sorts as the empty text, because comparisons with NULL are never true.
    return "created_at" if path == "created_at" else f"coalesce({member(path)}, '')"


def _sorting_value(document: Document, path: str) -> Any:
    value: Any = document
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return "" if value is None else value


def _write_token(place: str, query: dict[str, Any], mark: _Mark) -> str:
    content = dump([zlib.crc32(place.encode()), query, mark.value, mark.position, mark.forward]).encode()
    check = zlib.crc32(content).to_bytes(4, "big")
    return base64.urlsafe_b64encode(check + zlib.compress(content)).decode().rstrip("=")


def _read_token(token: str, place: str) -> tuple[dict[str, Any], _Mark]:
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        content = zlib.decompress(raw[4:])
        origin, query, value, position, forward = json.loads(content)
    except (binascii.Error, zlib.error, ValueError):
        origin, content, raw = None, b"", b""
    if origin is None or zlib.crc32(content).to_bytes(4, "big") != raw[:4]:
        invalid(problem(["query", "pagination_token"], "The pagination token is not valid."))
    if origin != zlib.crc32(place.encode()):
        invalid(problem(["query", "pagination_token"], "The pagination token belongs to another list."))
    return query, _Mark(value, position, forward)
