"""What is to be pulled: which collections there are, how each is read, and which parts it has."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from monite_magic import catalogue
from monite_magic.catalogue.shapes import UNKNOWN, Shape, rows_shape, shape_from
from monite_magic.core.errors import RequestError
from monite_magic.tables.pull.manifest import Part
from monite_magic.tables.pull.slices import Slice, read, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from monite_magic.api.client import Client
    from monite_magic.catalogue import Catalogue, Operation
    from monite_magic.tables.pull.sinks import Sink

_MOST_ROWS: Final = 100
_DURATION: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)([smhd]?)")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Collection:
    """How a collection is read.

    Attributes:
        path: Its path.
        shape: What the catalogue says of a row.
        first: Parameters of a first page, without the filters.
        limit: The page size, the only parameter that a page token does not carry.
        ordered: Whether rows come by `created_at` and can be asked for by it: ranges can be read apart.
        by_update: Whether rows can be asked for by `updated_at`.
        by_creation: Whether rows can be asked for by `created_at`.
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
    """Return how the collection of that name is read.

    Args:
        name: For instance `payables` or `/payables`.
        version: The API version that it is read with.

    Raises:
        RequestError: The catalogue knows no such list.
    """
    path = "/" + name.strip("/")
    found = catalogue.find(version, "GET", path)
    known, match = found or (catalogue.current(version), None)
    answer = match.operation.answers.get(200) if match else None
    shape = rows_shape(shape_from(known, answer.schema)) if answer and answer.schema else UNKNOWN
    if match is None or "{" in match.operation.path or shape is UNKNOWN:
        near = ", ".join(p.lstrip("/") for p in known.nearest(path))
        raise RequestError(f"Unknown collection: {name!r}.", hint=f"Nearest: {near}.")
    return _collection(known, match.operation, shape)


def _collection(known: Catalogue, operation: Operation, shape: Shape) -> Collection:
    parameters = {p.name: known.resolve(p.schema) for p in operation.query_parameters}
    sorts = parameters.get("sort", {}).get("enum", ())
    has_range = {"created_at__gte", "created_at__lt"} <= set(parameters)
    first: dict[str, str] = {}
    # Where there is no such sort, the order is by created_at all the same (docs.monite.com, "Sorting").
    if "created_at" in sorts:
        first["sort"] = "created_at"
    if "order" in parameters:
        first["order"] = "asc"
    most = str(int(parameters["limit"].get("maximum", _MOST_ROWS))) if "limit" in parameters else ""
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
class Wish:
    """Which rows a person wants.

    Attributes:
        since: Rows changed, or where the API has no such filter created, at or after this moment.
        overlap: How much further back than the last pull to look for changes: a row may be committed after
            others with a newer `updated_at`.
        whole: Whether to read all again, also where only changes could be read.
    """

    since: datetime | None = None
    overlap: timedelta = timedelta(0)
    whole: bool = False


def parts_of(
    collections: Iterable[Collection], entities: list[str], wish: Wish, sink: Sink, origin: str
) -> list[Part]:
    """Return what is to be read: what an earlier pull left open, what has changed since, and what is new.

    Args:
        collections: The collections.
        entities: Ids of entities.
        wish: Which of their rows.
        sink: What is kept already is asked of it.
        origin: Base URL of the API.
    """
    kept = {(part.collection, part.entity): part for part in sink.open(origin)}
    parts = []
    for collection in collections:
        for entity in entities if collection.needs_entity else [""]:
            part = kept.get((collection.path, entity))
            if part is None:
                part = Part(collection.path, entity)
                begin(part, collection, wish.since)
            else:
                _go_on(part, collection, wish, sink)
            part.refused = ""
            parts.append(part)
    return parts


def begin(part: Part, collection: Collection, since: datetime | None) -> None:
    """Plan to read a part from its beginning. Rows that are kept already give way to those with their IDs.

    Args:
        part: The part.
        collection: How it is read.
        since: As for `Wish`.
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


def _go_on(part: Part, collection: Collection, wish: Wish, sink: Sink) -> None:
    """Go on with an open part; of a finished one pull what has changed, or all where the API can't tell.

    A part whose kept rows do not reach back to `since` is read from there: files must have no holes.
    """
    since = wish.since
    covered, newest = read(part.since), read(part.newest)
    reaches_back = covered is None or (since is not None and since >= covered)
    if reaches_back and not part.done and not (part.plain and part.rows):
        return
    if part.done and reaches_back and not wish.whole and collection.by_update and newest is not None:
        # What changed while the last pass ran may be older than the newest that it saw, and not be seen yet.
        seen = min(newest, read(part.begun) or newest) - wish.overlap
        _begin_pass(part, collection, min(since or seen, seen))
        return
    begin(part, collection, covered if reaches_back else since)
    if part.rows and not part.replaces:
        sink.restart(part)


def resumed_note(parts: Iterable[Part]) -> str:
    """Return what must be said of parts that go on after an interruption; empty if none does.

    Args:
        parts: What is to be read, before it is.
    """
    begun = min((part.begun for part in parts if part.begun), default="")
    moment = read(begun)
    if moment is None:
        return ""
    return (
        f"Rows that changed since {moment:%Y-%m-%d %H:%M} UTC, when this pull began, "
        "come when it is run again."
    )


def moment_of(since: str | date | datetime | None) -> datetime | None:
    """Return the moment that a person gave; without a time zone it is in UTC.

    Raises:
        RequestError: It is no date.
    """
    if since is None:
        return None
    moment = read(since.isoformat() if isinstance(since, date) else since)
    if moment is None:
        raise RequestError(
            f"{since!r} is not a date.", hint="Write it as 2024-05-25 or 2024-05-25T10:00:00Z."
        )
    return moment


def overlap_of(text: str | float | timedelta) -> timedelta:
    """Return how long a text such as `10m`, `2h` or `1d` says, or a number of minutes.

    Raises:
        RequestError: It says none.
    """
    if isinstance(text, timedelta):
        found: timedelta | None = text
    else:
        match = _DURATION.fullmatch(str(text).strip())
        unit = _UNITS[match[2] or "m"] if match else ""
        found = timedelta(**{unit: float(match[1])}) if match else None
    if found is None or found < timedelta(0):
        raise RequestError(f"{text!r} is not an overlap.", hint="Write it as 90s, 10m, 2h or 1d.")
    return found


def deletions_note(parts: Iterable[Part]) -> str:
    """Return what must be said of rows that were deleted at the API; empty where nothing must.

    Args:
        parts: What is to be read, before it is.
    """
    names = sorted({part.collection.strip("/") for part in parts if part.replaces and not part.sweeps})
    if not names:
        return ""
    return (
        f"Only changes were read of {', '.join(names)}: rows deleted at the API are kept. "
        "Read everything again with --whole (in Python whole=True) to move them to a separate table."
    )


def since_note(collection: Collection) -> str:
    """Return what must be said where `since` is not by changes; empty where it is."""
    if collection.by_update:
        return ""
    name = collection.path.strip("/")
    if not collection.by_creation:
        return f"{name} can't be filtered by time, so all rows were read."
    day = next((day for day in ("issued_at", "issue_date") if day in collection.shape.properties), None)
    month = f" For the documents of a month, pull all and filter by {day}." if day else ""
    return f"{name} were asked for by created_at: what is older and changed since is not here.{month}"


def all_entities(client: Client[Any]) -> list[str]:
    """Return the ids of all entities; it takes the partner's token."""
    return [str(row["id"]) for page in client.pages("/entities", params={"limit": 100}) for row in page.items]
