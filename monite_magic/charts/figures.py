"""How the charts look: one style, readable in a light and a dark notebook, made without global state.

matplotlib, not Altair: its pictures need no script, so they show on GitHub, in nbconvert's pages and in
notebooks that are not trusted; and they stay small, where a Vega chart carries all its rows.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from monite_magic.frames.backends import need

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

#: Colours that are told apart with any kind of colour vision (Okabe and Ito), dark enough on white.
COLORS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
_TEXT: Final = "#222222"
_WIDTH: Final = 8.0  # inches
_HEIGHT: Final = 3.6
_ROW_HEIGHT: Final = 0.3  # what a row more than usual takes where rows lie below each other
_USUAL_ROWS: Final = 6
_DPI: Final = 110
_LABELLED_BARS: Final = 16  # more numbers above bars would run into each other
_LEVEL_LABELS: Final = 8


class Chart:
    """A chart: a picture, and the numbers in it as a table.

    Args:
        title: What it shows.
        table: The numbers.
        draw: Draws them on a matplotlib `Axes`.
        grows: Whether the picture gets higher with the number of rows.

    Attributes:
        title: What it shows.
        table: The numbers, a DataFrame.
    """

    def __init__(self, title: str, table: pd.DataFrame, draw: Any, *, grows: bool = False) -> None:
        self.title = title
        self.table = table
        self.grows = grows
        self._draw = draw

    def figure(self) -> Any:
        """Return a new matplotlib `Figure`, to be changed or saved."""
        height = _HEIGHT + _ROW_HEIGHT * max(0, len(self.table) - _USUAL_ROWS) * self.grows
        make = need("matplotlib.figure", "charts").Figure
        figure = make(figsize=(_WIDTH, height), dpi=_DPI, layout="constrained")
        axes = figure.add_subplot(facecolor="#ffffff")
        figure.set_facecolor("#ffffff")
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        axes.set_title(self.title, loc="left", color=_TEXT, fontsize=11, fontweight="bold")
        axes.tick_params(colors=_TEXT, labelsize=9)
        self._draw(axes)
        return figure

    def png(self) -> bytes:
        """Return the picture as PNG."""
        buffer = io.BytesIO()
        self.figure().savefig(buffer, format="png", metadata={"Software": None})
        return buffer.getvalue()

    def __repr__(self) -> str:
        return f"{self.title}\n\n{self.table.to_string()}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {"text/plain": repr(self), "image/png": self.png()}


def bars(axes: Any, table: pd.DataFrame, *, unit: str, slots: Sequence[int] = ()) -> None:
    """Draw a group of bars for each row of `table`, with their values where there is room.

    Args:
        axes: A matplotlib `Axes`.
        table: Rows are places on the horizontal axis, columns are series.
        unit: What is counted, for the vertical axis.
        slots: The place of each series within a group; two that share one differ by their hatching.
    """
    slots = slots or range(len(table.columns))
    count = max(slots, default=0) + 1
    width = 0.8 / count
    for number, (name, slot) in enumerate(zip(table.columns, slots, strict=True)):
        heights = [float(value) for value in table[name]]
        at = [place + width * (slot - (count - 1) / 2) for place in range(len(table))]
        hatch = "///" if slot in slots[:number] else None
        color = COLORS[slot % len(COLORS)]
        drawn = axes.bar(at, heights, width, color=color, label=str(name), hatch=hatch, edgecolor="#ffffff")
        if len(table) * count <= _LABELLED_BARS:
            labels = [short(value) if value else "" for value in heights]
            axes.bar_label(drawn, labels=labels, fontsize=8, padding=2, color=_TEXT)
    names = [str(label) for label in table.index]
    aslant = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if len(names) > _LEVEL_LABELS else {}
    axes.set_xticks(range(len(names)), names, **aslant)
    _finish(axes, table, unit)


def horizontal_bars(axes: Any, table: pd.DataFrame, *, unit: str) -> None:
    """Draw a group of bars for each row of `table`, the first on top; for long names."""
    height = 0.8 / max(1, len(table.columns))
    for number, name in enumerate(table.columns):
        lengths = [float(value) for value in table[name]]
        at = [place + height * (number - (len(table.columns) - 1) / 2) for place in range(len(table))]
        drawn = axes.barh(at, lengths, height, color=COLORS[number % len(COLORS)], label=str(name))
        labels = [short(value) if value else "" for value in lengths]
        axes.bar_label(drawn, labels=labels, fontsize=8, padding=2, color=_TEXT)
    axes.set_yticks(range(len(table)), [_cut(str(label)) for label in table.index])
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set_xlabel(unit, color=_TEXT, fontsize=9)
    axes.xaxis.set_major_formatter(lambda value, _: short(value))
    if len(table.columns) > 1:
        axes.legend(fontsize=8, frameon=False)


def _finish(axes: Any, table: pd.DataFrame, unit: str) -> None:
    axes.set_ylabel(unit, color=_TEXT, fontsize=9)
    axes.yaxis.set_major_formatter(lambda value, _: short(value))
    axes.axhline(0, color=_TEXT, linewidth=0.8)
    axes.margins(y=0.15)
    if len(table.columns) > 1:
        axes.legend(fontsize=8, frameon=False)


def short(value: float) -> str:
    """Return a number in few characters: `950`, `12.5 k`, `3.1 M`."""
    for size, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= size:
            return f"{value / size:.1f}".removesuffix(".0") + letter
    return f"{value:.0f}" if value == int(value) else f"{value:.2f}"


def _cut(text: str) -> str:
    return text if len(text) <= 28 else text[:27] + "…"
