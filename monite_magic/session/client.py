"""The session's client: its answers have tables and charts, and it records its calls in the history."""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING, Any

from monite_magic.api import Client
from monite_magic.history.trace import Trace
from monite_magic.session.response import MoniteResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.api import Prepared
    from monite_magic.core import SentRequest
    from monite_magic.history.record import History


class MoniteClient(Client[MoniteResponse]):
    """A client for one environment and one token.

    Args:
        client: Environment and auth, as for `monite_magic.api.Client`.
        history: Records each call with all attempts, even if no answer came. None records nothing.
        options: Other options of `monite_magic.api.Client`.
    """

    def __init__(self, *client: Any, history: History | None = None, **options: Any) -> None:
        recorder = functools.partial(HistoryRecorder, history) if history is not None else None
        super().__init__(*client, answer=MoniteResponse, recorder=recorder, **options)


class HistoryRecorder:
    """Records one call with all its attempts."""

    def __init__(self, history: History, prepared: Prepared) -> None:
        self._history = history
        self._prepared = prepared
        self._trace = Trace()
        self._started = time.perf_counter()

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Record an event of the connection."""
        self._trace(event, info)

    def answered(self, answer: MoniteResponse) -> None:
        """Record the answer."""
        self._history.record(answer, entity_id=self._prepared.entity_id, attempts=self._trace.attempts)

    def failed(self, request: SentRequest, error: BaseException) -> None:
        """Record the request, and why no answer came."""
        self._history.record_failure(
            request,
            error,
            self._prepared.environment,
            entity_id=self._prepared.entity_id,
            attempts=self._trace.attempts,
            elapsed=time.perf_counter() - self._started,
        )
