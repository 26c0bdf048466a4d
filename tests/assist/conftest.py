"""What the tests of the assistant share: answers to learn from, and a cursor written as `|`."""

from __future__ import annotations

import json

import pytest

from monite_magic import catalogue
from monite_magic.core.environments import ENVIRONMENTS
from monite_magic.core.sent import SentRequest
from monite_magic.jupyter.assist.completion import complete
from monite_magic.jupyter.assist.situation import Situation
from monite_magic.session import Seen
from monite_magic.session.response import MoniteResponse

ACME = "11111111-2222-4333-8444-000000000001"
BOLT = "11111111-2222-4333-8444-000000000002"
BILL = "11111111-2222-4333-8444-000000000003"
OLD = "11111111-2222-4333-8444-000000000009"


def answer(call, data=None, status=200):
    """A response to `METHOD /path`."""
    method, path = call.split(" ")
    return MoniteResponse(
        request=SentRequest(method, f"https://api.example.com/v1{path}", path),
        status=status,
        headers={"content-type": "application/json"},
        content=b"" if data is None else json.dumps(data).encode(),
        elapsed=0.1,
        environment=ENVIRONMENTS["local"],
    )


@pytest.fixture
def seen():
    """Ids of two counterparts, the newest Acme, and of a payable of Acme."""
    store = Seen()
    rows = [
        {"id": ACME, "type": "organization", "organization": {"legal_name": "Acme GmbH"}},
        {"id": BOLT, "type": "individual", "individual": {"first_name": "Ada", "last_name": "Bolt"}},
    ]
    store.record(answer("GET /counterparts", {"data": rows}))
    bill = {
        "id": BILL,
        "document_id": "R-7",
        "currency": "EUR",
        "total_amount": 11900,
        "counterpart_id": ACME,
    }
    store.record(answer("GET /payables", {"data": [bill]}))
    return store


@pytest.fixture
def situation(seen):
    bill = answer(f"GET /payables/{BILL}", {"id": BILL, "lines": [{"id": OLD}, {"id": BOLT}]})
    names = {"bill": bill, "acme_id": ACME, "count": 3, "In": [], "_hidden": 1, "print": print, "os": json}
    return Situation(catalogue.load(), seen, names)


def cursor(cell):
    """The cell without its `|`, and the line and column where it stood."""
    before, after = cell.split("|", 1)
    return before + after, before.count("\n"), len(before.rpartition("\n")[2])


@pytest.fixture
def make_answer():
    return answer


@pytest.fixture
def at_cursor():
    return cursor


@pytest.fixture
def offered(situation):
    """The texts offered at the `|` of a cell; None where completion is not ours."""

    def run(cell):
        found = complete(situation, *cursor(cell))
        return None if found is None else [choice.text for choice in found.choices]

    return run
