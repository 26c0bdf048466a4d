"""Each API version by its own contract: paths, success codes, and bodies in the shape of the version."""

import pytest

ADDRESS = {"country": "DE", "city": "Ulm", "postal_code": "89073", "line1": "Platz 1"}
NEWEST, MIDDLE, OLDEST = "2024-05-25", "2024-01-31", "2023-09-01"


@pytest.fixture
def speak(local, client_of):
    """Makes a partner's client of a version, at the ready-made entity."""

    def speak(version):
        return client_of(local, version=version).log_in().at(local.credentials["MONITE_ENTITY_ID"])

    return speak


@pytest.mark.parametrize(
    ("method", "path", "known_in"),
    [
        ("GET", "/delivery_notes", {NEWEST}),
        ("GET", "/audit_logs", {MIDDLE, OLDEST}),
        ("GET", "/webhook_settings", {OLDEST}),
        ("GET", "/webhooks", {OLDEST}),
        ("GET", "/webhook_subscriptions", {NEWEST, MIDDLE}),
        ("GET", "/tags", {NEWEST, MIDDLE, OLDEST}),
    ],
)
def test_a_path_that_a_version_does_not_have_is_404(speak, method, path, known_in):
    for version in (NEWEST, MIDDLE, OLDEST):
        answer = speak(version).request(method, path)
        assert answer.status_code == (200 if version in known_in else 404), (version, answer.text)
        if version not in known_in:
            assert answer.json() == {"error": {"message": "Not Found"}}


def test_the_rule_says_what_it_rests_on(local):
    [rule] = [
        rule
        for rule in local.rules
        if rule.text == "A path that a version doesn't have is answered with 404."
    ]
    assert rule.status == "schema"
    assert len([rule for rule in local.rules if rule.subject == "API version up to 2023-09-01"]) >= 8


@pytest.mark.parametrize(
    ("version", "served_by"), [("2023-06-04", OLDEST), ("2022-11-16", OLDEST), ("2025-06-23", NEWEST)]
)
def test_a_version_without_a_contract_is_served_by_its_nearest(speak, version, served_by):
    assert (speak(version).get("/webhook_settings").status_code == 200) == (served_by == OLDEST)
    assert (speak(version).get("/delivery_notes").status_code == 200) == (served_by == NEWEST)


@pytest.mark.parametrize("version", ["2024-05-26", "latest"])
def test_a_version_that_does_not_exist_is_400_and_a_missing_one_too(speak, version):
    api = speak(NEWEST)
    assert api.get("/tags", headers={"X-Monite-Version": version}).status_code == 400
    del api.headers["X-Monite-Version"]
    assert api.get("/tags").json()["error"]["type"] == "missing_api_version"


@pytest.mark.parametrize(("version", "status"), [(NEWEST, 201), (MIDDLE, 200), (OLDEST, 200)])
def test_success_codes_are_the_versions_own(speak, version, status):
    api = speak(version)
    domain = api.post("/mailbox_domains", json={"domain": "bills.example.com"})
    assert domain.status_code == status
    body = {
        "mailbox_domain_id": domain.json()["id"],
        "mailbox_name": "bills",
        "related_object_type": "payable",
    }
    assert api.post("/mailboxes", json=body).status_code == status


@pytest.mark.parametrize(
    ("version", "status"), [(NEWEST, 401), (MIDDLE, 400), (OLDEST, 400), ("2023-03-14", 400)]
)
def test_an_expired_token_is_400_up_to_2024_01_31(speak, version, status):
    api = speak(version)
    api.local.clock.advance("31 minutes")
    assert api.get("/tags").status_code == status


def party(name, address="address"):
    details = {"legal_name": name, "is_customer": True, "is_vendor": False, address: ADDRESS}
    return {"type": "organization", "organization": details}


def test_what_one_version_made_another_one_reads(speak):
    old, new = speak(OLDEST), speak(NEWEST)
    made = old.made("/counterparts", party("Old Mill", "registered_address"))
    read = new.get(f"/counterparts/{made['id']}").json()
    assert read["organization"]["legal_name"] == "Old Mill"
    [address] = new.get(f"/counterparts/{made['id']}/addresses").json()["data"]
    assert address["id"] == read["default_billing_address_id"]
    assert "is_default" not in address
    [address] = old.get(f"/counterparts/{made['id']}/addresses").json()["data"]
    assert address["is_default"] is True
    body = {"type": "organization", "organization": {"legal_name": "Renamed"}}
    renamed = old.patch(f"/counterparts/{made['id']}", json=body).json()
    assert (renamed["type"], renamed["organization"]["legal_name"]) == ("organization", "Renamed")


