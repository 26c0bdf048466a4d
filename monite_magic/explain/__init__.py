"""Explain an error answer, and draft the corrected cell."""

from __future__ import annotations

from monite_magic.explain.problems import problem_of

__all__ = ["problem_of"]
