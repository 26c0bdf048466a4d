"""Plan a push: mapping, bodies, problems and journal entries. Nothing is sent."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from monite_magic.catalogue.currencies import exponent
from monite_magic.core import RequestError, is_secret_field, progress_bar
from monite_magic.core.masking import mask_json_bytes
from monite_magic.tables.push.cells import Problem, is_empty, shown
from monite_magic.tables.push.column_reader import Forms
from monite_magic.tables.push.documents import digest_of
from monite_magic.tables.push.fields import fields_of
from monite_magic.tables.push.journal import ACCEPTED, REFUSED, Journal, journal_path
from monite_magic.tables.push.journal_state import jobs_of
from monite_magic.tables.push.mapping import LEFT_OUT, ColumnMap, Finder, map_columns
from monite_magic.tables.push.references import References, all_rows
from monite_magic.tables.push.sources import read_source
from monite_magic.tables.push.table_builder import TableBuilder
from monite_magic.tables.push.workbook import sheet_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.api.client import Client
    from monite_magic.tables.push.cells import Table
    from monite_magic.tables.push.documents import Document
    from monite_magic.tables.push.engine import Job
    from monite_magic.tables.push.fields import Field, Fields
    from monite_magic.tables.push.journal import Entry

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

    @property
    def call(self) -> str:
        """Method and path."""
        return f"{self.fields.operation.method} {self.fields.path}"

    @property
    def scope(self) -> str:
        """The scope of its entries in a journal."""
        return scope_of(self.client, self.entity_id, self.fields)

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
            return f"{len(self.problems)} {_many('problem', len(self.problems))} of the whole table"
        if bad and not self.valid_only:
            return f"{bad:,} {_many('row', bad)} with problems"
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


def _many(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


def scope_of(client: Client[Any], entity_id: str | None, fields: Fields) -> str:
    """Return the scope of journal entries: API, entity and operation."""
    place = client.environment.base_url
    if client.environment.in_process:  # its data is lost with each kernel
        from monite_magic import simulator

        place = f"{place} {simulator.default().life}"
    entity = entity_id or client.entity_id or ""
    return f"{place} {entity} {fields.operation.method} {fields.path}"


def make_plan(
    method: str,
    path: str,
    source: Any,
    *,
    client: Client[Any],
    mapping: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    key: str | None = None,
    sheet: str | None = None,
    header_row: int | None = None,
    lines: Any = None,
    forms: Forms | None = None,
    journal: str | Path | None = None,
    entity_id: str | None = None,
    valid_only: bool = False,
    retry_refused: bool = False,
    progress: bool = True,
    name: str = "",
) -> Plan:
    """Plan a push. Nothing is sent, but lists can be read to find IDs by names.

    Raises:
        RequestError: The method, path, source, mapping or an option is invalid.
        MoniteError: A list couldn't be read.
    """
    fields = fields_of(method, path, client.environment.api_version)
    table = read_source(source, sheet=sheet, header_row=header_row, name=name)
    forms = forms or Forms()
    if table.api_units:
        forms = Forms(forms.dates, forms.decimal, forms.percent, api_units=True)
    given, lines_table = dict(mapping or {}), None
    if lines is not None:
        lines_table = _lines(lines, table)
    here, there = _split_mapping(given, table, lines_table)
    mapped = map_columns(table, fields, here, key=key)
    at_key = _column(table, key) if key is not None else None
    references = References(fields.known, all_rows(client, fields.known, entity_id))
    builder = TableBuilder(
        fields,
        table,
        mapped,
        constants=_constants(constants or {}, fields),
        forms=forms,
        references=references,
        key=at_key,
    )
    unmatched: list[tuple[str, str]] = []
    if lines_table is not None:
        unmatched = _add_lines(builder, fields, lines_table, there, key)
    with progress_bar(show=progress, total=len(table.rows)) as on_rows:
        documents = builder.documents(on_rows)
    path_ = Path(journal).expanduser() if journal is not None else journal_path(table.path, fields.list_path)
    plan = Plan(
        fields=fields,
        table=table,
        mapping=mapped,
        jobs=[],
        notes=_notes(table, builder, references, unmatched),
        problems=[
            *(p for p in table.problems if p.row is None and not _is_left_out(p, table, mapped)),
            *mapped.problems,
            *builder.problems,
        ],
        client=client,
        entity_id=entity_id or client.entity_id,
        journal=path_,
        valid_only=valid_only,
        has_key=at_key is not None,
        retry_refused=retry_refused,
        references=references.resolved,
    )
    plan.jobs = jobs_of(
        documents, fields, _entries(plan), has_key=plan.has_key, retry_refused=plan.retry_refused
    )
    return plan


def _is_left_out(problem: Problem, table: Table, mapped: ColumnMap) -> bool:
    """Whether the user left out the column of a problem, or the others with the same heading."""
    if problem.column is None:
        return False
    heading = table.headings[problem.column].casefold()
    same = [at for at, other in enumerate(table.headings) if other.casefold() == heading]
    kept = [at for at in same if mapped.unmatched.get(at) != LEFT_OUT]
    return problem.column not in kept or len(kept) == 1 < len(same)


def _entries(plan: Plan) -> dict[tuple[str, str], Entry]:
    if not plan.journal.exists():
        return {}
    with Journal(plan.journal, plan.scope) as journal:
        return journal.entries()


def _column(table: Table, name: str) -> int:
    for at, heading in enumerate(table.headings):
        if heading == name or heading.casefold() == name.casefold():
            return at
    have = ", ".join(filter(None, table.headings))
    raise RequestError(f"Unknown column in --key: {name!r}.", hint=f"Have: {have}.")


def _constants(given: Mapping[str, str], fields: Fields) -> dict[str, tuple[dict[str, Field], str]]:
    finder = Finder(fields)
    found = {}
    for name, text in given.items():
        exact = finder.exact(name)
        if not exact:
            near = ", ".join(finder.near(name))
            raise RequestError(
                f"{fields.operation} has no field {name!r}.",
                hint=f"The nearest: {near}." if near else f"%monite_help {fields.operation} lists them.",
            )
        if is_empty(text):
            raise RequestError(f"--set {name} has no value.", hint=f"Write --set {name}=VALUE.")
        found[name] = (exact, text)
    return found


def _lines(lines: Any, table: Table) -> Table:
    """Read the second table: a sheet of the same workbook, or another source."""
    is_name = isinstance(lines, str) and table.path is not None and table.path.suffix.lower() == ".xlsx"
    if is_name and lines in sheet_names(table.path):  # type: ignore[arg-type]
        return read_source(table.path, sheet=lines)
    return read_source(lines, name="the lines")


def _split_mapping(
    given: dict[str, str], table: Table, lines: Table | None
) -> tuple[dict[str, str], dict[str, str]]:
    """Split the user's mapping into that of the table and that of the second table."""
    if lines is None:
        return given, {}
    own = {heading.casefold() for heading in table.headings}
    there = {name: to for name, to in given.items() if name.casefold() not in own}
    return {name: to for name, to in given.items() if name not in there}, there


