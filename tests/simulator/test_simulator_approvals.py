"""Approval policies: scripts for users, roles, any-of and chains; triggers; priorities; requests."""

from datetime import timedelta

import pytest

from monite_magic.simulator.monitescript import ScriptError, is_true, steps

EVENT = "{event_name == 'submit_for_approval'}"


@pytest.fixture
def people(api):
    """Three users; the last has a role of its own."""
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
    for script in ([], ["x"], [{"call": "Nothing"}], [{"if": True}], [by_users()]):
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


VALUES = {"invoice.amount": 500, "invoice.currency": "EUR", "invoice.tags": ["a", "b"], "event_name": "x"}


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        (None, True),
        (False, False),
        ("{invoice.amount > 499}", True),
        ("{invoice.amount <= 499}", False),
        ("invoice.currency == 'EUR'", True),
        ("{invoice.currency in ['USD', 'EUR']}", True),
        ("{invoice.unknown == 1}", False),
        ("{invoice.currency > 5}", False),
        ({"operator": "in", "left_operand": {"name": "invoice.tags"}, "right_operand": ["b"]}, True),
        ({"operator": "!=", "left_operand": {"name": "invoice.amount"}, "right_operand": 500}, False),
        ({"any": [False, {"not": False}]}, True),
        ({"all": [True, "{invoice.amount == 1}"]}, False),
    ],
)
def test_triggers(trigger, expected):
    assert is_true(trigger, VALUES) is expected


@pytest.mark.parametrize(
    "trigger",
    [
        "nonsense",
        5,
        {"some": []},
        {"operator": "~", "left_operand": 1, "right_operand": 1},
        # What can't be understood does not hide behind a part that decides already.
        {"all": [False, "nonsense"]},
        {"any": [True, {"not": "nonsense"}]},
    ],
)
def test_what_is_no_trigger(trigger):
    with pytest.raises(ScriptError):
        is_true(trigger, VALUES)


def test_not_more_approvals_than_users_can_be_asked_for():
    asked = {"call": "ApprovalRequests.request_approval_by_users"}
    with pytest.raises(ScriptError, match="3 approvals of 2 users"):
        steps([{**asked, "params": {"user_ids": ["a", "b", "a"], "required_approval_count": 3}}])


def test_a_count_is_positive():
    script = [
        {
            "call": "ApprovalRequests.request_approval_by_roles",
            "params": {"role_ids": ["r"], "required_approval_count": 0},
        }
    ]
    with pytest.raises(ScriptError, match="positive"):
        steps(script)
