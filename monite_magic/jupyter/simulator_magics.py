"""`%monite_simulator`: the simulator of this kernel, looked at and steered.

The simulator knows nothing of this module: it is used here as any program would use it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from monite_magic import display, simulator
from monite_magic.core import RequestError
from monite_magic.core.words import counted
from monite_magic.display.parts import Card, Words
from monite_magic.simulator.events import fate

if TYPE_CHECKING:
    from collections.abc import Callable

    from monite_magic.display import Displayable
    from monite_magic.session import Session

# What is counted when it is forgotten.
_COUNTED: Final = ("payable", "receivable", "counterpart", "product", "tag")
_DATE_LENGTH: Final = len("2027-01-01")
_CLOCK_WORDS: Final = "clock, clock freeze [DATE], clock advance 31 minutes, clock resume or clock reset"
_EXPLAIN_WORDS: Final = "%monite_simulator explain payable ID"
# How many events are shown; all of them can be had as data.
_MOST_EVENTS: Final = 50
_FAULT_WORDS: Final = "fault POST /payables* status=500 count=2, or delay=2s, drop, truncate; or fault clear"


def run(session: Session, action: str, words: list[str]) -> Displayable:
    """Do what the line asks and return what to show.

    Args:
        session: The session; if its calls go to another place, that is said.
        action: `state`, `reset`, `seed`, `clock`, `fault`, `outbox`, `events`, `explain` or `rules`.
        words: What follows it.

    Raises:
        RequestError: The words make no sense with the action.
    """
    if words and action in {"state", "reset", "outbox"}:
        raise RequestError(f"{action} takes no further words.", hint=f"Write %monite_simulator {action}.")
    shown = _STARTS[action](session, words) if action in _STARTS else _ACTIONS[action](words)
    if session.logged_in and not session.profile.environment.in_process and isinstance(shown, Card):
        shown.parts.append(Words(f"This is the simulator in this kernel; {_whereabouts(session)}"))
    return shown


def _whereabouts(session: Session) -> str:
    environment = session.profile.environment
    return f"you are logged in to {environment.label} at {environment.base_url}, which knows nothing of it."


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
    return _started_again(session, None)


def _seed(session: Session, words: list[str]) -> Displayable:
    from monite_magic.simulator.seeds import SEEDS

    if len(words) != 1 or words[0] not in SEEDS:
        raise RequestError(
            "Unknown seed." if words else "A seed needs a name.",
            hint=f"Write %monite_simulator seed NAME, one of {', '.join(SEEDS)}.",
        )
    return _started_again(session, words[0])


def _started_again(session: Session, seed: str | None) -> Displayable:
    """Start again from a seed, and say what is gone: that can't be undone."""
    forgotten = start_again(seed)
    session.simulator_started_again()
    rows: list[tuple[str, Any]] = [("Seed", simulator.default().seed), ("Forgotten", forgotten)]
    notes = ["Ids from before are no longer valid."]
    if session.logged_in and session.profile.environment.in_process:
        rows.append(("Entity", session.profile.entity_id))
        notes.append("You are still logged in, with the partner's token.")
    return display.panel("Simulator", rows, tone="simulated", notes=notes)


def start_again(seed: str | None) -> str:
    """Start the simulator again from a seed, by default its own; return what it has forgotten.

    Args:
        seed: The seed's name.
    """
    local = simulator.default()
    before, counts = local.seed, local.store.counts()
    local.reset(seed)
    held = [counted(counts[kind], kind) for kind in _COUNTED if kind in counts]
    return f"all that was there from the seed {before} and since: {', '.join(held) or 'nothing yet'}"


