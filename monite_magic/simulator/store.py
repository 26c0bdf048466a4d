"""The store of the simulator: JSON documents in one SQLite table, in memory or in a file.

Each document has a kind ("counterpart"), an id, an owner (an entity or the partner's project) and, for a
sub-resource, a parent. Lookups always include the owner, so one entity can't reach documents of another.
Members that start with an underscore are internal: they can be searched but are never shown.

One request is one transaction (`with store.transaction()`), so a refused request leaves nothing behind, and
a process killed at any moment leaves the file at the end of its last complete request.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Document = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    owner TEXT NOT NULL,
    parent TEXT NOT NULL,
    created_at TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (kind, id)
);
CREATE INDEX IF NOT EXISTS listed ON documents (kind, owner, parent, created_at, position);
CREATE INDEX IF NOT EXISTS parts ON documents (parent) WHERE parent != '';
CREATE INDEX IF NOT EXISTS based ON documents (kind, json_extract(body, '$.based_on'));
"""
_COLUMNS = "kind, id, owner, parent, created_at, body"
_INSERT = f"INSERT INTO documents ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"
_LARGEST = 2**63 - 1
# Marks a file of the simulator, with the version of its layout.
_MARKS = {"application_id": int.from_bytes(b"MoSi", "big"), "user_version": 1}


@dataclass(frozen=True)
class Condition:
    """A WHERE condition with its values."""

    sql: str
    values: tuple[Any, ...] = ()


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def dump(value: Any) -> str:
    """Compact JSON."""
    return _ENCODER.encode(value)


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _bound(value: Any) -> Any:
    """Return a value for SQLite. Integers beyond 64 bits become the nearest limit."""
    return max(-_LARGEST, min(value, _LARGEST)) if isinstance(value, int) else value


