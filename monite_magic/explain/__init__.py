"""What a refusal means in words, and the corrected cell to run next."""

from __future__ import annotations

from monite_magic.explain.problems import problem_of

__all__ = ["problem_of"]
