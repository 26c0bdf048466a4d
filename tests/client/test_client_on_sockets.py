"""`MoniteClient` over real sockets: what it sends, follows, repeats and gives up."""

from __future__ import annotations

import gzip
import json
import logging
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from monite_magic import MoniteAuth, MoniteClient, Secret, connect
from monite_magic._version import __version__
from monite_magic.api.answer import ApiError
from monite_magic.api.credentials import Credentials
from monite_magic.api.token import TokenSource
from monite_magic.core.bounds import limits
from monite_magic.core.environments import find_environment
from monite_magic.core.errors import MoniteError, NetworkError, OriginError, RequestError, TokenError
from monite_magic.core.masking import MASK

ENTITY = "11111111-1111-4111-8111-111111111111"
OTHER_ENTITY = "22222222-2222-4222-8222-222222222222"
CREDENTIALS = Credentials("5f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1", Secret("canary-secret-of-the-test"))


@pytest.fixture
def client(server):
    """A client of the scripted server, with an entity."""
    environment = find_environment(base_url=server.url)
    source = TokenSource(environment, CREDENTIALS)
    with MoniteClient(environment, MoniteAuth(source), entity_id=ENTITY) as made:
        yield made
    source.close()


def only(calls):
    (call,) = calls
    return call


# -- what is sent ------------------------------------------------------------------------------------------


def test_every_method_with_its_headers_and_body(client, server):
    for path in ("/v1/tags", "/v1/tags/1"):
        server.answers(path, {"ok": True})
    client.get("/tags", params={"a": [1, 2], "b": "x&y"})
    client.post("/tags", json={"name": "ü"})
    client.patch("/tags/1", json=None)
    client.put("/tags/1", content=b'{"n": 1.10}')
    client.delete("/tags/1")
    assert [(call.method, call.path) for call in server.received[1:]] == [
        ("GET", "/v1/tags"),
        ("POST", "/v1/tags"),
        ("PATCH", "/v1/tags/1"),
        ("PUT", "/v1/tags/1"),
        ("DELETE", "/v1/tags/1"),
    ]
    get, post, patch, put, delete = server.received[1:]
    assert get.query == [("a", "1"), ("a", "2"), ("b", "x&y")]
    assert json.loads(post.body) == {"name": "ü"}
    assert (patch.body, put.body, delete.body) == (b"null", b'{"n": 1.10}', b"")
    assert post.headers["content-type"] == put.headers["content-type"] == "application/json"
    assert "content-type" not in get.headers
    for call in server.received[1:]:
        assert call.token == get.token is not None
        assert call.headers["x-monite-version"] == "2024-05-25"
        assert call.headers["x-monite-entity-id"] == ENTITY


def test_the_entity_header_goes_where_the_operation_takes_it(client, server):
    for path in ("/v1/entities", "/v1/tags", "/v1/unknown"):
        server.answers(path, {"data": []})
        client.get(path[3:])
    client.get("/tags", entity_id=OTHER_ENTITY)
    client.get("/tags", headers={"x-monite-entity-id": OTHER_ENTITY, "X-Monite-Version": "2024-01-31"})
    entities, tags, unknown, other, by_hand = server.received[1:]
    assert "x-monite-entity-id" not in entities.headers
    assert tags.headers["x-monite-entity-id"] == unknown.headers["x-monite-entity-id"] == ENTITY
    assert other.headers["x-monite-entity-id"] == by_hand.headers["x-monite-entity-id"] == OTHER_ENTITY
    assert by_hand.headers["x-monite-version"] == "2024-01-31"


