"""Approval policies: scripts for users, roles, any-of and chains; triggers; priorities; requests."""

from datetime import timedelta

import pytest

EVENT = "{event_name == 'submitted_for_approval'}"


@pytest.fixture
def people(api):
    """Three users; the last has its own role."""
    everything = api.get("/roles").json()["data"][0]
    boss = api.made("/roles", {"name": "Boss", "permissions": everything["permissions"]})
    roles = {"ann": everything["id"], "bob": everything["id"], "cyd": boss["id"]}
    return {
        name: api.made("/entity_users", {"login": name, "first_name": name.title(), "role_id": role})
        for name, role in roles.items()
    }


@pytest.fixture
def payable(api):
    made = api.made(
        "/payables",
        {"currency": "EUR", "document_id": "B-1", "issued_at": "2026-03-01", "due_date": "2026-03-31"},
    )
    api.made(f"/payables/{made['id']}/line_items", {"quantity": 1, "unit_price": 60000, "tax": 0})
    return made


@pytest.fixture
def as_user(api, local, client_of, people):
    """Makes a client of one of the users."""

    def log_in(name):
        entity_id = local.credentials["MONITE_ENTITY_ID"]
        user_id = people[name]["id"]
        return client_of(local).log_in(grant_type="entity_user", entity_user_id=user_id).at(entity_id)

    return log_in


def by_users(*users, count=1):
    parameters = {"user_ids": [user["id"] for user in users], "required_approval_count": count}
    return {"call": "ApprovalRequests.request_approval_by_users", "params": parameters}


def by_roles(*role_ids, count=1):
    parameters = {"role_ids": list(role_ids), "required_approval_count": count}
    return {"call": "ApprovalRequests.request_approval_by_roles", "params": parameters}


def policy(api, script, **members):
    return api.made("/approval_policies", {"name": "P", "script": script, **members})


def submit(api, payable):
    assert api.post(f"/payables/{payable['id']}/submit_for_approval").status_code == 200


def status(api, payable):
    return api.get(f"/payables/{payable['id']}").json()["status"]


def waiting(api):
    return api.get("/approval_requests?status=waiting").json()["data"]


def test_a_user_approves(api, payable, people, as_user):
    made = policy(api, [by_users(people["ann"])], trigger={"all": [EVENT, "{invoice.amount >= 50000}"]})
    submit(api, payable)
    assert api.get(f"/payables/{payable['id']}").json()["approval_policy_id"] == made["id"]
    [request] = waiting(api)
    path = f"/approval_requests/{request['id']}/approve"
    assert as_user("bob").post(path).status_code == 403
    assert as_user("ann").post(path).json()["status"] == "approved"
    assert status(api, payable) == "waiting_to_be_paid"
    assert as_user("ann").post(path).status_code == 409
    [process] = api.get(f"/approval_policies/{made['id']}/processes").json()["data"]
    assert process["status"] == "succeeded"


def test_any_two_of_three(api, payable, people, as_user):
    policy(api, [by_users(*people.values(), count=2)])
    submit(api, payable)
    [request] = waiting(api)
    path = f"/approval_requests/{request['id']}/approve"
    assert as_user("ann").post(path).json()["status"] == "waiting"
    assert as_user("ann").post(path).status_code == 409
    assert status(api, payable) == "approve_in_progress"
    assert as_user("cyd").post(path).json()["status"] == "approved"
    assert status(api, payable) == "waiting_to_be_paid"


def test_a_chain_asks_one_after_the_other(api, payable, people, as_user):
    made = policy(
        api, [by_users(people["ann"]), by_roles(people["cyd"]["role_id"]), "{Payables.approve(invoice.id)}"]
    )
    submit(api, payable)
    process = api.get(f"/approval_policies/{made['id']}/processes").json()["data"][0]
    path = f"/approval_policies/{made['id']}/processes/{process['id']}"
    assert api.get(path).json()["status"] == "waiting"

    def states():
        return [step["status"] for step in api.get(f"{path}/steps").json()["data"]]

    assert states() == ["waiting", "not_started"]
    as_user("ann").post(f"/approval_requests/{waiting(api)[0]['id']}/approve")
    assert states() == ["approved", "waiting"]
    assert status(api, payable) == "approve_in_progress"
    as_user("cyd").post(f"/approval_requests/{waiting(api)[0]['id']}/approve")
    assert states() == ["approved", "approved"]
    assert status(api, payable) == "waiting_to_be_paid"


