"""Store rows in a Parquet dataset."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote
from uuid import uuid4

from monite_magic.core import RequestError, share_like_folder
from monite_magic.tables.frames.backends import need
from monite_magic.tables.pull import manifest
from monite_magic.tables.pull.lock import FolderLock
from monite_magic.tables.pull.slices import read
from monite_magic.tables.pull.table_layout import (
    FILE_ROWS,
    MISSED_ON,
    PULLED_AT,
    column_changed,
    deleted_name,
    note,
    stamped,
    table_name,
    warm_up,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pyarrow as pa

    from monite_magic.tables.pull.batch import Batch
    from monite_magic.tables.pull.manifest import Part
    from monite_magic.tables.pull.slices import Slice

_MANIFEST: Final = "_manifest.json"


class ParquetSink:
    """Stores a dataset for DuckDB, Spark, Dask and polars: `FOLDER/payables/entity_id=…/….parquet`.

    Args:
        folder: The dataset's folder.
    """

    batch_rows = FILE_ROWS

    def __init__(self, folder: Path) -> None:
        self.lock = threading.RLock()
        self._parquet = need("pyarrow.parquet", "parquet")
        warm_up()
        self.path = folder
        self._folder_lock = FolderLock(folder)
        self._closed = False
        self._origin = ""
        self._parts: list[Part] = []
        self._schemas: dict[str, pa.Schema] = {}  # the common schema of a collection's files, by its path

    def open(self, origin: str) -> list[Part]:
        """See `Sink`."""
        self._make_folder()
        self._origin = origin
        file = self.path / _MANIFEST
        if self._found() and not file.is_file():  # in this order, because another pull may be starting
            hint = "Pull to a folder that is new or empty."
            raise RequestError(f"{self.path} has Parquet files that were not written by a pull.", hint=hint)
        self._folder_lock.take()
        if file.is_file():
            self._parts = manifest.load(file.read_text("utf-8", errors="replace"), origin, str(file))
            self._tidy()
        else:  # before the first file, so that all files are known to be from a pull
            manifest.write_atomically(file, manifest.dump(self._parts, origin))
        return self._parts

    def _make_folder(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            problem = f"The folder {self.path} can't be created: {(error.strerror or 'it failed').lower()}."
            raise RequestError(problem, hint="Pull to another folder.") from None

    def _tidy(self) -> None:
        """Delete the files that are not in the manifest.

        Raises:
            RequestError: A file in the manifest is missing.
        """
        found = self._found()
        named = {file for part in self._parts for file in (*part.files, *part.deleted_files)}
        if missing := sorted(named - found):
            problem = f"{self.path / missing[0]}, a file of an earlier pull, is missing."
            raise RequestError(problem, hint=f"Pull to another folder, or delete {self.path} and pull again.")
        self._remove(found - named)

    def keep(self, part: Part, piece: Slice, batch: Batch) -> None:
        """See `Sink`."""
        table = stamped(batch.table(), part)
        if "entity_id" in table.column_names:  # it is in the folder's name
            table = table.drop_columns(["entity_id"])
        with self.lock:
            if self._closed:
                return
            if part.collection not in self._schemas:
                self._agree(part.collection, table.schema)
        table = self._in_schema(table, self._schemas[part.collection])
        written = [self._write(part, table)] if batch.count else []
        with self.lock:
            if self._closed or not part.holds(piece):
                self._remove(written)
                return
            replaced = self._give_way(part, batch) if batch.replaces and batch.count else []
            part.files = [file for file in part.files if file not in replaced] + written
            batch.settle(part, piece)
            if part.done and part.sweeps:
                replaced += self._sweep(part)
            if part.done and not part.files:  # without rows, write an empty table
                part.files = [self._write(part, table.slice(0, 0))]
            note(self._parts, part)
            self._save()
        self._remove(replaced)

    def restart(self, part: Part) -> None:
        """See `Sink`."""
        with self.lock:
            if self._closed:
                return
            files, part.files, part.rows, part.newest = part.files, [], 0, ""
            note(self._parts, part)
            self._save()
        self._remove(files)

    def save(self, part: Part) -> None:
        """See `Sink`."""
        with self.lock:
            if not self._closed:
                note(self._parts, part)
                self._save()

    def close(self) -> None:
        """See `Sink`."""
        with self.lock:
            self._closed = True
            self._folder_lock.release()

    def result(self) -> Path:
        """See `Sink`."""
        return self.path

    def _found(self) -> set[str]:
        return {path.relative_to(self.path).as_posix() for path in self.path.rglob("*.parquet")}

    def _write(self, part: Part, table: pa.Table, name: str = "") -> str:
        entity = quote(part.entity or "none", safe="")
        folder = self.path / (name or table_name(part.collection)) / f"entity_id={entity}"
        for each in (folder.parent, folder):
            if not each.is_dir():
                each.mkdir(exist_ok=True)
                share_like_folder(each)
        path = folder / f"{uuid4().hex}.parquet"
        self._parquet.write_table(table, path, compression="zstd")
        share_like_folder(path)
        return path.relative_to(self.path).as_posix()

    def _agree(self, collection: str, schema: pa.Schema) -> None:
        """Determine the common schema of a collection's files, and rewrite files with another schema.

        Readers take the columns from the first file, and rows from an older catalogue can have fewer columns.

        Args:
            collection: Its path.
            schema: The current schema of its rows. Columns that only stored files have are added.

        Raises:
            RequestError: Stored values can't be converted to the current types.
        """
        parts = [part for part in self._parts if part.collection == collection and part.files]
        kept = [self._parquet.read_schema(self.path / part.files[0]) for part in parts]
        types = {field.name: field.type for known in [*reversed(kept), schema] for field in known}
        names = dict.fromkeys(field.name for known in [schema, *kept] for field in known)
        agreed = need("pyarrow", "parquet").schema([(name, types[name]) for name in names])
        others = [part for part, known in zip(parts, kept, strict=True) if known != agreed]
        fresh = [
            [self._write(part, self._in_schema(self._read(file), agreed)) for file in part.files]
            for part in others
        ]
        old = [file for part in others for file in part.files]
        for part, files in zip(others, fresh, strict=True):
            part.files = files
        if old:
            self._save()
            self._remove(old)
        self._schemas[collection] = agreed

    def _in_schema(self, table: pa.Table, schema: pa.Schema) -> pa.Table:
        """Return the table with the columns and types of `schema`."""
        arrow = need("pyarrow", "parquet")
        columns = []
        for field in schema:
            has = field.name in table.column_names
            try:
                columns.append(
                    table[field.name].cast(field.type) if has else arrow.nulls(len(table), field.type)
                )
            except arrow.ArrowException:
                old = table[field.name].type
                raise column_changed(field, old, self.path) from None
        return arrow.Table.from_arrays(columns, schema=schema)

    def _read(self, name: str) -> pa.Table:
        with self._parquet.ParquetFile(self.path / name) as file:
            return file.read()

    def _give_way(self, part: Part, batch: Batch) -> list[str]:
        """Rewrite files with older versions of the batch's rows, without those rows."""
        compute, replaced = need("pyarrow.compute", "parquet"), []
        for name in tuple(part.files):
            path = self.path / name
            old = compute.is_in(self._parquet.read_table(path, columns=["id"])["id"], batch.ids())
            count = compute.sum(old).as_py() or 0
            if not count:
                continue
            replaced.append(name)
            part.rows -= count
            rest = self._read(name).filter(compute.invert(old))
            if len(rest):
                part.files.append(self._write(part, rest))
        return replaced

    def _sweep(self, part: Part) -> list[str]:
        """Move rows that this pass didn't find to the table of deleted rows.

        Returns:
            The files to delete after the manifest is saved.
        """
        arrow, compute = need("pyarrow", "parquet"), need("pyarrow.compute", "parquet")
        moment = arrow.scalar(read(part.pass_at), arrow.timestamp("us", "UTC"))
        unneeded, gone = [], []
        for name in tuple(part.files):
            columns = self._parquet.read_schema(self.path / name).names
            if PULLED_AT not in columns:  # written by a version without this column
                stale = arrow.repeat(True, len(self._read(name)))
            else:
                moments = self._parquet.read_table(self.path / name, columns=[PULLED_AT])[PULLED_AT]
                stale = compute.fill_null(compute.not_equal(moments, moment), True)
            if not compute.any(stale).as_py():
                continue
            rows = self._read(name)
            gone.append(rows.filter(stale))
            rest = rows.filter(compute.invert(stale))
            unneeded.append(name)
            part.files.remove(name)
            if len(rest):
                part.files.append(self._write(part, rest))
        part.sweeps = False
        part.rows -= sum(map(len, gone))
        return unneeded + self._keep_deleted(part, gone)

    def _keep_deleted(self, part: Part, gone: list[pa.Table]) -> list[str]:
        """Add rows to the table of deleted rows, and remove rows that exist again."""
        arrow, compute = need("pyarrow", "parquet"), need("pyarrow.compute", "parquet")
        before = part.deleted_files
        if not gone and not before:
            return []
        day = arrow.scalar(datetime.now(UTC).date(), arrow.date32())
        tables = [rows.append_column(MISSED_ON, arrow.repeat(day, len(rows))) for rows in gone]
        tables = [*map(self._read, before), *tables]
        types = {field.name: field.type for rows in tables for field in rows.schema}  # the newest count
        whole = arrow.concat_tables(self._in_schema(rows, arrow.schema(types.items())) for rows in tables)
        alive = [self._parquet.read_table(self.path / name, columns=["id"])["id"] for name in part.files]
        if alive:
            ids = arrow.chunked_array([chunk for column in alive for chunk in column.chunks])
            whole = whole.filter(compute.invert(compute.is_in(whole["id"], ids)))
        part.deleted, part.has_deleted = len(whole), True
        part.deleted_files = [self._write(part, whole, deleted_name(part.collection))]
        return before

    def _remove(self, names: Iterable[str]) -> None:
        for name in names:
            (self.path / name).unlink(missing_ok=True)

    def _save(self) -> None:
        manifest.write_atomically(self.path / _MANIFEST, manifest.dump(self._parts, self._origin))
