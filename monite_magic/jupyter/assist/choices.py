"""One thing to choose when completing: its text, and what stands beside it in the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Choice(NamedTuple):
    """What would be inserted, and a few words on it."""

    text: str
    what: str


class Choices(NamedTuple):
    """What to choose from.

    Attributes:
        choices: The choices, the best first.
        fragment: The text before the cursor that a choice replaces.
    """

    choices: list[Choice]
    fragment: str


def matching(choices: Iterable[Choice], fragment: str) -> list[Choice]:
    """Return the choices that begin with a fragment, then those that contain it; letter case is ignored.

    Args:
        choices: All there are.
        fragment: What is typed so far.
    """
    wanted = fragment.lower()
    if not wanted:
        return list(choices)
    first, second = [], []
    for choice in choices:
        text = choice.text.lower().lstrip('"')
        if text.startswith(wanted):
            first.append(choice)
        elif wanted in text:
            second.append(choice)
    return first + second
