"""The client of a person: its answers can be shown and analysed, and its calls are kept in a history."""

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
    """Talks to one environment with one token.

    Args:
        client: As for `monite_magic.api.Client`: environment and auth.
        history: Where calls are kept, with every attempt and also those that got no answer; None keeps none.
        options: As for `monite_magic.api.Client`.
    """

    def __init__(self, *client: Any, history: History | None = None, **options: Any) -> None:
        recorder = functools.partial(HistoryRecorder, history) if history is not None else None
        super().__init__(*client, answer=MoniteResponse, recorder=recorder, **options)


class HistoryRecorder:
    """Keeps one call in a history, with every attempt."""

    def __init__(self, history: History, prepared: Prepared) -> None:
        self._history = history
        self._prepared = prepared
        self._trace = Trace()
        self._started = time.perf_counter()

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Take note of an event on the connection."""
        self._trace(event, info)

    def answered(self, answer: MoniteResponse) -> None:
        """Keep the answer."""
        self._history.record(answer, entity_id=self._prepared.entity_id, attempts=self._trace.attempts)

    def failed(self, request: SentRequest, error: BaseException) -> None:
        """Keep what was sent, and why no answer came."""
        self._history.record_failure(
            request,
            error,
            self._prepared.environment,
            entity_id=self._prepared.entity_id,
            attempts=self._trace.attempts,
            elapsed=time.perf_counter() - self._started,
        )
