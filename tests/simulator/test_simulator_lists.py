"""Lists: pages that neither repeat nor lose a row, sorting, and every kind of filter."""

import uuid

import pytest

from monite_magic import catalogue
from monite_magic.simulator.filters import PAGING
from monite_magic.simulator.resources import Resource

NAMES = ["Alder", "birch", "Cedar", "Dogwood", "elm", "Fir", "Ginkgo"]


@pytest.fixture
def trees(api, entity, organization):
    """A new entity with seven counterparts, made one after the other."""
    api.at(api.made("/entities", entity())["id"])
    for index, name in enumerate(NAMES):
        api.local.clock.advance(seconds=1)
        api.made("/counterparts", organization(name, is_vendor=index % 2 == 0, email=f"{name}@trees.example"))
    return api


def names(answer):
    assert answer.status_code == 200, answer.text
    return [row["organization"]["legal_name"] for row in answer.json()["data"]]


def test_a_list_is_oldest_first_with_a_hundred_rows_at_most(trees):
    assert names(trees.get("/counterparts")) == NAMES


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("sort", [None, "counterpart_name"])
def test_a_walk_sees_each_row_once_and_back_again(trees, limit, order, sort):
    query = {"limit": limit, "order": order, **({"sort": sort} if sort else {})}
    expected = sorted(NAMES) if sort else NAMES
    expected = expected if order == "asc" else expected[::-1]
    answer = trees.get("/counterparts", params=query)
    seen, pages = names(answer), [names(answer)]
    while token := answer.json().get("next_pagination_token"):
        answer = trees.get("/counterparts", params={"pagination_token": token})
        seen += names(answer)
        pages.append(names(answer))
    assert seen == expected
    back = [names(answer)]
    while token := answer.json().get("prev_pagination_token"):
        answer = trees.get("/counterparts", params={"pagination_token": token})
        back.insert(0, names(answer))
    assert back == pages


def test_a_token_carries_its_query_and_ignores_what_is_beside_it(trees):
    first = trees.get("/counterparts", params={"limit": 2, "is_vendor": "true", "order": "desc"})
    assert names(first) == ["Ginkgo", "elm"]
    token = first.json()["next_pagination_token"]
    beside = {
        "pagination_token": token,
        "limit": 50,
        "is_vendor": "false",
        "order": "asc",
        "type": "individual",
    }
    assert names(trees.get("/counterparts", params=beside)) == ["Cedar", "Alder"]


def test_rows_added_meanwhile_neither_repeat_nor_hide_others(trees, organization):
    first = trees.get("/counterparts", params={"limit": 3, "sort": "counterpart_name"})
    assert names(first) == ["Alder", "Cedar", "Dogwood"]
    trees.made("/counterparts", organization("Aspen"))
    token = first.json()["next_pagination_token"]
    rest = trees.get("/counterparts", params={"limit": 100, "pagination_token": token})
    assert names(rest) == ["Fir", "Ginkgo", "birch"]


def test_a_made_up_token_is_refused(trees):
    real = trees.get("/counterparts", params={"limit": 1}).json()["next_pagination_token"]
    changed = real[:10] + ("A" if real[10] != "A" else "B") + real[11:]
    for token in ("x", "!!!", "a" * 40, changed):
        answer = trees.get("/counterparts", params={"pagination_token": token})
        assert answer.status_code == 422
        assert answer.json()["detail"][0]["loc"] == ["query", "pagination_token"]


def test_a_token_of_another_list_is_refused(trees):
    token = trees.get("/counterparts", params={"limit": 1}).json()["next_pagination_token"]
    assert trees.get("/roles", params={"pagination_token": token}).status_code == 422


@pytest.mark.parametrize("limit", [0, 101, -1, "ten"])
def test_a_limit_outside_its_range_is_422(trees, limit):
    answer = trees.get("/counterparts", params={"limit": limit})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", "limit"]


@pytest.mark.parametrize("query", [{"order": "up"}, {"sort": "height"}])
def test_an_unknown_order_or_sort_is_422(trees, query):
    assert trees.get("/counterparts", params=query).status_code == 422


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"counterpart_name": "Cedar"}, ["Cedar"]),
        ({"counterpart_name": "cedar"}, []),
        ({"counterpart_name__iexact": "cedar"}, ["Cedar"]),
        ({"counterpart_name__contains": "i"}, ["birch", "Fir", "Ginkgo"]),
        ({"counterpart_name__contains": "B"}, []),
        ({"counterpart_name__icontains": "B"}, ["birch"]),
        ({"email__icontains": "DOG"}, ["Dogwood"]),
        ({"is_vendor": "false"}, ["birch", "Dogwood", "Fir"]),
        ({"is_vendor": "true", "counterpart_name__icontains": "e"}, ["Alder", "Cedar", "elm"]),
        ({"address.country": "DE", "address.city": "Kiel"}, NAMES),
        ({"address.country": "FR"}, []),
        ({"type": "individual"}, []),
        ({"unknown_parameter": "1"}, NAMES),
    ],
)
def test_filters(trees, query, expected):
    assert names(trees.get("/counterparts", params=query)) == expected


