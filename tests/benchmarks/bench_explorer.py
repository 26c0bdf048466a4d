"""What the explorer costs next to an empty form of ipywidgets: opening, a form, a character, and memory.

Run: python tests/benchmarks/bench_explorer.py
"""

from __future__ import annotations

import statistics
import time
import tracemalloc
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
from promises import Measured, report

from monite_magic import catalogue
from monite_magic.api import find_profile
from monite_magic.cell.arguments import read_line
from monite_magic.cell.options import MAGICS
from monite_magic.jupyter.explorer import explore
from monite_magic.jupyter.frontend import FrontEnd
from monite_magic.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RUNS = 20
BODY = "POST /receivables"


def median(work: Callable[[], Any]) -> float:
    """Return the median milliseconds of a work."""
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


def empty_form(count: int) -> widgets.VBox:
    """Return a form of as many boxes, that do nothing."""
    return widgets.VBox([widgets.Text(description=f"field {number}") for number in range(count)])


def measure() -> Iterator[Measured]:
    """Measure all in one process."""
    session, shell = Session(), SimpleNamespace(user_ns={})
    session.log_in(find_profile(env="local"))
    arguments = read_line(MAGICS["monite_explore"], BODY)

    def open_panel() -> Any:
        return explore(session, arguments, None, shell, FrontEnd.NOTEBOOK)

    started = time.perf_counter()
    panel = open_panel()
    first = (time.perf_counter() - started) * 1000
    boxes = sum(isinstance(each, widgets.Text | widgets.Dropdown) for each in _all(panel.widget))
    form = median(lambda: empty_form(boxes))
    opened = median(open_panel)
    note = f"an empty form of as many boxes ({boxes}) takes {form:.1f} ms; the ratio is {opened / form:.1f}"
    yield Measured("the explorer opens, the first time", first, 400, "ms")
    yield Measured("the explorer opens with a form", opened, 400, "ms", note=note)

    box = next(each for each in _all(panel.widget) if getattr(each, "description", "") == "quantity *")
    digits = iter(range(1, 10_000))

    def type_a_digit() -> None:
        box.value = str(next(digits))

    bare = widgets.Text()

    def type_into_nothing() -> None:
        bare.value = str(next(digits))

    typed, nothing = median(type_a_digit), median(type_into_nothing)
    note = f"a box that does nothing takes {nothing:.2f} ms"
    yield Measured("a character typed in the explorer", typed, 50, "ms", note=note)

    catalogue.current()
    tracemalloc.start()
    kept = open_panel()
    held = tracemalloc.get_traced_memory()[0] / 2**20
    tracemalloc.stop()
    assert kept is not None
    yield Measured("memory of an open explorer", held, 30, "MB")


def _all(widget: widgets.Widget) -> Iterator[widgets.Widget]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from _all(child)


if __name__ == "__main__":
    report(measure)
