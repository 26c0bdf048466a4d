"""What is confirmed is what is sent: the question shows the call, the click sends it, and questions end."""

from __future__ import annotations

import hashlib
import json

import pytest

ENTITY = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"
CELL = '%%monite POST /tags -o made\n{"name": "x"}'
CONFIRMED = CELL.replace("-o made", "-o made --yes")
SESSION = "monite_magic.session.session.current()"


def methods(server):
    return [call.method for call in server.calls("/v1/tags")]


def words(text):
    return " ".join(text.split())


def replaced(ran):
    """What took the question's place."""
    (shown,) = ran.updates
    return words(shown["text/plain"])


# -- what is shown is what is sent --------------------------------------------------------------------------


def test_a_question_names_host_environment_call_and_body(production, server):
    body = {"name": "Zahlung an Müller & Söhne", "total_amount": 1234567, "client_secret": "{{ given }}"}
    cell = f"%%monite POST /tags?limit=7 --no-check -q order=asc\n{json.dumps(body)}"
    production.good("given = 's3cret-of-body'")
    text = production.asks(cell)
    for shown in (
        "eu (PRODUCTION)",
        server.origin.removeprefix("http://"),
        "POST /tags?limit=7&order=asc",
        ENTITY,
        "Zahlung an Müller & Söhne",
        '"total_amount": 1234567',
    ):
        assert shown in text, shown
    assert "s3cret-of-body" not in text
    assert methods(server) == []
    production.click("Send")
    (sent,) = server.calls("/v1/tags")
    assert json.loads(sent.body) == {**body, "client_secret": "s3cret-of-body"}
    assert sent.query == [("limit", "7"), ("order", "asc")]
    assert sent.headers["x-monite-entity-id"] == ENTITY


def test_amounts_rates_and_names_of_a_body_are_readable(production, server):
    customer = {"id": OTHER, "type": "organization", "organization": {"legal_name": "Blue Whale Ltd"}}
    server.answers("/v1/counterparts", {"data": [customer]})
    production.good("%monite GET /counterparts")
    body = {
        "type": "invoice",
        "currency": "KWD",
        "counterpart_id": OTHER,
        "line_items": [
            {"quantity": 2, "product": {"name": "Tea ← best", "price": {"currency": "JPY", "value": 1900}}},
            {"quantity": 1, "discount": {"type": "percentage", "amount": 300}},
            {"quantity": 1, "tax_rate_value": 1250, "discount": {"type": "amount", "amount": 300}},
        ],
    }
    text = production.asks(f"%%monite POST /receivables --no-check\n{json.dumps(body)}")
    lines = [line.strip() for line in text.splitlines()]
    assert f'"counterpart_id": "{OTHER}",  ← Blue Whale Ltd' in lines
    assert '"tax_rate_value": 1250,  ← 12.50 %' in lines
    assert '"value": 1900  ← 1,900 JPY' in lines
    assert '"amount": 300  ← 3.00 %' in lines
    assert '"amount": 300  ← 0.300 KWD' in lines
    assert '"name": "Tea ← best",' in lines
    assert '"quantity": 2,' in lines
    production.asks(f"%%monite PATCH /counterparts/{OTHER} --no-check\n{{}}")
    assert f"counterpart_id {OTHER} (Blue Whale Ltd)" in words(
        production.asks(f"%%monite PATCH /counterparts/{OTHER} --no-check\n{{}}")
    )


@pytest.mark.parametrize(
    "header", ["X-MONITE-entity-id", "x-monite-entity-id", "X-Monite-Entity-Id", "X_Monite_Entity_Id"]
)
def test_an_entity_by_header_is_the_one_that_is_shown_sent_and_recorded(production, server, header):
    organization = {"id": OTHER, "type": "organization", "organization": {"legal_name": "Blue Whale Ltd"}}
    server.answers("/v1/entities", {"data": [organization]})
    production.good("%monite GET /entities")
    text = production.asks(CELL.replace("-o made", f"-o made -H '{header}: {OTHER}'"))
    assert f"{OTHER} (Blue Whale Ltd)" in words(text)
    assert ENTITY not in text
    production.click("Send")
    (sent,) = server.calls("/v1/tags")
    assert sent.headers["x-monite-entity-id"] == OTHER
    assert [name for name in sent.headers if "entity" in name] == ["x-monite-entity-id"]
    assert production.value(f"{SESSION}.history[-1].entity_id") == OTHER


