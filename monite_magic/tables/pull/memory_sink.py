"""Rows kept in memory, for DataFrames."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from monite_magic.tables.frames.backends import BACKENDS, need
from monite_magic.tables.frames.columns import columns_of
from monite_magic.tables.pull.tables import table_name

if TYPE_CHECKING:
    from monite_magic.catalogue.shapes import Shape
    from monite_magic.tables.pull.batch import Batch
    from monite_magic.tables.pull.manifest import Part
    from monite_magic.tables.pull.slices import Slice


class MemorySink:
    """Keeps the rows in memory and makes DataFrames of them at the end.

    Args:
        backend: As for `frames.frame`.
        shapes: Collection to what the catalogue says of its rows.
    """

    path = None
    gathers = 1

    def __init__(self, backend: str, shapes: dict[str, Shape]) -> None:
        self.lock = threading.RLock()
        # Now: what is missing is told before anything is read, and Ctrl-C meets no half import.
        need(backend, "parquet" if backend == "pyarrow" else backend)
        self._make = BACKENDS[backend]
        self._shapes = shapes
        self._rows: dict[str, dict[str, list[dict[str, Any]]]] = {name: {} for name in shapes}
        self._closed = False

    def open(self, origin: str) -> list[Part]:  # noqa: ARG002 - memory begins empty
        """See `Sink`."""
        return []

    def keep(self, part: Part, piece: Slice, batch: Batch) -> None:
        """See `Sink`."""
        with self.lock:
            if self._closed or not part.holds(piece):
                return
            self._rows[part.collection].setdefault(part.entity, []).extend(batch.rows)
            batch.settle(part, piece)

    def restart(self, part: Part) -> None:
        """See `Sink`."""
        with self.lock:
            if not self._closed:
                self._rows[part.collection].pop(part.entity, None)
                part.rows = 0

    def close(self) -> None:
        """See `Sink`."""
        with self.lock:
            self._closed = True

    def result(self) -> dict[str, Any]:
        """See `Sink`: collection to DataFrame, its rows by entity and `created_at`."""
        frames = {}
        for name, entities in self._rows.items():
            rows = [row for entity in sorted(entities) for row in sorted(entities[entity], key=_created)]
            frames[table_name(name)] = self._make(columns_of(rows, self._shapes[name]))
        return frames


def _created(row: dict[str, Any]) -> str:
    return str(row.get("created_at") or "")
