"""Print what calls to the simulator cost in process, with the seeds `bakery` and `large`.

Run: python tests/benchmarks/bench_simulator.py

The goals: 1 ms for a GET by id; for a list of 100 rows 10 ms on `bakery`, and 15 ms on `large`, at the first
page and at the thousandth alike. A time is the median of the CPU time, client and server together, so that a
busy machine does not count.
"""

from __future__ import annotations

import contextlib
import statistics
import time

import httpx

from monite_magic.simulator import Simulator

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


def measure(client: httpx.Client, label: str, goal: float, path: str, **query: str) -> dict:
    """Time a GET, print a line of the table, and return the answer's data."""
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        answer = client.get(path, params=query)
        times.append((time.process_time() - start) * 1000)
    data = answer.raise_for_status().json()
    rows = len(data["data"]) if "data" in data else 1
    median = statistics.median(times)
    verdict = "ok" if median <= goal else "TOO SLOW"
    print(f"  {label:<48} {rows:>4} rows {median:>7.2f} ms  (goal {goal:g})  {verdict}")
    return data


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


def main() -> None:
    """Print the table."""
    for seed in ("bakery", "large"):
        start = time.perf_counter()
        local = Simulator(seed=seed)
        print(f"{seed} (made in {time.perf_counter() - start:.1f} s)")
        with contextlib.closing(connect(local)) as client:
            for path in ("/counterparts", "/payables", "/receivables"):
                rows = measure(client, f"GET {path}", LIST[seed], path)["data"]
                if rows:
                    measure(client, f"GET {path}/ID", BY_ID, f"{path}/{rows[0]['id']}")
            for sort in SORTS:
                measure(client, f"GET /payables?sort={sort}", LIST[seed], "/payables", sort=sort)
                token = token_of_page(client, PAGES, sort=sort)
                label = f"the same, page {PAGES} or the last"
                measure(client, label, LIST[seed], "/payables", pagination_token=token)
            measure(client, "GET /payables?status=paid", LIST[seed], "/payables", status="paid")
        local.close()


if __name__ == "__main__":
    main()
