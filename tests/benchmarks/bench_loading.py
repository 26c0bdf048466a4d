"""Print what `%load_ext monite_magic` costs over bare IPython: whole processes, turn by turn.

Run: python tests/benchmarks/bench_loading.py
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

RUNS = 15


def milliseconds(cell: str, folder: str) -> float:
    """How long IPython takes to start, run the cell and end."""
    command = [sys.executable, "-m", "IPython", "--no-banner", "-c", cell]
    start = time.perf_counter()
    subprocess.run(
        command, check=True, capture_output=True, cwd=folder, env={**os.environ, "IPYTHONDIR": folder}
    )
    return (time.perf_counter() - start) * 1000


def main() -> None:
    cells = ("1", "%load_ext monite_magic")
    with tempfile.TemporaryDirectory() as folder:
        for cell in cells:  # the first time writes what later ones read
            milliseconds(cell, folder)
        runs = [[milliseconds(cell, folder) for cell in cells] for _ in range(RUNS)]
    bare, loaded = (statistics.median(column) for column in zip(*runs, strict=True))
    print(f"bare {bare:.0f} ms, loaded {loaded:.0f} ms: {loaded - bare:.1f} ms more (median of {RUNS})")


if __name__ == "__main__":
    main()
