"""Display one answer as a card: status, notes and content."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from monite_magic.catalogue.asked import currencies_asked
from monite_magic.catalogue.shapes import rows_shape, shape_of
from monite_magic.core.text import clean, one_line
from monite_magic.core.words import counted, shorten
from monite_magic.display import style
from monite_magic.display.documents import document_parts, is_document
from monite_magic.display.grid import Cell, Column, Grid
from monite_magic.display.options import options
from monite_magic.display.parts import Card, Code, Folded, Part, Table, Words, joined
from monite_magic.display.permissions import permissions_of
from monite_magic.display.problem import Problem
from monite_magic.display.rows import rows_grid
from monite_magic.display.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monite_magic.api import Answer, Note
    from monite_magic.display.budget import Budget
    from monite_magic.display.problem import FieldProblem

_MAX_NOTES: Final = 20
_SMALL: Final = 4_000  # bytes of an answer that always fits
CUT_ADVICE: Final = "The whole answer is in .data and .text. Use .save(path) for a file, or --raw to show it."


def render(response: Answer, problem: Problem | None = None) -> dict[str, str]:
    """Return an answer as a MIME bundle: `text/plain`, complete by itself, and `text/html`.

    Args:
        response: The answer. It is cut at `options.max_bytes`, with a notice.
        problem: The explanation of an error answer, if there is one.
    """
    return card_of(response, problem).bundle()


def render_status_line(response: Answer) -> dict[str, str]:
    """Return only the status line and notes of an answer, as a MIME bundle."""
    parts: list[Part] = [StatusLine(response), *_notes(response)]
    if response.incomplete:
        parts.append(Words(response.incomplete, mark="note"))
    return Card(_tone(response), parts).bundle()


def card_of(response: Answer, problem: Problem | None = None) -> Card:
    """Return an answer's card."""
    parts: list[Part] = [StatusLine(response), *_notes(response)]
    parts += _error_parts(response, problem) if response.status >= 400 else _body_parts(response)
    return Card(_tone(response), parts, CUT_ADVICE, is_small=len(response.content) <= _SMALL)


