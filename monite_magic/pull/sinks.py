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
from monite_magic.pull.lock import FileLock, FolderLock

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

    @property
    def path(self) -> Path | None:
        """The folder or file, from which another pull can go on; None for memory."""
        ...

    def open(self, origin: str) -> list[Part]:
        """Return the parts that are kept already, and remove what an interruption left behind.

        Raises:
            RequestError: What is there is of no pull or of another environment, or another pull writes to it.
        """
        ...

    def keep(self, part: Part, piece: Slice, batch: Batch) -> None:
        """Keep a batch, and note that `piece` has come as far; rows with the same ids give way if asked.

        What comes after `close` is not kept.
        """
        ...

    def restart(self, part: Part) -> None:
        """Forget the rows of a part; not after `close`."""
        ...

    def close(self) -> None:
        """Finish; opened or not, and more than once if need be."""
        ...

    def result(self) -> Any:
        """Return what the person gets, after `close`."""
        ...


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
        self.path = folder
        self._folder_lock = FolderLock(folder)
        self._closed = False
        self._origin = ""
        self._parts: list[Part] = []

    def open(self, origin: str) -> list[Part]:
        """See `Sink`."""
        self.path.mkdir(parents=True, exist_ok=True)
        self._origin = origin
        file = self.path / _MANIFEST
        if self._found() and not file.is_file():  # in this order: another pull may be about to begin
            hint = "Pull to a folder that is new or empty."
            raise RequestError(f"{self.path} holds Parquet files that no pull has written.", hint=hint)
        self._folder_lock.take()
        if file.is_file():
            self._parts = manifest.load(file.read_text("utf-8"), origin, str(file))
            self._remove(self._found().difference(*(part.files for part in self._parts)))
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

    def _write(self, part: Part, table: pa.Table) -> str:
        entity = quote(part.entity or "none", safe="")
        folder = self.path / table_name(part.collection) / f"entity_id={entity}"
        folder.mkdir(parents=True, exist_ok=True)
        if "entity_id" in table.column_names:  # the folder's name says it
            table = table.drop_columns(["entity_id"])
        path = folder / f"{uuid4().hex}.parquet"
        self._parquet.write_table(table, path, compression="zstd")
        return path.relative_to(self.path).as_posix()

    def _give_way(self, part: Part, batch: Batch) -> list[str]:
        """Write the files that hold older versions of the batch's rows anew, without them."""
        compute, replaced = need("pyarrow.compute", "parquet"), []
        for name in tuple(part.files):
            path = self.path / name
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
            (self.path / name).unlink(missing_ok=True)

    def _save(self, part: Part) -> None:
        _note(self._parts, part)
        manifest.write_atomically(self.path / _MANIFEST, manifest.dump(self._parts, self._origin))


class DuckDbSink:
    """Keeps a table for each collection in a DuckDB file; the manifest is a table beside them.

    Args:
        file: The database's file.
    """

    gathers = _FILE_ROWS

    def __init__(self, file: Path) -> None:
        self.lock = threading.RLock()
        self._arrow = need("pyarrow", "duckdb")
        self._db = _connect(file)
        _warm_up()
        self.path = file
        self._file_lock = FileLock(file)
        self._closed = False
        self._origin = ""
        self._parts: list[Part] = []

    def open(self, origin: str) -> list[Part]:
        """See `Sink`."""
        self._file_lock.take()
        self._origin = origin
        self._db.execute(f"CREATE TABLE IF NOT EXISTS {_MANIFEST_TABLE} (manifest VARCHAR)")
        row = self._db.execute(f"SELECT manifest FROM {_MANIFEST_TABLE}").fetchone()  # noqa: S608 - own text
        if row:
            self._parts = manifest.load(row[0], origin, str(self.path))
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

    def close(self) -> None:
        """See `Sink`."""
        with self.lock:
            self._closed = True
            self._db.close()
            self._file_lock.release()

    def result(self) -> Path:
        """See `Sink`."""
        return self.path

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


def _connect(file: Path) -> Any:
    """Open a DuckDB file, or make one.

    Raises:
        RequestError: It is no such file, or is open elsewhere.
    """
    duckdb = need("duckdb", "duckdb")
    if not _may_be_duckdb(file):  # asked before: DuckDB would fetch an extension for a file of SQLite
        raise RequestError(f"{file} is no DuckDB file.", hint="Choose another file, or one that is new.")
    close = "Close the other connection (.close()), or choose another file."
    try:
        return duckdb.connect(str(file))
    except duckdb.ConnectionException:
        problem = f"{file} is open in this kernel, read-only or with other settings."
        raise RequestError(problem, hint=close) from None
    except duckdb.Error:
        if not file.parent.is_dir():
            raise RequestError(f"There is no folder {file.parent}.", hint="Make it first.") from None
        problem = f"{file} can't be opened for writing; another program may have it open."
        raise RequestError(problem, hint=close) from None


def _may_be_duckdb(file: Path) -> bool:
    """Whether a file says that it is one of DuckDB; also if it is not there or can't be read."""
    try:
        with file.open("rb") as opened:
            return opened.read(12)[8:] == b"DUCK"
    except OSError:
        return True


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
