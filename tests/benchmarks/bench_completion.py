"""How long completion takes through a kernel, over all operations and 500 places in bodies.

Run: python tests/benchmarks/bench_completion.py

The kernel is logged in to the simulator and has seen its lists, so that ids and variables are offered too.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from typing import TYPE_CHECKING, Any

from jupyter_client.manager import start_new_kernel
from promises import Measured, report

from monite_magic import catalogue
from monite_magic.catalogue.skeleton import skeleton

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY_PLACES = 500
SEED = 1
MEDIAN, WORST = 3, 10
BEFORE = """
%load_ext monite_magic
%monite_login --env local
%monite_simulator seed bakery
%monite GET /counterparts?limit=100 -o counterparts
%monite GET /payables?limit=100 -o payables
%monite GET /receivables?limit=100 -o receivables
%monite GET /products?limit=100 -o products
first = payables.items[0]
"""


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


def times_of(client: Any, cells: list[str], repeat: int = 2) -> list[float]:
    """Milliseconds of each completion, by a client that waits for each answer."""
    times = []
    for cell in cells * repeat:
        start = time.perf_counter()
        client.complete(cell, len(cell))
        client.get_shell_msg(timeout=10)
        times.append((time.perf_counter() - start) * 1000)
    return times


def measure() -> Iterator[Measured]:
    """Measure lines and bodies in one kernel."""
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        reply = client.execute_interactive(BEFORE, timeout=60, output_hook=lambda message: None)
        assert reply["content"]["status"] == "ok", reply["content"]
        times_of(client, ["%monite GET /", "%%monite POST /tags\n{"], 5)
        for name, cells in (("lines", line_cells()), ("bodies", body_cells())):
            times = sorted(times_of(client, cells))
            what, count = f"completion through a kernel, {name}", f"{len(times):,} completions"
            yield Measured(f"{what}, median", statistics.median(times), MEDIAN, "ms", note=count)
            yield Measured(f"{what}, 99th percentile", times[int(len(times) * 0.99)], WORST, "ms")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    report(measure)
