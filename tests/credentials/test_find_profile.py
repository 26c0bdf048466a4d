"""Where credentials and settings come from, and which place wins."""

import os
import sys
import types

import pytest

from monite_magic.api.credentials import (
    Credentials,
    NoCredentialsError,
    Profile,
    find_profile,
    profile_of_options,
    save_profile,
)
from monite_magic.api.sources import variable_prefix
from monite_magic.core.environments import ENVIRONMENTS, find_environment
from monite_magic.core.errors import CredentialsError
from monite_magic.core.masking import Secret

ONE = "11111111-1111-4111-8111-111111111111"
TWO = "22222222-2222-4222-8222-222222222222"
ENTITY = "33333333-3333-4333-8333-333333333333"
USER = "44444444-4444-4444-8444-444444444444"
SECRET = "canary-secret-7a1f"
PAIR = {"MONITE_CLIENT_ID": ONE, "MONITE_CLIENT_SECRET": SECRET}


@pytest.fixture
def find(tmp_path):
    """`find_profile` in an empty folder, with an empty environment and no keyring."""

    def call(**options):
        return find_profile(**{"start": tmp_path, "environ": {}, "keyring": False, **options})

    return call


@pytest.fixture
def dotenv(tmp_path):
    """Write lines into the folder's `.env`."""

    def write(*lines, name=".env"):
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n")
        path.chmod(0o600)
        return path

    return write


def nothing(find, **options):
    """What is found beside credentials, of which there are none."""
    with pytest.raises(NoCredentialsError) as caught:
        find(**options)
    assert caught.value.settings.credentials is None
    return caught.value.settings


def test_nothing_anywhere_is_an_error_that_says_where_it_looked(find, dotenv):
    with pytest.raises(
        NoCredentialsError, match=r"^No credentials in the environment\. Set MONITE_CLIENT_ID"
    ):
        find()
    dotenv("OTHER=1")
    with pytest.raises(NoCredentialsError, match=r"in the environment, \.env or the keyring\. Set"):
        find(keyring=True)


def test_settings_without_credentials_hold_for_those_that_are_typed(find, dotenv):
    dotenv("MONITE_ENV=eu", f"MONITE_ENTITY_ID={ENTITY}", "MONITE_ACME_ENV=us")
    settings = nothing(find, entity_user=USER)
    assert settings.environment == ENVIRONMENTS["eu"]
    assert (settings.entity_id, settings.entity_user_id) == (ENTITY, USER)
    assert nothing(find, environ={"MONITE_ENV": "sandbox"}).environment == ENVIRONMENTS["sandbox"]
    assert nothing(find, profile="acme").environment == ENVIRONMENTS["us"]
    assert nothing(find, profile="acme").name == "acme"


def test_options_alone_make_a_profile_without_credentials():
    profile = profile_of_options(profile="acme", env="eu", entity=ENTITY, api_version="2024-01-31")
    assert profile == Profile(
        "acme", ENVIRONMENTS["eu"].with_version("2024-01-31"), None, ENTITY, source=profile.source
    )
    with pytest.raises(CredentialsError, match="--entity is not a UUID"):
        profile_of_options(entity="me")


def test_default_is_the_profile_without_a_name(find):
    assert find(environ=PAIR, profile="default") == find(environ=PAIR)


def test_the_process_environment_is_used(find):
    profile = find(environ=PAIR)
    assert profile.credentials == Credentials(ONE, Secret(SECRET))
    assert profile.environment == ENVIRONMENTS["sandbox"]
    assert profile.source == "the environment"
    assert profile.name is None


def test_os_environ_is_the_default_and_stays_untouched(find, dotenv, monkeypatch):
    monkeypatch.delenv("MONITE_CLIENT_ID", raising=False)
    monkeypatch.delenv("MONITE_CLIENT_SECRET", raising=False)
    dotenv(f"MONITE_CLIENT_ID={ONE}", f"MONITE_CLIENT_SECRET={SECRET}")
    before = dict(os.environ)
    assert find(environ=None).source == ".env"
    assert dict(os.environ) == before
    monkeypatch.setenv("MONITE_CLIENT_ID", TWO)
    monkeypatch.setenv("MONITE_CLIENT_SECRET", SECRET)
    assert find(environ=None).credentials.client_id == TWO


def test_dotenv_is_found_upwards_and_named_by_its_way_from_here(find, dotenv, tmp_path):
    dotenv(f"MONITE_CLIENT_ID={ONE}", f"MONITE_CLIENT_SECRET={SECRET}")
    (tmp_path / ".git").mkdir()
    below = tmp_path / "notebooks" / "deep"
    below.mkdir(parents=True)
    profile = find(start=below)
    assert profile.credentials.client_id == ONE
    assert profile.source == "../../.env"


