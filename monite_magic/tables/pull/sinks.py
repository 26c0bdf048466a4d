"""The sinks of a pull: memory, a Parquet dataset, Delta tables, or a DuckDB file.

`keep` stores a batch of rows and the progress of the pull in one step: after it returns, both survive any
crash; before that, neither is visible.

To add a sink, implement `Sink` in a module, choose it in `sink_for`, and teach `stored` to read its tables.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from monite_magic.core import RequestError
from monite_magic.tables.frames.backends import BACKENDS
from monite_magic.tables.pull.delta_sink import DeltaSink
from monite_magic.tables.pull.duckdb_sink import DuckDbSink
from monite_magic.tables.pull.memory_sink import MemorySink
from monite_magic.tables.pull.parquet_sink import ParquetSink
from monite_magic.tables.pull.stored import is_delta

if TYPE_CHECKING:
    import threading

    from monite_magic.catalogue.shapes import Shape
    from monite_magic.tables.pull.batch import Batch
    from monite_magic.tables.pull.manifest import Part
    from monite_magic.tables.pull.slices import Slice

_URL: Final = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
# A password, or a query with a signature.
_CONTAINS_SECRET: Final = re.compile(r"://[^/?#@]*:[^/?#]*@|\?")


class Sink(Protocol):
    """Stores the rows of a pull.

    Attributes:
        batch_rows: The number of rows to collect per range before storing them.
        lock: Held while parts or stored rows change.
    """

    batch_rows: int
    lock: threading.RLock

    @property
    def path(self) -> Path | str | None:
        """The folder, URL or file, from which another pull can resume. None for memory."""
        ...

    def open(self, origin: str) -> list[Part]:
        """Return the stored parts, and clean up after an interruption.

        Raises:
            RequestError: The target is not from a pull or from another environment, or another pull uses it.
        """
        ...

    def keep(self, part: Part, piece: Slice, batch: Batch) -> None:
        """Store a batch and the progress of `piece`. Replace rows with the same IDs if the part says so.

        With the last batch of a part that sweeps, rows that the pass didn't find move to a separate table.
        Batches after `close` are dropped. Stored rows get the current columns.

        Raises:
            RequestError: Stored rows can't get these columns, or are not from a pull.
        """
        ...

    def restart(self, part: Part) -> None:
        """Delete the rows of a part. Does nothing after `close`."""
        ...

    def save(self, part: Part) -> None:
        """Store the state of a part, such as why it was refused. Does nothing after `close`."""
        ...

    def close(self) -> None:
        """Close the sink. Safe to call without `open`, and more than once."""
        ...

    def result(self) -> Any:
        """Return the result for the user, after `close`."""
        ...


def sink_for(to: str | Path, shapes: dict[str, Shape]) -> Sink:
    """Return the sink for a target.

    Args:
        to: The target, as for `pull`.
        shapes: The shapes of the collections' rows, by path.

    Raises:
        RequestError: The target is invalid, or its URL contains a secret.
    """
    if isinstance(to, str) and to in BACKENDS:
        return MemorySink(to, shapes)
    if isinstance(to, str) and _URL.match(to):
        if _CONTAINS_SECRET.search(to):
            raise RequestError(
                "The store's URL contains a secret, which outputs would show.",
                hint="Set it in the environment instead, for instance as AWS_SECRET_ACCESS_KEY.",
            )
        return DeltaSink(to, shapes)
    path = Path(to).expanduser()
    if is_delta(path):
        return DeltaSink(path, shapes)
    if path.suffix == ".duckdb":
        return DuckDbSink(path)
    if path.suffix == ".parquet" or path.is_dir():
        return ParquetSink(path)
    targets = f"{', '.join(BACKENDS)}, monite.parquet, monite.delta, monite.duckdb or s3://bucket/folder"
    raise RequestError(f"Invalid target for a pull: {str(to)!r}.", hint=f"Choose {targets}.")
