"""Plan a push: mapping, bodies, problems and journal entries. Nothing is sent."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monite_magic.core import RequestError, counted, progress_bar
from monite_magic.tables.push.cells import Problem, is_empty, shown
from monite_magic.tables.push.column_reader import Forms
from monite_magic.tables.push.fields import fields_of
from monite_magic.tables.push.journal import ACCEPTED, Journal, journal_path
from monite_magic.tables.push.journal_state import jobs_of
from monite_magic.tables.push.mapping import LEFT_OUT, ColumnMap, Finder, map_columns
from monite_magic.tables.push.plan import BEFORE, Plan
from monite_magic.tables.push.references import References, all_rows
from monite_magic.tables.push.sheet_writer import result_path
from monite_magic.tables.push.sources import read_source
from monite_magic.tables.push.table_builder import TableBuilder
from monite_magic.tables.push.workbook import sheet_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monite_magic.api.client import Client
    from monite_magic.tables.push.cells import Table
    from monite_magic.tables.push.fields import Field, Fields
    from monite_magic.tables.push.journal import Entry


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
    lost = _lost(path_)
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
            *lost,
        ],
        client=client,
        entity_id=entity_id or client.entity_id,
        journal=path_,
        valid_only=valid_only,
        has_key=at_key is not None,
        retry_refused=retry_refused,
        references=references.resolved,
        lost=bool(lost),
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


def _lost(journal: Path) -> list[Problem]:
    """Return a problem if the result of an earlier push has accepted rows, and its journal is missing."""
    result = result_path(journal, "result")
    if journal.exists() or not result.exists():
        return []
    try:
        table = read_source(result, sheet="Rows" if result.suffix == ".xlsx" else None, header_row=1)
    except RequestError:
        return []
    at = max(
        (at for at, name in enumerate(table.headings) if name in {"status", "push status"}), default=None
    )
    count = 0 if at is None else sum(row.cells[at] in {ACCEPTED, BEFORE} for row in table.rows)
    if not count:
        return []
    text = (
        f"{counted(count, 'row')} of {result.name} would be sent again, because the journal {journal.name} "
        f"is missing. Restore it from a backup. To send all rows once more, delete {result.name}."
    )
    return [Problem(text)]


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
