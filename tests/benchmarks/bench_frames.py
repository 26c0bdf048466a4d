"""50,000 payables as a DataFrame: beside pandas.json_normalize, and beside the official SDK's models.

Run: python tests/benchmarks/bench_frames.py
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from promises import Measured, report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROWS, RUNS = 50_000, 3


def fastest(work: Callable[[], Any], runs: int = RUNS) -> float:
    """Return the seconds of the fastest of some runs."""
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def measure() -> Iterator[Measured]:
    """Measure each backend."""
    import paged_server
    import pandas as pd
    from monite.types.payable_response_schema import PayableResponseSchema

    from monite_magic import frames
    from monite_magic.environments import LOCAL
    from monite_magic.response import MoniteResponse, SentRequest

    texts = list(map(paged_server.row, range(ROWS)))
    rows = [json.loads(text) for text in texts]
    answer = MoniteResponse(
        request=SentRequest("GET", LOCAL.base_url + "/payables", "/payables"),
        status=200,
        headers={"content-type": "application/json"},
        content=f'{{"data": [{",".join(texts)}]}}'.encode(),
        elapsed=0.1,
        environment=LOCAL,
        template="/payables",
    )
    assert len(answer) == ROWS

    def through_models() -> pd.DataFrame:
        models = [PayableResponseSchema.model_validate(row) for row in rows]
        return pd.json_normalize([model.model_dump() for model in models])

    def through_models_as_documented() -> pd.DataFrame:
        from monite.core.pydantic_utilities import parse_obj_as

        models = parse_obj_as(list[PayableResponseSchema], rows)
        return pd.json_normalize([model.dict() for model in models])

    normalize = fastest(lambda: pd.json_normalize(rows))
    models = min(fastest(through_models, 1), fastest(through_models_as_documented, 1))
    figures = f"json_normalize {normalize:.2f} s, the SDK's models {models:.2f} s"
    for backend in frames.BACKENDS:
        seconds = fastest(lambda backend=backend: answer.df(backend=backend))
        what = f"{ROWS:,} payables to {backend}"
        yield Measured(f"{what}, of json_normalize's time", seconds / normalize, 2, "x", note=figures)
        yield Measured(f"{what}, times as fast as the SDK's models", models / seconds, 10, "x", at_least=True)


if __name__ == "__main__":
    report(measure)
