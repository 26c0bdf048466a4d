"""Conditions, used in triggers and in `if` statements.

A condition is a boolean; `{"all": [...]}`, `{"any": [...]}`, `{"not": ...}`, nested to any depth; or a
comparison as an object (`operator`, `left_operand`, `right_operand`) or as text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from monite_magic.simulator.monitescript import text
from monite_magic.simulator.monitescript.errors import ScriptError, check_depth, shown
from monite_magic.simulator.monitescript.names import kind_of, like, value_of
from monite_magic.simulator.monitescript.text import SIGNS, Called, Compared, Joined, Named, Parsed, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.simulator.monitescript.names import Kind, Names

_ORDER = {
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
}
_NUMERAL = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?")
_GROUPS = {"and": "all", "or": "any", "not": "not"}


@dataclass(frozen=True)
class Verdict:
    """The result of a condition, with reasons.

    Attributes:
        holds: Whether it is true.
        why: The comparisons that decided the result, each with its actual value.
    """

    holds: bool
    why: tuple[str, ...]


@dataclass(frozen=True)
class Constant:
    """A condition that is always true or always false."""

    holds: bool

    def judge(self, _values: Mapping[str, Any]) -> Verdict:
        """Whether it holds."""
        return Verdict(self.holds, (f"the condition is {str(self.holds).lower()}",))


@dataclass(frozen=True)
class Comparison:
    """A comparison of two operands."""

    left: Named | Value
    sign: str
    right: Named | Value
    text: str

    def judge(self, values: Mapping[str, Any]) -> Verdict:
        """Whether it holds for these values."""
        sides = [
            value_of(side.name, values) if isinstance(side, Named) else side.value
            for side in (self.left, self.right)
        ]
        if isinstance(self.right, Named) and all(isinstance(side, str) for side in sides):
            # `in` searches a text value for a text. A literal text counts as a list of one item.
            holds = _compare(self.sign, *sides, within=True)
        else:
            holds = _compare(self.sign, *sides)
        met = ", ".join(
            f"{side.name} is {shown(value)}"
            for side, value in zip((self.left, self.right), sides, strict=True)
            if isinstance(side, Named)
        )
        return Verdict(holds, (f"{self.text} {'holds' if holds else 'does not hold'}: {met}",))


@dataclass(frozen=True)
class Group:
    """A group of conditions: all must be true (`all`), one must be true (`any`), or none (`not`)."""

    word: str
    parts: tuple[Condition, ...]

    def judge(self, values: Mapping[str, Any]) -> Verdict:
        """Evaluate the group. The reasons are those of the parts that decided the result."""
        found = [part.judge(values) for part in self.parts]
        if self.word == "not":
            return Verdict(not found[0].holds, found[0].why)
        decisive = self.word == "any"
        if any(verdict.holds is decisive for verdict in found):
            found = [verdict for verdict in found if verdict.holds is decisive]
            holds = decisive
        else:
            holds = not decisive
        empty = () if found else (f"{self.word} of nothing",)
        return Verdict(holds, tuple(reason for verdict in found for reason in verdict.why) or empty)


Condition = Constant | Comparison | Group


def read_trigger(trigger: Any, names: Names) -> Condition:
    """Parse the trigger of a policy. Without a trigger, a policy applies to every submitted payable.

    Raises:
        ScriptError: It can't be evaluated; the place says where.
    """
    return Constant(True) if trigger is None else read_condition(trigger, names, "trigger")


def read_condition(condition: Any, names: Names, place: str, depth: int = 0) -> Condition:
    """Parse one condition.

    Raises:
        ScriptError: It can't be evaluated.
    """
    check_depth(depth, place)
    if isinstance(condition, bool):
        return Constant(condition)
    if isinstance(condition, str):
        return condition_of(text.parse(condition, place), names, place)
    if not isinstance(condition, dict):
        raise ScriptError(place, f"{shown(condition)} is not a condition")
    if "operator" in condition:
        return _compared(condition, names, place)
    word = next((word for word in _GROUPS.values() if word in condition), None)
    if word is None:
        raise ScriptError(place, f"{shown(condition)} is not a condition")
    refuse_others(condition, (word,), place)
    if word == "not":
        return Group("not", (read_condition(condition["not"], names, f"{place}.not", depth + 1),))
    parts = list_of(condition, word, place)
    return Group(
        word,
        tuple(
            read_condition(part, names, f"{place}.{word}[{index}]", depth + 1)
            for index, part in enumerate(parts)
        ),
    )


def condition_of(parsed: Parsed, names: Names, place: str) -> Condition:
    """Parse a condition that is written as text.

    Raises:
        ScriptError: It is not a condition, or can't be evaluated.
    """
    match parsed:
        case Compared(left, sign, right, words):
            return _checked(Comparison(left, sign, right, words), names, place)
        case Joined(word, parts):
            return Group(_GROUPS[word], tuple(condition_of(part, names, place) for part in parts))
        case Value(bool() as holds):
            return Constant(holds)
        case Named(name) if kind_of(name, names) == "boolean":
            return Comparison(parsed, "==", Value(True), name)
        case Named(name):
            _known(name, names, place)
            raise ScriptError(place, f"{name} needs an operator and a value to compare with")
        case Called(name, _):
            raise ScriptError(place, f"{name} can't be evaluated in a condition")
    raise ScriptError(place, f"{shown(parsed.value)} is not a condition")


def refuse_others(found: Mapping[str, Any], known: tuple[str, ...], place: str) -> None:
    """Refuse an object with members that would be ignored.

    Raises:
        ScriptError: It has such members.
    """
    for name in found:
        if name not in known:
            raise ScriptError(place, f"unexpected member {shown(name)}; expected {', '.join(known)}")


def list_of(found: Mapping[str, Any], name: str, place: str) -> list[Any]:
    """Return the list in a member.

    Raises:
        ScriptError: It is not a list.
    """
    if not isinstance(found[name], list):
        raise ScriptError(f"{place}.{name}", "must be a list")
    return list(found[name])


def _compared(condition: dict[str, Any], names: Names, place: str) -> Condition:
    refuse_others(condition, ("operator", "left_operand", "right_operand"), place)
    for name in ("left_operand", "right_operand"):
        if name not in condition:
            raise ScriptError(place, f"{name} is missing")
    sign = condition["operator"]
    if not isinstance(sign, str) or sign not in SIGNS:
        raise ScriptError(f"{place}.operator", f"unknown operator {shown(sign)}; use {', '.join(SIGNS)}")
    left = _operand(condition["left_operand"], f"{place}.left_operand")
    right = _operand(condition["right_operand"], f"{place}.right_operand")
    words = f"{_written(left)} {sign} {_written(right)}"
    return _checked(Comparison(left, sign, right, words), names, place)


def _written(operand: Named | Value) -> str:
    return operand.name if isinstance(operand, Named) else shown(operand.value)


def _operand(operand: Any, place: str) -> Named | Value:
    if isinstance(operand, dict):
        if "call" in operand:
            if operand["call"] == "Currency.convert":
                raise ScriptError(place, "Currency.convert: the simulator has no exchange rates")
            raise ScriptError(f"{place}.call", f"{shown(operand['call'])} can't be evaluated")
        if set(operand) != {"name"} or not isinstance(operand["name"], str):
            raise ScriptError(place, f'{shown(operand)} is neither a value nor {{"name": …}}')
        return Named(operand["name"].strip().removeprefix("{").removesuffix("}").strip())
    if isinstance(operand, str) and operand.lstrip().startswith("{"):
        parsed = text.parse(operand, place)
        if not isinstance(parsed, Named | Value):
            raise ScriptError(place, f"{shown(operand)} is not a single value")
        return parsed
    if isinstance(operand, list):
        for index, item in enumerate(operand):
            if isinstance(item, list | dict):
                raise ScriptError(f"{place}[{index}]", "a list can only contain texts and numbers")
    return Value(operand)


# -- what can be evaluated ----------------------------------------------------------------------------------


def _known(name: str, names: Names, place: str) -> Kind:
    kind = kind_of(name, names)
    if kind is None:
        raise ScriptError(place, f"unknown name {shown(name)}{like(name, names)}")
    if kind == "object":
        raise ScriptError(place, f"{shown(name)} is an object: use one of its fields")
    return kind


def _checked(comparison: Comparison, names: Names, place: str) -> Comparison:
    """Refuse a comparison that can never be evaluated."""
    sides = (comparison.left, comparison.right)
    if not any(isinstance(side, Named) for side in sides):
        raise ScriptError(
            place, f'{comparison.text} compares two constants: write a name as {{"name": "invoice.amount"}}'
        )
    kinds = [
        _known(side.name, names, place) if isinstance(side, Named) else _kind_of_value(side.value)
        for side in sides
    ]
    if comparison.sign in ("in", "not in"):
        _check_membership(comparison, kinds, place)
    elif "list" in kinds:
        raise ScriptError(place, f"{comparison.text}: use `in` to search a list, not {comparison.sign}")
    elif comparison.sign in _ORDER and not set(kinds) <= {"number", "text", "numeral", "any"}:
        raise ScriptError(
            place, f"{comparison.text} can't be evaluated: only numbers, texts and dates can be ordered"
        )
    elif not _alike(*kinds):
        raise ScriptError(place, f"{comparison.text} compares a {_word(kinds[0])} with a {_word(kinds[1])}")
    return comparison


def _check_membership(comparison: Comparison, kinds: list[str], place: str) -> None:
    if kinds[1] in ("number", "boolean") and isinstance(comparison.right, Named):
        raise ScriptError(place, f"{comparison.text}: {comparison.right.name} is not a list")
    left = comparison.left
    if isinstance(left, Named) and kinds[0] != "list" and isinstance(comparison.right, Value):
        wanted = comparison.right.value
        for item in wanted if isinstance(wanted, list) else [wanted]:
            kind = _kind_of_value(item)
            if not _alike(kinds[0], kind):
                raise ScriptError(
                    place, f"{comparison.text} compares a {_word(kinds[0])} with a {_word(kind)}"
                )


def _kind_of_value(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "text" if _number(value) is None else "numeral"
        case list():
            return "list"
    return "object"


def _alike(left: str, right: str) -> bool:
    kinds = {left, right}
    if "null" in kinds or "any" in kinds:
        return True
    return len(kinds) == 1 or kinds in ({"number", "numeral"}, {"text", "numeral"})


def _word(kind: str) -> str:
    return "text" if kind == "numeral" else kind


# -- comparing ----------------------------------------------------------------------------------------------


def _number(value: Any) -> float | None:
    """Return a number, or a text as a number; `None` for other values."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    if isinstance(value, str) and _NUMERAL.fullmatch(value):
        return float(value) if "." in value else int(value)
    return None


