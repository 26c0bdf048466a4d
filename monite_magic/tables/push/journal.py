"""The journal of pushes: each row's calls and outcomes, in an SQLite file next to the source.

A call is recorded before it is sent, so that we know what may have arrived after a crash. Only one user can
read the file (mode 0600), and only one push at a time can use it, by SQLite's own lock, which ends with the
process.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from monite_magic.core import RequestError
from monite_magic.core.masking import mask_json_bytes, mask_text

if TYPE_CHECKING:
    from collections.abc import Iterable

SENDING: Final = "sending"  # about to be sent; outcome unknown
ACCEPTED: Final = "accepted"
REFUSED: Final = "refused"
UNKNOWN: Final = "unknown"  # no answer, and the lookup was inconclusive
NOT_SENT: Final = "not sent"  # certainly didn't arrive, or wasn't carried out

_VERSION: Final = 1
_OWNER_ONLY: Final = 0o600
_BROKEN_HINT: Final = (
    "Restore the file from a backup. With a new journal, all rows would be sent again: "
    "check at the API which ones are there."
)
_MAX_KEPT: Final = 20_000  # bytes of an answer
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS calls (
    scope TEXT NOT NULL, key TEXT NOT NULL, part TEXT NOT NULL, digest TEXT NOT NULL,
    identity TEXT NOT NULL, state TEXT NOT NULL, sent_at REAL NOT NULL, came_at REAL, tries INTEGER NOT NULL,
    status INTEGER, id TEXT, problem TEXT, request_id TEXT, sent TEXT, answer TEXT,
    PRIMARY KEY (scope, key, part)
) WITHOUT ROWID
"""
_COLUMNS: Final = (
    "key, part, digest, identity, state, sent_at, came_at, tries, status, coalesce(id, ''), "
    "coalesce(problem, ''), coalesce(request_id, ''), "
    "CASE WHEN state IN ('sending', 'unknown') THEN sent ELSE '' END"
)


@dataclass(slots=True)
class Entry:
    """A call in the journal.

    Attributes:
        key: The row's key.
        part: Empty for the row itself, or `bank_accounts/DIGEST`.
        digest: The SHA-256 of the data.
        identity: A name or number that identifies the row.
        state: `sending`, `accepted`, `refused`, `unknown` or `not sent`.
        sent_at: The time of sending, in seconds since 1970.
        came_at: The time of the outcome.
        tries: The number of times it was sent.
        status: The status of the answer.
        id: The new row's ID.
        problem: The reason why it was refused or is unknown.
        request_id: The answer's `x-request-id`.
        sent: The data with secrets masked, if the outcome is unknown.
    """

    key: str
    part: str
    digest: str
    identity: str
    state: str
    sent_at: float
    came_at: float | None = None
    tries: int = 0
    status: int | None = None
    id: str = ""
    problem: str = ""
    request_id: str = ""
    sent: str = ""


