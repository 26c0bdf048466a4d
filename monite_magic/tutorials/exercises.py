"""Checks for the exercises of the tutorials: they ask the API, and say what is still missing.

    from monite_magic import exercises
    exercises.has(f"/payables/{bill['id']}", status="new")

A check sends GET only, with the token of the session, and beside its history. Its verdict shows itself in a
notebook, and is true in Python when nothing is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from monite_magic.api import Answer


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
        CredentialsError: You are not logged in.
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
        CredentialsError: You are not logged in.
    """
    return _counted(path, wanted, f"at least {number}", lambda count: count >= number)


def exactly(number: int, path: str, **wanted: Any) -> Verdict:
    """Check that a list holds just so many objects, or just so many that have these values.

    Args:
        number: How many there should be.
        path: Where the list is; its first page counts.
        wanted: Field -> the value that an object should have to be counted.

    Raises:
        CredentialsError: You are not logged in.
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


def allows(role_id: str, object_type: str, *actions: str, only: bool = False) -> Verdict:
    """Check that a role lets its people do this.

    Args:
        role_id: The role; it is read as the partner, or as a user who may see roles.
        object_type: What it is about, for instance `counterpart`.
        actions: What they should be allowed to do, for instance `create`.
        only: Whether they should be allowed nothing else with it.

    Raises:
        CredentialsError: You are not logged in.
    """
    answer = _get(f"/roles/{role_id}")
    if not answer.ok:
        return _refused(answer)
    given = {
        action["action_name"]: action.get("permission")
        for found in answer.data["permissions"]["objects"]
        if found["object_type"] == object_type
        for action in found["actions"] or ()
    }
    missing = [f"{action} is not allowed yet." for action in actions if given.get(action) != "allowed"]
    if only:
        others = [name for name, permission in given.items() if permission in _SOME and name not in actions]
        missing += [f"{action} is allowed, and should not be." for action in others]
    return Verdict(tuple(f"{object_type}: {sentence}" for sentence in missing))


#: Permissions with which something may be done, if only with one's own.
_SOME: Final = ("allowed", "allowed_for_own")


def totals(given: Mapping[str, float | Decimal] | None, path: str, field: str) -> Verdict:
    """Check that these are the sums of a list's amounts, one for each currency.

    Args:
        given: Currency -> amount in major units: a dictionary or a Series of pandas, or None.
        path: Where the list is; all of its pages count.
        field: The amount that is summed up, for instance `amount_due`.

    Raises:
        CredentialsError: You are not logged in.
    """
    from monite_magic.catalogue.currencies import to_major

    if given is None:
        return Verdict(("There are no sums yet.",))
    answer = _get(path)
    if not answer.ok:
        return _refused(answer)
    sums: dict[str, int] = {}
    for row in (row for page in answer.pages() for row in page.items):
        sums[row["currency"]] = sums.get(row["currency"], 0) + row[field]
    right = {currency: to_major(amount, currency) for currency, amount in sums.items() if amount}
    found = {str(currency): Decimal(str(amount)) for currency, amount in given.items() if amount}
    return Verdict(
        tuple(
            f"{currency}: {_compared(found.get(currency), right.get(currency))}"
            for currency in sorted({*right, *found})
            if abs(found.get(currency, Decimal()) - right.get(currency, Decimal())) >= _LEAST_DIFFERENCE
        )
    )


#: Below any currency's smallest unit, and above what sums of floats are off by.
_LEAST_DIFFERENCE: Final = Decimal("0.0001")


def _compared(found: Decimal | None, right: Decimal | None) -> str:
    if right is None:
        return "nothing belongs here."
    if found is None:
        return "its sum is missing."
    return f"{found} is too {'much' if found > right else 'little'}."


def rows_in(file: str | Path, path: str) -> Verdict:
    """Check that a Parquet file holds just the rows of a list.

    Args:
        file: The file; it has a column `id`.
        path: Where the list is; all of its pages count.

    Raises:
        CredentialsError: You are not logged in.
        RequestError: pyarrow is not installed.
    """
    from monite_magic.tables.frames.backends import need

    file = Path(file)
    if not file.exists():
        return Verdict((f"There is no file {file.name} beside this notebook.",))
    answer = _get(path)
    if not answer.ok:
        return _refused(answer)
    try:
        table = need("pyarrow.parquet", "parquet").read_table(file, columns=["id"])
    except (ValueError, OSError):
        return Verdict((f"{file.name} is not a Parquet file, or has no column id.",))
    found = set(table["id"].to_pylist())
    right = {row["id"] for page in answer.pages() for row in page.items}
    counts = ((len(right - found), "missing"), (len(found - right), "too many"))
    return Verdict(tuple(f"Rows that are {word}: {count}." for count, word in counts if count))


def _get(path: str) -> Answer:
    from monite_magic.session import session

    return session.current().client.get(path)


def _refused(answer: Answer) -> Verdict:
    found = f"The check could not look: GET {answer.request.path} was answered with {answer.status}."
    return Verdict((found, "Is it there, and may you see it with the token that you have (%monite_status)?"))


def _words(value: Any) -> str:
    return "empty" if value is None else str(value)
