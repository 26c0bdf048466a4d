"""Read planned ranges in parallel workers, with a common rate limiter, into a sink."""

from __future__ import annotations

import math
import sys
import threading
import time
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from monite_magic.api import ApiError, EndlessListError, PageGuard, http_date
from monite_magic.api.client import UNRECORDED
from monite_magic.api.retry import asks_to_wait
from monite_magic.core import MoniteError
from monite_magic.tables.pull.batch import Batch
from monite_magic.tables.pull.plan import begin
from monite_magic.tables.pull.slices import read, written

if TYPE_CHECKING:
    from collections.abc import Callable

    from monite_magic.api import Answer
    from monite_magic.api.client import Client
    from monite_magic.tables.pull.interrupts import Interrupts
    from monite_magic.tables.pull.limiter import RateLimiter
    from monite_magic.tables.pull.manifest import Part
    from monite_magic.tables.pull.plan import Collection
    from monite_magic.tables.pull.sinks import Sink
    from monite_magic.tables.pull.slices import Slice

#: The minimum of remaining pages per worker to split a range: each part costs about one more page.
_PAGES_WORTH_SHARING: Final = 3.0
_TICK: Final = 0.01  # seconds between checks for completion
#: The maximum wait for pages in progress after a pull ended early, in seconds. The server may hang.
_PATIENCE: Final = 3.0
_MAX_REFUSALS: Final = 5  # retries of a page; the limiter waits between them


class _UnorderedError(Exception):
    """The rows are not sorted by `created_at`."""


class Engine:
    """One run of a pull.

    Args:
        client: Makes the calls for all workers.
        sink: Stores the rows.
        limiter: Limits the call rate.
        collections: The collections by path.
        on_page: Called after each page with its number of new rows.

    Attributes:
        refusals: The parts that can't be read, with the reasons. The others are still read.
    """

    def __init__(
        self,
        client: Client[Any],
        sink: Sink,
        limiter: RateLimiter,
        collections: dict[str, Collection],
        on_page: Callable[[int], None],
    ) -> None:
        self._client = client
        self._sink = sink
        self._limiter = limiter
        self._collections = collections
        self._on_page = on_page
        self._queue: deque[tuple[Part, Slice]] = deque()
        self._left: dict[int, float] = {}  # estimated remaining pages by the id() of a range
        self._working = 0
        self._waiting = 0
        self._change = threading.Condition()
        self._stop = threading.Event()
        self._wait_until = math.inf
        self._failure: BaseException | None = None
        self.refusals: list[tuple[Part, MoniteError]] = []

    def run(self, parts: list[Part], workers: int, interrupts: Interrupts) -> None:
        """Read everything that isn't done yet. An interruption keeps the rows so far.

        Args:
            parts: The parts to read.
            workers: The maximum number of concurrent calls.
            interrupts: Detects Ctrl-C.

        Raises:
            MoniteError: A call failed. The rows so far are kept.
        """
        self._queue.extend((part, piece) for part in parts for piece in part.slices if not piece.done)
        if sys.platform == "emscripten":  # browsers have no threads: read ranges one by one
            with interrupts.raised():
                self._work()
        else:
            threads = [threading.Thread(target=self._work, daemon=True) for _ in range(workers)]
            self._run_all(threads, interrupts)
        if self._failure is not None:
            raise self._failure

    def _run_all(self, threads: list[threading.Thread], interrupts: Interrupts) -> None:
        """Start all threads and wait for them. After an interruption, wait only briefly.

        Pages that arrive later are dropped, because the sink is closed.
        """
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads) and time.monotonic() < self._wait_until:
            if interrupts.came and not self._stop.is_set():
                self._end()
            time.sleep(_TICK)

    def _end(self) -> None:
        self._wait_until = min(self._wait_until, time.monotonic() + _PATIENCE)
        self._stop.set()
        with self._change:
            self._change.notify_all()

    # -- one worker -------------------------------------------------------------------------------------

    def _work(self) -> None:
        while (job := self._next_job()) is not None:
            try:
                self._read_ordered(*job)
            except (ApiError, EndlessListError) as error:
                if not _concerns_part_alone(error):
                    self._failure = self._failure or error
                    self._end()
                else:
                    self._refuse(job[0], error)
            except BaseException as error:  # noqa: BLE001 - it is raised in the thread that waits
                self._failure = self._failure or error
                self._end()
            finally:
                with self._change:
                    self._working -= 1
                    self._left.pop(id(job[1]), None)
                    self._change.notify_all()

    def _refuse(self, part: Part, error: MoniteError) -> None:
        """Record that a part can't be read, and continue with the others."""
        with self._sink.lock:
            if part.refused:
                return
            part.refused = "has no end"
            if isinstance(error, ApiError):
                part.refused = f"{error.response.status} {error.response.reason}".strip()
            self.refusals.append((part, error))
        self._sink.save(part)

    def _next_job(self) -> tuple[Part, Slice] | None:
        with self._change:
            self._waiting += 1
            while not self._queue and self._working and not self._stop.is_set():
                self._change.wait()
            self._waiting -= 1
            if self._stop.is_set() or not self._queue:
                return None
            self._working += 1
            return self._queue.popleft()

    def _read_ordered(self, part: Part, piece: Slice) -> None:
        """Read a range. If its rows are not sorted, read the part again without ranges."""
        try:
            self._read(part, piece)
        except _UnorderedError:
            with self._sink.lock:
                if not part.holds(piece):  # another worker restarted the part
                    return
                replaces = part.replaces  # keep rows of an earlier pass until all are replaced
                begin(part, self._collections[part.collection], read(part.since))
                part.plain, part.replaces, part.sweeps = True, replaces, replaces
                whole = part.slices[0]
                if not replaces:
                    self._sink.restart(part)
            self._read(part, whole)

    def _read(self, part: Part, piece: Slice) -> None:
        collection = self._collections[part.collection]
        ordered = collection.ordered and not part.plain
        batch, pages = self._batch(part), 0
        first: datetime | None = None
        at: datetime | None = None
        refusals = 0
        guard = PageGuard()
        endless: EndlessListError | None = None
        piece.resume()
        query = {**collection.first, **part.query, **piece.query()}
        while part.holds(piece) and not part.refused and self._limiter.wait(self._stop):
            try:
                answer = self._page(part, query)
                if asks_to_wait(answer.status, answer.headers) and refusals < _MAX_REFUSALS:
                    refusals += 1
                    continue
                rows = _rows(answer)
            except BaseException:
                if batch.count:
                    self._sink.keep(part, piece, batch)
                raise
            try:
                guard.check(answer)
            except EndlessListError as error:
                endless = error
            if ordered and rows:
                before = at
                first, at = first or read(rows[0].get("created_at")), _checked_order(rows, at)
                if at != before:
                    guard.remember_only([row for row in rows if read(row.get("created_at")) == at])
            refusals = 0
            with self._sink.lock:  # the range must not be split now
                part.begun = part.begun or written(_asked_at(answer))
                taken = piece.take(rows)
            batch.add(taken)  # without the lock, because it sometimes builds a table
            if guard.repeats and collection.has_ids:
                batch.replaces = batch.repeats = True
            self._on_page(len(taken))
            pages += 1
            batch.is_last = piece.is_past_end(rows) or (endless is None and answer.next_token is None)
            if batch.is_last or (ordered and batch.count >= self._sink.batch_rows):
                self._sink.keep(part, piece, batch)
                if batch.is_last:
                    return
                batch = self._batch(part)
            if endless is not None:
                break
            query = {"pagination_token": str(answer.next_token), **collection.limit}
            if first and at:
                self._share(part, piece, first, at, pages)
        if batch.count:
            self._sink.keep(part, piece, batch)
        if endless is not None:
            raise endless

    def _page(self, part: Part, query: dict[str, str]) -> Answer:
        # Not recorded, because thousands of calls would displace the user's calls in the history.
        answer: Answer = self._client.get(
            part.collection, params=query, entity_id=part.entity or None, extensions=UNRECORDED
        )
        self._limiter.learn(answer.status, answer.headers)
        return answer

    def _batch(self, part: Part) -> Batch:
        raw = self._sink.batch_rows == 1
        return Batch(self._collections[part.collection].shape, raw=raw, replaces=part.replaces)

    def _share(self, part: Part, piece: Slice, first: datetime, at: datetime, pages: int) -> None:
        """Give parts of a range to waiting workers, if no other range has more pages left."""
        if piece.end is None and piece.horizon is None:
            piece.horizon = self._newest(part)
        with self._change, self._sink.lock:
            if not part.holds(piece):
                return
            left = self._left[id(piece)] = piece.pages_left(first, at, pages)
            takers = min(self._waiting - len(self._queue), int(left / _PAGES_WORTH_SHARING))
            if takers < 1 or left < max(self._left.values()):
                return
            given = piece.split(at, takers + 1)
            part.slices.extend(given)
            self._left[id(piece)] = left / (takers + 1)
            self._queue.extend((part, other) for other in given)
            self._change.notify_all()

    def _newest(self, part: Part) -> datetime:
        """Return `created_at` of the newest row, to estimate the remaining pages. This costs one call.

        If the API doesn't return it, the current time is used.
        """
        query = {**self._collections[part.collection].first, **part.query, "order": "desc", "limit": "1"}
        newest = None
        if self._limiter.wait(self._stop):
            answer = self._page(part, query)
            if answer.ok and (rows := _rows(answer)):
                newest = read(rows[0].get("created_at"))
        return newest or datetime.now(UTC)


