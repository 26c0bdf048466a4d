"""The parts of a card. Each part renders as HTML and as plain text."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from monite_magic.core import clean, columns_of, mask_text, one_line, shorten
from monite_magic.core.words import counted
from monite_magic.display import style
from monite_magic.display.budget import Budget, Unlimited, cost
from monite_magic.display.options import options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monite_magic.display.grid import Grid

_RESERVE: Final = 3_000  # bytes reserved for frames and the notice about cut content
_NOTE_LENGTH: Final = 600


class Part(Protocol):
    """A piece of a card."""

    def html(self, budget: Budget) -> str:
        """Return the part as HTML, within the budget."""
        ...

    def plain(self, width: int, budget: Budget) -> str:
        """Return the part as plain text, `width` columns wide, within the budget."""
        ...


def joined(pieces: Sequence[str], width: int) -> str:
    """Join the pieces with dots, and with line breaks to fit the width."""
    lines = [""]
    for piece in pieces:
        longer = f"{lines[-1]} · {piece}" if lines[-1] else piece
        if columns_of(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(piece)
    return "\n".join(lines)


def wrapped(text: str, width: int, indent: str = "") -> str:
    """Wrap `text`; lines after the first are indented."""
    return "\n".join(
        "\n".join(
            textwrap.wrap(
                line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
            )
        )
        for line in text.split("\n")
    )


@dataclass(frozen=True, slots=True)
class Title:
    """The title of a card, as a chip."""

    text: str
    tone: str = "info"

    def html(self, budget: Budget) -> str:
        """See `Part`."""
        return _within(budget, style.block(style.chip(shorten(one_line(self.text), 120), self.tone)))

    def plain(self, width: int, budget: Budget) -> str:
        """See `Part`."""
        return _within(budget, wrapped(shorten(one_line(self.text), 120), width))


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence or two.

    Attributes:
        text: The text.
        mark: A word in front of it, as a chip: `warning`.
        tone: The chip's tone.
        quiet: Whether to mute the text.
        strong: Whether to make it bold.
    """

    text: str
    mark: str = ""
    tone: str = "neutral"
    quiet: bool = False
    strong: bool = False

    def html(self, budget: Budget) -> str:
        """See `Part`."""
        text = shorten(self.text, _NOTE_LENGTH)
        words = style.muted(text) if self.quiet else style.escape(text)
        words = style.tag("strong", words) if self.strong else words
        mark = style.chip(self.mark, self.tone) + " " if self.mark else ""
        return _within(budget, style.block(mark + words))

    def plain(self, width: int, budget: Budget) -> str:
        """See `Part`."""
        mark = f"{self.mark}: " if self.mark else ""
        return _within(budget, wrapped(mark + clean(shorten(self.text, _NOTE_LENGTH)), width, "  "))


