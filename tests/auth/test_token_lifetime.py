"""The token's lifetime, against our own token server, which counts what reaches it."""

import asyncio
import json
import os
import pickle
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx
import pytest

from monite_magic.api.auth import EVENTS, MoniteAuth
from monite_magic.api.credentials import Credentials
from monite_magic.api.token import TokenSource
from monite_magic.core.environments import find_environment
from monite_magic.core.errors import NetworkError, OriginError, TokenError
from monite_magic.core.masking import MASK, Secret

CLIENT_ID = "5f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1"
CLIENT_SECRET = "canary-secret-8c1f"
BASE_URL = "http://127.0.0.1:9/v1"


@dataclass
class TokenServer:
    """A WSGI application: `/auth/token`, `/auth/revoke`, and anything else that wants a valid token."""

    expires_in: float = 1800
    delay: float = 0.0
    refuse_with: int | None = None
    expired_status: int = 401
    exchanges: list[dict] = field(default_factory=list)
    revoked: list[dict] = field(default_factory=list)
    calls: list[tuple[str, str | None]] = field(default_factory=list)
    valid: set[str] = field(default_factory=set)

    def __call__(self, environ, start_response):
        body = environ["wsgi.input"].read()
        status, answer = self.answer(environ, body)
        content = json.dumps(answer).encode()
        start_response(f"{status} x", [("Content-Type", "application/json"), ("x-request-id", "req-7")])
        return [content]

    def answer(self, environ, body):
        path = environ["PATH_INFO"]
        if path == "/v1/auth/token":
            return self.exchange(environ, json.loads(body))
        if path == "/v1/auth/revoke":
            self.revoked.append(json.loads(body))
            return 200, {"message": "revoked"}
        token = environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
        self.calls.append((environ["REQUEST_METHOD"], token))
        if token in self.valid:
            return 200, {"echo": body.decode()}
        return self.expired_status, {"error": {"message": "The token has been expired."}}

    def exchange(self, environ, body):
        self.exchanges.append({**body, "version": environ.get("HTTP_X_MONITE_VERSION")})
        time.sleep(self.delay)
        if self.refuse_with:
            return self.refuse_with, {"error": {"message": f"wrong secret {body['client_secret']}"}}
        token = f"canary-token-{len(self.exchanges)}"
        self.valid.add(token)
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": self.expires_in}


def source_for(server, **options):
    return source_with(httpx.WSGITransport(app=server), **options)


def source_with(transport, *, user=None, version=None):
    environment = find_environment(base_url=BASE_URL)
    environment = environment.with_version(version or environment.api_version)
    credentials = Credentials(CLIENT_ID, Secret(CLIENT_SECRET))
    return TokenSource(environment, credentials, user, transport=transport)


def client_for(server, source):
    return httpx.Client(auth=MoniteAuth(source), transport=httpx.WSGITransport(app=server), base_url=BASE_URL)


def bearer_values(server):
    return [token for _, token in server.calls]


def test_partner_exchange_sends_what_the_document_asks_for():
    server = TokenServer()
    token = source_for(server).get()
    assert server.exchanges == [
        {
            "grant_type": "client_credentials",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "version": "2024-05-25",
        }
    ]
    assert token.lifetime == 1800
    assert 1790 < token.seconds_left() <= 1800


def test_user_exchange_names_the_user():
    server = TokenServer()
    source = source_for(server, user="9a1c3f0e-0000-4000-8000-000000000001")
    source.get()
    assert server.exchanges[0]["grant_type"] == "entity_user"
    assert server.exchanges[0]["entity_user_id"] == "9a1c3f0e-0000-4000-8000-000000000001"


def test_expiry_counts_from_before_the_request():
    server = TokenServer(delay=0.2)
    assert source_for(server).get().seconds_left() <= 1800 - 0.2


