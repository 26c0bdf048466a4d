"""A collection cut into ranges of `created_at`, so that several workers can read it side by side.

A page token can't be skipped, so within one range pages come one after another. A range that is being read
gives parts of what is left away whenever workers have nothing to do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

#: A range that is shorter is not worth another call.
_SHORTEST: Final = timedelta(seconds=2)


def written(moment: datetime) -> str:
    """Return a moment as the API reads it in a query."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def read(text: Any) -> datetime | None:
    """Return the moment that a row names, or None."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def moment_from(text: Any) -> datetime | None:
    """Return the moment that a manifest names, or None where it names none.

    Raises:
        ValueError: It is no moment.
    """
    moment = read(text)
    if moment is None and text is not None:
        raise ValueError(text)
    return moment


@dataclass(slots=True)
class Slice:
    """A range of one collection of one entity, from `start` (included) to `end` (excluded).

    Attributes:
        start: The first moment, or None for no limit.
        end: The moment after the last, or None for no limit.
        position: `created_at` of the last row that is kept.
        at_position: Ids of the rows kept with just that `created_at`.
        done: Whether all of it is kept.
        horizon: `created_at` of the newest row there was, for estimates.
        resumed_at: The `position` from which it is being read.
        resumed_ids: Ids of the rows that were kept then with just that `created_at`.
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
        """Return the filters of what is still to be read."""
        begin = self.position or self.start
        query = {"created_at__gte": written(begin)} if begin else {}
        return query | ({"created_at__lt": written(self.end)} if self.end else {})

    def resume(self) -> None:
        """Note from where the range is read now."""
        self.resumed_at, self.resumed_ids = self.position, frozenset(self.at_position)

    def take(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return those rows that belong here and are not kept yet; a resumed range reads a moment again."""
        begin = self.resumed_at or self.start
        taken = []
        for row in rows:
            created = read(row.get("created_at"))
            if self.end and created and created >= self.end:
                continue  # it was given away
            if begin and created and created < begin:
                continue  # it belongs to another range, or is kept
            if created and created == self.resumed_at and row.get("id") in self.resumed_ids:
                continue
            taken.append(row)
        return taken

    def advance(self, rows: list[dict[str, Any]]) -> None:
        """Note that `rows`, in the order of their `created_at`, are kept."""
        for row in rows:
            created = read(row.get("created_at"))
            if created is None:
                continue
            if created != self.position:
                self.position, self.at_position = created, []
            self.at_position.append(str(row.get("id")))

    def is_past_end(self, rows: list[dict[str, Any]]) -> bool:
        """Whether the last of `rows` lies beyond the range, so that no later page is needed."""
        last = read(rows[-1].get("created_at")) if rows else None
        return bool(self.end and last and last >= self.end)

    def pages_left(self, first: datetime, at: datetime, pages: int) -> float:
        """Return about how many pages are left, if rows lie as densely as those between two moments.

        Args:
            first: `created_at` of the first row read.
            at: That of the last.
            pages: Pages read.
        """
        read_seconds = max((at - first).total_seconds(), 0.001)
        return pages * (self._last() - at).total_seconds() / read_seconds

    def split(self, at: datetime, count: int) -> list[Slice]:
        """Give the later parts of what is left away, and return them; none if it is too short for that.

        Args:
            at: `created_at` of the last row read.
            count: Into how many equal parts what is left is split, the one that is kept among them.
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
        """Return the slice that the manifest holds.

        Raises:
            ValueError: A moment is none; KeyError or TypeError: something is missing or of another kind.
        """
        start, end, position = (moment_from(data[name]) for name in ("start", "end", "position"))
        piece = cls(start, end, position, list(data["at_position"]), bool(data["done"]))
        piece.resume()
        return piece
