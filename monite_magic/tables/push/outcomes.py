"""The outcome of a write: carried out, refused, not arrived, or unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monite_magic.api import retry_after
from monite_magic.core import MoniteError, NetworkError, OriginError, TokenError
from monite_magic.tables.push.journal import ACCEPTED, NOT_SENT, REFUSED, UNKNOWN

if TYPE_CHECKING:
    from monite_magic.api import Answer

_DONE: Final = range(200, 300)
_CERTAIN_REFUSALS: Final = range(400, 500)
#: 4xx statuses after which a write may still have been carried out.
_UNSURE: Final = frozenset({408, 499})
_TOO_MANY: Final = 429
_MAY_NOT: Final = frozenset({401, 403})


class Outcome(NamedTuple):
    """The outcome of a call.

    Attributes:
        state: One of the journal's states.
        status: The status of the answer, or None.
        row_id: The row's ID, if known.
        problem: The problem, if any.
        request_id: The answer's `x-request-id`.
        content: The answer's body.
        pause: Seconds that the server asks to wait.
        stops: Whether all other rows would fail too.
        waits: Whether the same call can be sent again after a pause.
    """

    state: str
    status: int | None = None
    row_id: str = ""
    problem: str = ""
    request_id: str = ""
    content: bytes = b""
    pause: float = 0.0
    stops: bool = False
    waits: bool = False


def outcome_of(answer: Answer, *, needs_id: bool) -> Outcome:
    """Return the outcome for an answer to a write.

    Args:
        answer: The answer.
        needs_id: Whether it must contain the ID of a new row.
    """
    status, request_id = answer.status, str(answer.request_id or "")
    problem = _problem(answer)
    if status in _DONE:
        row_id = _id_of(answer)
        if needs_id and not row_id:
            problem = f"{status}, but the answer has no readable ID"
            return Outcome(UNKNOWN, status, "", problem, request_id, answer.content)
        return Outcome(ACCEPTED, status, row_id, request_id=request_id, content=answer.content)
    if status == _TOO_MANY:
        pause = retry_after(answer.headers)
        return Outcome(NOT_SENT, status, "", problem, request_id, pause=pause, waits=True)
    if status in _MAY_NOT:
        return Outcome(NOT_SENT, status, "", problem, request_id, answer.content, stops=True)
    if status in _CERTAIN_REFUSALS and status not in _UNSURE:
        return Outcome(REFUSED, status, "", problem, request_id, answer.content)
    return Outcome(UNKNOWN, status, "", problem, request_id, answer.content)


def outcome_of_error(error: BaseException) -> Outcome:
    """Return the outcome for an error: whether the call may have been carried out."""
    text = error.message if isinstance(error, MoniteError) else f"{type(error).__name__}"
    if isinstance(error, TokenError):
        return Outcome(NOT_SENT, error.status, "", text, stops=True)
    if isinstance(error, NetworkError) and not error.maybe_done:
        return Outcome(NOT_SENT, None, "", text, waits=True)
    return Outcome(UNKNOWN, None, "", text, stops=isinstance(error, OriginError))


def _id_of(answer: Answer) -> str:
    data: Any = answer.data if answer.is_json else None
    found = data.get("id") if isinstance(data, dict) else None
    return found if isinstance(found, str) else ""


def _problem(answer: Answer) -> str:
    return answer.error().message.partition(" answered ")[2] or str(answer.status)
