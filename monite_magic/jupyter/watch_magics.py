"""`%monite_watch`: events as they happen, in a table below the cell or as lines in a terminal.

In a kernel, it is a task in the kernel's event loop: its cell ends immediately, and other cells can run. This
also works in a browser, without threads.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from monite_magic.core import MoniteError, RequestError, mask_text
from monite_magic.core.clean_text import one_line
from monite_magic.core.words import counted, short_time
from monite_magic.jupyter.frontend import FrontEnd, front_end
from monite_magic.session.watching import EventsFeed, read_wanted

if TYPE_CHECKING:
    from monite_magic.cell import Arguments
    from monite_magic.jupyter.watch_panel import Watch
    from monite_magic.session import Session
    from monite_magic.session.watching import Event, Feed

# Seconds between polls of the simulator, and of an API.
_NEAR: Final = 0.5
_FAR: Final = 3.0
# Default minutes of a watch.
_MINUTES: Final = 30.0

_running: list[Watch] = []


def run(shell: Any, session: Session, arguments: Arguments) -> Watch | None:
    """Watch events, or stop watching.

    Args:
        shell: IPython.
        session: The session with the entity to watch.
        arguments: The parsed line.

    Returns:
        The watch in a kernel. In a terminal None, after it has ended.

    Raises:
        RequestError: A word is not an object or event.
        MoniteError: You are not logged in, or the API can't be reached.
    """
    words = list(arguments.words)
    if words == ["stop"]:
        stop()
        return None
    wanted = read_wanted(words)
    minutes = float(arguments.values.get("for") or _MINUTES)
    feed = _feed(session, wanted, webhooks=arguments.webhooks)
    pause = _NEAR if session.profile.environment.in_process else _FAR
    if getattr(shell, "kernel", None) is None:
        if front_end(shell) is FrontEnd.NOBODY and not arguments.values.get("for"):
            feed.close()
            raise RequestError("Nobody can stop the watch here.", hint="Set a duration: --for MINUTES.")
        _print_lines(feed, minutes, pause)
        return None
    stop()
    from monite_magic.jupyter.watch_panel import Watch

    watch = Watch(feed, session.client, what=", ".join(words) or "all events", until=minutes, pause=pause)
    _running.append(watch)
    watch.task = asyncio.get_running_loop().create_task(watch.run())
    return watch


def stop() -> None:
    """Stop what is being watched."""
    while _running:
        _running.pop().stop()


def _feed(session: Session, wanted: Any, *, webhooks: bool) -> Feed:
    if not webhooks:
        return EventsFeed(session.client, wanted)
    if not session.profile.environment.in_process:
        raise RequestError(
            "--webhooks is for the simulator: an API on the internet can't call this machine.",
            hint="Without it, events are polled instead.",
        )
    if sys.platform == "emscripten":
        raise RequestError("A browser can't receive webhooks.", hint="Leave out --webhooks.")
    from monite_magic.session.webhook_feed import WebhookFeed

    return WebhookFeed(session.client, wanted)


def line_of(event: Event) -> str:
    """Return an event as a line of text, with the call that opens its object."""
    return one_line(mask_text(f"{short_time(event.at)}  {event.action:<32}  {event.opened_by}"))


def _print_lines(feed: Feed, minutes: float, pause: float) -> None:
    """Print events until the time is up or the user presses Ctrl-C."""
    print(f"Watching for {minutes:g} minutes. Stop with Ctrl-C.")
    end, count = time.monotonic() + minutes * 60, 0
    try:
        while time.monotonic() < end:
            try:
                found = feed.look()
            except MoniteError as error:
                print(f"Can't ask just now: {one_line(str(error))}")
                found = []
            for event in found:
                count += 1  # first: Ctrl-C can come as soon as the line is seen
                print(line_of(event), flush=True)
            time.sleep(min(pause, max(0.0, end - time.monotonic())))
    except KeyboardInterrupt:
        pass
    finally:
        feed.close()
    print(f"Stopped. {counted(count, 'event')}.")