def test_token_is_kept_while_fresh_and_renewed_within_the_leeway():
    server = TokenServer(expires_in=1800)
    source = source_for(server)
    assert source.get() is source.get()
    server.expires_in = 60  # leeway is a tenth: 6 s
    source.renew(source.get())
    assert source.get() is source.get()
    assert len(server.exchanges) == 2
    short = TokenServer(expires_in=0.000_001)
    ending = source_for(short)
    first, second = ending.get(), ending.get()
    assert first is not second
    assert len(short.exchanges) == 2


def test_a_long_token_is_renewed_a_minute_ahead(monkeypatch):
    server = TokenServer(expires_in=1800)
    source = source_for(server)
    start = time.monotonic()
    first = source.get()
    monkeypatch.setattr(time, "monotonic", lambda: start + 1739)
    assert source.get() is first
    monkeypatch.setattr(time, "monotonic", lambda: start + 1741)
    assert source.get() is not first


def test_twenty_threads_share_one_exchange():
    server = TokenServer(delay=0.1)
    source = source_for(server)
    barrier = threading.Barrier(20)

    def ask():
        barrier.wait()
        return source.get()

    with ThreadPoolExecutor(20) as pool:
        tokens = [future.result() for future in [pool.submit(ask) for _ in range(20)]]
    assert len(server.exchanges) == 1
    assert len({id(token) for token in tokens}) == 1


def test_twenty_tasks_share_one_exchange_and_the_loop_stays_free():
    server = TokenServer(delay=0.2)
    source = source_for(server)

    async def ticks():
        count = 0
        while source.token is None:
            count += 1
            await asyncio.sleep(0.01)
        return count

    async def main():
        counted, *tokens = await asyncio.gather(ticks(), *[source.aget() for _ in range(20)])
        return counted, tokens

    counted, tokens = asyncio.run(main())
    assert len(server.exchanges) == 1
    assert len({id(token) for token in tokens}) == 1
    assert counted > 5


def test_twenty_threads_share_one_failure():
    server = TokenServer(delay=0.5, refuse_with=401)
    source = source_for(server)
    barrier = threading.Barrier(20)

    def ask():
        barrier.wait()
        with pytest.raises(TokenError):
            source.get()

    with ThreadPoolExecutor(20) as pool:
        for future in [pool.submit(ask) for _ in range(20)]:
            future.result()
    assert len(server.exchanges) == 1
    server.refuse_with = None
    refused = source.get()
    assert refused.lifetime == 1800
    # The same again, when there have been exchanges before.
    server.refuse_with = 401

    def ask_again():
        barrier.wait()
        with pytest.raises(TokenError):
            source.renew(refused)

    with ThreadPoolExecutor(20) as pool:
        for future in [pool.submit(ask_again) for _ in range(20)]:
            future.result()
    assert len(server.exchanges) == 3


def test_twenty_refused_calls_lead_to_one_renewal():
    server = TokenServer()
    source = source_for(server)
    with client_for(server, source) as client:
        client.get("/payables")
        server.valid.clear()
        server.delay = 0.05
        barrier = threading.Barrier(20)

        def call():
            barrier.wait()
            return client.get("/payables").status_code

        with ThreadPoolExecutor(20) as pool:
            statuses = [future.result() for future in [pool.submit(call) for _ in range(20)]]
    assert statuses == [200] * 20
    assert len(server.exchanges) == 2


def test_a_refused_post_is_sent_once_more_with_its_body_and_a_new_token():
    server = TokenServer()
    with client_for(server, source_for(server)) as client:
        client.get("/warm-up")
        server.valid.clear()
        request = client.build_request("POST", "/payables", json={"amount": 1})
        request.extensions[EVENTS] = events = []
        response = client.send(request)
    assert response.status_code == 200
    assert json.loads(response.json()["echo"]) == {"amount": 1}
    assert bearer_values(server) == ["canary-token-1", "canary-token-1", "canary-token-2"]
    assert len(events) == 1
    assert "expired" in events[0]


