"""The table of `%monite_watch` in a notebook: newest first, with a button per row that opens its object."""

from __future__ import annotations

import asyncio
import contextlib
import html
import threading
import time
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as widgets
from IPython.display import display

from monite_magic import display as pictures
from monite_magic.api.client import UNRECORDED
from monite_magic.core import CredentialsError, MoniteError, mask_text
from monite_magic.core.clean_text import one_line
from monite_magic.core.words import counted, short_time
from monite_magic.jupyter.forms.parts import StatusLine, button, mimebundle, prose

if TYPE_CHECKING:
    from monite_magic.session.client import MoniteClient
    from monite_magic.session.watching import Event, Feed

# Maximum rows. All events are kept.
_ROWS: Final = 20
_CELL: Final = "display:inline-block;vertical-align:middle;white-space:nowrap;padding-right:1em"
# Seconds that stopping waits for a running poll.
_LAST_LOOK: Final = 3.0
_WIDGETLESS: Final = "A live table of events, made of widgets. When the watch stops, the table appears here."


class Watch:
    """A running watch: the result of `%monite_watch`.

    Args:
        feed: The source of events.
        client: Reads the object of a row.
        what: A description of the watched events.
        until: The duration in minutes.
        pause: Seconds between polls.

    Attributes:
        events: The events so far, oldest first.
        task: The polling task.
    """

    def __init__(self, feed: Feed, client: MoniteClient, *, what: str, until: float, pause: float) -> None:
        self._feed, self._client, self._what, self._pause = feed, client, what, pause
        self._end = time.monotonic() + until * 60
        self.events: list[Event] = []
        self.task: asyncio.Task[None] | None = None
        self._is_over = False
        self._can_ask = True
        self._looking = threading.Lock()
        self._found: list[Event] = []
        self._handle: Any = None
        self._status = StatusLine()
        self._stop = button("Stop", self.stop)
        self._rows = widgets.VBox([])
        self._opened = widgets.HTML()
        self._show_status()

    @property
    def running(self) -> bool:
        """Whether it is still running."""
        return not self._is_over

    def stop(self) -> None:
        """Poll once more, and stop watching. The events are kept."""
        if self._is_over:
            return
        self._is_over = True
        if self.task is not None:
            self.task.cancel()
        with contextlib.suppress(MoniteError):
            self._look(last=True)
        self._take()
        self._feed.close()
        if self._handle is not None:
            self._handle.update(self._table())

    async def run(self) -> None:
        """Poll for events until the time is up or it is stopped."""
        while not self._is_over and time.monotonic() < self._end:
            try:
                await _in_thread(self._look)
            except MoniteError as error:
                self._status.say(f"Can't ask just now: {one_line(str(error))}", "caution")
            else:
                self._take()
            await asyncio.sleep(self._pause)
        self.stop()

    def _look(self, *, last: bool = False) -> None:
        """Poll for events. They are kept even if the task is stopped meanwhile.

        The last poll doesn't wait for an unresponsive server.
        """
        if not self._looking.acquire(timeout=_LAST_LOOK if last else -1):
            return
        try:
            if last and not self._can_ask:
                return
            self._can_ask = False
            self._found += self._feed.look()
            self._can_ask = True
        except CredentialsError:
            self._end = 0.0  # the session logged out, or logged in again
            raise MoniteError("The session has ended.") from None
        finally:
            self._looking.release()

    def _take(self) -> None:
        """Show the new events."""
        found, self._found = self._found, []
        self.events += found
        self._show_status()
        if not found:
            return
        newest = [self._row(event) for event in reversed(found[-_ROWS:])]
        kept, dropped = (*newest, *self._rows.children)[:_ROWS], self._rows.children[_ROWS - len(newest) :]
        self._rows.children = kept
        for row in dropped:
            row.close()

    def _show_status(self) -> None:
        left = max(0, round((self._end - time.monotonic()) / 60))
        count = counted(len(self.events), "event")
        self._status.say(f"Watching {self._what}: {count}, newest first. Stops in {left} min.", "info")

    def _row(self, event: Event) -> widgets.HBox:
        cells = ((short_time(event.at), "11em"), (event.action, "18em"), (event.object_id, "22em"))
        text = "".join(
            f'<span style="{_CELL};min-width:{width}">{_safe(word)}</span>' for word, width in cells
        )
        opens = button(
            "Open",
            lambda: self._start_opening(event),
            disabled=event.path is None,
            tooltip=f"Open the object of {_line(event.action)}, {short_time(event.at)}",
        )
        layout = {"border_bottom": "1px solid rgba(127,127,127,.3)", "align_items": "center"}
        return widgets.HBox([opens, prose(text)], layout=layout)

    def _start_opening(self, event: Event) -> None:
        asyncio.get_running_loop().create_task(self.open(event))

    async def open(self, event: Event) -> None:
        """Show the object of an event, as it is now, below the table."""
        if event.path is None:
            return
        path = event.path
        try:
            answer = await _in_thread(lambda: self._client.request("GET", path, extensions=UNRECORDED))
        except MoniteError as error:
            self._status.say(str(error), "bad")
            return
        self._opened.value = answer._repr_mimebundle_()["text/html"]

    def _table(self) -> Any:
        """Return the table that stays after the end."""
        rows = [(short_time(event.at), event.action, event.opened_by) for event in reversed(self.events)]
        title = f"Watched {self._what}: {counted(len(rows), 'event')}, newest first"
        return pictures.table(("at", "event", "opens with"), rows, title=title, whole="the watch's .events")

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        box = widgets.VBox([widgets.HBox([self._stop, self._status]), self._rows, self._opened])
        return mimebundle(box, _WIDGETLESS, **options)

    def _ipython_display_(self) -> None:
        if self._is_over:
            display(self._table())  # type: ignore[no-untyped-call]
            return
        bundle = self._repr_mimebundle_()
        self._handle = display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]


async def _in_thread(call: Any) -> Any:
    """Call in a thread, so that cells can run meanwhile. Without threads, as in a browser, call directly."""
    try:
        return await asyncio.to_thread(call)
    except RuntimeError as error:
        if "thread" not in str(error):
            raise
        return call()


def _line(text: str) -> str:
    return one_line(mask_text(text))


def _safe(text: str) -> str:
    return html.escape(_line(text))
