"""`%monite_watch`: events as they happen, in a kernel and in a terminal."""

import json
import sys
import time
from types import SimpleNamespace

import pytest

from monite_magic.session.watching import EventsFeed, Wanted
from monite_magic.session.webhook_feed import is_genuine

BILL = '%%monite POST /payables -o bill\n{{"currency": "EUR", "document_id": "{}"}}'


def after(kernel, count, *, seconds=60):
    """The actions of the watch, once it has so many events."""
    deadline = time.monotonic() + seconds
    while True:
        actions = kernel.value("[event.action for event in watch.events]")
        if len(actions) >= count or time.monotonic() > deadline:
            return actions
        time.sleep(0.2)


@pytest.fixture
def watching(local):
    """A kernel that watches bills, in `watch`."""
    ran = local.good("watch = %monite_watch payable --for 5\nwatch")
    assert "application/vnd.jupyter.widget-view+json" in ran.bundles[0]
    yield local
    local.good("%monite_watch stop")


def test_cells_run_beside_it_and_their_events_come(watching):
    watching.good(BILL.format("W-1"))
    bill = watching.value("bill['id']")
    watching.good('%%monite POST /tags\n{"name": "not a bill"}')
    watching.good(f"%monite POST /payables/{bill}/cancel")
    assert after(watching, 2) == ["payable.created", "payable.canceled"]
    assert watching.value("watch.events[0].path") == f"/payables/{bill}"
    # The polling isn't in the history.
    assert "/events" not in watching.good("%monite_history list").text


def test_a_row_opens_its_object(watching):
    watching.good(BILL.format("W-2"))
    after(watching, 1)
    watching.good("import asyncio; await watch.open(watch.events[-1])")
    assert "W-2" in watching.value("watch._opened.value")
    assert watching.value("watch._rows.children[0].children[0].description") == "Open"


def test_it_stops_by_its_word_and_leaves_a_table(watching):
    watching.good(BILL.format("W-3"))
    bill = watching.value("bill['id']")
    after(watching, 1)
    ran = watching.good("%monite_watch stop")
    text = ran.updates[-1]["text/plain"]
    assert "Watched payable: 1 event" in text
    assert f"%monite GET /payables/{bill}"[:30] in text
    assert watching.value("watch.running") is False
    watching.good(BILL.format("W-4"))
    time.sleep(1)
    assert watching.value("len(watch.events)") == 1


def test_it_stops_with_the_extension(watching):
    watching.good("%unload_ext monite_magic")
    try:
        assert watching.value("watch.running") is False
    finally:
        watching.good("%load_ext monite_magic")


def test_its_button_stops_it(watching):
    watching.click("Stop")
    assert watching.value("watch.running") is False


def test_it_stops_by_time(local):
    local.good("watch = %monite_watch --for 0.02\nwatch")
    deadline = time.monotonic() + 60
    while local.value("watch.running"):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_it_ends_with_the_session(watching):
    watching.good("%monite_logout")
    deadline = time.monotonic() + 60
    while watching.value("watch.running"):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert (
        watching.value("watch.task.exception() if watch.task.done() and not watch.task.cancelled() else None")
        is None
    )


def test_another_watch_takes_the_place_of_the_first(watching):
    watching.good("first = watch\nwatch = %monite_watch payable.canceled --for 5")
    assert watching.value("first.running") is False
    watching.good(BILL.format("W-5"))
    watching.good("%monite POST /payables/{}/cancel".format(watching.value("bill['id']")))
    assert after(watching, 1) == ["payable.canceled"]


@pytest.mark.skipif(sys.platform == "emscripten", reason="nothing can listen there")
def test_webhooks_are_received_and_forged_ones_refused(local):
    local.good("watch = %monite_watch tag payable.canceled --webhooks --for 5")
    rows = local.good("%monite GET /webhook_subscriptions -o hooks")
    assert rows.status == "ok"
    assert sorted(local.value("[row['object_type'] for row in hooks.items]")) == ["payable", "tag"]
    local.good('%%monite POST /tags\n{"name": "hooked"}')
    local.good(BILL.format("W-6"))
    assert after(local, 1) == ["tag.created"]
    local.good(
        "import httpx\n"
        "forged = httpx.post(hooks.items[0]['url'], content=b'{}', headers={'Monite-Signature': 't=1,v1=ab'})"
    )
    assert local.value("(forged.status_code, watch._feed.refused)") == (401, 1)
    local.good("%monite_watch stop\n%monite GET /webhook_subscriptions -o hooks")
    assert local.value("len(hooks.items)") == 0


