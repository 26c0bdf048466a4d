"""The successor's dialect against a server that speaks it, as its public guides describe it."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

import pytest

from monite_magic.api.credentials import find_profile, save_profile
from monite_magic.core.environments import ENVIRONMENTS, find_environment
from monite_magic.core.errors import CredentialsError, MoniteError
from monite_magic.jupyter.status import login_panel, status_panel
from monite_magic.session import Session
from monite_magic.session import session as session_module
from monite_magic.session.sharing import sdk

ORGANIZATION = "11111111-1111-4111-8111-111111111111"
SECRET = "canary-secret+of&the=test"


@pytest.fixture
def successor(server):
    """The scripted server, with the token route of the successor."""

    def exchange(handler):
        got = server.received[-1]
        form = parse_qs(got.body.decode())
        accepted = got.headers["content-type"] == "application/x-www-form-urlencoded" and form == {
            "grant_type": ["client_credentials"], "client_id": ["0oa-no-uuid"], "client_secret": [SECRET],
        }  # fmt: skip
        said = {"access_token": "token-of-the-successor", "token_type": "Bearer", "expires_in": 3600}
        body = json.dumps(said if accepted else {"error": "invalid_client"}).encode()
        handler.send_response(200 if accepted else 401)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    server.does("/openid/connect/token", exchange)
    server.answers("/finops/v1/entity-users", {"data": []})
    server.answers("/finops/v1/payables", {"id": "1"}, status=201)
    return server


def profile_for(server, **variables):
    environ = {
        "MONITE_ENV": "tesouro-sandbox", "MONITE_BASE_URL": server.origin, "MONITE_CLIENT_ID": "0oa-no-uuid",
        "MONITE_CLIENT_SECRET": SECRET, "MONITE_ENTITY_ID": ORGANIZATION, **variables,
    }  # fmt: skip
    return find_profile(environ=environ, keyring=False)


def test_a_session_in_the_dialect(successor):
    session = Session()
    status = session.log_in(profile_for(successor))
    assert 3590 < status.seconds_left <= 3600
    assert session.call("GET", "/entity-users").status == 200
    assert session.call("POST", "/payables", content=b"{}").status == 201
    for call in successor.received[1:]:
        assert call.headers["x-finops-version"] == "2025-06-23"
        assert call.headers["x-organization-id"] == ORGANIZATION
        assert call.token == "token-of-the-successor"
        assert not any(name.startswith("x-monite") for name in call.headers)
    # No route to revoke a token is known: it is forgotten, and nothing else is tried.
    assert session.log_out() == (0, [])
    assert len(successor.received) == 3


def test_it_is_said_to_be_unverified(successor):
    session = Session()
    profile = profile_for(successor)
    status = session.log_in(profile)
    for panel in (login_panel(status, profile), status_panel(status)):
        said = panel._repr_mimebundle_()["text/plain"]
        assert f"tesouro-sandbox ({profile.environment.host}, unverified)" in said
        assert "Unverified: this dialect is based only on the successor's public guides." in said
    session.log_out()


def test_what_is_not_known_of_it_is_refused(successor, monkeypatch):
    session = Session()
    with pytest.raises(CredentialsError, match="User tokens are not supported") as caught:
        session.log_in(profile_for(successor, MONITE_ENTITY_USER_ID=ORGANIZATION))
    assert "partner token" in caught.value.hint
    assert successor.received == []
    session.log_in(profile_for(successor))
    monkeypatch.setattr(session_module, "_session", session)
    with pytest.raises(MoniteError, match="doesn't support"):
        sdk()
    session.log_out()


def test_the_records():
    sandbox, live = ENVIRONMENTS["tesouro-sandbox"], ENVIRONMENTS["tesouro"]
    assert sandbox.token_url == "https://api.sandbox.tesouro.com/openid/connect/token"
    assert live.token_url == "https://api.tesouro.com/openid/connect/token"
    assert (sandbox.production, live.production) == (False, True)
    assert live.label == "tesouro (PRODUCTION, unverified)"
    assert find_environment(base_url="https://api.tesouro.com/finops/v1") is live


def test_what_was_saved_is_found_again(successor, tmp_path):
    profile = profile_for(successor)
    save_profile(profile, tmp_path / ".env")
    assert "API_VERSION" not in (tmp_path / ".env").read_text()
    assert find_profile(start=tmp_path, environ={}, keyring=False).environment == profile.environment
