"""Push the rows of a table to the API, each exactly once.

    plan = make_plan("POST", "/counterparts", "suppliers.xlsx", client=client)   # nothing is sent
    pushed = send(plan)

The plan shows the field of each column, how its cells are read, and all problems with their cells. A journal
next to the source records each call and its outcome. So you can interrupt a push at any time and run it
again: no row is created twice, and a row with an unknown outcome doesn't count as accepted.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from monite_magic.core import RequestError, progress_bar
from monite_magic.tables.pull.interrupts import Interrupts
from monite_magic.tables.pull.limiter import RateLimiter
from monite_magic.tables.push.column_reader import Forms
from monite_magic.tables.push.engine import Engine
from monite_magic.tables.push.journal import Journal
from monite_magic.tables.push.journal_state import jobs_of
from monite_magic.tables.push.mapping import read_mapping_file
from monite_magic.tables.push.plan import Plan
from monite_magic.tables.push.plan_builder import make_plan
from monite_magic.tables.push.result import PlanView, Pushed, PushError

if TYPE_CHECKING:
    from monite_magic.tables.push.engine import Job
    from monite_magic.tables.push.journal import Entry

__all__ = [
    "Forms",
    "Plan",
    "PlanView",
    "PushError",
    "Pushed",
    "make_plan",
    "read_mapping_file",
    "send",
]

WORKERS: Final = 10
#: Seconds to wait before looking up a row whose connection broke, so that the server can finish the call.
SETTLE: Final = 10.0
_MAX_TOLD: Final = 8


def send(
    plan: Plan,
    *,
    digest: str | None = None,
    rate: float | None = None,
    workers: int = WORKERS,
    settle: float = SETTLE,
    progress: bool = True,
    write_files: bool = True,
) -> Pushed:
    """Send a plan. The caller has asked for confirmation.

    Args:
        plan: The plan.
        digest: The digest of the confirmed plan. None sends the plan as it is.
        rate: Calls per second. By default 30, and then the limit in the API's answers.
        workers: The maximum number of concurrent calls.
        settle: Seconds to wait for the server if a connection broke.
        progress: Show a progress bar, if tqdm is installed.
        write_files: Write the result and the refused rows next to the source.

    Raises:
        RequestError: The plan has problems or has changed since the confirmation, another push uses the
            journal, or the journal can't be written.
    """
    if plan.blocked:
        first = "".join(f"\n  - {plan.place(problem)}" for problem in plan.all_problems[:_MAX_TOLD])
        hint = "Fix them, then push again."
        if not plan.problems:
            hint = "Fix them, or skip these rows with --valid-only (in Python valid_only=True)."
        raise RequestError(f"Nothing was sent because of {plan.blocked}:{first}", hint=hint)
    if digest is not None and digest != plan.digest:
        raise RequestError("The plan changed after you confirmed it. Nothing was sent.", hint="Run it again.")
    confirmed = {(job.document.key, step.part) for job in plan.sendable for step in job.steps}
    started = time.monotonic()
    with Interrupts() as interrupts, Journal(plan.journal, plan.scope) as journal:
        entries = journal.entries()
        plan.jobs = _refreshed(plan, entries)
        jobs = [
            job
            for job in plan.sendable
            if all((job.document.key, step.part) in confirmed for step in job.steps)
        ]
        claimed = {entry.id for (_, part), entry in entries.items() if entry.id and not part}
        with progress_bar(show=progress, total=len(jobs)) as on_rows:
            engine = Engine(
                plan.client,
                plan.fields,
                plan.entity_id,
                journal,
                RateLimiter(rate),
                on_rows,
                settle=settle,
                claimed=claimed,
            )
            engine.run(jobs, max(1, workers), interrupts)
    keys = {job.document.key for job in jobs}
    pushed = Pushed(plan, halted=engine.halted, seconds=time.monotonic() - started, left=keys)
    if write_files:
        pushed.write_files()
    return pushed


def _refreshed(plan: Plan, entries: dict[tuple[str, str], Entry]) -> list[Job]:
    """Read the journal again, because another push can have sent rows since the plan was made."""
    return jobs_of(
        plan.documents,
        plan.fields,
        entries,
        has_key=plan.has_key,
        retry_refused=plan.retry_refused,
    )
