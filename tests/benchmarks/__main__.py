"""Measure every promise about speed and memory, and print one table.

    python tests/benchmarks                    # all of them, about twelve minutes on two cores
    python tests/benchmarks cell completion    # some of them

Each benchmark runs in a separate process, one after the other, together with its rivals, so that
the ratios stay right on a busy machine. The exit status is 1 if a promise is not kept.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from promises import Measured, table

FOLDER = Path(__file__).parent


def names() -> list[str]:
    """The names of all benchmarks: `cell` is in `bench_cell.py`."""
    return sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py"))


def run(name: str) -> list[Measured]:
    """Run one benchmark in a separate process and return its rows."""
    print(f"… {name}", file=sys.stderr, flush=True)
    command = [sys.executable, str(FOLDER / f"bench_{name}.py"), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return [Measured(**json.loads(line)) for line in done.stdout.splitlines() if line.startswith("{")]


def machine() -> str:
    """This machine and its Python, in a line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}, Python {platform.python_version()}"


def main() -> int:
    """Run those that are named, or all."""
    chosen = sys.argv[1:] or names()
    unknown = sorted(set(chosen) - set(names()))
    if unknown:
        print(f"Unknown benchmark: {', '.join(unknown)}; there are {', '.join(names())}.", file=sys.stderr)
        return 2
    rows = [row for name in chosen for row in run(name)]
    print(f"{datetime.now(UTC):%Y-%m-%d}; {machine()}\n\n{table(rows)}")
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
