"""Texts with variables, such as `Dear {counterpart_name}`, in the subjects and bodies of mails."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLE = re.compile(r"\{\{?\s*([A-Za-z_][\w.]*)\s*\}?\}")


def fill(text: str, values: Mapping[str, object]) -> str:
    """The text with its variables replaced; one that is not known stays as it is written."""

    def value(match: re.Match[str]) -> str:
        found = values.get(match.group(1))
        return match.group(0) if found is None else str(found)

    return _VARIABLE.sub(value, text)
