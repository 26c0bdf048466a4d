"""Where the rows of a pull go: memory, a Parquet dataset, or a DuckDB file.

A sink keeps rows for good together with how far the pull is, in one step: what `keep` has returned from
survives anything, and what it has not leaves no trace.
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import quote
from uuid import uuid4

from monite_magic.errors import RequestError
from monite_magic.frames.backends import BACKENDS, need
from monite_magic.frames.columns import columns_of
from monite_magic.pull import manifest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pyarrow as pa

    from monite_magic.display.shapes import Shape
    from monite_magic.pull.batch import Batch
    from monite_magic.pull.manifest import Part
    from monite_magic.pull.slices import Slice

_FILE_ROWS: Final = 10_000
_MANIFEST: Final = "_manifest.json"
_MANIFEST_TABLE: Final = "monite_pull"


class Sink(Protocol):
    """Keeps what a pull brings.

    Attributes:
        gathers: Rows that are gathered for each range before they are kept.
        lock: Held while the parts, or what is kept of them, change.
    """

    gathers: int
    lock: threading.RLock

    def open(self, origin: str) -> list[Part]:
        """Return the parts that are kept already, and remove what an interruption left behind."""
        ...

    def keep(self, part: Part, piece: Slice, batch: Batch) -> None:
        """Keep a batch, and note that `piece` has come as far; rows with the same ids give way if asked.

        What comes after `close` is not kept.
        """
        ...

    def restart(self, part: Part) -> None:
        """Forget the rows of a part; not after `close`."""
        ...

    def close(self) -> Any:
        """Finish, and return what the person gets."""
        ...


class MemorySink:
    """Keeps the rows in memory and makes DataFrames of them at the end.

    Args:
        backend: As for `frames.frame`.
        shapes: Collection to what the catalogue says of its rows.
    """

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

    def close(self) -> dict[str, Any]:
        """See `Sink`: collection to DataFrame, its rows by entity and `created_at`."""
        with self.lock:
            self._closed = True
        frames = {}
        for name, entities in self._rows.items():
            rows = [row for entity in sorted(entities) for row in sorted(entities[entity], key=_created)]
            frames[table_name(name)] = self._make(columns_of(rows, self._shapes[name]))
        return frames


class ParquetSink:
    """Keeps a dataset that DuckDB, Spark, Dask and polars read: `FOLDER/payables/entity_id=…/….parquet`.

    Args:
        folder: The dataset's folder.
    """

    gathers = _FILE_ROWS

    def __init__(self, folder: Path) -> None:
        self.lock = threading.RLock()
        self._parquet = need("pyarrow.parquet", "parquet")
        _warm_up()
        self._folder = folder
        self._closed = False
        self._origin = ""
        self._parts: list[Part] = []

    def open(self, origin: str) -> list[Part]:
        """See `Sink`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._origin = origin
        file = self._folder / _MANIFEST
        found = {path.relative_to(self._folder).as_posix() for path in self._folder.rglob("*.parquet")}
        if file.is_file():
            self._parts = manifest.load(file.read_text("utf-8"), origin, str(file))
            self._remove(found.difference(*(part.files for part in self._parts)))
        elif found:
            hint = "Pull to a folder that is new or empty."
            raise RequestError(f"{self._folder} holds Parquet files that no pull has written.", hint=hint)
        else:  # before the first file, so that all later ones are known to be of a pull
            manifest.write_atomically(file, manifest.dump(self._parts, origin))
        return self._parts

    def keep(self, part: Part, piece: Slice, batch: Batch) -> None:
        """See `Sink`."""
        written = [self._write(part, batch.table())] if batch.count else []
        with self.lock:
            if self._closed or not part.holds(piece):
                self._remove(written)
                return
            replaced = self._give_way(part, batch) if batch.replaces and batch.count else []
            part.files = [file for file in part.files if file not in replaced] + written
            batch.settle(part, piece)
            if part.done and not part.files:  # no rows are a table, too
                part.files = [self._write(part, batch.table())]
            self._save(part)
        self._remove(replaced)

    def restart(self, part: Part) -> None:
        """See `Sink`."""
        with self.lock:
            if self._closed:
                return
            files, part.files, part.rows, part.newest = part.files, [], 0, ""
            self._save(part)
        self._remove(files)

    def close(self) -> Path:
        """See `Sink`."""
        with self.lock:
            self._closed = True
        return self._folder

    def _write(self, part: Part, table: pa.Table) -> str:
        entity = quote(part.entity or "none", safe="")
        folder = self._folder / table_name(part.collection) / f"entity_id={entity}"
        folder.mkdir(parents=True, exist_ok=True)
        if "entity_id" in table.column_names:  # the folder's name says it
            table = table.drop_columns(["entity_id"])
        path = folder / f"{uuid4().hex}.parquet"
        self._parquet.write_table(table, path, compression="zstd")
        return path.relative_to(self._folder).as_posix()

    def _give_way(self, part: Part, batch: Batch) -> list[str]:
        """Write the files that hold older versions of the batch's rows anew, without them."""
        compute, replaced = need("pyarrow.compute", "parquet"), []
        for name in tuple(part.files):
            path = self._folder / name
            old = compute.is_in(self._parquet.read_table(path, columns=["id"])["id"], batch.ids())
            count = compute.sum(old).as_py() or 0
            if not count:
                continue
            replaced.append(name)
            part.rows -= count
            rest = self._parquet.ParquetFile(path).read().filter(compute.invert(old))
            if len(rest):
                part.files.append(self._write(part, rest))
        return replaced

    def _remove(self, names: Iterable[str]) -> None:
        for name in names:
            (self._folder / name).unlink(missing_ok=True)

    def _save(self, part: Part) -> None:
        _note(self._parts, part)
        manifest.write_atomically(self._folder / _MANIFEST, manifest.dump(self._parts, self._origin))