def test_an_entity_by_header_that_is_none_or_another_than_the_option_is_refused(production, server):
    bad = production.run(CELL.replace("-o made", "--no-check -H 'x-monite-ENTITY-id: acme'"))
    assert "is not a UUID" in bad.problem
    two = production.run(CELL.replace("-o made", f"--entity {ENTITY} -H 'x-monite-ENTITY-id: {OTHER}'"))
    assert "two entities" in two.problem
    assert methods(server) == []


def test_a_file_that_changes_before_the_click_is_sent_as_it_was_shown(production, server, folder):
    shown, later = b"%PDF-1.4 as it was shown", b"%PDF-1.4 changed before the click"
    file = folder / "invoice.pdf"
    file.write_bytes(shown)
    server.answers("/v1/files", {"id": "1"})
    text = words(
        production.asks("%monite POST /files --no-check --file file=invoice.pdf --field file_type=payables")
    )
    assert "Field file_type payables" in text
    assert f"invoice.pdf, {len(shown)} bytes, SHA-256 {hashlib.sha256(shown).hexdigest()[:16]}" in text
    file.write_bytes(later)
    production.click("Send")
    (sent,) = server.calls("/v1/files")
    assert shown in sent.body
    assert later not in sent.body


def test_the_fields_of_a_form_are_shown(production, server):
    production.good("name, given = 'Acme\u202e', 's3cret-of-form'")
    line = (
        "%monite POST /tags --no-check -d object_type=payables -d 'name={{ name }}' -d 'sca_code={{ given }}'"
    )
    text = words(production.asks(line))
    assert "Field object_type payables" in text
    assert "Field name Acme\\u202e" in text
    assert "Field sca_code ••••••••" in text
    assert "form-data" not in text
    production.click("Send")
    (sent,) = server.calls("/v1/tags")
    assert b"payables" in sent.body
    assert b"s3cret-of-form" in sent.body


def test_variables_that_change_before_the_click_change_nothing(production, server):
    production.good("label = 'first'")
    text = production.asks('%%monite POST /tags\n{"name": "{{ label }}"}')
    assert '"first"' in text
    production.good("label = 'second'")
    production.click("Send")
    assert json.loads(server.calls("/v1/tags")[0].body) == {"name": "first"}


def test_a_replay_elsewhere_shows_where_it_goes_and_as_whom(production, server, elsewhere):
    production.good(f"ENVIRONMENTS['us'] = replace(ENVIRONMENTS['us'], base_url={elsewhere.url!r})\n")
    elsewhere.answers("/v1/tags", {"id": "2"})
    production.good(CONFIRMED)
    text = production.asks("%monite_history replay last --env us")
    assert "us (PRODUCTION)" in text
    assert elsewhere.origin.removeprefix("http://") in text
    assert "eu (PRODUCTION)" not in text
    assert ENTITY not in text
    production.click("Send")
    assert methods(server) == ["POST"]
    (sent,) = elsewhere.calls("/v1/tags")
    assert sent.body.strip() == b'{"name": "x"}'
    assert "x-monite-entity-id" not in sent.headers


# -- a question ends ----------------------------------------------------------------------------------------


def test_a_cell_that_runs_twice_leaves_one_button_that_sends(production, server):
    production.asks(CELL)
    production.asks(CELL)
    assert "A newer run asked this question again. Nothing was sent." in replaced(
        production.click("Send", older=1)
    )
    assert methods(server) == []
    assert "200 OK" in replaced(production.click("Send"))
    assert production.click("Send", older=1).updates == []
    assert methods(server) == ["POST"]


def test_a_question_about_another_call_leaves_the_first_armed(production, server):
    server.answers("/v1/products", {"id": "1"})
    production.asks(CELL)
    production.asks('%%monite POST /products --no-check\n{"name": "y"}')
    production.click("Send", older=1)
    production.click("Send")
    assert len(server.calls("/v1/tags")) == len(server.calls("/v1/products")) == 1


def test_a_question_ends_after_ten_minutes(production, server):
    clock = (
        "import types, time as _time, monite_magic.session.confirming as confirming\n"
        "confirming.time = types.SimpleNamespace(monotonic=lambda: _time.monotonic() + {})"
    )
    try:
        production.asks(CELL)
        production.good(clock.format(601))
        assert "more than ten minutes old. Nothing was sent." in replaced(production.click("Send"))
        assert methods(server) == []
        production.good(clock.format(0))
        production.asks(CELL)
        production.good(clock.format(590))
        assert "200 OK" in replaced(production.click("Send"))
    finally:
        production.good("confirming.time = _time")


