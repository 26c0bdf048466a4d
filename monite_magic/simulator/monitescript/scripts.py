"""Scripts: who a policy asks, in which order, and what happens then.

A script is a list of statements that run in order. A statement asks users or roles, or is one of these: a
group (`all`, `any`), which runs at the same time unless `run_concurrently` is false; a list, which runs in
order; an `if` with `then` and `else`; a condition, also `true` or `false`; a call that ends the process, such
as `{Payables.approve(invoice.id)}`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from monite_magic.simulator.monitescript import text
from monite_magic.simulator.monitescript.conditions import (
    Condition,
    condition_of,
    list_of,
    read_condition,
    refuse_others,
)
from monite_magic.simulator.monitescript.errors import ScriptError, check_depth, shown
from monite_magic.simulator.monitescript.text import Called, Named, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.simulator.monitescript.names import Names

_ASKS = {
    "ApprovalRequests.request_approval_by_users": "user_ids",
    "ApprovalRequests.request_approval_by_roles": "role_ids",
}
#: The calls that end a process: the payable is approved, rejected, or approved and paid.
_EFFECTS = {
    "Payables.approve": "approve",
    "Payables.reject": "reject",
    "Payables.mark_as_paid": "mark_as_paid",
}
_CONCURRENTLY = "run_concurrently"


@dataclass(frozen=True)
class Ask:
    """One approval question: who can approve, and how many approvals it needs.

    Attributes:
        number: Its number in the script, from zero.
        user_ids: The users to ask.
        role_ids: The roles whose users to ask.
        count: How many must approve.
        place: Where it is in the script.
    """

    number: int
    user_ids: tuple[str, ...]
    role_ids: tuple[str, ...]
    count: int
    place: str


@dataclass(frozen=True)
class Effect:
    """The effect on the payable: `approve`, `reject` or `mark_as_paid`."""

    name: str
    comment: str | None = None


@dataclass(frozen=True)
class Group:
    """A group of statements: all must succeed, or one."""

    every: bool
    concurrently: bool
    parts: tuple[Statement, ...]


@dataclass(frozen=True)
class If:
    """Statements that depend on the result of another one."""

    test: Statement
    then: Statement | None
    otherwise: Statement | None


Statement = Ask | Effect | Group | If | Condition


@dataclass
class Progress:
    """The progress of a script.

    Attributes:
        outcome: Whether it is approved; `None` while it waits.
        ask: The questions to ask now.
        waiting: The numbers of the questions that still need an answer.
        effect: The effect on the payable, chosen by the script.
    """

    outcome: bool | None = None
    ask: list[Ask] = field(default_factory=list)
    waiting: set[int] = field(default_factory=set)
    effect: Effect | None = None


@dataclass(frozen=True)
class Script:
    """A parsed script.

    Attributes:
        body: Its statements.
        asks: All its questions, in the order of the text.
    """

    body: Group
    asks: tuple[Ask, ...]

    def run(self, answers: Mapping[int, bool | None], values: Mapping[str, Any]) -> Progress:
        """Return the progress of the script.

        Args:
            answers: The answers by number of the question; `None` for no answer yet.
            values: The values for conditions.
        """
        progress = Progress()
        progress.outcome = _run(self.body, answers, values, progress)
        return progress


def read_script(script: Any, names: Names) -> Script:
    """Parse the script of a policy.

    Raises:
        ScriptError: It asks nobody, or can't be evaluated; the place says where.
    """
    if not isinstance(script, list):
        raise ScriptError("script", "must be a list")
    reader = _Reader(names)
    body = Group(True, False, reader.block(script, "script", 0))
    if not reader.asks:
        raise ScriptError("script", "asks nobody for approval")
    return Script(body, tuple(reader.asks))


class _Reader:
    def __init__(self, names: Names) -> None:
        self._names = names
        self.asks: list[Ask] = []

    def block(self, statements: list[Any], place: str, depth: int) -> tuple[Statement, ...]:
        check_depth(depth, place)
        return tuple(
            self._statement(statement, f"{place}[{index}]", depth)
            for index, statement in enumerate(statements)
        )

    def _statement(self, found: Any, place: str, depth: int) -> Statement:
        check_depth(depth, place)
        if isinstance(found, str):
            parsed = text.parse(found, place)
            if isinstance(parsed, Called):
                return _effect(parsed, place)
            return condition_of(parsed, self._names, place)
        if isinstance(found, bool):
            return read_condition(found, self._names, place)
        if isinstance(found, list):
            return Group(True, False, self.block(found, place, depth + 1))
        if not isinstance(found, dict):
            raise ScriptError(place, f"{shown(found)} is not a statement")
        if "call" in found:
            return self._call(found, place)
        if "if" in found:
            return self._if(found, place, depth)
        for word in ("all", "any"):
            if word in found and "operator" not in found:
                refuse_others(found, (word, _CONCURRENTLY), place)
                concurrently = found.get(_CONCURRENTLY, True)
                if not isinstance(concurrently, bool):
                    raise ScriptError(f"{place}.{_CONCURRENTLY}", "must be true or false")
                parts = self.block(list_of(found, word, place), f"{place}.{word}", depth + 1)
                return Group(word == "all", concurrently, parts)
        if "operator" in found or "not" in found:
            return read_condition(found, self._names, place, depth)
        raise ScriptError(place, f"{shown(found)} is not a statement")

    def _if(self, found: dict[str, Any], place: str, depth: int) -> If:
        refuse_others(found, ("if", "then", "else"), place)
        if "then" not in found:
            raise ScriptError(place, "then is missing")
        test = self._statement(found["if"], f"{place}.if", depth + 1)
        then = self._statement(found["then"], f"{place}.then", depth + 1)
        otherwise = self._statement(found["else"], f"{place}.else", depth + 1) if "else" in found else None
        return If(test, then, otherwise)

    def _call(self, found: dict[str, Any], place: str) -> Ask | Effect:
        refuse_others(found, ("call", "params"), place)
        name, parameters = found["call"], found.get("params") or {}
        if not isinstance(parameters, dict):
            raise ScriptError(f"{place}.params", "must be an object")
        if name in _EFFECTS:
            return _effect_of_object(name, parameters, f"{place}.params")
        if not isinstance(name, str) or name not in _ASKS:
            raise ScriptError(f"{place}.call", f"unknown call {shown(name)}")
        ask = self._ask(_ASKS[name], parameters, f"{place}.params")
        self.asks.append(ask)
        return ask

    def _ask(self, asked: str, parameters: dict[str, Any], place: str) -> Ask:
        refuse_others(parameters, (asked, "required_approval_count", "object_id", "object_type"), place)
        _check_object(parameters, place)
        named = parameters.get(asked)
        if not isinstance(named, list) or not named or not all(isinstance(one, str) for one in named):
            raise ScriptError(f"{place}.{asked}", "must be a list of IDs")
        count = parameters.get("required_approval_count", 1)
        if isinstance(count, str) and count.isascii() and count.isdigit() and len(count) < 6:
            count = int(count)
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            raise ScriptError(f"{place}.required_approval_count", "must be a positive integer")
        people = tuple(dict.fromkeys(named))
        users, roles = (people, ()) if asked == "user_ids" else ((), people)
        return Ask(len(self.asks), users, roles, count, place)


def _check_object(parameters: dict[str, Any], place: str) -> None:
    """Only allow the payable of the process to be approved or changed."""
    for name, wanted in (("object_id", "{invoice.id}"), ("object_type", "payable")):
        if parameters.get(name, wanted) != wanted:
            raise ScriptError(f"{place}.{name}", f"can only be {shown(wanted)}")


def _effect(called: Called, place: str) -> Effect:
    if called.name not in _EFFECTS:
        raise ScriptError(place, f"unknown call {shown(called.name)}")
    what, *others = called.arguments or (None,)
    if what != Named("invoice.id"):
        raise ScriptError(place, f"{called.name} takes invoice.id")
    comment = None
    if called.name == "Payables.mark_as_paid" and len(others) == 1 and isinstance(others[0], Value):
        comment = str(others[0].value)
    elif others:
        raise ScriptError(place, f"{called.name} takes fewer arguments")
    return Effect(_EFFECTS[called.name], comment)


def _effect_of_object(name: str, parameters: dict[str, Any], place: str) -> Effect:
    known = ("id", "payable_id", "invoice_id", "object_id", "object_type", "comment")
    refuse_others(parameters, known, place)
    for key in ("id", "payable_id", "invoice_id"):
        if parameters.get(key, "{invoice.id}") != "{invoice.id}":
            raise ScriptError(f"{place}.{key}", 'can only be "{invoice.id}"')
    _check_object(parameters, place)
    comment = parameters.get("comment")
    return Effect(_EFFECTS[name], None if comment is None else str(comment))


# -- running ------------------------------------------------------------------------------------------------


def _run(
    statement: Statement, answers: Mapping[int, bool | None], values: Mapping[str, Any], progress: Progress
) -> bool | None:
    """Return the result of a statement, or `None` while it waits. Add its questions to the progress."""
    match statement:
        case Ask(number=number):
            if number not in answers:
                progress.ask.append(statement)
                return None
            if answers[number] is None:
                progress.waiting.add(number)
            return answers[number]
        case Effect(name):
            progress.effect = statement
            return name != "reject"
        case Group():
            return _run_group(statement, answers, values, progress)
        case If(test, then, otherwise):
            ended = _run(test, answers, values, progress)
            branch = then if ended else otherwise
            if ended is None or branch is None:
                return ended
            return _run(branch, answers, values, progress)
        case _:
            return statement.judge(values).holds


def _run_group(
    group: Group, answers: Mapping[int, bool | None], values: Mapping[str, Any], progress: Progress
) -> bool | None:
    decisive, results = not group.every, []
    inner = Progress()
    for part in group.parts:
        ended = _run(part, answers, values, inner)
        if ended is decisive:
            # The other questions of this group no longer matter.
            progress.effect = inner.effect or progress.effect
            return decisive
        results.append(ended)
        if ended is None and not group.concurrently:
            break
    progress.ask += inner.ask
    progress.waiting |= inner.waiting
    progress.effect = inner.effect or progress.effect
    return None if None in results else not decisive
