"""The explanation of an error on a card; `monite_magic.explain.problems` creates it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """A rejected field: its path, its position in the cell, and the problem."""

    path: str
    place: str
    message: str


@dataclass(frozen=True, slots=True)
class Problem:
    """The explanation of an error answer.

    Attributes:
        what: What happened, in one sentence.
        why: The reason.
        fields: The rejected fields.
        next_step: What to do.
        cell: The cell for the next step; empty if there is none.
    """

    what: str
    why: str = ""
    fields: tuple[FieldProblem, ...] = ()
    next_step: str = ""
    cell: str = ""
