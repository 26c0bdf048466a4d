"""Where the rows of a pull go: memory, a Parquet dataset, Delta tables, or a DuckDB file.

A sink keeps rows for good together with how far the pull is, in one step: what `keep` has returned from
survives anything, and what it has not leaves no trace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from monite_magic.tables.pull.delta_sink import DeltaSink
from monite_magic.tables.pull.duckdb_sink import DuckDbSink
from monite_magic.tables.pull.memory_sink import MemorySink
from monite_magic.tables.pull.parquet_sink import ParquetSink

if TYPE_CHECKING:
    import threading
    from pathlib import Path

    from monite_magic.tables.pull.batch import Batch
    from monite_magic.tables.pull.manifest import Part
    from monite_magic.tables.pull.slices import Slice

__all__ = ["DeltaSink", "DuckDbSink", "MemorySink", "ParquetSink", "Sink"]


class Sink(Protocol):
    """Keeps what a pull brings.

    Attributes:
        gathers: Rows that are gathered for each range before they are kept.
        lock: Held while the parts, or what is kept of them, change.
    """

    gathers: int
    lock: threading.RLock

    @property
    def path(self) -> Path | str | None:
        """The folder, URL or file, from which another pull can go on; None for memory."""
        ...

    def open(self, origin: str) -> list[Part]:
        """Return the parts that are kept already, and remove what an interruption left behind.

        Raises:
            RequestError: What is there is of no pull or of another environment, or another pull writes to it.
        """
        ...

    def keep(self, part: Part, piece: Slice, batch: Batch) -> None:
        """Keep a batch, and note that `piece` has come as far; rows with the same IDs give way if asked.

        With the last batch of a part that sweeps, rows that the pass has not brought move to a separate
        table. What comes after `close` is not kept. What was kept of the collection gets the columns of now.

        Raises:
            RequestError: What was kept can't have them, or is of no pull.
        """
        ...

    def restart(self, part: Part) -> None:
        """Forget the rows of a part; not after `close`."""
        ...

    def save(self, part: Part) -> None:
        """Keep what is noted in a part, as why it was refused; not after `close`."""
        ...

    def close(self) -> None:
        """Finish; opened or not, and more than once if need be."""
        ...

    def result(self) -> Any:
        """Return what the person gets, after `close`."""
        ...
