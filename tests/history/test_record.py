"""The history keeps calls, bounded and masked, and finds them."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from monite_magic.core.environments import ENVIRONMENTS
from monite_magic.core.errors import MoniteError, RequestError
from monite_magic.core.masking import MASK, Secret
from monite_magic.core.sent import SentRequest
from monite_magic.history import COLUMNS, Attempt, History, body_of, replay_of, rows
from monite_magic.session.response import MoniteResponse


def answer(method="GET", path="/x", status=200, content=b'{"id": "1"}', environment="sandbox", **more):
    where = ENVIRONMENTS[environment]
    return MoniteResponse(
        request=SentRequest(method, f"{where.base_url}{path}", path.partition("?")[0], **more),
        status=status,
        headers={"Content-Type": "application/json"},
        content=content,
        elapsed=0.25,
        environment=where,
    )


@pytest.fixture
def history():
    kept = History()
    kept.record(answer("GET", "/counterparts"), entity_id="e-1")
    kept.record(answer("POST", "/counterparts", 422), entity_id="e-1")
    kept.record(answer("GET", "/payables/p-1", 404, environment="eu"), entity_id="e-2")
    sent = SentRequest("GET", "https://x/v1/payables", "/payables")
    kept.record_failure(sent, TimeoutError("no answer"), ENVIRONMENTS["sandbox"], elapsed=5.0)
    return kept


def test_calls_are_numbered_from_one(history):
    assert [call.number for call in history] == [1, 2, 3, 4]
    assert len(history) == 4
    assert history[2].status == 422
    assert history[-1].number == 4
    assert history[-4].number == 1


def test_a_call_knows_what_happened(history):
    call = history[1]
    assert (call.request.method, call.entity_id, call.error) == ("GET", "e-1", None)
    assert body_of(call) == {"id": "1"}
    assert timedelta() < datetime.now(UTC) - call.started < timedelta(seconds=60)
    failed = history[4]
    assert (failed.status, failed.response, failed.error, failed.size) == (None, None, "no answer", 0)
    assert body_of(failed) is None
    assert datetime.now(UTC) - failed.started >= timedelta(seconds=5)


def test_a_start_that_is_told_is_kept():
    moment = datetime(2024, 5, 25, tzinfo=UTC)
    assert History().record(answer(), started=moment).started == moment


def test_an_answer_that_is_no_json_is_text():
    assert body_of(History().record(answer(content=b"<html>"))) == "<html>"


def test_an_error_is_masked():
    secret = Secret("hist0ry-canary")
    call = History().record_failure(
        SentRequest("GET", "https://x", "/x"), OSError("hist0ry-canary refused"), ENVIRONMENTS["eu"]
    )
    assert call.error == f"{MASK} refused"
    del secret


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({}, [1, 2, 3, 4]),
        ({"method": "get"}, [1, 3, 4]),
        ({"path": "counterp"}, [1, 2]),
        ({"path": "/payables/*"}, [3]),
        ({"path": "*payables*"}, [3, 4]),
        ({"path": "/payables*x"}, []),
        ({"path": "payables/*"}, [3]),
        ({"path": "pay*p-"}, [3]),
        ({"status": "4xx"}, [2, 3]),
        ({"status": "200,404"}, [1, 3]),
        ({"status": "none"}, [4]),
        ({"entity": "e-1"}, [1, 2]),
        ({"entity": "e"}, [1, 2, 3]),
        ({"environment": "eu"}, [3]),
        ({"method": "GET", "status": "2xx"}, [1]),
    ],
)
def test_find(history, filters, numbers):
    assert [call.number for call in history.find(**filters)] == numbers


def test_a_status_that_is_none_is_told(history):
    with pytest.raises(RequestError, match="Invalid value for --expect: 'ok'"):
        history.find(status="ok")
    with pytest.raises(RequestError):
        history.find(status="")


@pytest.mark.parametrize("number", [0, 5, -5, 99])
def test_a_call_that_is_not_there_is_told(history, number):
    with pytest.raises(MoniteError, match=f"Call {number} not found. The history has calls 1 to 4"):
        history[number]


def test_an_empty_history_says_so():
    with pytest.raises(MoniteError, match="No calls are recorded"):
        History()[1]


def test_rows(history):
    table = rows(history)
    assert all(len(row) == len(COLUMNS) for row in table)
    first = dict(zip(COLUMNS, table[0], strict=True))
    assert (first["#"], first["method"], first["path"], first["status"]) == (1, "GET", "/counterparts", 200)
    assert (first["ms"], first["bytes"], first["tries"], first["entity"]) == (250.0, 11, 1, "e-1")
    assert dict(zip(COLUMNS, table[2], strict=True))["environment"] == "eu (PRODUCTION)"
    assert dict(zip(COLUMNS, table[3], strict=True))["status"] == "none"


def test_an_interrupted_call_is_told_by_one_word():
    kept = History()
    sent = SentRequest("GET", "https://x/v1/payables", "/payables")
    kept.record_failure(sent, KeyboardInterrupt(), ENVIRONMENTS["sandbox"])
    assert rows(kept)[0][COLUMNS.index("status")] == "interrupted"
    assert kept[1].error == "It was interrupted before an answer came."


def test_tries_are_counted():
    kept = History()
    kept.record(answer(), attempts=(Attempt(503), Attempt(200)))
    assert rows(kept)[0][COLUMNS.index("tries")] == 2


# -- bounds -------------------------------------------------------------------------------------------------


def test_the_oldest_calls_are_forgotten_and_numbers_stay():
    kept = History(max_calls=3)
    for _ in range(5):
        kept.record(answer())
    assert [call.number for call in kept] == [3, 4, 5]
    with pytest.raises(MoniteError, match=r"Call 2 not found. The history has calls 3 to 5"):
        kept[2]


def test_the_bodies_of_older_answers_are_dropped():
    kept = History(max_bytes=100)
    for index in range(4):
        kept.record(answer(content=b'"' + b"x" * (40 + index) + b'"'))
    assert [call.size for call in kept] == [0, 0, 44, 45]
    dropped = kept[1].response
    assert "dropped" in dropped.notes[-1].text
    assert (dropped.status, dropped.request.path) == (200, "/x")


def test_one_answer_that_is_too_large_is_dropped_at_once():
    kept = History(max_bytes=100)
    kept.record(answer())
    large = answer(content=b"x" * 101)
    assert kept.record(large).size == 0
    assert large.content
    kept.record(answer())
    assert [call.size for call in kept] == [0, 0, 11]


def test_room_is_freed_by_forgetting():
    kept = History(max_calls=1, max_bytes=100)
    for _ in range(30):
        assert kept.record(answer(content=b"x" * 60)).size == 60


def test_clear(history):
    assert history.clear() == 4
    assert len(history) == 0
    assert history.record(answer()).number == 5
    small = History(max_bytes=20)
    small.record(answer())
    small.clear()
    assert small.record(answer()).size == 11


def test_many_threads_can_record():
    kept = History(max_calls=10_000)

    def record():
        for _ in range(200):
            kept.record(answer())

    threads = [threading.Thread(target=record) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [call.number for call in kept] == list(range(1, 1601))


# -- replay -------------------------------------------------------------------------------------------------


def test_a_replay_is_the_call_without_what_the_client_adds():
    headers = {
        "host": "x", "user-agent": "x", "accept": "text/csv", "content-type": "application/json",
        "X-Monite-Version": "2024-05-25", "x-monite-entity-id": "e-1", "Authorization": f"Bearer {MASK}",
    }  # fmt: skip
    response = answer("POST", "/x?a=1&a=2&b=%20", headers=headers, body=b'{"a": 1}')
    replay = replay_of(History().record(response, entity_id="e-1"))
    assert (replay.method, replay.path, replay.entity_id) == ("POST", "/x", "e-1")
    assert replay.query == (("a", "1"), ("a", "2"), ("b", " "))
    assert replay.headers == {"accept": "text/csv"}
    assert replay.content == b'{"a": 1}'


def test_a_replay_without_a_body():
    assert replay_of(History().record(answer())).content is None


@pytest.mark.parametrize(
    ("headers", "body", "words"),
    [
        ({}, f'{{"client_secret": "{MASK}"}}'.encode(), "Call 1 had a secret"),
        ({"x-api-key": MASK}, None, "Call 1 had a secret"),
        (
            {"content-type": "multipart/form-data; boundary=x"},
            b"file: a.pdf (1,234 bytes)",
            "Call 1 had a file",
        ),
    ],
)
def test_what_was_not_kept_is_not_sent_again(headers, body, words):
    call = History().record(answer("POST", headers=headers, body=body))
    with pytest.raises(RequestError, match=words):
        replay_of(call)