def test_the_nearest_dotenv_wins_and_a_folder_of_that_name_is_no_file(find, dotenv, tmp_path):
    dotenv(f"MONITE_CLIENT_ID={ONE}", f"MONITE_CLIENT_SECRET={SECRET}")
    (tmp_path / "pyproject.toml").touch()
    below = tmp_path / "notebooks"
    (below / ".env").mkdir(parents=True)
    assert find(start=below).credentials.client_id == ONE
    (below / ".env").rmdir()
    (below / ".env").write_text(f"MONITE_CLIENT_ID={TWO}\nMONITE_CLIENT_SECRET={SECRET}\n")
    assert find(start=below).credentials.client_id == TWO


def test_the_search_ends_at_home(find, dotenv, tmp_path, monkeypatch):
    dotenv(f"MONITE_CLIENT_ID={ONE}", f"MONITE_CLIENT_SECRET={SECRET}")
    home = tmp_path / "home"
    (home / "work").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    nothing(find, start=home / "work")


def test_environment_beats_dotenv(find, dotenv):
    dotenv(f"MONITE_CLIENT_ID={TWO}", "MONITE_CLIENT_SECRET=other")
    assert find(environ=PAIR).credentials.client_id == ONE


def test_a_setting_comes_from_the_pairs_place_or_a_stronger_one(find, dotenv):
    dotenv(
        f"MONITE_CLIENT_ID={ONE}",
        f"MONITE_CLIENT_SECRET={SECRET}",
        "MONITE_ENV=eu",
        f"MONITE_ENTITY_ID={ENTITY}",
        f"MONITE_ENTITY_USER_ID={USER}",
        "MONITE_API_VERSION=2024-01-31",
    )
    profile = find(environ={"MONITE_ENV": "us"})
    assert profile.environment == ENVIRONMENTS["us"].with_version("2024-01-31")
    assert (profile.entity_id, profile.entity_user_id) == (ENTITY, USER)
    assert profile.source == ".env"


def test_a_weaker_place_can_not_redirect_a_secret(find, dotenv):
    dotenv("MONITE_BASE_URL=https://elsewhere.example/v1", f"MONITE_ENTITY_ID={ENTITY}")
    profile = find(environ=PAIR)
    assert profile.environment == ENVIRONMENTS["sandbox"]
    assert profile.entity_id is None


def test_options_beat_every_place(find):
    environ = PAIR | {"MONITE_BASE_URL": "https://elsewhere.example/v1", "MONITE_ENTITY_ID": ENTITY}
    profile = find(environ=environ, env="eu", api_version="2023-09-01", entity=USER, entity_user=ENTITY)
    assert profile.environment == ENVIRONMENTS["eu"].with_version("2023-09-01")
    assert (profile.entity_id, profile.entity_user_id) == (USER, ENTITY)
    assert find(environ=environ, base_url="http://127.0.0.1:8000").environment == find_environment(
        base_url="http://127.0.0.1:8000/v1"
    )


def test_a_file_that_was_named_is_the_only_place(find, dotenv, tmp_path):
    dotenv(f"MONITE_CLIENT_ID={TWO}", "MONITE_CLIENT_SECRET=other", name="acme.env")
    profile = find(dotenv="acme.env", environ=PAIR | {"MONITE_ENV": "eu"})
    assert profile.credentials.client_id == TWO
    assert profile.environment.name == "sandbox"
    assert profile.source == "acme.env"
    assert find(dotenv=tmp_path / "acme.env").credentials.client_id == TWO


def test_a_file_that_was_named_must_be_there_and_hold_a_pair(find, dotenv):
    with pytest.raises(CredentialsError, match=r"No such file: gone\.env"):
        find(dotenv="gone.env", environ=PAIR)
    dotenv("OTHER=1", name="empty.env")
    with pytest.raises(CredentialsError, match=r"No credentials in empty\.env.*MONITE_CLIENT_ID"):
        find(dotenv="empty.env", environ=PAIR)


def test_a_profile_has_variables_of_its_own(find, dotenv):
    dotenv(
        f"MONITE_CLIENT_ID={ONE}",
        "MONITE_CLIENT_SECRET=other",
        "MONITE_ENTITY_ID=ignored",
        f"MONITE_ACME_EU_CLIENT_ID={TWO}",
        f"MONITE_ACME_EU_CLIENT_SECRET={SECRET}",
        "MONITE_ACME_EU_ENV=eu",
    )
    profile = find(profile="acme-eu")
    assert profile.credentials == Credentials(TWO, Secret(SECRET))
    assert (profile.name, profile.environment.name, profile.entity_id) == ("acme-eu", "eu", None)


