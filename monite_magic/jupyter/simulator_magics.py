"""`%monite_simulator`: show and control the simulator of this kernel.

The simulator doesn't depend on this module, which uses it like any other program.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from monite_magic import display, simulator
from monite_magic.core import RequestError
from monite_magic.core.words import counted, either, short_time
from monite_magic.display.parts import Card, Words
from monite_magic.simulator.events import fate

if TYPE_CHECKING:
    from collections.abc import Callable

    from monite_magic.display import Displayable
    from monite_magic.session import Session

# The objects to count when they are deleted.
_COUNTED: Final = ("payable", "receivable", "counterpart", "product", "tag")
_DATE_LENGTH: Final = len("2027-01-01")
_CLOCK_WORDS: Final = "clock, clock freeze [DATE], clock advance 31 minutes, clock resume or clock reset"
_EXPLAIN_WORDS: Final = "%monite_simulator explain payable ID"
# The maximum number of events to show. All are available as data.
_MAX_EVENTS: Final = 50
_FAULT_WORDS: Final = "fault POST /payables* status=500 count=2. Remove faults with fault clear"


def run(session: Session, action: str, words: list[str]) -> Displayable:
    """Run an action and return what to show.

    Args:
        session: The session. If its calls go elsewhere, a note says so.
        action: `state`, `reset`, `seed`, `clock`, `fault`, `outbox`, `events`, `explain` or `rules`.
        words: The arguments of the action.

    Raises:
        RequestError: The arguments are invalid.
    """
    if words and action in {"state", "reset", "outbox"}:
        raise RequestError(f"{action} takes no arguments.", hint=f"Write %monite_simulator {action}.")
    shown = _STARTS[action](session, words) if action in _STARTS else _ACTIONS[action](words)
    if session.logged_in and not session.profile.environment.in_process and isinstance(shown, Card):
        shown.parts.append(Words(f"This is the simulator in this kernel; {_whereabouts(session)}"))
    return shown


def _whereabouts(session: Session) -> str:
    environment = session.profile.environment
    return f"your calls go to {environment.label} at {environment.base_url}."


def _state(_: list[str]) -> Displayable:
    local = simulator.default()
    given = local.credentials
    rows = [
        ("Seed", local.seed),
        ("Clock", _clock_words(local.clock)),
        ("Client ID", given["MONITE_CLIENT_ID"]),
        ("Entity", given.get("MONITE_ENTITY_ID")),
        ("Entity user", given.get("MONITE_ENTITY_USER_ID")),
        ("Mails sent", len(local.outbox)),
        ("Webhooks", len(local.webhooks)),
        ("Operations", sum(1 for rule in local.rules if rule.handler)),
    ]
    return display.panel(
        "Simulator", rows, tone="simulated", notes=["Log in with %monite_login --env local."]
    )


def _reset(session: Session, _: list[str]) -> Displayable:
    return _start_over(session, None)


def _seed(session: Session, words: list[str]) -> Displayable:
    from monite_magic.simulator.seeds import SEEDS

    if len(words) != 1 or words[0] not in SEEDS:
        raise RequestError(
            f"Unknown seed: {words[0]}." if words else "The seed's name is missing.",
            hint=f"Use %monite_simulator seed NAME with {either(SEEDS)}.",
        )
    return _start_over(session, words[0])


def _start_over(session: Session, seed: str | None) -> Displayable:
    """Start over from a seed, and report the deleted data, which can't be restored."""
    deleted = start_over(seed)
    session.simulator_started_over()
    rows: list[tuple[str, Any]] = [("Seed", simulator.default().seed), ("Deleted", deleted)]
    notes = ["Old IDs are no longer valid."]
    if session.logged_in and session.profile.environment.in_process:
        rows.append(("Entity", session.profile.entity_id))
        notes.append("You are still logged in, with the partner token.")
    return display.panel("Simulator", rows, tone="simulated", notes=notes)