def test_multipart_with_fields_alone_and_with_files(client, server):
    server.answers("/v1/files", {"id": "1"})
    files = [("file", ('a "b".pdf', b"%PDF \x00\xff\r\n--x")), ("file", ("c.txt", b"c"))]
    answer = client.post("/files", data={"file_type": "payables", "tag": ["x", "y"]}, files=files)
    client.post("/files", data={"file_type": "ü"})
    both, fields = server.calls("/v1/files")
    for call in (both, fields):
        assert call.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b"%PDF \x00\xff\r\n--x\r\n" in both.body
    assert both.body.count(b'name="file"; filename=') == 2
    assert both.body.count(b'name="tag"') == 2
    assert "\r\n\r\nü\r\n".encode() in fields.body
    assert b"(12 bytes)" in answer.request.body
    assert b"%PDF" not in answer.request.body


@pytest.mark.parametrize(
    "path",
    ["/../auth/token", "/tags/..", "/tags/./1", "/tags/%2e%2e/x", "/tags/%2E%2E", "/tags//1", "/tags/..%2fx"],
)
def test_a_path_that_leads_elsewhere_is_not_sent(client, server, path):
    with pytest.raises(RequestError, match=r"or \.\. segment"):
        client.get(path)
    assert server.received == []


def test_odd_but_honest_paths_are_sent_as_they_are(client, server):
    for path in ("/v1/tags/a%2Fb", "/v1/tags/...", "/v1/tags/"):
        server.answers(path, {})
        client.get(path[3:])
    client.get("/v1/tags/...")
    client.get(f"{server.url}/tags/...?x=1")
    assert [call.path for call in server.received[1:]] == [
        "/v1/tags/a%2Fb",
        "/v1/tags/...",
        "/v1/tags/",
        "/v1/tags/...",
        "/v1/tags/...",
    ]


@pytest.mark.parametrize(
    "call",
    [
        {"headers": {"X-HTTP-Method-Override": "DELETE"}},
        {"headers": {"x_http_method_override": "DELETE"}},
        {"headers": {"HOST": "evil.example"}},
        {"headers": {"X-Forwarded-Host": "evil.example"}},
        {"headers": {"Transfer-Encoding": "chunked"}},
        {"params": {"_method": "DELETE"}},
        {"data": {"_METHOD": "DELETE"}},
    ],
)
def test_what_changes_method_or_route_is_not_sent(client, server, call):
    with pytest.raises(RequestError, match="can't be set"):
        client.post("/tags", **call)
    assert server.received == []


@pytest.mark.parametrize(
    "headers", [{"Authorization": "Bearer x"}, {"AUTHORIZATION": "x"}, {"X-A": "a\r\nX-B: b"}]
)
def test_headers_that_can_not_be_given(client, server, headers):
    with pytest.raises((RequestError, NetworkError)):
        client.get("/tags", headers=headers)
    assert server.calls("/v1/tags") == []


def test_a_path_without_its_slash_says_so(client):
    with pytest.raises(RequestError, match="Write /tags"):
        client.get("tags")


# -- the token stays at home -------------------------------------------------------------------------------


def test_an_absolute_url_elsewhere_is_refused(client, server, elsewhere):
    for url in (
        f"{elsewhere.url}/tags",
        f"//{elsewhere.origin[7:]}/v1/tags",
        f"{server.origin}/v2/tags",
        "ftp://x/y",
    ):
        with pytest.raises(OriginError):
            client.get(url)
    for url in (f"{server.url}@{elsewhere.origin[7:]}/tags", f"{server.url}.evil.example/tags"):
        with pytest.raises(OriginError):
            client.get(url)
    assert server.received == elsewhere.received == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_redirect_elsewhere_is_refused(client, server, elsewhere, status, method):
    port = elsewhere.origin.rpartition(":")[2]
    for location in (f"{elsewhere.url}/tags", f"//127.0.0.1:{port}/v1/tags", f"http://localhost:{port}/"):
        server.forget()
        server.answers("/v1/tags", status=status, headers={"Location": location})
        with pytest.raises(OriginError, match=port):
            client.request(method, "/tags")
        assert len(server.calls("/v1/tags")) == 1
    assert elsewhere.received == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_read_follows_a_redirect_at_home(client, server, status):
    server.answers("/v1/tags", status=status, headers={"Location": "/v1/labels?x=1"})
    server.answers("/v1/labels", {"data": [1]})
    answer = client.get("/tags", params={"limit": 3})
    assert (answer.status, answer.items) == (200, [1])
    followed = only(server.calls("/v1/labels"))
    assert followed.query == [("x", "1")]
    assert followed.token == only(server.calls("/v1/tags")).token
    assert followed.headers["x-monite-entity-id"] == ENTITY


