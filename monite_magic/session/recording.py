"""A client that keeps its calls in a history, with every attempt and also those that got no answer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from monite_magic.api import UNANSWERED, MoniteClient
from monite_magic.api.client import UNRECORDED
from monite_magic.history.trace import Trace

if TYPE_CHECKING:
    from monite_magic.api import Answer
    from monite_magic.core import SentRequest
    from monite_magic.history.record import History


class RecordedClient(MoniteClient):
    """Talks to one environment with one token, and records what it does.

    Args:
        history: Where calls are kept; None keeps none.
        client: As for `MoniteClient`.
        options: As for `MoniteClient`.
    """

    def __init__(self, history: History | None, *client: Any, **options: Any) -> None:
        super().__init__(*client, **options)
        self._history = history

    def request(self, method: str, path: str, **options: Any) -> Answer:
        """Send one request and return its answer, as `MoniteClient.request` does, and record it."""
        history, extensions = self._history, options.pop("extensions", None) or {}
        if history is None or extensions.keys() & UNRECORDED.keys():
            return super().request(method, path, extensions=extensions, **options)
        trace, started = Trace(), time.perf_counter()
        entity_id = options.get("entity_id") or self.entity_id

        def unanswered(request: SentRequest, error: BaseException) -> None:
            history.record_failure(
                request,
                error,
                self.environment,
                entity_id=entity_id,
                attempts=trace.attempts,
                elapsed=time.perf_counter() - started,
            )

        extensions = {"trace": trace, UNANSWERED: unanswered, **extensions}
        response = super().request(method, path, extensions=extensions, **options)
        history.record(response, entity_id=entity_id, attempts=trace.attempts)
        return response
