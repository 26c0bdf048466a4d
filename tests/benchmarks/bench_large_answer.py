"""A list of 20 MB: what displaying it costs on top of parsing it, in fresh processes.

Run: python tests/benchmarks/bench_large_answer.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from promises import Measured, report

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNS = 5
SETUP = """
import json, resource, sys, time
sys.path.insert(0, sys.argv[1])
import paged_server
from monite_magic.session.seen import Seen
from monite_magic.display import render
from monite_magic import catalogue
from monite_magic.core.environments import LOCAL
from monite_magic.session.response import MoniteResponse
from monite_magic.core.sent import SentRequest
rows = ",".join(map(paged_server.row, range(25_000)))
content = f'{{"data": [{rows}], "next_pagination_token": null}}'.encode()
assert len(content) > 20_000_000, len(content)
del rows
def answer(body):
    return MoniteResponse(request=SentRequest("GET", LOCAL.base_url + "/payables", "/payables"), status=200,
        headers={"content-type": "application/json"}, content=body, elapsed=0.1, environment=LOCAL,
        template="/payables")
Seen().record(answer(b'{"data": [{"id": "a"}]}'))
render(answer(b'{"data": [{"id": "a"}]}'))  # what is loaded once for a session
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
started = time.perf_counter()
"""
FINISH = """
seconds = time.perf_counter() - started
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(seconds, peak / 1024, len(shown))
"""
PARSE = "data, shown = json.loads(content), ''\n"
# Besides the display, the ids in it are kept for completion.
RENDER = "came = answer(content); Seen().record(came); shown = ''.join(render(came).values())\n"


def one_run(work: str) -> tuple[float, float, float]:
    """Return the seconds, the growth of memory (MB) and the characters shown of one run."""
    code = SETUP + work + FINISH
    command = [sys.executable, "-c", code, str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, megabytes, shown = map(float, done.stdout.split())
    return seconds, megabytes, shown


def medians() -> Iterator[tuple[float, ...]]:
    """Yield the medians of parsing alone, then those of displaying; the runs take turns."""
    runs = [(one_run(PARSE), one_run(RENDER)) for _ in range(RUNS)]
    for kind in zip(*runs, strict=True):
        yield tuple(statistics.median(column) for column in zip(*kind, strict=True))


def measure() -> Iterator[Measured]:
    """Measure parsing alone, then parsing and displaying."""
    parsed, displayed = medians()
    figures = (
        f"parsed {parsed[0] * 1000:.0f} ms, {parsed[1]:.0f} MB; "
        f"displayed {displayed[0] * 1000:.0f} ms, {displayed[1]:.0f} MB"
    )
    yield Measured("20 MB list, time of parsing alone", displayed[0] / parsed[0], 1.3, "x", note=figures)
    yield Measured("20 MB list, memory of parsing alone", displayed[1] / parsed[1], 1.3, "x")
    yield Measured("20 MB list, output", displayed[2], 65_536, "characters")


if __name__ == "__main__":
    report(measure)
