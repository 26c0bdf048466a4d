"""`%monite_help`, `%monite_new`, `%monite_catalogue`, `%monite_simulator`, and what the form does."""

from __future__ import annotations

import json

import pytest

SUBMIT = """
from pathlib import Path
from monite_magic.session import session
from monite_magic.jupyter import status
from monite_magic.api.credentials import Credentials, Profile
from monite_magic.core.environments import find_environment
def submit(secret, url):
    pair = Credentials.parse("5f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1", secret)
    profile = Profile(None, find_environment(base_url=url), pair, source="the form")
    return status.form_outcome(session.current(), profile, Path(".env"))
"""


def test_help_shows_an_operation(kernel):
    assert "POST /tags" in kernel.good("%monite_help POST /tags").text
    problem = kernel.run("%monite_help POST /counterpart").problem
    assert "Did you mean /counterparts" in problem


def test_help_takes_a_question_as_people_write_it(kernel):
    assert (
        "/payables/{payable_id}/submit_for_approval"
        in kernel.good('%monite_help why can\'t a "bill" be approved').text
    )
    kernel.good("bill = {'id': 'abc'}")
    assert "GET /payables/{payable_id}" in kernel.good('%monite_help GET /payables/{{ bill["id"] }}').text


def test_a_draft_is_put_into_the_next_cell_and_printed(kernel):
    ran = kernel.good("%monite_new POST /tags")
    assert ran.streams["stdout"].startswith('%%monite POST /tags\n{\n  "name": ')


def test_a_catalogue_is_loaded_and_taken_back(kernel, folder):
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Small", "version": "2030-01-01"},
        "paths": {"/things": {"get": {"responses": {"200": {"description": "ok"}}}}},
    }
    (folder / "small.json").write_text(json.dumps(document))
    ran = kernel.good("%monite_catalogue load small.json")
    assert "2030-01-01" in ran.text
    assert "small.json" in ran.text
    assert "small.json" in kernel.good("%monite_catalogue").text
    kernel.good(
        "from monite_magic import catalogue\ncatalogue.use(catalogue.from_openapi(" + repr(document) + "))"
    )
    assert "made in this kernel" in kernel.good("%monite_catalogue").text
    assert "2024-05-25" in kernel.good("%monite_catalogue reset").text
    assert "packaged" in kernel.good("%monite_catalogue").text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("load no.json", "File not found: no.json"),
        ("load", "Write %monite_catalogue load FILE-or-URL."),
        ("unload", "Did you mean load?"),
    ],
)
def test_a_catalogue_that_is_none(kernel, line, said):
    assert said in kernel.run(f"%monite_catalogue {line}").problem
    assert "packaged" in kernel.good("%monite_catalogue").text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("frobnicate", "Choose one of state"),
        ("seed x", "Unknown seed: x."),
        ("clock advance soon", "a duration"),
        ("explain", "explain takes an object and its ID"),
        ("explain receivable x", "explain takes an object and its ID"),
        ("explain payable x", "has no payable x"),
    ],
)
def test_a_simulator_that_does_not_understand(local, line, said):
    assert said in local.run(f"%monite_simulator {line}").problem
    assert "200 OK" in local.good("%monite GET /counterparts").text


def test_the_simulators_clock_ends_a_token_and_the_call_goes_on(local):
    local.good("%monite_simulator clock advance 31 minutes")
    ran = local.good("%monite GET /counterparts")
    assert "sent again with a new one" in ran.text
    local.good("%monite_simulator clock reset")


def test_the_outbox_shows_webhooks_too(local):
    hook = {"object_type": "tag", "url": "https://hooks.example.com/x"}
    local.good(f"%%monite POST /webhook_subscriptions\n{json.dumps(hook)}")
    local.good('%%monite POST /tags\n{"name": "late"}')
    shown = local.good("%monite_simulator outbox").text
    assert "https://hooks.example.com/x" in shown
    assert "tag.created" in shown
    assert "not sent" in shown


