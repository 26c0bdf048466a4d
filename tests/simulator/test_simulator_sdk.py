"""The official SDK, as a client that knows nothing of us, against the served simulator."""

import warnings

import httpx
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import monite as sdk
    from monite.core.api_error import ApiError

ADDRESS = {"country": "DE", "city": "Bremen", "postal_code": "28195", "line1": "Speicherhof 9"}


@pytest.fixture(scope="module")
def given(served, tmp_path_factory):
    with served(tmp_path_factory.mktemp("sdk")) as (_, values):
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
