"""Objects that an id may be of: those this session has seen, and those of the list that holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from monite_magic import catalogue
from monite_magic.core import MoniteError
from monite_magic.jupyter.assist.drafts import list_of

if TYPE_CHECKING:
    from monite_magic.cell.form import Form
    from monite_magic.session import Session

_MOST: Final = 20
_PAGE: Final = 100


def find_ids(session: Session, form: Form, name: str, text: str) -> tuple[list[tuple[str, str]], str]:
    """Return labels and ids of the objects that some words are about, and what to say if there are none.

    Args:
        session: Reads the list, if it is logged in.
        form: The form that the id is for; the ids in its path lead to lists below an object.
        name: The field: `counterpart_id`.
        text: A part of a name, a number or an amount; nothing finds all.
    """
    problem = ""
    known = catalogue.current()
    path = list_of(known, form.operation, name)
    if not session.logged_in:
        problem = "Log in to search: %monite_login."
    elif path is None:
        problem = "The API has no list of these."
    else:
        for parameter, value in form.tree["path"].items():
            if isinstance(value, str) and "{{" not in value:
                path = path.replace(f"{{{parameter}}}", value)
        if "{" in path:
            problem = f"Fill in the path first: they are listed by {path}."
        else:
            try:
                problem = _read(session, path)
            except MoniteError as error:
                problem = str(error)
    seen = session.seen.ids(name)
    words = text.lower().split()
    found = [
        (f"{each.label or 'no name'} · {each.id[:8]}…", each.id)
        for each in seen
        if all(word in f"{each.label} {each.id}".lower() for word in words)
    ]
    if found:
        return found[:_MOST], ""
    return [], problem or (f"Nothing found for {text}." if text else "There are none.")


def _read(session: Session, path: str) -> str:
    """Read a list, whose ids the session remembers; return what went wrong."""
    match = catalogue.current().find("GET", path)
    takes_limit = match is not None and any(p.name == "limit" for p in match.operation.query_parameters)
    response = session.call("GET", path, params=[("limit", str(_PAGE))] if takes_limit else None)
    return "" if response.ok else f"{response.status}: {response.message or response.reason}"