@pytest.fixture
def invoice_body(speak):
    api = speak(NEWEST)
    counterpart = api.made("/counterparts", party("Customer"))
    product = api.made("/products", {"name": "Rye", "price": {"currency": "EUR", "value": 333}})
    rate = next(each for each in api.get("/vat_rates").json()["data"] if each["value"] == 700)
    return {
        "type": "invoice",
        "currency": "EUR",
        "counterpart_id": counterpart["id"],
        "line_items": [{"product_id": product["id"], "vat_rate_id": rate["id"], "quantity": 10}],
    }


def test_an_invoice_without_an_address_has_the_customers_default_one_in_2023(speak, invoice_body):
    assert speak(MIDDLE).post("/receivables", json=invoice_body).status_code == 422
    made = speak(OLDEST).made("/receivables", invoice_body)
    assert made["counterpart_address"]["line1"] == "Platz 1"
    assert made["total_amount"] == 3563  # 33.30 and 7 % of it, which is 2.331


def test_an_address_in_an_invoice_is_one_of_the_customers_or_becomes_one(speak, invoice_body):
    old, addresses = speak(OLDEST), f"/counterparts/{invoice_body['counterpart_id']}/addresses"
    for given, count in (
        (ADDRESS, 1),
        ({**ADDRESS, "line1": "Hof 2"}, 2),
        ({**ADDRESS, "line1": "Hof 2"}, 2),
    ):
        made = old.made("/receivables", {**invoice_body, "counterpart_billing_address": given})
        assert made["counterpart_billing_address"]["line1"] == given["line1"]
        assert len(old.get(addresses).json()["data"]) == count
    change = {"invoice": {"counterpart_shipping_address": {**ADDRESS, "line1": "Tor 3"}}}
    changed = old.patch(f"/receivables/{made['id']}", json=change).json()
    assert changed["counterpart_shipping_address"]["line1"] == "Tor 3"
    assert changed["counterpart_billing_address"]["line1"] == "Hof 2"


def test_the_lines_of_an_invoice_have_whole_products_up_to_2024_01_31(speak, invoice_body):
    made = speak(OLDEST).made("/receivables", invoice_body)
    product = speak(NEWEST).get(f"/products/{invoice_body['line_items'][0]['product_id']}").json()
    for version in (MIDDLE, OLDEST):
        shown = speak(version).get(f"/receivables/{made['id']}").json()["line_items"][0]["product"]
        assert (shown["created_at"], shown["entity_id"]) == (product["created_at"], product["entity_id"])
    rate = speak(OLDEST).get(f"/receivables/{made['id']}").json()["line_items"][0]["product"]["vat_rate"]
    assert rate["created_by"] == "monite"
    newest = speak(NEWEST).get(f"/receivables/{made['id']}").json()["line_items"][0]["product"]
    assert "created_at" not in newest


def test_a_reminder_has_one_term_in_2023_and_several_later(speak):
    term = {"days_after": 5, "subject": "Due", "body": "Please pay."}
    old, new = speak(OLDEST), speak(NEWEST)
    made = old.made("/overdue_reminders", {"name": "Soft", "term": term})
    assert made["term"] == term
    read = new.get(f"/overdue_reminders/{made['id']}").json()
    assert read["terms"] == [term]
    assert "term" not in read
    change = old.patch(f"/overdue_reminders/{made['id']}", json={"term": {**term, "days_after": 9}})
    assert change.json()["term"]["days_after"] == 9


def test_webhook_settings_are_the_subscriptions_of_2023(speak):
    old, new = speak(OLDEST), speak(NEWEST)
    made = old.post(
        "/webhook_settings", json={"object_type": "payable", "url": "https://hooks.example.com/a"}
    )
    assert (made.status_code, made.json()["status"]) == (200, "enabled")
    path = f"/webhook_settings/{made.json()['id']}"
    assert old.post(f"{path}/disable").json()["status"] == "disabled"
    assert new.get(f"/webhook_subscriptions/{made.json()['id']}").json()["status"] == "disabled"
    assert old.post(f"{path}/regenerate_secret").json()["secret"] != made.json()["secret"]
    assert old.delete(path).json() == {"message": "The webhook subscription is deleted."}
    assert new.get(f"/webhook_subscriptions/{made.json()['id']}").status_code == 404


def test_deliveries_have_their_old_name_too(speak):
    old = speak(OLDEST)
    old.post("/webhook_settings", json={"object_type": "tag", "url": "https://hooks.example.com/a"})
    old.made("/tags", {"name": "late"})
    [delivery] = old.get("/webhooks").json()["data"]
    assert delivery == speak(MIDDLE).get("/webhook_deliveries").json()["data"][0]


def test_events_have_a_name_and_the_id_of_their_object(speak):
    tag = speak(OLDEST).made("/tags", {"name": "late"})
    event = speak(OLDEST).get("/events?order=desc").json()["data"][0]
    assert (event["name"], event["object_id"]) == ("tag.created", tag["id"])
    assert "object_id" not in speak(MIDDLE).get("/events").json()["data"][0]


