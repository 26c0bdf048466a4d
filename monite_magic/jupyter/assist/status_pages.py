"""The page of `%monite_help payable states`: the statuses, who acts next, and with which call."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from monite_magic.catalogue.lifecycles import LIFECYCLES, lifecycles_of
from monite_magic.display.grid import Cell, Column, Grid
from monite_magic.display.parts import Card, Code, Table, Title, Words

if TYPE_CHECKING:
    from monite_magic.catalogue.lifecycles import Lifecycle
    from monite_magic.display.parts import Part

_TONE: Final = "info"
_STATE_WORDS: Final = frozenset(["state", "states", "status", "statuses", "lifecycle", "lifecycles"])
_SMALL_WORDS: Final = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "for",
        "all",
        "what",
        "which",
        "are",
        "is",
        "can",
        "do",
        "does",
        "have",
        "has",
        "there",
    ]
)
_HEADINGS: Final = ("status", "who acts next", "with which call", "leads to")


def asked_for(text: str) -> list[Lifecycle] | None:
    """Return the lifecycles that a search asks for, or None if it asks for something else.

    Args:
        text: The search: `payable states`, `statuses of an invoice`, or only `states`.
    """
    words = re.sub(r"[?!.,]", " ", text.lower()).split()
    if not _STATE_WORDS.intersection(words):
        return None
    name = [word for word in words if word not in _STATE_WORDS and word not in _SMALL_WORDS]
    return (lifecycles_of(" ".join(name)) or None) if name else []


def states_page(found: list[Lifecycle]) -> Card:
    """Return the page of the documents' statuses. Without documents, list those that have a page.

    Args:
        found: The result of `asked_for`.
    """
    if not found:
        rows: list[tuple[str, ...]] = [
            (f"%monite_help {each.name} states", each.path.replace("{}", "ID")) for each in LIFECYCLES
        ]
        return Card(_TONE, [Title("States", _TONE), _table(("type this", "path"), rows)])
    parts: list[Part] = []
    for lifecycle in found:
        also = f" ({lifecycle.words[0]})" if lifecycle.words[0] != lifecycle.name else ""
        parts += [
            Title(f"States of the {lifecycle.name}{also}", _TONE),
            Code(diagram(lifecycle)),
            _table(_HEADINGS, _rows(lifecycle)),
            Words(f"{_ends(lifecycle)} … stands for {lifecycle.path.replace('{}', 'ID')}."),
        ]
    parts.append(Words("In parentheses: the permission that the user's role needs.", quiet=True))
    return Card(_TONE, parts)


def diagram(lifecycle: Lifecycle) -> str:
    """Draw the usual statuses on one line, and other transitions on lines below.

    Args:
        lifecycle: The document's statuses.
    """
    usual = list(zip(lifecycle.usual, lifecycle.usual[1:], strict=False))
    ways: dict[str, list[str]] = {}
    for change in lifecycle.changes():
        for source in change.sources:
            known = ways.setdefault(change.target, [])
            if (source, change.target) not in usual and source != change.target and source not in known:
                known.append(source)
    width = max((len(_listed(sources)) for sources in ways.values()), default=0)
    lines = [f"{_listed(sources):>{width}} → {target}" for target, sources in ways.items() if sources]
    return "\n".join([" → ".join(lifecycle.usual), *([""] if lines else []), *lines])


def _listed(statuses: list[str]) -> str:
    return ", ".join(statuses)


def _rows(lifecycle: Lifecycle) -> list[tuple[str, ...]]:
    """One row for each status and call."""
    rows: dict[tuple[str, str, str], list[str]] = {}
    changes = lifecycle.changes()
    for status in lifecycle.statuses:
        for change in changes:
            if status in change.sources:
                how = change.how.replace(lifecycle.path, "…").replace("{}", "ID")
                rows.setdefault((status, change.who, how), []).append(change.target)
    return [(*row, " or ".join(targets)) for row, targets in rows.items()]


def _ends(lifecycle: Lifecycle) -> str:
    """Return a sentence about final statuses, and about those that only the API sets."""
    changes = lifecycle.changes()
    left = {status for change in changes for status in change.sources}
    reached = {change.target for change in changes} | {lifecycle.usual[0]}
    final = [status for status in lifecycle.statuses if status not in left and status in reached]
    unreached = [status for status in lifecycle.statuses if status not in left | reached]
    text = f"Final: {_listed(final)}."
    return f"{text} No call leads to {_listed(unreached)}: the API sets them." if unreached else text


def _table(names: tuple[str, ...], rows: list[tuple[str, ...]]) -> Table:
    cells = [
        [Cell(text, look="code" if not index else "text") for index, text in enumerate(row)] for row in rows
    ]
    return Table(Grid([Column(name) for name in names], cells), len(rows), len(rows))
