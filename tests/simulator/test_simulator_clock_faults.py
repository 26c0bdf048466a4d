"""The clock, faults on demand, and the control API of a served simulator."""

import time
import uuid
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from monite_magic.simulator import Simulator
from monite_magic.simulator.answers import Refusal
from monite_magic.simulator.call import Call
from monite_magic.simulator.clock import Clock, days_after, moment_from, parse_span
from monite_magic.simulator.faults import UNKNOWN_STATUS, parse_fault
from monite_magic.simulator.timers import set_timer, timer


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("31 minutes", timedelta(minutes=31)),
        ("45 days", timedelta(days=45)),
        ("1 day 2h", timedelta(hours=26)),
        ("1.5 hours", timedelta(minutes=90)),
        ("2 weeks, 3 s", timedelta(days=14, seconds=3)),
    ],
)
def test_spans_are_read_as_people_write_them(text, span):
    assert parse_span(text) == span


@pytest.mark.parametrize("text", ["", "soon", "31", "minutes", "3 days ago", "-1 day"])
def test_what_is_no_span_is_refused(text):
    with pytest.raises(ValueError, match="not a duration"):
        parse_span(text)


@pytest.mark.parametrize("far", ["99999999999 days", "7000 years", "4000000 days"])
def test_the_clock_does_not_leave_the_calendar(far):
    clock = Clock()
    with pytest.raises(ValueError, match=r"duration|8999"):
        clock.advance(far)
    with pytest.raises(ValueError, match="8999"):
        clock.freeze(datetime.max)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2030-01-01", "2030-01-01T00:00:00+00:00"),
        ("2030-01-01 10:00:00", "2030-01-01T10:00:00+00:00"),
        ("2030-01-01T01:00:00+02:00", "2029-12-31T23:00:00+00:00"),
        ("9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59+00:00"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+00:00"),
    ],
)
def test_moments_are_read_whatever_zone_they_name(text, moment):
    assert moment_from(text).isoformat() == moment


def test_days_after_the_last_are_the_last():
    assert days_after(date(2028, 2, 28), 2) == date(2028, 3, 1)
    assert days_after(date(9999, 12, 31), 1) == date.max
    assert days_after(date(2028, 2, 28), 10**12) == date.max
    assert days_after(date(1, 1, 1), -1) == date.min


def test_a_clock_freezes_advances_and_goes_on():
    clock = Clock()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)
    clock.freeze(datetime(2030, 1, 1))
    assert clock.frozen
    assert clock.now() == clock.now() == datetime(2030, 1, 1, tzinfo=UTC)
    assert clock.advance("45 days") == datetime(2030, 2, 15, tzinfo=UTC)
    clock.resume()
    assert not clock.frozen
    assert clock.now() - datetime(2030, 2, 15, tzinfo=UTC) < timedelta(seconds=1)
    with pytest.raises(ValueError, match="forward"):
        clock.advance(days=-1)
    clock.reset()
    assert clock.offset < timedelta(seconds=1)


def test_the_clock_of_a_file_goes_on_where_it_was(tmp_path):
    path = str(tmp_path / "s.db")
    one = Simulator(data=path)
    one.clock.advance(days=45)
    one.clock.freeze()
    then = one.clock.now()
    one.close()
    two = Simulator(data=path)
    assert two.clock.now() == then
    two.close()


@pytest.mark.parametrize("failing", [ValueError, Refusal])
def test_what_fails_by_the_clock_leaves_nothing_behind_and_stops_nothing_else(local, api, failing, caplog):
    done = []

    @timer("test_fails")
    def fail(call, identifier):
        call.store.insert("tag", {"id": identifier, "name": "half"}, owner=call.entity_id)
        raise failing(422, {})

    timer("test_works")(lambda call, identifier: done.append(identifier))
    call = Call.without_request(local.world, "project", api.headers["X-Monite-Entity-Id"])
    for name in ("test_fails", "test_works"):
        set_timer(call, name, local.clock.now(), str(uuid.uuid4()))
    assert api.get("/tags").json()["data"] == []
    assert len(done) == 1
    assert "test_fails" in caplog.text
    api.get("/tags")
    assert len(caplog.records) == 1


def test_a_fault_happens_as_often_as_it_should(api, local):
    local.faults.add("GET /counterparts status=500 count=2")
    assert [api.get("/counterparts").status_code for _ in range(3)] == [500, 500, 200]
    local.faults.add("status=503 count=all")
    assert [api.get(path).status_code for path in ("/tags", "/roles", "/tags")] == [503, 503, 503]
    local.faults.clear()
    assert api.get("/tags").status_code == 200


def test_a_fault_is_for_the_calls_it_names(api, local):
    local.faults.add("POST /counterparts* status=500")
    assert api.get("/counterparts").status_code == 200
    assert api.post("/tags", json={"name": "x"}).status_code == 201
    assert api.post("/counterparts", json={}).status_code == 500


