"""Paths and path templates as segments."""

from __future__ import annotations


def split_path(path: str) -> tuple[str, ...]:
    """Split a path into its segments; the query, a fragment and outer slashes are left out.

    Slashes, question marks and hashes inside a `{{ placeholder }}` belong to it.
    """
    if "{{" in path:
        segments = _split_with_placeholders(path)
    else:
        segments = path.partition("?")[0].partition("#")[0].split("/")
    start = 0 if segments[0] else 1
    end = len(segments) if segments[-1] else -1
    return tuple(segments[start:end])


def _split_with_placeholders(path: str) -> list[str]:
    segments, start, index = [], 0, 0
    while index < len(path) and path[index] not in "?#":
        if path.startswith("{{", index):
            end = path.find("}}", index)
            index = end + 2 if end >= 0 else len(path)
            continue
        if path[index] == "/":
            segments.append(path[start:index])
            start = index + 1
        index += 1
    return [*segments, path[start:index]]


def is_placeholder(segment: str) -> bool:
    """Whether a segment stands for a value: `{payable_id}` or `{{ invoice.id }}`."""
    return segment.startswith("{") and segment.endswith("}")
