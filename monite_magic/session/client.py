"""The client of a person: its answers can be shown and analysed, and its calls are kept in a history."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from monite_magic.api.client import UNANSWERED, UNRECORDED, Client
from monite_magic.history.trace import Trace
from monite_magic.session.response import MoniteResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.api import Note, Prepared
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
        super().__init__(*client, answer=MoniteResponse, **options)
        self._history = history

    def send(
        self,
        prepared: Prepared,
        *,
        notes: tuple[Note, ...] = (),
        extensions: Mapping[str, Any] | None = None,
    ) -> MoniteResponse:
        """Send a request as it was built, record the call, and return its answer."""
        history, extensions = self._history, extensions or {}
        if history is None or extensions.keys() & UNRECORDED.keys():
            return super().send(prepared, notes=notes, extensions=extensions)
        trace, started = Trace(), time.perf_counter()

        def unanswered(request: SentRequest, error: BaseException) -> None:
            history.record_failure(
                request,
                error,
                self.environment,
                entity_id=prepared.entity_id,
                attempts=trace.attempts,
                elapsed=time.perf_counter() - started,
            )

        extensions = {"trace": trace, UNANSWERED: unanswered, **extensions}
        response = super().send(prepared, notes=notes, extensions=extensions)
        history.record(response, entity_id=prepared.entity_id, attempts=trace.attempts)
        return response