def test_a_call_refused_again_is_not_sent_a_third_time():
    class Never(set):
        def add(self, _):
            """Nothing is ever valid."""

    server = TokenServer(valid=Never())
    with client_for(server, source_for(server)) as client:
        assert client.post("/payables").status_code == 401
    assert len(server.calls) == 2


def test_400_expired_means_renewal_only_in_old_versions():
    for version, expected in (("2024-01-31", 2), ("2024-05-25", 1)):
        server = TokenServer(expired_status=400)
        with client_for(server, source_for(server, version=version)) as client:
            client.get("/warm-up")
            server.valid.clear()
            client.post("/payables")
        assert len(server.exchanges) == expected, version


def test_a_400_that_is_not_about_expiry_is_left_alone():
    server = TokenServer()
    source = source_for(server, version="2024-01-31")
    answers = httpx.MockTransport(lambda _: httpx.Response(400, json={"error": {"message": "bad amount"}}))
    with httpx.Client(auth=MoniteAuth(source), transport=answers, base_url=BASE_URL) as client:
        assert client.get("/payables").status_code == 400
    assert len(server.exchanges) == 1


def test_refused_exchange_says_status_message_and_request_id_but_no_secret():
    server = TokenServer(refuse_with=401)
    with pytest.raises(TokenError) as caught:
        source_for(server).get()
    error = caught.value
    assert error.status == 401
    assert error.request_id == "req-7"
    assert "401" in str(error)
    assert "req-7" in str(error)
    assert "wrong secret" in str(error)
    assert CLIENT_SECRET not in str(error)
    assert MASK in str(error)


@pytest.mark.parametrize(
    "body",
    [
        *(b"<html>", b"{}", b'{"access_token": 5, "expires_in": 3}', b"[]", b"[" * 100_000),
        b'{"a":' * 990 + b"1" + b"}" * 990,
        *(
            b'{"access_token": "abcdefgh", "expires_in": %s}' % lifetime
            for lifetime in (b"1" + b"0" * 400, b"1" * 5_000, *b"NaN Infinity 0 -1 []".split())
        ),
    ],
)
def test_200_without_a_token_is_a_clear_error(body):
    source = source_with(httpx.MockTransport(lambda _: httpx.Response(200, content=body)))
    with pytest.raises(TokenError, match="without a token"):
        source.get()


@pytest.mark.parametrize(
    "body", [b'{"access_token": "abcdefgh"}', b'{"access_token": "abcdefgh", "expires_in": null}']
)
def test_a_token_without_a_lifetime_is_taken_for_the_documented_half_hour(body):
    token = source_with(httpx.MockTransport(lambda _: httpx.Response(200, content=body))).get()
    assert token.is_assumed
    assert 1790 < token.seconds_left() <= 1800


def test_a_refusal_that_is_too_deep_to_be_read_is_a_refusal():
    source = source_with(httpx.MockTransport(lambda _: httpx.Response(400, content=b"[" * 100_000)))
    with pytest.raises(TokenError, match="was refused: 400"):
        source.get()


def test_a_refused_token_is_not_handed_out_again_when_it_can_not_be_renewed():
    server = TokenServer()
    source = source_for(server)
    refused = source.get()
    server.refuse_with = 500
    with pytest.raises(TokenError, match="500"):
        source.renew(refused)
    with client_for(server, source) as client:
        server.valid.clear()
        with pytest.raises(TokenError, match="500"):
            client.post("/payables")
    assert len(server.calls) == 1


def test_failed_early_renewal_goes_on_with_the_token_that_still_holds(monkeypatch):
    server = TokenServer()
    source = source_for(server)
    start = time.monotonic()
    first = source.get()
    server.refuse_with = 500
    monkeypatch.setattr(time, "monotonic", lambda: start + 1750)
    assert source.get() is first
    monkeypatch.setattr(time, "monotonic", lambda: start + 1799.5)
    assert source.get() is first
    monkeypatch.setattr(time, "monotonic", lambda: start + 1801)
    with pytest.raises(TokenError):
        source.get()
    server.refuse_with = None
    assert source.get() is not first


