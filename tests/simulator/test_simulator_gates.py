"""What every call meets before its rule: route, version, entity, limits, headers, and how errors look."""

import json
import threading
import uuid

import httpx
import pytest

from monite_magic import catalogue
from monite_magic.simulator import Simulator


def test_every_answer_says_that_it_is_simulated(api):
    for answer in (
        api.get("/entities"),
        api.get("/nowhere"),
        api.put("/counterparts"),
        api.options("/entities"),
    ):
        assert answer.headers["x-monite-simulator"]
        assert uuid.UUID(answer.headers["x-request-id"])
        assert float(answer.headers["x-process-time"]) >= 0
        assert answer.headers["x-monite-version"] == "2024-05-25"


def test_the_entity_header_comes_back(api, local):
    assert api.get("/counterparts").headers["x-monite-entity-id"] == local.credentials["MONITE_ENTITY_ID"]


def test_a_missing_version_is_answered_as_documented(api):
    del api.headers["X-Monite-Version"]
    answer = api.get("/entities")
    assert answer.status_code == 400
    assert answer.json() == {
        "error": {"type": "missing_api_version", "message": "Missing the x-monite-version HTTP header"}
    }


@pytest.mark.parametrize("version", ["2024-05-26", "latest", "2024-5-25"])
def test_an_unknown_version_is_refused(api, version):
    answer = api.get("/entities", headers={"X-Monite-Version": version})
    assert answer.status_code == 400
    assert version in answer.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/nowhere", "/counterparts/", "/counterparts//", "//counterparts"])
def test_an_unknown_path_is_404(api, path):
    answer = api.get(f"http://simulator.localhost/v1{path}")
    assert answer.status_code == 404
    assert set(answer.json()) == {"error"}


def test_a_path_outside_the_api_is_404(api):
    assert api.get("http://simulator.localhost/counterparts").status_code == 404


def test_an_unknown_method_is_405(api):
    answer = api.put("/counterparts")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"


def test_every_operation_of_the_catalogue_has_a_rule_and_no_other(api):
    known = {rule.subject for rule in api.local.rules if rule.handler}
    versions = [catalogue.load(version) for version in catalogue.versions()]
    assert known == {str(operation) for each in versions for operation in each.operations}
    assert len(known) == 391 + 12  # 12 are older versions' own


def test_the_entity_header_is_required_where_documented(api):
    answer = api.at(None).get("/counterparts")
    assert answer.status_code == 422
    assert answer.json()["detail"] == [
        {"loc": ["header", "x-monite-entity-id"], "msg": "Field required", "type": "missing"}
    ]
    assert api.get("/entities").status_code == 200


def test_a_malformed_entity_header_is_422(api):
    assert api.at("acme").get("/counterparts").status_code == 422


def test_an_unknown_entity_is_404(api):
    assert api.at(str(uuid.uuid4())).get("/counterparts").status_code == 404


def test_nothing_of_one_entity_is_visible_through_another(api, entity, organization):
    mine = api.made("/counterparts", organization())
    other = api.made("/entities", entity())
    api.at(other["id"])
    assert api.get("/counterparts").json()["data"] == []
    for method in ("GET", "DELETE"):
        assert api.request(method, f"/counterparts/{mine['id']}").status_code == 404
    body = {"organization": {"legal_name": "Taken"}}
    assert api.patch(f"/counterparts/{mine['id']}", json=body).status_code == 404
    assert api.get(f"/counterparts/{mine['id']}/addresses").status_code == 404


def test_nothing_of_one_partner_is_visible_to_another(api, local, client_of):
    portal = local.portal
    portal.register("eve@example.com", "long enough password", "Eve", "Evening Ltd")
    session = portal.activate(local.outbox[-1]["token"])
    project = portal.create_project(session, "Mine")
    given = portal.create_credentials(session, project["id"])
    eve = client_of(local).log_in(client_id=given["client_id"], client_secret=given["client_secret"])
    assert eve.get("/entities").json()["data"] == []
    ready = local.credentials
    assert eve.get(f"/entities/{ready['MONITE_ENTITY_ID']}").status_code == 404
    assert eve.at(ready["MONITE_ENTITY_ID"]).get("/counterparts").status_code == 404
    answer = eve.token(
        client_id=given["client_id"],
        client_secret=given["client_secret"],
        grant_type="entity_user",
        entity_user_id=ready["MONITE_ENTITY_USER_ID"],
    )
    assert answer.status_code == 404


