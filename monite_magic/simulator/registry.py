"""The table of rules: the function for each simulated operation, and the source of each behaviour.

The status of a rule is its source:

- "documented": the vendor's published guides or reference describe it;
- "schema": it follows from the OpenAPI document;
- "unverified": we infer it, or it stands in for something that can't be simulated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from monite_magic.catalogue import Operation

Status = Literal["documented", "schema", "unverified"]
#: Takes a `Call`, whose module imports this one.
Handler = Callable[[Any], Any]
AnyHandler = TypeVar("AnyHandler", bound=Handler)


@dataclass(frozen=True)
class Access:
    """Who can call an operation.

    Attributes:
        object_type: The object type that the role must have a permission for; `None` for no check.
        action: The action that the role must allow.
        partner_only: Whether to refuse all entity users.
        refusal: The status of the refusal.
        own_entity: Whether the entity in the path must be the user's own.
        or_else: The object type and action to check if the role does not have the object type.
    """

    object_type: str | None = None
    action: str = "read"
    partner_only: bool = False
    refusal: int = 403
    own_entity: bool = False
    or_else: tuple[str, str] | None = None


ANYONE = Access()
PARTNER = Access(partner_only=True)


@dataclass(frozen=True)
class Rule:
    """One behaviour of the simulator.

    Attributes:
        subject: The operation, such as `POST /counterparts`, or another topic.
        text: What it does, in one sentence.
        status: The source of this rule.
        handler: The function, for an operation.
        access: Who can call the operation.
    """

    subject: str
    text: str
    status: Status
    handler: Handler | None = None
    access: Access = ANYONE


#: All rules, in the order of registration. `%monite_simulator rules` shows them.
RULES: list[Rule] = []

#: The rule of each simulated operation, by method and path template.
OPERATIONS: dict[tuple[str, str], Rule] = {}


def operation(
    method: str, path: str, text: str = "", *, status: Status = "schema", access: Access = ANYONE
) -> Callable[[AnyHandler], AnyHandler]:
    """Register the decorated function as the rule of one operation.

    The function gets the `Call`. It returns the data of the documented success, `None` for a success
    without a body, or an `Answer` for anything else.

    Args:
        method: The HTTP method.
        path: The path template from the catalogue.
        text: What it does, in one sentence; the function's docstring by default.
        status: The source of this rule.
        access: Who can call it.
    """

    def register(handler: AnyHandler) -> AnyHandler:
        words = text or (handler.__doc__ or "").strip().partition("\n")[0]
        rule = Rule(f"{method} {path}", words, status, handler, access)
        RULES.append(rule)
        OPERATIONS[method, path] = rule
        return handler

    return register


#: Operations outside the public API, and so outside the catalogue.
INTERNAL: list[Operation] = []


def internal_operation(described: Operation) -> Callable[[AnyHandler], AnyHandler]:
    """Register the decorated function as the rule of an operation outside the public API; see `operation`."""

    def register(handler: AnyHandler) -> AnyHandler:
        words = (handler.__doc__ or "").strip().partition("\n")[0]
        INTERNAL.append(described)
        OPERATIONS[described.method, described.path] = Rule(str(described), words, "schema", handler)
        RULES.append(Rule(str(described), words, "schema"))
        return handler

    return register


def behaviour(subject: str, text: str, status: Status) -> None:
    """Add a rule that is not about a single operation."""
    RULES.append(Rule(subject, text, status))
