"""Print how long completion takes through a kernel, over all operations and 500 places in bodies.

Run: python tests/benchmarks/bench_completion.py
The aim: a median of at most 3 ms and a 99th percentile of at most 10 ms.
"""

from __future__ import annotations

import json
import random
import statistics
import time

from jupyter_client.manager import start_new_kernel

from monite_magic import catalogue
from monite_magic.catalogue.skeleton import skeleton

BODY_PLACES = 500
SEED = 1


def line_cells() -> list[str]:
    """One half-typed path for each operation, and the names of each query."""
    cells = []
    for operation in catalogue.load().operations:
        half = operation.path[: max(2, len(operation.path) // 2)]
        cells.append(f"%monite {operation.method} {half}")
        if operation.query_parameters:
            cells.append(f"%monite {operation.method} {operation.path}?")
    return cells


def body_cells() -> list[str]:
    """Full bodies, cut off at random places."""
    known, chance = catalogue.load(), random.Random(SEED)
    cells = []
    operations = [o for o in known.operations if o.body and o.body.content_type == "application/json"]
    while len(cells) < BODY_PLACES:
        operation = chance.choice(operations)
        body = json.dumps(skeleton(known, operation, full=True).body, indent=2)
        cut = chance.randrange(1, len(body))
        cells.append(f"%%monite {operation.method} {operation.path}\n{body[:cut]}")
    return cells


def measure(client, cells: list[str], repeat: int = 2) -> list[float]:
    """Milliseconds of each completion, by a client that waits for each answer."""
    times = []
    for cell in cells * repeat:
        start = time.perf_counter()
        client.complete(cell, len(cell))
        client.get_shell_msg(timeout=10)
        times.append((time.perf_counter() - start) * 1000)
    return times


def main() -> None:
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        code = "from monite_magic import assist; assist.install(get_ipython(), lambda: None)"
        client.execute_interactive(code, timeout=60)
        measure(client, ["%monite GET /", "%%monite POST /tags\n{"], 5)
        for name, cells in (("lines", line_cells()), ("bodies", body_cells())):
            times = sorted(measure(client, cells))
            median, worst = statistics.median(times), times[int(len(times) * 0.99)]
            print(f"{name}: {len(times)} completions, median {median:.2f} ms, p99 {worst:.2f} ms")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    main()
