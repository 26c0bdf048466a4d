"""The calls for a row: its own, and follow-up calls for its parts."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monite_magic.tables.push.cells import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

#: The paths in a body that identify a row, best first.
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
        part: For instance `bank_accounts`.
        template: For instance `/counterparts/{counterpart_id}/bank_accounts`.
        body: The body.
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
    """The data for a row, or for several with one key.

    Attributes:
        key: Its key in the journal.
        rows: The numbers of its rows.
        path: The path of the call.
        body: The body. None for DELETE.
        children: The follow-up calls, in order.
        problems: The reasons why it can't be sent.
        warnings: Warnings.
        identity: A name or number that identifies the row, or an empty text.
        amounts: Field, currency and minor units of each amount.
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
        """Hold it back, because of the journal."""
        problem = Problem(text, self.rows[0])
        if problem not in self.problems:
            self.problems.append(problem)

    def warn(self, text: str) -> None:
        """Add a warning."""
        warning = Problem(text, self.rows[0])
        if warning not in self.warnings:
            self.warnings.append(warning)

    @property
    def digest(self) -> str:
        """SHA-256 of path and body."""
        return digest_of(self.path.encode(), self.body or b"")

    @property
    def data(self) -> Any:
        """The body as Python, or None."""
        return None if self.body is None else json.loads(self.body)


def digest_of(*parts: bytes) -> str:
    """Return the SHA-256 of parts in hex."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big"))
        whole.update(part)
    return whole.hexdigest()


def encoded(data: Any) -> bytes:
    """Encode a body for sending."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def identity_of(data: Any) -> str:
    """Return a name or number that identifies a body, or an empty text."""
    found = [value for path in IDENTITY if isinstance(value := at(data, path), str) and value]
    if isinstance(data, dict) and data.get("document_id") and isinstance(data.get("counterpart_id"), str):
        found.append(data["counterpart_id"])
    return json.dumps([" ".join(each.split()).casefold() for each in found]) if found else ""


def at(data: Any, path: Iterable[str]) -> Any:
    """Return the value at a path of keys, or None."""
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data