def test_case_does_not_matter_beyond_ascii_either(trees, organization):
    trees.made("/counterparts", organization("MÜLLERS ÖFEN"))
    for query in ({"counterpart_name__icontains": "müllers ö"}, {"counterpart_name__iexact": "Müllers Öfen"}):
        assert names(trees.get("/counterparts", params=query)) == ["MÜLLERS ÖFEN"]


def test_filters_by_moment(trees):
    third = trees.get("/counterparts").json()["data"][2]["created_at"]
    for suffix, expected in {"gt": NAMES[3:], "gte": NAMES[2:], "lt": NAMES[:2], "lte": NAMES[:3]}.items():
        assert names(trees.get("/counterparts", params={f"created_at__{suffix}": third})) == expected
    # The same moment, written in another zone.
    other = third.replace("+00:00", "Z")
    assert names(trees.get("/counterparts", params={"created_at__gt": other})) == NAMES[3:]


def test_filters_by_list_repeat_their_key(trees):
    rows = trees.get("/counterparts").json()["data"]
    wanted = [rows[1]["id"], rows[4]["id"]]
    assert names(trees.get("/counterparts", params={"id__in": wanted})) == ["birch", "elm"]
    assert names(trees.get("/counterparts", params={"id__in": [str(uuid.uuid4())]})) == []


def test_filters_of_entities_and_users(api, entity, local):
    second = api.made("/entities", entity())
    emails = ["office@kornblume.example", "nobody@example.com"]
    assert [row["id"] for row in api.get("/entities", params={"email__in": emails}).json()["data"]] == [
        second["id"]
    ]
    left = api.get("/entities", params={"id__not_in": [second["id"]]}).json()["data"]
    assert [row["id"] for row in left] == [local.credentials["MONITE_ENTITY_ID"]]
    for start, count in {"mira h": 1, "MIRA": 1, "holm": 0}.items():
        found = api.get("/entity_users", params={"name__istartswith": start}).json()["data"]
        assert len(found) == count, start


def test_filters_by_parts_of_a_counterpart(trees):
    row = trees.get("/counterparts").json()["data"][3]
    account = {"country": "DE", "currency": "EUR", "iban": "DE02120300000000202051"}
    trees.made(f"/counterparts/{row['id']}/bank_accounts", account)
    trees.made(f"/counterparts/{row['id']}/vat_ids", {"value": "DE999999999"})
    assert names(trees.get("/counterparts", params={"iban": account["iban"]})) == ["Dogwood"]
    assert names(trees.get("/counterparts", params={"vat_id": "DE999999999"})) == ["Dogwood"]
    assert names(trees.get("/counterparts", params={"vat_id": "DE1"})) == []


@pytest.mark.parametrize("number", [10**30, -(10**30)])
def test_numbers_beyond_all_amounts_are_compared_too(api, number):
    api.made("/payables", {"currency": "EUR", "subtotal": 100, "tax_amount": 0, "total_amount": 100})
    found = api.get("/payables", params={"amount__lt": number}).json()["data"]
    assert len(found) == (1 if number > 0 else 0)
    if number > 0:
        answer = api.get("/accounting/payables", params={"offset": number})
        assert answer.status_code == 200
        assert answer.json()["data"] == []


def members_of(schema):
    """The names of the members that an object, or any alternative of it, can have."""
    schema = catalogue.load().resolve(schema)
    parts = [part for word in ("anyOf", "oneOf", "allOf") for part in schema.get(word, ())]
    return set(schema.get("properties", ())).union(*(members_of(part) for part in parts))


def listing_resources(local):
    """The list operations with the resources that answer them."""
    for operation in catalogue.load().operations:
        rule = next(rule for rule in local.rules if rule.subject == str(operation))
        resource = getattr(rule.handler, "__self__", None)
        if (
            operation.method == "GET"
            and isinstance(resource, Resource)
            and resource.collection == operation.path
        ):
            yield operation, resource


#: What is stored and not shown; and the source of a line, about which the document says nothing else.
NOT_SHOWN = {"tag_ids", "updated_at", "object_type", "event_action", "source", "source_id"}


def test_every_filter_looks_at_something_that_there_is(local):
    seen, nowhere = 0, []
    for operation, resource in listing_resources(local):
        rows = catalogue.load().resolve(operation.answers[200].schema)["properties"]["data"]
        known = members_of(rows["items"]) | NOT_SHOWN | {"created_at", "id"}
        for parameter in operation.query_parameters:
            field = parameter.name.partition("__")[0]
            path = resource.fields.get(parameter.name, resource.fields.get(field, field))
            member = path.removesuffix("[]").partition(".")[0]
            seen += 1
            # A separate rule has an empty path; what isn't part of the answer begins with an underscore.
            if parameter.name not in PAGING and member and member[0] != "_" and member not in known:
                nowhere.append(f"{operation}: {parameter.name}")
    assert seen > 400
    assert not nowhere, "\n".join(nowhere)
