"""Allow only one pull at a time per folder or file, across processes."""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING, Final

from monite_magic.core import RequestError, share_like_folder

if TYPE_CHECKING:
    from pathlib import Path

#: Dataset readers ignore names that start with an underscore.
_NAME: Final = "_lock"
_files: Final[set[Path]] = set()
_files_change: Final = threading.Lock()


class FolderLock:
    """Locks a folder with an open transaction of an empty SQLite file.

    The lock ends with the process, and works on every system and between threads. The file is not deleted:
    otherwise, two pulls could lock two files with the same name.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._connection: sqlite3.Connection | None = None

    def take(self) -> None:
        """Take the lock. The folder must exist.

        Raises:
            RequestError: Another pull has the lock, or the folder can't be locked.
        """
        file = self._folder / _NAME
        is_new = not file.exists()
        try:
            # Another thread than the one that opened a pull can close it.
            self._connection = sqlite3.connect(file, timeout=0, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode = MEMORY")  # avoids a second file
            self._connection.execute("BEGIN EXCLUSIVE")
            if is_new:
                share_like_folder(file)
        except sqlite3.Error as error:
            self.release()
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise _busy(self._folder, "folder") from None
            raise RequestError(
                f"Can't lock {file}: {error}.",
                hint="Pull to another folder, on a disk of this machine.",
            ) from None

    def release(self) -> None:
        """Release the lock if it was taken."""
        if self._connection is not None:
            self._connection.close()


class FileLock:
    """Locks a DuckDB file against other pulls in this process. DuckDB locks out other processes.

    Args:
        file: The file.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._taken: Path | None = None

    def take(self) -> None:
        """Take the lock.

        Raises:
            RequestError: Another pull has the lock.
        """
        file = self._file.resolve()
        with _files_change:
            if file in _files:
                raise _busy(self._file, "file")
            self._taken = file
            _files.add(file)

    def release(self) -> None:
        """Release the lock if it was taken."""
        if self._taken is not None:
            _files.discard(self._taken)
            self._taken = None


def _busy(place: Path, kind: str) -> RequestError:
    hint = f"Wait until it is done, or pull to another {kind}."
    return RequestError(f"Another pull is writing to {place}.", hint=hint)
