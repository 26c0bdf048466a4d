"""What calls to the simulator cost in process, with the seeds `bakery` and `large`.

Run: python tests/benchmarks/bench_simulator.py

The goals: 1 ms for a GET by id; for a list of 100 rows 10 ms on `bakery`, and 15 ms on `large`, at the first
page and at the thousandth alike. A time is the median of the CPU time, client and server together, so that a
busy machine does not count.
"""

from __future__ import annotations

import contextlib
import statistics
import time
from typing import TYPE_CHECKING, Any

import httpx
from promises import Measured, report

from monite_magic.simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNS = 40
BY_ID, LIST = 1.0, {"bakery": 10.0, "large": 15.0}
PAGES = 1000
SORTS = ("created_at", "issued_at", "id")


def connect(local: Simulator) -> httpx.Client:
    """A client that is logged in as the partner, at the ready-made entity."""
    given = local.credentials
    client = httpx.Client(
        transport=httpx.WSGITransport(app=local.wsgi),
        base_url="http://simulator.localhost/v1",
        headers={"X-Monite-Version": "2024-05-25", "X-Monite-Entity-Id": given["MONITE_ENTITY_ID"]},
    )
    body = {
        "grant_type": "client_credentials",
        "client_id": given["MONITE_CLIENT_ID"],
        "client_secret": given["MONITE_CLIENT_SECRET"],
    }
    token = client.post("/auth/token", json=body).json()["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"
    return client


def timed(client: httpx.Client, path: str, **query: Any) -> tuple[float, dict[str, Any]]:
    """Return the median milliseconds of a GET, and its data."""
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        answer = client.get(path, params=query)
        times.append((time.process_time() - start) * 1000)
    return statistics.median(times), answer.raise_for_status().json()


def token_of_page(client: httpx.Client, number: int, **query: str) -> str | None:
    """The token of a page by its number, or of the last page where there are fewer."""
    token = None
    page = client.get("/payables", params=query).json()
    for _ in range(number - 1):
        following = page.get("next_pagination_token")
        if not following:
            break
        token = following
        page = client.get("/payables", params={"pagination_token": token}).json()
    return token


def measured(client: httpx.Client, seed: str) -> Iterator[Measured]:
    """Time objects by id and lists, at the first page and far behind."""
    for path in ("/counterparts", "/payables", "/receivables"):
        cost, page = timed(client, path)
        yield Measured(f"simulator, {seed}: GET {path}", cost, LIST[seed], "ms")
        if page["data"]:
            cost, _ = timed(client, f"{path}/{page['data'][0]['id']}")
            yield Measured(f"simulator, {seed}: GET {path}/ID", cost, BY_ID, "ms")
    for sort in SORTS:
        what = f"simulator, {seed}: GET /payables?sort={sort}"
        yield Measured(what, timed(client, "/payables", sort=sort)[0], LIST[seed], "ms")
        token = token_of_page(client, PAGES, sort=sort)
        cost, _ = timed(client, "/payables", pagination_token=token)
        yield Measured(f"{what}, page {PAGES} or the last", cost, LIST[seed], "ms")
    cost, _ = timed(client, "/payables", status="paid")
    yield Measured(f"simulator, {seed}: GET /payables?status=paid", cost, LIST[seed], "ms")


def seeding() -> Measured:
    """Time seeding in a process that has seeded before."""
    Simulator(seed="bakery").close()
    local, times = Simulator(), []
    for _ in range(5):
        start = time.process_time()
        local.reset("bakery")
        times.append(time.process_time() - start)
    local.close()
    return Measured("simulator, bakery: another seeding", statistics.median(times), 0.5, "s")


def measure() -> Iterator[Measured]:
    """Measure seeding, and calls with both seeds."""
    yield seeding()
    for seed in LIST:
        local = Simulator(seed=seed)
        with contextlib.closing(connect(local)) as client:
            yield from measured(client, seed)
        local.close()


if __name__ == "__main__":
    report(measure)
