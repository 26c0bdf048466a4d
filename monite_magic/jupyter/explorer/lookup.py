"""Looks up objects for an ID: in their list, and in this session's answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from monite_magic import catalogue
from monite_magic.catalogue.formats import looks_like_id
from monite_magic.catalogue.lifecycles import action_of
from monite_magic.catalogue.samples import EXAMPLE_ID
from monite_magic.core import MoniteError
from monite_magic.jupyter.assist.drafts import list_of
from monite_magic.session.seen import label_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from monite_magic.cell.form import Form
    from monite_magic.session import Session

_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_MAX_FOUND: Final = 20
_PAGE: Final = 100
_MAX_PAGES: Final = 10


def find_ids(session: Session, form: Form, name: str, text: str) -> tuple[list[tuple[str, str]], str]:
    """Return labels and IDs of the objects that match some words, or a message if there are none.

    Args:
        session: Reads the list, if it is logged in.
        form: The form with the field. Its other IDs locate lists below an object.
        name: The field: `counterpart_id`.
        text: A part of a name, a number, an amount or a status. An empty text finds all.
    """
    text = "" if text == EXAMPLE_ID else text
    words = text.lower().split()

    def fits(identifier: str, label: str) -> bool:
        return all(word in f"{label} {identifier}".lower() for word in words)

    labels, problem = _listed(session, form, name, fits)
    for seen in session.seen.ids(name):
        labels.setdefault(seen.id, seen.label)
    found = [
        (f"{label or 'no name'} · {identifier[:8]}…", identifier)
        for identifier, label in labels.items()
        if fits(identifier, label)
    ]
    if found:
        return found[:_MAX_FOUND], ""
    return [], problem or (f"Nothing found for {text}." if text else "The list is empty.")


def _listed(
    session: Session, form: Form, name: str, fits: Callable[[str, str], bool]
) -> tuple[dict[str, str], str]:
    """Return objects by ID, and what to say if none fits. Pages are read until one has a match."""
    if not session.logged_in:
        return {}, "Log in to search: %monite_login."
    path = list_of(catalogue.current(), form.operation, name)
    if path is None:
        return {}, "The API can't list these objects."
    for leaf in form.leaves():  # such as the addresses of the counterpart in another field
        if leaf.text and leaf.text != EXAMPLE_ID and "{{" not in leaf.text:
            path = path.replace(f"{{{leaf.name}}}", leaf.text)
    if missing := _PARAMETER.search(path):
        return {}, f"Choose {missing[1]} first. These objects belong to it."
    match = catalogue.current().find("GET", path)
    takes_limit = match is not None and any(p.name == "limit" for p in match.operation.query_parameters)
    params = [("limit", str(_PAGE))] if takes_limit else []
    labels: dict[str, str] = {}
    for _ in range(_MAX_PAGES):
        try:
            response = session.call("GET", path, params=params or None)
        except MoniteError as error:
            return labels, str(error)
        if not response.ok:
            return labels, f"{response.status}: {response.message or response.reason}"
        page = dict(_labelled(form, name, response.items))
        labels |= page
        if response.next_token is None:
            return labels, ""
        if any(fits(identifier, label) for identifier, label in page.items()):
            break
        params = [("pagination_token", response.next_token)]
    return labels, f"Nothing found in the first {len(labels):,}. The list has more: paste the ID."


def _labelled(form: Form, name: str, items: list[Any]) -> Iterator[tuple[str, str]]:
    """Return IDs with labels. Objects whose status allows the operation come first."""
    action = action_of(form.operation.method, form.operation.path) if ("path", name) in _own(form) else None
    rows = [item for item in items if isinstance(item, dict) and looks_like_id(str(item.get("id")))]
    if action is not None:
        rows.sort(key=lambda item: item.get("status") not in action.possible_in)
    for item in rows:
        status = item.get("status")
        label = label_of(item)
        yield item["id"], f"{label} · {status}" if isinstance(status, str) else label


def _own(form: Form) -> set[tuple[str, str]]:
    """Return the parameter of the operation's object: the last one of its path."""
    names = [parameter.name for parameter in form.operation.path_parameters]
    return {("path", names[-1])} if names else set()
