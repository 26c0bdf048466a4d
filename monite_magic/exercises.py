"""Checks for the exercises of the tutorials: they ask the API, and say what is still missing.

    from monite_magic import exercises
    exercises.has(f"/payables/{bill['id']}", status="new")

A check sends GET only, with the token of the session, and beside its history. Its verdict shows itself in a
notebook, and is true in Python when nothing is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from monite_magic.response import MoniteResponse


@dataclass(frozen=True)
class Verdict:
    """What a check found.

    Attributes:
        missing: What is still to be done, a sentence each; empty when all is right.
    """

    missing: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return not self.missing

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        from monite_magic import display

        if self.missing:
            return display.panel("Not yet", tone="warning", notes=self.missing)._repr_mimebundle_()
        return display.panel("Right", tone="ok", notes=["Nothing is missing."])._repr_mimebundle_()


def has(path: str, **wanted: Any) -> Verdict:
    """Check that an object has these values.

    Args:
        path: Where the object is, for instance `/payables/{id}`.
        wanted: Field -> the value that it should have.

    Raises:
        CredentialsError: Nobody is logged in.
    """
    answer = _get(path)
    if not answer.ok:
        return _refused(answer)
    return Verdict(
        tuple(
            f"{name} is {_words(answer.data.get(name))}, not {_words(value)}."
            for name, value in wanted.items()
            if answer.data.get(name) != value
        )
    )


def at_least(number: int, path: str, **wanted: Any) -> Verdict:
    """Check that a list holds so many objects, or so many that have these values.

    Args:
        number: How many there should be.
        path: Where the list is, for instance `/counterparts/{id}/contacts?limit=100`; its first page counts.
        wanted: Field -> the value that an object should have to be counted.

    Raises:
        CredentialsError: Nobody is logged in.
    """
    return _counted(path, wanted, f"at least {number}", lambda count: count >= number)


def exactly(number: int, path: str, **wanted: Any) -> Verdict:
    """Check that a list holds just so many objects, or just so many that have these values.

    Args:
        number: How many there should be.
        path: Where the list is; its first page counts.
        wanted: Field -> the value that an object should have to be counted.

    Raises:
        CredentialsError: Nobody is logged in.
    """
    return _counted(path, wanted, f"just {number}", lambda count: count == number)


def _counted(path: str, wanted: dict[str, Any], what: str, is_right: Callable[[int], bool]) -> Verdict:
    answer = _get(path)
    if not answer.ok:
        return _refused(answer)
    count = sum(all(row.get(name) == value for name, value in wanted.items()) for row in answer.items)
    if is_right(count):
        return Verdict()
    condition = " and ".join(f"{name} {_words(value)}" for name, value in wanted.items())
    what = f"{what} with {condition}" if condition else what
    return Verdict((f"There should be {what}. So far: {count}.",))


def allows(role_id: str, object_type: str, *actions: str) -> Verdict:
    """Check that a role lets its people do this.

    Args:
        role_id: The role; it is read as the partner, or as a user who may see roles.
        object_type: What it is about, for instance `counterpart`.
        actions: What they should be allowed to do, for instance `create`.

    Raises:
        CredentialsError: Nobody is logged in.
    """
    answer = _get(f"/roles/{role_id}")
    if not answer.ok:
        return _refused(answer)
    allowed = {
        action["action_name"]
        for found in answer.data["permissions"]["objects"]
        if found["object_type"] == object_type
        for action in found["actions"] or ()
        if action.get("permission") == "allowed"
    }
    return Verdict(
        tuple(f"{object_type}: {action} is not allowed yet." for action in actions if action not in allowed)
    )


def _get(path: str) -> MoniteResponse:
    from monite_magic import session

    return session.current().client.get(path)


def _refused(answer: MoniteResponse) -> Verdict:
    found = f"The check could not look: GET {answer.request.path} was answered with {answer.status}."
    return Verdict((found, "Is it there, and may you see it with the token that you have (%monite_status)?"))


def _words(value: Any) -> str:
    return "empty" if value is None else str(value)
