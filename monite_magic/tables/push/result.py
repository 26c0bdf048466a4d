"""Show a plan or the result of a push: as a card, a DataFrame or a file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from monite_magic.core import MASK, MoniteError, RequestError, counted, one_line, shorten
from monite_magic.display.grid import Cell, Column, Grid
from monite_magic.display.parts import Card, Code, Facts, Folded, Title, Words
from monite_magic.display.parts import Table as TablePart
from monite_magic.tables.frames.backends import need
from monite_magic.tables.push.cells import is_empty, shown
from monite_magic.tables.push.journal import ACCEPTED
from monite_magic.tables.push.mapping import TELLS_APART
from monite_magic.tables.push.plan import INCOMPLETE, NOT_SENT, PROBLEM, READY
from monite_magic.tables.push.sheet_writer import Sheet, result_path, write_sheets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monite_magic.display.parts import Part
    from monite_magic.tables.push.engine import Job
    from monite_magic.tables.push.plan import Plan

_MAX_SHOWN: Final = 20
_EXTRA: Final = ("id", "status", "problem", "request id")
_FAILED: Final = frozenset({"refused", "unknown", INCOMPLETE, NOT_SENT, PROBLEM})
_EXAMPLE_LENGTH: Final = 40


class PushError(MoniteError):
    """Rows were refused or skipped, or their outcome is unknown.

    Attributes:
        result: The push with its rows.
    """

    def __init__(self, message: str, *, result: Pushed, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.result = result


class _Table(ABC):
    """The common parts of plans and results: rows with their status."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.kept_as: str | None = None
        self.files: list[Path] = []
        self.file_problem = ""

    def status_of(self, job: Job) -> tuple[str, str]:
        """Return the status of a document, and why."""
        return self.plan.status_of(job)

    def rows(self, *, hidden: frozenset[int] | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of the table, followed by ID, status, problem and request ID.

        Args:
            hidden: The columns to hide. By default, those with secrets.
        """
        hidden = self.plan.secret_columns if hidden is None else hidden
        by_row = {number: job for job in self.plan.jobs for number in job.document.rows}
        rows = []
        for row in self.plan.table.rows:
            job = by_row[row.number]
            status, problem = self.status_of(job)
            request_id = next((s.request_id for s in reversed(job.steps) if s.request_id), "")
            cells = [
                MASK if at in hidden and not is_empty(cell) else cell for at, cell in enumerate(row.cells)
            ]
            rows.append((*cells, job.row.id or None, status, problem or None, request_id or None))
        return rows

    @property
    def headings(self) -> list[str]:
        """The table's headings, and those of the four additional columns."""
        taken = {heading.casefold() for heading in self.plan.table.headings}
        return [
            *self.plan.table.headings,
            *(f"push {name}" if name in taken else name for name in _EXTRA),
        ]

    @property
    def counts(self) -> dict[str, int]:
        """The number of API rows by status."""
        return dict(Counter(self.status_of(job)[0] for job in self.plan.jobs))

    def df(self) -> Any:
        """Return the rows with ID, status, problem and request ID as a pandas DataFrame.

        Raises:
            RequestError: pandas isn't installed.
        """
        pandas = need("pandas", "pandas")
        rows = [tuple(_for_frame(value) for value in row) for row in self.rows()]
        return pandas.DataFrame(rows, columns=self.headings)

    def save(self, path: str | Path) -> Path:
        """Save the rows with ID, status, problem and request ID to a file. Return its path.

        Args:
            path: An .xlsx file, which also gets the mapping, problems and decisions, or a .csv file.

        Raises:
            RequestError: The file can't be written.
        """
        target = Path(path).expanduser()
        plan = self.plan
        problems = [
            (
                p.row,
                p.place or ("" if p.column is None else plan.table.column_name(p.column)),
                p.text,
                p.field,
            )
            for p in [*plan.all_problems, *plan.warnings]
        ]
        write_sheets(
            target,
            [
                Sheet("Rows", self.headings, self.rows()),
                Sheet("Columns", ("column", "field", "how", "first value"), mapping_rows(plan)),
                Sheet("Problems", ("row", "column", "problem", "field"), problems),
                Sheet("Decisions", ("about", "decision"), plan.notes),
            ],
        )
        return target

    def write_result(self) -> None:
        """Write the rows with their status next to the source. A failure is only recorded.

        The result of rows whose journal is missing stays as it is.
        """
        if self.plan.lost:
            return
        try:
            self.files = [self.save(result_path(self.plan.journal, "result"))]
        except RequestError as error:
            self.files, self.file_problem = [], str(error)

    def __repr__(self) -> str:
        return repr(self._card())

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return self._card()._repr_mimebundle_()

    @abstractmethod
    def _card(self) -> Card:
        """Return the card to display."""


def _for_frame(value: Any) -> Any:
    if is_empty(value):
        return None
    return shown(value) if isinstance(value, tuple) else value


def mapping_rows(plan: Plan) -> list[tuple[str, str, str, str]]:
    """Return each column with its field, the reason, and its first value."""
    table = plan.table
    rows = []
    mapped = {each.column: each for each in plan.mapping.columns}
    for index, heading in enumerate(table.headings):
        if not heading:
            continue
        first = next((row.cells[index] for row in table.rows if not is_empty(row.cells[index])), None)
        is_secret = index in plan.secret_columns
        example = "" if first is None else MASK if is_secret else shorten(shown(first), _EXAMPLE_LENGTH)
        if index in mapped:
            rows.append((table.column_name(index), mapped[index].name, mapped[index].how, example))
        else:
            why = plan.mapping.unmatched.get(index, "")
            rows.append((table.column_name(index), "–", f"not sent: {why}", example))
    return rows


def _part(columns: list[str], rows: Sequence[tuple[str, ...]], *, whole: str = "") -> TablePart:
    shown_rows = rows[:_MAX_SHOWN]
    grid = Grid(
        [Column(name) for name in columns],
        [[Cell(one_line(str(value))) for value in row] for row in shown_rows],
    )
    return TablePart(grid, len(shown_rows), len(rows), whole=whole)


def _warnings(plan: Plan) -> list[Words]:
    return [Words(plan.place(warning), mark="look", tone="warning") for warning in plan.warnings[:_MAX_SHOWN]]


def _facts(plan: Plan) -> list[tuple[str, str]]:
    environment = plan.client.environment
    facts = [
        ("Call", plan.call),
        ("Environment", environment.label),
        ("Host", environment.host),
        ("Entity", plan.entity_id or "none"),
        ("Source", f"{plan.table.name}, {len(plan.table.rows):,} rows"),
    ]
    return facts + [(f"Total {name}", f"{amount} {currency}") for name, currency, amount in plan.totals()]


class PlanView(_Table):
    """A plan for display.

    Args:
        plan: The plan.
        advice: How to send it.
    """

    def __init__(self, plan: Plan, advice: str) -> None:
        super().__init__(plan)
        self.advice = advice

    @property
    def problems(self) -> list[str]:
        """All problems with their cells, as text."""
        return [self.plan.place(problem) for problem in self.plan.all_problems]

    def _card(self) -> Card:
        plan = self.plan
        counts = self.counts
        told = ", ".join(f"{count:,} {status}" for status, count in counts.items())
        tone = "error" if plan.blocked else "warning" if plan.all_problems or plan.warnings else "info"
        where = str(self.files[0]) if self.files else ""
        facts = [*_facts(plan), ("Rows to send", f"{plan.count:,} of {len(plan.jobs):,} ({told})")]
        facts += [("Journal", str(plan.journal))] + ([("Written to", where)] if where else [])
        parts: list[Part] = [Title("Plan: nothing was sent", tone), Facts(facts)]
        columns = mapping_rows(plan)
        parts.append(
            _part(
                ["column", "field", "how", "first value"],
                columns,
                whole=f"All of them: {where}." if where else "",
            )
        )
        problems = plan.all_problems
        if problems:
            parts.append(Words(counted(len(problems), "problem"), strong=True))
            # They say what to write, and the cells of a table would be cut.
            parts += [Words(plan.place(problem)) for problem in plan.problems]
        if plan.row_problems:
            lines = [(plan.where(p), p.text) for p in plan.row_problems]
            parts.append(_part(["where", "problem"], lines, whole=f"All of them: {where}." if where else ""))
        parts += _warnings(plan)
        parts += [Words(f"{about}: {note}") for about, note in plan.notes[: 2 * _MAX_SHOWN]]
        if body := plan.first_bodies():
            parts.append(Folded("First bodies", Code(body), in_plain=True))
        if self.file_problem:
            parts.append(Words(self.file_problem, mark="look", tone="warning"))
        parts.append(Words(self.advice, strong=True))
        return Card(tone, parts)


class Pushed(_Table):
    """The result of a push. Displays itself as a summary with failed rows.

    Args:
        plan: The plan, whose jobs have the outcomes.
        halted: The reason for an early end, or an empty text.
        seconds: The duration.
        left: The keys of the documents to send.
    """

    def __init__(self, plan: Plan, *, halted: str, seconds: float, left: set[str]) -> None:
        super().__init__(plan)
        self.halted = halted
        self.seconds = seconds
        self._meant = left
        self.refused_file: Path | None = None

    def status_of(self, job: Job) -> tuple[str, str]:
        """Return the status of a document, and why."""
        status, why = self.plan.status_of(job)
        return (NOT_SENT, why or self.halted or "not sent yet") if status == READY else (status, why)

    @property
    def complete(self) -> bool:
        """Whether it wasn't interrupted or stopped."""
        return not self.halted

    @property
    def interrupted(self) -> bool:
        """Whether a person pressed Ctrl-C."""
        return self.halted == "Interrupted"

    @property
    def failed(self) -> int:
        """The number of API rows that were not completely accepted."""
        return sum(count for status, count in self.counts.items() if status in _FAILED)

    @property
    def ids(self) -> dict[int, str]:
        """The new IDs by row number."""
        return {
            number: job.row.id
            for job in self.plan.jobs
            if job.row.state == ACCEPTED
            for number in job.document.rows
        }

    def refused(self) -> Sheet:
        """Return the original rows that have to be fixed, with their problems."""
        # Keep the columns that are sent or identify rows, so that the file can be pushed again.
        unsent = self.plan.mapping.unmatched
        secret = self.plan.secret_columns
        hidden = frozenset(at for at in secret if unsent.get(at, TELLS_APART) != TELLS_APART)
        rows = [row for row in self.rows(hidden=hidden) if row[-3] in {"refused", PROBLEM, INCOMPLETE}]
        return Sheet(
            "Rows", [*self.plan.table.headings, "push problem"], [(*row[:-4], row[-2]) for row in rows]
        )

    def save_refused(self, path: str | Path) -> Path | None:
        """Save the rows that have to be fixed to a file that you can push again, if there are any.

        Args:
            path: An .xlsx or .csv file. If it is `….refused.xlsx` next to the source, it shares its journal.

        Raises:
            RequestError: It can't be written.
        """
        sheet = self.refused()
        if not sheet.rows:
            return None
        target = Path(path).expanduser()
        write_sheets(target, [sheet])
        return target

    def write_files(self) -> None:
        """Write the result and any refused rows next to the source."""
        self.write_result()
        try:
            self.refused_file = self.save_refused(result_path(self.plan.journal, "refused"))
        except RequestError as error:
            self.file_problem = str(error)
        if self.refused_file is not None:
            self.files.append(self.refused_file)

    def raise_for_failures(self) -> Pushed:
        """Return this result if every row was accepted.

        Raises:
            PushError: A row wasn't accepted.
        """
        if not self.failed:
            return self
        told = ", ".join(f"{count:,} {status}" for status, count in self.counts.items() if status in _FAILED)
        raise PushError(
            f"{self.failed:,} of {len(self.plan.jobs):,} rows were not accepted: {told}.",
            result=self,
            hint=self._advice(),
        )

    def _advice(self) -> str:
        if self.halted:
            return "The journal has the accepted rows: run the same push again to continue."
        counts = self.counts
        if counts.get("unknown"):
            return "Check the unknown rows in the API. The next push looks them up again before sending."
        if self.refused_file is not None:
            return (
                f"Fix them in {self.refused_file.name} or in the source, then push again: "
                "no row is sent twice."
            )
        return "Fix them, then push again: no row is sent twice."

    def _card(self) -> Card:
        plan = self.plan
        done = not self.failed
        rate = f", {len(self._meant) / self.seconds:,.1f} rows a second" if self.seconds > 1 else ""
        told = ", ".join(f"{count:,} {status}" for status, count in self.counts.items())
        title = "Pushed" if done else "Partly pushed"
        facts = [*_facts(plan)[:5], ("Rows", told), ("Took", f"{self.seconds:,.1f} s{rate}")]
        facts += [("Journal", str(plan.journal)), *(("Written to", str(file)) for file in self.files)]
        parts: list[Part] = [Title(title, "ok" if done else "error"), Facts(facts)]
        failed = []
        for job in plan.jobs:
            status, why = self.status_of(job)
            if status in _FAILED:
                failed.append((", ".join(f"row {n}" for n in job.document.rows[:3]), status, why))
        if failed:
            whole = f"All of them: {self.files[0]}." if self.files else "All of them: .df()."
            parts.append(_part(["where", "status", "problem"], failed, whole=whole))
        parts += _warnings(plan)
        if self.file_problem:
            parts.append(Words(f"{self.file_problem} The rows are in .df().", mark="look", tone="warning"))
        if self.halted:
            parts.append(Words(f"Ended early: {self.halted.rstrip('.')}."))
        if not done:
            parts.append(Words(self._advice(), strong=True))
        name = self.kept_as or "_"
        parts.append(Words(f"{name}.df() has the rows with ID, status, problem and request ID.", quiet=True))
        return Card("ok" if done else "error", parts)