def test_an_unknown_profile_names_those_there_are(find, dotenv):
    dotenv(f"MONITE_ACME_CLIENT_ID={TWO}", f"MONITE_ACME_CLIENT_SECRET={SECRET}")
    with pytest.raises(
        CredentialsError, match=r"No profile 'acm' in the environment or \.env.*acme"
    ) as caught:
        find(profile="acm")
    assert "MONITE_ACM_CLIENT_SECRET" in str(caught.value)


@pytest.mark.parametrize("name", ["", "a b", "../x", "ä", "-x"])
def test_a_profile_name_is_letters_and_digits(name):
    with pytest.raises(CredentialsError, match="not a valid profile name"):
        variable_prefix(name)


@pytest.mark.parametrize(
    ("variables", "missing", "there"),
    [
        ({"MONITE_CLIENT_ID": ONE}, "CLIENT_SECRET", "CLIENT_ID"),
        ({"MONITE_CLIENT_SECRET": SECRET, "MONITE_CLIENT_ID": " "}, "CLIENT_ID", "CLIENT_SECRET"),
    ],
)
def test_half_a_pair_is_an_error_that_names_place_and_half(find, dotenv, variables, missing, there):
    dotenv(f"MONITE_CLIENT_ID={ONE}", f"MONITE_CLIENT_SECRET={SECRET}")
    with pytest.raises(CredentialsError) as caught:
        find(environ=variables)
    assert f"MONITE_{missing} is missing" in str(caught.value)
    assert f"MONITE_{there} in the environment" in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_client_id_that_is_none_is_not_repeated(find):
    with pytest.raises(CredentialsError) as caught:
        find(environ={"MONITE_CLIENT_ID": SECRET, "MONITE_CLIENT_SECRET": ONE})
    assert "MONITE_CLIENT_ID in the environment is not a UUID" in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("ENV", "staging", r"Unknown environment: 'staging' \(MONITE_ENV in \.env\).*sandbox"),
        ("BASE_URL", "ftp://x", r"not a valid base URL \(MONITE_BASE_URL in \.env\)"),
        ("API_VERSION", "latest", r"not a date \(MONITE_API_VERSION in \.env\)"),
        ("ENTITY_ID", "bakery", r"MONITE_ENTITY_ID in \.env is not a UUID"),
        ("ENTITY_USER_ID", "me", r"MONITE_ENTITY_USER_ID in \.env is not a UUID"),
    ],
)
def test_a_wrong_setting_is_an_error_that_says_where_it_stands(find, dotenv, name, value, message):
    dotenv(f"MONITE_CLIENT_ID={ONE}", f"MONITE_CLIENT_SECRET={SECRET}", f"MONITE_{name}={value}")
    with pytest.raises(CredentialsError, match=message):
        find()


def test_an_unknown_environment_is_said_even_beside_a_url(find):
    with pytest.raises(CredentialsError, match="Unknown environment: 'staging'"):
        find(environ=PAIR | {"MONITE_ENV": "staging", "MONITE_BASE_URL": "https://api.example/v1"})


def test_local_needs_no_credentials_and_reads_no_place(find, dotenv):
    dotenv("this line is malformed")
    profile = find(env="local", environ={"MONITE_CLIENT_ID": ONE})
    assert profile.environment.simulated
    assert profile.credentials is None
    assert profile.source == "the simulator"


def test_local_chosen_by_a_place(find):
    assert find(environ={"MONITE_ENV": "local"}).credentials is None
    nothing(find, environ={"MONITE_ENV": "local"}, env="sandbox")
    own = find(environ=PAIR | {"MONITE_ENV": "local"})
    assert own.environment.simulated
    assert own.credentials == Credentials(ONE, Secret(SECRET))


def test_an_exposed_file_is_noted(find, dotenv):
    path = dotenv(f"MONITE_CLIENT_ID={ONE}", f"MONITE_CLIENT_SECRET={SECRET}")
    assert find().notes == ()
    path.chmod(0o644)
    assert "chmod 600" in find().notes[0]


def test_the_keyring_is_the_last_place(find, dotenv, monkeypatch):
    entries = {("monite-magic", "default"): f"{ONE}:{SECRET}:x", ("monite-magic", "acme"): f"{TWO}:{SECRET}"}
    module = types.ModuleType("keyring")
    module.get_password = lambda service, user: entries.get((service, user))
    monkeypatch.setitem(sys.modules, "keyring", module)
    profile = find(keyring=True, environ={"MONITE_ENV": "eu"})
    assert profile.credentials == Credentials(ONE, Secret(f"{SECRET}:x"))
    assert (profile.source, profile.environment.name) == ("the keyring", "eu")
    assert find(keyring=True, profile="acme").credentials.client_id == TWO
    nothing(find, keyring=False)
    dotenv(f"MONITE_CLIENT_ID={TWO}", f"MONITE_CLIENT_SECRET={SECRET}")
    assert find(keyring=True).source == ".env"


