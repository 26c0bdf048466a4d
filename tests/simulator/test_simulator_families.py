"""What the other families do: products, files, templates, orders, webhooks, exports, analytics, stand-ins."""

import csv
import hashlib
import hmac
import io
import json
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

ADDRESS = {"country": "DE", "city": "Ulm", "postal_code": "89073", "line1": "Platz 1"}

ACCOUNT = {"country": "DE", "currency": "EUR", "iban": "DE02120300000000202051"}
DOLLARS = {
    "country": "US",
    "currency": "USD",
    "account_holder_name": "Kornblume",
    "account_number": "123456789",
    "routing_number": "021000021",
}


@pytest.fixture
def payable(api):
    body = {"currency": "EUR", "document_id": "B-1", "issued_at": "2026-03-01", "due_date": "2026-03-31"}
    made = api.made("/payables", body)
    line = {"name": "=Flour", "quantity": 1, "unit_price": 1000, "tax": 0}
    api.made(f"/payables/{made['id']}/line_items", line)
    return made


def later(api, span):
    api.local.clock.advance(span)
    api.log_in()


def test_a_unit_in_use_and_a_name_in_use(api):
    unit = api.made("/measure_units", {"name": "kg"})
    assert api.post("/measure_units", json={"name": "kg"}).status_code == 409
    price = {"value": 1, "currency": "EUR"}
    product = api.made("/products", {"name": "Rye", "measure_unit_id": unit["id"], "price": price})
    assert api.delete(f"/measure_units/{unit['id']}").status_code == 409
    for query in ({"price__gte": 1}, {"currency": "EUR"}, {"name__icontains": "RY"}):
        assert [row["id"] for row in api.get("/products", params=query).json()["data"]] == [product["id"]]
    assert api.delete(f"/products/{product['id']}").status_code == 204
    assert api.delete(f"/measure_units/{unit['id']}").status_code == 204
    assert api.post("/products", json={"name": "x", "measure_unit_id": unit["id"]}).status_code == 422


def test_rates(api, organization):
    rates = api.get("/vat_rates").json()["data"]
    assert [rate["value"] for rate in rates] == [1900, 700, 0]
    assert rates == api.get("/vat_rates").json()["data"]
    parts = [{"name": "a", "value": 500}, {"name": "b", "value": 250}]
    assert api.made("/custom_vat_rates", {"name": "Both", "components": parts})["value"] == 750


def test_tags_are_unique_and_go_from_everything_at_once(api, organization):
    tag = api.made("/tags", {"name": "vip"})
    assert api.post("/tags", json={"name": "vip"}).status_code == 409
    assert api.post("/tags", json={"name": "VIP"}).status_code == 201
    made = api.made("/counterparts", organization(tag_ids=[tag["id"]]))
    assert [shown["name"] for shown in made["organization"]["tags"]] == ["vip"]
    found = api.get("/counterparts", params={"tag_ids__in": tag["id"]}).json()["data"]
    assert [row["id"] for row in found] == [made["id"]]
    api.delete(f"/tags/{tag['id']}")
    assert api.get(f"/counterparts/{made['id']}").json()["organization"]["tags"] == []
    assert api.get("/counterparts", params={"tag_ids__in": tag["id"]}).json()["data"] == []


def test_comments_are_about_payables(api, payable):
    body = {"object_type": "payable", "object_id": payable["id"], "text": "Why?"}
    made = api.made("/comments", body)
    found = api.get("/comments", params={"object_type": "payable", "object_id": payable["id"]}).json()["data"]
    assert found == [made]
    body["object_id"] = made["id"]
    assert api.post("/comments", json=body).status_code == 404


