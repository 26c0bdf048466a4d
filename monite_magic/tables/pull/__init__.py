"""Pull complete collections in parallel, into DataFrames, a Parquet dataset, Delta tables or a DuckDB file.

    pull("payables", "receivables", client=client)                          # {"payables": DataFrame, …}
    pull("payables", client=client, entities="all", to="monite.parquet")    # a dataset, partitioned by entity
    pull("payables", client=client, to="monite.duckdb")                     # run it again to resume
    pull("payables", client=client, to="monite.delta")                      # or "s3://bucket/monite"

You can interrupt a pull to files at any time and run it again: no row is lost or duplicated. Run it again
after it is complete to get changes. If the API can filter the collection by `updated_at`, the pull only reads
changed rows, or else all rows. When it reads all rows, rows that were deleted at the API move to a separate
table, for instance `payables_deleted`, with the date. `whole=True` reads all rows of every collection.

Files don't contain unknown fields. A second pull to the same target at the same time is refused. A pull to
DataFrames always starts over.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final

from monite_magic.core import MoniteError, RequestError, UnexpectedValuesWarning, progress_bar
from monite_magic.tables.pull.engine import Engine
from monite_magic.tables.pull.interrupts import Interrupts
from monite_magic.tables.pull.limiter import RateLimiter
from monite_magic.tables.pull.plan import (
    Selection,
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
from monite_magic.tables.pull.sinks import sink_for

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime, timedelta
    from pathlib import Path

    from monite_magic.api.client import Client
    from monite_magic.tables.pull.manifest import Part
    from monite_magic.tables.pull.plan import Collection

__all__ = ["OVERLAP", "Pulled", "pull"]

WORKERS: Final = 10
#: The overlap with the last pull when looking for changes.
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
    """Pull complete collections in parallel.

    Args:
        collections: Names of lists, for instance `payables` and `receivables`.
        client: Makes the calls.
        entities: One or more entity IDs, or `all`. By default, the client's entity.
        since: Only rows changed at or after this time, or created, if the API can't filter by changes. A date
            or time without a zone is in UTC. Files with older rows get all changes anyway, to avoid gaps.
            Files that don't reach back this far are pulled again, and so are files from a pull with `since`
            when it is omitted now.
        to: `pandas`, `polars` or `pyarrow` for DataFrames; a folder `….parquet` for a dataset of plain files;
            a folder `….delta` or a URL such as `s3://bucket/folder` for Delta Lake tables (with the store's
            credentials in the environment); or a file `….duckdb`.
        rate: Calls per second. By default 30, and then the limit in the API's answers.
        workers: The maximum number of concurrent calls.
        overlap: The overlap with the last pull when looking for changes, because a row can be committed late,
            with an older `updated_at`: `90s`, `10m`, `2h`, `1d`, or minutes. Rows pulled before are replaced.
        whole: Read all rows again to find deleted ones, even if the API can filter by changes.
        progress: Show a progress bar, if tqdm is installed.

    Returns:
        The result. If you interrupt the pull, it is incomplete and explains how to continue.

    Raises:
        RequestError: A collection, date or target is invalid, or another pull or program uses the target.
        MoniteError: A call failed, or some collections can't be read. Its `.partial` is a `Pulled` with the
            rows so far. Files keep them.
    """
    if not collections:
        raise RequestError(
            "Name at least one collection to pull.",
            hint="For instance: %monite_pull payables, in Python pull('payables').",
        )
    selection = Selection(moment_of(since), overlap_of(overlap), whole)
    version = client.environment.api_version
    known = {found.path: found for found in (collection_of(name, version) for name in collections)}
    # From here on, Ctrl-C at any moment doesn't damage a file. The sink is always closed, because an open one
    # would block the next pull.
    with Interrupts() as interrupts:
        sink = sink_for(to, {path: collection.shape for path, collection in known.items()})
        parts: list[Part] = []
        before: list[str] = []
        failure: MoniteError | None = None
        try:
            with interrupts.raised():
                ids = _entities(entities, client, known.values())
                parts = parts_of(known.values(), ids, selection, sink, client.environment.base_url)
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
    if parts and all(part.done for part in parts):  # otherwise, running it again resumes
        notes += before
    pulled = Pulled(sink.result(), parts, notes=filter(None, notes))
    if pulled.path is not None and pulled.unexpected:  # tables in memory already warned
        text = " ".join(pulled.warnings())
        warnings.warn(text, UnexpectedValuesWarning, stacklevel=2)
    if failure is not None:
        _advise(failure, pulled, parts)
        raise failure
    return pulled


def _advise(error: MoniteError, pulled: Pulled, parts: list[Part]) -> None:
    """Add the rows so far and the next step to an error."""
    has_rows = any(part.rows for part in parts)
    error.partial = pulled if has_rows else None
    if not has_rows:
        return
    open_parts = [part for part in parts if not part.done and not part.refused]
    if pulled.path is None:
        error.advise("The error's .partial has the rows so far; %monite_pull -o NAME keeps them.")
    elif open_parts:
        error.advise("The rows so far are kept. Run the same pull again to continue.")
    else:
        error.advise("The rows so far are kept.")


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
            hint="Add --entity ID, or pull all entities with --all-entities (in Python entities=…, or "
            "'all').",
        )
    return ids
