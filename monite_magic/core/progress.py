"""A progress bar with pages, rows, rate and time, where tqdm is installed."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: What is done within so many seconds shows no bar.
DELAY: Final = 0.5


@contextmanager
def progress_bar(*, show: bool = True, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show a bar while rows come; yields what is to be called with the number of rows of each page.

    Args:
        show: Whether to show it at all.
        total: How many rows there are, if it is known; then pages don't matter.
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
        # As text, not as a widget: a notebook that is opened later still says what there was.
        from tqdm.std import tqdm
    except ImportError:
        return None
    return tqdm(total=total, unit=" rows", unit_scale=False, file=sys.stdout, delay=DELAY, mininterval=0.2)
