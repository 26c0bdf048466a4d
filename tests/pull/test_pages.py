"""Pages that are none, that lead nowhere, or that come too fast."""

import signal
import threading
import time
from types import SimpleNamespace

import pytest

from monite_magic.api.answer import ApiError
from monite_magic.core.bounds import limits
from monite_magic.core.errors import MoniteError
from monite_magic.tables.pull import pull
from monite_magic.tables.pull.limiter import RateLimiter

FAST = {"rate": 10_000, "progress": False, "workers": 1, "to": "pyarrow"}

pytest.importorskip("pyarrow")


@pytest.fixture
def answers(server, monkeypatch):
    """A function that lets the call of some number have another answer: status, data, headers."""
    monkeypatch.setattr(limits, "max_retries", 0)
    answer = type(server).answer
    others = {}

    def other(environ):
        found = others.get(len(server.calls))
        return found or answer(server, environ)

    server.answer = other
    return others


@pytest.mark.parametrize("data", [None, {"message": "maintenance"}, {"data": None}, [1, 2], {"data": ["a"]}])
@pytest.mark.parametrize("collection", ["payables", "products"])
@pytest.mark.parametrize("call", [1, 3])
def test_a_page_that_is_no_list_of_rows_is_no_end(data, collection, call, answers, server, client):
    server.fill(500, collection=collection)
    answers[call] = ("200 OK", data, [])
    with pytest.raises(MoniteError, match=f"GET /{collection} answered 200 with a page that is not a list"):
        pull(collection, client=client, **FAST)


def test_nor_is_a_redirect_to_nowhere(answers, server, client):
    server.fill(500)
    answers[3] = ("302 Found", None, [])
    with pytest.raises(MoniteError, match="answered 302 with a page that is not a list"):
        pull("payables", client=client, **FAST)


@pytest.mark.parametrize("collection", ["payables", "products"])
def test_a_list_that_goes_round_in_circles_is_left(collection, server, client):
    row = {"id": "a", "created_at": "2024-01-01T00:00:00Z"}
    server.answer = lambda environ: ("200 OK", {"data": [row], "next_pagination_token": "same"}, [])
    server.on_call = lambda server: server.calls[40:] and pytest.fail("without end")
    with pytest.raises(MoniteError, match="sent the same pagination token again"):
        pull(collection, client=client, **FAST)


SLOW = ("429 Too Many Requests", {"error": {"message": "slow"}}, [("Retry-After", "0")])


def test_a_page_that_came_too_fast_is_asked_for_again(answers, server, client):
    server.fill(300)
    answers.update(dict.fromkeys(range(2, 7), SLOW) | dict.fromkeys(range(8, 13), SLOW))
    pulled = pull("payables", client=client, **FAST)
    assert pulled["payables"]["id"].to_pylist() == [f"p{i}" for i in range(300)]


def test_but_not_for_ever(answers, server, client):
    server.fill(300)
    answers.update(dict.fromkeys(range(2, 100), SLOW))
    with pytest.raises(ApiError, match="429 Too Many Requests: slow"):
        pull("payables", client=client, **FAST)
    assert len(server.calls) == 8  # a page, an estimate, and six times the next page


def test_nor_where_the_server_names_no_pause(answers, server, client):
    server.fill(300)
    answers[3] = (*SLOW[:2], [])
    with pytest.raises(ApiError, match="429 Too Many Requests: slow"):
        pull("payables", client=client, **FAST)
    assert len(server.calls) == 3


def test_a_pause_that_the_server_wishes_ends_at_ctrl_c(answers, server, client):
    server.fill(300)
    answers[3] = (*SLOW[:2], [("Retry-After", "3600")])

    def interrupt(server):
        if len(server.calls) == 3:
            main = threading.main_thread().ident
            threading.Timer(0.3, signal.pthread_kill, (main, signal.SIGINT)).start()

    server.on_call = interrupt
    started = time.monotonic()
    pulled = pull("payables", client=client, **FAST)
    assert 0.3 < time.monotonic() - started < 600
    assert not pulled.complete
    assert len(pulled["payables"]) == 100


@pytest.mark.parametrize(("headers", "most"), [({}, 30), ({"x-ratelimit-limit-second": "40"}, 40)])
def test_a_second_holds_as_many_calls_as_the_api_allows(headers, most, monkeypatch):
    monkeypatch.setattr("monite_magic.tables.pull.limiter.time", SimpleNamespace(monotonic=lambda: 0.0))
    pauses = []
    limiter, stop = RateLimiter(), SimpleNamespace(wait=pauses.append)
    limiter.learn(200, headers)
    for _ in range(most + 1):
        limiter.wait(stop)
    assert pauses[most - 2] < 1 < pauses[most]


def test_the_pause_is_what_the_server_wishes():
    limiter, stop = RateLimiter(10_000), threading.Event()
    limiter.learn(429, {"retry-after": "1"})
    started = time.monotonic()
    assert limiter.wait(stop)
    assert time.monotonic() - started > 0.9


@pytest.mark.parametrize(
    "refusal",
    [
        ("422 Unprocessable Entity", {"detail": []}, []),
        ("200 OK", {"data": []}, []),
        ("200 OK", {"data": [{"id": "a"}]}, []),
    ],
)
def test_the_newest_row_is_asked_for_once(refusal, server, client):
    server.fill(1_000)
    answer = server.answer
    server.answer = lambda environ: refusal if "order=desc" in environ["QUERY_STRING"] else answer(environ)
    pulled = pull("payables", client=client, **FAST)
    assert pulled.rows == {"payables": 1_000}
    assert sum("order=desc" in query for _, query in server.calls) == 1