def test_a_question_and_allowed_writes_end_while_the_machine_sleeps(production, server):
    # A monotonic clock stops during the sleep, and the clock on the wall goes on.
    sleep = (
        "import datetime as _dates, monite_magic.session.confirming as confirming\n"
        "class _Later(_dates.datetime):\n"
        "    @classmethod\n"
        "    def now(cls, tz=None): return _dates.datetime.now(tz) + _dates.timedelta(hours=8)\n"
        "confirming.datetime = _Later"
    )
    try:
        production.good("%monite_use --allow-writes 60")
        production.good(sleep)
        production.asks(CELL)
        production.good(f"confirming.datetime = _dates.datetime\n%monite_use --entity {ENTITY}")
        production.asks(CELL)
        production.good(sleep)
        assert "more than ten minutes old. Nothing was sent." in replaced(production.click("Send"))
        assert methods(server) == []
    finally:
        production.good("confirming.datetime = _dates.datetime")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("%monite_logout", "You have logged out since you were asked"),
        (f"%monite_login --env eu --entity {ENTITY}", "The session has changed since you were asked"),
        (f"%monite_use --entity {ENTITY}", "The session has changed since you were asked"),
        ("%monite_use --partner", "The session has changed since you were asked"),
        ("%monite_login --env local", "The session has changed since you were asked"),
    ],
)
def test_logging_in_and_out_and_switching_end_a_question(production, server, line, reason):
    production.asks(CELL)
    production.good(line)
    assert f"{reason}. Nothing was sent." in replaced(production.click("Send"))
    assert methods(server) == []


def test_unloading_the_extension_ends_a_question_and_a_plan(production, server, folder):
    (folder / "tags.csv").write_text("name\nnew\n")
    production.asks(CELL)
    production.good("%monite_push POST /tags tags.csv", answers=[])
    production.good("%unload_ext monite_magic")
    try:
        for button in ("Send", "Send 1 rows"):
            shown = replaced(production.click(button))
            assert "The extension was unloaded since you were asked. Nothing was sent." in shown
        assert "POST" not in methods(server)
    finally:
        production.good("%load_ext monite_magic")


# -- writes that are allowed --------------------------------------------------------------------------------


def test_each_allowed_write_says_so(production, server):
    production.good("%monite_use --allow-writes 5")
    for _ in range(2):
        ran = production.good(CELL.replace("-o made", ""))
        assert "Sent without confirmation: writes are allowed for 5 min." in words(ran.text)
    assert "writes are allowed" in words(production.good(CELL).text)  # in the line that -o leaves
    assert "Sent without confirmation" not in words(production.good("%monite GET /tags").text)
    assert methods(server) == ["POST", "POST", "POST", "GET"]


@pytest.mark.parametrize(
    "line",
    [
        f"%monite_login --env eu --entity {ENTITY}",
        f"%monite_use --entity {ENTITY}",
        "%monite_use --partner",
        "%monite_use --env eu",
        f"%monite_use --entity {OTHER}\n%monite_use --entity {ENTITY}",
        f"%monite_logout\n%monite_login --env eu --entity {ENTITY}",
    ],
)
def test_allowed_writes_end_with_each_log_in_and_switch(production, server, line):
    production.good("%monite_use --allow-writes 60")
    production.good(line)
    production.asks(CELL)
    assert methods(server) == []


def test_writes_are_allowed_for_one_entity(production, server):
    production.good("%monite_use --allow-writes 5")
    for entity in (f"--entity {OTHER}", f"-H 'X-MONITE-entity-id: {OTHER}'"):
        assert OTHER in production.asks(CELL.replace("-o made", entity))
    assert methods(server) == []
    production.good(CELL.replace("-o made", f"--entity {ENTITY}"))
    assert methods(server) == ["POST"]


@pytest.mark.parametrize("minutes", ["61", "60.5", "1e9", "inf", "nan"])
def test_writes_are_allowed_for_an_hour_at_most(production, server, minutes):
    production.run(f"%monite_use --allow-writes {minutes}")
    production.asks(CELL)
    assert methods(server) == []
    assert "at most 60 minutes" in production.run("%monite_use --allow-writes 61").problem
    production.good("%monite_use --allow-writes 60")
    production.good(CELL)