def test_a_version_shows_no_events_of_objects_that_it_does_not_have(speak):
    new = speak(NEWEST)
    hook = {"object_type": "ocr_task", "url": "https://hooks.example.com/a"}
    known = new.made("/webhook_subscriptions", {**hook, "object_type": "tag"})
    unknown = new.made("/webhook_subscriptions", hook)
    new.made("/tags", {"name": "late"})
    task = {"document_type": "invoice", "file_url": "https://files.example.com/bill.pdf"}
    assert new.post("/ocr_tasks", json=task).status_code == 202
    [last] = [row for row in new.get("/events").json()["data"] if row["object_type"] == "ocr_task"]
    assert len(new.get("/webhook_deliveries").json()["data"]) == 2
    for version, subscriptions, deliveries in (
        (MIDDLE, "/webhook_subscriptions", "/webhook_deliveries"),
        (OLDEST, "/webhook_settings", "/webhooks"),
    ):
        api = speak(version)
        events = [row["object_type"] for row in api.get("/events").json()["data"]]
        assert "tag" in events
        assert "ocr_task" not in events
        assert api.get(f"/events/{last['id']}").status_code == 404
        assert [row["id"] for row in api.get(subscriptions).json()["data"]] == [known["id"]]
        assert api.get(f"{subscriptions}/{unknown['id']}").status_code == 404
        assert len(api.get(deliveries).json()["data"]) == 1


def test_the_audit_log_has_what_was_written(speak, local):
    api = speak(MIDDLE)
    tag = api.made("/tags", {"name": "late"})
    api.get("/tags")
    assert api.post("/tags", json={"name": "late"}).status_code == 409
    api.patch(f"/tags/{tag['id']}", json={"name": "later"})
    found = api.get("/audit_logs").json()
    assert (found["total_logs"], found["total_pages"]) == (2, 1)
    newest, oldest = found["data"]
    assert (newest["method"], newest["path"]) == ("PATCH", f"/tags/{tag['id']}")
    assert (oldest["method"], oldest["path"], oldest["status_code"]) == ("POST", "/tags", 201)
    assert oldest["entity_id"] == local.credentials["MONITE_ENTITY_ID"]
    assert "late" not in api.get("/audit_logs").text.replace("later", "")
    assert api.get(f"/audit_logs/{oldest['id']}").json() == oldest
    assert [each["method"] for each in api.get("/audit_logs", params={"method": "POST"}).json()["data"]] == [
        "POST"
    ]
    page = api.get("/audit_logs", params={"page_size": 1, "page_num": 2}).json()
    assert (page["data"], page["total_pages"]) == ([oldest], 2)


def test_the_audit_log_of_one_entity_shows_nothing_of_another(speak, entity):
    api = speak(MIDDLE)
    api.made("/tags", {"name": "late"})
    other = api.made("/entities", entity())["id"]
    api.at(other)
    assert api.get("/audit_logs").json()["data"] == []
    [entry] = api.at(None).get("/audit_logs").json()["data"]
    assert api.at(other).get(f"/audit_logs/{entry['id']}").status_code == 404
    assert api.get("/audit_logs/00000000-0000-4000-8000-000000000000").status_code == 404


def test_the_audit_log_is_for_the_partner_alone(speak, local):
    user = {"grant_type": "entity_user", "entity_user_id": local.credentials["MONITE_ENTITY_USER_ID"]}
    assert speak(MIDDLE).log_in(**user).get("/audit_logs").status_code == 403


def test_an_address_is_made_the_default_one(speak):
    old = speak(OLDEST)
    made = old.made("/counterparts", party("Mill", "registered_address"))
    path = f"/counterparts/{made['id']}/addresses"
    second = old.made(path, {**ADDRESS, "line1": "Hof 2"})
    assert second["is_default"] is False
    assert old.post(f"{path}/{second['id']}/make_default").json()["is_default"] is True
    assert (
        speak(NEWEST).get(f"/counterparts/{made['id']}").json()["default_billing_address_id"] == second["id"]
    )


def test_an_account_is_the_default_one(speak):
    old = speak(OLDEST)
    counterpart = old.made("/counterparts", party("Mill", "registered_address"))
    path = f"/counterparts/{counterpart['id']}/bank_accounts"
    first = old.made(
        path, {"country": "DE", "currency": "EUR", "iban": "DE02120300000000202051", "is_default": True}
    )
    assert first["is_default"] is True
    [read] = speak(NEWEST).get(path).json()["data"]
    assert read["is_default_for_currency"] is True
    assert "is_default" not in read