@pytest.mark.parametrize("status", [307, 308])
def test_a_change_follows_a_redirect_that_keeps_it_whole(client, server, status):
    server.answers("/v1/tags", status=status, headers={"Location": f"{server.url}/labels"})
    server.answers("/v1/labels", {}, status=201)
    assert client.post("/tags", json={"name": "x"}).status == 201
    assert client.post("/tags", files={"file": ("a.txt", b"abc")}).status == 201
    first, second = server.calls("/v1/labels")
    assert (first.method, first.body) == ("POST", b'{"name": "x"}')
    assert b"\r\n\r\nabc\r\n" in second.body


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_change_does_not_follow_a_redirect_that_makes_it_a_read(client, server, status):
    server.answers("/v1/tags", {}, status=status, headers={"Location": "/v1/labels"})
    answer = client.post("/tags", json={})
    assert answer.status == status
    assert "The server redirects to /v1/labels." in answer.notes[-1].text
    assert server.calls("/v1/labels") == []


def test_redirects_in_circles_end(client, server):
    server.answers("/v1/tags", status=302, headers={"Location": "/v1/tags"})
    with pytest.raises(NetworkError, match="Too many redirects"):
        client.get("/tags")
    assert len(server.calls("/v1/tags")) == 6


# -- what is repeated --------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_read_is_repeated_on_passing_trouble_and_says_so(client, server, status):
    server.answers("/v1/tags", {}, status=status, headers={"Retry-After": "0"})
    server.answers("/v1/tags", {"data": []})
    answer = client.get("/tags")
    assert answer.status == 200
    assert len(server.calls("/v1/tags")) == 2
    assert "retried once" in answer.notes[-1].text


@pytest.fixture
def pauses(monkeypatch):
    """The pauses between two tries, in seconds, which nobody has to wait for here."""
    asked = []
    monkeypatch.setattr("monite_magic.api.transport.time", SimpleNamespace(sleep=asked.append))
    return asked


def test_retry_after_is_honoured(client, server, pauses):
    server.answers("/v1/tags", {}, status=429, headers={"Retry-After": "1"})
    server.answers("/v1/tags", {"data": []})
    assert client.get("/tags").status == 200
    assert pauses == [1]


def test_a_fraction_of_a_second_is_a_pause_too(client, server, pauses):
    server.answers("/v1/tags", {}, status=429, headers={"Retry-After": "1.25"})
    server.answers("/v1/tags", {"data": []})
    assert client.get("/tags").status == 200
    server.answers("/v1/labels", {}, status=429, headers={"Retry-After": "59.997"})
    assert client.get("/labels").status == 429
    assert len(server.calls("/v1/labels")) == 1
    assert pauses == [1.25]


def test_every_call_names_this_package(client, server):
    server.answers("/v1/tags", {"data": []})
    client.get("/tags")
    assert server.calls("/v1/tags")[0].headers["user-agent"] == f"monite-magic/{__version__}"


@pytest.mark.parametrize("asked", ["3600", "9" * 400, "Fri, 31 Dec 2100 23:59:59 GMT"])
def test_nobody_waits_for_a_server_that_wants_to_be_left_alone_for_an_hour(client, server, pauses, asked):
    server.answers("/v1/tags", {"message": "slow"}, status=429, headers={"Retry-After": asked})
    answer = client.get("/tags")
    assert (answer.status, answer["message"]) == (429, "slow")
    assert len(server.calls("/v1/tags")) == 1
    assert pauses == []


