"""Seeds: what is in them, that the books agree, and that lists of them are read by an index."""

import json
import re
import shutil
import statistics
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from monite_magic.simulator import Simulator
from monite_magic.simulator.clock import Clock
from monite_magic.simulator.seeds import SEEDS


def frozen(moment=None):
    clock = Clock()
    clock.freeze(moment)
    return clock


@pytest.fixture(scope="module")
def bakery(bakery_file, tmp_path_factory):
    made, moment = bakery_file
    path = shutil.copy(made, tmp_path_factory.mktemp("bakery"))
    simulator = Simulator(data=str(path), clock=frozen(moment))
    yield simulator
    simulator.close()


def every(api, path, **query):
    """All rows of a list."""
    answer = api.get(path, params=query).json()
    rows = answer["data"]
    while answer.get("next_pagination_token"):
        answer = api.get(path, params={"pagination_token": answer["next_pagination_token"]}).json()
        rows += answer["data"]
    return rows


@pytest.fixture
def shop(bakery, client_of):
    return client_of(bakery).log_in().at(bakery.credentials["MONITE_ENTITY_ID"])


def test_the_bakery_is_a_small_firm_with_a_past(bakery, shop):
    assert len(shop.get("/entities").json()["data"]) == 2
    assert len(shop.get("/roles").json()["data"]) == 5
    counterparts = every(shop, "/counterparts")
    assert len(counterparts) == 40
    countries = {address["country"] for address in bakery.store.all("counterpart_address")}
    assert len(countries) == 6
    payables = every(shop, "/payables")
    months = {payable["issued_at"][:7] for payable in payables}
    assert len(months) >= 18
    assert {"EUR", "JPY"} <= {payable["currency"] for payable in payables}
    states = Counter(payable["status"] for payable in payables)
    assert {"paid", "waiting_to_be_paid", "new", "rejected"} <= set(states)
    invoices = every(shop, "/receivables", type="invoice")
    assert "KWD" in {invoice["currency"] for invoice in invoices}
    assert {"paid", "overdue", "issued", "uncollectible"} <= {invoice["status"] for invoice in invoices}
    quotes = every(shop, "/receivables", type="quote")
    assert {"accepted", "declined", "expired"} <= {quote["status"] for quote in quotes}


def test_the_bakery_has_seasons_late_payers_disputes_and_duplicates(bakery, shop):
    invoices = every(shop, "/receivables", type="invoice")
    by_month = Counter()
    for invoice in invoices:
        # One may be a draft at this very moment, without a date of issue.
        if invoice["currency"] == "EUR" and invoice["status"] != "draft":
            by_month[invoice["issue_date"][5:7]] += invoice["total_amount"]
    assert by_month["12"] > statistics.mean(by_month.values())
    late = [i for i in invoices if i["status"] == "paid" and i["paid_at"][:10] > i["due_date"]]
    assert 0.2 < len(late) / len(invoices) < 0.8
    payables = every(shop, "/payables")
    known = Counter((p["counterpart_id"], p["issued_at"], p["total_amount"]) for p in payables)
    assert sum(count > 1 for count in known.values()) == 3
    assert len(bakery.store.all("comment")) >= 2


def test_the_books_of_the_bakery_agree(bakery, shop):
    paid = Counter()
    for record in every(shop, "/payment_records"):
        paid[record["object"]["id"]] += record["amount"] - record["overpaid_amount"]
    for payable in every(shop, "/payables"):
        assert payable["amount_paid"] == paid[payable["id"]]
        assert payable["amount_paid"] + payable["amount_due"] == payable["total_amount"]
        lines = bakery.store.all("payable_line_item", parent=payable["id"])
        assert sum(line["total"] for line in lines) == payable["total_amount"]
    for invoice in every(shop, "/receivables", type="invoice"):
        assert invoice["amount_paid"] == paid[invoice["id"]]
        credited = invoice["total_amount"] - invoice["total_amount_with_credit_notes"]
        assert invoice["amount_paid"] + invoice["amount_due"] + credited == invoice["total_amount"]


# Secrets are never the same, and tokens come and go.
RANDOM = ("credential", "meta", "token")


def documents(simulator):
    """All documents without what is random in them: the keys of files, whose contents come in order."""
    counts = simulator.store.counts()
    text = json.dumps({kind: simulator.store.all(kind) for kind in sorted(counts) if kind not in RANDOM})
    keys = {content["id"] for content in simulator.store.all("file_content")}
    return json.loads(re.sub(r"[\w-]{32}", lambda found: "key" if found[0] in keys else found[0], text))


ELSEWHERE = """
import sys
from datetime import datetime
from monite_magic.simulator import Simulator
from monite_magic.simulator.clock import Clock

clock = Clock()
clock.freeze(datetime.fromisoformat(sys.argv[1]))
Simulator(seed="bakery", data=sys.argv[2], clock=clock).close()
"""


