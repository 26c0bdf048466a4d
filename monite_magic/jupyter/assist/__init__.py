"""Help at the fingertips: completion and inspection in the cell, pages for `%monite_help`, drafts of cells.

    hooks.install(ip, session.current)      # Tab and Shift-Tab
    assist.help_page("POST /counterparts")  # a card
    assist.new_cell("POST", "/payables")    # the text of a cell

All of it works before anyone is logged in, from the catalogue alone.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from monite_magic.core.methods import METHODS

if TYPE_CHECKING:
    from monite_magic.catalogue import Operation
    from monite_magic.display.parts import Card
    from monite_magic.session import Seen

__all__ = ["help_page", "new_cell"]


def help_page(words: str = "", *, field: str | None = None) -> Card:
    """Return what `%monite_help` shows.

    Args:
        words: Nothing for the resources, `METHOD /path` for an operation, else words to search for.
        field: A field of the operation's body, for instance `address.country`.

    Raises:
        CatalogueError: There is no such operation or field; the nearest are named.
    """
    from monite_magic import catalogue
    from monite_magic.jupyter.assist import pages

    known = catalogue.current()
    method, _, path = words.strip().partition(" ")
    path = path.strip()
    if method.upper() in METHODS and path.startswith("/"):
        operation = _operation(method, path)
        return pages.field_page(known, operation, field) if field else pages.operation_page(known, operation)
    if field:
        raise catalogue.CatalogueError("A field is one of an operation: write METHOD /path before --field.")
    return pages.search_page(known, words.strip()) if words.strip() else pages.resources_page(known)


#: What is complete only with a second call.
_IN_STEPS = {"/payables": "/payables/{payable_id}/line_items"}


def new_cell(
    method: str, path: str, *, full: bool = False, kind: str | None = None, seen: Seen | None = None
) -> str:
    """Return the text of a cell that makes a call, with a body that the check accepts; see `draft`."""
    return draft(method, path, full=full, kind=kind, seen=seen)[0]


def draft(
    method: str, path: str, *, full: bool = False, kind: str | None = None, seen: Seen | None = None
) -> tuple[str, list[str]]:
    """Return the text of a cell that makes a call, with a body that the check accepts, and remarks on it.

    Args:
        method: The operation's method.
        path: Its template, or a concrete path, whose ids are kept.
        full: All fields instead of those that are needed.
        kind: Which of several kinds of body: `organization`, `invoice`.
        seen: The ids that the session has seen.

    Raises:
        CatalogueError: There is no such operation, or no such kind of body.
    """
    from monite_magic import catalogue
    from monite_magic.catalogue.skeleton import skeleton
    from monite_magic.jupyter.assist import drafts

    operation = _operation(method, path)
    match = catalogue.current().find(method, path)
    given = {name: value for name, value in match.path_params.items() if value[:1] != "{"} if match else {}

    taken: dict[str, str] = {}

    def known(name: str) -> str | None:
        if name in given:
            return given[name]
        found = seen.newest(name) if seen else None
        if found:
            taken[name] = found
        return found

    write = functools.partial(skeleton, catalogue.current(), operation, choice=kind, known=known)
    drafted = write(full=full)
    if drafted.body == {}:
        drafted = drafts.with_telling_fields(drafted, lambda: write(full=True).body)
    remarks = drafts.remarks(catalogue.current(), operation, drafted)
    cell = drafted.cell
    names = ", ".join(name for name, value in taken.items() if value in cell)
    if names:
        remarks.insert(0, f"Of this session, the newest that was seen: {names}.")
    if operation.method == "POST" and operation.path in _IN_STEPS:
        remarks.append(f"Then: %monite_new POST {_IN_STEPS[operation.path]}")
    return cell, remarks


def _operation(method: str, path: str) -> Operation:
    from monite_magic import catalogue

    known = catalogue.current()
    match = known.find(method, path)
    if match is not None:
        return match.operation
    others = [operation.method for operation in known.at(path)]
    if others:
        raise catalogue.CatalogueError(f"{path} has no {method.upper()}; it has {', '.join(others)}.")
    near = known.nearest(path)
    hint = f" The nearest: {', '.join(near)}." if near else ""
    raise catalogue.CatalogueError(f"The API has no path {path}.{hint}")
