"""Answers to be turned into tables."""

import json

import pytest

from monite_magic.core.environments import LOCAL
from monite_magic.core.sent import SentRequest
from monite_magic.session.response import MoniteResponse


@pytest.fixture
def answer():
    def make(data, *, path="/payables", template="same", status=200):
        return MoniteResponse(
            request=SentRequest("GET", LOCAL.base_url + path, path),
            status=status,
            headers={"Content-Type": "application/json"},
            content=json.dumps(data).encode(),
            elapsed=0.1,
            environment=LOCAL,
            template=path if template == "same" else template,
        )

    return make


@pytest.fixture
def payables(answer):
    """A page of payables in three currencies, one of them with hardly a field."""
    rows = [
        {
            "id": "a", "created_at": "2024-05-25T10:31:07.123456+00:00",
            "updated_at": "2024-05-25T12:31:07+02:00",
            "currency": "EUR", "total_amount": 119000, "amount_due": 5, "due_date": "2024-06-24", "tax": 1900,
            "status": "new", "payable_origin": "upload",
            "entity_id": "e", "credit_notes": [],
            "counterpart": {"name": "Mehl", "address": {"city": "Berlin", "country": "DE"}},
            "tags": [{"id": "t1", "name": "x"}, {"id": "t2", "name": "y"}],
            "partner_metadata": {"k": [1]},
            "source_of_payable_data": "user_specified",
        },
        {"id": "b", "currency": "JPY", "total_amount": 119000, "status": "novel",
         "file": {"size": 7, "pages": []}},
        {"id": "c", "currency": "KWD", "total_amount": 9007199254740991, "tags": []},
        {"id": "d"},
    ]  # fmt: skip
    return answer({"data": rows, "next_pagination_token": None})


@pytest.fixture
def no_payables(answer):
    return answer({"data": [], "next_pagination_token": None})
