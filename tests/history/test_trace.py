"""The phases of each attempt are told by the connection itself."""

import httpx
import pytest

from monite_magic.history import Attempt, Trace


def test_a_real_call_tells_its_phases(keeper):
    trace = Trace()
    with httpx.Client() as client:
        client.get(f"{keeper.environment.base_url}/x", extensions={"trace": trace})
    keeper.received.clear()
    (attempt,) = trace.attempts
    assert attempt.status == 200
    assert attempt.error is None
    assert list(attempt.phases) == ["connect", "send", "wait", "receive"]
    assert all(0 <= seconds < 60 for seconds in attempt.phases.values())
    assert attempt.elapsed == pytest.approx(sum(attempt.phases.values()))
    assert str(attempt).startswith("200 (connect ")


def test_a_connection_that_is_kept_connects_once(keeper):
    with httpx.Client() as client:
        traces = [Trace(), Trace()]
        for trace in traces:
            client.post(f"{keeper.environment.base_url}/x", json={}, extensions={"trace": trace})
    keeper.received.clear()
    assert "connect" in traces[0].attempts[0].phases
    assert "connect" not in traces[1].attempts[0].phases


def test_a_request_that_is_sent_again_has_two_attempts(keeper):
    """As an auth flow does for a renewed token, and a retrying transport after 503."""

    class Twice(httpx.Auth):
        def auth_flow(self, request):
            yield request
            yield request

    trace = Trace()
    with httpx.Client(auth=Twice()) as client:
        client.post(f"{keeper.environment.base_url}/x", json={}, extensions={"trace": trace})
    assert len(keeper.received) == 2
    keeper.received.clear()
    assert [attempt.status for attempt in trace.attempts] == [200, 200]


def test_a_refused_connection_is_an_attempt(unused_port):
    trace = Trace()
    with httpx.Client() as client, pytest.raises(httpx.ConnectError):
        client.get(f"http://127.0.0.1:{unused_port}/x", extensions={"trace": trace})
    (attempt,) = trace.attempts
    assert attempt.status is None
    assert attempt.error == "ConnectError"
    assert str(attempt).startswith("ConnectError")


@pytest.fixture
def unused_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_without_events_there_are_no_attempts():
    assert Trace().attempts == ()
    trace = Trace()
    trace("something.else.started", {})
    assert trace.attempts == ()


def test_an_attempt_without_phases_shows_its_outcome():
    assert str(Attempt(200)) == "200"
    assert str(Attempt()) == "no answer"
    assert Attempt().elapsed == 0


def test_seconds_are_those_of_the_clock():
    moments = iter([1.0, 1.5, 2.0, 4.0])
    trace = Trace(clock=lambda: next(moments))
    trace("http11.send_request_headers.started", {})
    trace("http11.send_request_headers.complete", {})
    trace("http11.receive_response_headers.started", {})
    trace("http11.receive_response_headers.complete", {"return_value": (b"HTTP/1.1", 204, b"No Content", [])})
    assert trace.attempts == (Attempt(204, None, {"send": 0.5, "wait": 2.0}),)


def test_the_status_of_http2_is_read():
    trace = Trace()
    trace("http2.receive_response_headers.started", {})
    trace("http2.receive_response_headers.complete", {"return_value": (201, [])})
    assert trace.attempts[0].status == 201
