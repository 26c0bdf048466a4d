"""`%monite_explore`: find an operation, fill its form, see the call, send it, keep it as a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic import catalogue
from monite_magic.cell.form import Form
from monite_magic.cell.options import METHODS
from monite_magic.core import RequestError
from monite_magic.display.parts import Card, Code
from monite_magic.jupyter import assist
from monite_magic.jupyter.frontend import FrontEnd

if TYPE_CHECKING:
    from monite_magic.cell import Arguments
    from monite_magic.history import Call
    from monite_magic.jupyter.explorer.panel import ExplorerPanel
    from monite_magic.session import Session


def explore(
    session: Session, arguments: Arguments, body: str | None, shell: Any, who: FrontEnd
) -> ExplorerPanel | Card:
    """Return what `%monite_explore` shows: the panel, or a page with the draft if widgets can't be shown.

    Args:
        session: The session, with its environment, history and IDs.
        arguments: The parsed line.
        body: The text of the cell below the line, or None.
        shell: The IPython shell, whose variables can be used in placeholders.
        who: Who sees it.

    Raises:
        CatalogueError: The API doesn't have the operation.
        RequestError: The line, the cell or the number is invalid.
    """
    words = " ".join(arguments.words)
    form = _form(session, arguments, words, body)
    page = _page(form, words)
    if who is not FrontEnd.NOTEBOOK:
        return page
    from monite_magic.jupyter.explorer.panel import ExplorerPanel

    return ExplorerPanel(session, shell, form=form, words="" if form else words, page=page)


def _form(session: Session, arguments: Arguments, words: str, body: str | None) -> Form | None:
    """Return the form for the line or the cell, or None if they search or are empty."""
    known = session.seen.newest
    if arguments.values["from"]:
        if words or body:
            raise RequestError(
                "--from can't be combined with other words.", hint="Write %monite_explore --from N.", line=1
            )
        return Form.of_cell(
            catalogue.current(), cell_of(session, session.history[_number(arguments)]), known=known
        )
    if body and body.strip():
        text = body if not words else f"%%monite {words}\n{body}"
        return Form.of_cell(catalogue.current(), text, known=known)
    method, _, path = words.partition(" ")
    if method.upper() not in METHODS or not path.startswith("/"):
        return None
    target = path.partition(" ")[0].partition("?")
    if path != target[0]:  # more than a bare path is a complete call
        return Form.of_cell(catalogue.current(), f"%monite {words}", known=known)
    return Form.of_cell(catalogue.current(), assist.new_cell(method, path, seen=session.seen), known=known)


def _number(arguments: Arguments) -> int:
    text = arguments.values["from"]
    try:
        return -1 if text == "last" else int(text)
    except ValueError:
        raise RequestError(
            f"Unknown call number: {text[:20]}.", hint="Look it up with %monite_history.", line=1
        ) from None


def cell_of(session: Session, call: Call) -> str:
    """Return the cell that repeats a call of the history. Masked values stay masked."""
    from monite_magic.history.recipe import recipe_of_sent
    from monite_magic.jupyter.explorer.cells import cell_of_recipe

    own = session.profile.entity_id if session.logged_in else None
    entity = call.entity_id if call.entity_id != own else None
    return cell_of_recipe(recipe_of_sent(call.request, call.environment), entity)


def _page(form: Form | None, words: str) -> Card:
    """Return the help page with the draft, for front ends without widgets."""
    if form is None:
        return assist.help_page(words)
    operation = form.operation
    page = assist.help_page(f"{operation.method} {operation.path}")
    parts = [part for part in page.parts if not isinstance(part, Code)]
    return Card(page.tone, [*parts, Code(form.cell, "The draft:")])
