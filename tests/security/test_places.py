"""Production is a place, not a name: what a call is labelled, and if it asks, follows from where it goes."""

import httpx
import pytest

from monite_magic.api.credentials import find_profile
from monite_magic.core.environments import ENVIRONMENTS, find_environment
from monite_magic.core.errors import ConfirmationError, CredentialsError
from monite_magic.session import Session

ID = "5f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1"
PAIR = {"MONITE_CLIENT_ID": ID, "MONITE_CLIENT_SECRET": "canary-secret-of-places"}
PRODUCTION = ["eu", "us", "tesouro"]

#: One place, written in other ways. `{host}` is the environment's own.
SPELLINGS = [
    "https://{upper}/v1",
    "HTTPS://{host}/v1",
    "https://{host}:443/v1",
    "https://{host}./v1",
    "https://{upper}.:443",
    "https://{host}/v1/",
    "https://{host}/another/prefix",
    "https://{wide}/v1",
]


def spelled(form, name):
    host = ENVIRONMENTS[name].host
    wide = "".join(chr(ord(letter) + 0xFEE0) if letter.isalpha() else letter for letter in host)
    return form.format(host=host, upper=host.upper(), wide=wide)


@pytest.fixture
def travelled(monkeypatch):
    """What reached the network, which answers everything with a token and a wrong claim to be simulated."""
    requests = []

    def answer(request):
        requests.append(request)
        data = {"access_token": "t0ken", "expires_in": 1800, "id": "1"}
        return httpx.Response(200, json=data, headers={"x-monite-simulator": "9.9"})

    monkeypatch.setattr(
        "monite_magic.session.connections.open_transport", lambda _: httpx.MockTransport(answer)
    )
    return requests


def logged_in(tmp_path, environ=(), **options):
    session = Session()
    session.log_in(find_profile(start=tmp_path, environ={**PAIR, **dict(environ)}, keyring=False, **options))
    return session


@pytest.mark.parametrize("form", SPELLINGS)
@pytest.mark.parametrize("place", PRODUCTION)
def test_each_spelling_of_production_is_production(form, place):
    for name in (None, place):
        environment = find_environment(name, spelled(form, place))
        assert environment.production
        assert environment.name == place
        assert environment.asks_before_writes
        assert "PRODUCTION" in environment.label
        assert environment.host == ENVIRONMENTS[place].host


@pytest.mark.parametrize("form", SPELLINGS)
def test_each_spelling_of_the_sandbox_is_the_sandbox(form):
    environment = find_environment(None, spelled(form, "sandbox"))
    assert environment.name == "sandbox"
    assert not environment.asks_before_writes


def test_a_path_of_its_own_puts_the_host_into_the_label():
    environment = find_environment(None, "https://api.monite.com/another")
    assert environment.label == "eu (api.monite.com, PRODUCTION)"
    assert find_environment(None, "https://API.monite.com:443/v1/").label == "eu (PRODUCTION)"


@pytest.mark.parametrize("form", SPELLINGS)
@pytest.mark.parametrize("place", ["sandbox", *PRODUCTION])
def test_a_name_for_the_place_of_another_is_refused_in_one_sentence(form, place):
    for name in ENVIRONMENTS.keys() - {place}:
        with pytest.raises(CredentialsError) as caught:
            find_environment(name, spelled(form, place))
        message = f"{ENVIRONMENTS[place].host} is the environment {place}, not {name}."
        assert caught.value.message == message


def test_the_refusal_names_where_the_url_stands(tmp_path):
    environ = {**PAIR, "MONITE_ENV": "sandbox", "MONITE_BASE_URL": "https://api.monite.com/v1"}
    with pytest.raises(CredentialsError, match=r"MONITE_BASE_URL in the environment\)\."):
        find_profile(start=tmp_path, environ=environ, keyring=False)


@pytest.mark.parametrize("url", ["https://api.monite.com..", "https://api%2Emonite.com", "https://a b.c"])
def test_a_url_that_parsers_read_differently_is_refused(url):
    with pytest.raises(CredentialsError, match="is not a valid base URL"):
        find_environment(None, url)


UNKNOWN = ["https://gateway.example/v1", "https://api.monite.com.example", "https://xn--mnite-7ta.example"]


@pytest.mark.parametrize("url", UNKNOWN)
@pytest.mark.parametrize("name", [None, *ENVIRONMENTS])
def test_an_unknown_host_asks_and_is_in_the_label_whatever_the_name(url, name):
    environment = find_environment(name, url)
    assert not environment.production
    assert environment.asks_before_writes
    assert environment.label.startswith(f"{name or 'custom'} ({environment.host}, may be PRODUCTION")
    assert "simulated" not in environment.label


def test_an_unknown_host_refuses_a_write_that_nobody_confirmed_and_sends_a_read(tmp_path, travelled):
    session = logged_in(tmp_path, {"MONITE_BASE_URL": UNKNOWN[0]})
    travelled.clear()
    with pytest.raises(ConfirmationError, match=r"at gateway\.example, which may be PRODUCTION"):
        session.call("DELETE", "/tags/1")
    assert travelled == []
    session.call("GET", "/tags")
    assert [request.method for request in travelled] == ["GET"]


