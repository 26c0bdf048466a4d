"""`push` with the session: the plan, the question about it, and the sending of what was confirmed."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from monite_magic.core import ConfirmationError
from monite_magic.session.confirming import Question
from monite_magic.session.session import current
from monite_magic.tables.push import Forms, PlanView, make_plan
from monite_magic.tables.push import send as send_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from monite_magic.session.client import MoniteClient
    from monite_magic.session.confirming import Confirm
    from monite_magic.session.outgoing import Outgoing
    from monite_magic.session.session import Session
    from monite_magic.tables.push import Plan, Pushed


def push(
    method: str,
    path: str,
    source: Any,
    *,
    send: bool = False,
    yes: bool = False,
    client: MoniteClient | None = None,
    mapping: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    key: str | None = None,
    dates: str | None = None,
    decimal: str | None = None,
    percent: str | None = None,
    rate: float | None = None,
    workers: int = 10,
    settle: float = 10.0,
    progress: bool = True,
    **options: Any,
) -> PlanView | Pushed:
    """Create, change or delete rows of the API from a table, each exactly once.

    Args:
        method: `POST`, `PATCH` or `DELETE`; the last two need a column with ids.
        path: The list that the rows go to, for instance `/counterparts`.
        source: A pandas or polars DataFrame, an answer, or the path of an .xlsx, .csv or .parquet file.
        send: Whether to send; else a plan is returned and nothing is sent.
        yes: Whether production data may be changed.
        client: Makes the calls; None takes the session's.
        mapping: Heading -> field; an empty field leaves a column out.
        constants: Field -> value for rows that have none.
        key: The column that tells rows apart; rows that share it belong together.
        dates: `day-first` or `month-first`, where a column doesn't tell.
        decimal: `comma` or `point`, where a column doesn't tell.
        percent: `percent` (19), `fraction` (0.19) or `api` (1900), where a column doesn't tell.
        rate: Calls per second; None keeps to what the API's answers say, 30 to begin with.
        workers: How many calls are under way at most.
        settle: Seconds that a server is given to finish a call whose connection broke.
        progress: Whether to show a progress bar, where tqdm is installed.
        options: `sheet`, `header_row`, `lines`, `journal`, `entity_id`, `valid_only`, `retry_refused`.

    Returns:
        The plan, or with `send` the result; both have `.df()` and `.save(path)`.

    Raises:
        RequestError: Method, path, source, mapping or an option can't be used, or the plan has problems.
        ConfirmationError: Production data would be changed, and `yes` was not given.
        PushError: A row was not accepted; `.result` has all of them.
    """
    used = client or current().client
    plan = make_plan(
        method,
        path,
        source,
        client=used,
        mapping=mapping,
        constants=constants,
        key=key,
        forms=Forms(dates, decimal, percent),
        progress=progress,
        **options,
    )
    if not send:
        view = PlanView(plan, advice_for(plan, "push(…, send=True)"))
        view.write_result()
        return view
    if used.environment.asks_before_writes and not yes and not _is_granted(used, plan):
        raise ConfirmationError(
            f"{plan.count:,} rows would change data at {used.environment.host}; nothing was sent.",
            hint="Look at the plan, then give yes=True, or use %monite_push --send, which asks.",
        )
    pushed = send_plan(plan, rate=rate, workers=workers, settle=settle, progress=progress)
    return pushed.raise_for_failures()


def _is_granted(client: MoniteClient, plan: Plan) -> bool:
    """Whether %monite_use --allow-writes lets the session's own client write."""
    session = current()
    if not session.logged_in or session.client is not client or not plan.sendable:
        return False
    return not outgoing_of(session, plan).needs_yes


def advice_for(plan: Plan, how: str) -> str:
    """Return what to do with a plan, in a sentence."""
    if plan.blocked:
        instead = "" if plan.problems else " Or send the other rows with --valid-only."
        return f"Nothing can be sent yet: {plan.blocked}. Fix them, and run this again.{instead}"
    if not plan.count:
        return "There is nothing to send."
    return f"To send {plan.count:,} rows: {how}."


def outgoing_of(session: Session, plan: Plan) -> Outgoing:
    """Return the plan's first call as the session would send it, which tells whether it has to ask."""
    job = plan.sendable[0]
    step = next(step for step in job.steps if step.state != "accepted")
    path = step.below(job.row.id) if step.part and job.row.id else step.template
    method = "POST" if step.part else plan.fields.operation.method
    return session.prepare(method, path, content=step.body, entity_id=plan.entity_id)


def question_for(
    session: Session, plan: Plan, act: Callable[[], Any], *, notes: tuple[str, ...] = ()
) -> Question:
    """Return the question about a plan, which waits from now on: for this plan and these bytes alone.

    Args:
        session: The session that would send it.
        plan: The plan.
        act: Sends it.
        notes: What is said below.
    """
    outgoing = outgoing_of(session, plan)
    environment = outgoing.profile.environment
    entity = plan.entity_id or "none: the calls name no entity"
    name = session.seen.label("entity_id", entity)
    facts = [
        ("Environment", environment.label),
        ("Host", environment.host),
        ("Call", plan.call),
        ("Entity", f"{entity} ({name})" if name else entity),
        ("Source", plan.table.name),
        ("Rows", f"{plan.count:,}"),
        ("Calls", f"{plan.calls:,}"),
        *((f"Total {name_}", f"{amount} {currency}") for name_, currency, amount in plan.totals()),
        ("Plan", f"SHA-256 {plan.digest[:16]}…"),
    ]
    asks = outgoing.needs_yes
    where = "PRODUCTION" if environment.production else environment.host
    subject = f"{plan.call}, {plan.count:,} rows of {plan.table.name}"
    question = Question(
        subject=subject,
        text=f"Send {plan.count:,} rows with {plan.call} to {where}?",
        facts=tuple(facts),
        act=act,
        refusal=(
            f"{plan.count:,} rows would change data at {environment.host}; nothing was sent.",
            "Confirm it, add --yes, or %monite_use --allow-writes MINUTES.",
        ),
        title=("PRODUCTION" if environment.production else "May be PRODUCTION") if asks else "Ready to send",
        tone="production" if asks else "info",
        notes=notes,
        yes=f"Send {plan.count:,} rows",
    )
    return session.questions.add(f"push {plan.call} {environment.base_url} {plan.journal}", question)


def send_with(
    session: Session, plan: Plan, confirm: Confirm, *, yes: bool = False, has_person: bool = False
) -> Pushed:
    """Send a plan, after a question where one is due.

    Args:
        session: The session that the plan was made in.
        plan: The plan.
        confirm: Asks before production data is changed.
        yes: Whether the line says that nobody need be asked.
        has_person: Whether somebody can be asked; then the kernel's first `--yes` is asked about too.

    Raises:
        ConfirmationError: The person said no, or nothing yet, or nobody could be asked.
        RequestError: The plan has problems, or another push has the journal.
    """
    act = functools.partial(send_plan, plan, digest=plan.digest)
    if plan.blocked or not plan.count:
        return act()
    outgoing = outgoing_of(session, plan)

    def confirmed() -> Pushed:
        if yes and has_person:
            session.yes_was_confirmed = True
        return act()

    honours_yes = yes and (session.yes_was_confirmed or not has_person)
    if honours_yes or not outgoing.needs_yes:
        return confirmed() if honours_yes else act()
    pushed: Pushed = confirm(question_for(session, plan, confirmed))
    return pushed