def _compare(sign: str, left: Any, right: Any, *, within: bool = False) -> bool:
    if sign in ("in", "not in"):
        return (left in right if within else _is_in(left, right)) is (sign == "in")
    if sign in ("==", "!="):
        return _equal(left, right) is (sign == "==")
    if left is None or right is None:
        return False
    numbers = _number(left), _number(right)
    if isinstance(left, str) and isinstance(right, str):
        order = (left > right) - (left < right)
    elif None in numbers:
        return False
    else:
        order = (numbers[0] > numbers[1]) - (numbers[0] < numbers[1])  # type: ignore[operator]
    return bool(_ORDER[sign](order))


def _equal(left: Any, right: Any) -> bool:
    return bool(_comparable(left, right) == _comparable(right, left))


def _comparable(value: Any, other: Any) -> Any:
    """Turn a numeric text into a number if the other side is a number."""
    if isinstance(value, str) and isinstance(other, int | float) and not isinstance(other, bool):
        number = _number(value)
        return value if number is None else number
    return value


def _is_in(left: Any, right: Any) -> bool:
    wanted = right if isinstance(right, list) else [right]
    found = left if isinstance(left, list) else [left]
    known = {_key(item) for item in wanted}
    return any(_key(item) in known for item in found)


def _key(value: Any) -> Any:
    number = _number(value)
    return value if number is None or isinstance(value, bool) else number
