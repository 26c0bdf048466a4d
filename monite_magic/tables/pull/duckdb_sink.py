"""Store rows in a DuckDB file."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from monite_magic.core import RequestError, share_like_folder
from monite_magic.tables.frames.backends import need
from monite_magic.tables.pull import manifest
from monite_magic.tables.pull.lock import FileLock
from monite_magic.tables.pull.table_layout import (
    FILE_ROWS,
    MISSED_ON,
    PULLED_AT,
    deleted_name,
    note,
    stamped,
    table_name,
    warm_up,
)

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from monite_magic.tables.pull.batch import Batch
    from monite_magic.tables.pull.manifest import Part
    from monite_magic.tables.pull.slices import Slice

_MANIFEST_TABLE: Final = "monite_pull"


class DuckDbSink:
    """Stores a table per collection in a DuckDB file, and the manifest in another table.

    Args:
        file: The database file.
    """

    batch_rows = FILE_ROWS

    def __init__(self, file: Path) -> None:
        self.lock = threading.RLock()
        self._arrow = need("pyarrow", "duckdb")
        self._error = need("duckdb", "duckdb").Error
        self._db = _connect(file)
        warm_up()
        self.path = file
        self._file_lock = FileLock(file)
        self._closed = False
        self._origin = ""
        self._parts: list[Part] = []
        self._others_tables: set[str] = set()  # tables that were not written by a pull

    def open(self, origin: str) -> list[Part]:
        """See `Sink`."""
        self._file_lock.take()
        self._origin = origin
        self._db.execute(f"CREATE TABLE IF NOT EXISTS {_MANIFEST_TABLE} (manifest VARCHAR)")
        row = self._db.execute(f"SELECT manifest FROM {_MANIFEST_TABLE}").fetchone()  # noqa: S608 - own text
        if row:
            self._parts = manifest.load(row[0], origin, str(self.path))
        existing = self._tables()
        expected = {table_name(part.collection) for part in self._parts if part.rows}
        deleted = {deleted_name(part.collection) for part in self._parts if part.has_deleted}
        if missing := sorted((expected | deleted) - existing):
            problem = f"{self.path} no longer has the table {missing[0]} of an earlier pull."
            raise RequestError(problem, hint="Pull to another file, or delete this one and pull again.")
        expected = {table_name(part.collection) for part in self._parts}
        self._others_tables = existing - expected - deleted
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
            if part.done and part.sweeps:
                self._sweep(part)
            if part.done and self._table_of(part) not in self._tables():  # no rows: an empty table
                self._insert(part, batch.table().slice(0, 0), replaces=False)
            self._save(part)

    def restart(self, part: Part) -> None:
        """See `Sink`."""
        with self.lock:
            if not self._closed:
                self._restart(part)

    def _restart(self, part: Part) -> None:
        name = self._table_of(part)
        with _Transaction(self._db):
            if name in self._tables():
                self._db.execute(f"DELETE FROM {name} WHERE entity = ?", [part.entity])  # noqa: S608 - own text
            part.rows, part.newest = 0, ""
            self._save(part)

    def save(self, part: Part) -> None:
        """See `Sink`."""
        with self.lock:
            if not self._closed:
                with _Transaction(self._db):
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
        name = self._table_of(part)
        entity = self._arrow.array([part.entity] * len(table), self._arrow.string())
        self._db.register("page", stamped(table, part).append_column("entity", entity))
        if name in self._tables():
            self._fit_columns(name, "page")
        else:
            self._db.execute(f"CREATE TABLE {name} AS SELECT * FROM page LIMIT 0")  # noqa: S608 - own text
        if replaces:
            delete = f"DELETE FROM {name} WHERE entity = ? AND id IN (SELECT id FROM page)"  # noqa: S608 - own text
            part.rows -= int(self._db.execute(delete, [part.entity]).fetchone()[0])
        self._db.execute(f"INSERT INTO {name} BY NAME SELECT * FROM page")  # noqa: S608 - own text
        self._db.unregister("page")

    def _sweep(self, part: Part) -> None:
        """Move rows that this pass didn't find to the table of deleted rows."""
        name, gone = self._table_of(part), self._checked_name(deleted_name(part.collection))
        part.sweeps = False
        if name not in self._tables():
            return
        self._db.execute(f"ALTER TABLE {name} ADD COLUMN IF NOT EXISTS {PULLED_AT} TIMESTAMPTZ")
        stale = f"entity = ? AND {PULLED_AT} IS DISTINCT FROM ?::TIMESTAMPTZ"
        values = [part.entity, part.pass_at]
        (count,) = self._db.execute(f"SELECT count(*) FROM {name} WHERE {stale}", values).fetchone()  # noqa: S608 - own text
        if not count and not part.has_deleted:
            return
        if gone not in self._tables():
            columns = f"SELECT *, NULL::DATE AS {MISSED_ON} FROM {name} LIMIT 0"  # noqa: S608 - own text
            self._db.execute(f"CREATE TABLE {gone} AS {columns}")
        self._fit_columns(gone, name)
        day = datetime.now(UTC).date()
        rows = f"SELECT *, ?::DATE AS {MISSED_ON} FROM {name} WHERE {stale}"  # noqa: S608 - own text
        self._db.execute(f"INSERT INTO {gone} BY NAME {rows}", [day, *values])
        self._db.execute(f"DELETE FROM {name} WHERE {stale}", values)  # noqa: S608 - own text
        alive = f"SELECT id FROM {name} WHERE entity = ?"  # noqa: S608 - own text
        again = f"DELETE FROM {gone} WHERE entity = ? AND id IN ({alive})"  # noqa: S608 - own text
        self._db.execute(again, [part.entity, part.entity])
        part.rows -= count
        count_deleted = f"SELECT count(*) FROM {gone} WHERE entity = ?"  # noqa: S608 - own text
        part.deleted, part.has_deleted = self._db.execute(count_deleted, [part.entity]).fetchone()[0], True

    def _fit_columns(self, name: str, source: str) -> None:
        """Update a table's columns and types, which can be from an older catalogue.

        Raises:
            RequestError: Its data can't be converted, or another object depends on the table.
        """
        existing = self._columns(name)
        for column, kind in self._columns(source).items():
            if existing.get(column) == kind:
                continue
            change = f'ADD COLUMN "{column}"'
            if column in existing:
                change = f'ALTER COLUMN "{column}" SET DATA TYPE'
            try:
                self._db.execute(f"ALTER TABLE {name} {change} {kind}")
            except self._error:
                problem = f"Can't change the column {column} of the table {name} in {self.path} to {kind}."
                hint = "Pull to another file, or drop objects that depend on the table, such as indexes."
                raise RequestError(problem, hint=hint) from None

    def _columns(self, name: str) -> dict[str, str]:
        return {row[0]: row[1] for row in self._db.execute(f"DESCRIBE {name}").fetchall()}

    def _save(self, part: Part) -> None:
        note(self._parts, part)
        self._db.execute(f"DELETE FROM {_MANIFEST_TABLE}")  # noqa: S608 - own text
        text = manifest.dump(self._parts, self._origin)
        self._db.execute(f"INSERT INTO {_MANIFEST_TABLE} VALUES (?)", [text])  # noqa: S608 - own text

    def _table_of(self, part: Part) -> str:
        """Return the name of a part's table.

        Raises:
            RequestError: A table with this name was not written by a pull.
        """
        return self._checked_name(table_name(part.collection))

    def _checked_name(self, name: str) -> str:
        if name in self._others_tables:
            problem = f"{self.path} has a table {name} that was not written by a pull."
            raise RequestError(problem, hint="Pull to another file.")
        return name

    def _tables(self) -> set[str]:
        """Return the names of all tables in lower case, because DuckDB ignores case."""
        query = (
            "SELECT lower(table_name) FROM information_schema.tables "
            "WHERE table_catalog = current_database() AND table_schema = current_schema()"
        )
        return {row[0] for row in self._db.execute(query).fetchall()}


def _connect(file: Path) -> Any:
    """Open or create a DuckDB file.

    Raises:
        RequestError: It is not a DuckDB file, or is open elsewhere.
    """
    duckdb = need("duckdb", "duckdb")
    if not _may_be_duckdb(file):  # check first, because DuckDB would download an extension for an SQLite file
        raise RequestError(f"{file} is not a DuckDB file.", hint="Choose another file.")
    close = "Close the other connection (.close()), or choose another file."
    is_new = not file.exists()
    try:
        connection = duckdb.connect(str(file))
    except duckdb.ConnectionException:
        problem = f"{file} is open in this kernel, read-only or with other settings."
        raise RequestError(problem, hint=close) from None
    except duckdb.Error:
        if not file.parent.is_dir():
            raise RequestError(f"The folder {file.parent} doesn't exist.", hint="Create it first.") from None
        problem = f"{file} can't be opened for writing. Another program may have it open."
        raise RequestError(problem, hint=close) from None
    if is_new:
        share_like_folder(file)
    return connection


def _may_be_duckdb(file: Path) -> bool:
    """Whether a file has DuckDB's signature, or doesn't exist, or can't be read."""
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
