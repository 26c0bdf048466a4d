"""Answers to be reported on, and the books of the bakery."""

import json
from datetime import UTC, date, datetime

import httpx
import pytest

from monite_magic.core.environments import LOCAL
from monite_magic.core.sent import SentRequest
from monite_magic.session.response import MoniteResponse
from monite_magic.simulator import Simulator
from monite_magic.simulator.clock import Clock

BAKERY_DAY = datetime(2027, 1, 1, 8, tzinfo=UTC)


@pytest.fixture(scope="session")
def reply():
    """Makes an answer that came on a day, by the clock of the server; None for an answer without one."""

    def make(rows, path="/receivables", day=date(2026, 3, 1), more=None):
        moment = {} if day is None else {"Date": f"{day:%a, %d %b %Y} 12:00:00 GMT"}
        return MoniteResponse(
            request=SentRequest("GET", LOCAL.base_url + path, path),
            status=200,
            headers={"Content-Type": "application/json", **moment},
            content=json.dumps({"data": rows, "next_pagination_token": more}).encode(),
            elapsed=0.1,
            environment=LOCAL,
            template=path,
        )

    return make


@pytest.fixture(scope="session")
def bakery():
    """The raw rows of the bakery's books on 2027-01-01, by collection."""
    clock = Clock()
    clock.freeze(BAKERY_DAY)
    local = Simulator(seed="bakery", clock=clock, rate_limit=None)
    transport = httpx.WSGITransport(app=local.wsgi)
    headers = {"X-Monite-Version": "2024-05-25"}
    with httpx.Client(transport=transport, base_url="http://simulator.localhost/v1", headers=headers) as api:
        given = local.credentials
        body = {
            "grant_type": "client_credentials",
            "client_id": given["MONITE_CLIENT_ID"],
            "client_secret": given["MONITE_CLIENT_SECRET"],
        }
        token = api.post("/auth/token", json=body).json()["access_token"]
        entity = given["MONITE_ENTITY_ID"]
        api.headers.update({"Authorization": f"Bearer {token}", "X-Monite-Entity-Id": entity})
        books = {name: list(_rows(api, name)) for name in ("receivables", "payables", "payment_records")}
        books["date"] = api.get("/payables").headers["date"]
    local.close()
    return books


def _rows(api, name):
    token = None
    while True:
        page = api.get(f"/{name}", params={"pagination_token": token} if token else {"limit": 100}).json()
        yield from page["data"]
        token = page.get("next_pagination_token")
        if not token:
            return
