"""The headers of an imported request as options of a cell's line."""

from __future__ import annotations

import re
from typing import Final

from monite_magic.catalogue.formats import UUID
from monite_magic.cell.leaks import contains_secret
from monite_magic.cell.line_words import quote_word
from monite_magic.core.clean_text import DASHES, is_clean, one_line
from monite_magic.core.masking import is_secret_header
from monite_magic.core.refused_headers import why_refused
from monite_magic.history.exchange.imported import Imported, joined_headers, shown_text
from monite_magic.history.exchange.marks import (
    SINGLE_BRACES,
    as_line,
    is_stand_in,
    names_in,
    sole_variable,
    stand_in,
    variable,
)

_ENTITY_HEADER: Final = "x-monite-entity-id"
#: Headers that can have one value only: what it is, and the variable to set where several were given.
_OF_ONE_VALUE: Final = {
    _ENTITY_HEADER: ("entities", "entity_id"),
    "x-monite-version": ("API versions", "api_version"),
}
_UNWRITABLE: Final = "headers are one line of ASCII"
_WITHOUT_BEARER: Final = "The token was left out: the session adds its own. Revoke it if others saw it."
_WITHOUT_BASIC: Final = "The user name and password were left out: the session logs in by itself."
#: Headers (lower case) that only a browser needs; `sec-…` are, too.
_OF_BROWSERS: Final = frozenset(
    {"user-agent", "origin", "referer", "accept-language", "priority", "dnt", "pragma", "cache-control"}
    | {"upgrade-insecure-requests", "x-requested-with", "if-none-match", "if-modified-since"}
)
#: Headers (lower case) that our client writes itself.
_OF_THE_CLIENT: Final = frozenset({"accept-encoding", "expect"})


def header_words(request: Imported, api_version: str) -> list[str]:
    """Return the options for a request's headers. Those that are left out are named in its notes.

    Args:
        request: The request.
        api_version: The version that the session sends.
    """
    words: list[str] = []
    left_out: dict[str, list[str]] = {}
    headers, repeated = joined_headers((_plain_name(name, request), value) for name, value in request.headers)
    for name in repeated:
        if name.lower() in _OF_ONE_VALUE:
            continue  # see below
        request.note(f"The header {name} was given more than once; its values were joined by commas.")
    from_browser = _is_from_browser(headers)
    for name, value in headers:
        lowered = name.lower()
        if request.has_stand_ins:
            value = _marked_header(value)
        if name in repeated and lowered in _OF_ONE_VALUE:
            what, held = _OF_ONE_VALUE[lowered]
            request.note(f"The header {name} names several {what}: {shown_text(value)}.")
            value = variable(held)
        if lowered == "authorization":
            if not is_stand_in(value.partition(" ")[2] or value):
                is_password = value.partition(" ")[0].lower() == "basic"
                request.notes.append(_WITHOUT_BASIC if is_password else _WITHOUT_BEARER)
        elif lowered == _ENTITY_HEADER:
            if is_stand_in(value) and sole_variable(value) is None:
                request.note("The entity's ID was left out: choose the entity with %monite_use --entity.")
                continue
            if not names_in(value) and not UUID.fullmatch(value):
                request.note(f"Fix the cell before you run it: the entity {value} is not a UUID.")
            words += ["--entity", quote_word(as_line(value))]
        elif _is_sent_anyway(lowered, value, request, api_version):
            continue
        elif why := _why_left_out(lowered, request, from_browser=from_browser):
            left_out.setdefault(why, []).append(name)
        elif _is_secret(name, value):
            left_out.setdefault("they contain secrets", []).append(name)
        elif not is_clean(shown_text(f"{name}: {value}")) or not shown_text(value).isascii():
            request.note(f"The header {one_line(name)} was left out: {_UNWRITABLE}.")
        else:
            words += ["-H", quote_word(f"{as_line(name)}: {as_line(value)}")]
    for why, names in left_out.items():
        request.note(f"Headers left out, as {why}: {', '.join(names)}.")
    return words


def _plain_name(name: str, request: Imported) -> str:
    """Return a header's name, in which a dash of a word processor is read as a hyphen."""
    plain = re.sub(f"[{DASHES}]", "-", name)
    if plain != name:
        request.note(f"The header {name} was read as {plain}.")
    return plain


def _is_secret(name: str, value: str) -> bool:
    if is_secret_header(name) and not is_stand_in(value):
        return True
    return contains_secret(f"-H '{name}: {as_line(value)}'")


def _is_from_browser(headers: list[tuple[str, str]]) -> bool:
    return any(
        name.lower().startswith(("sec-", ":"))
        or (name.lower() == "user-agent" and value.startswith("Mozilla/"))
        for name, value in headers
    )


def _marked_header(value: str) -> str:
    """Mark a header's value that is a placeholder, with or without a scheme such as `Bearer`."""
    before, blank, last = value.rpartition(" ")
    braced = SINGLE_BRACES.fullmatch(value)
    name = braced[1] if braced else stand_in(value)
    if name:
        return variable(name)
    name = stand_in(last)
    return f"{before}{blank}{variable(name)}" if name else value


def _is_sent_anyway(name: str, value: str, request: Imported, api_version: str) -> bool:
    """Whether the client sends this header with this meaning by itself."""
    plain = value.strip().lower().replace(" ", "")
    if name == "accept":
        return plain in {"*/*", "application/json"}
    if name == "x-monite-version":
        return value == api_version
    if name != "content-type":
        return False
    if request.files or request.fields or request.body is not None or request.body_name:
        is_json = plain in {"application/json", "application/json;charset=utf-8"}
        return is_json or plain.startswith("multipart/form-data") or request.is_form
    return False


def _why_left_out(name: str, request: Imported, *, from_browser: bool) -> str | None:
    if name in _OF_THE_CLIENT or why_refused(name):
        return "a call can't set them"
    if name == "content-type" and (request.files or request.fields):
        return "the client writes its own"
    if name == "content-type" and request.body is None and not request.body_name:
        return "the call has no body"
    if from_browser and (name.startswith((":", "sec-")) or name in _OF_BROWSERS or name == "accept"):
        return "only a browser needs them"
    return None
