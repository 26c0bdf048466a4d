"""The line to the labextension in the page: it shows the session's state, and puts cells into the notebook.

The kernel opens it once a cell was run by someone who can answer. A front end without the labextension closes
it at once, and all works without it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from monite_magic.core import mask_text
from monite_magic.core.clean_text import one_line
from monite_magic.jupyter.frontend import FrontEnd, front_end

if TYPE_CHECKING:
    from collections.abc import Callable

    from monite_magic.session import Session

#: The name under which both ends know each other.
TARGET: Final = "monite_magic"
_EVENT: Final = "post_run_cell"
_ATTRIBUTE: Final = "_monite_link"


class Link:
    """One shell's line.

    Args:
        ip: The shell.
        session_provider: Returns the session.
    """

    def __init__(self, ip: Any, session_provider: Callable[[], Session]) -> None:
        self._ip = ip
        self._session_provider = session_provider
        self._comm: Any = None
        self._last: dict[str, Any] = {}
        self.is_heard = False

    def _open(self) -> None:
        from comm import create_comm

        self._comm = create_comm(target_name=TARGET, data={"state": {}})
        self._comm.on_msg(self._heard)
        self._comm.on_close(self._closed)

    def _heard(self, _message: object) -> None:
        self.is_heard = True
        self._last = {}
        self.tell()

    def _closed(self, _message: object) -> None:
        self.is_heard = False

    def tell(self, _result: object = None) -> None:
        """Tell the page the session's state, if that has changed."""
        if self._comm is None and front_end(self._ip) is FrontEnd.NOTEBOOK:
            self._open()
        if self.is_heard and (state := _state(self._session_provider())) != self._last:
            self._last = state
            self._comm.send({"status": state})

    def insert(self, text: str) -> bool:
        """Put a cell below the one in use; return whether there is anyone to do it."""
        if self.is_heard:
            self._comm.send({"insert": text})
        return self.is_heard

    def close(self) -> None:
        """End it."""
        if self._comm is not None:
            self._comm.close()


def _state(session: Session) -> dict[str, Any]:
    if not session.logged_in:
        return {"label": "", "production": False, "entity": "", "expires": None}
    status = session.status()
    environment = status.environment
    # To ten seconds, so that a moment's difference is not sent.
    expires = None if status.seconds_left is None else round((time.time() + status.seconds_left) / 10) * 10
    entity = status.entity_name or (f"{status.entity_id[:8]}…" if status.entity_id else "")
    return {
        "label": one_line(environment.label),
        "production": environment.asks_before_writes,
        "entity": one_line(mask_text(entity)),
        "expires": expires,
    }


def install(ip: Any, session_provider: Callable[[], Session]) -> None:
    """Prepare the line of a kernel's shell; a shell without a kernel has none."""
    uninstall(ip)
    if getattr(ip, "kernel", None) is None:
        return
    opened = Link(ip, session_provider)
    setattr(ip, _ATTRIBUTE, opened)
    ip.events.register(_EVENT, opened.tell)


def uninstall(ip: Any) -> None:
    """Close the line again."""
    opened = getattr(ip, _ATTRIBUTE, None)
    if opened is not None:
        ip.events.unregister(_EVENT, opened.tell)
        opened.close()
        delattr(ip, _ATTRIBUTE)


def insert(ip: Any, text: str) -> bool:
    """Put a cell below the one in use; return whether the front end can."""
    opened: Link | None = getattr(ip, _ATTRIBUTE, None)
    return opened.insert(text) if opened is not None else False


def tell(ip: Any) -> None:
    """Tell the page the session's state after a click, which runs no cell."""
    opened: Link | None = getattr(ip, _ATTRIBUTE, None)
    if opened is not None:
        opened.tell()
