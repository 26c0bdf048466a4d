"""Split a collection into ranges of `created_at`, so that several workers can read it in parallel.

Page tokens can't be skipped, so the pages of a range are read one by one. When workers are idle, a range that
is being read gives them parts of its remainder.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

#: Shorter ranges are not worth another call.
_SHORTEST: Final = timedelta(seconds=2)


def written(moment: datetime) -> str:
    """Format a time for a query."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def read(text: Any) -> datetime | None:
    """Parse the time in a row, or return None."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def moment_from(text: Any) -> datetime | None:
    """Parse an optional time in a manifest.

    Raises:
        ValueError: It is not a time.
    """
    moment = read(text)
    if moment is None and text is not None:
        raise ValueError(text)
    return moment


@dataclass(slots=True)
class Slice:
    """A range of one collection of one entity, from `start` (included) to `end` (excluded).

    Attributes:
        start: The first time, or None for no limit.
        end: The time after the last, or None for no limit.
        position: `created_at` of the last stored row.
        at_position: The IDs of the stored rows with that `created_at`.
        done: Whether it is completely stored.
        horizon: `created_at` of the newest row, for estimates.
        resumed_at: The `position` at which reading resumed.
        resumed_ids: The IDs of the rows that were stored then with that `created_at`.
    """

    start: datetime | None = None
    end: datetime | None = None
    position: datetime | None = None
    at_position: list[str] = field(default_factory=list)
    done: bool = False
    horizon: datetime | None = None
    resumed_at: datetime | None = None
    resumed_ids: frozenset[str] = frozenset()

    def query(self) -> dict[str, str]:
        """Return the filters for the rows that are still to be read."""
        begin = self.position or self.start
        query = {"created_at__gte": written(begin)} if begin else {}
        return query | ({"created_at__lt": written(self.end)} if self.end else {})

    def resume(self) -> None:
        """Record where reading resumes."""
        self.resumed_at, self.resumed_ids = self.position, frozenset(self.at_position)

    def take(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the rows of this range that are not stored yet."""
        begin = self.resumed_at or self.start
        taken = []
        for row in rows:
            created = read(row.get("created_at"))
            if self.end and created and created >= self.end:
                continue  # given to another worker
            if begin and created and created < begin:
                continue  # in another range, or already stored
            if created and created == self.resumed_at and row.get("id") in self.resumed_ids:
                continue
            taken.append(row)
        return taken

    def advance(self, rows: list[dict[str, Any]]) -> None:
        """Record that `rows`, sorted by `created_at`, are stored."""
        for row in rows:
            created = read(row.get("created_at"))
            if created is None:
                continue
            if created != self.position:
                self.position, self.at_position = created, []
            self.at_position.append(str(row.get("id")))

    def is_past_end(self, rows: list[dict[str, Any]]) -> bool:
        """Whether the last of `rows` is after the range, so that no more pages are needed."""
        last = read(rows[-1].get("created_at")) if rows else None
        return bool(self.end and last and last >= self.end)

    def pages_left(self, first: datetime, at: datetime, pages: int) -> float:
        """Estimate the remaining pages from the density of rows so far.

        Args:
            first: `created_at` of the first row read.
            at: `created_at` of the last row read.
            pages: The number of pages read.
        """
        read_seconds = max((at - first).total_seconds(), 0.001)
        return pages * (self._last() - at).total_seconds() / read_seconds

    def split(self, at: datetime, count: int) -> list[Slice]:
        """Split off later parts of the remainder and return them, unless it is too short.

        Args:
            at: `created_at` of the last row read.
            count: The number of equal parts of the remainder, including the one that stays.
        """
        step = (self._last() - at) / count
        if step < _SHORTEST:
            return []
        marks = [at + step * number for number in range(1, count)]
        ends = [*marks[1:], self.end]
        given = [Slice(mark, end, horizon=self.horizon) for mark, end in zip(marks, ends, strict=True)]
        self.end = marks[0]
        return given

    def _last(self) -> datetime:
        return self.end or self.horizon or datetime.now(UTC)

    def to_json(self) -> dict[str, Any]:
        """Return the slice for the manifest."""
        moments = {"start": self.start, "end": self.end, "position": self.position}
        texts = {name: written(moment) if moment else None for name, moment in moments.items()}
        return {**texts, "at_position": self.at_position, "done": self.done}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Slice:
        """Return a slice from the manifest.

        Raises:
            ValueError: A time is invalid; KeyError or TypeError: a value is missing or has another type.
        """
        start, end, position = (moment_from(data[name]) for name in ("start", "end", "position"))
        piece = cls(start, end, position, list(data["at_position"]), bool(data["done"]))
        piece.resume()
        return piece
