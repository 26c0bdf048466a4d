"""50,000 payables as an Excel file, next to the writer alone; and the sinks of pulls next to each other.

Run: python tests/benchmarks/bench_files.py
"""

from __future__ import annotations

import io
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from promises import Measured, report

from monite_magic.tables import table_files
from monite_magic.tables.frames import columns_of
from monite_magic.tables.pull.batch import Batch
from monite_magic.tables.pull.manifest import Part
from monite_magic.tables.pull.plan import begin, collection_of
from monite_magic.tables.pull.sinks import DeltaSink, ParquetSink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROWS, RUNS, BATCH = 50_000, 5, 10_000
PAYABLES = collection_of("payables")


def rows(count: int) -> list[dict[str, Any]]:
    """Return payables as the API sends them, a minute apart."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    return [
        {
            "id": f"p{number}", "entity_id": "e", "currency": "EUR", "status": "new", "tax": 1900,
            "created_at": (start + timedelta(minutes=number)).isoformat(), "total_amount": number * 7,
            "amount_due": number, "amount_paid": 0, "due_date": "2024-06-24", "issued_at": "2024-05-25",
            "document_id": f"INV-{number}", "description": "Flour, butter and sugar", "tags": [],
            "counterpart": {"name": "Mehl", "address": {"city": "Berlin", "country": "DE", "line1": "Hof 1"}},
        }
        for number in range(count)
    ]  # fmt: skip


def writer_alone(columns: list[Any]) -> None:
    """Write the same values with XlsxWriter, as its documentation shows it."""
    import xlsxwriter

    options = {"constant_memory": True, "remove_timezone": True, "strings_to_formulas": False}
    book = xlsxwriter.Workbook(io.BytesIO(), options)
    sheet, days = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, [column.name for column in columns])
    for row, values in enumerate(zip(*(column.values for column in columns), strict=True), 1):
        for number, value in enumerate(values):
            if isinstance(value, date):
                sheet.write_datetime(row, number, value, days)
            elif value is not None:
                sheet.write(row, number, value)
    book.close()


def kept_by(kind: Callable[[Path], Any], batches: list[Batch]) -> Callable[[], None]:
    """Return what keeps batches in a folder that is new each time."""

    def keep() -> None:
        with tempfile.TemporaryDirectory() as folder:
            sink = kind(Path(folder) / "books")
            sink.open("https://api.example.com/v1")
            part = Part("/payables", "e")
            begin(part, PAYABLES, None)
            for batch in batches:
                sink.keep(part, part.slices[0], batch)
            sink.close()

    return keep


def seconds(run: Callable[[], Any]) -> float:
    """Return how long something takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def compared(what: str, limit: float, ours: Callable[[], Any], other: Callable[[], Any]) -> Measured:
    """Compare two ways, one right after the other: a machine that is slower for a while is so for both."""
    rounds = [(seconds(ours), seconds(other)) for _ in range(RUNS)]
    mine, theirs = (median(times) for times in zip(*rounds, strict=True))
    note = f"{mine:.2f} s against {theirs:.2f} s"
    return Measured(what, median(a / b for a, b in rounds), limit, "x", note=note)


def measure() -> Iterator[Measured]:
    """Compare Excel files and sinks."""
    payables = rows(ROWS)
    columns = columns_of(payables, PAYABLES.shape)
    values = table_files._columns_of(columns)
    what = f"Excel of {ROWS:,} rows, next to the writer alone"
    yield compared(what, 1.5, lambda: table_files._excel({"payables": columns}), lambda: writer_alone(values))

    batches = []
    for start in range(0, ROWS, BATCH):
        batch = Batch(PAYABLES.shape, replaces=False)
        batch.add(payables[start : start + BATCH])
        batch.table()
        batches.append(batch)
    plain, delta = kept_by(ParquetSink, batches), kept_by(lambda to: DeltaSink(to, ["/payables"]), batches)
    plain()  # what the first of them imports is not counted
    yield compared("pull into Delta tables, next to plain Parquet", 1.3, delta, plain)


if __name__ == "__main__":
    report(measure)
