"""All pages of a list as one answer: `--all`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from monite_magic.errors import RequestError
from monite_magic.response import MoniteResponse, Note

if TYPE_CHECKING:
    from monite_magic.calling import Call
    from monite_magic.session import Session


def all_pages(session: Session, call: Call) -> MoniteResponse:
    """Follow the pages of a list to the last and return them as one answer.

    Args:
        session: The session that calls.
        call: A GET of a list.

    Returns:
        An answer whose `data["data"]` holds the rows of all pages. If the person interrupts, it holds what
        has come, and its pagination token says where to go on. A page that is refused is returned itself.

    Raises:
        RequestError: The call is no GET.
    """
    filled = call.filled
    if filled.method != "GET":
        raise RequestError(f"--all follows the pages of a GET, not of a {filled.method}.", line=1)
    rows: list[Any] = []
    page: MoniteResponse | None = None
    pages, elapsed, interrupted = 0, 0.0, False
    options = {**call.options, "notes": call.notes}
    try:
        while True:
            page = session.call("GET", filled.path, **options)
            if not page.ok or not page.is_list:
                return page
            rows += page.items
            pages, elapsed = pages + 1, elapsed + page.elapsed
            if page.next_token is None:
                break
            options = {**options, "params": [("pagination_token", page.next_token)]}
    except KeyboardInterrupt:
        if page is None:
            raise
        interrupted = True
    return _joined(page, rows, pages, elapsed, interrupted=interrupted)


def _joined(
    page: MoniteResponse, rows: list[Any], pages: int, elapsed: float, *, interrupted: bool
) -> MoniteResponse:
    text = f"{len(rows):,} rows from {pages:,} {'page' if pages == 1 else 'pages'}."
    notes = [*page.notes, Note(text)]
    if interrupted:
        hint = f"Go on with -q pagination_token={page.next_token}"
        notes.append(Note(f"Interrupted: there are more rows. {hint}.", "warning"))
    data: dict[str, Any] = {"data": rows, "prev_pagination_token": None}
    data["next_pagination_token"] = page.next_token if interrupted else None
    return MoniteResponse(
        request=page.request,
        status=page.status,
        headers=page.headers,
        content=json.dumps(data).encode(),
        elapsed=elapsed,
        environment=page.environment,
        template=page.template,
        notes=tuple(notes),
    )
