"""Whole collections, read side by side, into DataFrames, a Parquet dataset or a DuckDB file.

    pull("payables", "receivables", client=client)                          # {"payables": DataFrame, …}
    pull("payables", client=client, entities="all", to="monite.parquet")    # a dataset, partitioned by entity
    pull("payables", client=client, to="monite.duckdb")                     # run it again to go on or refresh

A pull to a file can be interrupted in any way and run again: no row is missing and none is there twice. Run
again when it is complete, it brings what has changed: by `updated_at` where the API can filter by it, else
the whole again. Where only changes are brought, rows deleted since stay in the files. Fields that the
catalogue does not know are left out of files. Of two pulls at once to the same place the second is refused.
A pull to DataFrames begins anew each time.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from monite_magic.api import ApiError
from monite_magic.core import MoniteError, RequestError, progress_bar
from monite_magic.tables.frames.backends import BACKENDS
from monite_magic.tables.pull.engine import Engine
from monite_magic.tables.pull.interrupts import Interrupts
from monite_magic.tables.pull.limiter import RateLimiter
from monite_magic.tables.pull.plan import (
    all_entities,
    collection_of,
    moment_of,
    parts_of,
    resumed_note,
    since_note,
)
from monite_magic.tables.pull.result import Pulled
from monite_magic.tables.pull.sinks import DuckDbSink, MemorySink, ParquetSink, Sink

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime

    from monite_magic.api.client import Client
    from monite_magic.tables.pull.manifest import Part
    from monite_magic.tables.pull.plan import Collection

__all__ = ["Pulled", "pull"]

WORKERS: Final = 10


def pull(
    *collections: str,
    client: Client[Any],
    entities: str | Iterable[str] | None = None,
    since: str | date | datetime | None = None,
    to: str | Path = "pandas",
    rate: float | None = None,
    workers: int = WORKERS,
    progress: bool = True,
) -> Pulled:
    """Read whole collections side by side.

    Args:
        collections: Names of lists, for instance `payables` and `receivables`.
        client: Makes the calls.
        entities: An entity's id, several, or `all`; None takes the client's entity.
        since: Only rows changed at or after this moment, or, where the API can't filter by changes, created.
            A date or a time without a zone is in UTC. Into files that hold older rows all changes are
            brought nevertheless, so that they have no holes; files that do not reach back to it, or hold
            only rows since a moment where none is given now, are pulled anew.
        to: `pandas`, `polars` or `pyarrow` for DataFrames; a folder `….parquet` or a file `….duckdb`.
        rate: Calls per second; None keeps to what the API's answers say, 30 to begin with.
        workers: How many calls are under way at most.
        progress: Whether to show a progress bar, where tqdm is installed.

    Returns:
        What was pulled; not all of it if a person interrupted, and then it says so, and how to go on.

    Raises:
        RequestError: A collection, date or target is none, or another pull or program uses the target.
        MoniteError: A call failed. What had come before is kept in files.
    """
    if not collections:
        raise RequestError(
            "Nothing is named to be pulled.",
            hint="For instance: %monite_pull payables, in Python pull('payables').",
        )
    version = client.environment.api_version
    known = {found.path: found for found in (collection_of(name, version) for name in collections)}
    # From here on a person who presses Ctrl-C, at any moment and more than once, tears no file: the sink is
    # closed, as one that stays open keeps the next pull out.
    with Interrupts() as interrupts:
        sink = _sink(to, known)
        try:
            with interrupts.raised():
                ids = _entities(entities, client, known.values())
                parts = parts_of(known.values(), ids, moment_of(since), sink, client.environment.base_url)
                resumed = resumed_note(parts)
            with progress_bar(show=progress) as on_page, _advised(parts, resumable=sink.path is not None):
                engine = Engine(client, sink, RateLimiter(rate), known, on_page)
                engine.run(parts, max(1, workers), interrupts)
        finally:
            sink.close()
    notes = [] if since is None else list(map(since_note, known.values()))
    if all(part.done for part in parts):  # else running it again goes on
        notes.append(resumed)
    return Pulled(sink.result(), parts, notes=filter(None, notes))


@contextmanager
def _advised(parts: list[Part], *, resumable: bool) -> Iterator[None]:
    """Should the pull fail, let the error say what to do, and whether rows were kept in files."""
    try:
        yield
    except MoniteError as error:
        if isinstance(error, ApiError) and error.response.status == 403:
            error.advise("Leave the collection out, or take a token that may read it: %monite_use --partner.")
        if resumable and any(part.rows for part in parts):
            error.advise("What had come is kept: run the same pull again to go on.")
        raise


def _sink(to: str | Path, collections: dict[str, Collection]) -> Sink:
    if isinstance(to, str) and to in BACKENDS:
        return MemorySink(to, {path: collection.shape for path, collection in collections.items()})
    path = Path(to).expanduser()
    if path.suffix == ".duckdb":
        return DuckDbSink(path)
    if path.suffix == ".parquet" or path.is_dir():
        return ParquetSink(path)
    targets = f"{', '.join(BACKENDS)}, a folder like monite.parquet or a file like monite.duckdb"
    raise RequestError(f"A pull can't go to {str(to)!r}.", hint=f"Choose {targets}.")


def _entities(
    entities: str | Iterable[str] | None, client: Client[Any], collections: Iterable[Collection]
) -> list[str]:
    if entities == "all":
        return all_entities(client)
    if entities is None:
        entities = client.entity_id or ""
    ids = [entities] if isinstance(entities, str) else list(dict.fromkeys(entities))
    if not all(ids) and any(collection.needs_entity for collection in collections):
        raise RequestError(
            "No entity is chosen.",
            hint="Give --entity ID, or pull those of all: --all-entities (in Python entities=…, or 'all').",
        )
    return ids
