"""The API version of the session and of one call: what it picks, what is said, and what another changes."""

from __future__ import annotations

import pytest


@pytest.fixture
def old(kernel):
    """A kernel that is logged in to its simulator, which is as new, with an older API version."""
    kernel.good(
        "%monite_simulator reset\n%monite_login --env local --api-version 2024-01-31\n%monite_history clear"
    )
    return kernel


def test_the_sessions_version_picks_the_catalogue(old):
    shown = old.good("%monite_catalogue").text
    assert "API version  2024-01-31" in shown
    assert "Operations   284" in shown
    assert "Packaged: 2023-09-01, 2024-01-31, 2024-05-25" in shown
    assert "284 operations" in old.good("%monite_help").text
    assert "delivery_notes" not in old.good("%monite_help").text
    assert "/audit_logs/{log_id}" in old.good("%monite_help audit logs").text
    old.good("%monite_login --env local")
    assert "Operations   391" in old.good("%monite_catalogue").text


def test_the_environment_picks_it_too(kernel):
    kernel.good('os.environ["MONITE_API_VERSION"] = "2023-09-01"\n%monite_login --env local')
    assert "Operations   274" in kernel.good("%monite_catalogue").text
    kernel.good("%monite_logout\n%monite_login --or-local")
    assert "Operations   274" in kernel.good("%monite_catalogue").text
    draft = kernel.good("%monite_new POST /counterparts").text
    assert "registered_address" in draft


def test_an_imported_call_keeps_the_version_that_it_had(old):
    call = "%%monite_import\ncurl https://api.sandbox.monite.com/v1/roles -H 'X-Monite-Version: {}'"
    newer = old.good(call.format("2024-05-25")).streams["stdout"].splitlines()[0]
    assert newer == "%monite GET /roles -H 'X-Monite-Version: 2024-05-25'"
    assert "X-Monite-Version    2024-05-25" in old.good(f"{newer} --dry-run").text
    same = old.good(call.format("2024-01-31")).streams["stdout"].splitlines()[0]
    assert same == "%monite GET /roles"


def test_one_call_has_a_version_of_its_own(old):
    assert old.good("%monite GET /audit_logs").result["text/plain"].startswith("200 OK")
    ran = old.run("%monite GET /audit_logs -H 'X-Monite-Version: 2024-05-25'")
    assert "warning: GET /audit_logs is not in API version 2024-05-25 (until 2024-01-31)." in ran.text
    assert "404" in ran.problem
    assert (
        "GET /audit_logs is in the API until 2024-01-31, but the call used version 2024-05-25."
        in " ".join(ran.text.split())
    )
    assert "%monite_catalogue diff 2024-01-31 2024-05-25 /audit_logs" in ran.text


def test_what_only_a_newer_version_has_is_sent_and_said(old):
    ran = old.run("%monite GET /delivery_notes")
    assert "GET /delivery_notes is not in API version 2024-01-31 (since 2024-05-25)." in ran.text
    assert "404" in ran.problem
    assert "x-monite-version: 2024-01-31" in old.good("%monite_history show last").text
    ran = old.good("%monite GET /payables?project_id=8f2a1c9e-5b7d-4c3e-9a1f-2b6d8e4c7a90")
    assert "GET /payables has this parameter since 2024-05-25" in ran.text


def test_a_body_is_held_against_the_version_of_its_call(old):
    body = """{"type": "organization", "organization": {
 "legal_name": "Mill", "is_vendor": true, "is_customer": false,
 "address": {"country": "DE", "city": "Ulm", "postal_code": "89073", "line1": "Platz 1"}}}"""
    problem = old.run(f"%%monite POST /counterparts -H X-Monite-Version:2023-09-01\n{body}").error[
        "traceback"
    ][0]
    assert "organization.registered_address: This field is required" in problem
    assert "This body has it since 2024-01-31." in problem
    assert "(line 4, column 2)" in problem
    assert "201 Created" in old.good(f"%%monite POST /counterparts\n{body}").text
    old_body = body.replace('"address"', '"registered_address"')
    ran = old.good(f"%%monite POST /counterparts -H X-Monite-Version:2023-09-01\n{old_body}")
    assert "201 Created" in ran.text


def test_a_version_without_a_catalogue_uses_the_nearest_older_one_and_only_warns(kernel):
    kernel.good("%monite_simulator reset")
    shown = kernel.good("%monite_login --env local --api-version 2023-06-04").text
    assert "2023-06-04 (checked with the catalogue of 2023-09-01, warnings only)" in shown
    assert (
        "Calls use API version 2023-06-04, which has no catalogue here"
        in kernel.good("%monite_catalogue").text
    )
    ran = kernel.run("%%monite POST /tags\n{}")
    assert "name: This field is required" in ran.text
    assert "Version 2023-06-04 has no catalogue: checked against 2023-09-01 instead." in ran.text
    assert "422" in ran.problem  # it was sent


