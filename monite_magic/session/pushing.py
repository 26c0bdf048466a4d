"""`push` that uses the session: it plans, asks for confirmation, and sends the confirmed plan."""

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
    """Create, change or delete objects from the rows of a table, each exactly once.

    Args:
        method: `POST`, `PATCH` or `DELETE`. The last two need a column with IDs.
        path: The collection, for instance `/counterparts`.
        source: A pandas or polars DataFrame, an answer, or the path of an .xlsx, .csv or .parquet file.
        send: Whether to send. By default, only a plan is returned.
        yes: Whether to change production data without asking.
        client: Makes the calls; by default the session's client.
        mapping: Heading -> field; an empty field skips the column.
        constants: Field -> value for rows that have no value.
        key: The column that identifies a row; rows with the same key are grouped.
        dates: `day-first` or `month-first`, if a column is ambiguous.
        decimal: `comma` or `point`, if a column is ambiguous.
        percent: `percent` (19), `fraction` (0.19) or `api` (1900), if a column is ambiguous.
        rate: Calls per second. None starts at 30 and adapts to the API's rate limit headers.
        workers: Maximum number of concurrent calls.
        settle: Seconds to wait for the server to finish a call whose connection broke.
        progress: Whether to show a progress bar, if tqdm is installed.
        options: `sheet`, `header_row`, `lines`, `journal`, `entity_id`, `valid_only`, `retry_refused`.

    Returns:
        The plan, or with `send` the result; both have `.df()` and `.save(path)`.

    Raises:
        RequestError: The method, path, source, mapping or an option is invalid, or the plan has problems.
        ConfirmationError: The push would change production data, and `yes` is False.
        PushError: The API did not accept a row; `.result` has all results.
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
            f"{plan.count:,} rows would change data at {used.environment.host}. Nothing was sent.",
            hint="Check the plan, then pass yes=True, or use %monite_push --send, which asks.",
        )
    pushed = send_plan(plan, rate=rate, workers=workers, settle=settle, progress=progress)
    return pushed.raise_for_failures()


def _is_granted(client: MoniteClient, plan: Plan) -> bool:
    """Whether %monite_use --allow-writes covers this plan."""
    session = current()
    if not session.logged_in or session.client is not client or not plan.sendable:
        return False
    return not outgoing_of(session, plan).needs_yes


def advice_for(plan: Plan, how: str) -> str:
    """Return the next step for a plan, in one sentence."""
    if plan.blocked:
        instead = "" if plan.problems else " Or send the other rows with --valid-only."
        return f"Nothing can be sent yet: {plan.blocked}. Fix them, and run this again.{instead}"
    if not plan.count:
        return "There is nothing to send."
    return f"To send {plan.count:,} rows: {how}."


def outgoing_of(session: Session, plan: Plan) -> Outgoing:
    """Return the plan's first call. It decides whether the plan needs a confirmation."""
    job = plan.sendable[0]
    step = next(step for step in job.steps if step.state != "accepted")
    path = step.below(job.row.id) if step.part and job.row.id else step.template
    method = "POST" if step.part else plan.fields.operation.method
    return session.prepare(method, path, content=step.body, entity_id=plan.entity_id)


def question_for(session: Session, plan: Plan, act: Callable[[], Any]) -> Question:
    """Ask to confirm a plan. The confirmation covers exactly this plan and its bytes.

    Args:
        session: The session that would send it.
        plan: The plan.
        act: Sends the plan.
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
            f"{plan.count:,} rows would change data at {environment.host}. Nothing was sent.",
            "Confirm it, add --yes, or run %monite_use --allow-writes MINUTES.",
        ),
        title=("PRODUCTION" if environment.production else "May be PRODUCTION") if asks else "Ready to send",
        tone="production" if asks else "info",
        yes=f"Send {plan.count:,} rows",
        option="--send --yes" if asks else "--send",
    )
    return session.questions.add(f"push {plan.call} {environment.base_url} {plan.journal}", question)


def send_with(
    session: Session, plan: Plan, confirm: Confirm, *, yes: bool = False, has_person: bool = False
) -> Pushed:
    """Send a plan, and ask first if it needs a confirmation.

    Args:
        session: The session that made the plan.
        plan: The plan.
        confirm: Asks for confirmation before production data is changed.
        yes: Whether the line has `--yes`.
        has_person: Whether someone can answer. Then the kernel's first `--yes` at each host needs a
            confirmation too.

    Raises:
        ConfirmationError: The plan was declined or not confirmed yet, or nobody can confirm it.
        RequestError: The plan has problems, or another push is using the journal.
    """
    act = functools.partial(send_plan, plan, digest=plan.digest)
    if plan.blocked or not plan.count:
        return act()
    outgoing = outgoing_of(session, plan)
    environment = outgoing.profile.environment

    def confirmed() -> Pushed:
        if yes and has_person:
            session.yes_confirmed_at.add(environment.origin)
        return act()

    honours_yes = yes and session.honours_yes(environment, has_person=has_person)
    if honours_yes or not outgoing.needs_yes:
        return confirmed() if honours_yes else act()
    pushed: Pushed = confirm(question_for(session, plan, confirmed))
    return pushed
