"""Paths of the API: normalized and checked for a call, and split into segments."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote, urlsplit

from monite_magic.core.environments import origin_of
from monite_magic.core.errors import OriginError, RequestError
from monite_magic.core.masking import mask_text

#: The end of all base URLs of this API. No path of the API starts with it.
_PREFIX: Final = "/v1"


def clean_path(written: str, base_url: str | None = None, *, column: int | None = None) -> str:
    """Return the path of a call relative to the base URL, with its query.

    Args:
        written: A path, with or without the base URL's path (`/v1`), or a whole URL.
        base_url: The environment's base URL. If it is None, a whole URL is returned unchanged.
        column: Column of the path in the cell's line, for errors.

    Raises:
        RequestError: The path is ambiguous, or part of it would be cut off.
        OriginError: The URL is not below the base URL.
    """
    path = written
    if _is_url(path):
        if base_url is None and not path.startswith("//"):
            return path
        path = _below(base_url, path)
    for prefix in (_PREFIX, urlsplit(base_url or "").path):
        if prefix and path.startswith(f"{prefix}/"):
            path = path.removeprefix(prefix)
            break
    bare = path.partition("?")[0]
    # Some servers decode %2F before they look for dots.
    has_dots = any(segment in {".", ".."} for segment in unquote(bare).split("/"))
    if "#" in path:
        message, hint = "The path contains a #, and the text after it would not be sent.", "Write %23."
    elif not path.startswith("/"):
        message, hint = "The path must start with /.", f"Write /{path[:60]}."
    elif path.startswith("//"):
        message, hint = "The path starts with //.", "Write a single /."
    elif "//" in bare or has_dots:
        message = "The path has an empty, . or .. segment."
        hint = "Remove the segment."
    else:
        return path
    raise RequestError(message, hint=hint, line=None if column is None else 1, column=column)


def _is_url(path: str) -> bool:
    return path.startswith("//") or (not path.startswith("/") and "://" in path.partition("?")[0])


def _below(base_url: str | None, url: str) -> str:
    """Return the path of a URL below the base URL."""
    if base_url is None:
        return url
    if origin_of(url) != origin_of(base_url) or not url.startswith(f"{base_url}/"):
        raise OriginError(
            f"{mask_text(origin_of(url)[1] or url)} is not the API at {urlsplit(base_url).netloc}: "
            "the token goes only there.",
            hint=f"Write only the path; it is added to {base_url}. To switch, run %monite_use --env.",
        )
    return url.removeprefix(base_url)


def split_path(path: str) -> tuple[str, ...]:
    """Split a path into its segments, without the query, the fragment and outer slashes.

    Slashes, question marks and hashes inside a `{{ placeholder }}` don't split.
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
    """Whether a segment is a placeholder: `{payable_id}` or `{{ invoice.id }}`."""
    return segment.startswith("{") and segment.endswith("}")