def test_drafts_and_help_name_the_version(old):
    ran = old.good("%monite_new POST /delivery_notes")
    assert "# Not in API version 2024-01-31 (since 2024-05-25)." in ran.text
    assert "Not in API version 2024-01-31 (until 2023-09-01)." in old.good("%monite_help GET /webhooks").text
    problem = old.run("%monite_help POST /payables --field project_id").problem
    assert "has no field project_id in API version 2024-01-31, only since 2024-05-25." in problem
    assert "No operation" not in old.good("%monite_help GET /audit_logs --field status_code").text


def test_frames_have_the_columns_of_their_version(old):
    columns = "list(monite_magic.last().df().columns)"
    old.good("%monite GET /receivables")
    assert "line_items" in old.value(columns)
    assert "project_id" in old.value(columns)
    old.good("%monite GET /receivables -H X-Monite-Version:2023-09-01")
    assert "project_id" not in old.value(columns)
    assert "counterpart_address.line1" in old.value(columns)


def test_all_pages_go_out_with_the_version_of_the_first(old):
    for name in ("a", "b", "c"):
        old.good(f'%%monite POST /tags\n{{"name": "{name}"}}')
    old.good("%monite_history clear")
    old.good("%monite GET /tags?limit=1 -H X-Monite-Version:2023-09-01 --all")
    old.good(
        "page = monite_magic.current_client().get('/tags', params={'limit': 2}, "
        "headers={'X-Monite-Version': '2023-09-01'})\npage = page.next()"
    )
    sent = "[c.request.headers['x-monite-version'] for c in monite_magic.session.session.current().history]"
    assert set(old.value(sent)) == {"2023-09-01"}
    assert len(old.value(sent)) >= 5


@pytest.mark.parametrize(("session", "call"), [("2024-05-25", "2024-01-31"), ("2023-09-01", "2024-05-25")])
def test_an_expired_token_is_renewed_in_the_way_of_the_calls_version(kernel, session, call):
    kernel.good(f"%monite_simulator reset\n%monite_login --env local --api-version {session}")
    kernel.good("%monite_simulator clock advance 31 minutes")
    ran = kernel.good(f"%monite GET /tags -H X-Monite-Version:{call}")
    assert "sent again with a new one" in ran.text
    kernel.good("%monite_simulator clock reset")


# -- what changes ---------------------------------------------------------------------------------------


def test_what_an_upgrade_changes_with_the_operations_in_use_first(old):
    old.good("%monite GET /mailbox_domains")
    shown = old.good("%monite_catalogue diff 2024-01-31 2024-05-25 mailbox").text
    lines = [line for line in shown.splitlines() if "/mailbox" in line]
    assert "* GET /mailbox_domains" in lines[0]
    assert "the success status changed from 200 to 201" in shown
    assert "Operations that this session has called come first, marked with *." in shown
    unused = old.good("%monite_catalogue diff 2024-01-31 2024-05-25 /audit_logs").text
    assert "the operation was removed" in unused
    assert "marked with *" not in unused


def test_the_changes_of_one_operation_or_a_concrete_path(old):
    shown = old.good("%monite_catalogue diff 2023-09-01 2024-01-31 POST /overdue_reminders").text
    assert "body term is now refused" in shown
    assert "body terms is new" in shown
    assert "GET /overdue" not in shown
    path = "/overdue_reminders/8f2a1c9e-5b7d-4c3e-9a1f-2b6d8e4c7a90"
    assert (
        "PATCH /overdue_reminders/" in old.good(f"%monite_catalogue diff 2023-09-01 2024-01-31 {path}").text
    )
    assert "There are none." in old.good("%monite_catalogue diff 2023-09-01 2024-01-31 xyzzy").text


def test_the_changes_as_markdown_for_a_ticket(old):
    ran = old.good("%monite_catalogue diff 2023-09-01 2024-01-31 webhook_settings --as markdown")
    text = ran.streams["stdout"]
    assert text.startswith("## Monite API 2023-09-01 → 2024-01-31, webhook_settings\n")
    assert "### Breaks calls" in text
    assert "`DELETE /webhook_settings/{webhook_subscription_id}`" in text
    nothing = old.good("%monite_catalogue diff 2024-01-31 2024-01-31 --as markdown").streams["stdout"]
    assert nothing.strip().endswith("No changes.")
    whole = old.good("%monite_catalogue diff 2024-01-31 2024-05-25 --as markdown").streams["stdout"]
    assert whole.count("### New or wider") == 1
    assert whole.count("- the operation is new: ") == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("diff", "diff takes two API versions"),
        ("diff 2024-01-31", "Available: 2023-09-01, 2024-01-31, 2024-05-25."),
        ("diff 2024-01-31 2030-01-01", "No catalogue for API version 2030-01-01"),
        ("--as markdown", "--as can only be used with diff"),
        ("load a b", "load takes one file or URL."),
        ("reset now", "Unexpected argument: now."),
    ],
)
def test_a_comparison_that_makes_no_sense(kernel, line, said):
    assert said in kernel.run(f"%monite_catalogue {line}").problem


