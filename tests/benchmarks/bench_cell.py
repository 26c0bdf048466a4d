"""What a `%monite` cell costs for an answer of 1 kB on loopback, beside httpx alone, an empty cell and peers.

Run: python tests/benchmarks/bench_cell.py

The peers, restmagic and magic-reqtools, are installed into a folder that is thrown away. All take turns, so
that a busy machine slows all of them. Among them is the least magic: `httpx.Client.get` alone, whose value
has a fixed picture.
"""

from __future__ import annotations

import os
import statistics
import time
import uuid
from typing import TYPE_CHECKING, Any, Final

import bench_pull
import httpx
import peers
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from promises import Measured, report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RUNS, WARM_UP = 400, 30
# The promise: 1.5 ms where httpx costs 0.55 ms and an empty cell 0.4 ms. Other machines scale it.
PROMISED, OF_HTTPX, OF_EMPTY = 1.5, 0.55, 0.4


class Shown:
    """What a magic returns that shows as much as an answer does, and makes nothing for it."""

    bundle: Final = {"text/plain": "x" * 1_500, "text/html": "x" * 6_000}

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return self.bundle


def medians(works: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Return the median milliseconds of each, measured turn about."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for number in range(RUNS + WARM_UP):
        for name, work in works.items():
            started = time.perf_counter()
            work()
            if number >= WARM_UP:
                times[name].append(time.perf_counter() - started)
    return {name: statistics.median(each) * 1000 for name, each in times.items()}


def cells(shell: InteractiveShell, url: str, with_peers: bool) -> dict[str, str]:
    """Return the cells to compare, each known to work."""
    found = {"%monite": "%monite GET /payables/8f14e45f-ceea-467a-9575-6d1f3c2b7e01"}
    if with_peers:
        for extension in ("restmagic", "reqtools"):
            shell.run_cell(f"%load_ext {extension}")
        found |= {"restmagic": f"%rest GET {url}/x", "magic-reqtools": f"%curl {url}/x"}
    for name, cell in found.items():
        assert shell.run_cell(cell).success, name
    return found


def measure() -> Iterator[Measured]:
    """Measure all in one process."""
    shell = InteractiveShell.instance()
    shell.run_cell("%load_ext monite_magic")
    with (
        peers.installed() as with_peers,
        bench_pull.served(1) as url,
        httpx.Client() as client,
        capture_output(),
    ):
        os.environ.update(MONITE_CLIENT_ID=str(uuid.uuid4()), MONITE_CLIENT_SECRET=str(uuid.uuid4()))
        assert shell.run_cell(f"%monite_login --base-url {url} --entity {uuid.uuid4()}").success
        works: dict[str, Callable[[], Any]] = {
            "httpx": lambda: client.get(f"{url}/x").content,
            "empty": lambda: shell.run_cell("1"),
        }

        def least(_line: str) -> Shown:
            works["httpx"]()
            return Shown()

        # What no magic that calls by an httpx client, and shows its value, can be cheaper than.
        shell.register_magic_function(least, "line", "least")
        works["the least magic"] = lambda: shell.run_cell("%least GET /payables")
        for name, cell in cells(shell, url, with_peers).items():
            works[name] = lambda cell=cell: shell.run_cell(cell)
        cost = medians(works)
    figures = ", ".join(f"{name} {milliseconds:.2f} ms" for name, milliseconds in cost.items())
    limit = PROMISED * (cost["httpx"] + cost["empty"]) / (OF_HTTPX + OF_EMPTY)
    yield Measured("a %monite cell, 1 kB answer", cost["%monite"], limit, "ms", note=figures)
    others = [cost[name] for name in ("restmagic", "magic-reqtools") if name in cost]
    if others:
        ratio, least_ratio = (cost[name] / min(others) for name in ("%monite", "the least magic"))
        note = f"the least magic {least_ratio:.2f} x"
        yield Measured("a %monite cell, of the fastest peer's", ratio, 0.7, "x", note=note)


if __name__ == "__main__":
    report(measure)
