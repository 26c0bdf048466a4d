"""Read all pages of a list as one answer, for `--all`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from monite_magic.api import EndlessListError, Note, PageGuard, without_repeats
from monite_magic.core import RequestError, Secret, counted, progress_bar
from monite_magic.session.calling import call_options
from monite_magic.session.response import MoniteResponse

if TYPE_CHECKING:
    from monite_magic.cell import Filled
    from monite_magic.session.client import MoniteClient
    from monite_magic.session.session import Session


def all_pages(session: Session, filled: Filled) -> MoniteResponse:
    """Read all pages of a list and return them as one answer.

    Args:
        session: The session that makes the calls.
        filled: A GET of a list.

    Returns:
        An answer whose `data["data"]` has the rows of all pages, each row once. If you interrupt it, it has
        the rows so far and the pagination token to continue with. If a page fails, that page is returned.

    Raises:
        RequestError: The method is not GET.
        EndlessListError: The list never ends. `.partial` and the session's last answer have the rows so far.
        MoniteError: A page is not JSON, or no answer came.
    """
    if filled.method != "GET":
        raise RequestError(f"--all works only with GET, not with {filled.method}.", line=1)
    pages: list[MoniteResponse] = []
    guard, endless = PageGuard(), None
    interrupted = False
    options = call_options(filled)
    try:
        with progress_bar() as on_page:
            while True:
                page = session.call("GET", filled.path, **options)
                rows = page.items if page.ok else None
                if rows is None or not page.is_list:
                    return _stopped_at(page, pages)
                pages.append(page)
                on_page(len(rows))
                guard.check(page)
                if page.next_token is None:
                    break
                options = {**options, "params": [("pagination_token", page.next_token)]}
    except EndlessListError as error:
        endless = error
    except KeyboardInterrupt:
        if not pages:
            raise
        interrupted = True
    whole = _joined(pages, session.client, interrupted=interrupted)
    session.last = whole
    if endless is not None:
        whole.interrupted = True
        endless.partial = whole
        count = counted(len(whole), "row")
        endless.advise(f"import monite_magic; monite_magic.last() has the {count} received so far.")
        raise endless
    return whole


def _stopped_at(page: MoniteResponse, pages: list[MoniteResponse]) -> MoniteResponse:
    """Return the failed page with a note about the pages before it."""
    if pages:
        came = f"{counted(sum(map(len, pages)), 'row')} from {counted(len(pages), 'page')}"
        hint = f"Continue with -q pagination_token={pages[-1].next_token}"
        text = f"{came} arrived before it: see %monite_history. {hint}."
        page.notes = (*page.notes, Note(text, "warning"))
    return page


def _joined(pages: list[MoniteResponse], client: MoniteClient, *, interrupted: bool) -> MoniteResponse:
    """Return the pages as one answer to the request for the first of them."""
    first, last = pages[0], pages[-1]
    read: list[Any] = [row for page in pages for row in page.items]
    rows = without_repeats(read)
    notes = [*last.notes, Note(f"{counted(len(rows), 'row')} from {counted(len(pages), 'page')}.")]
    if repeated := len(read) - len(rows):
        notes.append(Note(f"Removed {counted(repeated, 'duplicate row')}."))
    if interrupted:
        hint = f"Continue with -q pagination_token={last.next_token}"
        notes.append(Note(f"Interrupted: more rows follow. {hint}.", "warning"))
    data: dict[str, Any] = {"data": rows, "prev_pagination_token": None}
    data["next_pagination_token"] = last.next_token if interrupted else None
    content = json.dumps(data, default=Secret.reveal).encode()
    whole = MoniteResponse(
        request=first.request,
        status=last.status,
        headers=last.headers,
        content=b"",
        elapsed=sum(page.elapsed for page in pages),
        environment=last.environment,
        template=last.template,
        notes=tuple(notes),
        client=client,
    )
    # Each page is masked already. Masking the joined content would hide the rows' own secrets too.
    whole._content = content  # noqa: SLF001
    whole.interrupted = interrupted
    return whole
