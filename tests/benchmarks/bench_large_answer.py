"""A list of 20 MB: what displaying it costs on top of parsing it, in fresh processes.

Run: python tests/benchmarks/bench_large_answer.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys

RUNS = 5
SETUP = """
import json, resource, sys, time
sys.path.insert(0, sys.argv[1])
import paged_server
from monite_magic.display import render
from monite_magic import catalogue
from monite_magic.environments import LOCAL
from monite_magic.response import MoniteResponse, SentRequest
rows = ",".join(map(paged_server.row, range(25_000)))
content = f'{{"data": [{rows}], "next_pagination_token": null}}'.encode()
assert len(content) > 20_000_000, len(content)
del rows
def answer(body):
    return MoniteResponse(request=SentRequest("GET", LOCAL.base_url + "/payables", "/payables"), status=200,
        headers={"content-type": "application/json"}, content=body, elapsed=0.1, environment=LOCAL,
        template="/payables")
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
RENDER = "shown = ''.join(render(answer(content)).values())\n"


def measure(work: str) -> tuple[float, float, int]:
    """Return the medians of seconds, of the growth of memory (MB) and of the characters shown."""
    folder = __file__.rpartition("/")[0] or "."
    code = SETUP + work + FINISH
    runs = [
        [float(word) for word in subprocess.run(
            [sys.executable, "-c", code, folder], capture_output=True, text=True, check=True
        ).stdout.split()]
        for _ in range(RUNS)
    ]  # fmt: skip
    seconds, megabytes, shown = (statistics.median(column) for column in zip(*runs, strict=True))
    return seconds, megabytes, int(shown)


def main() -> None:
    """Measure and print."""
    parsed, displayed = measure(PARSE), measure(RENDER)
    print(f"20 MB parsed alone: {parsed[0] * 1000:.0f} ms, {parsed[1]:.0f} MB")
    print(f"20 MB parsed and displayed: {displayed[0] * 1000:.0f} ms, {displayed[1]:.0f} MB")
    ratios = f"time {displayed[0] / parsed[0]:.2f} x, memory {displayed[1] / parsed[1]:.2f} x (wanted: 1.3 x)"
    print(f"  {ratios}; {displayed[2]:,} characters shown (wanted: 65,536)")


if __name__ == "__main__":
    main()