@pytest.mark.skipif(sys.platform == "emscripten", reason="nothing can listen there")
def test_webhooks_are_received_on_whatever_day_the_simulator_has(local):
    local.good("%monite_simulator clock freeze 2031-05-06T07:08+00:00")
    local.good("watch = %monite_watch tag --webhooks --for 5")
    local.good('%%monite POST /tags\n{"name": "later"}')
    assert after(local, 1) == ["tag.created"]
    assert local.value("watch._feed.refused") == 0
    local.good("%monite_watch stop\n%monite_simulator clock reset")


def test_it_works_without_threads_as_in_a_browser(local):
    local.good(
        "import asyncio\n"
        "whole, asyncio.to_thread = asyncio.to_thread, None\n"
        "async def none(*_):\n"
        '    raise RuntimeError("can\'t start new thread")\n'
        "asyncio.to_thread = none\n"
        "watch = %monite_watch payable --for 5"
    )
    local.good(BILL.format("W-8"))
    assert after(local, 1) == ["payable.created"]
    local.good("%monite_watch stop\nasyncio.to_thread = whole")


def test_stopping_takes_a_last_look(watching):
    watching.good(BILL.format("W-9"))
    watching.good("%monite_watch stop")
    assert watching.value("[event.action for event in watch.events]") == ["payable.created"]


def test_what_can_not_be_watched_is_said(local, away):
    assert "Did you mean payable" in local.run("%monite_watch payabel").problem
    assert "Unknown object or event: frog.created" in local.run("%monite_watch frog.created").problem
    assert "an API on the internet can't call this machine" in away.run("%monite_watch --webhooks").problem
    local.good("%monite_logout")
    assert "not logged in" in local.run("%monite_watch").problem


def test_a_failure_is_shown_and_it_goes_on(watching):
    watching.good("%monite_simulator fault GET /events* status=500 count=2")
    watching.good(BILL.format("W-7"))
    assert after(watching, 1) == ["payable.created"]


@pytest.mark.parametrize("signature", ["", "t=,v1=", "t=1,v1=00", "t=x,v1=é", "t=now,v1=00", "v1=0"])
def test_a_signature_that_is_none(signature):
    signature = signature.replace("now", str(int(time.time())))
    assert is_genuine(signature, b"{}", "whsec_1") is False


def test_a_signature_is_good_for_its_body_and_for_five_minutes(monkeypatch):
    import hashlib
    import hmac

    now = int(time.time())
    body = json.dumps({"a": 1}).encode()
    made = hmac.new(b"whsec_1", f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    signature = f"t={now},v1={made}"
    assert is_genuine(signature, body, "whsec_1")
    assert not is_genuine(signature, body + b" ", "whsec_1")
    assert not is_genuine(signature, body, "whsec_2")
    monkeypatch.setattr(time, "time", lambda: now + 400)
    assert not is_genuine(signature, body, "whsec_1")


def test_what_happens_while_a_watch_begins_is_not_lost():
    def event(number):
        at = f"2026-03-01T10:00:0{number}+00:00"
        return {"id": str(number), "created_at": at, "action": "tag.created", "object_type": "tag"}

    stored = [event(1)]

    def request(_method, _path, *, params, **_):
        rows = [row for row in stored if row["created_at"] >= params.get("created_at__gte", "")]
        if params["order"] == "desc":
            stored.append(event(2))  # right after the first answer
        return SimpleNamespace(items=rows, next_token=None, raise_for_status=lambda: None)

    feed = EventsFeed(SimpleNamespace(request=request), Wanted())
    assert [found.event_id for found in feed.look()] == ["2"]
    assert feed.look() == []


def test_it_stops_at_once_when_the_server_does_not_answer(watching):
    watching.good("%monite_simulator fault GET /events* status=404 count=1000")
    deadline = time.monotonic() + 60
    while "ask just now" not in watching.value("watch._status.value"):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    watching.good("asked = []\nlook = watch._feed.look\nwatch._feed.look = lambda: asked.append(1) or look()")
    watching.good("watch._pause = 60")
    time.sleep(1)
    watching.good("asked.clear()\n%monite_watch stop")
    assert watching.value("asked") == []
    watching.good("%monite_simulator fault clear")
