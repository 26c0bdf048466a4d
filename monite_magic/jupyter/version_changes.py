"""`%monite_catalogue diff`: compare API versions, with the operations in use first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monite_magic import catalogue, display
from monite_magic.catalogue.change import HARMS
from monite_magic.catalogue.changes import changes
from monite_magic.cell import METHODS
from monite_magic.core import RequestError
from monite_magic.core.clean_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monite_magic.catalogue.change import Change
    from monite_magic.display import Displayable
    from monite_magic.session import Session

_MAX_ROWS: Final = 50
_MAX_IN_MARKDOWN: Final = 1_000
_HARM_WORDS: Final = {
    "breaks calls": "Breaks calls",
    "changes answers": "Changes answers",
    "ignored": "No longer read",
    "new": "New or wider",
}


class Row(NamedTuple):
    """A change and its operations.

    Attributes:
        harm: One of `HARMS`.
        words: The change as text.
        operations: Its operations, those in use first.
        is_used: Whether this session has called one of them.
    """

    harm: str
    words: str
    operations: tuple[str, ...]
    is_used: bool


def run(session: Session, words: Sequence[str], form: str | None) -> Displayable | None:
    """Run `%monite_catalogue diff`: return a table, or print Markdown.

    Args:
        session: The session, whose history shows the operations in use.
        words: Two versions, and optionally a path, an operation or a word.
        form: `markdown`, or None for a table.

    Raises:
        RequestError: A version is missing.
        CatalogueError: A version has no catalogue.
    """
    if len(words) < 2:
        raise RequestError(
            "diff takes two API versions.",
            hint=f"For instance: %monite_catalogue diff 2024-01-31 2024-05-25. "
            f"Available: {', '.join(catalogue.versions())}.",
            line=1,
        )
    before, after, *rest = words
    wanted = " ".join(rest)
    found = changes(catalogue.load(before), catalogue.load(after))
    found = [change for change in found if _fits(change, wanted)]
    rows = grouped(found, _used(session))
    title = f"{before} → {after}{f', {wanted}' if wanted else ''}"
    if form == "markdown":
        print(markdown(title, rows))
        return None
    return _table(title, rows, wanted)


def _fits(change: Change, wanted: str) -> bool:
    """Whether a change matches a path, an operation or a word."""
    method, _, path = wanted.strip().partition(" ")
    if method.upper() in METHODS:
        return change.method == method.upper() and (not path or _fits(change, path))
    wanted = wanted.strip().lower()
    if wanted.startswith("/"):
        at = change.path.lower()
        return at == wanted or at.startswith(f"{wanted.rstrip('/')}/") or _is_template_of(at, wanted)
    return wanted in f"{change.operation} {change.words}".lower()


def _is_template_of(template: str, path: str) -> bool:
    """Whether a concrete path matches a template."""
    parts, values = template.strip("/").split("/"), path.strip("/").split("/")
    pairs = zip(parts, values, strict=False)
    return len(parts) == len(values) and all(part == value or part[:1] == "{" for part, value in pairs)


def _used(session: Session) -> frozenset[str]:
    """Return the operations that this session has called, as `METHOD /template` of any version."""
    used = set()
    for call in session.history:
        for version in catalogue.versions():
            match = catalogue.load(version).find(call.request.method, call.request.path)
            if match is not None:
                used.add(str(match.operation))
    return frozenset(used)


def grouped(found: Iterable[Change], used: frozenset[str] = frozenset()) -> list[Row]:
    """Group equal changes into rows, sorted by operations in use, and then by harm."""
    rows: dict[tuple[bool, str, str], list[str]] = {}
    for change in found:
        # A row of a list is the same object as in other answers.
        words = change.words.replace(" data[].", " ")
        rows.setdefault((change.operation in used, change.harm, words), []).append(change.operation)
    ordered = [
        Row(harm, words, tuple(dict.fromkeys(operations)), is_used)
        for (is_used, harm, words), operations in rows.items()
    ]
    return sorted(ordered, key=lambda row: (not row.is_used, HARMS.index(row.harm), row.operations[0]))


def _table(title: str, rows: list[Row], wanted: str) -> Displayable:
    counts = {harm: sum(row.harm == harm for row in rows) for harm in HARMS}
    said = ", ".join(f"{count} {_HARM_WORDS[harm].lower()}" for harm, count in counts.items() if count)
    notes = [f"{said[:1].upper()}{said[1:]}."] if said else []
    if any(row.is_used for row in rows):
        notes.append("Operations that this session has called come first, marked with *.")
    if len(rows) > _MAX_ROWS:
        narrow = "Name a path or a word to see fewer. " if not wanted else ""
        notes.append(f"{len(rows) - _MAX_ROWS} more. {narrow}--as markdown prints all.")
    notes.append("The documents are snapshots: Monite adds things within a version.")
    return display.table(
        ("change", "operation", "impact"),
        [(one_line(row.words), _operations(row), row.harm) for row in rows[:_MAX_ROWS]],
        title=title,
        wrap=("change",),
        notes=notes,
    )


def _operations(row: Row) -> str:
    first, *others = map(one_line, row.operations)
    mark = "* " if row.is_used else ""
    return f"{mark}{first}{f' and {len(others)} more' if others else ''}"


def markdown(title: str, rows: list[Row]) -> str:
    """Return the changes as Markdown, for a ticket."""
    lines = [f"## Monite API {title}"]
    before: Any = None
    for row in rows[:_MAX_IN_MARKDOWN]:
        heading = f"{_HARM_WORDS[row.harm]}{' (used in this session)' if row.is_used else ''}"
        if heading != before:
            lines += ["", f"### {heading}", ""]
            before = heading
        operations = ", ".join(f"`{one_line(each)}`" for each in row.operations)
        lines.append(f"- {one_line(row.words)}: {operations}")
    if len(rows) > _MAX_IN_MARKDOWN:
        lines += ["", f"{len(rows) - _MAX_IN_MARKDOWN} more are not shown."]
    return "\n".join(lines if rows else [*lines, "", "No changes."])