def test_files_are_kept_described_and_served(api):
    content = bytes(range(256))
    answer = api.post(
        "/files",
        files={"file": ("a.bin", content, "application/octet-stream")},
        data={"file_type": "payables"},
    )
    assert answer.status_code == 201
    made = answer.json()
    assert made["md5"] == hashlib.md5(content).hexdigest()
    assert api.get(made["url"]).content == content
    assert api.get("/files", params={"file_type": "payables"}).json()["data"] == [made]
    assert api.get("/files", params={"file_type": "zip"}).json()["data"] == []
    assert api.post("/files", data={"file_type": "payables"}).status_code == 422
    assert api.delete(f"/files/{made['id']}").status_code == 204
    assert api.get(made["url"]).status_code == 404


def test_a_user_has_no_part_in_the_files_of_another_entity(api, local, entity, client_of, payable):
    data = {"file_type": "payables"}
    api.post(f"/payables/{payable['id']}/attach_file", files={"file": ("a.pdf", b"%PDF-", "application/pdf")})
    [file] = api.get("/files").json()["data"]
    api.post("/files", files={"file": ("logo.png", b"x", "image/png")}, data=data)
    api.at(api.made("/entities", entity())["id"])
    role = api.made("/roles", {"name": "r", "permissions": {"objects": []}})
    user = api.made("/entity_users", {"login": "u", "first_name": "U", "role_id": role["id"]})
    stranger = client_of(local).log_in(grant_type="entity_user", entity_user_id=user["id"])
    assert stranger.get("/files").json()["data"] == []
    assert stranger.get(f"/files/{file['id']}").status_code == 404
    assert stranger.delete(f"/files/{file['id']}").status_code == 404
    own = stranger.post("/files", files={"file": ("b.pdf", b"y", "application/pdf")}, data=data).json()
    assert stranger.get(f"/files/{own['id']}").json() == own


def test_one_template_of_a_type_is_the_default(api):
    body = {"name": "a", "template": "x", "type": "memo", "document_type": "invoice"}
    one, two = (api.made("/text_templates", {**body, "name": name}) for name in "ab")
    assert (one["is_default"], two["is_default"]) == (True, False)
    assert api.delete(f"/text_templates/{one['id']}").status_code == 409
    assert api.post(f"/text_templates/{two['id']}/make_default").json()["is_default"] is True
    assert api.get(f"/text_templates/{one['id']}").json()["is_default"] is False
    assert api.delete(f"/text_templates/{one['id']}").status_code == 204
    [plain, *_] = api.get("/document_templates").json()["data"]
    preview = api.get(f"/document_templates/{plain['id']}/preview")
    assert preview.content.startswith(b"%PDF")
    body = {
        "subject": "{invoice_number}",
        "body": "x",
        "document_type": "receivables_invoice",
        "language_code": "en",
    }
    assert api.post("/mail_templates/preview", json=body).json()["subject_preview"] == "[invoice_number]"


def test_a_purchase_order_is_issued_when_it_is_sent(api, organization, local):
    vendor = api.made("/counterparts", organization("Mill", is_vendor=True, email="mill@example.com"))
    item = {"name": "Flour", "quantity": 3, "unit": "sack", "price": 1900, "currency": "EUR", "vat_rate": 700}
    body = {
        "counterpart_id": vendor["id"],
        "currency": "EUR",
        "items": [item],
        "message": "",
        "valid_for_days": 30,
    }
    order = api.made("/payable_purchase_orders", body)
    path = f"/payable_purchase_orders/{order['id']}"
    assert (order["status"], order["document_id"]) == ("draft", "PO-00001")
    assert api.patch(path, json={"message": "Soon"}).json()["message"] == "Soon"
    text = {"subject_text": "Order {document_id}", "body_text": "{total_amount}"}
    shown = api.post(f"{path}/preview", json=text).json()
    assert shown == {"subject_preview": "Order PO-00001", "body_preview": "57.00"}
    mail_id = api.post(f"{path}/send", json=text).json()["mail_id"]
    assert (local.outbox[-1]["id"], local.outbox[-1]["to"]) == (mail_id, "mill@example.com")
    sent = api.get(path).json()
    assert sent["status"] == "issued"
    assert api.get(sent["file_url"]).content.startswith(b"%PDF")
    assert api.patch(path, json={"message": "Late"}).status_code == 409
    assert api.delete(path).status_code == 409
    assert api.post("/payables", json={"purchase_order_id": order["id"]}).status_code == 200


