"""Cells that this package writes. Only the magic at the start of such a cell can run."""

from __future__ import annotations

import json
from urllib.parse import quote

from monite_magic.core.clean_text import escaped_for_json, is_clean, whole_characters
from monite_magic.core.errors import RequestError


def checked_cell(text: str) -> str:
    """Return the cell, safe to pass to a front end or to print.

    A line magic must be one line. The first line of a cell magic must have no control characters. In a JSON
    body, unprintable characters are escaped.

    Raises:
        RequestError: The line, or a body that is not JSON, contains a control character.
    """
    line, newline, body = text.partition("\n")
    if not is_clean(line) or (newline and not line.startswith("%%")):
        raise RequestError(
            "The call can't be written as a cell: its line contains a line break or a control character.",
            hint="Remove it.",
        )
    if not newline:
        return line
    escaped = escaped_for_json(body)
    if escaped != whole_characters(body).replace("\r\n", "\n") and not _is_json(escaped):
        raise RequestError(
            "The call can't be written as a cell: its body contains a control character.", hint="Remove it."
        )
    return f"{line}\n{escaped}"


def encoded_target(target: str) -> str:
    """Return a path and its query with unprintable characters percent-encoded."""
    if is_clean(target):
        return target
    return "".join(
        character if is_clean(character) else quote(character, errors="replace")
        for character in whole_characters(target)
    )


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return "{{" in text  # a template becomes JSON when it is filled
    return True
