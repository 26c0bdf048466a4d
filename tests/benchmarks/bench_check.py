"""Print what the check before sending and the drafts cost.

Run: python tests/benchmarks/bench_check.py
The aim: a call without a body well under 0.3 ms; a draft at most 20 ms.
"""

from __future__ import annotations

import statistics
import time

from monite_magic import catalogue
from monite_magic.catalogue.check import check
from monite_magic.catalogue.skeleton import skeleton

ID = "8f2a1c9e-5b7d-4c3e-9a1f-2b6d8e4c7a90"


def timed(work, times: int = 2000) -> float:
    """Median milliseconds of one run."""
    runs = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        runs.append((time.perf_counter() - start) * 1000)
    return statistics.median(runs)


def main() -> None:
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
    print(f"GET of one, no query: {timed(lambda: check(known, get)):.3f} ms")
    print(f"GET of a list, 4 query parameters: {timed(lambda: check(known, listing, query=query)):.3f} ms")
    start = time.perf_counter()
    check(known, receivable, body=body)
    print(f"first body, jsonschema imported: {(time.perf_counter() - start) * 1000:.1f} ms")
    print(f"POST /receivables after that: {timed(lambda: check(known, receivable, body=body), 300):.3f} ms")
    drafts = [timed(lambda o=o: skeleton(known, o, full=True), 1) for o in known.operations]
    print(f"full drafts: median {statistics.median(drafts):.2f} ms, worst {max(drafts):.2f} ms")


if __name__ == "__main__":
    main()
