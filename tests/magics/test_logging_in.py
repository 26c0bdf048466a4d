"""`%monite_login`, `%monite_status`, `%monite_use` and `%monite_logout` in a real kernel."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

CLIENT_ID = "5f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1"
SECRET = "canary-secret-of-the-test"
ENTITY = "11111111-1111-4111-8111-111111111111"
OTHER_ENTITY = "22222222-2222-4222-8222-222222222222"
USER = "33333333-3333-4333-8333-333333333333"


def write(path, variables):
    path.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))


def assert_partner_exchange(server):
    assert server.exchanges() == [
        {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": SECRET}
    ]
    assert server.calls("/v1/auth/token")[0].headers["x-monite-version"] == "2024-05-25"


def tokens_at(server, path):
    return [call.token for call in server.calls(path)]


# -- where credentials come from ---------------------------------------------------------------------------


def test_from_the_environment(kernel, server, variables):
    kernel.good(f"os.environ.update({variables})")
    ran = kernel.good(f"%monite_login --base-url {server.url}")
    assert "from the environment" in ran.text
    assert "5f2b…a4d1" in ran.text
    assert CLIENT_ID not in ran.text + ran.html
    assert SECRET not in ran.text + ran.html
    assert_partner_exchange(server)


def test_from_dotenv_in_a_folder_above_without_touching_the_environment(kernel, server, variables, folder):
    write(folder / ".env", {**variables, "MONITE_BASE_URL": server.url, "MONITE_ENTITY_ID": ENTITY})
    (folder / "deep" / "er").mkdir(parents=True, exist_ok=True)
    (folder / ".git").mkdir(exist_ok=True)
    kernel.good("os.chdir('deep/er')")
    ran = kernel.good("%monite_login")
    assert "from ../../.env" in ran.text
    assert ENTITY in ran.text
    assert kernel.value("[name for name in os.environ if name.startswith('MONITE_')]") == []
    assert_partner_exchange(server)


def test_a_named_file_is_stronger_than_the_environment(kernel, server, variables, folder):
    write(folder / "mine.env", {**variables, "MONITE_BASE_URL": server.url})
    kernel.good("os.environ.update(MONITE_CLIENT_ID='x', MONITE_CLIENT_SECRET='y')")
    assert "from mine.env" in kernel.good("%monite_login --dotenv mine.env").text
    assert_partner_exchange(server)


def test_a_profile_reads_variables_of_its_own(kernel, server, variables, folder):
    named = {name.replace("MONITE_", "MONITE_ACME_"): value for name, value in variables.items()}
    write(folder / ".env", {**named, "MONITE_ACME_BASE_URL": server.url, "MONITE_CLIENT_ID": "other"})
    assert "acme" in kernel.good("%monite_login --profile acme").text
    assert_partner_exchange(server)
    missing = kernel.run("%monite_login --profile nowhere").problem
    assert "MONITE_NOWHERE_CLIENT_ID" in missing
    assert "Known profiles: acme." in missing


def test_or_local_prefers_credentials(kernel, server, variables):
    kernel.good(f"os.environ.update({variables})")
    ran = kernel.good(f"%monite_login --or-local --base-url {server.url}")
    assert "simulator" not in ran.text
    assert_partner_exchange(server)


def test_or_local_falls_back_and_says_so(kernel):
    ran = kernel.good("%monite_login --or-local")
    assert "No credentials found, so this is the simulator: nothing here is real." in ran.text
    assert "local (simulated)" in ran.text
    assert "local (simulated)" in ran.html


@pytest.mark.parametrize("line", ["--profile acme", "--dotenv nothing.env", "--env eu"])
def test_or_local_falls_back_from_whatever_was_asked_for(kernel, line):
    assert "so this is the simulator" in kernel.good(f"%monite_login --or-local {line}").text


def test_or_local_does_not_pass_over_a_mistake(kernel, folder):
    write(folder / ".env", {"MONITE_CLIENT_ID": CLIENT_ID})
    assert "MONITE_CLIENT_SECRET is missing" in kernel.run("%monite_login --or-local").problem


def test_settings_hold_without_credentials(kernel):
    kernel.good("os.environ['MONITE_ENV'] = 'us'")
    assert "No credentials for us (PRODUCTION)" in kernel.run("%monite_login").problem


def test_the_simulator_needs_no_credentials(kernel):
    assert "nothing here is real" in kernel.good("%monite_login --env local").text
    assert kernel.good("%monite GET /counterparts").text.startswith("\n200 OK")


def test_nobody_to_ask_is_told_the_three_ways(kernel):
    problem = kernel.run("%monite_login").problem
    assert problem.startswith("NoCredentialsError: No credentials for sandbox")
    for way in ("in the environment", ".env", "keyring"):
        assert way in problem
    assert "--env local" in problem
    assert kernel.good("%monite_status").text.strip().startswith("Logged out")


@pytest.mark.parametrize("option", ["", "--form"])
def test_a_person_at_a_notebook_gets_the_form(kernel, option):
    ran = kernel.good(f"%monite_login {option}", answers=[])
    (bundle,) = ran.bundles
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "log-in form" in bundle["text/plain"]


def test_the_form_is_shown_although_there_are_credentials_if_it_is_asked_for(kernel, variables):
    kernel.good(f"os.environ.update({variables})")
    ran = kernel.good("%monite_login --form", answers=[])
    assert "application/vnd.jupyter.widget-view+json" in ran.bundles[0]


# -- what goes wrong ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", [{"answers": []}, {}], ids=["someone", "nobody"])
@pytest.mark.parametrize(
    ("line", "environ"),
    [
        ("--profile acme", {}),
        ("", {"MONITE_CLIENT_ID": CLIENT_ID}),
        ("--not-production", {"MONITE_CLIENT_ID": CLIENT_ID, "MONITE_CLIENT_SECRET": SECRET}),
    ],
    ids=["no such profile", "half of a pair", "nobody answers"],
)
def test_each_refusal_has_a_panel_above_its_error(kernel, folder, line, environ, person):
    write(folder / ".env", {**environ, "MONITE_BASE_URL": "http://127.0.0.1:9/v1"})
    ran = kernel.run(f"%monite_login {line}", **person)
    (panel,) = ran.bundles
    assert panel["text/plain"].startswith("Login failed")
    assert "%monite_login --env local" in panel["text/plain"]
    assert "Login failed" in panel["text/html"]
    assert ran.problem


def test_a_wrong_secret_shows_what_the_exchange_said_and_keeps_the_session(away, server):
    server.forget()
    said = {"error": {"message": f"no client has {SECRET}"}}
    server.answers("/v1/auth/token", said, status=401, headers={"x-request-id": "req-17"})
    problem = away.run(f"%monite_login --base-url {server.url} --api-version 2024-01-31").problem
    assert problem.startswith(
        "TokenError: The token exchange was refused: 401 Unauthorized, no client has ••"
    )
    assert "(request id req-17)" in problem
    assert f"The credentials are from the environment, for {server.url}." in problem
    assert "Calls still go to " in problem
    assert SECRET not in problem
    server.answers("/v1/tags", {"data": []})
    assert away.good("%monite GET /tags").result
    # The token of the session is the one that is revoked, not the one that never came.
    assert "1 token was revoked" in away.good("%monite_logout").text
    assert json.loads(server.calls("/v1/auth/revoke")[0].body)["token"] == tokens_at(server, "/v1/tags")[0]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"content": b"<html>Sign in</html>"}, "but without a token."),
        ({"data": {"access_token": ""}}, "but without a token."),
        ({"data": {}, "status": 404}, "404 Not Found"),
        ({"content": b"gone wrong", "status": 500}, "500 Internal Server Error, gone wrong"),
    ],
)
def test_an_exchange_that_gives_no_token(kernel, server, variables, answer, said):
    server.answers("/v1/auth/token", **answer)
    kernel.good(f"os.environ.update({variables})")
    problem = kernel.run(f"%monite_login --base-url {server.url}").problem
    assert problem.startswith("TokenError: The token exchange ")
    assert said in problem
    assert len(server.exchanges()) == 1


def test_a_name_in_place_of_an_id_is_told_where_ids_are(local):
    assert (
        "%monite GET /entity_users lists the users"
        in local.run("%monite_use --entity-user paul.kern").problem
    )
    assert "%monite GET /entities lists the entities" in local.run("%monite_use --entity bakery").problem


@pytest.mark.parametrize("status", [401, 500])
def test_a_refused_login_says_where_the_credentials_are_from(kernel, server, variables, folder, status):
    write(folder / ".env", {**variables, "MONITE_BASE_URL": server.url})
    server.answers("/v1/auth/token", {"error": {"message": "no"}}, status=status)
    problem = kernel.run("%monite_login").problem
    assert f"The credentials are from .env, for {server.url}." in problem
    assert "--or-local" not in problem
    assert "%monite_login --env local" in kernel.run("%monite_login --or-local").problem


def test_a_login_that_reaches_nobody_says_where_the_credentials_are_from(kernel, variables, folder):
    write(folder / ".env", {**variables, "MONITE_BASE_URL": "http://127.0.0.1:9/v1"})
    assert "The credentials are from .env, for http://127.0.0.1:9/v1." in kernel.run("%monite_login").problem


def test_a_user_who_is_not_there_is_named_and_the_session_stays(local):
    problem = local.run(f"%monite_use --entity-user {USER}").problem
    assert problem.startswith("TokenError: The token exchange was refused: 404 Not Found, Entity user ")
    assert USER in problem
    assert problem.endswith("Check the base URL, and the entity user ID if you set one.")
    assert "200 OK" in local.good("%monite GET /counterparts").text


def test_half_a_pair(kernel, folder):
    write(folder / ".env", {"MONITE_CLIENT_ID": CLIENT_ID})
    problem = kernel.run("%monite_login").problem
    assert problem.startswith("CredentialsError: MONITE_CLIENT_SECRET is missing")
    assert "Traceback" not in problem


def test_an_option_is_named_as_it_was_written(kernel):
    assert "'ftp://x' is not a valid base URL" in kernel.run("%monite_login --base-url ftp://x").problem
    assert "--entity" in kernel.run("%monite_login --env local --entity me").problem
    assert "Did you mean --dotenv" in kernel.run("%monite_login --dotnev x").problem


def test_help_is_printed_and_nothing_done(kernel):
    for magic in ("monite", "monite_login", "monite_use", "monite_status", "monite_logout"):
        ran = kernel.good(f"%{magic} --help")
        assert ran.streams["stdout"].startswith(f"%{magic}")
    assert "Logged out" in kernel.good("%monite_status").text


# -- status and switching ----------------------------------------------------------------------------------


def test_status_tells_all_that_can_be_told(away, server):
    server.answers("/v1/tags", {"data": []})
    away.good("%monite_logout")
    away.good(f"%monite_login --base-url {server.url} --entity {ENTITY} --entity-user {USER}")
    before = away.value("monite_magic.session.session.current().calls")
    away.good("%monite GET /tags")
    ran = away.good("%monite_status")
    for told in (
        f"custom ({server.origin[7:]})",
        "5f2b…a4d1",
        "entity-user token",
        ENTITY,
        USER,
        "2024-05-25",
    ):
        assert told in ran.text
        assert told in ran.html
    assert f"Calls made   {before + 1}" in ran.text
    assert "29 min" in ran.text


def test_another_entity_goes_into_the_header_with_the_same_token(away, server):
    server.answers("/v1/tags", {"data": []})
    away.good("%monite GET /tags")
    switched = away.good(f"other = '{OTHER_ENTITY}'\n%monite_use --entity {{{{ other }}}}").text
    assert re.search(f"^Switched$.*^Entity +{OTHER_ENTITY}$", switched, re.DOTALL | re.MULTILINE)
    assert "Calls made" not in switched
    away.good("%monite GET /tags")
    away.good(f"%monite GET /tags --entity {USER}")
    entities = [call.headers["x-monite-entity-id"] for call in server.calls("/v1/tags")]
    assert entities == [ENTITY, OTHER_ENTITY, USER]
    assert len(server.exchanges()) == 1


def test_the_tokens_of_user_and_partner_are_kept_apart(away, server):
    server.answers("/v1/tags", {"data": []})
    for switch in (
        "",
        f"%monite_use --entity-user {USER}",
        "%monite_use --partner",
        f"%monite_use --entity-user {USER}",
    ):
        away.good(f"{switch}\n%monite GET /tags -o tags")
    partner, user, again, user_again = tokens_at(server, "/v1/tags")
    assert partner == again != user == user_again
    assert [exchange["grant_type"] for exchange in server.exchanges()] == [
        "client_credentials",
        "entity_user",
    ]
    assert server.exchanges()[1]["entity_user_id"] == USER
    assert "2 tokens were revoked" in away.good("%monite_logout").text
    revoked = {json.loads(call.body)["token"] for call in server.calls("/v1/auth/revoke")}
    assert revoked == {partner, user}


def test_profiles_and_environments_are_switched_without_logging_in_again(kernel, server, elsewhere, folder):
    lines = {}
    for name, where in (("ONE", server), ("TWO", elsewhere)):
        lines[f"MONITE_{name}_CLIENT_ID"] = CLIENT_ID
        lines[f"MONITE_{name}_CLIENT_SECRET"] = f"{SECRET}-{name}"
        lines[f"MONITE_{name}_BASE_URL"] = where.url
        where.answers("/v1/entities", {"data": []})
    write(folder / ".env", lines)
    kernel.good("%monite_login --profile one\n%monite GET /entities -o answer")
    kernel.good("%monite_use --profile two\n%monite GET /entities -o answer")
    kernel.good("%monite_use --env local\n%monite GET /entities -o answer")
    assert kernel.value("answer.simulated")
    kernel.good("%monite_use --profile one\n%monite GET /entities -o answer")
    assert [len(each.exchanges()) for each in (server, elsewhere)] == [1, 1]
    first, last = tokens_at(server, "/v1/entities")
    assert first == last
    assert tokens_at(elsewhere, "/v1/entities") not in ([first], [None])
    assert elsewhere.exchanges()[0]["client_secret"] == f"{SECRET}-TWO"


def test_the_profile_without_a_name_is_called_default(kernel, server, elsewhere, folder, variables):
    named = {name.replace("MONITE_", "MONITE_ACME_"): value for name, value in variables.items()}
    lines = {**variables, "MONITE_BASE_URL": server.url, **named, "MONITE_ACME_BASE_URL": elsewhere.url}
    write(folder / ".env", lines)
    kernel.good("%monite_login")
    kernel.good("%monite_use --profile acme")
    assert re.search(r"Environment +custom", kernel.good("%monite_use --profile default").text)
    assert server.origin[7:] in kernel.good("%monite_status").text
    assert [len(each.exchanges()) for each in (server, elsewhere)] == [1, 1]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "RequestError: Nothing to switch. For instance: %monite_use --entity ID"),
        ("--entity acme", "CredentialsError: The entity ID is not a UUID."),
        ("--entity-user acme", "CredentialsError: The entity user ID is not a UUID."),
        ("--env eu", "CredentialsError: No credentials for environment eu."),
        ("--profile acme", "MONITE_ACME_CLIENT_ID"),
        ("--env mars", "Choose one of local, sandbox, eu, us, tesouro-sandbox, tesouro."),
        (f"--partner --entity-user {USER}", "RequestError: "),
        ("--entity {{ nothing }}", "Variable 'nothing' is not defined"),
    ],
)
def test_a_switch_that_fails_changes_nothing(local, line, said):
    before = local.good("%monite_status").text
    assert said in local.run(f"%monite_use {line}").problem
    assert local.good("%monite_status").text.split("Time left")[0] == before.split("Time left")[0]


def test_switching_needs_a_log_in(kernel):
    assert "Run %monite_login first" in kernel.run(f"%monite_use --entity {ENTITY}").problem


# -- logging out -------------------------------------------------------------------------------------------


def test_logging_out_revokes_and_forgets(away, server):
    ran = away.good("%monite_logout")
    assert "1 token was revoked at the server." in ran.text
    (revoke,) = server.calls("/v1/auth/revoke")
    body = json.loads(revoke.body)
    assert (body["client_id"], body["token"]) == (CLIENT_ID, revoke.token)
    assert "Run %monite_login first" in away.run("%monite GET /tags").problem
    assert "You were not logged in." in away.good("%monite_logout").text
    assert len(server.calls("/v1/auth/revoke")) == 1


def test_logging_out_forgets_also_where_revoking_fails(away, server):
    server.answers("/v1/auth/revoke", {"error": {"message": "not now"}}, status=500)
    ran = away.good("%monite_logout")
    assert "The token could not be revoked: 500 Internal Server Error, not now" in ran.text
    assert "Run %monite_login first" in away.run("%monite GET /tags").problem


def test_who_is_switched_to_is_named_if_an_answer_told(local):
    user_id = local.value("monite_magic.simulator.default().credentials['MONITE_ENTITY_USER_ID']")
    unnamed = local.good(f"%monite_use --entity-user {user_id}").text
    assert user_id in unnamed
    assert "(" not in unnamed.split("Entity user")[1]
    local.good("%monite_use --partner\n%monite GET /roles -o roles\n%monite GET /entity_users -o users\n")
    local.good("%monite GET /entities -o entities")
    name, role = local.value("[users.items[0]['first_name'], roles.items[0]['name']]")
    entity = local.value("entities.items[0]['organization']['legal_name']")
    shown = local.good(f"%monite_use --entity-user {user_id}").text
    assert f"({name} " in shown
    assert f", role {role})" in shown
    assert f"({entity})" in shown
    assert f", role {role})" in local.good("%monite_status").text
    local.good("%monite_use --partner")


def test_the_time_left_is_told_from_the_simulators(local):
    assert "clock was changed" not in local.good("%monite_status").text
    local.good("%monite_simulator clock advance 31 minutes")
    assert "clock was changed" in local.good("%monite_status").text
    local.good("%monite_simulator clock reset")
    assert "clock was changed" not in local.good("%monite_status").text


# -- a served simulator ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def served(folder):
    """A simulator in a separate process; its variables are in `served.env`."""
    command = [sys.executable, "-m", "monite_magic.simulator", "--env-file", str(folder / "served.env")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with process:
        assert "serves" in process.stdout.readline()
        yield process
        process.terminate()
        process.stdout.read()
    assert process.returncode == 0


@pytest.mark.usefixtures("served")
def test_a_served_simulator_is_used_like_any_server(kernel):
    kernel.good("%monite_login --dotenv served.env")
    kernel.good("%monite GET /counterparts -q limit=1 -o listed")
    assert "simulated)" in kernel.good("listed").text
    user = kernel.value("monite_magic.session.session.current().profile.entity_user_id")
    kernel.good("%monite_use --partner\n%monite GET /entities -o entities")
    kernel.good(f"%monite_use --entity-user {user}\n%monite GET /entity_users/me -o me")
    assert kernel.value("me['id']") == user
    assert "revoked at the server" in kernel.good("%monite_logout").text


def test_a_token_without_a_lifetime_says_what_is_assumed(kernel, server, variables):
    server.answers("/v1/auth/token", {"access_token": "a-token-of-this-test"})
    kernel.good(f"os.environ.update({variables})")
    ran = kernel.good(f"%monite_login --base-url {server.url}")
    assert "renewed automatically (assumed: the server didn't state a lifetime)" in " ".join(ran.text.split())