@dataclass(frozen=True, slots=True)
class Code:
    """Preformatted text, such as a cell or a body.

    Attributes:
        text: The text.
        caption: The text above it.
    """

    text: str
    caption: str = ""

    def html(self, budget: Budget) -> str:
        """See `Part`."""
        above = style.block(style.escape(self.caption), "margin:6px 0 0 0") if self.caption else ""
        if budget.take(whole := above + style.preformatted(self.text)):
            return whole
        # An escaped character can take five times as many bytes.
        part = Budget(budget.left // 5)
        piece = above + style.preformatted(_first_lines(self.text, part))
        return _within(budget, piece)

    def plain(self, width: int, budget: Budget) -> str:
        """See `Part`."""
        above = wrapped(clean(self.caption), width) + "\n" if self.caption else ""
        return above + _first_lines(textwrap.indent(clean(self.text), "    "), budget)


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels and values, one pair per line."""

    rows: Sequence[tuple[str, str]]

    def html(self, budget: Budget) -> str:
        """See `Part`."""
        lines = "".join(
            f"<tr style='background-color:transparent'>"
            f"<td style='{_LABEL}{_UNBROKEN if len(label) <= _SHORT_LABEL else ''}'>"
            f"{style.muted(shorten(label, 60))}</td>"
            f"<td style='{_VALUE}'>{style.escape(shorten(value, _NOTE_LENGTH))}</td></tr>"
            for label, value in self.rows
        )
        return _within(budget, f"<table style='{_FACTS}'><tbody>{lines}</tbody></table>" if lines else "")

    def plain(self, width: int, budget: Budget) -> str:
        """See `Part`."""
        labels = [shorten(one_line(label), 60) for label, _ in self.rows]
        column = max(map(columns_of, labels), default=0)
        lines = []
        for label, (_, value) in zip(labels, self.rows, strict=True):
            head = label + " " * (column - columns_of(label) + 2)
            text = clean(shorten(value, _NOTE_LENGTH))
            lines.append(wrapped(head + text, max(width, column + 20), " " * (column + 2)))
        return _within(budget, "\n".join(lines))


@dataclass(frozen=True, slots=True)
class Folded:
    """A part that is folded in HTML; plain text shows it only if `in_plain`."""

    caption: str
    part: Part
    in_plain: bool = False

    def html(self, budget: Budget) -> str:
        """See `Part`."""
        if not budget.take(style.fold(style.muted(self.caption), "")):
            return ""
        return style.fold(style.muted(self.caption), self.part.html(budget))

    def plain(self, width: int, budget: Budget) -> str:
        """See `Part`."""
        return self.part.plain(width, budget) if self.in_plain else ""


_FACTS: Final = "border-collapse:collapse;margin:6px 0;font-size:inherit;width:auto;border:none"
_LABEL: Final = "text-align:left;padding:2px 16px 2px 0;vertical-align:top"
_UNBROKEN: Final = ";white-space:nowrap"
_SHORT_LABEL: Final = 30  # characters
_VALUE: Final = "text-align:left;padding:2px 0;vertical-align:top;overflow-wrap:anywhere"


@dataclass(frozen=True, slots=True)
class Table:
    """A table, with notes about omitted rows and columns.

    Attributes:
        grid: The table.
        shown: Number of rows in the grid.
        total: Number of all rows.
        left_out: Names of omitted columns.
        whole: A sentence about where to find all rows.
    """

    grid: Grid
    shown: int
    total: int
    left_out: tuple[str, ...] = ()
    whole: str = ""

    def html(self, budget: Budget) -> str:
        """See `Part`."""
        table, count, no_room = self.grid.html(budget)
        notes = "".join(style.block(style.muted(text)) for text in self._notes(count, no_room))
        return table + notes

    def plain(self, width: int, budget: Budget) -> str:
        """See `Part`."""
        table, count, no_room = self.grid.plain(width, budget)
        return "\n".join([table, *(wrapped(text, width, "  ") for text in self._notes(count, no_room))])

    def _notes(self, count: int, no_room: tuple[str, ...]) -> list[str]:
        notes = []
        if count < self.total:
            notes.append(f"{count:,} of {self.total:,} rows are shown. {self.whole}".rstrip())
        if left_out := (*no_room, *self.left_out):
            names = shorten(one_line(", ".join(left_out)), 240)
            notes.append(f"{counted(len(left_out), 'more column')}: {names}")
        return notes


def _first_lines(text: str, budget: Budget) -> str:
    """Return the first lines of `text` that fit the budget."""
    lines = text.split("\n")
    count = next((i for i, line in enumerate(lines) if not budget.take(line + "\n")), len(lines))
    return "\n".join(lines[:count])


def _within(budget: Budget, piece: str) -> str:
    return piece if budget.take(piece) else ""


@dataclass(slots=True)
class Card:
    """A frame with parts, for all displays.

    Attributes:
        tone: Tone of the frame's edge.
        parts: Its parts, from top to bottom.
        cut_advice: The sentence at the end if content was cut.
        is_small: Whether it is small enough to render without a budget first.
    """

    tone: str
    parts: list[Part] = field(default_factory=list)
    cut_advice: str = ""
    is_small: bool = False

    def bundle(self) -> dict[str, str]:
        """Return the card as a MIME bundle: `text/plain`, complete by itself, and `text/html`."""
        return {"text/plain": self.plain(), "text/html": self.html()}

    def html(self) -> str:
        """Return the card as HTML, up to three quarters of `options.max_bytes`."""
        limit = options.max_bytes * 3 // 4 - _RESERVE
        if self.is_small:
            inner = self._inner_html(Unlimited())
            if cost(inner) <= limit:
                return mask_text(style.card(inner, self.tone))
        budget = Budget(limit)
        inner = self._inner_html(budget)
        if budget.exhausted and self.cut_advice:
            inner += style.block(style.chip("cut", "warning") + " " + style.escape(self._advice()))
        return mask_text(style.card(inner, self.tone))

    def _inner_html(self, budget: Budget) -> str:
        return "".join([part.html(budget) for part in self.parts])

    def plain(self) -> str:
        """Return the card as plain text, up to a quarter of `options.max_bytes`."""
        width, limit = options.text_width, options.max_bytes // 4 - _RESERVE
        if self.is_small:
            text = "\n".join(self._pieces_of_plain(width, Unlimited()))
            if cost(text) <= limit:
                return mask_text(text)
        budget = Budget(limit)
        pieces = self._pieces_of_plain(width, budget)
        if budget.exhausted and self.cut_advice:
            pieces.append(wrapped(f"cut: {clean(self._advice())}", width, "  "))
        return mask_text("\n".join(pieces))

    def _pieces_of_plain(self, width: int, budget: Budget) -> list[str]:
        return [piece for part in self.parts if (piece := part.plain(width, budget))]

    def _advice(self) -> str:
        return (
            f"An answer can add at most {options.max_bytes:,} bytes to the notebook "
            f"(monite_magic.display.options.max_bytes). {self.cut_advice}"
        )

    def __repr__(self) -> str:
        return self.plain()

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return self.bundle()


#: An object that IPython shows as HTML and plain text.
Displayable = Card
