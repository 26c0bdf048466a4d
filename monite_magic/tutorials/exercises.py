"""Check the exercises of the tutorials: read the API, and report what is still missing.

    from monite_magic import exercises
    exercises.has(f"/payables/{bill['id']}", status="new")

A check only sends GET requests with the session's token, and doesn't appear in the history. A notebook
displays its verdict, which is true in Python if nothing is missing.
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
    """The result of a check.

    Attributes:
        missing: Sentences about what is still missing. Empty if nothing is.
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
        path: The path of the object, for instance `/payables/{id}`.
        wanted: The expected values by field.

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
    """Check that a list has at least this many objects, or objects with these values.

    Args:
        number: The minimum number.
        path: The path of the list, for instance `/counterparts/{id}/contacts?limit=100`. Only its first
            page counts.
        wanted: The expected values by field.

    Raises:
        CredentialsError: You are not logged in.
    """
    return _counted(path, wanted, f"at least {number}", lambda count: count >= number)


def exactly(number: int, path: str, **wanted: Any) -> Verdict:
    """Check that a list has exactly this many objects, or objects with these values.

    Args:
        number: The exact number.
        path: The path of the list. Only its first page counts.
        wanted: The expected values by field.

    Raises:
        CredentialsError: You are not logged in.
    """
    return _counted(path, wanted, f"exactly {number}", lambda count: count == number)


def _counted(path: str, wanted: dict[str, Any], what: str, is_right: Callable[[int], bool]) -> Verdict:
    answer = _get(path)
    if not answer.ok:
        return _refused(answer)
    count = sum(all(row.get(name) == value for name, value in wanted.items()) for row in answer.items)
    if is_right(count):
        return Verdict()
    condition = " and ".join(f"{name} {_words(value)}" for name, value in wanted.items())
    what = f"{what} with {condition}" if condition else what
    return Verdict((f"Expected {what}, found {count}.",))


def allows(role_id: str, object_type: str, *actions: str, only: bool = False) -> Verdict:
    """Check that a role allows some actions.

    Args:
        role_id: The role. Reading it needs the partner token, or a user who can read roles.
        object_type: The type of object, for instance `counterpart`.
        actions: The actions that it should allow, for instance `create`.
        only: Whether it should allow no other actions.

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
        missing += [f"{action} is allowed, but should not be." for action in others]
    return Verdict(tuple(f"{object_type}: {sentence}" for sentence in missing))


#: Permissions that allow an action, at least for the user's own objects.
_SOME: Final = ("allowed", "allowed_for_own")


def totals(given: Mapping[str, float | Decimal] | None, path: str, field: str) -> Verdict:
    """Check the sums of a list's amounts by currency.

    Args:
        given: Sums in major units by currency: a dictionary, a pandas Series, or None.
        path: The path of the list. All pages count.
        field: The amount to add up, for instance `amount_due`.

    Raises:
        CredentialsError: You are not logged in.
    """
    from monite_magic.catalogue.currencies import to_major

    if given is None:
        return Verdict(("No sums yet.",))
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


#: Less than the smallest unit of any currency, and more than the rounding errors of float sums.
_LEAST_DIFFERENCE: Final = Decimal("0.0001")


def _compared(found: Decimal | None, right: Decimal | None) -> str:
    if right is None:
        return "there should be no sum."
    if found is None:
        return "the sum is missing."
    return f"{found} is too {'high' if found > right else 'low'}."


def rows_in(file: str | Path, path: str) -> Verdict:
    """Check that a Parquet file has exactly the rows of a list.

    Args:
        file: The file, with a column `id`.
        path: The path of the list. All pages count.

    Raises:
        CredentialsError: You are not logged in.
        RequestError: pyarrow is not installed.
    """
    from monite_magic.tables.frames.backends import need

    file = Path(file)
    if not file.exists():
        return Verdict((f"File not found: {file.name}, next to this notebook.",))
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
    return Verdict(tuple(f"Rows {word}: {count}." for count, word in counts if count))


def _get(path: str) -> Answer:
    from monite_magic.session import session

    return session.current().client.get(path)


def _refused(answer: Answer) -> Verdict:
    found = f"The check failed: GET {answer.request.path} returned {answer.status}."
    return Verdict((found, "Does it exist, and can your token read it (%monite_status)?"))


def _words(value: Any) -> str:
    return "empty" if value is None else str(value)