def test_pauses_take_no_longer_than_the_timeout(client, server, pauses):
    server.answers("/v1/tags", {}, status=429, headers={"Retry-After": "12"})
    assert client.get("/tags", timeout=11.5).status == 429
    assert client.get("/tags", timeout=11.5).status == 429
    assert pauses == []
    server.answers("/v1/labels", {}, status=503)
    assert client.get("/labels", timeout=0.5).status == 503
    assert 0 < sum(pauses) <= 0.5
    assert len(server.calls("/v1/labels")) == len(pauses) + 1 > 1


def test_nobody_comes_back_sooner_than_asked_and_the_repeats_are_told(client, server, pauses):
    server.answers("/v1/tags", {}, status=503, headers={"Retry-After": "1"})
    server.answers("/v1/tags", {"message": "slow"}, status=503, headers={"Retry-After": "20"})
    answer = client.get("/tags", timeout=20)
    assert pauses == [1]
    assert (answer.status, answer["message"]) == (503, "slow")
    assert len(server.calls("/v1/tags")) == 2
    assert "retried once, without success" in answer.notes[-1].text


def test_a_date_to_come_back_at_is_read_by_the_servers_clock(client, server, pauses):
    """Whatever the clock of this machine says."""
    server.answers(
        "/v1/tags",
        {},
        status=429,
        headers={"Date": "Fri, 31 Dec 2100 23:59:58 GMT", "Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"},
    )
    server.answers("/v1/tags", {"data": []})
    assert client.get("/tags").status == 200
    assert pauses == [1]


@pytest.mark.parametrize("asked", ["soon", "-5", "Fri, 31 Dec 1999 23:59:59 GMT"])
def test_a_retry_after_that_says_nothing_is_passed_over(client, server, asked):
    server.answers("/v1/tags", {}, status=503, headers={"Retry-After": asked})
    server.answers("/v1/tags", {"data": []})
    assert client.get("/tags").status == 200


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_change_is_sent_once(client, server, method, status):
    server.answers("/v1/tags", {}, status=status, headers={"Retry-After": "0"})
    assert client.request(method, "/tags").status == status
    assert len(server.calls("/v1/tags")) == 1


def test_a_read_survives_a_reset_connection_a_change_does_not(client, server):
    server.resets("/v1/tags")
    server.answers("/v1/tags", {"data": []})
    assert client.get("/tags").status == 200
    assert len(server.calls("/v1/tags")) == 2
    server.resets("/v1/labels")
    with pytest.raises(NetworkError, match=r"broke before .* The POST may have taken effect") as caught:
        client.post("/labels", json={})
    assert caught.value.maybe_done
    assert len(server.calls("/v1/labels")) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 409, 422, 501])
def test_an_answer_that_time_does_not_mend_is_not_asked_for_again(client, server, status):
    server.answers("/v1/tags", {"error": {"message": "no"}}, status=status)
    answer = client.get("/tags")
    assert answer.status == status
    # A 401 is asked once more, with a new token.
    assert len(server.calls("/v1/tags")) == (2 if status == 401 else 1)
    with pytest.raises(ApiError, match=f"GET /tags answered {status} .*: no"):
        answer.raise_for_status()


def test_a_post_refused_for_its_token_is_sent_once_more(client, server):
    server.answers("/v1/tags", {"error": {"message": "expired"}}, status=401)
    server.answers("/v1/tags", {"id": "1"}, status=201)
    answer = client.post("/tags", json={"name": "x"})
    assert answer.status == 201
    first, second = server.calls("/v1/tags")
    assert first.body == second.body == b'{"name": "x"}'
    assert first.token != second.token
    assert len(server.exchanges()) == 2


