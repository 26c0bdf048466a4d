"""A server with as many payables as wished: pages, ranges of `created_at`, a rate limit, faults."""

import base64
import json
import threading
import time
from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from urllib.parse import parse_qs

import httpx
import pytest

from monite_magic import MoniteClient
from monite_magic.core.environments import find_environment

START = datetime(2024, 1, 1, tzinfo=UTC)
ENTITY = "entity-a"


class Server:
    """A WSGI application with one list of rows for each entity and collection."""

    def __init__(self):
        self.rows = {}
        self.calls = []
        self.latency = 0.0
        self.on_call = lambda server: None
        self.reverse = False
        self.limit = None  # calls per second
        self._seconds = {}
        self._lock = threading.Lock()

    def fill(self, count, *, collection="payables", entity=ENTITY, seconds=60.0, prefix="p", **fields):
        """Add rows, `seconds` apart."""
        rows = self.rows.setdefault((collection, entity), [])
        for number in range(len(rows), len(rows) + count):
            moment = (START + timedelta(seconds=seconds * number)).isoformat(timespec="microseconds")
            row = {
                "id": f"{prefix}{number}", "entity_id": entity, "created_at": moment, "updated_at": moment,
                "currency": "EUR", "total_amount": number, "status": "new", **fields,
            }  # fmt: skip
            rows.append(row)

    def __call__(self, environ, start_response):
        with self._lock:
            self.calls.append((environ["PATH_INFO"], environ["QUERY_STRING"]))
        if self.latency:
            time.sleep(self.latency)
        self.on_call(self)
        status, data, headers = self.answer(environ)
        body = json.dumps(data).encode()
        start_response(status, [("Content-Type", "application/json"), *headers])
        return [body]

    def answer(self, environ):
        if self.limit is not None:
            with self._lock:
                second = int(time.time())
                self._seconds[second] = self._seconds.get(second, 0) + 1
                if self._seconds[second] > self.limit:
                    return "429 Too Many Requests", {"message": "slow"}, [("Retry-After", "1")]
        query = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
        start = 0
        if "pagination_token" in query:
            state = json.loads(base64.urlsafe_b64decode(query["pagination_token"]))
            query, start = {**state["query"], "limit": query["limit"]}, state["start"]
        collection = environ["PATH_INFO"].removeprefix("/v1/")
        entity = environ.get("HTTP_X_MONITE_ENTITY_ID", "")
        rows = self.between(self.rows.get((collection, entity), []), query)
        if self.reverse != (query.get("order") == "desc"):
            rows.reverse()
        limit = int(query.get("limit", 100))
        token = None
        if start + limit < len(rows):
            state = json.dumps({"query": query, "start": start + limit}).encode()
            token = base64.urlsafe_b64encode(state).decode()
        page = {"data": rows[start : start + limit], "next_pagination_token": token}
        return "200 OK", page, [("X-RateLimit-Limit-Second", str(self.limit))] if self.limit else []

    @staticmethod
    def between(rows, query):
        """The rows, which are in the order of `created_at`, that the filters let through."""

        def at(text):
            return datetime.fromisoformat(text).astimezone(UTC).isoformat(timespec="microseconds")

        start, end = 0, len(rows)
        if "created_at__gte" in query:
            start = bisect_left(rows, at(query["created_at__gte"]), key=itemgetter("created_at"))
        if "created_at__lt" in query:
            end = bisect_left(rows, at(query["created_at__lt"]), key=itemgetter("created_at"))
        rows = rows[start:end]
        if "updated_at__gte" in query:
            rows = [row for row in rows if row["updated_at"] >= at(query["updated_at__gte"])]
        return rows


@pytest.fixture
def server():
    return Server()


@pytest.fixture
def client(server):
    environment = find_environment(None, base_url="https://api.example.com/v1")
    with MoniteClient(environment, transport=httpx.WSGITransport(app=server), entity_id=ENTITY) as client:
        yield client