class Journal:
    """An open journal, locked against other pushes.

    Args:
        path: The file. It is created if necessary.
        scope: The scope of the entries: API, entity and operation. Other entries are ignored.

    Raises:
        RequestError: Another push uses it, it isn't a journal, or it can't be written.
    """

    def __init__(self, path: Path, scope: str) -> None:
        self.path = path
        self.scope = scope
        self._lock = threading.Lock()
        self._closed = False
        self._connection = _open(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the journal. Later writes from threads fail."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._connection.close()

    def entries(self) -> dict[tuple[str, str], Entry]:
        """Return the entries of the scope by key and part.

        Raises:
            RequestError: The file is damaged.
        """
        try:
            return read_entries(self._connection, self.scope)
        except sqlite3.Error as error:
            problem = str(error)
        raise RequestError(f"{self.path.name} can't be read: {problem}.", hint=_BROKEN_HINT)

    def begin(self, key: str, part: str, digest: str, identity: str, sent: bytes) -> None:
        """Record that a call is about to be sent. The record is on disk when this returns."""
        body = mask_json_bytes(sent).decode("utf-8", "replace") if sent else ""
        self._write(
            "INSERT INTO calls (scope, key, part, digest, identity, state, sent_at, tries, sent) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?) ON CONFLICT (scope, key, part) DO UPDATE SET "
            "digest = excluded.digest, identity = excluded.identity, state = excluded.state, "
            "sent_at = excluded.sent_at, tries = tries + 1, sent = excluded.sent, came_at = NULL, "
            "status = NULL, problem = NULL, request_id = NULL, answer = NULL",
            (self.scope, key, part, digest, identity, SENDING, time.time(), body),
        )

    def end(
        self,
        key: str,
        part: str,
        state: str,
        *,
        status: int | None = None,
        row_id: str = "",
        problem: str = "",
        request_id: str = "",
        answer: bytes = b"",
    ) -> None:
        """Record the outcome of a call."""
        text = mask_json_bytes(answer[:_MAX_KEPT]).decode("utf-8", "replace") if answer else ""
        self._write(
            "UPDATE calls SET state = ?, came_at = ?, status = ?, id = ?, problem = ?, request_id = ?, "
            "answer = ? WHERE scope = ? AND key = ? AND part = ?",
            (
                *(state, time.time(), status, row_id, mask_text(problem), request_id, mask_text(text)),
                *(self.scope, key, part),
            ),
        )

    def _write(self, sql: str, values: Iterable[Any]) -> None:
        with self._lock:
            if self._closed:
                raise JournalClosedError
            try:
                self._connection.execute(sql, tuple(values))
            except sqlite3.Error as error:
                problem = str(error)
            else:
                return
        raise RequestError(
            f"The journal {self.path.name} can't be written: {problem}.",
            hint="Nothing is sent without a journal. Free some disk space, then push again.",
        )


class JournalClosedError(Exception):
    """The push has ended."""


def _open(path: Path) -> sqlite3.Connection:
    problem, hint = "", "Give another file with --journal, on a disk of this machine."
    connection: sqlite3.Connection | None = None
    try:
        _make_private(path)
        connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        # The first write takes the lock. It is held until the connection or the process ends.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN EXCLUSIVE")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        has_tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if version != _VERSION and (version or has_tables):
            problem = f"{path.name} is not a push journal, or is from another version."
        else:
            connection.execute(_SCHEMA)
            connection.execute(f"PRAGMA user_version = {_VERSION}")
            connection.execute("COMMIT")
            return connection
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            problem = f"Another push is using the journal {path.name}."
            hint = "Wait until it is done, or stop it."
        else:
            problem = f"{path.name} can't be used as a journal: {error}."
            if getattr(error, "sqlite_errorcode", 0) in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
                hint = _BROKEN_HINT
    except OSError as error:
        problem = f"The journal {path.name} can't be written: {(error.strerror or 'it failed').lower()}."
    if connection is not None:
        connection.close()
    raise RequestError(problem, hint=hint)


def _make_private(path: Path) -> None:
    """Let only this user read the file. SQLite gives its related files the same mode."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), _OWNER_ONLY)
    try:
        if hasattr(os, "fchmod"):
            os.fchmod(handle, _OWNER_ONLY)
    finally:
        os.close(handle)


def read_entries(connection: sqlite3.Connection, scope: str) -> dict[tuple[str, str], Entry]:
    """Return the entries of a scope by key and part."""
    sql = f"SELECT {_COLUMNS} FROM calls WHERE scope = ?"  # noqa: S608 - own text
    found = connection.execute(sql, (scope,))
    entries = [Entry(*row) for row in found.fetchall()]
    return {(entry.key, entry.part): entry for entry in entries}


def journal_path(source: Path | None, list_path: str) -> Path:
    """Return the path of a source's journal: next to the file, or else in the notebook's folder.

    Args:
        source: The file to push. A file of refused rows shares the journal of its source.
        list_path: The list that receives the rows.
    """
    if source is None:
        return Path(
            f"{list_path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}.push-journal"
        )
    stem = source.stem.removesuffix(".refused")
    return source.with_name(f"{stem}.push-journal")