def _concerns_part_alone(error: MoniteError) -> bool:
    """Whether other collections and entities can still be read."""
    if isinstance(error, ApiError):
        return error.response.status not in {401, 429} and error.response.status < 500
    return isinstance(error, EndlessListError)


def _rows(answer: Answer) -> list[dict[str, Any]]:
    """Return the rows of a page.

    Raises:
        MoniteError: The call was refused, or the page is not a list, which must not count as the end.
    """
    rows = answer.raise_for_status().items
    if not answer.is_list or not all(isinstance(row, dict) for row in rows):
        raise MoniteError(
            f"GET {answer.request.path} answered {answer.status} with a page that is not a list of rows.",
            hint="It may come from a proxy or a maintenance page. Try again later.",
        )
    return rows


def _asked_at(answer: Answer) -> datetime:
    """Return the time of a page's request, by the server's clock, or else by this machine's."""
    came = http_date(answer.headers.get("date", "")) or datetime.now(UTC)
    return came - timedelta(seconds=answer.elapsed)


def _checked_order(rows: list[dict[str, Any]], at: datetime | None) -> datetime | None:
    """Check that rows are sorted, and return `created_at` of the last row.

    Args:
        rows: The rows of a page.
        at: `created_at` of the last row before them.

    Raises:
        _UnorderedError: The rows are not sorted by `created_at`.
    """
    moments = [read(row.get("created_at")) for row in rows]
    for moment in moments:
        if moment is None or (at is not None and moment < at):
            raise _UnorderedError
        at = moment
    return at
