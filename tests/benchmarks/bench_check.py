"""What the check before sending and the drafts cost.

Run: python tests/benchmarks/bench_check.py
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

from promises import Measured, report

from monite_magic import catalogue
from monite_magic.catalogue.check import check
from monite_magic.catalogue.skeleton import skeleton

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ID = "8f2a1c9e-5b7d-4c3e-9a1f-2b6d8e4c7a90"


def timed(work: Callable[[], Any], times: int = 2000) -> float:
    """Median milliseconds of one run."""
    runs = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        runs.append((time.perf_counter() - start) * 1000)
    return statistics.median(runs)


def measure() -> Iterator[Measured]:
    """Measure the check of three calls, and the drafts of all operations."""
    known = catalogue.load()
    get = known.find("GET", f"/payables/{ID}")
    listing = known.find("GET", "/payables")
    query = [
        ("limit", "10"),
        ("order", "asc"),
        ("status__in", "new"),
        ("created_at__gte", "2026-01-01T00:00:00Z"),
    ]
    receivable = known.find("POST", "/receivables")
    body = skeleton(known, receivable.operation).body
    start = time.perf_counter()
    check(known, receivable, body=body)
    first = (time.perf_counter() - start) * 1000
    figures = (
        f"a list with 4 query parameters {timed(lambda: check(known, listing, query=query)):.3f} ms, "
        f"the first body, with jsonschema imported, {first:.1f} ms, "
        f"POST /receivables after that {timed(lambda: check(known, receivable, body=body), 300):.3f} ms"
    )
    yield Measured(
        "check of a call without a body", timed(lambda: check(known, get)), 0.3, "ms", note=figures
    )
    drafts = [timed(lambda o=o: skeleton(known, o, full=True), 3) for o in known.operations]
    middle = f"median {statistics.median(drafts):.2f} ms over {len(drafts)} operations"
    yield Measured("full draft of an operation, the slowest", max(drafts), 20, "ms", note=middle)


if __name__ == "__main__":
    report(measure)
