"""Check whether a file with credentials is trusted, and whether git could publish it.

This module only reads files and never runs git: a repository's `core.fsmonitor` could run a program.
"""

from __future__ import annotations

import enum
import fnmatch
import os
import stat
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def why_not_believed(path: Path, start: Path, *, is_named: bool = False) -> str | None:
    """Return why the file must not choose where a secret goes, or None if it is trusted.

    The file must belong to this user (for root: to the owner of the notebook's folder). Others must not be
    able to write to it or its folder; of a symbolic link, to the target's folder too. On Windows nothing is
    checked.

    Args:
        path: The file.
        start: The notebook's folder.
        is_named: Whether the user has named the file. Then it can also belong to root, or be in a folder such
            as `/tmp`, where others can't replace it.
    """
    if os.name != "posix" or sys.platform == "emscripten":  # a browser has one user
        return None
    me = os.geteuid()
    owner = me or start.stat().st_uid
    file = path.stat()
    if file.st_uid != owner and not (is_named and file.st_uid in {0, me}):
        return "it belongs to another user"
    folders = [folder.stat() for folder in {path.parent.resolve(), path.resolve().parent}]
    if is_named:
        folders = [folder for folder in folders if not folder.st_mode & stat.S_ISVTX]
    for status, what in ((file, "it"), *((folder, "its folder") for folder in folders)):
        if status.st_mode & stat.S_IWOTH:
            return f"{what} can be written by everyone"
        if status.st_mode & stat.S_IWGRP and _has_other_members(status.st_gid, file.st_uid):
            return f"{what} can be written by a group with other members"
    return None


def _has_other_members(gid: int, uid: int) -> bool:
    """Whether a group has other members. A group that can't be looked up counts as shared."""
    import grp
    import pwd

    try:
        me = pwd.getpwuid(uid).pw_name
    except KeyError:
        me = ""
    try:
        named = set(grp.getgrgid(gid).gr_mem)
    except KeyError:
        named = set()
        if not any(user.pw_gid == gid for user in pwd.getpwall()):
            return True
    primary = {user.pw_name for user in pwd.getpwall() if user.pw_gid == gid}
    return bool((named | primary) - {me})


class GitState(enum.Enum):
    """The state of a file in git."""

    OUTSIDE = "in no repository"
    TRACKED = "tracked"
    IGNORED = "ignored"
    EXPOSED = "neither tracked nor ignored"


def git_state(path: Path) -> GitState:
    """Return the state of a file in git, from the repository's index and `.gitignore` files.

    Global excludes are not read.
    """
    path = path.absolute()
    root = next((folder for folder in path.parents if (folder / ".git").exists()), None)
    if root is None:
        return GitState.OUTSIDE
    relative = path.relative_to(root).as_posix()
    if _is_tracked(relative.encode(), _bytes_of(_git_folder(root) / "index")):
        return GitState.TRACKED
    ignored = False
    folders = [root, *reversed([each for each in path.parents if each.is_relative_to(root) and each != root])]
    sources = [root / ".git" / "info" / "exclude", *(folder / ".gitignore" for folder in folders)]
    for source in sources:
        base = root if source.name == "exclude" else source.parent
        for line in _bytes_of(source).decode("utf-8", "replace").splitlines():
            rule = line.strip()
            if rule and not rule.startswith("#") and _matches(rule.lstrip("!"), path, base):
                ignored = not rule.startswith("!")
    return GitState.IGNORED if ignored else GitState.EXPOSED


def _git_folder(root: Path) -> Path:
    """Return the folder with git's files. In a worktree or submodule, `.git` is a file that names it."""
    marker = root / ".git"
    if marker.is_dir():
        return marker
    named = _bytes_of(marker).decode("utf-8", "replace").strip().removeprefix("gitdir:").strip()
    return root / named


def _is_tracked(name: bytes, index: bytes) -> bool:
    """Whether the index has an entry with this name. Its length is right before it, or two bytes earlier."""
    at = index.find(name + b"\0")
    while at >= 0:
        for end in (at, at - 2):  # entries of version 3 can have two bytes of flags more
            if int.from_bytes(index[max(end - 2, 0) : max(end, 0)], "big") & 0xFFF == min(len(name), 0xFFF):
                return True
        at = index.find(name + b"\0", at + 1)
    return False


def _matches(rule: str, path: Path, base: Path) -> bool:
    """Whether a line of a `.gitignore` in `base` matches the file or one of its folders."""
    relative = path.relative_to(base)
    candidates = [relative, *relative.parents[:-1]]
    if rule.endswith("/"):
        rule, candidates = rule.rstrip("/"), candidates[1:]
    rule = rule.removeprefix("**/")
    if "/" not in rule.rstrip("/"):
        return any(fnmatch.fnmatchcase(each.name, rule) for each in candidates)
    return any(fnmatch.fnmatchcase(each.as_posix(), rule.lstrip("/")) for each in candidates)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
