"""Plan a pull: the collections, how to read each, and their parts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from monite_magic import catalogue
from monite_magic.catalogue.nearest import nearest_paths
from monite_magic.catalogue.shapes import UNKNOWN, Shape, rows_shape, shape_from
from monite_magic.core.errors import RequestError
from monite_magic.core.words import either
from monite_magic.tables.pull.manifest import Part
from monite_magic.tables.pull.slices import Slice, read, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from monite_magic.api.client import Client
    from monite_magic.catalogue import Catalogue, Operation
    from monite_magic.tables.pull.sinks import Sink

_MAX_ROWS: Final = 100
_DURATION: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)([smhd]?)")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Collection:
    """How a collection is read.

    Attributes:
        path: Its path.
        shape: The shape of a row in the catalogue.
        first: The parameters of the first page, without filters.
        limit: The page size, the only parameter that is not part of a page token.
        ordered: Whether rows are sorted by `created_at` and can be filtered by it, so that ranges can be read
            separately.
        by_update: Whether rows can be filtered by `updated_at`.
        by_creation: Whether rows can be filtered by `created_at`.
        needs_entity: Whether each row belongs to an entity.
        has_ids: Whether a row has an ID.
    """

    path: str
    shape: Shape = UNKNOWN
    first: Mapping[str, str] = field(default_factory=dict)
    limit: Mapping[str, str] = field(default_factory=dict)
    ordered: bool = False
    by_update: bool = False
    by_creation: bool = False
    needs_entity: bool = False
    has_ids: bool = False


def collection_of(name: str, version: str = catalogue.DEFAULT_VERSION) -> Collection:
    """Return how to read a collection.

    Args:
        name: For instance `payables` or `/payables`.
        version: The API version to read it with.

    Raises:
        RequestError: The catalogue doesn't have the list, or it is a list of one object's parts.
    """
    path = "/" + name.strip("/")
    found = catalogue.find(version, "GET", path)
    if found is None:
        known = catalogue.current(version)
        lists = [
            each.path for each in known.operations if each.method == "GET" and _can_be_pulled(known, each)
        ]
        near = [each.lstrip("/") for each in nearest_paths(path, lists)]
        hint = f"Did you mean {either(near)}?" if near else "Write the path of a list, for instance payables."
        raise RequestError(f"Unknown collection: {name!r}.", hint=hint)
    known, match = found
    if not _can_be_pulled(known, match.operation):
        is_list = _rows_of(known, match.operation) is not UNKNOWN
        what, option = ("a list within one object", " --all") if is_list else ("not a list", "")
        problem = f"GET {match.operation.path} is {what}, so it can't be pulled."
        raise RequestError(problem, hint=f"Call it: %monite GET {path}{option}.")
    return _collection(known, match.operation, _rows_of(known, match.operation))


def _can_be_pulled(known: Catalogue, operation: Operation) -> bool:
    return "{" not in operation.path and _rows_of(known, operation) is not UNKNOWN


def _rows_of(known: Catalogue, operation: Operation) -> Shape:
    """Return the shape of a list's rows; `UNKNOWN` if the operation answers no list."""
    answer = operation.answers.get(200)
    return rows_shape(shape_from(known, answer.schema)) if answer and answer.schema else UNKNOWN


