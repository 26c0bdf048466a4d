"""How long the catalogue takes from its import to the first operation, in fresh processes.

Run: python tests/benchmarks/bench_catalogue.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from typing import TYPE_CHECKING

from promises import Measured, report

from monite_magic import catalogue

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
OF_A_VERSION = """
import time
from monite_magic import catalogue
catalogue.versions()
start = time.perf_counter()
catalogue.load({version!r})
print((time.perf_counter() - start) * 1000)
"""


def runs_of(code: str) -> list[list[float]]:
    """Return the numbers that each run of `code` prints."""
    command = [sys.executable, "-c", code]
    texts = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(RUNS)]
    return [[float(word) for word in text.split()] for text in texts]


def measure() -> Iterator[Measured]:
    """Measure in bare Python and in one that has loaded IPython."""
    for name, before in (("bare Python", ""), ("IPython loaded", "import IPython\n")):
        columns = zip(*runs_of(before + CODE), strict=True)
        first, schemas = (statistics.median(column) for column in columns)
        yield Measured(
            f"catalogue to the first operation, {name}",
            first,
            LIMIT,
            "ms",
            note=f"schemas {schemas:.1f} ms more",
        )
    for version in catalogue.versions():
        middle = statistics.median(run[0] for run in runs_of(OF_A_VERSION.format(version=version)))
        yield Measured(f"catalogue of {version}", middle, LIMIT, "ms")


if __name__ == "__main__":
    report(measure)
