"""What a `%monite` cell costs for an answer of 1 kB on loopback, beside httpx alone and an empty cell.

Run: python tests/benchmarks/bench_cell.py

Peers that are installed beside it (restmagic, magic-reqtools) are measured in the same run.
"""

from __future__ import annotations

import importlib.util
import os
import statistics
import time
import uuid
from typing import TYPE_CHECKING, Any

import bench_pull
import httpx
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS, WARM_UP = 300, 30


def typical(work: Callable[[], Any]) -> float:
    """Return the median milliseconds of many runs."""
    times = []
    for number in range(RUNS + WARM_UP):
        started = time.perf_counter()
        work()
        if number >= WARM_UP:
            times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


def main() -> None:
    """Measure and print."""
    shell = InteractiveShell.instance()
    shell.run_cell("%load_ext monite_magic")
    with bench_pull.served(1) as url, httpx.Client() as client, capture_output() as captured:
        os.environ.update(MONITE_CLIENT_ID=str(uuid.uuid4()), MONITE_CLIENT_SECRET=str(uuid.uuid4()))
        assert shell.run_cell(f"%monite_login --base-url {url} --entity {uuid.uuid4()}").success
        cells = {"%monite": "%monite GET /payables/8f14e45f-ceea-467a-9575-6d1f3c2b7e01"}
        if importlib.util.find_spec("restmagic"):
            shell.run_cell("%load_ext restmagic")
            cells["restmagic"] = f"%rest GET {url}/x"
        if importlib.util.find_spec("reqtools"):
            shell.run_cell("%load_ext reqtools")
            cells["magic-reqtools"] = f"%curl {url}/x"
        assert shell.run_cell(cells["%monite"]).success
        bare = typical(lambda: client.get(f"{url}/x").content)
        empty = typical(lambda: shell.run_cell("1"))
        costs = {name: typical(lambda cell=cell: shell.run_cell(cell)) for name, cell in cells.items()}
    del captured
    print(f"httpx.Client.get {bare:.2f} ms, a cell with 1 in it {empty:.2f} ms")
    for name, cost in costs.items():
        print(f"  a cell of {name}: {cost:.2f} ms")
    print(f"  %monite on top of the two: {costs['%monite'] - bare - empty:.2f} ms")


if __name__ == "__main__":
    main()