class Store:
    """A thread-safe store of documents.

    Args:
        path: A file, or ":memory:" for a store that ends with the process.

    Raises:
        OSError: The file can't be opened, or is not a simulator file.
    """

    def __init__(self, path: str = ":memory:") -> None:
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        if path != ":memory:":
            # The file contains credentials, so only its owner can read it.
            Path(path).touch(mode=0o600)
        try:
            # Autocommit: only `transaction` opens and closes transactions.
            self._connection = sqlite3.connect(
                path, check_same_thread=False, isolation_level=None, timeout=10
            )
        except sqlite3.Error as error:
            raise OSError(f"{path} can't be used: {error}") from error
        try:
            self._prepare()
        except sqlite3.Error as error:
            self._connection.close()
            raise OSError(f"{path} can't be used: {error}") from error
        except OSError:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        """Create the tables of a new file, or check that an existing file is a simulator file."""
        known = [self._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in _MARKS]
        is_new = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if not is_new and known != list(_MARKS.values()):
            raise OSError(f"{self.path} is not a file of this version of the simulator")
        if self.path != ":memory:":
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
        # SQLite's `lower` only handles ASCII.
        self._connection.create_function("lower", 1, _lower, deterministic=True)
        if is_new:
            marks = "".join(f"PRAGMA {name} = {value};" for name, value in _MARKS.items())
            self._connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} {marks} COMMIT;")

    def close(self) -> None:
        """Close the file. You can't use the store afterwards."""
        with self._lock:
            self._connection.close()

    def copy(self) -> bytes:
        """Return all documents, packed for `paste`."""
        with self._lock:
            rows = self._connection.execute(f"SELECT {_COLUMNS} FROM documents ORDER BY position").fetchall()
        return zlib.compress(dump(rows).encode(), level=1)

    def paste(self, packed: bytes) -> None:
        """Add the documents from `copy`."""
        rows = json.loads(zlib.decompress(packed))
        with self.transaction():
            self._connection.executemany(_INSERT, rows)

    def clear(self) -> None:
        """Delete all documents."""
        with self.transaction():
            self._connection.execute("DELETE FROM documents")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a transaction. Changes are kept only if the block ends without an exception."""
        with self._lock:
            outermost = self._depth == 0
            if outermost:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if outermost:
                    self._connection.execute("ROLLBACK")
                raise
            self._depth -= 1
            if outermost:
                self._connection.execute("COMMIT")

    def insert(self, kind: str, document: Document, *, owner: str, parent: str = "") -> Document:
        """Insert a document, which must have an `id`. Its `created_at`, if any, orders it."""
        self.insert_many(kind, [document], owner=owner, parent=parent)
        return document

    def insert_many(self, kind: str, documents: Iterable[Document], *, owner: str, parent: str = "") -> None:
        """Insert many documents."""
        rows = (
            (kind, document["id"], owner, parent, document.get("created_at") or "", dump(document))
            for document in documents
        )
        with self._lock:
            self._connection.executemany(_INSERT, rows)

    def replace(self, kind: str, document: Document) -> Document:
        """Replace the document with the same kind and ID."""
        with self._lock:
            self._connection.execute(
                "UPDATE documents SET body = ? WHERE kind = ? AND id = ?",
                (dump(document), kind, document["id"]),
            )
        return document

    def delete(self, kind: str, identifier: str) -> None:
        """Delete a document and its children."""
        with self.transaction():
            self._connection.execute("DELETE FROM documents WHERE kind = ? AND id = ?", (kind, identifier))
            # Without the second condition, SQLite does not use the index and reads every row.
            self._connection.execute("DELETE FROM documents WHERE parent = ? AND parent != ''", (identifier,))

    def forget_before(self, kind: str, moment: str) -> None:
        """Delete the documents of a kind that were created before a time."""
        with self._lock:
            self._connection.execute(
                "DELETE FROM documents WHERE kind = ? AND created_at < ?", (kind, moment)
            )

    def get(
        self, kind: str, identifier: str, *, owner: str | None = None, parent: str | None = None
    ) -> Document | None:
        """Return the document of this kind, ID, owner and parent, or `None`."""
        sql, values = "SELECT body FROM documents WHERE kind = ? AND id = ?", [kind, identifier]
        for column, wanted in (("owner", owner), ("parent", parent)):
            if wanted is not None:
                sql += f" AND {column} = ?"
                values.append(wanted)
        with self._lock:
            row = self._connection.execute(sql, values).fetchone()
        return json.loads(row[0]) if row else None

    def counts(self) -> dict[str, int]:
        """Return the number of documents of each kind."""
        with self._lock:
            rows = self._connection.execute("SELECT kind, count(*) FROM documents GROUP BY kind").fetchall()
        return dict(rows)

    def owner_of(self, kind: str, identifier: str) -> str | None:
        """Return the owner of a document."""
        with self._lock:
            row = self._connection.execute(
                "SELECT owner FROM documents WHERE kind = ? AND id = ?", (kind, identifier)
            ).fetchone()
        return row[0] if row else None

    def index_by(self, name: str, column: str) -> None:
        """Create an index to page through lists in the order of this column.

        Args:
            name: The name of the index: letters, digits and underscores.
            column: The SQL expression, exactly as in the queries.
        """
        with self._lock:
            self._connection.execute(
                f"CREATE INDEX IF NOT EXISTS by_{name} ON documents (kind, owner, parent, {column}, position)"
            )

    def select(
        self,
        kind: str,
        *,
        owner: str | None = None,
        parent: str | None = None,
        where: Sequence[Condition] = (),
        order_by: str = "created_at, position",
        limit: int | None = None,
        offset: int = 0,
    ) -> list[tuple[int, Document]]:
        """Yield the documents that match all conditions, with their position (the order of insertion)."""
        conditions = [Condition("kind = ?", (kind,)), *where]
        if owner is not None:
            conditions.append(Condition("owner = ?", (owner,)))
        if parent is not None:
            conditions.append(Condition("parent = ?", (parent,)))
        clause = " AND ".join(f"({condition.sql})" for condition in conditions)
        values = [value for condition in conditions for value in condition.values]
        # The statement only contains text of this package. All values are bound.
        sql = f"SELECT position, body FROM documents WHERE {clause} ORDER BY {order_by}"
        if limit is not None:
            sql += " LIMIT ? OFFSET ?"
            values += [limit, offset]
        with self._lock:
            rows = self._connection.execute(sql, [_bound(value) for value in values]).fetchall()
        return [(position, json.loads(body)) for position, body in rows]

    def all(
        self, kind: str, *, owner: str | None = None, parent: str | None = None, **equal: Any
    ) -> list[Document]:
        """Return the documents of a kind whose members equal the given values, oldest first."""
        where = [Condition(f"json_extract(body, '$.{name}') = ?", (value,)) for name, value in equal.items()]
        return [document for _, document in self.select(kind, owner=owner, parent=parent, where=where)]

    def first(self, kind: str, *, owner: str | None = None, **equal: Any) -> Document | None:
        """Return the oldest such document, or `None`."""
        found = self.all(kind, owner=owner, **equal)
        return found[0] if found else None