def test_a_user_cannot_name_another_entity(api, local, entity):
    other = api.made("/entities", entity())
    api.log_in(grant_type="entity_user", entity_user_id=local.credentials["MONITE_ENTITY_USER_ID"])
    assert api.at(other["id"]).get("/counterparts").status_code == 403


def test_requests_are_counted_but_not_refused_by_default(api):
    answers = [api.get("/entities") for _ in range(40)]
    assert {answer.status_code for answer in answers} == {200}
    for name in ("RateLimit-Limit", "X-RateLimit-Limit-Second"):
        assert answers[0].headers[name] == "30"
    assert "RateLimit-Remaining" in api.get("/nowhere").headers


def test_the_rate_limit_refuses_in_the_words_of_the_gateway(client_of):
    local = Simulator(rate_limit=5)
    api = client_of(local).log_in()
    answers = [api.get("/entities") for _ in range(20)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert refused[0].json() == {"message": "API rate limit exceeded"}
    assert refused[0].headers["retry-after"] == "1"
    assert refused[0].headers["ratelimit-remaining"] == "0"
    local.close()


@pytest.mark.parametrize(
    ("content", "place"), [(b"{", 1), (b'{"a": NaN}', 0), (b"\xff", 0), (b"[" * 100_000, 0), (b"", None)]
)
def test_a_body_that_is_not_json_is_422(api, content, place):
    answer = api.post("/counterparts", content=content)
    assert answer.status_code == 422
    [found] = answer.json()["detail"]
    assert found["loc"] == (["body"] if place is None else ["body", place])


def test_a_body_that_does_not_say_that_it_is_json_is_422(api, organization):
    content = json.dumps(organization())

    def post(media_type):
        return api.post("/counterparts", content=content, headers={"Content-Type": media_type}).status_code

    assert [post("application/json"), post("application/merge-patch+json")] == [201, 201]
    assert [post("text/plain"), post("application/x-www-form-urlencoded")] == [422, 422]


def test_an_id_may_be_in_capitals(api, local):
    entity_id = local.credentials["MONITE_ENTITY_ID"]
    assert api.get(f"/entities/{entity_id.upper()}").json()["id"] == entity_id


def test_a_body_that_is_too_big_is_the_gateways_413(api):
    answer = api.post("/counterparts", content=b"x" * 22_000_000)
    assert answer.status_code == 413
    assert answer.json() == {"message": "Request size limit exceeded"}


def test_what_is_wrong_with_a_body_is_told_by_place(api, organization):
    body = organization(email="nobody", is_vendor="yes")
    body["organization"]["address"]["country"] = "XX"
    body["colour"] = "red"
    del body["organization"]["legal_name"]
    answer = api.post("/counterparts", json=body)
    assert answer.status_code == 422
    found = {tuple(entry["loc"]): entry["type"] for entry in answer.json()["detail"]}
    assert found == {
        ("body", "colour"): "extra_forbidden",
        ("body", "organization", "legal_name"): "missing",
        ("body", "organization", "email"): "value_error",
        ("body", "organization", "is_vendor"): "bool_parsing",
        ("body", "organization", "address", "country"): "enum",
    }


def test_a_malformed_id_in_the_path_is_422(api):
    answer = api.get("/counterparts/abc")
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["path", "counterpart_id"]


def test_a_refused_request_leaves_nothing_behind(api, organization):
    body = organization(tag_ids=[str(uuid.uuid4())])
    before = api.get("/counterparts").json()["data"]
    # The address is written before the unknown tag is found.
    assert api.post("/counterparts", json=body).status_code == 422
    assert api.get("/counterparts").json()["data"] == before
    assert len(api.local.store.all("counterpart_address")) == len(before)


def test_many_threads_at_once(api, local, organization):
    errors = []

    def work(number):
        with httpx.Client(transport=httpx.WSGITransport(app=local.wsgi), base_url=api.base_url) as client:
            client.headers.update(api.headers)
            for index in range(5):
                answer = client.post("/counterparts", json=organization(f"Firm {number}-{index}"))
                if answer.status_code != 201:
                    errors.append(answer.text)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    names = [row["organization"]["legal_name"] for row in api.get("/counterparts").json()["data"]]
    assert sum(name.startswith("Firm ") for name in names) == 40
