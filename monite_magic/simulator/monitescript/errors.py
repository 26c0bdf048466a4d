"""The error for a trigger or a script that can't be evaluated."""

from __future__ import annotations

import json
from typing import Any

#: The deepest nesting of lists, groups and parentheses.
MAX_DEPTH = 32
# The longest part of a value that a message repeats.
_SHOWN = 60


class ScriptError(ValueError):
    """A trigger or a script that can't be evaluated.

    Args:
        place: Where, such as `trigger.all[1].left_operand`.
        problem: The problem at this place.
    """

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}")
        self.place = place
        self.problem = problem


def shown(value: Any) -> str:
    """The beginning of a value as JSON."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def check_depth(depth: int, place: str) -> None:
    """Refuse nesting that is too deep."""
    if depth > MAX_DEPTH:
        raise ScriptError(place, f"nested more than {MAX_DEPTH} levels deep")
