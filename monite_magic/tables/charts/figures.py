"""Draw charts in one style that is readable in light and dark notebooks, without global state.

We use matplotlib instead of Altair, because its images need no script. So GitHub, nbconvert and untrusted
notebooks show them. They are also small, while a Vega chart contains all its rows.
"""

from __future__ import annotations

import io
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monite_magic.core import clean, write_private
from monite_magic.tables.charts.labels import name_label, number_form, thinned
from monite_magic.tables.frames.backends import need
from monite_magic.tables.table_files import save_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from monite_magic.tables.charts.labels import NumberForm

#: Colours that can be distinguished with any colour vision (Okabe and Ito) and are dark enough on white.
COLORS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
_TEXT: Final = "#222222"
_WIDTH: Final = 8.0  # inches
_HEIGHT: Final = 3.6
_ROW_HEIGHT: Final = 0.3  # of horizontal bars
_MARGIN: Final = 0.9
_FEWEST_ROWS: Final = 2
#: The maximum number of panels in an image. Other currencies are only in the table.
MAX_PANELS: Final = 5
_DPI: Final = 110
_LABELLED_BARS: Final = 16  # more numbers above bars would overlap
_SINGLE_BARS: Final = 80
_LEVEL_LABELS: Final = 8
_TITLE_WIDTH: Final = 72  # characters
_NOTE_WIDTH: Final = 100
_MAX_PRINTED: Final = 130  # rows
_LINE_HEIGHT: Final = 0.16
#: The start of sentences about documents that are not included.
LEFT_OUT: Final = "Left out"
_ALL_LEFT_OUT: Final = "No amounts to show: see the note."
_EMPTY_HEIGHT: Final = 1.2
_ROWS: Final = "days"  # the heading of rows without another one


class Panel(NamedTuple):
    """Numbers that share an axis.

    Attributes:
        unit: Their unit: a currency, or `documents`.
        table: Rows are positions on the axis, columns are series.
        rows: The number of horizontal bars; 0 for vertical ones.
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
        """Whether it has no bars."""
        return not (self.table != 0).to_numpy().any()


class Chart:
    """A chart: an image, and its numbers as a table.

    Args:
        title: The title.
        table: The numbers.
        panels: The panels, from top to bottom. Each has its own axes.
        draw: Draws a panel: `bars` or `horizontal_bars`.
        nothing: The sentence to show instead of an image without bars.

    Attributes:
        title: The title.
        table: The numbers, a DataFrame.
        note: Remarks on the numbers, shown below the image.
    """

    note = ""

    def __init__(
        self,
        title: str,
        table: pd.DataFrame,
        panels: Sequence[Panel],
        draw: Callable[[Any, Panel], None],
        *,
        nothing: str = "Nothing to show.",
    ) -> None:
        panels = [panel for panel in panels if not panel.is_empty]
        more = len(panels) - MAX_PANELS
        currencies = "currency" if more == 1 else "currencies"
        self.title = title if more <= 0 else f"{title} ({more} more {currencies}: .table)"
        self.table = table
        self._panels = panels[:MAX_PANELS]
        self._draw = draw
        self._when_empty = "" if panels else nothing

    @property
    def _nothing(self) -> str:
        """Return the sentence to show instead of an image. It depends on whether documents were left out."""
        return _ALL_LEFT_OUT if self._when_empty and LEFT_OUT in self.note else self._when_empty

    def figure(self) -> Any:
        """Return a new matplotlib `Figure` to change or save."""
        heights = [panel.height for panel in self._panels] or [_EMPTY_HEIGHT]
        note = fill(clean(self.note), _NOTE_WIDTH)
        room = _LINE_HEIGHT * (note.count("\n") + 1) if note else 0.0
        make = need("matplotlib.figure", "charts").Figure
        figure = make(figsize=(_WIDTH, sum(heights) + room), dpi=_DPI, layout="constrained")
        figure.set_facecolor("#ffffff")
        below = figure.subplots(len(heights), squeeze=False, height_ratios=heights)
        for axes, panel in zip(below[:, 0], self._panels, strict=False):  # one empty axes
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
        """Return the image as PNG."""
        buffer = io.BytesIO()
        self.figure().savefig(buffer, format="png", metadata={"Software": None})
        return buffer.getvalue()

    def save(self, path: str | Path) -> Path:
        """Save the image (`.png`) or the numbers (`.xlsx`, `.csv`, `.parquet`). Return the path.

        Args:
            path: The file. `~` is expanded, and an existing file is replaced. Only you can read the file.

        Raises:
            RequestError: The suffix is unknown, or the file can't be written.
        """
        target = Path(path).expanduser()
        if target.suffix.lower() == ".png":
            write_private(target, self.png())
            return target
        table = self.table
        if table.index.names == [None]:  # `save_tables` drops an index without a name
            table = table.rename_axis(_ROWS)
        return save_tables(target, {self.title: table})

    def __repr__(self) -> str:
        numbers = self._nothing or self.table.to_string(max_rows=_MAX_PRINTED)
        return clean("\n\n".join(filter(None, [self.title, numbers, self.note])))

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what IPython shows: the image, its numbers as text, and a description of the image."""
        numbers = self._nothing or "The numbers are in .table."
        words = f"Chart: {self.title}. {numbers} {self.note}".rstrip()
        return {"text/plain": repr(self), "image/png": self.png()}, {"image/png": {"alt": words}}


def bars(axes: Any, panel: Panel) -> None:
    """Draw a group of bars for each row of a panel, with their values if there is room.

    Args:
        axes: A matplotlib `Axes`.
        panel: Rows are positions on the horizontal axis, columns are series.
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
    """Draw boxes as one shape, because matplotlib takes milliseconds for each separate bar."""
    shapes = [((x, y), (x, top), (right, top), (right, y)) for x, y, right, top in boxes]
    make = need("matplotlib.collections", "charts").PolyCollection
    axes.add_collection(make(shapes, facecolors=color, label=label))


def horizontal_bars(axes: Any, panel: Panel) -> None:
    """Draw horizontal bars, for long names: one per row, the first on top. Arguments as for `bars`."""
    lengths = [float(value) for value in panel.table.iloc[:, 0]]
    form = number_form(lengths)
    drawn = axes.barh(range(len(lengths)), lengths, 0.8, color=COLORS[0])
    labels = [form(value) if value else "" for value in lengths]
    axes.bar_label(drawn, labels=labels, fontsize=8, padding=2, color=_TEXT)
    names = [name_label(label) for label in panel.table.index]
    axes.set_yticks(range(len(lengths)), names, parse_math=False)  # a name can contain dollar signs
    axes.set_ylim(max(len(lengths), _FEWEST_ROWS) - 0.5, -0.5)
    axes.margins(x=0.12)
    axes.set_xlabel(clean(panel.unit), color=_TEXT, fontsize=9, parse_math=False)
    _write_numbers(axes.xaxis, form)
    axes.xaxis.get_major_locator().set_params(nbins=5)  # there is little room horizontally


def stacked_bars(axes: Any, panel: Panel) -> None:
    """Draw stacked horizontal bars: one per row, the first on top. Arguments as for `bars`."""
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
    """Format the axis labels like the numbers at the bars."""
    axis.set_major_formatter(lambda value, _: form(value))
    if not form.decimals:
        axis.get_major_locator().set_params(integer=True)  # otherwise halves would be rounded to integers