def test_a_broken_or_absent_keyring_is_no_misfortune(find, monkeypatch):
    def broken(service, user):
        raise RuntimeError("locked")

    module = types.ModuleType("keyring")
    module.get_password = broken
    monkeypatch.setitem(sys.modules, "keyring", module)
    nothing(find, keyring=True)
    monkeypatch.setitem(sys.modules, "keyring", None)
    nothing(find, keyring=True)


def test_nothing_of_a_profile_shows_its_credentials(find):
    profile = find(environ=PAIR)
    assert ONE not in repr(profile)
    assert SECRET not in repr(profile)
    assert profile.credentials.masked_id == "1111…1111"


def test_a_pair_as_typed():
    assert Credentials.parse(f" {ONE}\n", Secret(SECRET)) == Credentials(ONE, Secret(SECRET))
    with pytest.raises(CredentialsError, match="client secret is missing"):
        Credentials.parse(ONE, Secret(""))
    with pytest.raises(CredentialsError, match="client ID is missing"):
        Credentials.parse("", Secret(SECRET))
    with pytest.raises(CredentialsError, match="The client ID is not a UUID"):
        Credentials.parse("x", Secret(SECRET))


@pytest.mark.parametrize(
    "environment",
    [
        ENVIRONMENTS["eu"],
        ENVIRONMENTS["sandbox"].with_version("2024-01-31"),
        find_environment(base_url="http://127.0.0.1:9/v1"),
        find_environment("eu", "https://proxy.example/v1"),
    ],
    ids=lambda environment: environment.base_url,
)
@pytest.mark.parametrize("name", [None, "acme"])
def test_what_was_saved_is_found_again(find, tmp_path, environment, name):
    profile = Profile(name, environment, Credentials(ONE, Secret(SECRET)), ENTITY, USER)
    assert save_profile(profile, tmp_path / ".env") == ()
    found = find(profile=name)
    assert found.environment == environment
    assert found.credentials == profile.credentials
    assert (found.name, found.entity_id, found.entity_user_id) == (name, ENTITY, USER)


def test_saving_over_another_environment_leaves_nothing_of_it(find, tmp_path):
    credentials = Credentials(ONE, Secret(SECRET))
    custom = Profile(None, find_environment(base_url="http://127.0.0.1:9/v1"), credentials, ENTITY)
    save_profile(custom, tmp_path / ".env")
    save_profile(Profile(None, ENVIRONMENTS["eu"], credentials), tmp_path / ".env", replace=True)
    assert find().environment == ENVIRONMENTS["eu"]
    assert find().entity_id is None


def test_the_simulators_own_credentials_are_not_saved(find, tmp_path):
    with pytest.raises(CredentialsError, match="no credentials to save"):
        save_profile(find(env="local"), tmp_path / ".env")
    assert not (tmp_path / ".env").exists()


# -- plain http to another machine ---------------------------------------------------------------------------


def test_plain_http_is_for_this_machine_unless_a_person_insists(tmp_path):
    pair = {"MONITE_CLIENT_ID": ONE, "MONITE_CLIENT_SECRET": SECRET}
    url = {"MONITE_BASE_URL": "http://api.example/v1"}
    with pytest.raises(CredentialsError, match=r"Plain http to api\.example .* --insecure-http"):
        find_profile(environ={**pair, **url}, keyring=False)
    insisting = {**pair, **url, "MONITE_INSECURE_HTTP": "1"}
    profile = find_profile(environ=insisting, keyring=False)
    assert profile.environment.insecure
    assert profile.environment.label == "custom (api.example, may be PRODUCTION, INSECURE http)"
    asked = find_profile(environ=pair, base_url=url["MONITE_BASE_URL"], insecure_http=True, keyring=False)
    assert asked.environment == profile.environment
    save_profile(profile, tmp_path / ".env")
    assert find_profile(start=tmp_path, environ={}, keyring=False).environment == profile.environment


def test_a_weaker_source_can_not_insist(tmp_path):
    (tmp_path / ".env").write_text(
        f"MONITE_CLIENT_ID={ONE}\nMONITE_CLIENT_SECRET={SECRET}\nMONITE_INSECURE_HTTP=1\n"
    )
    environ = {"MONITE_BASE_URL": "http://api.example/v1"}
    with pytest.raises(CredentialsError, match="Plain http"):
        find_profile(start=tmp_path, environ=environ, keyring=False)


def test_loopback_is_not_insecure():
    for host in ("127.0.0.1", "localhost", "[::1]", "simulator.localhost"):
        assert not find_environment(base_url=f"http://{host}:8000/v1").insecure
