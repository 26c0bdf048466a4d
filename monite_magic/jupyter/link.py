"""The connection to the labextension in the page, which shows the session's state and inserts cells.

The kernel opens it after the first cell that a user runs. A front end without the labextension closes it
immediately, and everything else works without it.
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

#: The name of the comm target on both ends.
TARGET: Final = "monite_magic"
_EVENT: Final = "post_run_cell"
_ATTRIBUTE: Final = "_monite_link"


class Link:
    """The connection of a shell.

    Args:
        ip: The shell.
        session_provider: Returns the session.
    """

    def __init__(self, ip: Any, session_provider: Callable[[], Session]) -> None:
        self._ip = ip
        self._session_provider = session_provider
        self._comm: Any = None
        self._last: dict[str, Any] = {}
        self.is_connected = False

    def _open(self) -> None:
        from comm import create_comm

        self._comm = create_comm(target_name=TARGET, data={"state": {}})
        self._comm.on_msg(self._connected)
        self._comm.on_close(self._closed)

    def _connected(self, _message: object) -> None:
        self.is_connected = True
        self._last = {}
        self.send_state()

    def _closed(self, _message: object) -> None:
        self.is_connected = False

    def send_state(self, _result: object = None) -> None:
        """Send the session's state to the page if it has changed."""
        if self._comm is None and front_end(self._ip) is FrontEnd.NOTEBOOK:
            self._open()
        if self.is_connected and (state := _state(self._session_provider())) != self._last:
            self._last = state
            self._comm.send({"status": state})

    def insert(self, text: str) -> bool:
        """Insert a cell below the current one. Return whether the connection is open."""
        if self.is_connected:
            self._comm.send({"insert": text})
        return self.is_connected

    def close(self) -> None:
        """Close the connection."""
        if self._comm is not None:
            self._comm.close()


def _state(session: Session) -> dict[str, Any]:
    if not session.logged_in:
        return {"label": "", "production": False, "entity": "", "expires": None}
    status = session.status()
    environment = status.environment
    # Rounded to ten seconds, so that small differences are not sent.
    expires = None if status.seconds_left is None else round((time.time() + status.seconds_left) / 10) * 10
    entity = status.entity_name or (f"{status.entity_id[:8]}…" if status.entity_id else "")
    return {
        "label": one_line(environment.label),
        "production": environment.asks_before_writes,
        "entity": one_line(mask_text(entity)),
        "expires": expires,
    }


def install(ip: Any, session_provider: Callable[[], Session]) -> None:
    """Prepare the connection of a kernel's shell. A shell without a kernel has none."""
    uninstall(ip)
    if getattr(ip, "kernel", None) is None:
        return
    link = Link(ip, session_provider)
    setattr(ip, _ATTRIBUTE, link)
    ip.events.register(_EVENT, link.send_state)


def uninstall(ip: Any) -> None:
    """Close the connection."""
    link = getattr(ip, _ATTRIBUTE, None)
    if link is not None:
        ip.events.unregister(_EVENT, link.send_state)
        link.close()
        delattr(ip, _ATTRIBUTE)


def insert(ip: Any, text: str) -> bool:
    """Insert a cell below the current one. Return whether it was inserted."""
    link: Link | None = getattr(ip, _ATTRIBUTE, None)
    return link.insert(text) if link is not None else False


def send_state(ip: Any) -> None:
    """Send the session's state to the page after a click, which doesn't run a cell."""
    link: Link | None = getattr(ip, _ATTRIBUTE, None)
    if link is not None:
        link.send_state()
