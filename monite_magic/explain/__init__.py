"""Explain an error answer, and draft the corrected cell.

`problems` has the explanations and hints, one function per kind of error. `corrected_cell` and `corrections`
draft the cell; `gaps` are its placeholders.
"""

from __future__ import annotations

from monite_magic.explain.problems import problem_of

__all__ = ["problem_of"]