def test_the_source_of_the_pair_vouches_for_an_unknown_host(tmp_path, travelled):
    session = logged_in(tmp_path, {"MONITE_BASE_URL": UNKNOWN[0], "MONITE_PRODUCTION": "0"})
    assert session.profile.environment.label == "custom (gateway.example)"
    travelled.clear()
    session.call("DELETE", "/tags/1")
    assert [request.method for request in travelled] == ["DELETE"]


def test_the_person_vouches_for_an_unknown_host(tmp_path):
    environ = {**PAIR, "MONITE_BASE_URL": UNKNOWN[0]}
    profile = find_profile(start=tmp_path, environ=environ, keyring=False, production=False)
    assert not profile.environment.asks_before_writes


def test_another_source_does_not_vouch(tmp_path):
    file = tmp_path / "pair.env"
    file.write_text("\n".join(f"{name}={value}" for name, value in PAIR.items()))
    beside = tmp_path / ".env"
    beside.write_text(f"{file.read_text()}\nMONITE_BASE_URL={UNKNOWN[0]}\n")
    for path in (file, beside):
        path.chmod(0o600)
    tmp_path.chmod(0o700)
    # The pair and the URL are in `.env`, the word that it's no production is in the environment.
    environ = {"MONITE_PRODUCTION": "0"}
    found = find_profile(start=tmp_path, environ=environ, keyring=False)
    assert found.environment.host == "gateway.example"
    assert found.environment.asks_before_writes


def test_the_pair_s_source_can_say_that_an_unknown_host_is_production(tmp_path):
    environ = {**PAIR, "MONITE_BASE_URL": UNKNOWN[0], "MONITE_PRODUCTION": "1"}
    found = find_profile(start=tmp_path, environ=environ, keyring=False)
    assert found.environment.label == "custom (gateway.example, PRODUCTION)"


@pytest.mark.parametrize("form", SPELLINGS)
@pytest.mark.parametrize("place", PRODUCTION)
def test_nobody_vouches_for_known_production(tmp_path, form, place):
    environ = {**PAIR, "MONITE_BASE_URL": spelled(form, place)}
    for vouching in ({"environ": {**environ, "MONITE_PRODUCTION": "0"}}, {"production": False}):
        with pytest.raises(CredentialsError, match="is production, and can't be declared as non-production"):
            find_profile(**{"start": tmp_path, "environ": environ, "keyring": False, **vouching})
    by_name = {**PAIR, "MONITE_ENV": place, "MONITE_PRODUCTION": "no"}
    with pytest.raises(CredentialsError, match="is production, and can't be declared as non-production"):
        find_profile(start=tmp_path, environ=by_name, keyring=False)


LOOPBACK = [
    "http://127.0.0.1:8000",
    "https://127.8.9.1/v1",
    "http://localhost",
    "http://[::1]:1",
    "http://x.localhost",
]


@pytest.mark.parametrize("url", LOOPBACK)
@pytest.mark.parametrize("name", [None, *ENVIRONMENTS])
@pytest.mark.parametrize("said", [None, True, False])
def test_loopback_never_asks(url, name, said):
    environment = find_environment(name, url, production=said)
    assert not environment.asks_before_writes
    assert "PRODUCTION" not in environment.label
    assert environment.host in environment.label


@pytest.mark.parametrize("host", ["127.0.0.1.example", "localhost.example", "127.1.example", "notlocalhost"])
def test_what_only_begins_like_loopback_asks(host):
    assert find_environment("sandbox", f"https://{host}/v1").asks_before_writes


def test_a_header_of_the_server_makes_nothing_simulated(tmp_path, travelled):
    session = logged_in(tmp_path, {"MONITE_ENV": "eu"})
    response = session.call("POST", "/tags", json={"name": "x"}, confirmed=True)
    assert response.headers["x-monite-simulator"] == "9.9"
    shown = response._repr_mimebundle_()
    for kind in ("text/plain", "text/html"):
        assert "eu (PRODUCTION)" in shown[kind]
        assert "simulated" not in shown[kind]
    assert session.history[-1].environment.label == "eu (PRODUCTION)"


@pytest.mark.parametrize(
    "options", [{"env": "local"}, {"env": "sandbox"}, {"base_url": LOOPBACK[0]}, {"base_url": LOOPBACK[3]}]
)
def test_the_simulator_the_sandbox_and_loopback_ask_nothing(tmp_path, travelled, options):
    session = logged_in(tmp_path, **options)
    travelled.clear()
    for method in ("POST", "PATCH", "PUT", "DELETE"):
        session.call(method, "/tags/1")
    assert [request.method for request in travelled] == ["POST", "PATCH", "PUT", "DELETE"]


@pytest.mark.parametrize("url", ["https://api.monite.com:8443/v1", "https://us.api.monite.com.:444/v1"])
def test_another_port_of_production_is_production_and_nobody_can_say_otherwise(url):
    assert find_environment(base_url=url).production
    with pytest.raises(CredentialsError, match="is production, and can't be declared as non-production"):
        find_environment(base_url=url, production=False)
