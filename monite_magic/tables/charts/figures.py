"""How the charts look: one style, readable in a light and a dark notebook, made without global state.

matplotlib, not Altair: its pictures need no script, so they show on GitHub, in nbconvert's pages and in
notebooks that are not trusted; and they stay small, where a Vega chart carries all its rows.
"""

from __future__ import annotations

import io
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monite_magic.core import clean, write_private
from monite_magic.tables.charts.labels import name_label, number_form, thinned
from monite_magic.tables.files import save_tables
from monite_magic.tables.frames.backends import need

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from monite_magic.tables.charts.labels import NumberForm

#: Colours that are told apart with any kind of colour vision (Okabe and Ito), dark enough on white.
COLORS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
_TEXT: Final = "#222222"
_WIDTH: Final = 8.0  # inches
_HEIGHT: Final = 3.6
_ROW_HEIGHT: Final = 0.3  # of rows that lie below each other
_MARGIN: Final = 0.9
_FEWEST_ROWS: Final = 2
#: How many panels a picture has at most; the other currencies are in the table.
MOST_PANELS: Final = 5
_DPI: Final = 110
_LABELLED_BARS: Final = 16  # more numbers above bars would run into each other
_SINGLE_BARS: Final = 80
_LEVEL_LABELS: Final = 8
_TITLE_WIDTH: Final = 72  # characters
_NOTE_WIDTH: Final = 100
_MOST_PRINTED: Final = 130  # rows
_LINE_HEIGHT: Final = 0.16
#: How the sentences on documents that are left out begin.
LEFT_OUT: Final = "Left out"
_ALL_LEFT_OUT: Final = "No amounts to show: see the note."
_EMPTY_HEIGHT: Final = 1.2


class Panel(NamedTuple):
    """Numbers that share an axis.

    Attributes:
        unit: What they count: a currency, `documents`.
        table: Rows are places, columns are series.
        rows: How many rows there must be room for below each other; 0 where they stand side by side.
    """

    unit: str
    table: pd.DataFrame
    rows: int = 0

    @property
    def height(self) -> float:
        """Inches."""
        return _HEIGHT if not self.rows else _MARGIN + _ROW_HEIGHT * max(self.rows, _FEWEST_ROWS)

    @property
    def is_empty(self) -> bool:
        """Whether there is no bar to draw."""
        return not (self.table != 0).to_numpy().any()


