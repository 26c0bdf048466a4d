"""From an answer of 422 back to the cell: where the refused fields stand, and a cell nearer to right."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from monite_magic.display.shapes import Shape, body_shape
from monite_magic.masking import MASK
from monite_magic.tokens import escape_braces, escape_braces_in_json, quote_word

if TYPE_CHECKING:
    from monite_magic.response import MoniteResponse

_MOST_BYTES: Final = 6_000
_MISSING: Final = frozenset({"missing", "value_error.missing"})
_UNKNOWN: Final = frozenset({"extra_forbidden", "value_error.extra"})


def place_in_cell(response: MoniteResponse, path: tuple[Any, ...], kind: str = "") -> str:
    """Return where in the cell the field at `path` stands, in words; empty where that can't be told.

    Args:
        response: The answer.
        path: Keys and indices from the body's root.
        kind: The kind of mistake, by the API's word for it.
    """
    if response.body_line is None:
        return ""
    text = _body(response)
    from monite_magic.errors import RequestError
    from monite_magic.json_text import outline

    try:
        found = _existing(json.loads(text), path)
        line, column = outline(text, first_line=response.body_line).position(found, of_key=kind in _UNKNOWN)
    except (RequestError, ValueError):
        return ""
    return f"line {line}, column {column}"


def mended_cell(response: MoniteResponse) -> str:
    """Return the call as a cell: missing fields stand in it with a value of their type, unknown ones don't.

    Empty if nothing of that kind is wrong, or the body is large, not JSON, or holds a secret.
    """
    text, data = _body(response), response.data
    if not text or MASK in text or not isinstance(data, dict) or not isinstance(data.get("detail"), list):
        return ""
    try:
        body = json.loads(text)
    except ValueError:
        return ""
    shape, changed = body_shape(response), False
    for item in data["detail"]:
        if isinstance(item, dict) and isinstance(item.get("loc"), list) and item["loc"][:1] == ["body"]:
            changed |= _mend(body, tuple(item["loc"][1:]), str(item.get("type")), shape)
    if not changed:
        return ""
    return _cell(response, body)


def same_cell(response: MoniteResponse) -> str:
    """Return the call as a cell; empty if its body is large, not JSON, or holds a secret."""
    text = _body(response)
    if not response.request.body:
        return _cell(response)
    try:
        return "" if not text or MASK in text else _cell(response, json.loads(text))
    except ValueError:
        return ""


def _cell(response: MoniteResponse, *body: Any) -> str:
    request = response.request
    query = urlsplit(request.url).query
    path = quote_word(escape_braces(request.path + (f"?{query}" if query else "")))
    call = f"{request.method} {path}"
    if MASK in call:
        return ""
    if not body:
        return f"%monite {call}"
    return f"%%monite {call}\n{escape_braces_in_json(json.dumps(body[0], indent=2, ensure_ascii=False))}"


def _mend(body: Any, path: tuple[Any, ...], kind: str, shape: Shape) -> bool:
    if not path or kind not in _MISSING | _UNKNOWN:
        return False
    *above, name = _existing(body, path[:-1]) + path[-1:]
    place = body
    for part in above:
        shape = shape.of(place)
        shape = shape.items if isinstance(part, int) else shape.field(part)
        place = place[part]
    if not isinstance(place, dict) or not isinstance(name, str):
        return False
    if kind in _UNKNOWN:
        return place.pop(name, None) is not None
    place.setdefault(name, _sample(shape.of(place).field(name)))
    return True


def _sample(shape: Shape) -> Any:
    """Return a value of the shape's type, plainly to be replaced where it is a text."""
    if shape.enum:
        return shape.enum[0]
    for kind, value in (("object", {}), ("array", []), ("integer", 0), ("number", 0), ("boolean", False)):
        if kind in shape.types:
            return value
    return "…"


def _existing(data: Any, path: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the path without what is not in the data: names of alternatives, and fields that are missing."""
    kept: list[Any] = []
    for part in path:
        in_object = isinstance(data, dict) and isinstance(part, str) and part in data
        if in_object or (isinstance(data, list) and isinstance(part, int) and 0 <= part < len(data)):
            data = data[part]
            kept.append(part)
    return tuple(kept)


def _body(response: MoniteResponse) -> str:
    body = response.request.body
    return body.decode("utf-8", "replace") if body and len(body) <= _MOST_BYTES else ""