def test_all_and_any_of_several_questions(api, payable, people, as_user):
    both = [by_users(people["ann"]), by_users(people["bob"])]
    policy(api, [{"any": both}, {"all": both}])
    submit(api, payable)
    assert len(waiting(api)) == 2
    mine = next(r for r in waiting(api) if r["user_ids"] == [people["ann"]["id"]])
    as_user("ann").post(f"/approval_requests/{mine['id']}/approve")
    # The other question of the first step is withdrawn, and the second step has begun.
    states = [row["status"] for row in api.get("/approval_requests").json()["data"]]
    assert sorted(states) == ["approved", "canceled", "waiting", "waiting"]
    for name in ("ann", "bob"):
        [mine] = [r for r in waiting(api) if r["user_ids"] == [people[name]["id"]]]
        as_user(name).post(f"/approval_requests/{mine['id']}/approve")
    assert status(api, payable) == "waiting_to_be_paid"


def test_a_rejected_request_rejects_the_payable(api, payable, people, as_user):
    policy(api, [by_users(people["ann"]), by_users(people["bob"])])
    submit(api, payable)
    answer = as_user("ann").post(f"/approval_requests/{waiting(api)[0]['id']}/reject").json()
    assert (answer["status"], answer["rejected_by"]) == ("rejected", people["ann"]["id"])
    assert status(api, payable) == "rejected"
    assert waiting(api) == []


def test_the_highest_priority_applies_and_of_equals_none(api, payable, people):
    policy(api, [by_users(people["ann"])], priority=1)
    high = policy(api, [by_users(people["bob"])], priority=9)
    policy(api, [by_users(people["cyd"])], priority=10, trigger="{invoice.currency == 'USD'}")
    submit(api, payable)
    assert api.get(f"/payables/{payable['id']}").json()["approval_policy_id"] == high["id"]
    api.post(f"/payables/{payable['id']}/reject")
    assert waiting(api) == []
    policy(api, [by_users(people["cyd"])], priority=9)
    api.post(f"/payables/{payable['id']}/reopen")
    submit(api, payable)
    assert waiting(api) == []
    actions = [event["action"] for event in api.get("/events?object_type=payable").json()["data"]]
    assert "payable.multiple_approval_policies_matched" in actions


def test_a_process_can_be_canceled(api, payable, people):
    made = policy(api, [by_users(people["ann"])])
    submit(api, payable)
    process = api.get(f"/approval_policies/{made['id']}/processes").json()["data"][0]
    path = f"/approval_policies/{made['id']}/processes/{process['id']}/cancel"
    assert api.post(path).json()["status"] == "canceled"
    assert waiting(api) == []
    assert api.post(path).status_code == 409
    assert status(api, payable) == "approve_in_progress"


def test_a_policy_that_is_given_the_status_deleted_is_deleted(api, people):
    path = f"/approval_policies/{policy(api, [by_users(people['ann'])])['id']}"
    answer = api.patch(path, json={"status": "deleted", "name": "Q"})
    assert (answer.status_code, answer.json()["status"], answer.json()["name"]) == (200, "active", "Q")
    assert api.get(path).status_code == 404
    assert api.get("/approval_policies").json()["data"] == []


def test_a_policy_waits_for_its_start(api, local, payable, people):
    start = (local.clock.now() + timedelta(days=2)).isoformat()
    made = policy(api, [by_users(people["ann"])], starts_at=start)
    assert made["status"] == "pending"
    local.clock.advance(days=3)
    api.log_in()
    assert api.get(f"/approval_policies/{made['id']}").json()["status"] == "active"


