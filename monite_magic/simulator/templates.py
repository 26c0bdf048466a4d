"""Texts with variables, such as `Dear {counterpart_name}`, for subjects and bodies of emails."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLE = re.compile(r"\{\{?\s*([A-Za-z_][\w.]*)\s*\}?\}")


def fill(text: str, values: Mapping[str, object]) -> str:
    """Replace the variables of a text. Unknown ones stay unchanged."""

    def value(match: re.Match[str]) -> str:
        found = values.get(match.group(1))
        return match.group(0) if found is None else str(found)

    return _VARIABLE.sub(value, text)