def test_a_failed_early_renewal_is_told_and_fails_no_thread(monkeypatch):
    server = TokenServer()
    source = source_for(server)
    start = time.monotonic()
    with client_for(server, source) as client:
        client.get("/warm-up")
        server.refuse_with, server.delay = 503, 0.1
        monkeypatch.setattr(time, "monotonic", lambda: start + 1750)
        barrier = threading.Barrier(20)

        def call(_):
            request = client.build_request("GET", "/payables")
            request.extensions[EVENTS] = events = []
            barrier.wait()
            return client.send(request).status_code, events

        with ThreadPoolExecutor(20) as pool:
            done = list(pool.map(call, range(20)))
    for status, events in done:
        assert status == 200
        (event,) = events
        assert event.startswith(
            "The token is still valid, but could not be renewed: The token exchange was refused"
        )
        assert "503 Service Unavailable" in event
        assert CLIENT_SECRET not in event


def test_unreachable_token_server_is_a_network_error():
    source = source_with(None)
    with pytest.raises(NetworkError, match="refused"):
        source.get()
    source.close()


def test_interrupted_exchange_frees_the_lock():
    server = TokenServer()

    class Interrupting(httpx.BaseTransport):
        def handle_request(self, request):
            raise KeyboardInterrupt

    broken = source_with(Interrupting())
    with pytest.raises(KeyboardInterrupt):
        broken.get()
    with ThreadPoolExecutor(1) as pool, pytest.raises(KeyboardInterrupt):
        pool.submit(broken.get).result(timeout=60)
    assert server.exchanges == []


def test_the_token_never_goes_to_another_origin():
    server = TokenServer()
    seen = []

    def elsewhere(request):
        seen.append(request)
        return httpx.Response(200)

    auth = MoniteAuth(source_for(server))
    with httpx.Client(auth=auth, transport=httpx.MockTransport(elsewhere)) as client:
        for url in ("http://127.0.0.1:10/v1/x", "https://127.0.0.1:9/v1/x", "http://evil.example/v1"):
            with pytest.raises(OriginError):
                client.get(url)
    assert seen == []
    assert server.exchanges == []


def test_async_client_renews_too():
    server = TokenServer()
    source = source_for(server)

    async def answer(request):
        with httpx.Client(transport=httpx.WSGITransport(app=server)) as inner:
            reply = inner.send(httpx.Request("POST", request.url, headers=request.headers, content=b"x"))
        return httpx.Response(reply.status_code, content=reply.content)

    async def main():
        transport = httpx.MockTransport(answer)
        async with httpx.AsyncClient(
            auth=MoniteAuth(source), transport=transport, base_url=BASE_URL
        ) as client:
            await client.post("/a")
            server.valid.clear()
            return (await client.post("/b")).status_code

    assert asyncio.run(main()) == 200
    assert len(server.exchanges) == 2


def test_revoke_tells_the_server_and_forgets():
    server = TokenServer()
    source = source_for(server)
    assert source.revoke() is False
    source.get()
    assert source.revoke() is True
    assert server.revoked == [
        {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "token": "canary-token-1"}
    ]
    assert source.token is None


def test_nothing_that_holds_a_secret_shows_or_pickles_it():
    server = TokenServer()
    source = source_for(server)
    token = source.get()
    auth = MoniteAuth(source)
    for thing in (source, token, auth, token.access_token, f"{token.access_token}", [source, token]):
        shown = f"{thing!r} {thing}"
        assert "canary" not in shown
    for thing in (source, token, auth, token.access_token):
        with pytest.raises(TypeError):
            pickle.dumps(thing)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_has_no_token():
    server = TokenServer()
    source = source_for(server)
    source.get()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, b"none" if source.token is None else b"token")
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        assert pipe.read() == "none"
    os.waitpid(child, 0)
    assert source.token is not None


