"""What happens by the clock: quotes expire, invoices become overdue, recurrences issue, reminders go out.

A rule sets a timer; when the clock has reached its moment, the timer's function is called, before the next
request is answered, with the clock of the call standing at that moment. Timers that came due while the clock
was advanced run one after the other, in order. A function looks at the state that it finds: a timer whose
reason is gone does nothing, and one that fails leaves nothing behind and does not stop the others.
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
# A chain of timers that set each other at the present moment would never end.
_MOST_AT_ONCE = 100_000

_log = logging.getLogger(__name__)


def timer(name: str) -> Callable[[TimerFunction], TimerFunction]:
    """Register the decorated function for timers of this name. It gets a call and the id of a document."""

    def register(function: TimerFunction) -> TimerFunction:
        _FUNCTIONS[name] = function
        return function

    return register


def moment_of(day: date | str) -> datetime:
    """The first moment of a day."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime.combine(day, time(), UTC)


def set_timer(call: Call, name: str, moment: datetime, identifier: str) -> None:
    """Have a timer's function called with this id when the clock has reached the moment."""
    due: dict[str, Any] = {
        "id": call.new_id(),
        # Timers are kept in the order of their moments.
        "created_at": moment.isoformat(timespec="microseconds"),
        "name": name,
        "identifier": identifier,
        "project": call.project,
        "entity_id": call.entity_id,
    }
    call.store.insert(KIND, due, owner=OWNER)


def next_moment(world: World) -> datetime | None:
    """When the next timer is due, or `None` if there is none."""
    found = world.store.select(KIND, owner=OWNER, parent="", limit=1)
    return datetime.fromisoformat(found[0][1]["created_at"]) if found else None


def catch_up(world: World) -> None:
    """Let everything happen that the clock has made due."""
    run_due(world)
    world.finish()


def run_due(world: World) -> None:
    """Call the functions of all timers whose moment has come, each in a transaction of its own."""
    for _ in range(_MOST_AT_ONCE):
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
            _log.exception("the simulator failed at the timer %s of %s", due["name"], due["identifier"])
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
