"""Text that is exported, written so that no importer, ours or another tool's, takes it for a variable.

`{{x}}`, `<id>`, `:id` and `YOUR_ID` can be meant as they stand. In a URL and in JSON an escape says so and
means the same. A header has no escapes.
"""

from __future__ import annotations

import re
from typing import Final

from monite_magic.history.exchange.marks import stand_in

_STRING: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)


def literal_target(target: str) -> str:
    """Return a path with its query in which no segment and no value stands for another."""
    path, question_mark, query = target.partition("?")
    path = "/".join(map(literal_value, path.split("/")))
    pairs = [pair.partition("=") for pair in query.split("&")]
    return (
        path + question_mark + "&".join(f"{name}{sign}{literal_value(value)}" for name, sign, value in pairs)
    )


def literal_value(text: str) -> str:
    """Return a segment or value, percent-encoded already, that stands for nothing else."""
    return f"%{ord(text[0]):02X}{text[1:]}" if stand_in(text) else text


def literal_json(text: str) -> str:
    """Return a JSON text in which no string stands for another value, and no `{{` opens a variable."""
    escaped = _STRING.sub(lambda match: f'"{_escaped(match[1])}"', text)
    return escaped.replace("{{", "\\u007b\\u007b")


def _escaped(text: str) -> str:
    return f"\\u{ord(text[0]):04x}{text[1:]}" if stand_in(text) else text