def test_a_call_is_replayed_with_another_version_and_the_two_are_compared(old):
    old.good("%monite GET /roles")
    first = old.value("[c.number for c in monite_magic.session.session.current().history][-1]")
    ran = old.good(f"%monite_history replay {first} --api-version 2024-05-25")
    assert "200 OK" in ran.text
    shown = old.good(f"%monite_history diff {first} last").text
    assert "API versions 2024-01-31 and 2024-05-25." in shown
    assert "%monite_catalogue diff 2024-01-31 2024-05-25 /roles shows the documented changes." in shown
    assert "delivery_note" in shown
    # The version of a call's own header goes with it when it is sent again.
    old.good("%monite_history replay last")
    assert "x-monite-version: 2024-05-25" in old.good("%monite_history show last").text
    assert (
        "--api-version can only be used with replay"
        in old.run("%monite_history --api-version 2024-05-25").problem
    )
    assert "is not a date" in old.run(f"%monite_history replay {first} --api-version new").problem


def test_completion_knows_the_versions(old):
    old.good(
        "from monite_magic.jupyter.assist import hooks, completion\nfrom monite_magic.session import session"
    )

    def offered(cell):
        line, column = cell.count("\n"), len(cell.rpartition("\n")[2])
        situation = "hooks._situation(get_ipython(), session.current)"
        choices = f"completion.complete({situation}, {cell!r}, {line}, {column}).choices"
        return old.value(f"[choice.text for choice in {choices}]")

    versions = ["2024-05-25", "2024-01-31", "2023-09-01"]
    assert offered("%monite_login --api-version ") == versions
    assert offered("%monite_history replay 1 --api-version 2024") == versions[:2]
    assert offered("%monite GET /tags -H x-mo") == [f"X-Monite-Version:{each}" for each in versions]
    assert offered("%monite GET /tags -H X-Monite-Version:2023") == ["2023-09-01"]
    assert offered("%monite GET /tags -H Accept:") == []
    assert offered("%monite_catalogue diff 2024-01-31 ") == ["2023-09-01", "2024-05-25"]
    assert "/payables" in offered("%monite_catalogue diff 2024-01-31 2024-05-25 /paya")
    assert offered("%monite_catalogue load ") == []
    assert offered("%monite GET /delivery") == []
    assert offered("%monite GET -H X-Monite-Version:2024-05-25 /delivery")[0] == "/delivery_notes"
    line = '%%monite POST /counterparts -H "X-Monite-Version: 2023-09-01"'
    assert offered(line + '\n{"type": "organization", "organization": {"reg') == ['"registered_address": ']


def test_a_word_of_a_path_that_another_version_has_is_not_taken_for_an_id(old):
    ran = old.run("%monite GET /payables/analytics")
    assert "GET /payables/analytics is not in API version 2024-01-31 (since 2024-05-25)." in ran.text
    shown = old.good("%monite_help GET /receivables/required_fields").text
    assert "Not in API version 2024-01-31 (since 2024-05-25)." in shown
    assert "GET /receivables/required_fields" in shown
    # Nor is a slip of the pen an operation of another version.
    assert "payable_id: frogs is not a UUID" in old.run("%monite GET /payables/frogs").problem


def test_a_version_that_the_api_does_not_have(old):
    shown = old.run("%monite GET /tags -H X-Monite-Version:2030-01-01").text
    assert "The API version was not accepted." in shown
    assert "The documented versions are 2023-09-01, 2024-01-31, 2024-05-25." in shown
    assert "Name one of them in X-Monite-Version, or leave that header out." in shown
    # A failed login leaves the session as it was, and doesn't say that there is none.
    shown = old.run("%monite_login --env local --api-version 2030-01-01").text
    assert "Login failed" in shown
    assert "Not logged in" not in shown
    assert "2024-01-31" in old.good("%monite_status").text


def test_only_versions_with_catalogues_are_compared(old):
    old.good("%monite GET /tags")
    old.run("%monite_history replay last --api-version 2023-02-07")
    numbers = old.value("[c.number for c in monite_magic.session.session.current().history][-2:]")
    shown = old.good("%monite_history diff {} {}".format(*numbers)).text
    assert "API versions 2024-01-31 and 2023-02-07." in shown
    assert "%monite_catalogue diff 2023-09-01 2024-01-31 /tags shows the documented changes." in shown


def test_the_changes_are_said_in_full_and_with_the_names_of_the_path(old):
    table = old.good("%monite_catalogue diff 2024-01-31 2024-05-25 /accounting_connections").text
    assert "path parameter connection_id changed from" in " ".join(table.split())
    assert "{0}" not in table
    wide = old.good("%monite_catalogue diff 2024-01-31 2024-05-25 /approval_requests").text
    for value in ("approval_policy_process", "delivery_note", "payables_credit_note", "ocr_task", "mailbox"):
        assert value in wide
