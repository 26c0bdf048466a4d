"""What is sent to this machine stays on it: no proxy and no DNS server gets between."""

from __future__ import annotations

import os
import socket

import pytest

from monite_magic.api import find_profile
from monite_magic.core import CredentialsError, find_environment
from monite_magic.session import Session

SECRET = "s3cret-of-this-machine"
PAIR = {"MONITE_CLIENT_ID": "5f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1", "MONITE_CLIENT_SECRET": SECRET}


@pytest.fixture
def clean(monkeypatch):
    """Takes the proxies of the machine away."""
    for name in list(os.environ):
        if name.lower() in {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}:
            monkeypatch.delenv(name)
    return monkeypatch


def log_in(base_url):
    """Log in and make a call, as a person does who names the base URL."""
    session = Session()
    session.log_in(find_profile(base_url=base_url, environ=PAIR))
    try:
        return session.call("GET", "/tags").status
    finally:
        session.log_out()


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "simulator.localhost"])
def test_no_proxy_gets_what_is_sent_to_this_machine(clean, server, elsewhere, variable, host):
    server.answers("/v1/tags", {"data": []})
    clean.setenv(variable, elsewhere.origin)
    assert log_in(server.url.replace("127.0.0.1", host)) == 200
    assert elsewhere.received == []
    assert [each["client_secret"] for each in server.exchanges()] == [SECRET]


@pytest.mark.parametrize("host", ["pay.localhost", "api.monite.com.localhost", "PAY.Localhost."])
def test_no_dns_server_says_where_a_name_of_this_machine_is(clean, server, elsewhere, host):
    server.answers("/v1/tags", {"data": []})
    asked = socket.getaddrinfo
    port = int(elsewhere.origin.rpartition(":")[2])

    def hostile(name, *rest, **options):
        if str(name).lower().rstrip(".").endswith(".localhost"):
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        return asked(name, *rest, **options)

    clean.setattr(socket, "getaddrinfo", hostile)
    assert log_in(server.url.replace("127.0.0.1", host)) == 200
    assert elsewhere.received == []
    assert len(server.exchanges()) == 1


@pytest.mark.parametrize(
    "host", ["127.0.0.999", "127.1", "127.0.0.1.example", "0.0.0.0", "localhost.example"]
)
def test_what_only_looks_like_this_machine_is_another(host):
    with pytest.raises(CredentialsError, match="Plain http"):
        find_environment(base_url=f"http://{host}:8000/v1")
    assert find_environment(base_url=f"https://{host}/v1").asks_before_writes
