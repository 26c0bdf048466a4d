"""50,000 payables as a DataFrame: compared with pandas.json_normalize and the official SDK's models.

Run: python tests/benchmarks/bench_frames.py

Each way runs in separate processes, so that none works with the memory that another has left in pieces.
The SDK's client reads each answer field by field before pydantic does; it is measured with fewer rows, which
its time is in proportion to. `pydantic` leaves the client out, which no user of the SDK can.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from statistics import median
from typing import TYPE_CHECKING, Any

from promises import Measured, report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROWS, SDK_ROWS, RUNS, ROUNDS = 50_000, 5_000, 3, 3


def frame(backend: str, texts: list[str]) -> Callable[[], Any]:
    """Return what makes a DataFrame of an answer."""
    from monite_magic.core.environments import LOCAL
    from monite_magic.core.sent import SentRequest
    from monite_magic.session.response import MoniteResponse

    answer = MoniteResponse(
        request=SentRequest("GET", LOCAL.base_url + "/payables", "/payables"),
        status=200,
        headers={"content-type": "application/json"},
        content=f'{{"data": [{",".join(texts)}]}}'.encode(),
        elapsed=0.1,
        environment=LOCAL,
        template="/payables",
    )
    assert len(answer) == len(texts)  # the JSON is read
    return lambda: answer.df(backend=backend)


def json_normalize(texts: list[str]) -> Callable[[], Any]:
    """Return what makes a DataFrame without types."""
    import pandas as pd

    rows = list(map(json.loads, texts))
    return lambda: pd.json_normalize(rows)


def sdk(texts: list[str]) -> Callable[[], Any]:
    """Return what makes a DataFrame of what the SDK's client makes of an answer."""
    import pandas as pd
    from monite.core.pydantic_utilities import parse_obj_as  # what its clients call
    from monite.types.payable_response_schema import PayableResponseSchema

    rows = list(map(json.loads, texts))

    def through_the_client() -> pd.DataFrame:
        models = parse_obj_as(list[PayableResponseSchema], rows)
        return pd.json_normalize([model.model_dump() for model in models])

    return through_the_client


def pydantic(texts: list[str]) -> Callable[[], Any]:
    """Return what makes a DataFrame through the SDK's models without its client."""
    import pandas as pd
    from monite.types.payable_response_schema import PayableResponseSchema

    rows = list(map(json.loads, texts))
    read = PayableResponseSchema.model_validate
    return lambda: pd.json_normalize([model.model_dump() for model in map(read, rows)])


def work_of(way: str, count: int) -> Callable[[], Any]:
    """Return one way of making a DataFrame of so many rows."""
    import paged_server

    texts = list(map(paged_server.row, range(count)))
    ways = {"json_normalize": json_normalize, "sdk": sdk, "pydantic": pydantic}
    return ways[way](texts) if way in ways else frame(way, texts)


def seconds_of(way: str) -> float:
    """Return the seconds of one way for all rows: the median of some runs in separate processes."""
    called = [sys.executable, __file__, way]
    return float(subprocess.run(called, check=True, stdout=subprocess.PIPE, text=True).stdout)


def print_seconds(way: str) -> None:
    """Run one way, after a small run that imports all it needs."""
    work_of(way, 100)()
    count = SDK_ROWS if way == "sdk" else ROWS
    work, seconds = work_of(way, count), []
    for _ in range(RUNS):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    print(median(seconds) * ROWS / count)


def measure() -> Iterator[Measured]:
    """Measure each backend."""
    from monite_magic.tables.frames import BACKENDS

    # Each round measures everything: a machine that is slower for a while is so for all ways.
    others = ("json_normalize", "sdk", "pydantic")
    rounds = [{way: seconds_of(way) for way in (*BACKENDS, *others)} for _ in range(ROUNDS)]
    seconds = ", ".join(f"{way} {median(took[way] for took in rounds):.2f} s" for way in rounds[0])
    for backend in BACKENDS:
        what = f"{ROWS:,} payables to {backend}"
        of_normalize = median(took[backend] / took["json_normalize"] for took in rounds)
        yield Measured(f"{what}, of json_normalize's time", of_normalize, 1, "x", note=seconds)
        of_sdk, of_pydantic = (median(took[way] / took[backend] for took in rounds) for way in others[1:])
        note = f"{of_pydantic:.1f} x where pydantic alone makes them"
        yield Measured(
            f"{what}, times as fast as the SDK's models", of_sdk, 10, "x", at_least=True, note=note
        )


if __name__ == "__main__":
    if sys.argv[1:] and not sys.argv[1].startswith("-"):
        print_seconds(sys.argv[1])
    else:
        report(measure)
