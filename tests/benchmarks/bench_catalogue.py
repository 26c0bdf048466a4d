"""How long the catalogue takes from its import to the first operation, in fresh processes.

Run: python tests/benchmarks/bench_catalogue.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from typing import TYPE_CHECKING

from promises import Measured, report

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNS, LIMIT = 15, 30
CODE = """
import time
import monite_magic
start = time.perf_counter()
import monite_magic.catalogue as catalogue
loaded = catalogue.load()
loaded.find("GET", "/payables/x")
first = time.perf_counter()
loaded.schemas
print((first - start) * 1000, (time.perf_counter() - first) * 1000)
"""


def measure() -> Iterator[Measured]:
    """Measure in bare Python and in one that has loaded IPython."""
    for name, before in (("bare Python", ""), ("IPython loaded", "import IPython\n")):
        runs = [
            [float(word) for word in subprocess.run(
                [sys.executable, "-c", before + CODE], capture_output=True, text=True, check=True
            ).stdout.split()]
            for _ in range(RUNS)
        ]  # fmt: skip
        first, schemas = (statistics.median(column) for column in zip(*runs, strict=True))
        yield Measured(
            f"catalogue to the first operation, {name}",
            first,
            LIMIT,
            "ms",
            note=f"schemas {schemas:.1f} ms more",
        )


if __name__ == "__main__":
    report(measure)
