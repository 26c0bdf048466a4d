"""Go from an error answer back to the cell: locate the fields, and draft a corrected cell."""

from __future__ import annotations

import json
import re
from functools import reduce
from operator import getitem
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

from monite_magic.catalogue.fields import descend, dotted, fields
from monite_magic.catalogue.wording import listed
from monite_magic.cell.cell_text import encoded_target
from monite_magic.cell.line_words import escape_braces, escape_braces_in_json, quote_word
from monite_magic.core.clean_text import escaped_for_json
from monite_magic.core.masking import MASK
from monite_magic.explain.gaps import Draft, Gap, gap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monite_magic.api import Answer
    from monite_magic.catalogue import Catalogue, Schema

_MAX_BYTES: Final = 6_000
_MARK: Final = "\ue000"  # a private-use character that no body contains
_MARKED: Final = re.compile(f'"{_MARK}([a-z_0-9]+)({_MARK}?)"', re.IGNORECASE)
_MISSING: Final = frozenset({"missing", "value_error.missing"})
_UNKNOWN: Final = frozenset({"extra_forbidden", "value_error.extra"})


def place_in_cell(response: Answer, path: tuple[Any, ...], kind: str = "") -> str:
    """Return the position of a field in the cell, in words, or an empty string if it is unknown.

    Args:
        response: The answer.
        path: Keys and indices from the body's root.
        kind: The API's error type.
    """
    if response.body_line is None:
        return ""
    text = _body(response)
    from monite_magic.cell import outline
    from monite_magic.core import RequestError

    try:
        found = _existing(json.loads(text), path)
        line, column = outline(text, first_line=response.body_line).position(found, of_key=kind in _UNKNOWN)
    except (RequestError, ValueError, RecursionError):
        return ""
    return f"line {line}, column {column}"


class CorrectedCell(NamedTuple):
    """A corrected call.

    Attributes:
        cell: The cell to fill in and run.
        advice: What was changed and what to fill in.
    """

    cell: str
    advice: str


def corrected_cell(response: Answer) -> CorrectedCell | None:
    """Return the rejected call with corrections, or None if there is nothing to correct.

    The catalogue's check goes first, since the API's error list mixes the problems of all kinds of body.
    Missing values become placeholders, so the cell can't be sent before they are filled in. The result is
    also None if the body is large, not JSON, or contains a secret.
    """
    text, data = _body(response), response.data
    if not text or MASK in text or not isinstance(data, dict) or not isinstance(data.get("detail"), list):
        return None
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return None
    draft = _merge_api_errors(response, body, _corrected(response, body), data["detail"])
    if not (draft.changes or draft.gaps):
        return None
    cell = _cell(response, draft.body)
    return CorrectedCell(cell, _advice(draft, response)) if cell else None


def _advice(draft: Draft, response: Answer) -> str:
    sentences = []
    if draft.changes:
        sentences.append(f"Changed: {listed(draft.changes)}.")
    if draft.gaps:
        sentences.append(f"Fill in: {listed(draft.gaps)}.")
        if _schema(response)[1] is not None:
            sentences.append(f"(Allowed values: %monite_help {response.request.method} {response.template})")
    return f"{' '.join(sentences)} Then send it again:"


def _corrected(response: Answer, body: Any) -> Draft | None:
    """Return the body corrected by the catalogue's check, or None if it finds no problem."""
    known, schema = _schema(response)
    if schema is None:
        return None
    from monite_magic.explain.corrections import correct  # it needs jsonschema

    return correct(known, schema, body)


def _merge_api_errors(response: Answer, body: Any, corrected: Draft | None, detail: list[Any]) -> Draft:
    """Apply the API's error list to the body, after the check's corrections.

    If the check found problems, an error counts only if the catalogue agrees that the field exists.
    """
    known, schema = _schema(response)
    body = corrected.body if corrected else body
    changes, gaps = [], []
    for item in detail:
        if not isinstance(item, dict) or not isinstance(item.get("loc"), list):
            continue
        where, *path = item["loc"] or [""]
        kind = str(item.get("type"))
        if where != "body" or not path or not isinstance(path[-1], str):
            continue
        above, name = _existing(body, tuple(path[:-1])), path[-1]
        place = reduce(getitem, above, body)
        if kind not in _MISSING | _UNKNOWN or not isinstance(place, dict):
            continue
        there = fields(descend(known, schema, above, body)) if schema is not None else {}
        if corrected and (name in there) != (kind in _MISSING):
            continue
        if kind in _UNKNOWN and name in place:
            del place[name]
            changes.append(f"{dotted((*above, name))} removed")
        elif kind in _MISSING and name not in place:
            place[name] = gap(known, [there[name].schema] if name in there else [], name)
            gaps.append(dotted((*above, name)))
    done = corrected or Draft(body, (), ())
    return Draft(body, (*done.changes, *changes), (*done.gaps, *gaps))


