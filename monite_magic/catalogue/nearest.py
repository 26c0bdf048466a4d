"""Find names similar to a mistyped one: path templates, and words.

Paths are compared by segment, because users mistype one segment: `/counterpart/8f2a…/adresses` is similar to
`/counterparts/{counterpart_id}/addresses`, however long the ID is.
"""

from __future__ import annotations

from difflib import SequenceMatcher, get_close_matches
from typing import TYPE_CHECKING

from monite_magic.core.api_path import is_placeholder, split_path

if TYPE_CHECKING:
    from collections.abc import Iterable

LEAST_LIKENESS = 0.5
_SLIP = 0.8
_MOST = 3

# `unpaid` is not a typo of `paid`: the suggestion would say the opposite.
_NEGATIONS = ("un", "in", "dis", "non", "non_", "not_")

_VALUE = "{}"


def nearest_paths(path: str, templates: Iterable[str]) -> list[str]:
    """Return the templates similar to a path, best first."""
    wanted = _shape(path)
    if wanted[:1] == ["v1"]:  # the end of the base URL, typed as part of the path
        wanted = wanted[1:]
    scored = sorted((-_path_likeness(wanted, _shape(template)), template) for template in templates)
    return [template for score, template in scored[:_MOST] if -score >= LEAST_LIKENESS]


def nearest_words(word: str, words: Iterable[str], n: int = _MOST, *, likeness: float = 0.6) -> list[str]:
    """Return the words similar to `word`, best first. If one differs only in case, return only that.

    Opposites are left out.

    Args:
        word: A mistyped word.
        words: The known words.
        n: The maximum number of results.
        likeness: The minimum similarity, from 0 to 1, unless a word contains `word`.
    """
    by_lower = {each.lower(): each for each in words}
    if word.lower() in by_lower:
        return [by_lower[word.lower()]]
    by_lower = {lower: each for lower, each in by_lower.items() if not _are_opposites(word.lower(), lower)}
    close = get_close_matches(word.lower(), by_lower, n=n, cutoff=likeness)
    if len(close) < n and len(word) >= 3:
        close += [each for each in by_lower if word.lower() in each and each not in close]
    return [by_lower[each] for each in close[:n]]


def is_slip(word: str, words: Iterable[str]) -> bool:
    """Whether a word is probably a typo of one of `words`: `stauts` for `status`."""
    return bool(get_close_matches(word.lower(), words, n=1, cutoff=_SLIP))


def _are_opposites(first: str, second: str) -> bool:
    return any(first == f"{no}{second}" or second == f"{no}{first}" for no in _NEGATIONS)


def _shape(path: str) -> list[str]:
    """Return the path's segments, with `{}` for values."""
    return [
        _VALUE
        if is_placeholder(segment) or (any(map(str.isdigit, segment)) and segment != "v1")
        else segment.lower()
        for segment in split_path(path)
    ]


def _path_likeness(wanted: list[str], shape: list[str]) -> float:
    if len(wanted) == 1 and len(shape) > 1:
        # A single word can also be a resource below another.
        return 0.7 * max(_likeness(wanted[0], segment) for segment in shape)
    longest = max(len(wanted), len(shape))
    return sum(map(_likeness, wanted, shape)) / longest if longest else 0.0


def _likeness(wanted: str, segment: str) -> float:
    if wanted == segment:
        return 1.0
    if _VALUE in (wanted, segment):
        return 0.3
    start = segment[: len(wanted) + 1]  # `aprove` means `approve_payment_operation`
    return max(_ratio(wanted, segment), 0.9 * _ratio(wanted, start))


def _ratio(first: str, second: str) -> float:
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() > LEAST_LIKENESS else 0.0