# -- how an answer can fail to come ------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_timeout_is_kept(client, server, method):
    server.answers("/v1/tags", {}, delay=30)
    client.get("/labels")
    started = time.monotonic()
    with pytest.raises(NetworkError, match="did not answer in time") as caught:
        client.request(method, "/tags", timeout=0.2)
    assert time.monotonic() - started < 20
    assert caught.value.maybe_done is (method == "POST")
    assert len(server.calls("/v1/tags")) == 1
    server.answers("/v1/other", {})
    assert client.get("/other").ok


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_answer_that_breaks_off(client, server, method):
    start = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
    server.resets("/v1/tags", after=start + b'{"data": [')
    with pytest.raises(NetworkError, match="broke before the answer was complete") as caught:
        client.request(method, "/tags")
    assert caught.value.maybe_done is (method == "POST")
    assert len(server.calls("/v1/tags")) == 1


def test_an_answer_that_is_no_http(client, server):
    server.does(
        "/v1/tags",
        lambda handler: (
            handler.wfile.write(b"SSH-2.0-x\r\n\r\n"),
            setattr(handler, "close_connection", True),
        ),
    )
    with pytest.raises(NetworkError, match="broke before"):
        client.post("/tags")


def test_gzip_is_undone_and_broken_gzip_is_said(client, server):
    packed = gzip.compress(json.dumps({"data": ["x" * 1000]}).encode())
    server.answers("/v1/tags", content=packed, headers={"Content-Encoding": "gzip"})
    answer = client.get("/tags")
    assert answer.items == ["x" * 1000]
    assert len(answer.content) > len(packed)
    server.answers("/v1/labels", content=b"no gzip", headers={"Content-Encoding": "gzip"})
    with pytest.raises(NetworkError, match="can't be decompressed"):
        client.get("/labels")


@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_that_is_too_large_is_given_up(client, server, monkeypatch, packed):
    monkeypatch.setattr(limits, "largest_answer", 100_000)
    body = b"0" * 100_001
    headers = {"Content-Encoding": "gzip"} if packed else {}
    server.answers("/v1/tags", content=gzip.compress(body) if packed else body, headers=headers)
    with pytest.raises(NetworkError, match="larger than 100,000 bytes"):
        client.get("/tags")
    server.answers("/v1/labels", content=body[1:])
    assert len(client.get("/labels").content) == 100_000


def test_a_host_that_does_not_listen_or_exist():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for url, said in (
        (f"http://127.0.0.1:{port}", f"127.0.0.1:{port} can't be reached"),
        ("https://x.invalid", "Unknown host"),
    ):
        client = MoniteClient(find_environment(base_url=url))
        with client, pytest.raises(NetworkError, match=said) as caught:
            client.post("/tags")
        assert not caught.value.maybe_done


def test_tls_that_is_none_is_said(server):
    environment = find_environment(base_url=server.url.replace("http:", "https:"))
    with MoniteClient(environment) as client, pytest.raises(NetworkError, match=r"certificate|broke|reached"):
        client.post("/tags")


# -- pages -------------------------------------------------------------------------------------------------


def test_pages_follow_the_token_with_the_same_entity(client, server):
    server.answers("/v1/tags", {"data": [1], "next_pagination_token": "a+/="})
    server.answers("/v1/tags", {"data": [2], "next_pagination_token": None})
    pages = list(client.pages("/tags?order=asc", params={"limit": 1}, entity_id=OTHER_ENTITY))
    assert [page.items for page in pages] == [[1], [2]]
    first, second = server.calls("/v1/tags")
    assert first.query == [("order", "asc"), ("limit", "1")]
    assert ("pagination_token", "a+/=") in second.query
    assert first.headers["x-monite-entity-id"] == second.headers["x-monite-entity-id"] == OTHER_ENTITY


