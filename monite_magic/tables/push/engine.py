"""Send documents in parallel workers with a common rate limiter, each call exactly once.

Each call is recorded in the journal before it is sent, and then its outcome. Without an answer, the row is
looked up after the server has had time to finish. It is sent again only if it doesn't exist.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from monite_magic.api.client import UNRECORDED
from monite_magic.core import MoniteError, RequestError
from monite_magic.tables.push.journal import ACCEPTED, NOT_SENT, REFUSED, SENDING, UNKNOWN, JournalClosedError
from monite_magic.tables.push.lookup import ABSENT, THERE, Found, Lookup, Wanted
from monite_magic.tables.push.outcomes import Outcome, outcome_of, outcome_of_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from monite_magic.api.client import Client
    from monite_magic.tables.pull.interrupts import Interrupts
    from monite_magic.tables.pull.limiter import RateLimiter
    from monite_magic.tables.push.documents import Document
    from monite_magic.tables.push.fields import Fields
    from monite_magic.tables.push.journal import Journal

PENDING: Final = "to do"
_TICK: Final = 0.02
#: Seconds to wait for running calls after an interruption. Later outcomes are unknown.
_PATIENCE: Final = 20.0
_MAX_TRIES: Final = 8  # of a call that was certainly not carried out
_MAX_ROUNDS: Final = 3  # rounds of looking up and sending again
_FIRST_PAUSE: Final = 0.5
_MAX_PAUSE: Final = 30.0


@dataclass
class Step:
    """One call of a document.

    Attributes:
        part: Empty for the row itself, or the journal's name of a follow-up call.
        template: The path, with the parent's ID as a placeholder.
        parameter: The name of the placeholder.
        body: The body.
        digest: The SHA-256 of the body.
        before_data: The data of an earlier push as Python, if that has to be looked up.
        state: `to do`, or a state of the journal.
        id: The new row's ID.
        problem: The problem, if any.
        request_id: The answer's `x-request-id`.
        sent_at: The time of sending, by this machine's clock.
        unsure_since: The time since which the outcome is unknown.
        before: Whether an earlier push got its outcome.
    """

    part: str
    template: str
    parameter: str
    body: bytes | None
    digest: str
    before_data: Any = None
    state: str = PENDING
    id: str = ""
    problem: str = ""
    request_id: str = ""
    sent_at: float = 0.0
    unsure_since: float = 0.0
    before: bool = False

    def below(self, row_id: str) -> str:
        """Return the path of a follow-up call for a row."""
        return self.template.replace(f"{{{self.parameter}}}", quote(row_id, safe=""))

    @property
    def data(self) -> Any:
        """The data to look up: the body as Python, the data of an earlier push, or None."""
        if self.before_data is not None:
            return self.before_data
        return None if self.body is None else json.loads(self.body)

    @property
    def is_open(self) -> bool:
        """Whether it must be looked up."""
        return self.state in {SENDING, UNKNOWN}


@dataclass
class Job:
    """A document and its calls."""

    document: Document
    steps: list[Step] = field(default_factory=list)

    @property
    def row(self) -> Step:
        """The call for the row itself."""
        return self.steps[0]

    @property
    def has_work(self) -> bool:
        """Whether some of its calls can be sent or looked up."""
        if self.row.state == REFUSED:
            return False
        return any(step.state == PENDING or step.is_open for step in self.steps)


class Engine:
    """One run of a push.

    Args:
        client: Makes the calls for all workers.
        fields: The fields of the operation.
        entity_id: The entity.
        journal: Records each call.
        limiter: Limits the call rate.
        on_rows: Called with 1 after each document.
        settle: Seconds to wait for the server if a connection broke.
        claimed: The IDs of rows in the journal.

    Attributes:
        halted: The reason for an early end, or an empty text.
    """

    def __init__(
        self,
        client: Client[Any],
        fields: Fields,
        entity_id: str | None,
        journal: Journal,
        limiter: RateLimiter,
        on_rows: Callable[[int], None],
        *,
        settle: float,
        claimed: set[str],
    ) -> None:
        self._client = client
        self._fields = fields
        self._entity = entity_id
        self._journal = journal
        self._limiter = limiter
        self._on_rows = on_rows
        self._settle = settle
        self._claimed = claimed
        self._lookup = Lookup(client, fields, entity_id)
        self._queue: deque[Job] = deque()
        self._change = threading.Lock()
        self._stop = threading.Event()
        self._failure: BaseException | None = None
        self._counted: set[str] = set()
        self.halted = ""

    def run(self, jobs: list[Job], workers: int, interrupts: Interrupts) -> None:
        """Send all jobs. After an interruption, keep all known outcomes.

        Args:
            jobs: The jobs. Their steps are updated with outcomes.
            workers: The maximum number of concurrent calls.
            interrupts: Detects Ctrl-C.

        Raises:
            RequestError: The journal can't be written.
        """
        for _ in range(_MAX_ROUNDS):
            unsure = [job for job in jobs if any(step.is_open for step in job.steps)]
            if unsure and not self._wait_until_settled(unsure, interrupts):
                break
            self._look_up(unsure)
            self._queue.extend(job for job in jobs if self._may_send(job))
            if not self._queue:
                break
            self._send_all(workers, interrupts)
            if self._failure is not None:
                raise self._failure
            if self._stop.is_set():
                break
        unsure = [job for job in jobs if any(step.is_open for step in job.steps)]
        if unsure and not self._stop.is_set() and self._wait_until_settled(unsure, interrupts):
            self._look_up(unsure)

    @staticmethod
    def _may_send(job: Job) -> bool:
        if job.row.state == PENDING:
            return True
        return job.row.state == ACCEPTED and any(step.state == PENDING for step in job.steps)

    # -- workers ----------------------------------------------------------------------------------------

    def _send_all(self, workers: int, interrupts: Interrupts) -> None:
        if sys.platform == "emscripten":  # browsers have no threads
            with interrupts.raised():
                self._work()
            return
        threads = [
            threading.Thread(target=self._work, daemon=True) for _ in range(min(workers, len(self._queue)))
        ]
        for thread in threads:
            thread.start()
        until = float("inf")
        while any(thread.is_alive() for thread in threads) and time.monotonic() < until:
            if interrupts.came and not self._stop.is_set():
                self._halt("Interrupted")
            if self._stop.is_set() and until == float("inf"):
                until = time.monotonic() + _PATIENCE
            time.sleep(_TICK)

    def _halt(self, why: str) -> None:
        with self._change:
            self.halted = self.halted or why
        self._stop.set()

    def _work(self) -> None:
        while not self._stop.is_set():
            with self._change:
                if not self._queue:
                    return
                job = self._queue.popleft()
            try:
                self._push(job)
            except JournalClosedError:
                return
            except BaseException as error:  # noqa: BLE001 - it is raised in the thread that waits
                with self._change:
                    self._failure = self._failure or error
                self._stop.set()
                return

    def _push(self, job: Job) -> None:
        method = self._fields.operation.method
        if job.row.state == PENDING:
            self._send(job, job.row, method, job.document.path)
        if job.row.state == ACCEPTED:
            for step in job.steps[1:]:
                if step.state == PENDING and not self._stop.is_set():
                    path = step.below(job.row.id)
                    self._send(job, step, "POST", path)
        if not any(step.state == PENDING for step in job.steps):
            self._count(job)

    def _count(self, job: Job) -> None:
        with self._change:
            is_new = job.document.key not in self._counted
            self._counted.add(job.document.key)
        if is_new:
            self._on_rows(1)

    # -- one call ---------------------------------------------------------------------------------------

    def _send(self, job: Job, step: Step, method: str, path: str) -> None:
        pause = _FIRST_PAUSE
        for tries in range(1, _MAX_TRIES + 1):
            if not self._limiter.wait(self._stop):
                return
            outcome = self._sent(job, step, method, path)
            if not outcome.waits:
                break
            if tries == _MAX_TRIES:
                self._halt(f"The server accepts no more calls: {outcome.problem}")
            elif outcome.status is None:  # no connection
                if self._stop.wait(pause):
                    break
                pause = min(pause * 2, _MAX_PAUSE)
        if outcome.stops:
            self._halt(outcome.problem)

    def _sent(self, job: Job, step: Step, method: str, path: str) -> Outcome:
        """Send a call once, and record its outcome."""
        prepared = self._client.prepare(method, path, content=step.body, entity_id=self._entity)
        step.before = False
        if step.body is not None and prepared.content != step.body:
            raise RequestError("A row differs from what the plan showed.", hint="Nothing more was sent.")
        step.sent_at = time.time()
        identity = "" if step.part else job.document.identity
        self._journal.begin(job.document.key, step.part, step.digest, identity, step.body or b"")
        step.state = SENDING
        try:
            answer = self._client.send(prepared, extensions=UNRECORDED)
            self._limiter.learn(answer.status, answer.headers)
            outcome = outcome_of(answer, needs_id=method == "POST")
        except MoniteError as error:
            outcome = outcome_of_error(error)
        step.unsure_since = time.time()
        self._keep(job, step, outcome)
        return outcome

    def _keep(self, job: Job, step: Step, outcome: Outcome) -> None:
        row_id = outcome.row_id
        if not row_id and not step.part and outcome.state == ACCEPTED:
            row_id = job.document.path.rpartition("/")[2] if self._fields.id_parameter else ""
        # A call that was certainly not carried out is still to do.
        step.state = PENDING if outcome.state == NOT_SENT else outcome.state
        step.id, step.problem, step.request_id = row_id, outcome.problem, outcome.request_id
        if row_id and outcome.state == ACCEPTED:
            with self._change:
                self._claimed.add(row_id)
        self._journal.end(
            job.document.key,
            step.part,
            outcome.state,
            status=outcome.status,
            row_id=row_id,
            problem=outcome.problem,
            request_id=outcome.request_id,
            answer=outcome.content,
        )

    # -- looking up -------------------------------------------------------------------------------------

    def _wait_until_settled(self, unsure: list[Job], interrupts: Interrupts) -> bool:
        """Wait until the server has had time to finish. Return False if interrupted."""
        newest = max(step.unsure_since for job in unsure for step in job.steps if step.is_open)
        until = min(newest, time.time()) + self._settle
        while time.time() < until and not self._stop.is_set():
            if interrupts.came:
                self._halt("Interrupted")
            time.sleep(min(_TICK, max(0.0, until - time.time())))
        return not self._stop.is_set()

    def _look_up(self, unsure: list[Job]) -> None:
        rows = [job for job in unsure if job.row.is_open]
        if rows:
            method = self._fields.operation.method
            if method == "POST":
                wanted = [Wanted(job.row.data, job.row.sent_at) for job in rows]
                found = self._lookup.rows(wanted, self._claimed)
            else:
                found = [self._lookup.one(method, job.document.path, job.row.data) for job in rows]
            for job, each in zip(rows, found, strict=True):
                self._learn(job, job.row, each)
        for job in unsure:
            for step in job.steps[1:]:
                if step.is_open and job.row.state == ACCEPTED:
                    claimed = {other.id for other in job.steps[1:] if other.id}
                    wanted_one = Wanted(step.data, step.sent_at)
                    self._learn(
                        job,
                        step,
                        self._lookup.children(step.below(job.row.id), wanted_one, claimed),
                    )
        for job in unsure:
            if not any(step.state == PENDING or step.is_open for step in job.steps):
                self._count(job)

    def _learn(self, job: Job, step: Step, found: Found) -> None:
        key = job.document.key
        if found.state == THERE:
            row_id = found.row_id or job.document.path.rpartition("/")[2]
            step.state, step.id, step.problem = ACCEPTED, row_id, ""
            self._claimed.add(row_id)
            self._journal.end(
                key,
                step.part,
                ACCEPTED,
                row_id=row_id,
                problem="found at the API",
                request_id=step.request_id,
            )
        elif found.state == ABSENT:
            step.state, step.problem = PENDING, ""
            self._journal.end(key, step.part, NOT_SENT, problem="not found when it was looked up")
        else:
            step.state, step.problem = UNKNOWN, found.reason
            self._journal.end(key, step.part, UNKNOWN, problem=found.reason, request_id=step.request_id)