@dataclass(frozen=True)
class StatusLine:
    """The status line: status, call, environment, time, size and request ID."""

    response: Answer

    @cached_property
    def _call(self) -> str:
        request = self.response.request
        query = urlsplit(request.url).query
        return shorten(f"{request.method} {request.path}" + (f"?{query}" if query else ""), 200)

    @cached_property
    def _measures(self) -> list[str]:
        response, seconds = self.response, self.response.elapsed
        measures = [f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"]
        measures.append(size_words(len(response.content)))
        if request_id := response.request_id:
            measures.append(f"request id {shorten(one_line(request_id), 80)}")
        headers = response.headers
        left, limit = headers.get("ratelimit-remaining", ""), headers.get("ratelimit-limit", "")
        if left.isdecimal() and limit.isdecimal():
            measures.append(f"rate limit: {left[:10]} of {limit[:10]} calls left")
        return measures

    def html(self, budget: Budget) -> str:
        """See `Part`."""
        response, call = self.response, self._call
        head = " ".join(
            (
                style.chip(_status(response), _tone(response)),
                style.code(call, response.request.url[:500] if len(call) == 200 else ""),
                style.chip(environment_words(response), _environment_tone(response)),
            )
        )
        piece = style.block(head, "margin:0") + style.block(
            style.muted(" · ".join(self._measures)), "margin:2px 0 6px 0"
        )
        return piece if budget.take(piece) else ""

    def plain(self, width: int, budget: Budget) -> str:
        """See `Part`."""
        response = self.response
        call = one_line(self._call)
        pieces = [_status(response), call, environment_words(response), *self._measures]
        text = joined([clean(piece) for piece in pieces], width)
        return text + "\n" if budget.take(text) else ""


def environment_words(response: Answer) -> str:
    """Return the label of the answer's environment."""
    return response.environment.label


def size_words(count: int) -> str:
    """Format a size in bytes: `512 bytes`, `1.2 kB`, `20.0 MB`."""
    if count < 1_000:
        return counted(count, "byte")
    return f"{count / 1_000:.1f} kB" if count < 999_950 else f"{count / 1_000_000:.1f} MB"


def _environment_tone(response: Answer) -> str:
    if response.simulated:
        return "simulated"
    return "production" if response.environment.asks_before_writes else "neutral"


def _tone(response: Answer) -> str:
    if response.status >= 500 or response.status in {401, 403}:
        return "error"
    return "error" if response.status >= 400 else "ok" if response.status < 300 else "info"


def _status(response: Answer) -> str:
    return f"{response.status} {response.reason}".strip()


def _notes(response: Answer) -> list[Part]:
    notes: list[Part] = [_note(note) for note in response.notes[:_MAX_NOTES]]
    if len(response.notes) > _MAX_NOTES:
        notes.append(Words(f"{len(response.notes) - _MAX_NOTES} more notes: .notes", quiet=True))
    return notes


def _note(note: Note) -> Words:
    place = ""
    if note.line is not None:
        place = f" (line {note.line}" + (f", column {note.column})" if note.column is not None else ")")
    tone = "warning" if note.kind == "warning" else "info"
    return Words(note.text + place, mark="warning" if tone == "warning" else "note", tone=tone)


def _error_parts(response: Answer, problem: Problem | None) -> list[Part]:
    problem = problem or Problem("The API rejected the call.")
    parts: list[Part] = [Words(problem.what, strong=True)]
    if problem.fields:
        parts.append(_fields_table(problem.fields))
    elif response.message:
        parts.append(Words(f"The API says: {response.message}"))
    if problem.why:
        parts.append(Words(problem.why))
    if problem.cell:
        parts.append(Code(problem.cell, problem.next_step))
    elif problem.next_step:
        parts.append(Words(problem.next_step))
    if not response.message or not response.is_json:
        parts += _body_parts(response)
    else:
        parts.append(Folded("The whole answer", Tree(response.data, shape_of(response))))
    return parts


def _fields_table(fields: Sequence[FieldProblem]) -> Table:
    columns = [Column("field"), Column("what is wrong")]
    rows = [[Cell(field.path, look="code"), Cell(field.message)] for field in fields]
    if any(field.place for field in fields):
        columns.insert(1, Column("in the cell"))
        for row, field in zip(rows, fields, strict=True):
            row.insert(1, Cell(field.place))
    return Table(Grid(columns, rows), len(rows), len(rows))


def _body_parts(response: Answer) -> list[Part]:
    if not response.content or response.content.isspace():
        return [Words("The answer has no content.", quiet=True)]
    if is_document(response) or not response.is_json:
        return document_parts(response)
    data = response.data
    rows = data.get("data") if isinstance(data, dict) else data
    if isinstance(rows, list):
        return _list_parts(response, rows)
    permissions = permissions_of(data) if isinstance(data, dict) else None
    if permissions:
        rest = {name: value for name, value in data.items() if name != "permissions"}
        return [_tree(response, rest), Words("What the role allows:", strong=True), permissions]
    return [_tree(response, data)]


def _tree(response: Answer, data: Any) -> Tree:
    codes = currencies_asked(response.request.url, response.template, [data])
    return Tree(data, shape_of(response), codes[0] if codes else None)


def _list_parts(response: Answer, rows: list[Any]) -> list[Part]:
    if not rows:
        return [Words("The list is empty.")]
    shown = rows[: options.max_rows]
    codes = currencies_asked(response.request.url, response.template, shown)
    shape = rows_shape(shape_of(response))
    grid, left_out = rows_grid(shown, shape, max_columns=options.max_columns, currencies=codes)
    what = "this page" if response.next_token else "them"
    whole = f"All of {what}: .items, or .df() as a table."
    parts: list[Part] = [Table(grid, len(shown), len(rows), left_out, whole)]
    if response.next_token:
        parts.append(
            Words("More pages follow: .next() reads the next one, --all or .pages() all of them.", quiet=True)
        )
    return parts
