"""Completion and inspection in the cell, pages for `%monite_help`, and drafts of cells.

    hooks.install(ip, session.current)      # Tab and Shift-Tab
    assist.help_page("POST /counterparts")  # a card
    assist.new_cell("POST", "/payables")    # the text of a cell

All of it works without a login, from the catalogue.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from monite_magic.core.methods import METHODS
from monite_magic.core.words import either

if TYPE_CHECKING:
    from monite_magic.catalogue import Catalogue, Match
    from monite_magic.display.parts import Card
    from monite_magic.session import Seen

__all__ = ["help_page", "new_cell"]


def help_page(words: str = "", *, field: str | None = None, version: str | None = None) -> Card:
    """Return what `%monite_help` shows.

    Args:
        words: Nothing for the resources, `METHOD /path` for an operation, a document's name and
            `states` for its statuses, else words to search for.
        field: A field of the operation's body, for instance `address.country`.
        version: The API version of calls; None for the default.

    Raises:
        CatalogueError: The operation or field is unknown. The message names the closest ones.
    """
    from monite_magic import catalogue
    from monite_magic.jupyter.assist import pages, status_pages

    version = version or catalogue.DEFAULT_VERSION
    known = catalogue.current(version)
    method, _, path = words.strip().partition(" ")
    path = path.strip()
    if method.upper() in METHODS and path.startswith("/"):
        found, match = _operation(method, path, version)
        remark = _remark_on_version(known, found, match)
        if field:
            return pages.field_page(found, match.operation, field, remark=remark)
        return pages.operation_page(found, match.operation, remark=remark)
    if field:
        raise catalogue.CatalogueError("--field needs an operation: write METHOD /path before it.")
    lifecycles = status_pages.asked_for(words)
    if lifecycles is not None:
        return status_pages.states_page(lifecycles)
    return pages.search_page(known, words.strip()) if words.strip() else pages.resources_page(known)


#: Objects that need a second call.
_IN_STEPS = {"/payables": "/payables/{payable_id}/line_items"}


def new_cell(method: str, path: str, **options: Any) -> str:
    """Return the text of a cell that makes a call, with a valid body; see `draft`."""
    return draft(method, path, **options)[0]


def draft(
    method: str,
    path: str,
    *,
    full: bool = False,
    kind: str | None = None,
    seen: Seen | None = None,
    version: str | None = None,
) -> tuple[str, list[str]]:
    """Return the text of a cell that makes a call, with a valid body and remarks.

    Args:
        method: The operation's method.
        path: Its template, or a concrete path, whose IDs are kept.
        full: Include all fields, not only required ones.
        kind: The kind of body, if there are several: `organization`, `invoice`.
        seen: The IDs that the session has seen.
        version: The API version of calls; None for the default.

    Raises:
        CatalogueError: The operation or the kind of body is unknown.
    """
    from monite_magic import catalogue
    from monite_magic.catalogue.skeleton import skeleton
    from monite_magic.jupyter.assist import drafts

    version = version or catalogue.DEFAULT_VERSION
    api, match = _operation(method, path, version)
    operation = match.operation
    given = {name: value for name, value in match.path_params.items() if value[:1] != "{"}

    taken: dict[str, str] = {}

    def known(name: str) -> str | None:
        if name in given:
            return given[name]
        found = seen.newest(name) if seen else None
        if found:
            taken[name] = found
        return found

    write = functools.partial(skeleton, api, operation, choice=kind, known=known)
    drafted = write(full=full)
    if drafted.body == {}:
        drafted = drafts.with_telling_fields(drafted, lambda: write(full=True).body)
    remarks = drafts.remarks(api, operation, drafted)
    remarks += filter(None, [_remark_on_version(catalogue.current(version), api, match)])
    cell = drafted.cell
    names = ", ".join(name for name, value in taken.items() if value in cell)
    if names:
        remarks.insert(0, f"Newest IDs of this session: {names}.")
    if operation.method == "POST" and operation.path in _IN_STEPS:
        remarks.append(f"Then: %monite_new POST {_IN_STEPS[operation.path]}")
    return cell, remarks


def _operation(method: str, path: str, version: str) -> tuple[Catalogue, Match]:
    """Return the operation and its catalogue: that of the version, or else of another."""
    from monite_magic import catalogue

    found = catalogue.find(version, method, path)
    if found is not None:
        return found
    known = catalogue.current(version)
    others = [operation.method for operation in known.at(path)]
    if others:
        raise catalogue.CatalogueError(f"{path} doesn't support {method.upper()}. Use {', '.join(others)}.")
    near = known.nearest(path)
    hint = f" Did you mean {either(near)}?" if near else ""
    raise catalogue.CatalogueError(f"Unknown path: {path}.{hint}")


def _remark_on_version(known: Catalogue, found: Catalogue, match: Match) -> str:
    """Return a remark on an operation of another API version, or an empty text."""
    if found is known:
        return ""
    from monite_magic.catalogue.spans import span_of_operation

    operation = match.operation
    span = span_of_operation(known, operation.method, operation.path)
    return f"Not in API version {known.version} ({span})."