def _schema(response: Answer) -> tuple[Catalogue, Schema | None]:
    """Return the catalogue, and the schema of the call's JSON body if it is known."""
    from monite_magic import catalogue

    known = catalogue.current(response.api_version)
    match = known.find(response.request.method, response.template) if response.template else None
    body = match.operation.body if match else None
    return known, body.schema if body and body.content_type == "application/json" else None


def same_cell(response: Answer, *, path: str | None = None) -> str:
    """Return the call as a cell; empty if its body is large, not JSON, or contains a secret.

    Args:
        response: The answer.
        path: Another path to send it to, as cell text with placeholders.
    """
    text = _body(response)
    if not response.request.body:
        return _cell(response, path=path)
    try:
        return "" if not text or MASK in text else _cell(response, json.loads(text), path=path)
    except (ValueError, RecursionError):
        return ""


def cell_at_nearest(response: Answer, templates: Sequence[str]) -> str:
    """Return the call as a cell for the most similar path; empty if there is none.

    The first path with the call's method wins. Known IDs are filled in, missing ones become placeholders. If
    no path has the method, the cell reads the first path or shows its help: it never drafts a write that you
    did not ask for.

    Args:
        response: The answer to an unknown path.
        templates: The most similar paths, best first.
    """
    from monite_magic import catalogue

    if not templates:
        return ""
    known, method = catalogue.current(response.api_version), response.request.method
    for template in templates:
        if known.find(method, template):
            cell = same_cell(response, path=_filled(template, response.request.path))
            return cell or f"%monite_help {method} {template}"
    methods = [operation.method for operation in known.at(templates[0])]
    if "GET" in methods:
        return f"%monite GET {_filled(templates[0], response.request.path)}"
    return f"%monite_help {methods[0]} {templates[0]}"


def _filled(template: str, path: str) -> str:
    """Return a path template as cell text, with the IDs that `path` has in the same positions."""
    given = path.removeprefix("/v1/").strip("/").split("/")
    parts = []
    for place, part in enumerate(template.strip("/").split("/")):
        value = given[place] if place < len(given) else ""
        if not part.startswith("{"):
            parts.append(part)
        elif any(map(str.isdigit, value)):  # an ID; a word would be part of the path
            parts.append(escape_braces(value))
        else:
            parts.append(f"{{{{ {part[1:-1]} }}}}")
    return "/" + "/".join(parts)


def _cell(response: Answer, *body: Any, path: str | None = None) -> str:
    request = response.request
    query = urlsplit(request.url).query
    query = escape_braces(f"?{query}" if query else "")
    path = quote_word(encoded_target((path or escape_braces(request.path)) + query))
    call = f"{request.method} {path}"
    if MASK in call:
        return ""
    if not body:
        return f"%monite {call}"
    text = escape_braces_in_json(json.dumps(_marked(body[0]), indent=2, ensure_ascii=False))
    return f"%%monite {call}\n{escaped_for_json(_MARKED.sub(_placeholder, text))}"


def _marked(body: Any) -> Any:
    """Return the body with gaps encoded as strings that `_placeholder` can find."""
    if isinstance(body, Gap):
        return f"{_MARK}{body.name}{_MARK if body.text else ''}"
    if isinstance(body, dict):
        return {key: _marked(value) for key, value in body.items()}
    return [_marked(value) for value in body] if isinstance(body, list) else body


def _placeholder(match: re.Match[str]) -> str:
    placeholder = f"{{{{ {match[1]} }}}}"
    return f'"{placeholder}"' if match[2] else placeholder


def _existing(data: Any, path: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the path without parts that are not in the data: branch names and missing fields."""
    kept: list[Any] = []
    for part in path:
        in_object = isinstance(data, dict) and isinstance(part, str) and part in data
        if in_object or (isinstance(data, list) and isinstance(part, int) and 0 <= part < len(data)):
            data = data[part]
            kept.append(part)
    return tuple(kept)


def _body(response: Answer) -> str:
    body = response.request.body
    return body.decode("utf-8", "replace") if body and len(body) <= _MAX_BYTES else ""
