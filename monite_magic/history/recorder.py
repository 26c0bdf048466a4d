"""Record one call: time the phases of each attempt, and put all of it into the history.

`Trace` is the callback in `request.extensions["trace"]`, which httpx passes to httpcore. Retries and token
renewals send the same request again, so it sees every attempt.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from monite_magic.history.record import Attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from monite_magic.api import Answer, Prepared
    from monite_magic.core import SentRequest
    from monite_magic.history.record import History

_PHASES: Final = {
    "connection.connect_tcp": "connect",
    "connection.start_tls": "ssl",
    "http11.send_request_headers": "send",
    "http11.send_request_body": "send",
    "http2.send_request_headers": "send",
    "http2.send_request_body": "send",
    "http11.receive_response_headers": "wait",
    "http2.receive_response_headers": "wait",
    "http11.receive_response_body": "receive",
    "http2.receive_response_body": "receive",
}


class Trace:
    """Collects the phases of a request's attempts.

    Args:
        clock: Returns seconds; replaced only in tests.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._started: dict[str, float] = {}
        self._attempts: list[Attempt] = []
        self._phases: dict[str, float] = {}
        self._status: int | None = None
        self._error: str | None = None
        self._open = False

    def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        """Record an event, for instance `connection.connect_tcp.started`."""
        step, _, stage = event.rpartition(".")
        phase = _PHASES.get(step)
        if phase is None:
            return
        if stage == "started":
            if phase == "connect" or (phase == "send" and "wait" in self._phases):
                self._close()
            self._open = True
            self._started[step] = self._clock()
            return
        now = self._clock()
        self._phases[phase] = self._phases.get(phase, 0.0) + now - self._started.pop(step, now)
        if stage == "failed":
            self._error = type(info.get("exception")).__name__
        elif phase == "wait":
            self._status = _status_of(info.get("return_value"))

    def _close(self) -> None:
        if self._open:
            self._attempts.append(Attempt(self._status, self._error, self._phases))
        self._phases, self._status, self._error, self._open = {}, None, None, False

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """The attempts so far; empty if the transport reports no events."""
        if not self._open:
            return tuple(self._attempts)
        return (*self._attempts, Attempt(self._status, self._error, dict(self._phases)))


class HistoryRecorder:
    """Records one call with all its attempts.

    Args:
        history: Where it is recorded.
        prepared: The request.

    Attributes:
        trace: The callback for httpcore's events.
    """

    def __init__(self, history: History, prepared: Prepared) -> None:
        self._history = history
        self._prepared = prepared
        self.trace = Trace()
        self._started = time.perf_counter()

    def answered(self, answer: Answer) -> None:
        """Record the answer."""
        self._history.record(answer, entity_id=self._prepared.entity_id, attempts=self.trace.attempts)

    def failed(self, request: SentRequest, error: BaseException) -> None:
        """Record the request, and why no answer came."""
        self._history.record_failure(
            request,
            error,
            self._prepared.environment,
            entity_id=self._prepared.entity_id,
            attempts=self.trace.attempts,
            elapsed=time.perf_counter() - self._started,
        )


def _status_of(returned: Any) -> int | None:
    """Return the status from httpcore's result: (version, status, …), or (status, …) for HTTP/2."""
    items = returned if isinstance(returned, tuple) else ()
    return next((item for item in items if isinstance(item, int)), None)
