"""Whole collections, read side by side, into DataFrames, a Parquet dataset, Delta tables or a DuckDB file.

    pull("payables", "receivables", client=client)                          # {"payables": DataFrame, …}
    pull("payables", client=client, entities="all", to="monite.parquet")    # a dataset, partitioned by entity
    pull("payables", client=client, to="monite.duckdb")                     # run it again to go on or refresh
    pull("payables", client=client, to="monite.delta")                      # or "s3://bucket/monite"

A pull to a file can be interrupted in any way and run again: no row is missing and none is there twice. Run
it again when it is complete, and it brings what has changed: by `updated_at` if the API can filter by it,
else it reads the whole again. Reading the whole again moves rows that were deleted at the API to a table
for them, `payables_deleted` for instance, with the day on which they were missed; `whole=True` does so for
every collection. Fields that the catalogue doesn't know are left out of files. Two pulls at once to the same
place are refused. A pull to DataFrames starts over each time.
"""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from monite_magic.core import MoniteError, RequestError, UnexpectedValuesWarning, progress_bar
from monite_magic.tables.frames.backends import BACKENDS
from monite_magic.tables.pull.engine import Engine
from monite_magic.tables.pull.interrupts import Interrupts
from monite_magic.tables.pull.kept import is_delta
from monite_magic.tables.pull.limiter import RateLimiter
from monite_magic.tables.pull.plan import (
    Wish,
    all_entities,
    collection_of,
    deletions_note,
    moment_of,
    overlap_of,
    parts_of,
    resumed_note,
    since_note,
)
from monite_magic.tables.pull.result import Pulled, refused_error
from monite_magic.tables.pull.sinks import DeltaSink, DuckDbSink, MemorySink, ParquetSink, Sink

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime, timedelta

    from monite_magic.api.client import Client
    from monite_magic.tables.pull.manifest import Part
    from monite_magic.tables.pull.plan import Collection

__all__ = ["OVERLAP", "Pulled", "pull"]

WORKERS: Final = 10
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
# A user's password, or a query, which is a signature.
_HOLDS_SECRET: Final = re.compile(r"://[^/?#@]*:[^/?#]*@|\?")
#: How much further back than the last pull changes are looked for.
OVERLAP: Final = "10m"


def pull(
    *collections: str,
    client: Client[Any],
    entities: str | Iterable[str] | None = None,
    since: str | date | datetime | None = None,
    to: str | Path = "pandas",
    rate: float | None = None,
    workers: int = WORKERS,
    overlap: str | float | timedelta = OVERLAP,
    whole: bool = False,
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
        to: `pandas`, `polars` or `pyarrow` for DataFrames; a folder `….parquet` for a dataset of plain files;
            a folder `….delta`, or a URL such as `s3://bucket/folder`, for Delta Lake tables (the store's
            credentials are taken from the environment); a file `….duckdb`.
        rate: Calls per second; None keeps to what the API's answers say, 30 to begin with.
        workers: How many calls are under way at most.
        overlap: How much further back than the last pull to look for changes, because a row may be committed
            late, with an older `updated_at`: `90s`, `10m`, `2h`, `1d`, or minutes. Rows that come again
            replace those with the same IDs.
        whole: Whether to read all again, and so to find what was deleted, where only changes could be read.
        progress: Whether to show a progress bar, where tqdm is installed.

    Returns:
        What was pulled; not all of it if a person interrupted, and then it says so, and how to go on.

    Raises:
        RequestError: A collection, date or target is none, or another pull or program uses the target.
        MoniteError: A call failed, or a collection of an entity can't be read, while the others were. Its
            `.partial` is what came, a `Pulled`. What came is kept in files.
    """
    if not collections:
        raise RequestError(
            "Name at least one collection to pull.",
            hint="For instance: %monite_pull payables, in Python pull('payables').",
        )
    wish = Wish(moment_of(since), overlap_of(overlap), whole)
    version = client.environment.api_version
    known = {found.path: found for found in (collection_of(name, version) for name in collections)}
    # From here on a person who presses Ctrl-C, at any moment and more than once, tears no file: the sink is
    # closed, as one that stays open keeps the next pull out.
    with Interrupts() as interrupts:
        sink = _sink(to, known)
        parts: list[Part] = []
        before: list[str] = []
        failure: MoniteError | None = None
        try:
            with interrupts.raised():
                ids = _entities(entities, client, known.values())
                parts = parts_of(known.values(), ids, wish, sink, client.environment.base_url)
                before = [resumed_note(parts), deletions_note(parts)]
            with progress_bar(show=progress) as on_page:
                engine = Engine(client, sink, RateLimiter(rate), known, on_page)
                engine.run(parts, max(1, workers), interrupts)
            failure = refused_error(engine.refusals, parts)
        except MoniteError as error:
            failure = error
        finally:
            sink.close()
    notes = [] if since is None else list(map(since_note, known.values()))
    if parts and all(part.done for part in parts):  # else running it again goes on
        notes += before
    pulled = Pulled(sink.result(), parts, notes=filter(None, notes))
    if pulled.path is not None and pulled.unexpected:  # tables in memory have warned already
        text = " ".join(pulled.warnings())
        warnings.warn(text, UnexpectedValuesWarning, stacklevel=2)
    if failure is not None:
        _advise(failure, pulled, parts)
        raise failure
    return pulled


def _advise(error: MoniteError, pulled: Pulled, parts: list[Part]) -> None:
    """Let an error carry what came, and say what to do."""
    has_rows = any(part.rows for part in parts)
    error.partial = pulled if has_rows else None
    if not has_rows:
        return
    open_parts = [part for part in parts if not part.done and not part.refused]
    if pulled.path is None:
        error.advise("What came is the error's .partial; %monite_pull keeps it with -o NAME.")
    elif open_parts:
        error.advise("The rows so far are kept. Run the same pull again to continue.")
    else:
        error.advise("The rows so far are kept.")


def _sink(to: str | Path, collections: dict[str, Collection]) -> Sink:
    if isinstance(to, str) and to in BACKENDS:
        return MemorySink(to, {path: collection.shape for path, collection in collections.items()})
    if isinstance(to, str) and _URL.match(to):
        if _HOLDS_SECRET.search(to):
            raise RequestError(
                "The address of the store holds a secret, and it would show in outputs.",
                hint="Put it into the environment, for instance AWS_SECRET_ACCESS_KEY.",
            )
        return DeltaSink(to, collections)
    path = Path(to).expanduser()
    if is_delta(path):
        return DeltaSink(path, collections)
    if path.suffix == ".duckdb":
        return DuckDbSink(path)
    if path.suffix == ".parquet" or path.is_dir():
        return ParquetSink(path)
    targets = f"{', '.join(BACKENDS)}, monite.parquet, monite.delta, monite.duckdb or s3://bucket/folder"
    raise RequestError(f"Invalid target for a pull: {str(to)!r}.", hint=f"Choose {targets}.")


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
            hint="Give --entity ID, or pull all entities with --all-entities (in Python entities=…, or "
            "'all').",
        )
    return ids
