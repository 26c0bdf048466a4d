"""What is sent for a row: its call, and those that follow for what belongs to it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monite_magic.tables.push.cells import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

#: Where a row says what it is: paths in a body, those that tell most first.
IDENTITY: Final = (
    ("document_id",),
    ("organization", "legal_name"),
    ("individual", "first_name"),
    ("individual", "last_name"),
    ("tax_id",),
    ("name",),
    ("number",),
    ("iban",),
    ("value",),
)


class Child(NamedTuple):
    """A follow-up call for a new row.

    Attributes:
        part: `bank_accounts`.
        template: `/counterparts/{counterpart_id}/bank_accounts`.
        body: What is sent.
    """

    part: str
    template: str
    body: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of part and body."""
        return digest_of(self.part.encode(), self.body)


@dataclass
class Document:
    """What is sent for a row, or for several with one key.

    Attributes:
        key: What tells it apart in the journal.
        rows: The numbers of its rows.
        path: Where it goes.
        body: What is sent; None for a DELETE.
        children: The calls that follow, in order.
        problems: Why it can't be sent.
        warnings: What to look at.
        identity: What the row says it is: a name, a number; empty if it says nothing.
        amounts: Field, currency and minor units of each amount in it.
    """

    key: str
    rows: tuple[int, ...]
    path: str
    body: bytes | None
    children: tuple[Child, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    identity: str = ""
    amounts: tuple[tuple[str, str, Decimal], ...] = ()

    def hold(self, text: str) -> None:
        """Keep it from being sent, since the journal says so."""
        problem = Problem(text, self.rows[0])
        if problem not in self.problems:
            self.problems.append(problem)

    def warn(self, text: str) -> None:
        """Say what to look at."""
        warning = Problem(text, self.rows[0])
        if warning not in self.warnings:
            self.warnings.append(warning)

    @property
    def digest(self) -> str:
        """SHA-256 of path and body."""
        return digest_of(self.path.encode(), self.body or b"")

    @property
    def data(self) -> Any:
        """The body as Python; None without one."""
        return None if self.body is None else json.loads(self.body)


def digest_of(*parts: bytes) -> str:
    """Return SHA-256 over parts, in hex."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big"))
        whole.update(part)
    return whole.hexdigest()


def encoded(data: Any) -> bytes:
    """Return a body as it is sent."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def identity_of(data: Any) -> str:
    """Return what a body says that it is; empty if it says nothing."""
    found = [value for path in IDENTITY if isinstance(value := at(data, path), str) and value]
    if isinstance(data, dict) and data.get("document_id") and isinstance(data.get("counterpart_id"), str):
        found.append(data["counterpart_id"])
    return json.dumps([" ".join(each.split()).casefold() for each in found]) if found else ""


def at(data: Any, path: Iterable[str]) -> Any:
    """Return what is at a path of keys; None if there is nothing."""
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data