def test_delivery_notes(api, organization):
    customer = api.made("/counterparts", organization("Cafe"))
    body = {
        "counterpart_id": customer["id"],
        "counterpart_address_id": customer["default_billing_address_id"],
        "line_items": [{"product": {"name": "Bread"}, "quantity": 2}],
    }
    note, other = (api.made("/delivery_notes", body) for _ in range(2))
    assert (note["status"], note["document_id"]) == ("created", "DN-00001")
    path = f"/delivery_notes/{note['id']}"
    assert api.post(f"{path}/mark_as_delivered").json()["status"] == "delivered"
    assert api.post(f"{path}/cancel").status_code == 409
    assert api.patch(path, json={"memo": "x"}).status_code == 409
    assert api.delete(path).status_code == 409
    assert api.post(f"/delivery_notes/{other['id']}/cancel").json()["status"] == "canceled"


def test_receipts_have_lines_and_one_file(api):
    receipt = api.made("/receipts", {"merchant_name": "Kiosk", "total_amount": 300, "currency": "EUR"})
    path = f"/receipts/{receipt['id']}"
    line = api.made(f"{path}/line_items", {"name": "Tea", "total": 300})
    assert api.get(f"{path}/line_items").json()["data"] == [line]
    files = {"file": ("r.png", b"png", "image/png")}
    assert api.post(f"{path}/attach_file", files=files).json()["file_url"]
    assert api.post(f"{path}/attach_file", files=files).status_code == 409
    assert api.delete(f"{path}/line_items/{line['id']}").status_code == 204
    assert api.post("/receipts/upload_from_file", files=files).status_code == 201


