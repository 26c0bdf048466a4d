"""Timers: quotes expire, invoices become overdue, recurrences run, reminders are sent.

A rule sets a timer. When the clock reaches its time, the timer's function runs before the next request is
answered. In its call, the clock shows the timer's time. Several due timers run in order. A function checks
the current state, and does nothing if its reason is gone. A failing timer is rolled back and does not stop
the others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from monite_magic.simulator.call import Call
from monite_magic.simulator.store import Condition

if TYPE_CHECKING:
    from monite_magic.simulator.store import Document
    from monite_magic.simulator.world import World

TimerFunction = Callable[[Call, str], None]

KIND, OWNER = "timer", "timers"
_FUNCTIONS: dict[str, TimerFunction] = {}
# Stops an endless chain of timers that set each other at the current time.
_MAX_AT_ONCE = 100_000

_log = logging.getLogger(__name__)


def timer(name: str) -> Callable[[TimerFunction], TimerFunction]:
    """Register the decorated function for timers of this name. It gets a call and the ID of a document."""

    def register(function: TimerFunction) -> TimerFunction:
        _FUNCTIONS[name] = function
        return function

    return register


def moment_of(day: date | str) -> datetime:
    """The start of a day."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime.combine(day, time(), UTC)


def set_timer(call: Call, name: str, moment: datetime, identifier: str) -> None:
    """Call a timer's function with this ID when the clock reaches the time."""
    due: dict[str, Any] = {
        "id": call.new_id(),
        # Timers are ordered by their time.
        "created_at": moment.isoformat(timespec="microseconds"),
        "name": name,
        "identifier": identifier,
        "project": call.project,
        "entity_id": call.entity_id,
    }
    call.store.insert(KIND, due, owner=OWNER)


def next_moment(world: World) -> datetime | None:
    """Return the time of the next timer, or `None`."""
    found = world.store.select(KIND, owner=OWNER, parent="", limit=1)
    return datetime.fromisoformat(found[0][1]["created_at"]) if found else None


def catch_up(world: World) -> None:
    """Run all due timers."""
    run_due(world)
    world.finish()


def run_due(world: World) -> None:
    """Run all due timers, each in its own transaction."""
    for _ in range(_MAX_AT_ONCE):
        due = None
        try:
            with world.store.transaction():
                due = _next_due(world)
                if due is None:
                    return
                world.store.delete(KIND, due["id"])
                _run(world, due)
        except Exception:
            if due is None:
                raise
            _log.exception("the timer %s of %s failed in the simulator", due["name"], due["identifier"])
            world.store.delete(KIND, due["id"])


def _next_due(world: World) -> Document | None:
    now = Condition("created_at <= ?", (world.clock.timestamp(),))
    found = world.store.select(KIND, owner=OWNER, parent="", where=[now], limit=1)
    return found[0][1] if found else None


def _run(world: World, due: Document) -> None:
    moment = datetime.fromisoformat(due["created_at"])
    call = Call.without_request(
        world.at(moment), due["project"], due["entity_id"], cause=f"clock: {due['name']}"
    )
    _FUNCTIONS[due["name"]](call, due["identifier"])
    world.after.extend(call.after)