def test_a_seed_is_the_same_each_time_at_the_same_moment(bakery, tmp_path):
    path = tmp_path / "other.db"
    moment = bakery.clock.timestamp()
    subprocess.run([sys.executable, "-c", ELSEWHERE, moment, str(path)], check=True, timeout=120)
    other = Simulator(data=str(path), clock=frozen(bakery.clock.now()))
    assert other.store.counts()["payable"] > 400
    assert documents(bakery) == documents(other)
    assert {**bakery.credentials, "MONITE_CLIENT_SECRET": ""} == {
        **other.credentials,
        "MONITE_CLIENT_SECRET": "",
    }
    other.close()


def test_a_second_seeding_is_the_same_but_for_its_secret(client_of):
    first = Simulator(seed="bakery", clock=frozen())
    second = Simulator(clock=frozen(first.clock.now()))
    kept = second.credentials["MONITE_CLIENT_SECRET"]
    second.reset("bakery")
    assert documents(first) == documents(second)
    secrets = {each.credentials["MONITE_CLIENT_SECRET"] for each in (first, second)}
    assert len(secrets) == 2
    assert kept in secrets
    for each in (first, second):
        api = client_of(each).log_in().at(each.credentials["MONITE_ENTITY_ID"])
        assert len(api.get("/payables", params={"limit": 5}).json()["data"]) == 5
    # What happens in one of them is nothing to the other, or to the next.
    api.made("/tags", {"name": "only here"})
    first.reset("bakery")
    assert documents(first)["tag"]
    assert "only here" not in str(documents(first)["tag"])
    first.close()
    second.close()


def test_a_seeding_at_a_later_moment_has_what_happened_since():
    begin = datetime(2026, 3, 4, 5, tzinfo=UTC)
    before = Simulator(seed="bakery", clock=frozen(begin))
    after = Simulator(seed="bakery", clock=frozen(begin + timedelta(days=7)))
    earlier = Simulator(seed="bakery", clock=frozen(begin))
    assert after.store.counts()["event"] > before.store.counts()["event"]
    assert documents(earlier) == documents(before)
    for each in (before, after, earlier):
        each.close()


@pytest.mark.slow
@pytest.mark.parametrize("day", ["2026-05-20", "2027-01-01", "2028-02-29"])
def test_bills_due_soon_are_held_up_for_different_reasons(day, client_of):
    now = datetime.fromisoformat(f"{day}T08:00+00:00")
    local = Simulator(seed="bakery", clock=frozen(now))
    api = client_of(local).log_in().at(local.credentials["MONITE_ENTITY_ID"])
    last = f"{now + timedelta(days=14):%Y-%m-%d}"
    found = {}
    for bill in every(api, "/payables", due_date__gte=day, due_date__lte=last):
        found.setdefault(bill["status"], []).append(bill)
    assert {"draft", "new", "approve_in_progress", "rejected", "waiting_to_be_paid"} <= set(found)
    [draft] = found["draft"]
    problems = api.post(f"/payables/{draft['id']}/validate").json()["validation_errors"]
    assert [problem["loc"] for problem in problems] == [["document_id"]]
    about = {"object_type": "payable", "object_id": found["rejected"][0]["id"]}
    comments = api.get("/comments", params=about).json()["data"]
    assert len(comments) == 1
    waiting = {row["object_id"] for row in every(api, "/approval_requests", status="waiting")}
    asked = {bill["id"] for bill in found["approve_in_progress"] if bill["total_amount"] >= 100_000}
    assert asked <= waiting
    local.close()


def test_a_seed_of_no_name_is_refused():
    with pytest.raises(ValueError, match=r"bakery"):
        Simulator(seed="baker")
    assert list(SEEDS) == ["empty", "starter", "bakery", "large"]


def plans(local, action):
    """How SQLite finds the rows of the lists that an action asks for."""
    statements = []
    connection = local.store._connection
    connection.set_trace_callback(statements.append)
    action()
    connection.set_trace_callback(None)
    lists = [statement for statement in statements if "LIMIT 101" in statement]
    assert lists
    return [row[3] for text in lists for row in connection.execute(f"EXPLAIN QUERY PLAN {text}")]


@pytest.fixture(scope="module")
def large():
    simulator = Simulator(seed="large")
    yield simulator
    simulator.close()


def test_a_hundred_thousand_rows_are_paged_without_repeats(large, client_of):
    api = client_of(large).log_in().at(large.credentials["MONITE_ENTITY_ID"])
    assert large.state()["documents"]["payable"] == 100_000
    seen, token = set(), None
    for _ in range(5):
        page = api.get("/payables", params={"pagination_token": token} if token else {}).json()
        seen |= {row["id"] for row in page["data"]}
        token = page["next_pagination_token"]
    assert len(seen) == 500


@pytest.mark.parametrize("sort", ["created_at", "issued_at"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_every_page_is_found_by_an_index_and_not_by_sorting_or_counting(large, client_of, sort, order):
    api = client_of(large).log_in().at(large.credentials["MONITE_ENTITY_ID"])
    query = {"sort": sort, "order": order, "limit": 100}
    token = api.get("/payables", params=query).json()["next_pagination_token"]
    for query in ({"sort": sort, "order": order}, {"pagination_token": token}):
        plan = plans(large, lambda query=query: api.get("/payables", params=query))
        assert not [step for step in plan if "TEMP B-TREE" in step or "SCAN documents" in step], plan
        assert any(sort == "created_at" or "by_issued_at" in step for step in plan)
