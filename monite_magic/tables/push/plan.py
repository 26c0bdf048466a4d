"""A planned push: what would be sent, and why the rest would not."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from monite_magic.catalogue.currencies import exponent
from monite_magic.core import is_secret_field
from monite_magic.core.masking import mask_json_bytes
from monite_magic.core.words import counted
from monite_magic.tables.push.documents import digest_of
from monite_magic.tables.push.journal import ACCEPTED, REFUSED

if TYPE_CHECKING:
    from pathlib import Path

    from monite_magic.api.client import Client
    from monite_magic.tables.push.cells import Problem, Table
    from monite_magic.tables.push.documents import Document
    from monite_magic.tables.push.engine import Job
    from monite_magic.tables.push.fields import Fields
    from monite_magic.tables.push.mapping import ColumnMap

_FIRST_BODIES: Final = 2

READY: Final = "ready"
PROBLEM: Final = "problem"
BEFORE: Final = "accepted before"
INCOMPLETE: Final = "incomplete"
NOT_SENT: Final = "not sent"


@dataclass
class Plan:
    """A push that is ready to review and send.

    Attributes:
        fields: The fields of the operation.
        table: The rows.
        mapping: The fields of their columns.
        jobs: The calls.
        notes: The decisions.
        problems: Problems of the whole table or a column.
        warnings: Warnings, which don't block sending.
        client: Makes the calls.
        entity_id: The entity.
        journal: The journal's file.
        valid_only: Skip rows with problems. Otherwise, they block sending.
        has_key: Whether a column identifies rows.
        retry_refused: Send unchanged rows again that were refused.
        lost: Whether rows were accepted before, and the journal that knows them is missing.
    """

    fields: Fields
    table: Table
    mapping: ColumnMap
    jobs: list[Job]
    notes: list[tuple[str, str]]
    problems: list[Problem]
    client: Client[Any]
    entity_id: str | None
    journal: Path
    valid_only: bool = False
    has_key: bool = False
    retry_refused: bool = False
    references: dict[tuple[str, str], str] = field(default_factory=dict)
    lost: bool = False

    @property
    def call(self) -> str:
        """Method and path."""
        return f"{self.fields.operation.method} {self.fields.path}"

    @property
    def scope(self) -> str:
        """The scope of its entries in a journal: API, entity and operation."""
        place = self.client.environment.base_url
        if self.client.environment.in_process:  # its data is lost with each kernel
            from monite_magic import simulator

            place = f"{place} {simulator.default().life}"
        entity = self.entity_id or self.client.entity_id or ""
        return f"{place} {entity} {self.call}"

    @property
    def documents(self) -> list[Document]:
        """The documents in row order."""
        return [job.document for job in self.jobs]

    @property
    def sendable(self) -> list[Job]:
        """The calls that `send` would make: those that have no problem and aren't done."""
        if self.problems:
            return []
        return [job for job in self.jobs if job.has_work and not job.document.problems]

    @property
    def row_problems(self) -> list[Problem]:
        """The problems of rows."""
        general = {problem.field for problem in self.problems if problem.field}
        return [
            problem
            for document in self.documents
            for problem in document.problems
            if not (problem.column is None and problem.field and problem.field in general)
        ]

    @property
    def all_problems(self) -> list[Problem]:
        """All problems, those of the whole table first."""
        return [*self.problems, *self.row_problems]

    @property
    def warnings(self) -> list[Problem]:
        """All warnings."""
        return [warning for document in self.documents for warning in document.warnings]

    @property
    def secret_columns(self) -> frozenset[int]:
        """The columns with secrets, by heading or field. Their values are never shown."""
        named = {at for at, heading in enumerate(self.table.headings) if is_secret_field(heading)}
        sent = {each.column for each in self.mapping.columns if is_secret_field(each.field.leaf)}
        return frozenset(named | sent)

    @property
    def blocked(self) -> str:
        """The reason why nothing can be sent, or an empty text."""
        bad = sum(bool(document.problems) for document in self.documents)
        if self.problems:
            return f"{counted(len(self.problems), 'problem')} of the whole table"
        if bad and not self.valid_only:
            return f"{counted(bad, 'row')} with problems"
        return ""

    @property
    def digest(self) -> str:
        """The SHA-256 of everything to send, and where: what you confirm is what is sent."""
        parts = [self.client.environment.base_url.encode(), self.scope.encode()]
        for job in self.sendable:
            parts.append(job.document.digest.encode())
            parts += [step.part.encode() + step.digest.encode() for step in job.steps[1:]]
        return digest_of(*parts)

    @property
    def count(self) -> int:
        """The number of rows to send."""
        return len(self.sendable)

    @property
    def calls(self) -> int:
        """The number of calls, without looking up rows."""
        return sum(step.state != ACCEPTED for job in self.sendable for step in job.steps)

    def totals(self) -> list[tuple[str, str, str]]:
        """Return the sums to send: field, currency, amount in major units."""
        sums: Counter[tuple[str, str]] = Counter()
        for job in self.sendable:
            for name, currency, minor in job.document.amounts:
                sums[name, currency] += minor  # type: ignore[assignment]
        return [
            (name, currency, _major(Decimal(minor), exponent(currency)))
            for (name, currency), minor in sums.items()
        ]

    def first_bodies(self) -> str:
        """Return the first bodies as text, with secrets masked."""
        lines = []
        for job in self.sendable[:_FIRST_BODIES]:
            for step in job.steps:
                if step.state == ACCEPTED:
                    continue
                method = "POST" if step.part else self.fields.operation.method
                lines.append(f"{method} {step.template}")
                if step.body is not None:
                    text = mask_json_bytes(step.body).decode("utf-8", "replace")
                    lines.append(json.dumps(json.loads(text), ensure_ascii=False, indent=1))
        return "\n".join(lines)

    def status_of(self, job: Job) -> tuple[str, str]:
        """Return the status of a document and the reason."""
        document = job.document
        if document.problems:
            return PROBLEM, "; ".join(self.place(p) for p in document.problems)
        if self.problems:
            return PROBLEM, "the table has a problem"
        warned = "; ".join(self.place(w) for w in document.warnings)
        steps = job.steps
        if all(step.state == ACCEPTED for step in steps):
            before = all(step.before for step in steps)
            return (BEFORE if before else ACCEPTED), warned
        if job.row.state == REFUSED:
            why = f"{job.row.problem} (refused before, and unchanged)" if job.row.before else job.row.problem
            return REFUSED, why
        if job.row.is_open:
            return "unknown", job.row.problem or "outcome not known yet"
        if job.row.state == ACCEPTED:
            open_ = [step for step in steps[1:] if step.state != ACCEPTED]
            return INCOMPLETE, "; ".join(
                f"{step.part.partition('/')[0]}: {step.problem or step.state}" for step in open_
            )
        return READY, job.row.problem or warned

    def place(self, problem: Problem) -> str:
        """Return a problem with its cell: `row 14, column C (Email): …`."""
        where = self.where(problem)
        return f"{where}: {problem.text}" if where else problem.text

    def where(self, problem: Problem) -> str:
        """Return the place of a problem, or an empty text for the whole table."""
        return problem.place or self.table.place(problem.row, problem.column)


def _major(minor: Decimal, places: int) -> str:
    """Return an amount in major units. Fractions of a minor unit, from prices times quantities, are kept."""
    amount = minor.scaleb(-places).normalize()
    short = Decimal(1).scaleb(-places)
    return f"{amount.quantize(short) if amount == amount.quantize(short) else amount:,f}"
