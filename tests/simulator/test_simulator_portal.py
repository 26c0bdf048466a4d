"""The portal: from registering to a set of credentials shown once, in Python and over HTTP."""

import httpx
import pytest

from monite_magic.simulator.answers import Refusal

PASSWORD = "correct horse battery"


@pytest.fixture
def session(local):
    """A session of a registered and confirmed person."""
    local.portal.register("ada@example.com", PASSWORD, "Ada Holm", "Holm Ledgers")
    return local.portal.activate(local.outbox[-1]["token"])


def refused(status):
    return pytest.raises(Refusal, match=f"^{status} ")


def test_the_whole_way_to_a_first_call(local, session, client_of, entity):
    project = local.portal.create_project(session, "First steps")
    given = local.portal.create_credentials(session, project["id"], "laptop")
    api = client_of(local).log_in(client_id=given["client_id"], client_secret=given["client_secret"])
    assert api.get("/entities").json()["data"] == []
    assert api.made("/entities", entity())["status"] == "active"
    [listed] = local.portal.credentials(session, project["id"])
    assert listed["status"] == "active"
    assert listed["last_used_at"]


def test_a_secret_is_shown_once(local, session):
    project = local.portal.create_project(session, "Mine")
    secret = local.portal.create_credentials(session, project["id"])["client_secret"]
    listed = local.portal.credentials(session, project["id"])
    assert "client_secret" not in listed[0]
    assert secret not in str(listed)
    assert listed[0]["client_secret_mask"][:3] == secret[:3]


def test_an_account_is_of_no_use_before_it_is_confirmed(local):
    user = local.portal.register("bo@example.com", PASSWORD, "Bo", "Bo & Co")
    assert user["status"] == "sent_confirmation"
    assert "_password" not in user
    with refused(403):
        local.portal.log_in("bo@example.com", PASSWORD)
    mail = local.outbox[-1]
    assert mail["to"] == "bo@example.com"
    assert mail["token"] in mail["text"]
    session = local.portal.activate(mail["token"])
    assert local.portal.profile(session)["status"] == "active"
    with refused(400):
        local.portal.activate(mail["token"])


def test_a_confirmation_can_be_sent_again_and_replaces_the_first(local):
    local.portal.register("bo@example.com", PASSWORD, "Bo", "Bo & Co")
    first = local.outbox[-1]["token"]
    local.portal.resend_confirmation("bo@example.com")
    local.portal.resend_confirmation("unknown@example.com")
    assert len(local.outbox) == 2
    with refused(400):
        local.portal.activate(first)
    assert local.portal.activate(local.outbox[-1]["token"])


def test_logging_in_and_out(local, session):
    with refused(401):
        local.portal.log_in("ada@example.com", "wrong but long enough")
    with refused(401):
        local.portal.log_in("unknown@example.com", PASSWORD)
    again = local.portal.log_in("ada@example.com", PASSWORD)
    local.portal.log_out(again)
    with refused(401):
        local.portal.projects(again)
    assert local.portal.projects(session) == []


def test_an_address_can_be_taken_once_and_a_password_is_long(local, session):
    with refused(409):
        local.portal.register("ada@example.com", PASSWORD, "Ada", "Other")
    with refused(422):
        local.portal.register("cy@example.com", "short", "Cy", "Cy Ltd")


def test_several_sets_and_revoking_one_now_or_later(local, session, client_of):
    project = local.portal.create_project(session, "Mine")
    one, two, three = (local.portal.create_credentials(session, project["id"], name) for name in "abc")
    clients = [
        client_of(local).log_in(client_id=given["client_id"], client_secret=given["client_secret"])
        for given in (one, two, three)
    ]
    assert local.portal.revoke_credentials(session, one["id"])["status"] == "revoked"
    assert local.portal.revoke_credentials(session, two["id"], delay_in_seconds=60)["status"] == "active"
    assert [client.get("/entities").status_code for client in clients] == [401, 200, 200]
    assert clients[0].token(client_id=one["client_id"], client_secret=one["client_secret"]).status_code == 401
    local.clock.advance(seconds=61)
    assert [client.get("/entities").status_code for client in clients] == [401, 401, 200]
    states = {listed["name"]: listed["status"] for listed in local.portal.credentials(session, project["id"])}
    assert states == {"a": "revoked", "b": "revoked", "c": "active"}


def test_a_stranger_has_no_part_in_a_project(local, session):
    project = local.portal.create_project(session, "Mine")
    given = local.portal.create_credentials(session, project["id"])
    local.portal.register("eve@example.com", PASSWORD, "Eve", "Eve Ltd")
    eve = local.portal.activate(local.outbox[-1]["token"])
    with refused(404):
        local.portal.credentials(eve, project["id"])
    with refused(404):
        local.portal.create_credentials(eve, project["id"])
    with refused(404):
        local.portal.revoke_credentials(eve, given["id"])
    assert local.portal.projects(eve) == []


def test_the_same_way_over_http(local):
    with httpx.Client(
        transport=httpx.WSGITransport(app=local.wsgi), base_url="http://simulator.localhost/portal/v1"
    ) as portal:
        person = {
            "email": "ada@example.com",
            "password": PASSWORD,
            "fullname": "Ada Holm",
            "company_name": "Holm Ledgers",
            "company_website": "https://holm.example",
        }
        assert portal.post("/register", json={}).status_code == 422
        assert portal.post("/register", json=person).json()["status"] == "sent_confirmation"
        assert (
            portal.post("/register/resend_registration_email", json={"email": person["email"]}).status_code
            == 200
        )
        token = local.outbox[-1]["token"]
        auth = portal.post("/auth/activate", params={"token": token}).json()["auth"]
        assert auth["token_type"] == "Bearer"
        session = portal.post("/auth/token", json={"email": person["email"], "password": PASSWORD}).json()
        portal.headers["Authorization"] = f"Bearer {session['auth']['access_token']}"
        assert portal.get("/profile").json()["fullname"] == "Ada Holm"
        project = portal.post("/projects", json={"name": "Over HTTP"}).json()
        assert [found["id"] for found in portal.get("/projects").json()] == [project["id"]]
        given = portal.post("/secrets", json={"project_id": project["id"], "name": "x"}).json()
        assert given["client_secret"]
        listed = portal.get("/secrets", params={"project_id": project["id"]}).json()["secrets"]
        assert [entry["client_id"] for entry in listed] == [given["client_id"]]
        assert given["client_secret"] not in str(listed)
        assert portal.delete(f"/secrets/{given['id']}").json()["status"] == "revoked"
        assert portal.delete("/auth/logout").status_code == 200
        assert portal.get("/projects").status_code == 401
        assert portal.put("/projects").status_code == 405
        assert portal.get("/nowhere").status_code == 404
