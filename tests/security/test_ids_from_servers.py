"""What a server calls an id never becomes a placeholder, an option or another path in the next call."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from monite_magic.api import find_profile
from monite_magic.cell.arguments import read_line
from monite_magic.cell.options import MAGICS
from monite_magic.jupyter import link
from monite_magic.jupyter.explorer import explore
from monite_magic.jupyter.explorer.lookup import find_ids
from monite_magic.jupyter.frontend import FrontEnd
from monite_magic.jupyter.watch_magics import line_of
from monite_magic.session import Session
from monite_magic.session.watching import Event

GOOD = "7c1d3d52-0f0e-4b57-8c36-3f0f2f6f7a11"
EVIL = [
    "{{ password }}",
    "1?a={{ password }}",
    "1 --yes -H 'X-A: {{ password }}'",
    "1\n!touch pwned",
    "../entities",
    "1#",
    "1/cancel",
    "\x1b]52;c;ZXZpbA==\x07",
    "a\u202eb",
    "1;%monite DELETE /payables/1",
]


@pytest.fixture
def session(server):
    server.answers("/v1/auth/token", {"access_token": "t", "expires_in": 1800})
    server.answers("/v1/auth/revoke", {})
    environ = {
        "MONITE_BASE_URL": server.url,
        "MONITE_CLIENT_ID": "5f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1",
        "MONITE_CLIENT_SECRET": "a-secret-of-nobody",
        "MONITE_ENTITY_ID": GOOD,
    }
    made = Session()
    made.log_in(find_profile(environ=environ, keyring=False))
    yield made
    made.log_out()


@pytest.fixture
def panel(session):
    shell = SimpleNamespace(
        user_ns={"password": "c4n4ry"}, displayhook=SimpleNamespace(), find_line_magic=str
    )

    def opened(line):
        return explore(
            session, read_line(MAGICS["monite_explore"], line, cell=False), None, shell, FrontEnd.NOTEBOOK
        )

    return opened


def rows(*ids):
    named = [
        {"id": each, "status": "draft", "currency": "EUR", "document_id": f"<img src=x onerror=1>{each}"}
        for each in ids
    ]
    return {"data": named}


def test_the_explorer_goes_on_from_real_ids_alone(server, panel):
    server.answers("/v1/payables", rows(*EVIL, GOOD))
    shown = panel("GET /payables")
    shown.send()
    assert len(server.calls("/v1/payables")) == 1
    (thing,) = shown._things
    assert {each for step in thing.steps for each in step.ids.values()} == {GOOD}
    step = next(step for step in thing.steps if step.label == "Open")
    shown.open_operation(step.operation, step.ids)
    assert shown.cell.startswith(f"%monite GET /payables/{GOOD}")


def test_ids_that_are_searched_are_real_ids(server, panel, session):
    server.answers("/v1/counterparts", rows(*EVIL, GOOD))
    shown = panel("GET /counterparts/{counterpart_id}")
    found, _ = find_ids(session, shown._view.form, "counterpart_id", "")
    assert [each for _, each in found] == [GOOD]


def test_nothing_of_an_answer_is_html_in_the_panel(server, panel):
    evil = "<img src=x onerror=alert(1)><script>1</script>"
    server.answers("/v1/payables", {"data": [{"id": GOOD, "status": evil, "document_id": evil, evil: evil}]})
    shown = panel("GET /payables")
    shown.send()
    for text in (shown._answer.value, shown._status.value, shown._title.value):
        assert "<img" not in text
        assert "<script" not in text
    server.answers("/v1/payables", {"error": {"message": evil}}, status=422)
    shown.send()
    assert "<img" not in shown._answer.value + shown._status.value


def test_a_cell_is_inserted_and_nothing_is_sent(server, panel, monkeypatch):
    inserted = []
    monkeypatch.setattr(link, "insert", lambda _, text: inserted.append(text) or True)
    shown = panel("GET /payables")
    before = len(server.received)
    shown.insert()
    assert inserted == [shown.cell]
    assert len(server.received) == before


@pytest.mark.parametrize("text", EVIL)
def test_an_event_opens_real_ids_alone(text):
    event = Event.of(
        {"created_at": "2026-01-01", "action": text, "object_type": "payable", "object": {"id": text}}
    )
    assert event.path is None
    line = line_of(event)
    assert "%monite GET" not in line
    assert line.isprintable()
    assert Event("", "", "payable", GOOD, "").path == f"/payables/{GOOD}"


def test_the_name_of_an_entity_acts_nowhere_in_the_status(session, monkeypatch):
    name = "Evil\u202e\x1b[31m\n<img src=x>"
    shown = SimpleNamespace(
        environment=session.profile.environment, seconds_left=60, entity_name=name, entity_id=GOOD
    )
    monkeypatch.setattr(session, "status", lambda: shown)
    said = json.dumps(link._state(session), ensure_ascii=False)
    for acting in ("\u202e", "\x1b", "\\n", "\\u001b"):
        assert acting not in said
    assert json.loads(said)["entity"].isprintable()


def test_in_production_the_panel_asks_with_what_is_sent(server, panel, session, monkeypatch):
    kind = type(session.profile.environment)
    monkeypatch.setattr(kind, "asks_before_writes", property(lambda _: True))
    server.answers(f"/v1/payables/{GOOD}", {"id": GOOD}, status=204)
    shown = panel(f"DELETE /payables/{GOOD}")
    assert shown._send.description.startswith("Send to ")
    shown._send.click()
    assert server.calls(f"/v1/payables/{GOOD}") == []
    (asked,) = shown._question.children
    said = asked.children[0].value
    for word in ("DELETE", f"/payables/{GOOD}", session.profile.environment.host):
        assert word in said
    send = asked.children[1].children[0]
    session.questions.end_all("You have switched")
    send.click()
    assert server.calls(f"/v1/payables/{GOOD}") == []
    assert "Nothing was sent" in shown._answer.value
    shown._send.click()
    shown._question.children[0].children[1].children[0].click()
    assert len(server.calls(f"/v1/payables/{GOOD}")) == 1
