"""Write files with the right permissions: private, or shared like their folder."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_OWNER_ONLY: Final = 0o600
_NOT_EXECUTABLE: Final = 0o666


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only this user can read (mode 0600), even if it already exists.

    Raises:
        OSError: The file can't be written.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), _OWNER_ONLY)
    with os.fdopen(handle, "wb") as file:
        if stat.S_ISREG(os.fstat(handle).st_mode) and hasattr(os, "fchmod"):
            os.fchmod(handle, _OWNER_ONLY)
        file.write(content)


def share_like_folder(path: Path) -> None:
    """Give a file or folder the mode of its parent folder, which may be shared."""
    if os.name != "posix":
        return
    mode = stat.S_IMODE(path.parent.stat().st_mode)
    with contextlib.suppress(PermissionError):  # some file systems have no modes
        path.chmod(mode if path.is_dir() else mode & _NOT_EXECUTABLE)