class Chart:
    """A chart: a picture, and the numbers in it as a table.

    Args:
        title: What it shows.
        table: The numbers.
        panels: What is drawn below each other, each on axes of its own.
        draw: Draws a panel: `bars` or `horizontal_bars`.
        nothing: The sentence that stands for the picture where there is no bar to draw.

    Attributes:
        title: What it shows.
        table: The numbers, a DataFrame.
        note: What must be known of them, a sentence below the picture.
    """

    note = ""

    def __init__(
        self,
        title: str,
        table: pd.DataFrame,
        panels: Sequence[Panel],
        draw: Callable[[Any, Panel], None],
        *,
        nothing: str = "There is nothing to show.",
    ) -> None:
        panels = [panel for panel in panels if not panel.is_empty]
        more = len(panels) - MOST_PANELS
        currencies = "currency" if more == 1 else "currencies"
        self.title = title if more <= 0 else f"{title} ({more} more {currencies}: .table)"
        self.table = table
        self._panels = panels[:MOST_PANELS]
        self._draw = draw
        self._when_empty = "" if panels else nothing

    @property
    def _nothing(self) -> str:
        """The sentence instead of a picture, which is another one if documents are left out."""
        return _ALL_LEFT_OUT if self._when_empty and LEFT_OUT in self.note else self._when_empty

    def figure(self) -> Any:
        """Return a new matplotlib `Figure`, to be changed or saved."""
        heights = [panel.height for panel in self._panels] or [_EMPTY_HEIGHT]
        note = fill(clean(self.note), _NOTE_WIDTH)
        room = _LINE_HEIGHT * (note.count("\n") + 1) if note else 0.0
        make = need("matplotlib.figure", "charts").Figure
        figure = make(figsize=(_WIDTH, sum(heights) + room), dpi=_DPI, layout="constrained")
        figure.set_facecolor("#ffffff")
        below = figure.subplots(len(heights), squeeze=False, height_ratios=heights)
        for axes, panel in zip(below[:, 0], self._panels, strict=False):  # one axes, where nothing is drawn
            axes.set_facecolor("#ffffff")
            for side in ("top", "right"):
                axes.spines[side].set_visible(False)
            axes.tick_params(colors=_TEXT, labelsize=9)
            self._draw(axes, panel)
        if self._nothing:
            below[0, 0].set_axis_off()
            middle = {"x": 0.5, "y": 0.5, "ha": "center", "va": "center", "transform": below[0, 0].transAxes}
            below[0, 0].text(**middle, s=self._nothing, color=_TEXT, fontsize=10)
        title = fill(self.title, _TITLE_WIDTH)
        below[0, 0].set_title(title, loc="left", color=_TEXT, fontsize=11, fontweight="bold")
        if note:
            figure.supxlabel(note, color=_TEXT, fontsize=9, parse_math=False)
        return figure

    def png(self) -> bytes:
        """Return the picture as PNG."""
        buffer = io.BytesIO()
        self.figure().savefig(buffer, format="png", metadata={"Software": None})
        return buffer.getvalue()

    def save(self, path: str | Path) -> Path:
        """Write the picture (`.png`) or the numbers (`.xlsx`, `.csv`, `.parquet`) to a file; return its path.

        Args:
            path: Where to write; `~` is expanded. An existing file is replaced. Only you can read the file.

        Raises:
            RequestError: The name ends otherwise, or the file can't be written.
        """
        target = Path(path).expanduser()
        if target.suffix.lower() == ".png":
            write_private(target, self.png())
            return target
        return save_tables(target, {self.title: self.table})

    def __repr__(self) -> str:
        numbers = self._nothing or self.table.to_string(max_rows=_MOST_PRINTED)
        return clean("\n\n".join(filter(None, [self.title, numbers, self.note])))

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, Any], dict[str, Any]]:
        """What IPython shows: the picture, the numbers as text, and words for who can't see the picture."""
        numbers = self._nothing or "Its numbers are in .table."
        words = f"Chart: {self.title}. {numbers} {self.note}".rstrip()
        return {"text/plain": repr(self), "image/png": self.png()}, {"image/png": {"alt": words}}


def bars(axes: Any, panel: Panel) -> None:
    """Draw a group of bars for each row of a panel, with their values where there is room.

    Args:
        axes: A matplotlib `Axes`.
        panel: Rows are places on the horizontal axis, columns are series.
    """
    table = panel.table
    form = number_form(float(value) for value in table.to_numpy().ravel())
    width = 0.8 / max(1, len(table.columns))
    for number, name in enumerate(table.columns):
        heights = [float(value) for value in table[name]]
        at = [place + width * (number - (len(table.columns) - 1) / 2) for place in range(len(table))]
        color = COLORS[number % len(COLORS)]
        if table.size > _SINGLE_BARS:
            _many_bars(axes, at, heights, width, color, str(name))
            continue
        drawn = axes.bar(at, heights, width, color=color, label=str(name))
        if table.size <= _LABELLED_BARS:
            labels = [form(value) if value else "" for value in heights]
            axes.bar_label(drawn, labels=labels, fontsize=8, padding=2, color=_TEXT)
    names = thinned(table.index)
    aslant = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if len(names) > _LEVEL_LABELS else {}
    axes.set_xticks(list(names), list(names.values()), parse_math=False, **aslant)
    axes.set_ylabel(clean(panel.unit), color=_TEXT, fontsize=9, parse_math=False)
    _write_numbers(axes.yaxis, form)
    axes.axhline(0, color=_TEXT, linewidth=0.8)
    axes.margins(y=0.15)
    if len(table.columns) > 1:
        axes.legend(fontsize=8, frameon=False)


