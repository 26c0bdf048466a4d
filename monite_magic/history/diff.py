"""Compare two JSON values by structure."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Fields that differ even between equivalent answers.
VOLATILE: Final = frozenset(
    {
        "created_at",
        "updated_at",
        "request_id",
        "next_pagination_token",
        "prev_pagination_token",
        "file_url",
        "url",
    }
    | {"last_login", "timestamp", "expires_at", "expires_in"}
)

_MISSING: Final = object()


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes:
        path: The path, for instance `data[0].status`; empty for the whole value.
        kind: `added`, `removed` or `changed`.
        before: The value on the left; None if it was added.
        after: The value on the right; None if it was removed.
    """

    path: str
    kind: str
    before: Any = None
    after: Any = None

    def __str__(self) -> str:
        place = self.path or "(root)"
        if self.kind == "added":
            return f"+ {place}: {self.after!r}"
        if self.kind == "removed":
            return f"- {place}: {self.before!r}"
        return f"~ {place}: {self.before!r} -> {self.after!r}"


def diff(before: Any, after: Any, *, ignore: Iterable[str] = ()) -> list[Change]:
    """Return the differences between two JSON values.

    Lists of objects with IDs are compared by `id`, so that an inserted row is a single change. Other lists
    are compared by position.

    Args:
        before: The value on the left.
        after: The value on the right.
        ignore: Field names (`updated_at`) or dotted paths with `*` (`data.*.amount`) to ignore. `volatile`
            means the names in `VOLATILE`.
    """
    names = set(ignore)
    if "volatile" in names:
        names = (names - {"volatile"}) | VOLATILE
    return [Change(*change) for change in _compare(before, after, (), frozenset(names))]


_Path = tuple[str | int, ...]
_Found = tuple[str, str, Any, Any]


def _compare(before: Any, after: Any, path: _Path, ignore: frozenset[str]) -> Iterator[_Found]:
    if path and _is_ignored(path, ignore):
        return
    if before is _MISSING:
        yield _format_path(path), "added", None, after
    elif after is _MISSING:
        yield _format_path(path), "removed", before, None
    elif isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from _compare(before.get(key, _MISSING), after.get(key, _MISSING), (*path, key), ignore)
    elif isinstance(before, list) and isinstance(after, list):
        for step, left, right in _paired(before, after):
            yield from _compare(left, right, (*path, step), ignore)
    elif not _same(before, after):
        yield _format_path(path), "changed", before, after


def _paired(before: list[Any], after: list[Any]) -> Iterator[tuple[int, Any, Any]]:
    """Pair the items of two lists. The index is the one on the right, or on the left for removed items."""
    if _have_ids(before) and _have_ids(after):
        left = {item["id"]: item for item in before}
        right = {item["id"]: item for item in after}
        for index, item in enumerate(before):
            if item["id"] not in right:
                yield index, item, _MISSING
        for index, item in enumerate(after):
            yield index, left.get(item["id"], _MISSING), item
        return
    for index in range(max(len(before), len(after))):
        yield (
            index,
            before[index] if index < len(before) else _MISSING,
            after[index] if index < len(after) else _MISSING,
        )


def _have_ids(items: list[Any]) -> bool:
    """Whether the items are objects with unique IDs."""
    ids = [item["id"] for item in items if isinstance(item, dict) and isinstance(item.get("id"), (str, int))]
    return len(ids) == len(items) and len(set(ids)) == len(ids)


def _same(before: Any, after: Any) -> bool:
    """Compare JSON values; true is not 1."""
    return isinstance(before, bool) == isinstance(after, bool) and bool(before == after)


def _is_ignored(path: _Path, ignore: frozenset[str]) -> bool:
    if path[-1] in ignore:
        return True
    patterns = [pattern for pattern in ignore if "." in pattern or "*" in pattern]
    if not patterns:
        return False
    dotted = ".".join(str(step) for step in path)
    return any(fnmatchcase(dotted, pattern) for pattern in patterns)


def _format_path(path: _Path) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
