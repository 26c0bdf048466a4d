"""Record the calls of a session in memory, limited in number and size.

Nothing is written to disk. Numbers of calls don't change when older calls are dropped.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
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

#: Maximum number of calls, and of bytes of all answers.
MAX_CALLS: Final = 500
MAX_BYTES: Final = 64_000_000

#: The error of a call that was interrupted.
_INTERRUPTED: Final = "It was interrupted before an answer came."

_DROPPED: Final = Note("The body of this answer was dropped: the history keeps 64 MB of answers.", "warning")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to send a request.

    Attributes:
        status: The status of the answer, or None if none came.
        error: The kind of error that ended it, or None.
        phases: Phase (`connect`, `ssl`, `send`, `wait`, `receive`) -> seconds.
    """

    status: int | None = None
    error: str | None = None
    phases: Mapping[str, float] = field(default_factory=dict)

    @property
    def elapsed(self) -> float:
        """Total seconds of all phases."""
        return sum(self.phases.values())

    def __str__(self) -> str:
        outcome = str(self.status) if self.status is not None else self.error or "no answer"
        phases = ", ".join(f"{name} {seconds * 1000:.1f} ms" for name, seconds in self.phases.items())
        return f"{outcome} ({phases})" if phases else outcome


@dataclass(frozen=True, slots=True)
class Call:
    """One request and its outcome.

    Attributes:
        number: Its number in the session, from 1.
        started: When it was sent, in UTC.
        request: The request, masked.
        response: The answer, or None if none came.
        error: Why no answer came, masked; or None.
        environment: Where the call went.
        entity_id: The entity that the call was for, or None.
        attempts: Each attempt with its phases, if the transport reports them.
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
        """The status of the answer, or `none` or `interrupted`."""
        if self.response is not None:
            return self.response.status
        return "interrupted" if self.error == _INTERRUPTED else "none"

    @property
    def size(self) -> int:
        """The number of bytes of the answer's body."""
        return len(self.response.content) if self.response else 0


class History:
    """The calls of a session, oldest first.

    Args:
        max_calls: Maximum number of calls.
        max_bytes: Maximum bytes of all answers; the bodies of older answers are dropped.
    """

    def __init__(self, *, max_calls: int = MAX_CALLS, max_bytes: int = MAX_BYTES) -> None:
        self._calls: deque[Call] = deque()
        self._max_calls = max_calls
        self._max_bytes = max_bytes
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
        """Record an answer and its request.

        Args:
            response: The answer.
            entity_id: The entity that the call was for.
            started: When it was sent; by default, now minus the elapsed time.
            attempts: Each attempt.
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
        attempts: tuple[Attempt, ...] = (),
        elapsed: float = 0.0,
    ) -> Call:
        """Record a request without an answer; see `record` for the arguments."""
        is_interrupt = not isinstance(error, Exception)
        reason = _INTERRUPTED if is_interrupt else str(error) or type(error).__name__
        return self._append(None, request, None, mask_text(reason), environment, entity_id, attempts, elapsed)

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
        while len(self._calls) > self._max_calls:
            self._bytes -= self._calls.popleft().size
        for index, call in enumerate(self._calls):
            if self._bytes <= self._max_bytes:
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
        """Return a call by its number; negative numbers count from the last.

        Raises:
            MoniteError: The call doesn't exist, or was dropped.
        """
        calls = tuple(self._calls)
        wanted = number if number > 0 else self._last_number + 1 + number
        for call in calls:
            if call.number == wanted:
                return call
        if not calls:
            raise MoniteError("No calls are recorded.", hint="Make one with %monite.")
        raise MoniteError(
            f"Call {number} not found.",
            hint=f"The history has calls {calls[0].number} to {calls[-1].number}.",
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
        """Return the calls that match all filters.

        Args:
            method: HTTP method, case-insensitive.
            path: Part of the path; `*` is a wildcard.
            status: `404`, `4xx`, `200,404`, or `none` for calls without an answer.
            entity: The entity's ID, or its start.
            environment: The environment's name.

        Raises:
            RequestError: `status` is invalid.
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
        """Drop all calls and return their number. Numbering continues."""
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
    """Return the answer as parsed JSON or as text; None if no answer came."""
    if call.response is None:
        return None
    return call.response.data if call.response.is_json else call.response.text