async def _post_with(server, source, answer):
    """Make one call with an asynchronous client whose server is asked by a function of the request."""
    async with httpx.AsyncClient(
        auth=MoniteAuth(source), transport=httpx.MockTransport(answer), base_url=BASE_URL
    ) as client:
        return await client.post("/payables", json={"amount": 1})


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(
    ("version", "status", "message", "times"),
    [
        ("2024-01-31", 400, "bad amount", 1),
        ("2024-01-31", 400, "The token has been expired.", 2),
        ("2024-05-25", 400, "The token has been expired.", 1),
        ("2024-05-25", 401, "who are you", 2),
        ("2024-05-25", 403, "The token has been expired.", 1),
    ],
)
def test_both_kinds_of_client_send_a_write_again_for_the_same_refusals(
    is_async, version, status, message, times
):
    server, sent = TokenServer(), []
    source = source_for(server, version=version)

    def answer(request):
        sent.append(request.headers["authorization"])
        return httpx.Response(status, json={"error": {"message": message}})

    if is_async:
        assert asyncio.run(_post_with(server, source, answer)).status_code == status
    else:
        with httpx.Client(
            auth=MoniteAuth(source), transport=httpx.MockTransport(answer), base_url=BASE_URL
        ) as client:
            assert client.post("/payables", json={"amount": 1}).status_code == status
    assert sent == [f"Bearer canary-token-{number + 1}" for number in range(times)]


def test_a_closed_source_has_no_token():
    server = TokenServer()
    source = source_for(server)
    token = source.get()
    source.close()
    assert token.seconds_left() > 0
    assert source.token is None


def test_a_token_of_another_thread_that_is_about_to_end_is_not_used(monkeypatch):
    server = TokenServer()
    source = source_for(server)
    start = time.monotonic()
    first = source.get()
    second = source.renew(first)  # as another thread would
    monkeypatch.setattr(time, "monotonic", lambda: start + 1795)
    third = source.renew(first)
    assert third is not second
    assert third.seconds_left() > 1700
    assert len(server.exchanges) == 3


@pytest.mark.parametrize(("seconds", "is_revoked"), [(1799.5, True), (1801, False)])
def test_a_token_is_revoked_until_it_ends(seconds, is_revoked, monkeypatch):
    server = TokenServer()
    source = source_for(server)
    start = time.monotonic()
    source.get()
    monkeypatch.setattr(time, "monotonic", lambda: start + seconds)
    assert source.revoke() is is_revoked
    assert len(server.revoked) == is_revoked
    assert source.token is None


def test_the_token_is_on_no_request_after_its_answer():
    server = TokenServer()

    def answer(request):
        if request.url.path == "/v1/old":
            return httpx.Response(307, headers={"Location": "/v1/new"})
        return httpx.Response(200, json={"sent with": request.headers["authorization"]})

    for follows in (True, False):
        with httpx.Client(
            auth=MoniteAuth(source_for(server)),
            transport=httpx.MockTransport(answer),
            base_url=BASE_URL,
            follow_redirects=follows,
        ) as client:
            sent = client.get("/new")
            redirected = client.get("/old")
        assert sent.json()["sent with"].startswith("Bearer canary-token-")
        requests = [sent.request, redirected.request, redirected.next_request]
        requests += [past.request for past in redirected.history]
        assert not any("authorization" in request.headers for request in requests if request)


def test_a_task_goes_on_with_the_token_that_still_holds(monkeypatch):
    server = TokenServer()
    source = source_for(server)
    start = time.monotonic()
    first = source.get()
    server.refuse_with = 500
    monkeypatch.setattr(time, "monotonic", lambda: start + 1750)
    sent = []

    def answer(request):
        sent.append(request.headers["authorization"])
        return httpx.Response(200)

    assert asyncio.run(_post_with(server, source, answer)).status_code == 200
    assert sent == [f"Bearer {first.access_token.reveal()}"]


