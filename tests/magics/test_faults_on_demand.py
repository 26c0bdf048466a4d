"""`%monite_simulator fault`: calls that go wrong on request, and what a person sees then."""

import time

import pytest


@pytest.fixture(autouse=True)
def no_faults_left(local):
    yield
    local.good("%monite_simulator fault clear")


def test_a_fault_waits_happens_and_is_gone(local):
    assert "No faults are waiting." in local.good("%monite_simulator fault").text
    waiting = local.good("%monite_simulator fault GET /tags* status=404 count=2").text
    assert "GET /tags*" in waiting
    assert "next 2" in waiting
    assert "status=404" in waiting
    for _ in range(2):
        assert "answered 404" in local.run("%monite GET /tags").problem
    assert "200 OK" in local.good("%monite GET /tags").text
    assert "No faults are waiting." in local.good("%monite_simulator fault").text


def test_faults_are_listed_in_the_words_that_make_them_and_cleared(local):
    local.good("%monite_simulator fault POST /tags delay=0.01 drop count=all")
    listed = local.good("%monite_simulator fault").text
    assert "every" in listed
    assert "delay=0.01s, drop" in listed
    assert "No faults are waiting." in local.good("%monite_simulator fault clear").text


def test_what_is_no_fault_says_how_one_is_written(local):
    problem = local.run("%monite_simulator fault frog=1").problem
    assert (
        "Invalid fault: unknown fault option 'frog'; use count, status, delay, retry_after, drop" in problem
    )
    assert "fault POST /payables* status=500 count=2" in problem


def test_a_broken_connection_is_told_as_over_a_network_and_kept_in_the_history(local):
    local.good("%monite_history clear\n%monite_simulator fault POST /tags drop")
    problem = local.run('%%monite POST /tags\n{"name": "urgent"}').problem
    assert problem.startswith("NetworkError: The connection to simulator.localhost broke")
    assert "Check before you send it again" in problem
    assert "broke before" in local.good("%monite_history").text


def test_reads_that_meet_a_fault_are_repeated_and_each_attempt_is_told(local):
    local.good("%monite_simulator fault GET /tags truncate")
    assert "retried once" in local.good("%monite GET /tags").text
    latest = local.value("[call.number for call in monite_magic.session.session.current().history][-1]")
    shown = local.good(f"%monite_history show {latest}").text
    assert "Attempt 1  RemoteProtocolError" in shown
    assert "Attempt 2  200" in shown


def test_an_answer_that_comes_too_late_is_none(local):
    local.good("%monite_simulator fault GET /tags delay=30s")
    started = time.monotonic()
    assert "did not answer in time" in local.run("%monite GET /tags --timeout 0.1").problem
    assert time.monotonic() - started < 29


def test_a_server_that_asks_for_an_hour_is_not_waited_for(local):
    local.good("%monite_simulator fault GET /tags status=429 retry_after=3600")
    started = time.monotonic()
    assert "Wait 3600 s" in local.run("%monite GET /tags").text
    assert time.monotonic() - started < 600
