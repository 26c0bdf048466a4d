"""Collect rows of a range before they are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from monite_magic.api import without_repeats
from monite_magic.tables.frames.backends import need, to_arrow
from monite_magic.tables.frames.columns import columns_of
from monite_magic.tables.pull.slices import Slice

if TYPE_CHECKING:
    import pyarrow as pa

    from monite_magic.catalogue.shapes import Shape
    from monite_magic.tables.frames.values import Unexpected
    from monite_magic.tables.pull.manifest import Part

_LOOSE_ROWS: Final = 1_000  # rows per conversion to a table, which has an overhead of a millisecond


class Batch:
    """Collects pages, as compact Arrow tables or as raw rows.

    Args:
        shape: The shape of a row in the catalogue.
        raw: Keep the raw rows.
        replaces: Whether they can be newer versions of stored rows.

    Attributes:
        repeats: Whether it can contain a row twice. Then the last version counts.
    """

    def __init__(self, shape: Shape, *, replaces: bool, raw: bool = False) -> None:
        self.replaces = replaces
        self.repeats = False
        self.is_last = False
        self.count = 0
        self.rows: list[dict[str, Any]] = []
        self._shape = shape
        self._raw = raw
        self._tables: list[pa.Table] = []
        self._unexpected: list[tuple[list[Unexpected], list[Any]]] = []
        self._newest = ""
        self._tip = Slice()

    def add(self, rows: list[dict[str, Any]]) -> None:
        """Add the rows of a page."""
        self.count += len(rows)
        self._tip.advance(rows)
        self._newest = max([self._newest, *(str(row.get("updated_at") or "") for row in rows)])
        self.rows.extend(rows)
        if not self._raw and len(self.rows) >= _LOOSE_ROWS:
            self._compact()

    def _compact(self) -> None:
        columns = columns_of(self.rows, self._shape, only_known=True)
        self._tables.append(_without_dictionaries(to_arrow(columns)))
        if columns.unexpected:
            self._unexpected.append((columns.unexpected, self.rows))
        self.rows = []

    def table(self) -> pa.Table:
        """Return the rows as a table. Even without rows, it has all columns and types."""
        if self.rows or not self._tables:
            self._compact()
        whole = need("pyarrow", "parquet").concat_tables(self._tables)
        if self.repeats and "id" in whole.column_names:
            ids = whole["id"].to_pylist()
            last = {number if found is None else found: number for number, found in enumerate(ids)}
            whole = whole.take(sorted(last.values()))
            self.repeats, self._tables, self.count = False, [whole], len(whole)
        return whole

    def raw_rows(self) -> list[dict[str, Any]]:
        """Return the distinct raw rows."""
        if self.repeats:
            self.rows = without_repeats(self.rows)
            self.repeats, self.count = False, len(self.rows)
        return self.rows

    def ids(self) -> pa.Array:
        """Return the IDs of the rows."""
        return self.table()["id"].combine_chunks()

    def settle(self, part: Part, piece: Slice) -> None:
        """Record in the part that the batch is stored, and whether it completes its range."""
        piece.done = self.is_last
        part.rows += self.count
        for found, rows in self._unexpected:
            part.note_unexpected(found, rows)
        part.newest = max(part.newest, self._newest)
        if self._tip.position is None:
            return
        if self._tip.position == piece.position:
            piece.at_position.extend(self._tip.at_position)
        else:
            piece.position, piece.at_position = self._tip.position, self._tip.at_position


def _without_dictionaries(table: pa.Table) -> pa.Table:
    """Return the table with choices as plain text, because other pages can have other choices."""
    pa = need("pyarrow", "parquet")
    fields = [f.with_type(pa.string()) if pa.types.is_dictionary(f.type) else f for f in table.schema]
    return table.cast(pa.schema(fields))
