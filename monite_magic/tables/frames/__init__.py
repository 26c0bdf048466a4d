"""Answers as tables for analysis: typed, with correct money, the same columns whether full or empty.

    frames.frame(response)                                   # pandas
    frames.frame(response, backend="polars", money="minor")
    frames.frame(pages, explode="line_items")                # many pages, one row for each line item

Which columns there are, and their types, comes from the catalogue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic.catalogue.shapes import UNKNOWN, rows_shape, shape_of
from monite_magic.core.errors import RequestError
from monite_magic.tables.frames.backends import BACKENDS
from monite_magic.tables.frames.columns import Columns, Money, columns_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monite_magic.api import Answer

__all__ = ["BACKENDS", "Columns", "columns_of", "frame"]


def frame(
    answers: Answer | Iterable[Answer],
    *,
    backend: str = "pandas",
    money: Money = "major",
    explode: str | None = None,
) -> Any:
    """Return the rows of one answer, or of all pages of a list, as a DataFrame.

    Args:
        answers: An answer, or answers of the same operation.
        backend: `pandas`, `polars` or `pyarrow`.
        money: `major`: amounts in major units by ISO 4217 (exact decimals in polars and pyarrow, in pandas
            the nearest float64), empty where the currency is not known; `minor`: the API's own integers.
        explode: A field that holds a list, for instance `line_items`: one row for each of its items.

    Raises:
        ApiError: An answer is of 400 or above.
        RequestError: The backend is unknown or not installed, or there is no such list.
    """
    from monite_magic.api import Answer

    if backend not in BACKENDS:
        raise RequestError(f"There is no backend {backend!r}.", hint=f"Choose one of {', '.join(BACKENDS)}.")
    pages = [answers] if isinstance(answers, Answer) else list(answers)
    rows = [row for page in pages for row in page.raise_for_status().items]
    shape = _row_shape(pages[0]) if pages else UNKNOWN
    return BACKENDS[backend](columns_of(rows, shape, money=money, explode=explode))


def _row_shape(response: Answer) -> Any:
    shape = shape_of(response)
    return rows_shape(shape) if response.is_list else shape