def test_events_show_a_cause_and_its_effects_in_order(local):
    hook = {"object_type": "payable", "url": "https://hooks.example.com/x"}
    local.good(f"%%monite POST /webhook_subscriptions\n{json.dumps(hook)}")
    local.good('%%monite POST /payables -o bill\n{"currency": "EUR", "document_id": "E-7"}')
    local.good("%monite POST /payables/{{ bill['id'] }}/cancel")
    bill = local.value("bill['id']")
    lines = local.good(f"%monite_simulator events {bill}").text.splitlines()
    [created, told, canceled, told_again] = [line for line in lines if "payable." in line]
    assert "payable.created" in created
    assert "draft" in created
    assert "POST /payables" in created
    assert "webhook payable.created" in told
    assert "draft → canceled" in canceled
    assert "POST /payables/" in canceled
    assert "webhook payable.canceled" in told_again
    assert "seed" not in local.good("%monite_simulator events POST /payables").text


def test_it_is_explained_why_a_policy_applies(local):
    user = "client = __import__('monite_magic').simulator.default().credentials['MONITE_ENTITY_USER_ID']"
    local.good(user)
    body = {
        "name": "Large bills",
        "trigger": {"all": ["{event_name == 'submitted_for_approval'}", "{invoice.amount > 90000}"]},
        "script": [
            {"call": "ApprovalRequests.request_approval_by_users", "params": {"user_ids": ["{{ client }}"]}}
        ],
    }
    local.good(f"%%monite POST /approval_policies -o policy\n{json.dumps(body)}")
    local.good('%%monite POST /payables -o bill\n{"currency": "EUR", "document_id": "E-8"}')
    bill = local.value("bill['id']")
    shown = " ".join(local.good(f"%monite_simulator explain payable {bill}").text.split())
    assert "Payable E-8 is draft (simulated)" in shown
    assert "Large bills" in shown
    assert "invoice.amount is null" in shown
    assert "It has not been submitted" in shown


def test_what_the_form_enters_logs_in_and_is_written(kernel, server, folder):
    kernel.good(SUBMIT)
    kernel.good(f"outcome = submit('canary-secret-one', {server.url!r})")
    assert kernel.value("(outcome.ok, outcome.question)") == (True, None)
    assert "Written to .env." in kernel.value("outcome.message")
    assert (folder / ".env").stat().st_mode & 0o777 == 0o600
    assert "from the form" in kernel.good("%monite_status").text
    kernel.good(f"outcome = submit('canary-secret-two', {server.url!r})")
    assert "Replace it?" in kernel.value("outcome.question")
    assert "canary-secret-one" in (folder / ".env").read_text()
    kernel.good("outcome = outcome.on_yes()")
    assert "canary-secret-two" in (folder / ".env").read_text()
    kernel.good("%monite_logout")
    assert "from .env" in kernel.good("%monite_login").text


def test_a_wrong_pair_in_the_form_is_said_and_not_written(kernel, server, folder):
    server.answers("/v1/auth/token", {"error": {"message": "no such client"}}, status=401)
    kernel.good(SUBMIT)
    assert "no such client" in kernel.run(f"submit('canary-secret-one', {server.url!r})").problem
    assert not (folder / ".env").exists()


def test_a_seed_says_what_it_forgets(local):
    local.good('%%monite POST /tags\n{"name": "urgent"}')
    shown = local.good("%monite_simulator seed empty").text
    assert "of the seed starter and since: 5 counterparts, 1 tag" in shown
    assert "of the seed empty and since: none yet" in local.good("%monite_simulator seed starter").text
    assert "5 counterparts" in local.good("%monite_simulator reset").text


def test_the_simulator_that_is_steered_is_told_from_the_one_that_is_called(away, server):
    for line in ("clock advance 31 minutes", "clock reset", "state", "fault", "reset"):
        shown = away.good(f"%monite_simulator {line}").text
        assert "This is the simulator in this kernel; your calls go to" in shown
        assert server.url in shown
    away.good("%monite_login --env local")
    assert "in this kernel" not in away.good("%monite_simulator state").text