def stop_clock(text: str) -> None:
    """Stop the simulator's clock at a date, at 08:00 UTC, or at a date and time.

    Args:
            text: The moment in ISO 8601, such as `2027-01-01` or `2027-01-01T17:30`.

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
    raise RequestError(f"--at can't be {text!r}: {problem}.", hint="Write a date, such as --at 2027-01-01.")


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
            raise RequestError("The clock does not understand that.", hint=f"Write {_CLOCK_WORDS}.")
    except ValueError as error:
        problem = str(error)
    else:
        return display.panel("Simulator", [("Clock", _clock_words(clock))], tone="simulated")
    raise RequestError(f"The clock does not understand {rest!r}: {problem}.", hint=f"Write {_CLOCK_WORDS}.")


def _clock_words(clock: Any) -> str:
    moment = clock.now().isoformat(timespec="seconds")
    if clock.frozen:
        return f"{moment}, frozen"
    ahead = timedelta(seconds=round(clock.offset.total_seconds()))
    if ahead <= timedelta():
        return f"{moment}, real time"
    return f"{moment}, {str(ahead).removesuffix(', 0:00:00')} ahead"


def _fault(words: list[str]) -> Displayable:
    """Have calls go wrong, list what waits to go wrong, or have nothing go wrong any more."""
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
        raise RequestError(f"Not a fault: {problem}.", hint=f"Write %monite_simulator {_FAULT_WORDS}.")
    return _waiting_faults()


def _waiting_faults() -> Displayable:
    waiting = list(simulator.default().faults)
    if not waiting:
        return display.panel("Faults", tone="simulated", notes=["None is waiting."])
    rows = [
        (fault.pattern, "every" if fault.count is None else f"next {fault.count}", ", ".join(fault.effects()))
        for fault in waiting
    ]
    return display.table(("calls", "how often", "what happens"), rows, title="Faults (simulated)")


def _minute(moment: str) -> str:
    return moment[:19].replace("T", " ")


def _outbox(_: list[str]) -> Displayable:
    local = simulator.default()
    rows = [
        (
            _minute(mail["created_at"]),
            "mail",
            mail["to"] or "nobody",
            mail["subject"],
            "not sent: simulated" if mail["to"] else "failed: no email address",
        )
        for mail in local.outbox
    ]
    rows += [
        (
            _minute(delivery["created_at"]),
            "webhook",
            delivery["url"],
            f"{delivery['object_type']}.{delivery['event_action']}",
            fate(delivery),
        )
        for delivery in local.webhooks
    ]
    return display.table(
        ("created_at", "what", "to", "about", "what became of it"),
        sorted(rows, reverse=True),
        title="Outbox (simulated: no mail leaves it, and a webhook only for a receiver on this machine)",
    )


def _events(words: list[str]) -> Displayable:
    """Show what has happened, oldest first, so that a webhook is below its cause."""
    found = simulator.default().events
    if words:
        wanted = " ".join(words).lower()
        found = [row for row in found if wanted in " ".join(str(value) for value in row.values()).lower()]
    rows = [
        (
            _minute(row["at"]),
            row["action"]
            if row["what"] == "change"
            else " ".join(filter(None, [row["what"], row["action"]])),
            ", ".join(filter(None, [_change(row), row["details"]])),
            row["cause"],
            row["object_id"],
        )
        for row in found[-_MOST_EVENTS:]
    ]
    notes = ["Narrow them with words: %monite_simulator events payable, or events ID."]
    if len(found) > len(rows):
        notes.insert(0, f"The last {len(rows)} of {len(found)}.")
    return display.table(
        ("at", "what happened", "change", "cause", "object"),
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
    raise RequestError(problem, hint="%monite GET /payables lists the payables there are.")


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
        f"Submitted at {found['submitted_at'][:19].replace('T', ' ')}."
        if found["submitted_at"]
        else "It has not been submitted: this is what would happen now."
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
        ("about", "what happens", "rests on"),
        rows,
        title="Rules of the simulator",
        wrap=("what happens",),
        notes=["Narrow them with words: %monite_simulator rules payables."],
        whole="monite_magic.simulator.default().rules",
    )


# These end the session's tokens; the session goes on with new ones.
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
