"""The official SDK, as a client that knows nothing of us, against the served simulator."""

import contextlib
import inspect
import shutil
import uuid
import warnings

import httpx
import pytest
from walk import Walk

from monite_magic import catalogue

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import monite as sdk
    from monite.core.api_error import ApiError

ADDRESS = {"country": "DE", "city": "Bremen", "postal_code": "28195", "line1": "Speicherhof 9"}


@pytest.fixture(scope="module")
def given(served, bakery_file, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sdk")
    with served(folder, "--data", str(shutil.copy(bakery_file[0], folder))) as (_, values):
        yield values


@pytest.fixture
def connect(given):
    """Makes a client of the SDK, with a token of the partner or of an entity user."""
    http = httpx.Client()

    def connect(entity_id=None, user_id=None):
        members = {"monite_version": "2024-05-25", "base_url": given["MONITE_BASE_URL"], "httpx_client": http}
        if entity_id:
            members["monite_entity_id"] = entity_id
        token = sdk.Monite(token="none yet", **members).access_tokens.create(
            grant_type="entity_user" if user_id else "client_credentials",
            client_id=given["MONITE_CLIENT_ID"],
            client_secret=given["MONITE_CLIENT_SECRET"],
            **({"entity_user_id": user_id} if user_id else {}),
        )
        assert token.expires_in == 1800
        return sdk.Monite(token=token.access_token, **members)

    yield connect
    http.close()


@pytest.fixture
def client(connect, given):
    return connect(given["MONITE_ENTITY_ID"])


def walk(read, **query):
    """All rows of a list, page by page."""
    page = read(limit=2, **query)
    rows = list(page.data)
    while page.next_pagination_token:
        page = read(pagination_token=page.next_pagination_token)
        rows.extend(page.data)
    return rows


def test_entities(client, connect, given):
    made = client.entities.create(
        type="organization",
        email="office@deich.example",
        address=sdk.EntityAddressSchema(**ADDRESS),
        organization=sdk.OrganizationSchema(legal_name="Deich Roastery GmbH"),
    )
    assert client.entities.get_by_id(made.id) == made
    changed = client.entities.update_by_id(made.id, phone="+49 421 1")
    assert changed.phone == "+49 421 1"
    found = [row.id for row in walk(client.entities.get)]
    assert made.id in found
    assert given["MONITE_ENTITY_ID"] in found
    assert len(found) == len(set(found))


def test_roles_and_users(client, connect, given):
    permissions = {
        "objects": [
            {"object_type": "counterpart", "actions": [{"action_name": "read", "permission": "allowed"}]}
        ]
    }
    role = client.roles.create(name="Reader", permissions=permissions)
    assert client.roles.get_by_id(role.id).name == "Reader"
    assert client.roles.update_by_id(role.id, name="Lector").name == "Lector"
    user = client.entity_users.create(first_name="Kim", login="kim", role_id=role.id)
    assert client.entity_users.get_by_id(user.id).login == "kim"
    assert client.entity_users.update_by_id(user.id, last_name="Park").last_name == "Park"
    assert user.id in [row.id for row in walk(client.entity_users.get)]
    assert role.id in [row.id for row in walk(client.roles.get)]
    kim = connect(given["MONITE_ENTITY_ID"], user.id)
    assert kim.entity_users.get_current().id == user.id
    assert kim.entity_users.get_current_entity().id == given["MONITE_ENTITY_ID"]
    assert kim.entity_users.get_current_role().id == role.id
    assert kim.counterparts.get().data
    with pytest.raises(ApiError) as refused:
        kim.roles.get()
    assert refused.value.status_code == 403
    client.entity_users.delete_by_id(user.id)
    with pytest.raises(ApiError) as refused:
        client.entity_users.get_by_id(user.id)
    assert refused.value.status_code == 404


def test_counterparts_and_their_parts(client):
    organization = {
        "legal_name": "Moor & Mehl GmbH",
        "is_customer": True,
        "is_vendor": False,
        "address": ADDRESS,
    }
    made = [
        client.counterparts.create(
            request=sdk.CounterpartCreatePayload_Organization(
                organization={**organization, "legal_name": f"Moor {number}"}
            )
        )
        for number in range(5)
    ]
    first = made[0]
    assert client.counterparts.get_by_id(first.id).id == first.id
    rows = walk(client.counterparts.get, sort="counterpart_name", counterpart_name_contains="Moor")
    assert [row.id for row in rows] == [one.id for one in made]
    of_first = {"counterpart_id": first.id}
    parts = client.counterparts
    contact = parts.contacts.create(first_name="Ute", last_name="Kamp", address=ADDRESS, **of_first)
    assert contact.is_default
    assert parts.contacts.update_by_id(contact_id=contact.id, title="CEO", **of_first).title == "CEO"
    assert [row.id for row in parts.contacts.get(**of_first).data] == [contact.id]
    account = parts.bank_accounts.create(country="DE", currency="EUR", iban="DE021", **of_first)
    assert parts.bank_accounts.get_by_id(bank_account_id=account.id, **of_first).iban == "DE021"
    address = parts.addresses.create(**ADDRESS, **of_first)
    assert len(parts.addresses.get(**of_first).data) == 2
    parts.addresses.delete_by_id(address_id=address.id, **of_first)
    vat_id = parts.vat_ids.create(value="DE123", country="DE", **of_first)
    assert parts.vat_ids.get(**of_first).data[0].id == vat_id.id
    parts.contacts.delete_by_id(contact_id=contact.id, **of_first)
    for one in made:
        client.counterparts.delete_by_id(one.id)
    with pytest.raises(sdk.NotFoundError):
        client.counterparts.get_by_id(first.id)


def counterpart(client, name, **members):
    details = {"legal_name": name, "is_customer": True, "is_vendor": True, "address": ADDRESS, **members}
    return client.counterparts.create(request=sdk.CounterpartCreatePayload_Organization(organization=details))


def test_the_story_of_a_bill(client, connect, given):
    vendor = counterpart(client, "Haferhof")
    approver = client.entity_users.create(
        first_name="Ada", login="ada", role_id=client.roles.get(name="Administrator").data[0].id
    )
    ask = {
        "call": "ApprovalRequests.request_approval_by_users",
        "params": {"user_ids": [approver.id], "required_approval_count": 1},
    }
    policy = client.approval_policies.create(name="All of Haferhof", script=[ask], priority=5)
    bill = client.payables.create(
        counterpart_id=vendor.id,
        currency="EUR",
        document_id="HH-1",
        issued_at="2026-03-01",
        due_date="2026-03-31",
    )
    assert bill.status == "draft"
    client.payables.line_items.create(bill.id, name="Oats", quantity=2, unit_price=1000, tax=700)
    bill = client.payables.get_by_id(bill.id)
    assert (bill.status, bill.total_amount) == ("new", 2140)
    assert client.payables.validate_by_id(bill.id).validation_errors == []
    assert client.payables.submit_for_approval_by_id(bill.id).status == "approve_in_progress"
    [request] = client.approval_requests.get(object_id=bill.id).data
    ada = connect(given["MONITE_ENTITY_ID"], approver.id)
    assert ada.approval_requests.approve_by_id(request.id).status == "approved"
    assert client.payables.get_by_id(bill.id).status == "waiting_to_be_paid"
    record = client.payment_records.create(
        amount=1000, currency="EUR", object=sdk.PaymentRecordObjectRequest(id=bill.id, type="payable")
    )
    assert record.object.new_status == "partially_paid"
    paid = client.payables.mark_as_paid_by_id(bill.id, comment="the rest")
    assert (paid.status, paid.amount_due) == ("paid", 0)
    kinds = [entry.event_type for entry in client.payables.get_payables_id_history(bill.id).data]
    assert kinds.count("status_changed") == 5
    with pytest.raises(sdk.ConflictError):
        client.payables.cancel_by_id(bill.id)
    client.approval_policies.delete_by_id(policy.id)


def test_the_story_of_an_invoice(client):
    customer = counterpart(client, "Kaffeehaus", email="kaffeehaus@example.com")
    product = client.products.create(name="Bread", price=sdk.Price(currency="EUR", value=500))
    terms = client.payment_terms.create(name="14 days", term_final=sdk.TermFinalDays(number_of_days=14))
    rate = client.vat_rates.get().data[0]
    line = sdk.LineItem(product_id=product.id, quantity=10, vat_rate_id=rate.id)
    quote = client.receivables.create(
        request=sdk.ReceivableFacadeCreateQuotePayload(
            type="quote",
            currency="EUR",
            counterpart_id=customer.id,
            counterpart_billing_address_id=customer.default_billing_address_id,
            line_items=[line],
        )
    )
    assert (quote.status, quote.total_amount) == ("draft", 5950)
    assert client.receivables.issue_by_id(quote.id).status == "issued"
    assert client.receivables.accept_by_id(quote.id).success
    [invoice] = client.receivables.get(based_on=quote.id).data
    change = sdk.UpdateInvoicePayload(invoice=sdk.UpdateInvoice(payment_terms_id=terms.id))
    assert client.receivables.update_by_id(invoice.id, request=change).payment_terms.name == "14 days"
    invoice = client.receivables.issue_by_id(invoice.id)
    assert invoice.status == "issued"
    assert invoice.due_date
    assert client.receivables.send_by_id(invoice.id, subject_text="Invoice", body_text="Here it is").mail_id
    client.payment_records.create(
        amount=950, currency="EUR", object=sdk.PaymentRecordObjectRequest(id=invoice.id, type="receivable")
    )
    assert client.receivables.get_by_id(invoice.id).status == "partially_paid"
    note = client.receivables.create(
        request=sdk.ReceivableCreateBasedOnPayload(type="credit_note", based_on=invoice.id)
    )
    assert client.receivables.issue_by_id(note.id).status == "issued"
    assert client.receivables.get_by_id(invoice.id).amount_due == 0
    assert client.receivables.get_pdf_link_by_id(invoice.id).file_url
    assert {entry.event_type for entry in client.receivables.get_history(invoice.id).data} >= {
        "receivable_created",
        "status_changed",
        "mail_sent",
        "payment_received",
    }


def test_an_invoice_that_is_paid_in_two_parts_and_credited(client):
    customer = counterpart(client, "Teehaus", email="teehaus@example.com")
    product = client.products.create(name="Tea", price=sdk.Price(currency="EUR", value=500))
    invoice = client.receivables.create(
        request=sdk.ReceivableFacadeCreateInvoicePayload(
            type="invoice",
            currency="EUR",
            counterpart_id=customer.id,
            counterpart_billing_address_id=customer.default_billing_address_id,
            payment_terms_id=client.payment_terms.get().data[0].id,
            line_items=[sdk.LineItem(product_id=product.id, quantity=10, tax_rate_value=0)],
        )
    )
    invoice = client.receivables.issue_by_id(invoice.id)
    statuses = []
    for amount in (2000, 3000):
        client.payment_records.create(
            amount=amount,
            currency="EUR",
            object=sdk.PaymentRecordObjectRequest(id=invoice.id, type="receivable"),
        )
        statuses.append(client.receivables.get_by_id(invoice.id).status)
    assert statuses == ["partially_paid", "paid"]
    note = client.receivables.create(
        request=sdk.ReceivableCreateBasedOnPayload(type="credit_note", based_on=invoice.id)
    )
    assert client.receivables.issue_by_id(note.id).status == "issued"
    paid = client.receivables.get_by_id(invoice.id)
    assert (paid.status, paid.amount_due, paid.related_documents.credit_note_ids) == ("paid", 0, [note.id])


OF_THE_USER = {f"entity_users.get_current{what}" for what in ("", "_entity", "_role")} | {
    "entities.get_entities_me"
}
# What the SDK's reading methods ask for beside ids.
ASKED = {
    "metric": "id",
    "aggregation_function": "count",
    "object_type": "product",
    "network_identifier": "DE1",
    "network_schema": "DE:VAT",
}


def reading_methods(part, name=""):
    """All methods of the SDK that read, with their names and the arguments that they ask for."""
    for word in dir(part):
        inner = getattr(part, word)
        if word.startswith("get") and inspect.ismethod(inner):
            parameters = inspect.signature(inner).parameters.values()
            yield f"{name}{word}", inner, [p.name for p in parameters if p.default is p.empty]
        elif type(inner).__name__.endswith("Client") and not word.startswith(("_", "with_")):
            yield from reading_methods(inner, f"{name}{word}.")


def ids_in_path(asked, path, ids):
    """For each id that stands in a path as `asked` has it: that of something that exists, where one does."""
    template = catalogue.load().find("GET", path).operation.path
    steps = template.split("/")
    found = {}
    for index, value in enumerate(path.split("/")):
        for name in (name for name, given in asked.items() if given == value):
            made = ids.get("/".join(steps[: index + 1])) or ids.get(steps[index].strip("{}"))
            found[name] = made or value
    return template, found


def test_every_reading_method_of_the_sdk(client, connect, given):
    user = connect(given["MONITE_ENTITY_ID"], given["MONITE_ENTITY_USER_ID"])
    as_user = {name: read for name, read, _ in reading_methods(user)}
    wrapper = client._client_wrapper
    with httpx.Client(base_url=given["MONITE_BASE_URL"], headers=wrapper.get_headers()) as http:
        walk = Walk(http, given)
        for _ in walk(("POST", "GET")):
            pass
    paths, templates, answered = [], set(), {}
    http = wrapper.httpx_client.httpx_client
    http.event_hooks["request"] = [lambda request: paths.append(request.url.path.removeprefix("/v1"))]
    for name, as_partner, arguments in reading_methods(client):
        read = as_user[name] if name in OF_THE_USER else as_partner
        asked = {word: ASKED.get(word) or str(uuid.uuid4()) for word in arguments}
        if "object_id" in asked:
            asked["object_id"] = walk.ids["payable_id"]
        # The first call shows where in the path an id stands; the second is the one that counts.
        with contextlib.suppress(ApiError):
            read(**asked)
        template, ids = ids_in_path(asked, paths[-1], walk.ids)
        templates.add(template)
        try:
            answered[name] = read(**{**asked, **ids}) is not None
        except ApiError as error:
            answered[name] = error.status_code
    assert len(answered) > 140
    assert len(templates) > 140
    refused = {name: status for name, status in answered.items() if status is not True}
    assert not refused, refused
