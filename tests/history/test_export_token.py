"""A call exported with the call that gets its token runs with a client ID and a secret alone."""

import json
import re
import shutil
import sys
from dataclasses import replace

import pytest

from monite_magic.cell.reading import parse
from monite_magic.core.environments import ENVIRONMENTS
from monite_magic.core.errors import RequestError
from monite_magic.history import export_call, import_text, recipe_of_filled, token_recipe

FORMS = ["curl", "httpx"]
needs_jq = pytest.mark.skipif(shutil.which("jq") is None, reason="the curl command reads the token with jq")


def exported(line, form, environment, *, entity=None, user=None):
    recipe = recipe_of_filled(parse(line).fill({}), environment, entity_id=entity)
    return export_call(recipe, form, token_recipe(environment, entity_user_id=user))


def ran(code, form, run, variables):
    """Run an exported call and return the JSON of its answer."""
    if form == "curl":
        return json.loads(run(["sh", "-ec", f"{code} --silent --fail"], variables=variables))
    status, _, body = run([sys.executable, "-c", code], variables=variables).partition(" ")
    assert status == "200"
    return json.loads(body)


@pytest.fixture
def pair(served):
    return {name: served.variables[name] for name in ("MONITE_CLIENT_ID", "MONITE_CLIENT_SECRET")}


@needs_jq
@pytest.mark.parametrize("form", FORMS)
def test_it_gets_the_partners_token_first(form, served, pair, run):
    code = exported("GET /entities?limit=1", form, served.environment)
    assert code.needs == ("MONITE_CLIENT_ID", "MONITE_CLIENT_SECRET")
    assert ran(code, form, run, pair)["data"][0]["id"] == served.entity_id


@needs_jq
@pytest.mark.parametrize("form", FORMS)
def test_it_gets_the_users_token_first(form, served, pair, run):
    user = served.variables["MONITE_ENTITY_USER_ID"]
    code = exported("GET /entity_users/me", form, served.environment, entity=served.entity_id, user=user)
    assert ran(code, form, run, pair)["id"] == user


@needs_jq
@pytest.mark.parametrize("form", FORMS)
def test_the_simulator_of_a_kernel_is_called_where_it_is_served(form, served, pair, run):
    code = exported("GET /entities?limit=1", form, ENVIRONMENTS["local"])
    assert code.needs == ("MONITE_BASE_URL", "MONITE_CLIENT_ID", "MONITE_CLIENT_SECRET")
    variables = pair | {"MONITE_BASE_URL": served.environment.base_url}
    assert ran(code, form, run, variables)["data"][0]["id"] == served.entity_id
    assert "--env-file simulator.env" in repr(code)
    assert "# MONITE_CLIENT_ID, MONITE_CLIENT_SECRET: your pair, in simulator.env." in repr(code)


@needs_jq
@pytest.mark.parametrize("form", FORMS)
def test_a_wrong_secret_is_seen(form, served, pair, run):
    code = exported("GET /entities", form, served.environment)
    wrong = pair | {"MONITE_CLIENT_SECRET": "wr0ng-s3cret"}
    with pytest.raises(AssertionError, match="401"):
        ran(code, form, run, wrong)


@pytest.mark.parametrize("form", FORMS)
def test_it_shows_the_two_calls_and_no_secret(form):
    code = exported("GET /payables", form, ENVIRONMENTS["sandbox"], user="u-7")
    assert re.search(r"auth/token", code)
    assert code.index("/auth/token") < code.index("Authorization") < len(code)
    assert '"grant_type": "entity_user"' in code
    assert '"entity_user_id": "u-7"' in code
    assert "MONITE_CLIENT_SECRET" in code
    assert "from the partner portal" in repr(code)


@pytest.mark.parametrize("form", FORMS)
def test_a_call_without_a_token_stays_one_call(form):
    recipe = recipe_of_filled(
        parse("POST /auth/token", '{"grant_type": "client_credentials"}').fill({}), ENVIRONMENTS["sandbox"]
    )
    code = export_call(recipe, form, token_recipe(ENVIRONMENTS["sandbox"]))
    assert code == export_call(recipe, form)


@pytest.mark.parametrize("form", ["http", "sdk"])
def test_other_forms_say_that_they_have_no_token_call(form):
    with pytest.raises(RequestError, match=f"--with-token doesn't go with --as {form}"):
        exported("GET /payables", form, ENVIRONMENTS["sandbox"])


def test_another_way_to_get_tokens_is_not_written():
    with pytest.raises(RequestError, match="token request of tesouro"):
        token_recipe(ENVIRONMENTS["tesouro-sandbox"])


def test_a_version_of_its_own_goes_with_the_token_call():
    environment = replace(ENVIRONMENTS["eu"], api_version="2024-01-31")
    code = exported("GET /payables", "curl", environment)
    assert code.count("X-Monite-Version: 2024-01-31") == 2


def test_the_command_can_be_imported():
    cells = import_text(exported("GET /payables?limit=3", "curl", ENVIRONMENTS["sandbox"])).cells
    assert any(cell.startswith("%monite GET /payables?limit=3") for cell in cells), cells
