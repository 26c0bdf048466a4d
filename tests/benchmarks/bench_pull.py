"""Pulls against a served list: rate and speed, beside the official SDK; memory; resumption after kill -9.

Run: python tests/benchmarks/bench_pull.py [rate] [memory] [kill]
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

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER = Path(__file__).with_name("paged_server.py")
CAP, LATENCY = 30, 0.15
PULL = """
import resource, sys, time
from monite_magic.client import MoniteClient
from monite_magic.environments import find_environment
from monite_magic.pull import pull
client = MoniteClient(find_environment(base_url=sys.argv[1]), entity_id="entity-a")
started = time.perf_counter()
rate = float(sys.argv[3]) or None
pulled = pull("payables", client=client, to=sys.argv[2], rate=rate, progress=False)
seconds = time.perf_counter() - started
print(seconds, pulled.rows["payables"], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@contextmanager
def served(rows: int, latency: float = 0, cap: int = 0) -> Iterator[str]:
    """Serve a list in a process of its own and yield its base URL."""
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


def rate() -> None:
    """50,000 rows at 150 ms a page under a cap of 30 calls per second."""
    rows = 50_000
    with served(rows, LATENCY, CAP) as url, tempfile.TemporaryDirectory() as folder:
        seconds, count, _ = pull_in_a_process(url, f"{folder}/x.parquet")
        sdk = sdk_rows_per_second(url, 40)
    assert count == rows
    share = rows / seconds / (CAP * 100)
    print(
        f"{rows:,} rows, 150 ms a page, cap of {CAP} calls/s: {seconds:.1f} s, {rows / seconds:,.0f} rows/s"
    )
    print(f"  of what the cap allows: {share:.0%} (wanted: 90 %)")
    print(f"  as against the SDK's {sdk:,.0f} rows/s in sequence: {rows / seconds / sdk:.1f} x (wanted: 4 x)")


def memory() -> None:
    """1,000,000 rows to Parquet."""
    rows = 1_000_000
    with served(rows) as url, tempfile.TemporaryDirectory() as folder:
        seconds, count, megabytes = pull_in_a_process(url, f"{folder}/x.parquet", 100_000)
    assert count == rows
    print(f"{rows:,} rows to Parquet: {seconds:.0f} s, peak memory {megabytes:.0f} MB (wanted: 400 MB)")


def kill(times: int = 20) -> None:
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
    print(f"Kill -9 at {times} random moments, then resumed: {good} of {times} row sets equal")


def main() -> None:
    """Run those that are named, or all."""
    benchmarks = {"rate": rate, "memory": memory, "kill": kill}
    for name in sys.argv[1:] or benchmarks:
        benchmarks[name]()


if __name__ == "__main__":
    main()
