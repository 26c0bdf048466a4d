"""Whatever is done, in whatever order: the books agree, and nobody sees what is another's."""

import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from monite_magic.simulator import Simulator, rules
from monite_magic.simulator.lifecycle import TRANSITIONS

rules.load()


def of_stories(number):
    """So many stories of a dozen steps; twenty times as many with `--hypothesis-profile=thorough`."""
    if settings.default.max_examples > 1000:
        number *= 20
    return settings(
        max_examples=number,
        stateful_step_count=12,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def actions(kind):
    return sorted({move.name for move in TRANSITIONS if move.kind == kind})


def moves(kind):
    return {(source, move.target) for move in TRANSITIONS if move.kind == kind for source in move.sources}


MOVES = moves("payable") | {
    # What happens by itself: a draft is completed or taken apart, and payment records pay.
    ("draft", "new"),
    ("new", "draft"),
    ("waiting_to_be_paid", "paid"),
}


def opened():
    """An empty simulator, and a client that is logged in as the partner."""
    local = Simulator(seed="empty", token_lifetime=10**9)
    given = local.credentials
    client = httpx.Client(
        transport=httpx.WSGITransport(app=local.wsgi),
        base_url="http://simulator.localhost/v1",
        headers={"X-Monite-Version": "2024-05-25"},
    )
    body = {
        "grant_type": "client_credentials",
        "client_id": given["MONITE_CLIENT_ID"],
        "client_secret": given["MONITE_CLIENT_SECRET"],
    }
    token = client.post("/auth/token", json=body).json()["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"
    return local, client


class Payables(RuleBasedStateMachine):
    """Two entities with payables, changed, moved and paid at random."""

    @initialize()
    def begin(self):
        self.local, self.client = opened()
        given = self.local.credentials
        address = {"country": "DE", "city": "Ulm", "postal_code": "89073", "line1": "Platz 1"}
        other = {"type": "organization", "email": "a@example.com", "organization": {"legal_name": "Other"}}
        second = self.client.post("/entities", json={**other, "address": address}).json()["id"]
        self.entities = [given["MONITE_ENTITY_ID"], second]
        self.payables = []

    def teardown(self):
        if hasattr(self, "local"):
            self.client.close()
            self.local.close()

    def call(self, method, path, entity, **keywords):
        answer = self.client.request(method, path, headers={"X-Monite-Entity-Id": entity}, **keywords)
        assert answer.status_code < 500, answer.text
        return answer

    def status(self, entity, identifier):
        return self.call("GET", f"/payables/{identifier}", entity).json()["status"]

    @rule(entity=st.integers(0, 1), complete=st.booleans())
    def create(self, entity, complete):
        body = {"currency": "EUR", "document_id": "B", "issued_at": "2026-03-01", "due_date": "2026-04-01"}
        made = self.call("POST", "/payables", self.entities[entity], json=body if complete else {}).json()
        self.payables.append((self.entities[entity], made["id"]))

    @precondition(lambda self: getattr(self, "payables", None))
    @rule(
        data=st.data(),
        quantity=st.integers(0, 1000),
        price=st.integers(0, 100_000),
        tax=st.integers(0, 10_000),
    )
    def add_line(self, data, quantity, price, tax):
        entity, identifier = data.draw(st.sampled_from(self.payables))
        before = self.status(entity, identifier)
        line = {"quantity": quantity / 10, "unit_price": price, "tax": tax}
        answer = self.call("POST", f"/payables/{identifier}/line_items", entity, json=line)
        assert answer.status_code == (201 if before in ("draft", "new") else 409)

    @precondition(lambda self: getattr(self, "payables", None))
    @rule(data=st.data(), action=st.sampled_from(actions("payable")), amount=st.integers(1, 100_000))
    def move(self, data, action, amount):
        entity, identifier = data.draw(st.sampled_from(self.payables))
        before = self.status(entity, identifier)
        body = {"amount_paid": amount} if action == "mark_as_partially_paid" else None
        answer = self.call("POST", f"/payables/{identifier}/{action}", entity, json=body)
        after = self.status(entity, identifier)
        if answer.status_code == 200:
            assert (before, after) in MOVES
        else:
            assert answer.status_code in (409, 422)
            assert after == before

    @precondition(lambda self: getattr(self, "payables", None))
    @rule(data=st.data(), amount=st.integers(1, 1_000_000))
    def pay(self, data, amount):
        entity, identifier = data.draw(st.sampled_from(self.payables))
        before = self.status(entity, identifier)
        record = {"amount": amount, "currency": "EUR", "object": {"type": "payable", "id": identifier}}
        answer = self.call("POST", "/payment_records", entity, json=record)
        if before not in ("waiting_to_be_paid", "partially_paid"):
            assert answer.status_code in (409, 422)
            assert self.status(entity, identifier) == before
        else:
            assert answer.status_code == 201

    @invariant()
    def books_agree(self):
        for entity, identifier in getattr(self, "payables", ()):
            payable = self.call("GET", f"/payables/{identifier}", entity).json()
            lines = self.call("GET", f"/payables/{identifier}/line_items", entity).json()["data"]
            total = payable.get("total_amount")
            if lines:
                assert total == sum(line["total"] for line in lines)
                assert payable["subtotal"] == sum(line["subtotal"] for line in lines)
            if total is not None:
                assert 0 <= payable["amount_paid"] <= total
                assert payable["amount_due"] == total - payable["amount_paid"]

    @invariant()
    def nobody_sees_what_is_anothers(self):
        for number, entity in enumerate(getattr(self, "entities", ())):
            mine = {identifier for owner, identifier in self.payables if owner == entity}
            listed = self.call("GET", "/payables", entity).json()["data"]
            assert {row["id"] for row in listed} == mine
            for owner, identifier in self.payables[-3:]:
                if owner == self.entities[1 - number]:
                    assert self.call("GET", f"/payables/{identifier}", entity).status_code == 404


TestPayables = Payables.TestCase
TestPayables.settings = of_stories(15)


RECEIVABLE_MOVES = {
    "quote": {("draft", "issued"), ("issued", "accepted"), ("issued", "declined")},
    "invoice": moves("receivable") - {("issued", "accepted"), ("issued", "declined")},
}
# A second part of the sum leaves an invoice partially paid.
SAME = {("partially_paid", "partially_paid")}
BY_THE_CLOCK = {
    "quote": {("issued", "expired")},
    "invoice": {("issued", "overdue"), ("partially_paid", "overdue")},
}


class Receivables(RuleBasedStateMachine):
    """Quotes and invoices, moved and paid at random, while time goes by."""

    @initialize(inclusive=st.booleans())
    def begin(self, inclusive):
        self.local, self.client = opened()
        self.client.headers["X-Monite-Entity-Id"] = self.local.credentials["MONITE_ENTITY_ID"]
        address = {"country": "DE", "city": "Ulm", "postal_code": "89073", "line1": "Platz 1"}
        details = {"legal_name": "Firm", "is_customer": True, "is_vendor": False, "address": address}
        self.customer = self.call(
            "POST", "/counterparts", json={"type": "organization", "organization": details}
        ).json()
        self.inclusive = inclusive
        self.ids = []

    def teardown(self):
        if hasattr(self, "local"):
            self.client.close()
            self.local.close()

    def call(self, method, path, **keywords):
        answer = self.client.request(method, path, **keywords)
        assert answer.status_code < 500, answer.text
        return answer

    def read(self, identifier):
        return self.call("GET", f"/receivables/{identifier}").json()

    @rule(
        kind=st.sampled_from(["quote", "invoice"]),
        quantity=st.integers(1, 1000),
        price=st.integers(0, 100_000),
        tax=st.integers(0, 10_000),
        percent=st.integers(0, 10_000),
    )
    def create(self, kind, quantity, price, tax, percent):
        product = {"name": "Bread", "price": {"currency": "EUR", "value": price}}
        line = {"product": product, "quantity": quantity / 10, "tax_rate_value": tax}
        body = {
            "type": kind,
            "currency": "EUR",
            "counterpart_id": self.customer["id"],
            "counterpart_billing_address_id": self.customer["default_billing_address_id"],
            "line_items": [line, line],
            "discount": {"type": "percentage", "amount": percent},
            "vat_mode": "inclusive" if self.inclusive else "exclusive",
        }
        answer = self.call("POST", "/receivables", json=body)
        assert answer.status_code == 201, answer.text
        self.ids.append(answer.json()["id"])

    @precondition(lambda self: getattr(self, "ids", None))
    @rule(data=st.data(), action=st.sampled_from(actions("receivable")), amount=st.integers(1, 100_000))
    def move(self, data, action, amount):
        identifier = data.draw(st.sampled_from(self.ids))
        before = self.read(identifier)
        body = {"amount_paid": amount} if action == "mark_as_partially_paid" else None
        answer = self.call("POST", f"/receivables/{identifier}/{action}", json=body)
        after = self.read(identifier)
        if answer.is_success:
            assert (before["status"], after["status"]) in RECEIVABLE_MOVES[before["type"]] | SAME
        else:
            assert answer.status_code in (409, 422), answer.text
            assert after["status"] == before["status"]

    @precondition(lambda self: getattr(self, "ids", None))
    @rule(data=st.data(), amount=st.integers(1, 1_000_000))
    def pay(self, data, amount):
        identifier = data.draw(st.sampled_from(self.ids))
        before = self.read(identifier)["status"]
        record = {"amount": amount, "currency": "EUR", "object": {"type": "receivable", "id": identifier}}
        answer = self.call("POST", "/payment_records", json=record)
        after = self.read(identifier)["status"]
        if before in ("issued", "partially_paid", "overdue"):
            assert answer.status_code in (201, 422)
            assert after in (before, "partially_paid", "paid")
        else:
            assert answer.status_code in (409, 422), answer.text
            assert after == before

    @rule(days=st.integers(1, 60))
    def time_goes_by(self, days):
        before = {identifier: self.read(identifier) for identifier in self.ids}
        self.local.clock.advance(days=days)
        for identifier, was in before.items():
            status = self.read(identifier)["status"]
            assert status == was["status"] or (was["status"], status) in BY_THE_CLOCK[was["type"]]

    @invariant()
    def books_agree(self):
        for identifier in getattr(self, "ids", ()):
            found = self.read(identifier)
            lines = found["line_items"]
            assert found["subtotal"] == sum(line["total_before_vat"] for line in lines)
            assert found["subtotal_after_vat"] == sum(line["total_after_vat"] for line in lines)
            assert found["total_vat_amount"] == sum(entry["amount"] for entry in found["total_vat_amounts"])
            assert found["total_amount"] == found["discounted_subtotal"] + found["total_vat_amount"]
            if found["type"] == "invoice":
                assert 0 <= found["amount_paid"] <= found["total_amount"]
                assert found["amount_due"] <= found["total_amount"] - found["amount_paid"]


TestReceivables = Receivables.TestCase
TestReceivables.settings = of_stories(15)


AMOUNTS = st.lists(st.integers(0, 4), min_size=0, max_size=12)


class PageWalk(RuleBasedStateMachine):
    """A walk through the pages of a list, to which rows are added meanwhile."""

    @initialize(
        amounts=AMOUNTS,
        limit=st.integers(1, 5),
        order=st.sampled_from(["asc", "desc"]),
        sort=st.sampled_from(["created_at", "name"]),
    )
    def begin(self, amounts, limit, order, sort):
        self.local, self.client = opened()
        self.client.headers["X-Monite-Entity-Id"] = self.local.credentials["MONITE_ENTITY_ID"]
        # Rows that were made at the same moment and have the same name must be told apart too.
        self.local.clock.freeze()
        self.query = {"limit": limit, "order": order, **({"sort": sort} if sort != "created_at" else {})}
        self.key = sort
        self.at_first = {self.make(amount) for amount in amounts}
        self.seen, self.token, self.done = [], None, False

    def teardown(self):
        if hasattr(self, "local"):
            while not self.done:
                self.next_page()
            self.client.close()
            self.local.close()

    def make(self, amount):
        body = {"name": f"Bread {amount}", "price": {"currency": "EUR", "value": amount}}
        answer = self.client.post("/products", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    @rule(amount=st.integers(0, 4), moves=st.booleans())
    def add(self, amount, moves):
        if moves:
            self.local.clock.advance(seconds=1)
        self.make(amount)

    @precondition(lambda self: not getattr(self, "done", True))
    @rule()
    def next_page(self):
        query = {"pagination_token": self.token} if self.token else self.query
        page = self.client.get("/products", params=query).json()
        assert len(page["data"]) <= self.query["limit"]
        self.seen += page["data"]
        self.token = page.get("next_pagination_token")
        self.done = self.token is None
        ids = [row["id"] for row in self.seen]
        keys = [row[self.key] for row in self.seen]
        assert len(ids) == len(set(ids)), "a row came twice"
        assert keys == sorted(keys, reverse=self.query["order"] == "desc")
        if self.done:
            assert self.at_first <= set(ids), "a row was left out"


TestPageWalk = PageWalk.TestCase
TestPageWalk.settings = of_stories(25)
