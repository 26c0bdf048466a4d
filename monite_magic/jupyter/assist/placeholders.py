"""Completion inside `{{ … }}`: the notebook's variables and their content."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from monite_magic.jupyter.assist.choices import Choice, Choices, matching
from monite_magic.jupyter.assist.situation import data_of

if TYPE_CHECKING:
    from monite_magic.jupyter.assist.situation import Situation

_STEP = re.compile(r"""\.?(\w+)|\[(?:(\d+)|"([^"]*)"|'([^']*)')\]""")
_MAX_ITEMS = 10


def open_placeholder(fragment: str) -> str | None:
    """Return the text of an unclosed placeholder, or None outside of one."""
    _, braces, reference = fragment.rpartition("{{")
    return reference.lstrip() if braces and "}}" not in reference else None


def complete_placeholder(situation: Situation, reference: str) -> Choices:
    """Return the choices for an incomplete reference: `inv`, `invoice.`, `page.data[0].`.

    Args:
        situation: The context, with the notebook's variables.
        reference: The text after the braces, up to the cursor.
    """
    head, dot, last = reference.rpartition(".")
    if not dot:
        found = [Choice(name, _what(value)) for name, value in situation.variables()]
        last_result = situation.names.get("_")
        if last_result is not None and not isinstance(last_result, str):
            found.append(Choice("_", "the last result"))
        return Choices(matching(found[::-1], reference), reference)
    value = _follow(situation, head)
    return Choices(matching(_members(value), last), last)


def _follow(situation: Situation, reference: str) -> Any:
    """Return the value of a reference into data, or None."""
    steps = [next(filter(None, match.groups()), "") for match in _STEP.finditer(reference)]
    value = situation.names.get(steps[0]) if steps else None
    for step in steps[1:]:
        value = _child(value, step)
    return data_of(value)


def _child(value: Any, step: str) -> Any:
    data = data_of(value)
    if isinstance(data, dict) and step in data:
        return data[step]
    if isinstance(data, list) and step.isdigit() and int(step) < len(data):
        return data[int(step)]
    return data if step == "data" and data is not value else None  # a response's own `.data`


def _members(value: Any) -> list[Choice]:
    if isinstance(value, dict):
        found = []
        for key, item in value.items():
            if str(key).isidentifier():
                found.append(Choice(str(key), _what(item)))
                if isinstance(item, list):
                    found += [Choice(f"{key}[{i}]", _what(each)) for i, each in enumerate(item[:_MAX_ITEMS])]
        return found
    return []


def _what(value: Any) -> str:
    """Describe a variable: its type, or a plain value itself."""
    data = data_of(value)
    if isinstance(data, dict):
        from monite_magic.session import label_of

        return f"object {label_of(data)}".strip()
    if isinstance(data, list):
        return f"list of {len(data)}"
    if type(data) in (int, float, bool):
        return f"{type(data).__name__} {data}"
    return type(value).__name__
