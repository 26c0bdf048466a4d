"""Store rows in memory, for DataFrames."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from monite_magic.api import row_id
from monite_magic.tables.frames.backends import described, need
from monite_magic.tables.frames.columns import columns_of
from monite_magic.tables.pull.table_layout import table_name

if TYPE_CHECKING:
    from monite_magic.catalogue.shapes import Shape
    from monite_magic.tables.pull.batch import Batch
    from monite_magic.tables.pull.manifest import Part
    from monite_magic.tables.pull.slices import Slice


class MemorySink:
    """Stores rows in memory, and converts them to DataFrames at the end.

    Args:
        backend: As for `frames.frame`.
        shapes: The shapes of the rows by collection.
    """

    path = None
    batch_rows = 1

    def __init__(self, backend: str, shapes: dict[str, Shape]) -> None:
        self.lock = threading.RLock()
        # Import now, to report a missing library before reading, and to keep Ctrl-C out of imports.
        need(backend, "parquet" if backend == "pyarrow" else backend)
        self._backend = backend
        self._parts: dict[str, Part] = {}  # the first of each collection
        self._shapes = shapes
        # By entity and ID, so that a newer version of a row replaces the older one.
        self._rows: dict[str, dict[str, dict[Any, dict[str, Any]]]] = {name: {} for name in shapes}
        self._closed = False

    def open(self, origin: str) -> list[Part]:  # noqa: ARG002 - memory begins empty
        """See `Sink`."""
        return []

    def keep(self, part: Part, piece: Slice, batch: Batch) -> None:
        """See `Sink`."""
        with self.lock:
            if self._closed or not part.holds(piece):
                return
            self._parts.setdefault(part.collection, part)
            rows = self._rows[part.collection].setdefault(part.entity, {})
            brought, before = batch.raw_rows(), len(rows)
            for row in brought:
                found = row_id(row)
                rows[("row", len(rows)) if found is None else found] = row
            batch.settle(part, piece)
            part.rows -= before + len(brought) - len(rows)

    def restart(self, part: Part) -> None:
        """See `Sink`."""
        with self.lock:
            if not self._closed:
                self._rows[part.collection].pop(part.entity, None)
                part.rows = 0

    def save(self, part: Part) -> None:
        """See `Sink`."""

    def close(self) -> None:
        """See `Sink`."""
        with self.lock:
            self._closed = True

    def result(self) -> dict[str, Any]:
        """See `Sink`. Return DataFrames by collection, sorted by entity and `created_at`."""
        frames = {}
        for name, entities in self._rows.items():
            rows = [r for entity in sorted(entities) for r in sorted(entities[entity].values(), key=_created)]
            columns = columns_of(rows, self._shapes[name])
            frames[table_name(name)] = described(columns, self._backend)
            if columns.unexpected:
                self._parts[name].note_unexpected(columns.unexpected, rows)
        return frames


def _created(row: dict[str, Any]) -> str:
    return str(row.get("created_at") or "")
