"""Convert answers to DataFrames with correct types and amounts, and with the same columns even if empty.

    frames.frame(response)                                   # pandas
    frames.frame(response, backend="polars", money="minor")
    frames.frame(pages, explode="line_items")                # many pages, one row per line item

The catalogue determines the columns and their types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic.catalogue.asked import currencies_asked
from monite_magic.catalogue.shapes import UNKNOWN, rows_shape, shape_of
from monite_magic.core.errors import RequestError
from monite_magic.tables.frames.backends import BACKENDS, described
from monite_magic.tables.frames.columns import Columns, Money, columns_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monite_magic.api import Answer

__all__ = ["BACKENDS", "Columns", "columns_of", "columns_of_answers", "frame"]


def frame(
    answers: Answer | Iterable[Answer],
    *,
    backend: str = "pandas",
    money: Money = "major",
    explode: str | None = None,
) -> Any:
    """Return the rows of an answer, or of all pages of a list, as a DataFrame.

    The catalogue determines types and units, independent of the values. Amounts are in major units of the
    currency in their row (`currency`). Rates keep the API's unit, percent × 100: 1900 is 19 %. Each has an
    additional column `…_percent` with 19.0. An unexpected value is converted if that is exact (`11900.0` to
    `11900`), or else left empty and reported.

    With pandas, `df.attrs` has the units of these columns (`units`), the unexpected values (`unexpected`:
    path, count, example), and the time of the answer (`answered_at`). With pyarrow, the schema's metadata has
    them as JSON, under `monite_magic`.

    Args:
        answers: One or more answers of the same operation.
        backend: `pandas`, `polars` or `pyarrow`.
        money: `major` for amounts in major units by ISO 4217 (exact decimals in polars and pyarrow, the
            nearest float64 in pandas), empty if the currency is unknown; `minor` for the API's integers. Sums
            of the analytics over several currencies have no currency, and stay in minor units.
        explode: A list field, for instance `line_items`. The result has one row per item.

    Warns:
        UnexpectedValuesWarning: Some values don't match the catalogue.

    Raises:
        ApiError: An answer has a status of 400 or above.
        RequestError: The backend is unknown or not installed, or `explode` is not a list field.
    """
    if backend not in BACKENDS:
        raise RequestError(f"Unknown backend: {backend!r}.", hint=f"Choose one of {', '.join(BACKENDS)}.")
    pages = _pages(answers)
    columns = columns_of_answers(pages, money=money, explode=explode)
    return described(columns, backend, answered_at=_answered_at(pages))


def columns_of_answers(
    answers: Answer | Iterable[Answer], *, money: Money = "major", explode: str | None = None
) -> Columns:
    """Return the distinct rows of answers as typed columns. For the arguments, see `frame`."""
    from monite_magic.api import without_repeats

    pages = _pages(answers)
    rows = [row for page in pages for row in page.raise_for_status().items]
    if len(pages) > 1:
        rows = without_repeats(rows)
    shape = _row_shape(pages[0]) if pages else UNKNOWN
    currencies = currencies_asked(pages[0].request.url, pages[0].template, rows) if pages else None
    return columns_of(rows, shape, money=money, explode=explode, currencies=currencies)


def _pages(answers: Answer | Iterable[Answer]) -> list[Answer]:
    from monite_magic.api import Answer

    return [answers] if isinstance(answers, Answer) else list(answers)


def _row_shape(response: Answer) -> Any:
    shape = shape_of(response)
    return rows_shape(shape) if response.is_list else shape


def _answered_at(pages: list[Answer]) -> str | None:
    """Return the time of the first page by the server's clock. The simulator's clock can be changed."""
    from monite_magic.api import http_date

    moment = http_date(pages[0].headers.get("date", "")) if pages else None
    return moment.isoformat() if moment else None
