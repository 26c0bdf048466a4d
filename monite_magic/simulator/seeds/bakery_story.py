"""The bakery's story: actions in chronological order, and its months and seasons."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from monite_magic.simulator.call import Call
from monite_magic.simulator.seeds.bakery_data import SEASONS
from monite_magic.simulator.timers import run_due

if TYPE_CHECKING:
    from monite_magic.simulator.store import Document
    from monite_magic.simulator.world import World

MONTHS = 18

Action = Callable[[Call], Any]


class Story:
    """A schedule of actions. They run in chronological order, with the clock frozen at their time."""

    def __init__(self, world: World, project: str, entity_id: str) -> None:
        self.world = world
        self.project, self.entity_id = project, entity_id
        self.now = world.clock.now()
        self.dice = random.Random(18)
        self.users: dict[str, Document] = {}
        #: The first action in the future. Until then, the story stays the same.
        self.until = _next_month(self.now)
        self._queue: list[tuple[datetime, int, str | None, Action]] = []
        self._order = itertools.count()

    def at(self, moment: datetime, action: Action, user: str | None = None) -> None:
        """Schedule an action by a user, unless its time is in the future."""
        if moment > self.now:
            self.until = min(self.until, moment)
        else:
            heapq.heappush(self._queue, (moment, next(self._order), user, action))

    def call(self, user: str | None = None) -> Call:
        """A call at the current time of the story."""
        return Call.without_request(self.world, self.project, self.entity_id, self.users.get(user or ""))

    def day(self, moment: datetime, days: float) -> datetime:
        """Return a time some days later, within working hours."""
        later = (moment + timedelta(days=days)).date()
        return datetime.combine(later, time(8 + self.dice.randrange(9), self.dice.randrange(60)), UTC)

    def tell(self) -> None:
        """Do everything."""
        clock, kept = self.world.clock, self.world.clock.state()
        try:
            while self._queue:
                moment, _, user, action = heapq.heappop(self._queue)
                clock.restore(0, moment.isoformat())
                run_due(self.world)
                action(self.call(user))
        finally:
            clock.restore(float(kept["offset"] or 0), None if kept["frozen"] is None else str(kept["frozen"]))
        run_due(self.world)
        # Drop events from before there was anyone to notify.
        self.world.after.clear()


def months(story: Story) -> list[datetime]:
    """The first days of the months of the story, oldest first. The last is the current month."""
    first = story.now.replace(day=1, hour=7, minute=0, second=0, microsecond=0)
    found = []
    for back in range(MONTHS, -1, -1):
        index = first.year * 12 + first.month - 1 - back
        found.append(first.replace(year=index // 12, month=index % 12 + 1))
    return found


def seasonal(story: Story, season: str, month: datetime) -> float:
    """Return the factor of a month: season, growth and chance."""
    months_ago = (story.now.year - month.year) * 12 + story.now.month - month.month
    growth = 1 + 0.012 * (MONTHS - months_ago)
    return SEASONS[season][month.month - 1] / 100 * growth * story.dice.uniform(0.93, 1.07)


def _next_month(moment: datetime) -> datetime:
    first = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)
