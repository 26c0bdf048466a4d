"""The calls of a session, in memory and bounded: `Call` and `History`.

Nothing is written to disk. A call's number stays its own, also when older calls are forgotten.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from threading import Lock
from typing import TYPE_CHECKING, Final

from monite_magic.api import Answer, Note
from monite_magic.cell import read_expect
from monite_magic.core import MoniteError, mask_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from monite_magic.core import Environment, SentRequest
    from monite_magic.history.trace import Attempt

#: How many calls are kept, and how many bytes of answers in all.
MOST_CALLS: Final = 500
MOST_BYTES: Final = 64_000_000

#: What is kept of a call that a person, or whatever ran the cell, broke off.
_INTERRUPTED: Final = "It was interrupted before an answer came."

_DROPPED: Final = Note("The body of this answer was dropped: the history keeps 64 MB of answers.", "warning")


@dataclass(frozen=True, slots=True)
class Call:
    """One request and what became of it.

    Attributes:
        number: Its number in the session, from 1.
        started: When it was sent, in UTC.
        request: What was sent, masked.
        response: The answer, or None if none came.
        error: Why none came, masked; or None.
        environment: Where it went.
        entity_id: The entity that it was about, or None.
        attempts: Each time that it went out, with its phases, if the connection told.
        elapsed: Seconds from sending to the last byte.
    """

    number: int
    started: datetime
    request: SentRequest
    response: Answer | None
    error: str | None
    environment: Environment
    entity_id: str | None
    attempts: tuple[Attempt, ...] = ()
    elapsed: float = 0.0

    @property
    def status(self) -> int | None:
        """The status of the answer, or None."""
        return self.response.status if self.response else None

    @property
    def outcome(self) -> int | str:
        """The status of the answer; where none came, `none` or `interrupted`."""
        if self.response is not None:
            return self.response.status
        return "interrupted" if self.error == _INTERRUPTED else "none"

    @property
    def size(self) -> int:
        """The number of bytes of the answer's body."""
        return len(self.response.content) if self.response else 0