def _many_bars(
    axes: Any, at: list[float], heights: list[float], width: float, color: str, label: str
) -> None:
    half = width / 2
    _add_boxes(
        axes, [(x - half, 0, x + half, y) for x, y in zip(at, heights, strict=True) if y], color, label
    )
    axes.set_xlim(-1, max(at, default=0.0) + 1)
    axes.autoscale_view(scalex=False)


def _add_boxes(axes: Any, boxes: Sequence[tuple[float, float, float, float]], color: str, label: str) -> None:
    """Draw boxes as one shape: matplotlib takes milliseconds for each separate bar."""
    shapes = [((x, y), (x, top), (right, top), (right, y)) for x, y, right, top in boxes]
    make = need("matplotlib.collections", "charts").PolyCollection
    axes.add_collection(make(shapes, facecolors=color, label=label))


def horizontal_bars(axes: Any, panel: Panel) -> None:
    """Draw a bar for each row of a panel, the first on top; for long names. Arguments as for `bars`."""
    lengths = [float(value) for value in panel.table.iloc[:, 0]]
    form = number_form(lengths)
    drawn = axes.barh(range(len(lengths)), lengths, 0.8, color=COLORS[0])
    labels = [form(value) if value else "" for value in lengths]
    axes.bar_label(drawn, labels=labels, fontsize=8, padding=2, color=_TEXT)
    names = [name_label(label) for label in panel.table.index]
    axes.set_yticks(range(len(lengths)), names, parse_math=False)  # a name may have dollars in it
    axes.set_ylim(max(len(lengths), _FEWEST_ROWS) - 0.5, -0.5)
    axes.margins(x=0.12)
    axes.set_xlabel(clean(panel.unit), color=_TEXT, fontsize=9, parse_math=False)
    _write_numbers(axes.xaxis, form)
    axes.xaxis.get_major_locator().set_params(nbins=5)  # beside each other there is room for few


def stacked_bars(axes: Any, panel: Panel) -> None:
    """Draw a bar for each row, made of the panel's columns, the first on top. Arguments as for `bars`."""
    table = panel.table
    totals = [float(value) for value in table.sum(axis="columns")]
    form = number_form(totals)
    begin = [0.0] * len(table)
    for number, name in enumerate(table.columns):
        end = [at + float(value) for at, value in zip(begin, table[name], strict=True)]
        places = enumerate(zip(begin, end, strict=True))
        boxes = [(left, row - 0.4, right, row + 0.4) for row, (left, right) in places if right > left]
        _add_boxes(axes, boxes, COLORS[number % len(COLORS)], str(name))
        begin = end
    for row, total in enumerate(totals):
        beside = {"xytext": (2, 0), "textcoords": "offset points", "va": "center"}
        axes.annotate(form(total), (total, row), **beside, fontsize=8, color=_TEXT)
    names = [name_label(label) for label in table.index]
    axes.set_yticks(range(len(table)), names, parse_math=False)
    axes.set_ylim(max(len(table), _FEWEST_ROWS) - 0.5, -0.5)
    axes.set_xlim(0, max(totals) * 1.12)
    axes.set_xlabel(clean(panel.unit), color=_TEXT, fontsize=9, parse_math=False)
    _write_numbers(axes.xaxis, form)
    axes.xaxis.get_major_locator().set_params(nbins=5)
    axes.legend(fontsize=8, frameon=False)


def _write_numbers(axis: Any, form: NumberForm) -> None:
    """Write the numbers along an axis in the form of those at its bars."""
    axis.set_major_formatter(lambda value, _: form(value))
    if not form.decimals:
        axis.get_major_locator().set_params(integer=True)  # halves would be written as wholes
