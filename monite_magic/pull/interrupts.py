"""Ctrl-C while several threads work: noted instead of raised, so that it can't come at a wrong moment."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator


class Interrupts:
    """Notes that a person has pressed Ctrl-C, while the context lasts.

    A `KeyboardInterrupt` can be raised between any two steps of the main thread. Where the first of them took
    a lock that other threads need, it stays taken for ever, and all of them hang (documentation of Python,
    module `signal`, "Note on Signal Handlers and Exceptions"). Other threads than the main one get none, so
    nothing is noted in them.

    Attributes:
        came: Whether Ctrl-C was pressed and not raised.
    """

    def __init__(self) -> None:
        self.came = False
        self._raises = False
        # Only what would be raised is noted: where Ctrl-C is ignored, or ends the process, it still does.
        self._is_asked = threading.current_thread() is threading.main_thread() and callable(
            signal.getsignal(signal.SIGINT)
        )

    def __enter__(self) -> Self:
        if self._is_asked:
            self._former = signal.signal(signal.SIGINT, self._take)
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_asked:
            signal.signal(signal.SIGINT, self._former)

    @contextmanager
    def raised(self) -> Iterator[None]:
        """Raise `KeyboardInterrupt` as usual in here: once, further ones are noted."""
        self._raises = True
        try:
            yield
        finally:
            self._raises = False

    def _take(self, *_: object) -> None:
        if self._raises:
            self._raises = False
            raise KeyboardInterrupt
        self.came = True