class History:
    """The calls of a session, the oldest first.

    Args:
        most_calls: How many calls are kept.
        most_bytes: How many bytes of answers are kept in all; the bodies of older answers are dropped.
    """

    def __init__(self, *, most_calls: int = MOST_CALLS, most_bytes: int = MOST_BYTES) -> None:
        self._calls: deque[Call] = deque()
        self._most_calls = most_calls
        self._most_bytes = most_bytes
        self._bytes = 0
        self._last_number = 0
        self._lock = Lock()

    def record(
        self,
        response: Answer,
        *,
        entity_id: str | None = None,
        started: datetime | None = None,
        attempts: tuple[Attempt, ...] = (),
    ) -> Call:
        """Keep an answer and its request.

        Args:
            response: The answer.
            entity_id: The entity that the call was about.
            started: When it was sent; None for just now, less the time it took.
            attempts: Each time that it went out.
        """
        return self._append(
            started,
            response.request,
            response,
            None,
            response.environment,
            entity_id,
            attempts,
            response.elapsed,
        )

    def record_failure(
        self,
        request: SentRequest,
        error: BaseException,
        environment: Environment,
        *,
        entity_id: str | None = None,
        started: datetime | None = None,
        attempts: tuple[Attempt, ...] = (),
        elapsed: float = 0.0,
    ) -> Call:
        """Keep a request that got no answer; the arguments are those of `record`."""
        is_interrupt = not isinstance(error, Exception)
        reason = _INTERRUPTED if is_interrupt else str(error) or type(error).__name__
        return self._append(
            started, request, None, mask_text(reason), environment, entity_id, attempts, elapsed
        )

    def _append(
        self,
        started: datetime | None,
        request: SentRequest,
        response: Answer | None,
        error: str | None,
        environment: Environment,
        entity_id: str | None,
        attempts: tuple[Attempt, ...],
        elapsed: float,
    ) -> Call:
        moment = started or datetime.fromtimestamp(datetime.now(UTC).timestamp() - elapsed, UTC)
        with self._lock:
            self._last_number += 1
            call = Call(
                self._last_number, moment, request, response, error, environment, entity_id, attempts, elapsed
            )
            self._calls.append(call)
            self._bytes += call.size
            self._make_room()
            return self._calls[-1]

    def _make_room(self) -> None:
        while len(self._calls) > self._most_calls:
            self._bytes -= self._calls.popleft().size
        for index, call in enumerate(self._calls):
            if self._bytes <= self._most_bytes:
                break
            if call.response is not None and call.size:
                self._bytes -= call.size
                self._calls[index] = replace(call, response=_without_body(call.response))

    # -- looking at it ----------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[Call]:
        return iter(tuple(self._calls))

    def __getitem__(self, number: int) -> Call:
        """Return the call of a number; negative numbers count from the last.

        Raises:
            MoniteError: There is no such call, or it was forgotten.
        """
        calls = tuple(self._calls)
        wanted = number if number > 0 else self._last_number + 1 + number
        for call in calls:
            if call.number == wanted:
                return call
        if not calls:
            raise MoniteError("No calls are recorded.", hint="Make one with %monite.")
        raise MoniteError(
            f"There is no call {number}.", hint=f"The history holds {calls[0].number} to {calls[-1].number}."
        )

    def find(
        self,
        *,
        method: str | None = None,
        path: str | None = None,
        status: str | None = None,
        entity: str | None = None,
        environment: str | None = None,
    ) -> list[Call]:
        """Return the calls that fit all that is given.

        Args:
            method: HTTP method, in any case.
            path: A part of the path; `*` in it stands for anything.
            status: `404`, `4xx`, `200,404`, or `none` for calls without an answer.
            entity: The entity's ID, or its beginning.
            environment: The environment's name.

        Raises:
            RequestError: `status` names none.
        """
        wanted = None if status in {None, "none"} else read_expect(status or "")
        return [
            call
            for call in self
            if (method is None or call.request.method == method.upper())
            and (path is None or _path_fits(call.request.path, path))
            and (status != "none" or call.response is None)
            and (wanted is None or (call.status is not None and call.status in wanted))
            and (entity is None or (call.entity_id or "").startswith(entity))
            and (environment is None or call.environment.name == environment)
        ]

    def clear(self) -> int:
        """Forget all calls and return how many there were. Numbers go on."""
        with self._lock:
            count = len(self._calls)
            self._calls.clear()
            self._bytes = 0
            return count


def _path_fits(path: str, wanted: str) -> bool:
    return fnmatchcase(path, f"*{wanted}*") if "*" in wanted else wanted in path


def _without_body(response: Answer) -> Answer:
    return Answer(
        request=response.request,
        status=response.status,
        headers=response.headers,
        content=b"",
        elapsed=response.elapsed,
        environment=response.environment,
        template=response.template,
        notes=(*response.notes, _DROPPED),
    )


#: The columns of `rows`.
COLUMNS: Final = ("#", "time", "method", "path", "status", "ms", "bytes", "tries", "entity", "environment")


def rows(calls: Iterator[Call] | list[Call]) -> list[tuple[object, ...]]:
    """Return the calls as rows of a table with `COLUMNS`."""
    return [
        (
            call.number,
            call.started.astimezone().strftime("%H:%M:%S"),
            call.request.method,
            call.request.path,
            call.outcome,
            round(call.elapsed * 1000, 1),
            call.size,
            max(len(call.attempts), 1),
            _shortened(call.entity_id or ""),
            call.environment.label,
        )
        for call in calls
    ]


def _shortened(entity_id: str) -> str:
    return entity_id if len(entity_id) <= 9 else f"{entity_id[:8]}…"


def body_of(call: Call) -> Mapping[str, object] | list[object] | str | None:
    """Return what was answered, as Python if it is JSON, else as text; None if nothing came."""
    if call.response is None:
        return None
    return call.response.data if call.response.is_json else call.response.text