def test_a_refused_renewal_is_not_told_of_a_later_call_with_a_fresh_token():
    server = TokenServer()
    source = source_for(server)
    with client_for(server, source) as client:
        client.get("/warm-up")
        accepted = set(server.valid)
        server.valid.clear()
        server.refuse_with = 500
        with pytest.raises(TokenError):
            client.get("/payables")
        server.valid.update(accepted)
        request = client.build_request("GET", "/payables")
        request.extensions[EVENTS] = events = []
        assert client.send(request).status_code == 200
    assert events == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"message": "No such route."}, "refused: 404 Not Found, No such route (request id req-7)."),
        ({"error": {"message": ".env is not a client"}}, "404 Not Found, .env is not a client (request id"),
        (
            {"detail": [{"loc": ["body", "client_id"], "msg": "not a UUID"}]},
            "404 Not Found, client_id: not a UUID (request id",
        ),
        ({"detail": [{"loc": ["body"], "msg": "missing"}]}, "404 Not Found, : missing (request id"),
    ],
)
def test_a_refused_exchange_gives_the_reason_of_the_server(answer, words):
    refusal = httpx.Response(404, json=answer, headers={"x-request-id": "req-7"})
    source = source_with(httpx.MockTransport(lambda _: refusal))
    with pytest.raises(TokenError) as caught:
        source.get()
    assert words in str(caught.value)
    assert "base URL" in caught.value.hint


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (400, "API version"),
        (401, "match and are for this environment"),
        (403, "match and are for this environment"),
        (404, "base URL"),
        (422, "UUIDs"),
        (429, "Wait a moment"),
    ],
)
def test_the_hint_of_a_refused_exchange_fits_its_status(status, hint):
    with pytest.raises(TokenError) as caught:
        source_for(TokenServer(refuse_with=status)).get()
    assert hint in caught.value.hint


def test_a_refused_exchange_without_a_known_status_ends_without_a_space():
    source = source_with(httpx.MockTransport(lambda _: httpx.Response(599)))
    with pytest.raises(TokenError, match=r"refused: 599\.$"):
        source.get()


def test_an_exchange_without_a_token_has_the_request_id():
    answer = httpx.Response(200, json={}, headers={"x-request-id": "req-9"})
    source = source_with(httpx.MockTransport(lambda _: answer))
    with pytest.raises(TokenError) as caught:
        source.get()
    assert (caught.value.status, caught.value.request_id) == (200, "req-9")


def test_a_token_with_a_lifetime_is_not_assumed():
    assert not source_for(TokenServer()).get().is_assumed


def source_to_revoke(status):
    """A source with a token. Its server answers a revocation with this status."""
    answers = {"/v1/auth/token": httpx.Response(200, json={"access_token": "canary-1"})}
    revocation = httpx.Response(status)
    source = source_with(httpx.MockTransport(lambda request: answers.get(request.url.path, revocation)))
    source.get()
    return source


@pytest.mark.parametrize(("status", "is_revoked"), [(401, False), (200, True), (204, True)])
def test_a_server_that_does_not_know_the_token_has_revoked_nothing(status, is_revoked):
    assert source_to_revoke(status).revoke() is is_revoked


def test_a_token_that_the_server_does_not_revoke_is_forgotten():
    source = source_to_revoke(500)
    with pytest.raises(TokenError, match="The token could not be revoked: 500"):
        source.revoke()
    assert source.token is None


@pytest.mark.parametrize(
    "location", ["http:\\\\evil.example/x", "http://[evil/", "//evil.example:x/", "http://a:99999/"]
)
def test_an_exchange_that_is_redirected_to_no_place_gives_a_sentence(location):
    answer = httpx.Response(307, headers={"Location": location})
    source = source_with(httpx.MockTransport(lambda _: answer))
    with pytest.raises((NetworkError, TokenError)) as caught:
        source.get()
    assert CLIENT_SECRET not in str(caught.value)