def test_a_moment_without_a_zone_is_utc(api, people):
    script = [by_users(people["ann"])]
    soon = policy(api, script, starts_at="2100-01-01T00:00:00", ends_at="2101-01-01T00:00:00+02:00")
    assert soon["status"] == "pending"
    assert policy(api, script, starts_at="2000-01-01T00:00:00")["status"] == "active"


def test_a_script_must_be_understood(api, people):
    for script in (
        [],
        ["x"],
        [{"call": "Nothing"}],
        [{"if": True}],
        [by_users()],
        [by_users(people["ann"], count=2)],
    ):
        answer = api.post("/approval_policies", json={"name": "P", "script": script})
        assert answer.status_code == 400
        assert answer.json()["error"]["message"].startswith("Script validation error: ")
    body = {"name": "P", "script": [by_users(people["ann"])], "ends_at": "2030-01-01T00:00:00Z"}
    assert api.post("/approval_policies", json=body).status_code == 422


def test_a_request_can_be_made_by_hand(api, payable, people, as_user):
    body = {
        "object_type": "payable",
        "object_id": payable["id"],
        "required_approval_count": 1,
        "role_ids": [people["cyd"]["role_id"]],
    }
    made = api.made("/approval_requests", body)
    assert api.get(f"/approval_requests/{made['id']}").json()["status"] == "waiting"
    assert [
        row["id"] for row in api.get(f"/approval_requests?role_id={body['role_ids'][0]}").json()["data"]
    ] == [made["id"]]
    assert api.post(f"/approval_requests/{made['id']}/cancel").json()["status"] == "canceled"
    assert as_user("cyd").post(f"/approval_requests/{made['id']}/approve").status_code == 409
    body["object_id"] = made["id"]
    assert api.post("/approval_requests", json=body).status_code == 404


def refusal(api, script, **members):
    """The words of the refusal of a policy."""
    answer = api.post("/approval_policies", json={"name": "P", "script": script, **members})
    assert answer.status_code == 400
    return answer.json()["error"]["message"].removeprefix("Script validation error: ")


def test_what_the_form_of_the_react_sdk_writes_applies(api, payable, people, as_user):
    tag = api.made("/tags", {"name": "Flour"})
    api.patch(f"/payables/{payable['id']}", json={"tag_ids": [tag["id"]]})

    def compared(name, sign, value):
        return {"operator": sign, "left_operand": {"name": f"invoice.{name}"}, "right_operand": value}

    trigger = {
        "all": [
            EVENT,
            compared("tags.id", "in", [tag["id"]]),
            compared("amount", ">=", 100),
            compared("amount", "<=", 60000),
            compared("currency", "==", "EUR"),
        ]
    }
    chain = {"run_concurrently": False, "all": [by_users(people["bob"]), by_users(people["cyd"])]}
    script = [{"run_concurrently": True, "all": [by_users(people["ann"]), chain]}]
    made = policy(api, script, trigger=trigger)
    submit(api, payable)
    assert api.get(f"/payables/{payable['id']}").json()["approval_policy_id"] == made["id"]
    for names in (("ann", "bob"), ("cyd",)):
        assert {row["user_ids"][0] for row in waiting(api)} == {people[name]["id"] for name in names}
        for request in waiting(api):
            name = next(name for name in names if people[name]["id"] in request["user_ids"])
            as_user(name).post(f"/approval_requests/{request['id']}/approve")
    assert status(api, payable) == "waiting_to_be_paid"


def test_a_script_can_pay(api, payable, people, as_user):
    paid = ["{Payables.mark_as_paid(invoice.id, 'Marked from approval.')}"]
    policy(api, [{"if": by_users(people["ann"]), "then": paid, "else": ["{Payables.reject(invoice.id)}"]}])
    submit(api, payable)
    as_user("ann").post(f"/approval_requests/{waiting(api)[0]['id']}/approve")
    found = api.get(f"/payables/{payable['id']}").json()
    assert (found["status"], found["amount_due"]) == ("paid", 0)
    assert found["marked_as_paid_with_comment"] == "Marked from approval."


