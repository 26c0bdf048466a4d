"""Questions before an action that can't be undone. `monite_magic.jupyter.asking` asks them.

A question expires after its answer or after ten minutes. It also expires when the session logs in, switches
or logs out, and when the same question is asked again. So if you run a cell twice, only one button sends.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from monite_magic.core import ConfirmationError

if TYPE_CHECKING:
    from monite_magic.display import Displayable

LIFETIME: Final = 600.0  # seconds


class Stopwatch:
    """Measures time that includes a sleep of the machine, during which a monotonic clock stops."""

    def __init__(self) -> None:
        self._monotonic = time.monotonic()
        self._wall = datetime.now(UTC)

    @property
    def seconds(self) -> float:
        """Seconds since it was created."""
        # The wall clock can be set back, so neither is enough.
        wall = (datetime.now(UTC) - self._wall).total_seconds()
        return max(wall, time.monotonic() - self._monotonic)


@dataclass(slots=True)
class Question:
    """An action that needs a confirmation.

    Attributes:
        subject: The subject, for instance `POST /payables`.
        text: The question.
        facts: Labels and values to read before confirming.
        act: Performs the action, and returns what to show.
        refusal: Message and hint of the error if the answer is no.
        title: The heading.
        tone: The style of the heading, as for `display.panel`.
        notes: Sentences below the facts.
        preview: The text that would be sent.
        yes: Label of the confirm button.
        no: Label of the cancel button.
        option: What confirms it on the cell's line, for where no button can be shown.
    """

    subject: str
    text: str
    facts: tuple[tuple[str, str], ...]
    act: Callable[[], Any]
    refusal: tuple[str, str]
    title: str = "PRODUCTION"
    tone: Any = "production"
    notes: tuple[str, ...] = ()
    preview: str = ""
    yes: str = "Send"
    no: str = "Don't send"
    option: str = "--yes"
    _open_for: Stopwatch = field(default_factory=Stopwatch)
    _ended: str = ""
    _answering: threading.Lock = field(default_factory=threading.Lock)

    def panel(self, *, asks_below: bool = False) -> Displayable:
        """Return the question to show: its facts, notes and preview.

        Args:
            asks_below: Whether a prompt below has the question itself.
        """
        from monite_magic.display import panel

        notes = self.notes if asks_below else (self.text, *self.notes)
        return panel(self.title, self.facts, tone=self.tone, notes=notes, code=self.preview)

    def end(self, reason: str) -> None:
        """Expire the question. A later confirmation fails with this reason."""
        self._ended = self._ended or reason

    def answer_yes(self) -> Any:
        """Perform the action once.

        Raises:
            ConfirmationError: The question has expired.
            MoniteError: The action failed.
        """
        with self._answering:
            if self._open_for.seconds > LIFETIME:
                self.end("This question is more than ten minutes old")
            if self._ended:
                raise ConfirmationError(f"{self._ended}. Nothing was sent.", hint="Run the cell again.")
            self.end("This question was already answered")
        return self.act()

    def refused(self) -> ConfirmationError:
        """Return the error for a no."""
        message, hint = self.refusal
        return ConfirmationError(message, hint=hint)


#: Asks the question and returns the result of a yes. Raises a `ConfirmationError` otherwise.
Confirm = Callable[[Question], Any]


class Questions:
    """The open questions of a session, one for each key."""

    def __init__(self) -> None:
        self._waiting: dict[str, Question] = {}

    def add(self, key: str, question: Question) -> Question:
        """Add an open question. An older one with the same key expires."""
        if older := self._waiting.pop(key, None):
            older.end("A newer run asked this question again")
        self._waiting[key] = question
        return question

    def end_all(self, reason: str) -> None:
        """Expire all open questions."""
        for question in self._waiting.values():
            question.end(reason)
        self._waiting.clear()