def start_over(seed: str | None) -> str:
    """Start the simulator over from a seed, by default its current one. Return the deleted data.

    Args:
        seed: The seed's name.
    """
    local = simulator.default()
    before, counts = local.seed, local.store.counts()
    local.reset(seed)
    held = [counted(counts[kind], kind) for kind in _COUNTED if kind in counts]
    return f"all data of the seed {before} and since: {', '.join(held) or 'none yet'}"


def stop_clock(text: str) -> None:
    """Stop the simulator's clock at a date (08:00 UTC), or at a date and time.

    Args:
        text: The time in ISO 8601, such as `2027-01-01` or `2027-01-01T17:30`.

    Raises:
        RequestError: The text can't be read as a date or time.
    """
    try:
        moment = datetime.fromisoformat(text)
        simulator.default().clock.freeze(moment.replace(hour=8) if len(text) <= _DATE_LENGTH else moment)
    except ValueError as error:
        problem = str(error)
    else:
        return
    raise RequestError(f"Invalid value --at {text}: {problem}.", hint="For instance: --at 2027-01-01.")


def _clock(words: list[str]) -> Displayable:
    clock = simulator.default().clock
    verb, rest = (words[0], " ".join(words[1:])) if words else ("", "")
    try:
        if verb == "freeze":
            clock.freeze(datetime.fromisoformat(rest) if rest else None)
        elif verb == "advance" and rest:
            clock.advance(rest)
        elif verb in {"resume", "reset"} and not rest:
            getattr(clock, verb)()
        elif verb:
            raise RequestError(f"Unknown clock command: {verb}.", hint=f"Use {_CLOCK_WORDS}.")
    except ValueError as error:
        problem = str(error)
    else:
        return display.panel("Simulator", [("Clock", _clock_words(clock))], tone="simulated")
    raise RequestError(f"Invalid clock argument {rest!r}: {problem}.", hint=f"Use {_CLOCK_WORDS}.")


def _clock_words(clock: Any) -> str:
    moment = clock.now().isoformat(timespec="seconds")
    if clock.frozen:
        return f"{moment}, frozen"
    ahead = timedelta(seconds=round(clock.offset.total_seconds()))
    if ahead <= timedelta():
        return f"{moment}, real time"
    return f"{moment}, {str(ahead).removesuffix(', 0:00:00')} ahead"


def _fault(words: list[str]) -> Displayable:
    """Add a fault, list the waiting ones, or clear them."""
    faults = simulator.default().faults
    if words == ["clear"]:
        faults.clear()
    elif words:
        try:
            faults.add(" ".join(words))
        except ValueError as error:
            problem = str(error)
        else:
            return _waiting_faults()
        raise RequestError(
            f"Invalid fault: {problem}.", hint=f"For instance: %monite_simulator {_FAULT_WORDS}."
        )
    return _waiting_faults()


def _waiting_faults() -> Displayable:
    waiting = list(simulator.default().faults)
    if not waiting:
        return display.panel("Faults", tone="simulated", notes=["No faults are waiting."])
    rows = [
        (fault.pattern, "every" if fault.count is None else f"next {fault.count}", ", ".join(fault.effects()))
        for fault in waiting
    ]
    return display.table(("calls", "how often", "what happens"), rows, title="Faults (simulated)")


def _outbox(_: list[str]) -> Displayable:
    local = simulator.default()
    rows = [
        (
            short_time(mail["created_at"]),
            "mail",
            mail["to"] or "nobody",
            mail["subject"],
            "not sent: simulated" if mail["to"] else "failed: no email address",
        )
        for mail in local.outbox
    ]
    rows += [
        (
            short_time(delivery["created_at"]),
            "webhook",
            delivery["url"],
            f"{delivery['object_type']}.{delivery['event_action']}",
            fate(delivery),
        )
        for delivery in local.webhooks
    ]
    return display.table(
        ("created_at", "what", "to", "about", "result"),
        sorted(rows, reverse=True),
        title="Outbox (simulated: no mail leaves it, and a webhook only for a receiver on this machine)",
    )


