"""A progress bar with pages, rows, rate and time, if tqdm is installed."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Seconds before a bar appears.
DELAY: Final = 0.5


@contextmanager
def progress_bar(*, show: bool = True, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show a progress bar. Yields a function to call with the number of rows of each page.

    Args:
        show: Whether to show the bar.
        total: Number of rows, if known; the bar then shows no pages.
    """
    bar = _bar(total) if show else None
    if bar is None:
        yield lambda _rows: None
        return
    pages = 0

    def on_page(rows: int) -> None:
        nonlocal pages
        pages += 1
        if total is None:
            bar.set_postfix(pages=pages, refresh=False)
        bar.update(rows)

    with bar:
        yield on_page


def _bar(total: int | None) -> Any:
    try:
        # Text instead of a widget, so that a saved notebook still shows it.
        from tqdm.std import tqdm
    except ImportError:
        return None
    return tqdm(total=total, unit=" rows", unit_scale=False, file=sys.stdout, delay=DELAY, mininterval=0.2)