def _add_lines(
    builder: TableBuilder, fields: Fields, lines: Table, given: dict[str, str], key: str | None
) -> list[tuple[str, str]]:
    if key is None:
        raise RequestError(
            "A table of lines needs a key.", hint="Name the column that both tables have with --key."
        )
    at_key = _column(lines, key)
    parts = {name: part for name, part in fields.fields.items() if part.part not in {"", "path"}}
    mapped = map_columns(lines, replace(fields, fields=parts), given, key=key)
    builder.problems += [
        p._replace(column=None, row=None, place=f"{lines.name}, {lines.place(p.row, p.column)}".rstrip(", "))
        for p in (*mapped.problems, *lines.problems)
    ]
    builder.add_lines(lines, mapped, at_key)
    strangers = builder.line_keys() - builder.known_keys()
    if strangers:
        names = ", ".join(sorted(map(shown, strangers))[:5])
        builder.problems.append(
            Problem(f"{lines.name} has lines with keys that {builder.table_name} doesn't have: {names}")
        )
    return [
        (f"{lines.name}, {lines.column_name(column)}", f"not sent: {why}")
        for column, why in mapped.unmatched.items()
        if column != at_key
    ]


def _notes(
    table: Table, builder: TableBuilder, references: References, unmatched: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Return the decisions: subject and text."""
    notes = [(table.name, note) for note in table.notes]
    notes += [(column.table.column_name(column.index), note) for column, note in builder.column_notes()]
    notes += [("rows", note) for note in builder.notes]
    by_field: Counter[str] = Counter(leaf for leaf, _ in references.resolved)
    notes += [
        (leaf, f"{count:,} {'name was' if count == 1 else 'names were'} found and replaced by ids.")
        for leaf, count in by_field.items()
    ]
    return [*notes, *unmatched]