def _events(words: list[str]) -> Displayable:
    """Show events, oldest first, so that a webhook is below its cause."""
    found = simulator.default().events
    if words:
        wanted = " ".join(words).lower()
        found = [row for row in found if wanted in " ".join(str(value) for value in row.values()).lower()]
    rows = [
        (
            short_time(row["at"]),
            row["action"]
            if row["what"] == "change"
            else " ".join(filter(None, [row["what"], row["action"]])),
            ", ".join(filter(None, [_change(row), row["details"]])),
            row["cause"],
            row["object_id"],
        )
        for row in found[-_MAX_EVENTS:]
    ]
    notes = ["Filter them: %monite_simulator events payable, or events ID."]
    if len(found) > len(rows):
        notes.insert(0, f"The last {len(rows)} of {len(found)}.")
    return display.table(
        ("at", "event", "change", "cause", "object"),
        rows,
        title="Events (simulated), oldest first",
        notes=notes,
        whole="monite_magic.simulator.default().events",
    )


def _change(row: dict[str, Any]) -> str:
    if row["before"] == row["status"]:
        return ""
    return f"{row['before']} → {row['status']}" if row["before"] else str(row["status"] or "")


def _explain(words: list[str]) -> Displayable:
    """Show which approval policies were tried on a payable, and why each did or didn't apply."""
    if len(words) != 2 or words[0] != "payable":
        raise RequestError("explain takes an object and its ID.", hint=f"Write {_EXPLAIN_WORDS}.")
    try:
        found = simulator.default().explain(*words)
    except LookupError as error:
        problem = str(error)
    else:
        return _explained(found)
    raise RequestError(problem, hint="%monite GET /payables lists the payables.")


def _explained(found: dict[str, Any]) -> Displayable:
    rows = [
        (
            policy["name"],
            policy["priority"],
            "applied" if policy["applies"] else "matched" if policy["matches"] else "no",
            "; ".join(policy["why"]),
        )
        for policy in found["policies"]
    ]
    notes = [
        f"Submitted at {short_time(found['submitted_at'])}."
        if found["submitted_at"]
        else "It has not been submitted. This is what would happen now."
    ]
    for request in found["requests"]:
        asked = ", ".join(request["asked"])
        count = len(request["approved_by"])
        approved = f"{count} of {request['required_approval_count']} approved"
        if request["status"] == "approved" and not count:
            approved = "with the partner token, not by a user"
        notes.append(f"Approval request {request['id']}: {request['status']}, {approved}; asks {asked}.")
    title = f"Payable {found['document_id'] or found['id']} is {found['status']} (simulated)"
    columns = ("policy", "priority", "applies", "why")
    return display.table(columns, rows, title=title, wrap=("why",), notes=notes)


def _rules(words: list[str]) -> Displayable:
    rules = simulator.default().rules
    if words:
        wanted = " ".join(words).lower()
        rules = tuple(rule for rule in rules if wanted in f"{rule.subject} {rule.text} {rule.status}".lower())
    rows = [[rule.subject, rule.text, str(rule.status)] for rule in rules]
    return display.table(
        ("about", "what happens", "source"),
        rows,
        title="Rules of the simulator",
        wrap=("what happens",),
        notes=["Filter them: %monite_simulator rules payables."],
        whole="monite_magic.simulator.default().rules",
    )


# These end the session's tokens. The session gets new ones.
_STARTS: Final[dict[str, Callable[[Session, list[str]], Displayable]]] = {"reset": _reset, "seed": _seed}
_ACTIONS: Final[dict[str, Callable[[list[str]], Displayable]]] = {
    "state": _state,
    "clock": _clock,
    "fault": _fault,
    "outbox": _outbox,
    "events": _events,
    "explain": _explain,
    "rules": _rules,
}
