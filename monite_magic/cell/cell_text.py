"""The text of a cell that this package writes: nothing in it runs but the magic that it begins with."""

from __future__ import annotations

import json
from urllib.parse import quote

from monite_magic.core.clean_text import escaped_for_json, is_clean, whole_characters
from monite_magic.core.errors import RequestError


def checked_cell(text: str) -> str:
    """Return the cell as it may be handed to a front end, or printed.

    A line magic is one line, and a cell magic's first line holds no control character. In a JSON body what
    is not to be shown is escaped.

    Raises:
        RequestError: The line holds a control character, or a body that is not JSON does.
    """
    line, newline, body = text.partition("\n")
    if not is_clean(line) or (newline and not line.startswith("%%")):
        raise RequestError(
            "The call can't be written as a cell: its line would hold a line break or a control character.",
            hint="Take it out.",
        )
    if not newline:
        return line
    escaped = escaped_for_json(body)
    if escaped != whole_characters(body).replace("\r\n", "\n") and not _is_json(escaped):
        raise RequestError(
            "The call can't be written as a cell: its body holds a control character.", hint="Take it out."
        )
    return f"{line}\n{escaped}"


def encoded_target(target: str) -> str:
    """Return a path with its query in which control characters and their kin are percent-encoded."""
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
        return "{{" in text  # a template isn't JSON before it is filled
    return True
