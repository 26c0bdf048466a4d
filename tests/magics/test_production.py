"""Writes to production: asked about with a button in a notebook, refused without a person."""

from __future__ import annotations

import re

from monite_magic.display.style import TONES

ENTITY = "11111111-1111-4111-8111-111111111111"
CELL = '%%monite POST /tags -o made\n{"name": "x"}'


def methods(server):
    return [call.method for call in server.calls("/v1/tags")]


def asked(kernel, cell=CELL):
    """Run a cell; it must ask, and send nothing yet."""
    return kernel.asks(cell)


def test_without_a_person_a_write_is_refused_and_a_read_is_not(production, server):
    assert "would change data in PRODUCTION. It was not sent." in production.run(CELL).problem
    assert "eu (PRODUCTION)" in production.good("%monite GET /tags").text
    assert methods(server) == ["GET"]


def test_the_question_says_all_without_its_buttons(production, server):
    text = asked(production)
    for words in ("PRODUCTION", "Send POST /tags to PRODUCTION?", ENTITY, "eu (PRODUCTION)", "--yes"):
        assert words in text
    assert methods(server) == []


def test_a_click_sends_once_and_the_answer_takes_the_question_s_place(production, server):
    asked(production)
    ran = production.click("Send")
    (shown,) = ran.updates
    assert "200 OK" in shown["text/plain"]
    assert "POST /tags" in shown["text/plain"]
    assert "eu (PRODUCTION)" in shown["text/html"]
    assert "application/vnd.jupyter.widget-view+json" not in shown
    # A second click, from a front end that still shows the button, reaches nobody.
    assert production.click("Send").updates == []
    assert methods(server) == ["POST"]
    assert server.calls("/v1/tags")[0].body.strip() == b'{"name": "x"}'
    assert production.value("made['id'], monite_magic.last() is made") == ("1", True)
    assert "POST" in production.good("%monite_history --method POST").text


def test_no_is_no(production, server):
    asked(production)
    (shown,) = production.click("Don't send").updates
    assert "Not sent" in shown["text/plain"]
    assert production.click("Send").updates == []
    assert methods(server) == []


def test_a_yes_holds_only_for_the_session_that_was_asked_about(production, server):
    asked(production)
    production.good("%monite_use --entity 22222222-2222-4222-8222-222222222222")
    (shown,) = production.click("Send").updates
    assert "The session has changed since you were asked. Nothing was sent." in shown["text/plain"]
    assert methods(server) == []


def test_what_goes_wrong_after_the_click_is_said_in_place(production, server):
    asked(production)
    server.forget()
    server.resets("/v1/tags")
    (shown,) = production.click("Send").updates
    assert "The POST may have taken effect" in " ".join(shown["text/plain"].split())
    server.forget()
    server.answers("/v1/tags", {"error": {"message": "no such thing"}}, status=422)
    asked(production)
    (shown,) = production.click("Send").updates
    assert "no such thing" in shown["text/plain"]
    assert production.value("monite_magic.last().status") == 422
    production.good("assert 'made' not in globals() or made.ok")


def test_a_replay_is_asked_about_too(production, server):
    production.good("%monite_history clear")
    production.good('%%monite POST /tags --yes\n{"name": "x"}')
    number = production.value("monite_magic.session.session.current().history[-1].number")
    assert "Send POST /tags to PRODUCTION?" in asked(production, f"%monite_history replay {number}")
    production.click("Send")
    assert methods(server) == ["POST", "POST"]


def test_writes_can_be_allowed(production, server):
    production.good('%%monite POST /tags --yes\n{"name": "x"}')
    assert "allowed for another 5 min" in production.good("%monite_use --allow-writes 5").text
    production.good(CELL)
    assert methods(server) == ["POST", "POST"]


def test_production_is_said_in_red_everywhere(production):
    log_in = f"%monite_login --env eu --entity {ENTITY}"
    for line in (log_in, "%monite_status", "%monite_use --partner", "%monite GET /tags"):
        ran = production.good(line)
        assert "PRODUCTION" in ran.text, line
        red = TONES["production"]
        assert re.search(rf"background-color:{red};[^>]*>[^<]*PRODUCTION", ran.html), line
