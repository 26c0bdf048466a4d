"""Tokens: both grants, expiry by the simulator's clock, revoking, and who may do what with one."""

import pytest

from monite_magic import catalogue
from monite_magic.simulator import Simulator


def test_a_partner_token_reads_entities(api):
    answer = api.get("/entities")
    assert answer.status_code == 200
    assert [entity["status"] for entity in answer.json()["data"]] == ["active"]


def test_token_answer_has_the_documented_members(api):
    body = api.token().json()
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 1800
    assert len(body["access_token"]) > 20


@pytest.mark.parametrize(
    "changes", [{"client_secret": "wrong"}, {"client_id": "00000000-0000-4000-8000-000000000000"}]
)
def test_wrong_credentials_are_refused_in_the_same_words(api, changes):
    answer = api.token(**changes)
    assert answer.status_code == 401
    assert answer.json() == {"error": {"message": "Invalid client credentials."}}


def test_a_token_request_with_an_unknown_member_is_refused(api):
    answer = api.token(scope="all")
    assert answer.status_code == 422
    assert answer.json()["detail"] == [
        {"loc": ["body", "scope"], "msg": "Extra inputs are not permitted", "type": "extra_forbidden"}
    ]


def test_the_user_grant_needs_a_user(api):
    answer = api.token(grant_type="entity_user")
    assert answer.json()["detail"][0]["loc"] == ["body", "entity_user_id"]
    answer = api.token(grant_type="entity_user", entity_user_id="00000000-0000-4000-8000-000000000000")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("version", "status"), [("2024-01-31", 400), ("2023-09-01", 400), ("2024-05-25", 401)]
)
def test_a_token_expires_by_the_clock(local, client_of, version, status):
    api = client_of(local, version=version).log_in()
    local.clock.freeze()
    assert api.get("/entities").status_code == 200
    local.clock.advance(minutes=29, seconds=59)
    assert api.get("/entities").status_code == 200
    local.clock.advance("2 s")
    answer = api.get("/entities")
    assert answer.status_code == status
    assert answer.json() == {"error": {"message": "The token has been expired."}}
    assert api.log_in().get("/entities").status_code == 200


def test_the_lifetime_of_a_token_can_be_set(client_of):
    local = Simulator(token_lifetime=5)
    api = client_of(local)
    assert api.token().json()["expires_in"] == 5
    api.log_in()
    local.clock.advance(seconds=6)
    assert api.get("/entities").status_code == 401
    local.close()


def test_a_revoked_token_is_over(api, local):
    given = local.credentials
    token = api.headers["Authorization"].split()[1]
    body = {
        "client_id": given["MONITE_CLIENT_ID"],
        "client_secret": given["MONITE_CLIENT_SECRET"],
        "token": token,
    }
    answer = api.post("/auth/revoke", json=body)
    assert answer.status_code == 200
    assert set(answer.json()) == {"message"}
    assert api.get("/entities").status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic abc"])
def test_a_missing_or_unknown_token_is_refused(api, header):
    assert api.get("/entities", headers={"Authorization": header}).status_code == 401


def test_only_hashes_of_tokens_and_secrets_of_clients_are_stored(api, local):
    token = api.headers["Authorization"].split()[1]
    stored = [str(document) for kind in ("token", "credential") for document in local.store.all(kind)]
    assert stored
    assert not any(token in text or local.credentials["MONITE_CLIENT_SECRET"] in text for text in stored)


def test_a_user_token_knows_its_user_entity_and_role(api, local):
    user_id = local.credentials["MONITE_ENTITY_USER_ID"]
    api.at(None).log_in(grant_type="entity_user", entity_user_id=user_id)
    me = api.get("/entity_users/me").json()
    assert me["id"] == user_id
    assert api.get("/entity_users/my_entity").json()["id"] == local.credentials["MONITE_ENTITY_ID"]
    assert api.get("/entity_users/my_role").json()["id"] == me["role_id"]
    changed = api.patch("/entity_users/me", json={"first_name": "Ilse"})
    assert changed.json()["first_name"] == "Ilse"
    assert api.get("/entity_users/me").json()["first_name"] == "Ilse"


def test_a_partner_token_is_no_user(api):
    assert api.get("/entity_users/me").status_code == 403


def _user_with(api, local, *permissions):
    """Log in as a new user whose role has the given (object type, action, permission)."""
    objects = [
        {"object_type": kind, "actions": [{"action_name": action, "permission": permission}]}
        for kind, action, permission in permissions
    ]
    role = api.made("/roles", {"name": "Narrow", "permissions": {"objects": objects}})
    user = api.made("/entity_users", {"login": "narrow", "first_name": "Nora", "role_id": role["id"]})
    return api.log_in(grant_type="entity_user", entity_user_id=user["id"])


def test_a_role_allows_what_it_names_and_nothing_else(api, local, organization):
    _user_with(api, local, ("counterpart", "read", "allowed"))
    assert api.get("/counterparts").status_code == 200
    answer = api.post("/counterparts", json=organization())
    assert answer.status_code == 403
    assert answer.json() == {"error": {"message": "Action create for counterpart not allowed"}}
    assert api.get("/roles").status_code == 403
    assert api.get("/entities").status_code == 403