def test_a_script_need_not_ask_everybody(api, payable, people):
    small = {"if": "{invoice.amount < 100000}", "then": True, "else": [by_users(people["ann"])]}
    policy(api, [small])
    submit(api, payable)
    assert waiting(api) == []
    assert status(api, payable) == "waiting_to_be_paid"


def test_approvers_are_users_and_roles_of_the_entity(api, payable, people, entity):
    ann, ghost = people["ann"], {"id": "5c3a7f10-0000-4000-8000-000000000001"}
    other = api.made("/entities", entity("Other"))
    here = api.headers["X-Monite-Entity-Id"]
    stranger = api.at(other["id"]).made("/entity_users", {"login": "dee", "first_name": "Dee"})
    api.at(here)
    place = "script[0].all[1].params.user_ids[1]"
    for missing in (ghost, stranger):
        text = refusal(api, [{"all": [by_users(ann), by_users(ann, missing)]}])
        assert text == f"{place}: the entity has no user {missing['id']}."
    assert "no role" in refusal(api, [by_roles(stranger["role_id"])])
    assert refusal(api, [by_users(ann, ann, count=2)]).endswith("2 must approve, and 1 user can.")
    assert refusal(api, [by_roles(people["cyd"]["role_id"], count=2)]).endswith(
        "2 must approve, and 1 user can."
    )
    made = policy(api, [by_roles(people["cyd"]["role_id"], ann["role_id"], count=3)])
    answer = api.patch(f"/approval_policies/{made['id']}", json={"script": [by_users(ghost)]})
    assert answer.status_code == 400
    body = {"object_type": "payable", "object_id": payable["id"]}
    for wrong, location in (
        ({"user_ids": [ann["id"], ghost["id"]], "required_approval_count": 1}, ["body", "user_ids", 1]),
        ({"role_ids": [stranger["role_id"]], "required_approval_count": 1}, ["body", "role_ids", 0]),
        ({"user_ids": [ann["id"]], "required_approval_count": 2}, ["body", "required_approval_count"]),
    ):
        answer = api.post("/approval_requests", json={**body, **wrong})
        assert answer.status_code == 422
        assert answer.json()["detail"][0]["loc"] == location


def test_it_is_explained_which_policies_were_tried(api, local, payable, people):
    start = (local.clock.now() + timedelta(days=2)).isoformat()
    script = [by_users(people["ann"])]
    policy(api, script, name="Dollars", trigger={"all": [EVENT, "{invoice.currency == 'USD'}"]})
    policy(api, script, name="Later", starts_at=start)
    policy(api, script, name="Low", priority=-1)
    policy(api, script, name="Chosen", trigger="{amount >= 60000}")
    before = local.explain("payable", payable["id"])
    assert before["submitted_at"] is None
    submit(api, payable)
    found = local.explain("payable", payable["id"])
    rows = {row["name"]: (row["matches"], row["applies"], row["why"][-1]) for row in found["policies"]}
    assert rows == {
        "Dollars": (False, False, "invoice.currency == 'USD' does not hold: invoice.currency is \"EUR\""),
        "Later": (False, False, f"it starts at {start}"),
        "Low": (True, False, "priority -1 is lower than 0"),
        "Chosen": (True, True, "amount >= 60000 holds: amount is 60000"),
    }
    assert [row["name"] for row in before["policies"]] == list(rows)
    assert found["requests"][0]["user_ids"] == [people["ann"]["id"]]
    with pytest.raises(LookupError, match="has no payable"):
        local.explain("payable", people["ann"]["id"])


def test_before_its_submission_a_bill_is_explained_as_if_it_were_submitted_now(api, local, payable, people):
    policy(api, [by_users(people["ann"])], trigger="{invoice.status == 'approve_in_progress'}")
    [before] = local.explain("payable", payable["id"])["policies"]
    submit(api, payable)
    [after] = local.explain("payable", payable["id"])["policies"]
    assert before == after
    assert after["applies"]


def test_policies_made_after_the_submission_were_not_tried(api, local, payable, people):
    submit(api, payable)
    policy(api, [by_users(people["ann"])])
    found = local.explain("payable", payable["id"])
    assert found["submitted_at"]
    assert found["policies"] == []
