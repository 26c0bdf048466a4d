"""Ctrl-C while several threads work: noted instead of raised, so that it can't come at a wrong moment."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


class Interrupts:
    """Notes that a person has pressed Ctrl-C, while the context lasts.

    A `KeyboardInterrupt` can be raised between any two steps of the main thread. Where the first of them took
    a lock that other threads need, it stays taken for ever, and all of them hang (documentation of Python,
    module `signal`, "Note on Signal Handlers and Exceptions"). Other threads than the main one get none, so
    nothing is noted in them.

    Attributes:
        came: Whether a `KeyboardInterrupt` came that was not raised.
    """

    def __init__(self) -> None:
        self.came = False
        self._raises = False
        self._former: Callable[[int, FrameType | None], Any] = signal.default_int_handler
        self._is_asked = False

    def __enter__(self) -> Self:
        handler = signal.getsignal(signal.SIGINT)
        # Where Ctrl-C is ignored, or ends the process, it still does.
        if callable(handler) and threading.current_thread() is threading.main_thread():
            self._former, self._is_asked = handler, True
            signal.signal(signal.SIGINT, self._take)
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_asked:
            signal.signal(signal.SIGINT, self._former)

    @contextmanager
    def raised(self) -> Iterator[None]:
        """Raise `KeyboardInterrupt` as usual in here: once, further ones are noted.

        Raises:
            KeyboardInterrupt: Ctrl-C is pressed in here, or was before.
        """
        self._raises = True
        try:
            self._raise_what_came()
            yield
        finally:
            self._raises = False

    def _raise_what_came(self) -> None:
        if self.came:
            raise KeyboardInterrupt

    def _take(self, number: int, frame: FrameType | None) -> None:
        raises, self._raises = self._raises, False
        try:
            self._former(number, frame)
        except KeyboardInterrupt:
            if raises:
                raise
            self.came = True
        else:  # a handler that does something else, and lets the program go on
            self._raises = raises