class DuckDbSink:
    """Keeps a table for each collection in a DuckDB file; the manifest is a table beside them.

    Args:
        file: The database's file.
    """

    gathers = _FILE_ROWS

    def __init__(self, file: Path) -> None:
        self.lock = threading.RLock()
        self._arrow = need("pyarrow", "duckdb")
        self._db = need("duckdb", "duckdb").connect(str(file))
        _warm_up()
        self._file = file
        self._closed = False
        self._origin = ""
        self._parts: list[Part] = []

    def open(self, origin: str) -> list[Part]:
        """See `Sink`."""
        self._origin = origin
        self._db.execute(f"CREATE TABLE IF NOT EXISTS {_MANIFEST_TABLE} (manifest VARCHAR)")
        row = self._db.execute(f"SELECT manifest FROM {_MANIFEST_TABLE}").fetchone()  # noqa: S608 - own text
        if row:
            self._parts = manifest.load(row[0], origin, str(self._file))
        return self._parts

    def keep(self, part: Part, piece: Slice, batch: Batch) -> None:
        """See `Sink`."""
        table = batch.table() if batch.count else None
        with self.lock:
            if self._closed or not part.holds(piece):
                return
            self._keep(part, piece, batch, table)

    def _keep(self, part: Part, piece: Slice, batch: Batch, table: pa.Table | None) -> None:
        with _Transaction(self._db):
            if table is not None:
                self._insert(part, table, replaces=batch.replaces)
            batch.settle(part, piece)
            if part.done and not self._has_table(table_name(part.collection)):  # no rows are a table, too
                self._insert(part, batch.table(), replaces=False)
            self._save(part)

    def restart(self, part: Part) -> None:
        """See `Sink`."""
        with self.lock:
            if not self._closed:
                self._restart(part)

    def _restart(self, part: Part) -> None:
        name = table_name(part.collection)
        with _Transaction(self._db):
            if self._has_table(name):
                self._db.execute(f"DELETE FROM {name} WHERE entity = ?", [part.entity])  # noqa: S608 - own text
            part.rows, part.newest = 0, ""
            self._save(part)

    def close(self) -> Path:
        """See `Sink`."""
        with self.lock:
            self._closed = True
            self._db.close()
        return self._file

    def _insert(self, part: Part, table: pa.Table, *, replaces: bool) -> None:
        name = table_name(part.collection)
        entity = self._arrow.array([part.entity] * len(table), self._arrow.string())
        self._db.register("page", table.append_column("entity", entity))
        if not self._has_table(name):
            self._db.execute(f"CREATE TABLE {name} AS SELECT * FROM page LIMIT 0")  # noqa: S608 - own text
        if replaces:
            ids = f"DELETE FROM {name} WHERE entity = ? AND id IN (SELECT id FROM page)"  # noqa: S608 - own text
            part.rows -= int(self._db.execute(ids, [part.entity]).fetchone()[0])
        self._db.execute(f"INSERT INTO {name} BY NAME SELECT * FROM page")  # noqa: S608 - own text
        self._db.unregister("page")

    def _save(self, part: Part) -> None:
        _note(self._parts, part)
        self._db.execute(f"DELETE FROM {_MANIFEST_TABLE}")  # noqa: S608 - own text
        text = manifest.dump(self._parts, self._origin)
        self._db.execute(f"INSERT INTO {_MANIFEST_TABLE} VALUES (?)", [text])  # noqa: S608 - own text

    def _has_table(self, name: str) -> bool:
        query = "SELECT 1 FROM information_schema.tables WHERE table_name = ?"
        return self._db.execute(query, [name]).fetchone() is not None


class _Transaction:
    def __init__(self, db: Any) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.begin()

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._db.commit()
        else:
            self._db.rollback()


def _warm_up() -> None:
    """Let Arrow make its first array while the first page is on its way: it imports pandas for that."""
    threading.Thread(target=need("pyarrow", "parquet").array, args=([None],), daemon=True).start()


def table_name(collection: str) -> str:
    """Return the name of a collection's table or folder: `/data_exports/extra_data` is one word."""
    return re.sub(r"\W", "_", collection.strip("/"))


def _created(row: dict[str, Any]) -> str:
    return str(row.get("created_at") or "")


def _note(parts: list[Part], part: Part) -> None:
    if not any(known is part for known in parts):
        parts.append(part)