def test_allowed_for_own_shows_only_what_the_user_has_made(api, local, organization):
    other = api.get("/counterparts?limit=1").json()["data"][0]
    _user_with(api, local, ("counterpart", "read", "allowed_for_own"), ("counterpart", "create", "allowed"))
    assert api.get("/counterparts").json()["data"] == []
    assert api.get(f"/counterparts/{other['id']}").status_code == 403
    # The two permissions stand in one object each; the first one that has the action counts.
    answer = api.post("/counterparts", json=organization())
    assert answer.status_code == 201
    mine = answer.json()["id"]
    assert [row["id"] for row in api.get("/counterparts").json()["data"]] == [mine]
    assert api.get(f"/counterparts/{mine}").status_code == 200


def entity_role(api, **actions):
    """A role that says this of its entity; `vat_ids` is what it says of entity_vat_ids."""
    vat_ids = actions.pop("vat_ids", None)
    said = {"entity": actions, **({"entity_vat_ids": vat_ids} if vat_ids is not None else {})}
    objects = [
        {
            "object_type": name,
            "actions": [
                {"action_name": action, "permission": permission} for action, permission in found.items()
            ],
        }
        for name, found in said.items()
    ]
    name = f"R{len(api.get('/roles').json()['data'])}"
    return api.made("/roles", {"name": name, "permissions": {"objects": objects}})


def of_user(api, local, client_of, role):
    """A client of a new user with this role."""
    user = api.made("/entity_users", {"login": role["name"], "first_name": "U", "role_id": role["id"]})
    entity_id = local.credentials["MONITE_ENTITY_ID"]
    return client_of(local).log_in(grant_type="entity_user", entity_user_id=user["id"]).at(entity_id)


READS = ("", "/settings", "/settings/next_document_numbers", "/payment_methods", "/vat_ids")


def test_a_user_reads_its_own_entity_if_the_role_allows_it(api, local, client_of, entity):
    own = f"/entities/{local.credentials['MONITE_ENTITY_ID']}"
    other = f"/entities/{api.made('/entities', entity())['id']}"
    reader = of_user(api, local, client_of, entity_role(api, read="allowed_for_own"))
    stranger = of_user(api, local, client_of, entity_role(api, update="allowed"))
    for tail in READS:
        assert reader.get(own + tail).status_code == 200
        assert reader.get(own.upper().replace("/ENTITIES", "/entities") + tail).status_code == 200
        assert reader.get(other + tail).status_code == 403
        assert stranger.get(own + tail).status_code == 403
    assert reader.patch(f"{own}/settings", json={"language": "de"}).status_code == 403
    assert stranger.patch(f"{own}/settings", json={"language": "de"}).json()["language"] == "de"
    assert stranger.patch(own, json={"phone": "+49 123"}).json()["phone"] == "+49 123"
    methods = {"payment_methods_receive": ["us_ach"]}
    assert reader.put(f"{own}/payment_methods", json=methods).status_code == 403
    assert stranger.put(f"{own}/payment_methods", json=methods).status_code == 200


def test_a_user_changes_vat_ids_by_the_permission_for_them_or_for_the_entity(api, local, client_of):
    path = f"/entities/{local.credentials['MONITE_ENTITY_ID']}/vat_ids"
    body = {"country": "DE", "type": "eu_vat", "value": "DE999999990"}
    by_entity = of_user(api, local, client_of, entity_role(api, update="allowed"))
    by_itself = of_user(
        api, local, client_of, entity_role(api, vat_ids={"create": "allowed", "read": "allowed"})
    )
    neither = of_user(api, local, client_of, entity_role(api, update="allowed", read="allowed", vat_ids={}))
    made = by_entity.made(path, body)
    assert by_entity.patch(f"{path}/{made['id']}", json={"value": "DE999999991"}).status_code == 200
    assert by_entity.delete(f"{path}/{made['id']}").status_code == 204
    assert by_entity.get(path).status_code == 403
    made = by_itself.made(path, body)
    assert [row["id"] for row in by_itself.get(path).json()["data"]] == [made["id"]]
    assert by_itself.delete(f"{path}/{made['id']}").status_code == 403
    assert neither.get(path).status_code == 403
    assert neither.post(path, json=body).status_code == 403


def test_what_stays_the_partners_alone(api, local, client_of, entity):
    own = f"/entities/{local.credentials['MONITE_ENTITY_ID']}"
    user = of_user(
        api, local, client_of, entity_role(api, **dict.fromkeys(("create", "read", "update"), "allowed"))
    )
    for answer in (
        user.get("/entities"),
        user.post("/entities", json=entity()),
        user.post(f"{own}/deactivate"),
        user.get(f"{own}/partner_metadata"),
        user.get("/settings"),
        user.get("/webhook_subscriptions"),
    ):
        assert answer.status_code == 403


def test_the_sdks_read_currencies_from_the_internal_api(api, local, client_of):
    user = of_user(api, local, client_of, entity_role(api))
    for client in (api, user):
        found = client.get("/internal/currencies").json()
        assert found["EUR"] == {"name": "Euro", "symbol": "€", "minor_units": 2}
        assert found["JPY"]["minor_units"] == 0
        assert found["KWD"] == {"name": "Kuwaiti Dinar", "symbol": "KWD", "minor_units": 3}
        assert set(found) == set(catalogue.load().schemas["CurrencyEnum"]["enum"])
    assert api.post("/internal/currencies").status_code == 405
    api.headers.pop("Authorization")
    assert api.get("/internal/currencies").status_code == 401