def test_allowed_writes_end_by_the_clock(production, server):
    production.good("%monite_use --allow-writes 0.0005")
    production.good("import time; time.sleep(0.1)")
    production.asks(CELL)
    assert methods(server) == []


# -- consent that is carried by a file ----------------------------------------------------------------------


def test_the_first_yes_with_a_person_asks_once_and_headless_runs_honour_it(production, server):
    production.good(f"{SESSION}.yes_confirmed_at.clear()")
    production.good(CONFIRMED)  # a run without a person
    assert methods(server) == ["POST"]
    production.asks(CONFIRMED)
    production.click("Don't send")
    production.asks(CONFIRMED)  # declining gives no consent
    assert methods(server) == ["POST"]
    production.click("Send")
    assert methods(server) == ["POST"] * 2
    production.good(CONFIRMED, answers=[])
    assert methods(server) == ["POST"] * 3


def test_a_yes_that_was_confirmed_at_one_host_is_none_at_another(production, server):
    production.good(f"{SESSION}.yes_confirmed_at.clear()")
    other = server.url.replace("127.0.0.1", "localhost")
    production.good(f"ENVIRONMENTS['us'] = replace(ENVIRONMENTS['us'], base_url={other!r})")
    production.asks(CONFIRMED)
    production.click("Send")
    production.good(f"%monite_login --env us --entity {ENTITY}", answers=[])
    production.asks(CONFIRMED)
    production.asks("%monite_use --allow-writes 5")
    assert methods(server) == ["POST"]
    production.click("Allow writes")
    production.good(CELL, answers=[])
    production.good(f"%monite_login --env eu --entity {ENTITY}", answers=[])
    production.good(CONFIRMED, answers=[])
    assert methods(server) == ["POST"] * 3


def test_allowing_writes_asks_a_person_once_and_headless_runs_honour_it(production, server):
    production.good(f"{SESSION}.yes_confirmed_at.clear()")
    text = production.asks("%monite_use --allow-writes 5")
    for shown in ("without a question for 5 minutes?", "eu (PRODUCTION)", ENTITY):
        assert shown in text, shown
    production.asks(CELL)  # nothing is allowed before the click
    production.asks("%monite_use --allow-writes 5")
    production.click("Keep asking")
    production.asks(CELL)
    production.asks("%monite_use --allow-writes 7")
    assert "allowed for another 7 min" in replaced(production.click("Allow writes"))
    assert methods(server) == []
    production.good(CELL, answers=[])
    assert methods(server) == ["POST"]
    production.good("%monite_use --allow-writes 3", answers=[])  # the person has said yes in this kernel
    production.good(f"{SESSION}.yes_confirmed_at.clear()")
    production.good("%monite_use --allow-writes 4")  # a run without a person


def test_allowing_writes_where_nobody_is_asked_is_no_consent_for_production(production, server):
    production.good(f"{SESSION}.yes_confirmed_at.clear()")
    production.good("%monite_login --env local", answers=[])
    production.good("%monite_use --allow-writes 5", answers=[])
    production.good(f"%monite_login --env eu --entity {ENTITY}", answers=[])
    production.asks(CONFIRMED)
    production.asks("%monite_use --allow-writes 5")
    assert methods(server) == []


def test_too_many_minutes_leave_the_session_where_it_is(production):
    assert "at most 60 minutes" in production.run(f"%monite_use --entity {OTHER} --allow-writes 90").problem
    assert production.value(f"{SESSION}.profile.entity_id") == ENTITY


def test_in_the_simulator_and_on_loopback_a_person_is_asked_nothing(kernel, server, variables):
    server.answers("/v1/tags", {"id": "1"})
    kernel.good("%monite_simulator reset\n%monite_login --env local", answers=[])
    kernel.good(CONFIRMED, answers=[])
    kernel.good(CELL.replace('"x"', '"y"'), answers=[])
    kernel.good(
        f"from monite_magic.core.environments import ENVIRONMENTS\n"
        f"ENVIRONMENTS['eu'] = __import__('dataclasses').replace(ENVIRONMENTS['eu'], "
        f"base_url='https://api.monite.com/v1')\nos.environ.update({variables})"
    )
    kernel.good(f"%monite_login --base-url {server.url} --entity {ENTITY}", answers=[])
    kernel.good(CELL, answers=[])
    assert methods(server) == ["POST"]