def _collection(known: Catalogue, operation: Operation, shape: Shape) -> Collection:
    parameters = {p.name: known.resolve(p.schema) for p in operation.query_parameters}
    sorts = parameters.get("sort", {}).get("enum", ())
    has_range = {"created_at__gte", "created_at__lt"} <= set(parameters)
    first: dict[str, str] = {}
    # Without a sort parameter, the order is still by created_at (docs.monite.com, "Sorting").
    if "created_at" in sorts:
        first["sort"] = "created_at"
    if "order" in parameters:
        first["order"] = "asc"
    most = str(int(parameters["limit"].get("maximum", _MAX_ROWS))) if "limit" in parameters else ""
    limit = {"limit": most} if most else {}
    return Collection(
        operation.path,
        shape,
        first | limit,
        limit,
        ordered=has_range and "created_at" in shape.properties and "id" in shape.properties,
        by_update="updated_at__gte" in parameters and "updated_at" in shape.properties,
        by_creation="created_at__gte" in parameters,
        needs_entity=operation.entity_header == "required",
        has_ids="id" in shape.properties,
    )


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows to pull.

    Attributes:
        since: Rows changed at or after this time, or created, if the API has no such filter.
        overlap: The overlap with the last pull, because a row can be committed after others with a newer
            `updated_at`.
        whole: Read all rows again, even if the API can filter by changes.
    """

    since: datetime | None = None
    overlap: timedelta = timedelta(0)
    whole: bool = False


def parts_of(
    collections: Iterable[Collection], entities: list[str], selection: Selection, sink: Sink, origin: str
) -> list[Part]:
    """Return the parts to read: unfinished ones of an earlier pull, changes since then, and new parts.

    Args:
        collections: The collections.
        entities: The IDs of entities.
        selection: The rows to pull.
        sink: Has the stored parts.
        origin: The base URL of the API.
    """
    kept = {(part.collection, part.entity): part for part in sink.open(origin)}
    parts = []
    for collection in collections:
        for entity in entities if collection.needs_entity else [""]:
            part = kept.get((collection.path, entity))
            if part is None:
                part = Part(collection.path, entity)
                begin(part, collection, selection.since)
            else:
                _go_on(part, collection, selection, sink)
            part.refused = ""
            parts.append(part)
    return parts


def begin(part: Part, collection: Collection, since: datetime | None) -> None:
    """Plan to read a part from the start. New rows replace stored rows with the same IDs.

    Args:
        part: The part.
        collection: How to read it.
        since: As for `Selection`.
    """
    covered = since if collection.by_update or collection.by_creation else None
    part.since = written(covered) if covered else ""
    _begin_pass(part, collection, covered)
    part.sweeps, part.unexpected = part.replaces, {}


def _begin_pass(part: Part, collection: Collection, since: datetime | None) -> None:
    part.query = {"updated_at__gte": written(since)} if since and collection.by_update else {}
    part.slices = [Slice(None if collection.by_update else since)]
    part.plain = not collection.ordered
    part.begun = ""
    part.pass_at = written(datetime.now(UTC))
    part.replaces, part.sweeps = part.rows > 0 and collection.has_ids, False


def _go_on(part: Part, collection: Collection, selection: Selection, sink: Sink) -> None:
    """Resume an unfinished part. For a finished one, pull changes, or all rows if the API can't filter.

    If the stored rows of a part don't reach back to `since`, it is read from there, so that files have no
    gaps.
    """
    since = selection.since
    covered, newest = read(part.since), read(part.newest)
    reaches_back = covered is None or (since is not None and since >= covered)
    if reaches_back and not part.done and not (part.plain and part.rows):
        return
    if part.done and reaches_back and not selection.whole and collection.by_update and newest is not None:
        # Rows that changed during the last pass can be older than the newest it saw, and still be unseen.
        seen = min(newest, read(part.begun) or newest) - selection.overlap
        _begin_pass(part, collection, min(since or seen, seen))
        return
    begin(part, collection, covered if reaches_back else since)
    if part.rows and not part.replaces:
        sink.restart(part)


def resumed_note(parts: Iterable[Part]) -> str:
    """Return a note about parts that resume after an interruption, or an empty text.

    Args:
        parts: The parts to read, before reading.
    """
    begun = min((part.begun for part in parts if part.begun), default="")
    moment = read(begun)
    if moment is None:
        return ""
    return f"Run the pull again to get rows that changed after it started ({moment:%Y-%m-%d %H:%M} UTC)."


def moment_of(since: str | date | datetime | None) -> datetime | None:
    """Parse a date or time. Without a time zone, it is in UTC.

    Raises:
        RequestError: It is not a date or time.
    """
    if since is None:
        return None
    moment = read(since.isoformat() if isinstance(since, date) else since)
    if moment is None:
        raise RequestError(
            f"Invalid date: {since!r}.", hint="Write it as 2024-05-25 or 2024-05-25T10:00:00Z."
        )
    return moment


def overlap_of(text: str | float | timedelta) -> timedelta:
    """Parse a duration such as `10m`, `2h` or `1d`, or a number of minutes.

    Raises:
        RequestError: It is not a duration.
    """
    if isinstance(text, timedelta):
        found: timedelta | None = text
    else:
        match = _DURATION.fullmatch(str(text).strip())
        unit = _UNITS[match[2] or "m"] if match else ""
        found = timedelta(**{unit: float(match[1])}) if match else None
    if found is None or found < timedelta(0):
        raise RequestError(f"Invalid overlap: {text!r}.", hint="Write it as 90s, 10m, 2h or 1d.")
    return found


def deletions_note(parts: Iterable[Part]) -> str:
    """Return a note about rows that were deleted at the API, or an empty text.

    Args:
        parts: The parts to read, before reading.
    """
    names = sorted({part.collection.strip("/") for part in parts if part.replaces and not part.sweeps})
    if not names:
        return ""
    return (
        f"Only changes were read of {', '.join(names)}: rows deleted at the API are kept. "
        "Read everything again with --whole (in Python whole=True) to move them to a separate table."
    )


def since_note(collection: Collection) -> str:
    """Return a note if `since` doesn't filter by changes, or an empty text."""
    if collection.by_update:
        return ""
    name = collection.path.strip("/")
    if not collection.by_creation:
        return f"{name} can't be filtered by time, so all rows were read."
    day = next((day for day in ("issued_at", "issue_date") if day in collection.shape.properties), None)
    month = f" For the documents of a month, pull all rows and filter by {day}." if day else ""
    return f"{name} can only be filtered by created_at, so older rows that changed later are missing.{month}"


def all_entities(client: Client[Any]) -> list[str]:
    """Return the IDs of all entities. This needs the partner token."""
    return [str(row["id"]) for page in client.pages("/entities", params={"limit": 100}) for row in page.items]
