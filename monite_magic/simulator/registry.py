"""The table of rules: which operation is simulated by which function, and how sure each behaviour is.

A rule's status says what it rests on:

- "documented": the vendor's published guides or reference say so in words;
- "schema": it follows from the OpenAPI document;
- "unverified": it is our inference, or a stand-in for what can't be simulated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from monite_magic.catalogue import Operation

Status = Literal["documented", "schema", "unverified"]
#: Takes a `Call`, which is made of what is registered here.
Handler = Callable[[Any], Any]
AnyHandler = TypeVar("AnyHandler", bound=Handler)


@dataclass(frozen=True)
class Access:
    """Who may call an operation.

    Attributes:
        object_type: What a role must have the permission for; `None` asks for no permission.
        action: What the role must be allowed to do with it.
        partner_only: Whether an entity user is refused, whatever the role.
        refusal: The status of the refusal.
        own_entity: Whether the entity in the path must be the user's own.
        or_else: The object type and action that decide if the role does not name the object type.
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
        subject: The operation, such as `POST /counterparts`, or what else the rule is about.
        text: What happens, in one sentence.
        status: What this rests on.
        handler: What does it, for an operation.
        access: Who may call the operation.
    """

    subject: str
    text: str
    status: Status
    handler: Handler | None = None
    access: Access = ANYONE


#: Every rule, in the order of registration: what `%monite_simulator rules` shows.
RULES: list[Rule] = []

#: The rule of each simulated operation, by method and path template.
OPERATIONS: dict[tuple[str, str], Rule] = {}


def operation(
    method: str, path: str, text: str = "", *, status: Status = "schema", access: Access = ANYONE
) -> Callable[[AnyHandler], AnyHandler]:
    """Register the decorated function as the rule of one operation.

    The function gets the `Call` and returns the data of the documented success, an `Answer` for any other,
    or `None` for a success without a body.

    Args:
        method: The HTTP method.
        path: The path template, as the catalogue has it.
        text: What happens, in one sentence; the function's docstring by default.
        status: What this rests on.
        access: Who may call it.
    """

    def register(handler: AnyHandler) -> AnyHandler:
        words = text or (handler.__doc__ or "").strip().partition("\n")[0]
        rule = Rule(f"{method} {path}", words, status, handler, access)
        RULES.append(rule)
        OPERATIONS[method, path] = rule
        return handler

    return register


#: Operations that the public API, and so the catalogue, doesn't have.
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
    """Add a rule to the table that is not one operation's alone."""
    RULES.append(Rule(subject, text, status))
