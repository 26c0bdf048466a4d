"""Questions to a person before something that can't be undone. `monite_magic.jupyter.asking` asks them.

A question ends: with its answer, after ten minutes, when the session logs in, switches or logs out, and when
the same is asked again. So two runs of a cell leave one button that sends, and it sends what it shows.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from monite_magic.core import ConfirmationError

LIFETIME: Final = 600.0  # seconds


@dataclass(slots=True)
class Question:
    """Something that waits for a yes.

    Attributes:
        subject: What it is about, for instance `POST /payables`.
        text: The question in words.
        facts: Labels and values of what a person should know before the yes.
        act: Does it, and returns what to show.
        refusal: What is raised if there is no yes: message and hint.
        title: The heading.
        tone: The look of the heading, as for `display.panel`.
        notes: Sentences below.
        preview: What would be sent, as text.
        yes: What the button for yes says.
        no: What the button for no says.
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
    _asked: float = field(default_factory=time.monotonic)
    _ended: str = ""
    _answering: threading.Lock = field(default_factory=threading.Lock)

    def end(self, reason: str) -> None:
        """Disarm the question; a yes that comes later is refused with this reason."""
        self._ended = self._ended or reason

    def answer_yes(self) -> Any:
        """Do what was asked about, once.

        Raises:
            ConfirmationError: The question has ended.
            MoniteError: It was done, and failed.
        """
        with self._answering:
            if time.monotonic() - self._asked > LIFETIME:
                self.end("This question is more than ten minutes old")
            if self._ended:
                raise ConfirmationError(f"{self._ended}; nothing was sent.", hint="Run the cell again.")
            self.end("This question was answered before")
        return self.act()

    def refused(self) -> ConfirmationError:
        """Return the error of a no."""
        message, hint = self.refusal
        return ConfirmationError(message, hint=hint)


#: Asks a person, and returns what the yes brought; raises a `ConfirmationError` if there was none.
Confirm = Callable[[Question], Any]


class Questions:
    """The questions of a session that still wait, one for each key."""

    def __init__(self) -> None:
        self._waiting: dict[str, Question] = {}

    def add(self, key: str, question: Question) -> Question:
        """Let a question wait; an older one with the same key ends."""
        if older := self._waiting.pop(key, None):
            older.end("The same was asked again later")
        self._waiting[key] = question
        return question

    def end_all(self, reason: str) -> None:
        """End every question that waits."""
        for question in self._waiting.values():
            question.end(reason)
        self._waiting.clear()