def test_next_goes_on_with_the_same_entity_until_the_client_is_gone(client, server):
    server.answers("/v1/tags", {"data": [1], "next_pagination_token": "more"})
    page = client.get("/tags", entity_id=OTHER_ENTITY)
    following = page.next()
    assert server.calls("/v1/tags")[1].headers["x-monite-entity-id"] == OTHER_ENTITY
    assert following.next_token == "more"
    source = TokenSource(client.environment, CREDENTIALS)
    with MoniteClient(client.environment, MoniteAuth(source)) as other:
        alone = other.get("/tags")
    source.close()
    del other
    with pytest.raises(MoniteError, match="The client that fetched this page is gone"):
        alone.next()


def test_pages_stop_at_one_that_fails(client, server):
    server.answers("/v1/tags", {"data": [1], "next_pagination_token": "more"})
    server.answers("/v1/tags", {"error": {"message": "expired cursor"}}, status=400)
    pages = client.pages("/tags")
    assert next(pages).items == [1]
    with pytest.raises(ApiError, match="expired cursor"):
        next(pages)


# -- sharing, and what is never shown ----------------------------------------------------------------------


def test_threads_share_a_client_and_one_exchange(client, server):
    server.answers("/v1/tags", {"data": []})
    barrier = threading.Barrier(8)

    def call():
        barrier.wait()
        return client.get("/tags").status

    with ThreadPoolExecutor(8) as pool:
        assert [each.result() for each in [pool.submit(call) for _ in range(8)]] == [200] * 8
    assert len(server.exchanges()) == 1
    assert len({call.token for call in server.calls("/v1/tags")}) == 1


def test_the_token_is_nowhere_but_in_the_request(client, server, caplog):
    caplog.set_level(logging.DEBUG)
    server.answers("/v1/tags", {"data": []})
    client.get("/tags")
    token = server.calls("/v1/tags")[0].token
    server.answers("/v1/echo", {"you": token}, status=400, headers={"X-Echo": f"Bearer {token}"})
    answer = client.post("/echo", json={"client_secret": "canary-secret-of-the-test"})
    shown = [
        repr(client),
        repr(answer),
        answer.text,
        str(answer.headers),
        str(answer.request),
        str(answer.error()),
    ]
    shown += [str(value) for value in answer._repr_mimebundle_().values()]
    for text in [*shown, caplog.text]:
        assert token not in text
        assert "canary-secret-of-the-test" not in text


def test_a_token_that_was_renewed_while_its_call_was_under_way_is_hidden_too(server):
    environment = find_environment(base_url=server.url)
    source = TokenSource(environment, CREDENTIALS)

    def echo(handler):
        sent = handler.headers["Authorization"].removeprefix("Bearer ")
        assert source.renew(source.token) is source.token
        body = json.dumps({"you": sent}).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    server.does("/v1/echo", echo)
    with MoniteClient(environment, MoniteAuth(source)) as client:
        answer = client.get("/echo")
    source.close()
    assert len(server.exchanges()) == 2
    assert only(server.calls("/v1/echo")).token not in answer.text
    assert answer["you"] == MASK


def test_a_token_that_can_not_be_had_sends_nothing(client, server):
    server.answers("/v1/auth/token", {"error": {"message": "no such client"}}, status=401)
    with pytest.raises(TokenError, match="no such client"):
        client.get("/tags")
    assert server.calls("/v1/tags") == []


def test_connect_reads_a_file_and_calls(server, tmp_path):
    server.answers("/v1/tags", {"data": []})
    lines = {
        "MONITE_CLIENT_ID": CREDENTIALS.client_id,
        "MONITE_CLIENT_SECRET": CREDENTIALS.client_secret.reveal(),
        "MONITE_BASE_URL": server.url,
        "MONITE_API_VERSION": "2024-01-31",
    }
    file = tmp_path / "mine.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
    with connect(dotenv=str(file), entity=ENTITY) as client:
        assert client.get("/tags").ok
    call = only(server.calls("/v1/tags"))
    assert (call.headers["x-monite-version"], call.headers["x-monite-entity-id"]) == ("2024-01-31", ENTITY)
