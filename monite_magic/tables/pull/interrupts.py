"""Defer Ctrl-C while several threads work, so that it can't interrupt at a wrong moment."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


class Interrupts:
    """Records Ctrl-C during the context.

    A `KeyboardInterrupt` can be raised between any two instructions of the main thread. If it has just taken
    a lock that other threads need, they hang forever (Python documentation, module `signal`, "Note on Signal
    Handlers and Exceptions"). Other threads don't get interrupts, so nothing is recorded there.

    Attributes:
        came: Whether a `KeyboardInterrupt` was deferred.
    """

    def __init__(self) -> None:
        self.came = False
        self._raises = False
        self._former: Callable[[int, FrameType | None], Any] = signal.default_int_handler
        self._is_asked = False

    def __enter__(self) -> Self:
        handler = signal.getsignal(signal.SIGINT)
        # If Ctrl-C is ignored or ends the process, leave it so.
        if callable(handler) and threading.current_thread() is threading.main_thread():
            self._former, self._is_asked = handler, True
            signal.signal(signal.SIGINT, self._take)
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_asked:
            signal.signal(signal.SIGINT, self._former)

    @contextmanager
    def raised(self) -> Iterator[None]:
        """Raise `KeyboardInterrupt` as usual in this block, once. Record further ones.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed in or before the block.
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
        else:  # another handler that lets the program continue
            self._raises = raises