class Listener(BaseHTTPRequestHandler):
    """Keeps what it is told, and answers 200."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.told.append((self.headers, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def listener():
    # One thread a connection: a stranger on this port must not keep the delivery waiting.
    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    server.daemon_threads = True
    server.told = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def wait_for(condition, local):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, f"it did not happen; the deliveries: {local.webhooks}"
        time.sleep(0.02)


def test_webhooks_are_delivered_and_signed(api, local, listener, organization):
    url = f"http://127.0.0.1:{listener.server_port}/hook?x=1"
    subscription = api.made(
        "/webhook_subscriptions", {"object_type": "counterpart", "event_types": ["created"], "url": url}
    )
    path = f"/webhook_subscriptions/{subscription['id']}"
    assert "secret" not in api.get(path).json()
    made = api.made("/counterparts", organization("Told"))
    wait_for(lambda: listener.told, local)
    headers, body = listener.told[0]
    event = json.loads(body)
    assert (event["object_type"], event["object"]["id"]) == ("counterpart", made["id"])
    parts = dict(part.split("=", 1) for part in headers["Monite-Signature"].split(","))
    signed = hmac.new(subscription["secret"].encode(), f"{parts['t']}.".encode() + body, hashlib.sha256)
    assert parts["v1"] == signed.hexdigest()
    wait_for(lambda: api.get("/webhook_deliveries").json()["data"][0]["was_successful"], local)
    [kept] = local.webhooks
    assert (kept["signature"], kept["body"].encode()) == (headers["Monite-Signature"], body)
    assert api.get(f"/events/{event['id']}").json()["action"] == event["action"]
    # Other events, other types, a refused call, and a subscription that is switched off: nothing is told.
    api.patch(f"/counterparts/{made['id']}", json={"organization": {"legal_name": "x"}})
    api.made("/tags", {"name": "x"})
    api.post("/counterparts", json={})
    assert api.post(f"{path}/disable").json()["status"] == "disabled"
    api.made("/counterparts", organization("Untold"))
    assert api.post(f"{path}/enable").json()["status"] == "enabled"
    again = api.post(f"{path}/regenerate_secret").json()["secret"]
    assert again != subscription["secret"]
    time.sleep(0.1)
    assert len(listener.told) == 1


def test_webhooks_never_leave_the_machine(api, local, organization):
    body = {"object_type": "counterpart", "url": "https://hooks.example.com/x"}
    api.made("/webhook_subscriptions", body)
    api.made("/counterparts", organization())
    [delivery] = local.webhooks
    assert delivery["url"] == "https://hooks.example.com/x"
    assert delivery["requests_made_count"] == 0
    assert "_body" not in delivery


def test_an_export_is_a_real_csv(api, payable):
    wanted = {"name": "payable", "statuses": ["new", "draft"]}
    body = {"date_from": "2000-01-01", "date_to": "2100-01-01", "format": "csv", "objects": [wanted]}
    made = api.made("/data_exports", body)
    path = f"/data_exports/{made['id']}"
    assert api.get(path).json()["status"] == "requested"
    later(api, "1 minute")
    done = api.get(path).json()
    assert (done["status"], done["count"]) == ("succeeded", 1)
    [row] = csv.DictReader(io.StringIO(api.get(done["source_url"]).text))
    assert (row["document_id"], row["total_amount"], row["status"]) == ("B-1", "1000", "new")
    body["objects"].append({"name": "receivable", "statuses": ["draft"]})
    made = api.made("/data_exports", body)
    later(api, "1 minute")
    packed = api.get(api.get(f"/data_exports/{made['id']}").json()["source_url"]).content
    assert zipfile.ZipFile(io.BytesIO(packed)).namelist() == ["payable.csv", "receivable.csv"]


def test_a_cell_of_an_export_is_no_formula(api, payable):
    api.patch(f"/payables/{payable['id']}", json={"document_id": "=HYPERLINK(1)"})
    wanted = {"name": "payable", "statuses": ["new", "draft"]}
    body = {"date_from": "2000-01-01", "date_to": "2100-01-01", "format": "csv", "objects": [wanted]}
    made = api.made("/data_exports", body)
    later(api, "1 minute")
    text = api.get(api.get(f"/data_exports/{made['id']}").json()["source_url"]).text
    assert "'=HYPERLINK(1)" in text


def test_analytics_are_computed_from_the_documents(api, payable):
    for total, day in ((100, "2026-01-15"), (300, "2026-01-20"), (500, "2026-04-01")):
        api.made("/payables", {"currency": "USD", "total_amount": total, "issued_at": day})

    def points(path="/analytics/payables", **query):
        data = api.get(path, params={"metric": "total_amount", **query}).json()["data"]
        return {point.get("dimension_value"): point["metric_value"] for point in data}

    assert points(aggregation_function="summary") == {None: 1900}
    assert points(aggregation_function="summary", dimension="currency") == {"EUR": 1000, "USD": 900}
    assert points(aggregation_function="average", currency="USD") == {None: 300}
    assert points(aggregation_function="max", currency="USD") == {None: 500}
    assert points(aggregation_function="min", currency="USD") == {None: 100}
    periods = {"aggregation_function": "count", "dimension": "issued_at", "currency": "USD"}
    assert points(**periods, date_dimension_breakdown="monthly") == {"2026-01": 2, "2026-04": 1}
    assert points(**periods, date_dimension_breakdown="quarterly") == {"2026-Q1": 2, "2026-Q2": 1}
    assert points(**periods, date_dimension_breakdown="weekly") == {
        "2026-01-12": 1,
        "2026-01-19": 1,
        "2026-03-30": 1,
    }
    assert points(**periods, date_dimension_breakdown="yearly") == {"2026": 3}
    by_status = api.get("/payables/analytics").json()
    assert (by_status["count"], by_status["sum_total_amount"]) == (4, 1900)
    assert points("/analytics/receivables", aggregation_function="count") == {None: 0}


def test_settings_of_an_entity_and_of_the_partner(api, local):
    path = f"/entities/{local.credentials['MONITE_ENTITY_ID']}"
    assert api.get(f"{path}/settings").json()["receivable_edit_flow"] == "compliant"
    numbers = {"document_ids": {"prefix": "SK", "min_digits": 3, "next_number": {"purchase_order": 41}}}
    api.patch(f"{path}/settings", json=numbers)
    assert api.get(f"{path}/settings/next_document_numbers").json()["purchase_order"] == 41
    assert api.get(f"{path}/settings").json()["document_ids"]["prefix"] == "SK"
    assert api.put(f"{path}/partner_metadata", json={"metadata": {"a": 1}}).json() == {"metadata": {"a": 1}}
    logo = api.put(f"{path}/logo", files={"file": ("l.png", b"\x89PNG\r\n", "image/png")}).json()
    assert api.get(path).json()["logo"]["id"] == logo["id"]
    assert api.delete(f"{path}/logo").status_code == 204
    assert api.get(path).json()["logo"] is None
    methods = api.put(f"{path}/payment_methods", json={"payment_methods_receive": ["card"]}).json()["data"]
    assert [m["type"] for m in methods if m["status"] == "active"] == ["card"]
    vat = api.made(f"{path}/vat_ids", {"country": "DE", "value": "DE1"})
    assert api.get(f"{path}/vat_ids").json()["data"] == [vat]
    assert api.patch(f"{path}/vat_ids/{vat['id']}", json={"value": "DE2"}).json()["value"] == "DE2"
    assert (
        api.patch("/settings", json={"website": "https://x.example"}).json()["website"] == "https://x.example"
    )
    assert api.get("/settings").json()["website"] == "https://x.example"


def test_onboarding_is_done_when_what_is_asked_for_is_there(api, local):
    path = f"/entities/{local.credentials['MONITE_ENTITY_ID']}"
    first = api.get("/onboarding_requirements").json()["data"][0]
    assert first["verification_status"] == "disabled"
    assert len(first["requirements"]["currently_due"]) == 4
    moment = "2026-01-01T00:00:00Z"
    data = {"business_profile": {"mcc": "5462"}, "tos_acceptance": {"date": moment, "ip": "127.0.0.1"}}
    assert api.patch(f"{path}/onboarding_data", json=data).json()["business_profile"]["mcc"] == "5462"
    api.made("/bank_accounts", ACCOUNT)
    relationship = {"representative": True}
    person = {"email": "a@example.com", "first_name": "A", "last_name": "B", "relationship": relationship}
    api.made("/persons", person)
    assert api.get("/onboarding_requirements").json()["data"][0]["verification_status"] == "enabled"


def test_one_bank_account_of_a_currency_is_the_default(api):
    one, two = (api.made("/bank_accounts", ACCOUNT) for _ in range(2))
    assert (one["is_default_for_currency"], two["is_default_for_currency"]) == (True, False)
    assert api.post(f"/bank_accounts/{two['id']}/make_default").json()["is_default_for_currency"] is True
    assert api.get(f"/bank_accounts/{one['id']}").json()["is_default_for_currency"] is False


def test_payment_links_and_batches(api, payable, organization):
    vendor = api.made("/counterparts", organization("Mill", is_vendor=True))
    link = {
        "recipient": {"type": "counterpart", "id": vendor["id"]},
        "payment_methods": ["card"],
        "object": {"type": "payable", "id": payable["id"]},
    }
    made = api.made("/payment_links", link)
    assert (made["amount"], made["currency"], made["status"]) == (1000, "EUR", "active")
    intent = api.get(f"/payment_intents/{made['payment_intent_id']}").json()
    assert intent["amount"] == 1000
    assert api.post(f"/payment_links/{made['id']}/expire").json()["status"] == "expired"
    assert api.post(f"/payment_links/{made['id']}/expire").status_code == 409
    api.post(f"/payables/{payable['id']}/approve_payment_operation")
    account = api.made("/bank_accounts", DOLLARS)
    single = {
        "object": {"type": "payable", "id": payable["id"]},
        "recipient": {"type": "counterpart", "id": vendor["id"]},
    }
    body = {"payer_bank_account_id": account["id"], "payment_method": "us_ach", "payment_intents": [single]}
    batch = api.made("/batch_payments", body)
    assert batch["status"] == "processing"
    later(api, "2 minutes")
    assert api.get(f"/batch_payments/{batch['id']}").json()["status"] == "succeeded"
    assert api.get(f"/payables/{payable['id']}").json()["status"] == "paid"
    history = api.get(f"/payment_intents/{batch['payment_intents'][0]['id']}/history").json()["data"]
    assert [entry["status"] for entry in history] == ["processing", "succeeded"]


def test_accounting_carries_over_what_there_is(api, payable, organization):
    connection = api.made("/accounting_connections", {})
    assert connection["status"] == "connected"
    path = f"/accounting_connections/{connection['id']}"
    assert api.post(f"{path}/sync").status_code == 202
    bills = api.get("/accounting_synced_records", params={"object_type": "bill"}).json()["data"]
    assert [record["object_id"] for record in bills] == [payable["id"]]
    assert api.get("/accounting/payables").json()["data"][0]["total_amount"] == 10.0
    assert api.get(f"/accounting/payables/{payable['id']}").json()["invoice_number"] == "B-1"
    assert api.get("/accounting/payables", params={"offset": 1}).json()["data"] == []
    assert api.post(f"{path}/disconnect").json()["status"] == "disconnected"
    assert api.post(f"{path}/sync").status_code == 409
    ledger = api.get("/ledger_accounts").json()["data"]
    assert api.get(f"/ledger_accounts/{ledger[0]['id']}").json() == ledger[0]


def test_the_assistant_says_that_it_is_simulated(api):
    conversation = api.made("/ai/conversations", {})
    path = f"/ai/conversations/{conversation['id']}"
    answer = api.post(f"{path}/messages", json={"text_prompt": "How much do I owe?"})
    assert answer.status_code == 201
    messages = api.get(path).json()["messages"]
    assert "simulated" in messages[1]["content"]
    feedback = {"message_id": messages[1]["id"], "action": "like"}
    assert api.post("/ai/message_feedbacks", json=feedback).status_code == 204


def test_a_rate_of_e_invoicing_is_found_where_a_counterpart_has_it(api, organization):
    made = api.made("/counterparts", organization())
    vat = api.made(f"/counterparts/{made['id']}/vat_ids", {"country": "DE", "value": "DE77"})
    path = f"/counterparts/{made['id']}/einvoicing_credentials"
    assert api.made(path, {"counterpart_vat_id_id": vat["id"]})["network_identifier"] == "DE77"
    query = {"network_schema": "DE:VAT", "network_identifier": "DE77"}
    assert api.get("/einvoice_search", params=query).json() == {"exists": True}
    query["network_identifier"] = "DE78"
    assert api.get("/einvoice_search", params=query).json() == {"exists": False}


def test_mailboxes(api, local):
    domain = api.made("/mailbox_domains", {"domain": "bills.example.com"})
    assert api.post(f"/mailbox_domains/{domain['id']}/verify").json()["status"] == "active"
    body = {"mailbox_domain_id": domain["id"], "mailbox_name": "in", "related_object_type": "payable"}
    mailbox = api.made("/mailboxes", body)
    assert mailbox["mailbox_full_address"] == "in@bills.example.com"
    entity = local.credentials["MONITE_ENTITY_ID"]
    assert api.post("/mailboxes/search", json={"entity_ids": [entity]}).json()["data"] == [mailbox]
    for name in ("-a.example", "a b", "ä.example"):
        assert api.post("/mailbox_domains", json={"domain": name}).status_code == 422


@pytest.mark.parametrize(
    ("account", "missing"),
    [
        ({"currency": "EUR", "country": "DE"}, {"iban"}),
        ({"currency": "GBP", "country": "GB", "account_number": "1"}, {"account_holder_name", "sort_code"}),
        ({"currency": "USD", "country": "US", "sort_code": "1"}, set(DOLLARS) - {"country", "currency"}),
        ({"currency": "EUR", "country": "KE"}, set()),
        ({"currency": "EUR", "country": "KE", "bic": "DEUTDEFF"}, {"iban"}),
        ({"currency": "CHF", "country": "CH", "account_number": "1"}, {"iban"}),
        ({"currency": "CHF", "country": "CH", "account_number": "1", "routing_number": "2"}, set()),
        (DOLLARS, set()),
    ],
)
def test_what_a_bank_account_needs_depends_on_its_currency(api, account, missing):
    answer = api.post("/bank_accounts", json=account)
    assert answer.status_code == (422 if missing else 201)
    assert {entry["loc"][1] for entry in answer.json().get("detail", ())} == missing


def test_rules_that_stand_in_descriptions_only(api, local, entity):
    own = f"/entities/{local.credentials['MONITE_ENTITY_ID']}"

    def places(method, path, body):
        answer = api.request(method, path, json=body)
        assert answer.status_code == 422, answer.text
        return [".".join(map(str, entry["loc"][1:])) for entry in answer.json()["detail"]]

    body = entity("US Inc")
    us = {**body["address"], "country": "US"}
    assert places("POST", "/entities", {**body, "address": us}) == ["address.state"]
    assert places("POST", "/entities", {**body, "address": {**us, "state": "New York"}}) == ["address.state"]
    assert api.post("/entities", json={**body, "address": {**us, "state": "NY"}}).status_code == 201
    assert places("PATCH", own, {"registration_number": "HRB 1"}) == ["registration_authority"]
    both = {"registration_number": "HRB 1", "registration_authority": "Amtsgericht Jena"}
    assert api.patch(own, json=both).status_code == 200
    for domain in ("mail.-x.com", "a_b.com", "x-.com", "ü.de"):
        assert places("POST", "/mailbox_domains", {"domain": domain}) == ["domain"]
    assert api.post("/mailbox_domains", json={"domain": "mail-1.Example.com"}).status_code == 201
    address = {"address_line1": "a", "city": "b", "postal_code": "1", "country": "DE"}
    neither = {"address": address, "is_sender": False, "is_receiver": False}
    assert places("POST", "/einvoicing_connections", neither) == ["is_sender"]
    numbers = {"document_ids": {"next_number": {"invoice": 40}}}
    assert api.patch(f"{own}/settings", json=numbers).status_code == 200
    numbers["document_ids"]["next_number"]["invoice"] = 38
    assert places("PATCH", f"{own}/settings", numbers) == ["document_ids.next_number.invoice"]
    tag = api.made("/tags", {"name": "k"})
    tagging = [{"enabled": True, "keywords": ["fine", "x"], "tag_id": tag["id"]}]
    assert places("PATCH", f"{own}/settings", {"payables_ocr_auto_tagging": tagging}) == [
        "payables_ocr_auto_tagging.0.keywords.1"
    ]


def test_a_conversation_is_there_for_its_user_alone(api, local, client_of):
    mine = api.made("/ai/conversations", {})
    entity_id, user_id = local.credentials["MONITE_ENTITY_ID"], local.credentials["MONITE_ENTITY_USER_ID"]
    user = client_of(local).log_in(grant_type="entity_user", entity_user_id=user_id).at(entity_id)
    theirs = user.made("/ai/conversations", {})
    for client, own, other in ((api, mine, theirs), (user, theirs, mine)):
        assert [row["id"] for row in client.get("/ai/conversations").json()["data"]] == [own["id"]]
        assert client.get(f"/ai/conversations/{other['id']}").status_code == 404
