"""MoniteScript, as far as approval policies use it: triggers that are true or not, scripts that ask people.

A trigger is a boolean; `{"all": [...]}`, `{"any": [...]}`, `{"not": ...}`; a comparison as an object
(`operator`, `left_operand`, `right_operand`) or as text (`{invoice.amount >= 50000}`). A script is a list of
steps, done one after the other; a step asks users or roles, or several of such calls with `all` or `any`.
Read from the examples that the vendor's React SDK ships; what lies beyond them is unverified.
"""

from __future__ import annotations

import json
import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# The beginning of a comparison as text. What follows it is taken as it is: a pattern over all of it would
# try every way to share out the blanks.
_COMPARISON = re.compile(r"([\w.]+)\s*(==|!=|>=|<=|>|<|in)")
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "in": lambda left, right: bool(set(left) & set(right)) if isinstance(left, list) else left in right,
}
_CALLS = {
    "ApprovalRequests.request_approval_by_users": "user_ids",
    "ApprovalRequests.request_approval_by_roles": "role_ids",
}


class ScriptError(ValueError):
    """A script or a trigger that can't be understood."""


@dataclass(frozen=True)
class Ask:
    """One question: who may approve, and how many of them must."""

    user_ids: tuple[str, ...]
    role_ids: tuple[str, ...]
    count: int


@dataclass(frozen=True)
class Step:
    """Questions that are asked at the same time.

    Attributes:
        every: Whether all of them must be approved, or any one.
        asks: The questions.
    """

    every: bool
    asks: tuple[Ask, ...]


def is_true(trigger: Any, values: Mapping[str, Any]) -> bool:
    """Whether a trigger is true for the given values, such as `{"invoice.amount": 100}`.

    Raises:
        ScriptError: The trigger can't be understood.
    """
    match trigger:
        case None:
            return True
        case bool():
            return trigger
        case {"all": list(parts)}:
            return all(_each(parts, values))
        case {"any": list(parts)}:
            return any(_each(parts, values))
        case {"not": part}:
            return not is_true(part, values)
        case {"operator": str(sign), "left_operand": left, "right_operand": right}:
            return _compare(sign, _operand(left, values), _operand(right, values))
        case str() if found := _comparison(trigger):
            name, sign, literal = found
            return _compare(sign, values.get(name), _literal(literal, values))
    raise ScriptError(f"not a trigger: {json.dumps(trigger)}")


def _comparison(text: str) -> tuple[str, str, str] | None:
    """Name, operator and literal of `{name operator literal}`, with or without the braces."""
    text = text.strip().removeprefix("{").removesuffix("}").strip()
    found = _COMPARISON.match(text)
    literal = text[found.end() :].lstrip() if found else ""
    return (found[1], found[2], literal) if found and literal else None


def _each(parts: list[Any], values: Mapping[str, Any]) -> list[bool]:
    """Whether each part is true. All are looked at: none that can't be understood hides behind another."""
    return [is_true(part, values) for part in parts]


def _operand(operand: Any, values: Mapping[str, Any]) -> Any:
    return values.get(operand["name"]) if isinstance(operand, dict) and "name" in operand else operand


def _literal(text: str, values: Mapping[str, Any]) -> Any:
    try:
        return json.loads(text.replace("'", '"'))
    except (ValueError, RecursionError):
        return values.get(text)


def _compare(sign: str, left: Any, right: Any) -> bool:
    if sign not in _OPERATORS:
        raise ScriptError(f"there is no operator {sign!r}")
    if left is None or right is None:
        return False
    try:
        return _OPERATORS[sign](left, right)
    except TypeError:
        return False


def steps(script: list[Any]) -> list[Step]:
    """The steps of a script, in order.

    Raises:
        ScriptError: The script asks nobody, or can't be understood.
    """
    found = []
    for part in script:
        match part:
            case {"call": _}:
                found.append(Step(True, (_ask(part),)))
            case {"all": list(parts)}:
                found.append(Step(True, tuple(_ask(one) for one in parts)))
            case {"any": list(parts)}:
                found.append(Step(False, tuple(_ask(one) for one in parts)))
            case str():
                # Such as `{Payables.approve(invoice.id)}`: what follows an approval anyway.
                continue
            case _:
                raise ScriptError(f"not a step: {json.dumps(part)}")
    if not found:
        raise ScriptError("the script asks nobody for approval")
    return found


def _ask(part: Any) -> Ask:
    name = part.get("call") if isinstance(part, dict) else None
    if name not in _CALLS:
        raise ScriptError(f"there is no call {name!r}")
    parameters = part.get("params") or {}
    named = parameters.get(_CALLS[name])
    if not isinstance(named, list) or not named:
        raise ScriptError(f"{name} names nobody in {_CALLS[name]}")
    count = parameters.get("required_approval_count", 1)
    if not isinstance(count, int) or count < 1:
        raise ScriptError("required_approval_count is a positive integer")
    people = tuple(str(one) for one in named)
    if _CALLS[name] == "role_ids":
        return Ask((), people, count)
    if count > len(set(people)):
        raise ScriptError(f"{name} asks for {count} approvals of {len(set(people))} users")
    return Ask(people, (), count)