def test_a_recurrence_has_an_end_up_to_2024_01_31(speak, invoice_body):
    new, old = speak(NEWEST), speak(MIDDLE)
    address = new.get(f"/counterparts/{invoice_body['counterpart_id']}").json()["default_billing_address_id"]
    invoice = new.made("/receivables", {**invoice_body, "counterpart_billing_address_id": address})
    body = {
        "invoice_id": invoice["id"],
        "start_date": "2060-01-15",
        "max_occurrences": 4,
        "frequency": "month",
    }
    made = new.made("/recurrences", body)
    shown = old.get(f"/recurrences/{made['id']}").json()
    assert (shown["end_month"], shown["end_year"]) == (4, 2060)
    new.post(f"/recurrences/{made['id']}/pause")
    assert old.get(f"/recurrences/{made['id']}").json()["status"] == "active"


@pytest.mark.parametrize(
    ("day", "days"),
    [
        ("first_day", ["2060-11-01", "2060-12-01", "2061-01-01"]),
        ("last_day", ["2060-11-30", "2060-12-31", "2061-01-31"]),
    ],
)
def test_a_recurrence_of_months_issues_in_each_of_them(speak, invoice_body, day, days):
    new, old = speak(NEWEST), speak(MIDDLE)
    address = new.get(f"/counterparts/{invoice_body['counterpart_id']}").json()["default_billing_address_id"]
    invoice = new.made("/receivables", {**invoice_body, "counterpart_billing_address_id": address})
    months = {"start_month": 11, "start_year": 2060, "end_month": 1, "end_year": 2061}
    made = old.made("/recurrences", {"invoice_id": invoice["id"], "day_of_month": day, **months})
    assert [each["issue_at"] for each in made["iterations"]] == days
    assert {name: made[name] for name in months} == months
    later = old.patch(f"/recurrences/{made['id']}", json={"end_month": 2, "end_year": 2061}).json()
    assert len(later["iterations"]) == 4


@pytest.mark.parametrize("version", [NEWEST, MIDDLE, OLDEST])
def test_permissions_without_a_type_are_for_what_has_their_actions(speak, version):
    def types(role):
        return [each["object_type"] for each in role["permissions"]["objects"]]

    api = speak(version)
    entry = {"actions": [{"action_name": "pay", "permission": "allowed"}]}
    made = api.made("/roles", {"name": "payer", "permissions": {"objects": [entry]}})
    assert types(made) == ["payable"]
    reader = {"object_type": "tag", "actions": [{"action_name": "read", "permission": "allowed"}]}
    changed = api.patch(f"/roles/{made['id']}", json={"permissions": {"objects": [reader, entry]}})
    assert types(changed.json()) == ["tag", "payable"]


def test_roles_and_templates_say_what_a_version_knows(speak):
    def object_types(version):
        roles = speak(version).get("/roles").json()["data"]
        return {each["object_type"] for role in roles for each in role["permissions"]["objects"]}

    newest, middle, oldest = map(object_types, (NEWEST, MIDDLE, OLDEST))
    assert newest - middle == {"delivery_note", "mailbox", "ocr_task", "receipt"}
    assert middle - oldest == {"project"}

    def kinds(version):
        return {each["document_type"] for each in speak(version).get("/document_templates").json()["data"]}

    assert kinds(NEWEST) == {"receivable", "purchase_order"}
    assert kinds(MIDDLE) == {"invoice", "payables_purchase_order"}


def test_due_dates_are_asked_for_with_a_time_in_2023(speak):
    speak(NEWEST).made("/payables", {"currency": "EUR", "due_date": "2026-04-01", "issued_at": "2026-03-01"})
    found = speak(OLDEST).get("/payables", params={"due_date": "2026-04-01T00:00:00Z"}).json()["data"]
    assert len(found) == 1
    assert speak(NEWEST).get("/payables", params={"due_date": "2026-04-01T00:00:00Z"}).status_code == 422


def test_what_is_missing_of_an_invoice_is_wrapped_since_2024(speak, entity):
    new, old = speak(NEWEST), speak(OLDEST)
    without_tax_id = new.made("/entities", entity())["id"]
    for api in (new, old):
        api.at(without_tax_id)
    counterpart = new.made("/counterparts", party("Customer"))
    line = {
        "product": {"name": "Rye", "price": {"currency": "EUR", "value": 1}},
        "quantity": 1,
        "tax_rate_value": 0,
    }
    body = {"type": "invoice", "currency": "EUR", "counterpart_id": counterpart["id"], "line_items": [line]}
    address = counterpart["default_billing_address_id"]
    made = new.made("/receivables", {**body, "counterpart_billing_address_id": address})
    path = f"/receivables/{made['id']}/verify"
    assert new.post(path).json()["errors"]["entity"] == ["tax_id"]
    assert old.post(path).json()["entity"] == ["tax_id"]
