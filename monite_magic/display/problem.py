"""What a refusal means, as the card shows it: made by `monite_magic.explain.problems`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field that was not accepted: its path, its place in the cell, and what is wrong with it."""

    path: str
    place: str
    message: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What an error answer amounts to.

    Attributes:
        what: What happened, one sentence.
        why: Why, in our words.
        fields: The fields that it is about.
        next_step: What to do, in words.
        cell: The next step as a cell to be run; empty if there is none.
    """

    what: str
    why: str = ""
    fields: tuple[FieldProblem, ...] = ()
    next_step: str = ""
    cell: str = ""
