"""Pulls against a served list: rate and speed, against the official SDK; memory; resumption after kill -9.

Run: python tests/benchmarks/bench_pull.py
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from promises import Measured, report

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER = Path(__file__).with_name("paged_server.py")
CAP, LATENCY = 30, 0.15
PULL = """
import resource, sys, time
from monite_magic import MoniteClient
from monite_magic.core.environments import find_environment
from monite_magic.tables.pull import pull
client = MoniteClient(find_environment(base_url=sys.argv[1]), entity_id="entity-a")
started = time.perf_counter()
rate = float(sys.argv[3]) or None
pulled = pull("payables", client=client, to=sys.argv[2], rate=rate, progress=False)
seconds = time.perf_counter() - started
print(seconds, pulled.rows["payables"], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@contextmanager
def served(rows: int, latency: float = 0, cap: int = 0) -> Iterator[str]:
    """Serve a list in a separate process and yield its base URL."""
    command = [sys.executable, str(SERVER), str(rows), str(latency), str(cap)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def pull_in_a_process(url: str, target: str, rate: float = 0) -> tuple[float, int, float]:
    """Return seconds, rows and the peak of memory (MB) of a pull."""
    command = [sys.executable, "-c", PULL, url, target, str(rate)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, rows, kilobytes = done.stdout.split()
    return float(seconds), int(rows), int(kilobytes) / 1024


def sdk_rows_per_second(url: str, pages: int) -> float:
    """Return how fast the official SDK reads pages in sequence."""
    from monite import Monite

    client = Monite(
        monite_version="2024-05-25", monite_entity_id="entity-a", token="t", base_url=url, timeout=60
    )  # fmt: skip
    started, rows, token = time.perf_counter(), 0, None
    for _ in range(pages):
        page = client.payables.get(limit=100, pagination_token=token)
        rows, token = rows + len(page.data), page.next_pagination_token
    return rows / (time.perf_counter() - started)


def rate() -> Iterator[Measured]:
    """50,000 rows at 150 ms a page under a cap of 30 calls per second."""
    rows = 50_000
    with served(rows, LATENCY, CAP) as url, tempfile.TemporaryDirectory() as folder:
        seconds, count, _ = pull_in_a_process(url, f"{folder}/x.parquet")
        sdk = sdk_rows_per_second(url, 40)
    assert count == rows
    reached = rows / seconds
    figures = f"{seconds:.1f} s, {reached:,.0f} rows/s; the SDK, page after page, {sdk:,.0f} rows/s"
    what = f"pull of {rows:,} rows"
    yield Measured(f"{what}, share of a cap of {CAP} calls/s", reached / CAP, 90, "%", True, figures)
    yield Measured(f"{what}, times as fast as the SDK", reached / sdk, 4, "x", at_least=True)


def memory() -> Iterator[Measured]:
    """1,000,000 rows to Parquet."""
    rows = 1_000_000
    with served(rows) as url, tempfile.TemporaryDirectory() as folder:
        seconds, count, megabytes = pull_in_a_process(url, f"{folder}/x.parquet", 100_000)
    assert count == rows
    yield Measured(f"{rows:,} rows to Parquet, peak memory", megabytes, 400, "MB", note=f"{seconds:.0f} s")


def killed(times: int = 20) -> Iterator[Measured]:
    """Kill -9 at random moments, then the same pull again: the rows of each are compared."""
    import pyarrow.dataset

    rows, good = 60_000, 0
    with served(rows) as url:
        for _ in range(times):
            with tempfile.TemporaryDirectory() as folder:
                target = f"{folder}/x.parquet"
                process = subprocess.Popen(
                    [sys.executable, "-c", PULL, url, target, "100000"], stdout=subprocess.DEVNULL
                )
                time.sleep(random.uniform(0.4, 4))
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
                pull_in_a_process(url, target, 100_000)
                table = pyarrow.dataset.dataset(f"{target}/payables", format="parquet").to_table(
                    columns=["id"]
                )
                ids = table["id"].to_pylist()
                good += len(ids) == len(set(ids)) == rows
    yield Measured(f"kill -9 at {times} random moments, equal row sets", good, times, "", at_least=True)


def measure() -> Iterator[Measured]:
    """Measure rate, memory and resumption."""
    yield from rate()
    yield from memory()
    yield from killed()


if __name__ == "__main__":
    report(measure)