def test_what_faults_look_like(api, local):
    local.faults.add("status=429")
    answer = api.get("/tags")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert answer.json() == {"message": "API rate limit exceeded"}
    local.faults.add("status=503 retry_after=7")
    assert api.get("/tags").headers["retry-after"] == "7"
    local.faults.add("status=502")
    answer = api.get("/tags")
    assert "retry-after" not in answer.headers
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (502, "text/html")
    local.faults.add("expired_token")
    assert api.get("/tags").json()["error"]["message"] == "The token has been expired."
    local.faults.add("delay=0.2")
    started = time.perf_counter()
    assert api.get("/tags").status_code == 200
    assert time.perf_counter() - started >= 0.2
    local.faults.add("truncate")
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        httpx.Client.request(api, "GET", "/entities").json()
    local.faults.add("changed_schema")
    changed = httpx.Client.request(api, "GET", "/entities").json()["data"][0]
    assert changed["status"] == UNKNOWN_STATUS
    assert changed["member_of_a_later_version"] is True
    local.faults.add("drop")
    with pytest.raises(ConnectionResetError):
        api.get("/entities")
    assert api.get("/entities").status_code == 200
    assert list(local.faults) == []


@pytest.mark.parametrize(
    "text", ["", "GET /tags", "status=200", "status=abc", "colour=red status=500", "retry_after=5 delay=1"]
)
def test_what_is_no_fault_is_refused(text):
    with pytest.raises(ValueError, match=r"fault|retry_after|invalid literal"):
        parse_fault(text)


def test_state_says_what_there_is(api, local, organization):
    api.made("/counterparts", organization())
    local.faults.add("drop")
    state = local.state()
    assert state["seed"] == "starter"
    assert state["documents"]["counterpart"] == 6
    assert "token" not in state["documents"]
    assert state["faults"][0]["drop"] is True
    assert state["token_lifetime"] == 1800


def test_the_table_of_rules_names_each_operation_and_what_it_rests_on(local):
    subjects = [rule.subject for rule in local.rules]
    assert "POST /payables/{payable_id}/submit_for_approval" in subjects
    assert {rule.status for rule in local.rules} == {"documented", "schema", "unverified"}
    assert all(rule.text.endswith(".") for rule in local.rules)


def test_the_control_api_is_off_unless_asked_for(api):
    assert api.get("http://simulator.localhost/control/state").status_code == 404


def test_the_control_api_of_a_served_simulator(served, tmp_path):
    with served(tmp_path, "--control") as (_, given):
        base = given["MONITE_BASE_URL"].removesuffix("/v1") + "/control"
        assert httpx.get(f"{base}/state").status_code == 401
        assert httpx.get(f"{base}/state", headers={"x-control-key": "x"}).status_code == 401
        with httpx.Client(
            base_url=base, headers={"x-control-key": given["MONITE_SIMULATOR_CONTROL_KEY"]}
        ) as control:
            assert control.get("/state").json()["seed"] == "starter"
            before = datetime.fromisoformat(control.get("/state").json()["clock"]["now"])
            after = control.post("/clock", json={"freeze": True, "advance": "45 days"}).json()["clock"]["now"]
            assert datetime.fromisoformat(after) - before >= timedelta(days=45)
            assert control.post("/clock", json={"resume": True}).json()["clock"]["frozen"] is None
            for wrong in ({"advance": "soon"}, {"advance": 5}, {"freeze": True, "at": 5}):
                assert control.post("/clock", json=wrong).status_code == 422
            assert control.post("/clock", json={"reset": True}).json()["clock"]["offset"] == 0
            assert control.post("/faults", json={"status": 500, "pattern": "GET /x"}).status_code == 200
            assert control.post("/faults", json={"text": "drop"}).status_code == 200
            for wrong in ({"colour": "red"}, {"drop": True, "pattern": 5}, {"status": "500"}, {"text": 5}):
                assert control.post("/faults", json=wrong).status_code == 422
            assert len(control.get("/faults").json()["faults"]) == 2
            assert control.delete("/faults").json() == {"faults": []}
            assert control.get("/outbox").json() == {"mails": [], "webhooks": []}
            assert control.get("/rules").json()["rules"]
            assert control.post("/reset", json={"seed": "empty"}).json()["seed"] == "empty"
            assert control.post("/reset", json={"seed": "none"}).status_code == 422
            assert control.get("/nowhere").status_code == 404
            control.post("/faults", json={"text": "drop"})
            with pytest.raises(httpx.RemoteProtocolError):
                httpx.get(f"{given['MONITE_BASE_URL']}/entities", headers={"X-Monite-Version": "2024-05-25"})
            control.post("/faults", json={"text": "truncate"})
            with pytest.raises(httpx.RemoteProtocolError):
                httpx.get(f"{given['MONITE_BASE_URL']}/entities", headers={"X-Monite-Version": "2024-05-25"})
            assert control.get("/state").status_code == 200
