"""A completion choice: its text, and its label in the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Choice(NamedTuple):
    """A text to insert, with a short label."""

    text: str
    what: str


class Choices(NamedTuple):
    """The choices for a completion.

    Attributes:
        choices: The choices, best first.
        fragment: The text before the cursor that a choice replaces.
    """

    choices: list[Choice]
    fragment: str


def matching(choices: Iterable[Choice], fragment: str) -> list[Choice]:
    """Return the choices that start with a fragment, then those that contain it, ignoring case.

    Args:
        choices: All choices.
        fragment: The text typed so far.
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
