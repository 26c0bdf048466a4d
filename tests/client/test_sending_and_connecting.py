"""What the rooms below the client do when a redirect, a proxy, a fork or an answer is not as it should be."""

from __future__ import annotations

import gzip
import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpcore
import httpx
import pytest

from monite_magic import MoniteClient, Secret
from monite_magic.api import pool, transport
from monite_magic.api.system_network import proxy_for
from monite_magic.core.environments import find_environment, origin_of
from monite_magic.core.errors import NetworkError, OriginError, RequestError

ENVIRONMENT = find_environment(base_url="https://api.example.com/v1")
EMPTY_LIST = b'{"data": []}'
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


def client_of(answer):
    """A client whose requests `answer` takes, without a network."""
    return MoniteClient(ENVIRONMENT, transport=httpx.MockTransport(answer))


# -- redirects ---------------------------------------------------------------------------------------------

NOWHERE = ["http://a:99999/", "http://a:x/", "http://[::1/", "mailto:someone"]


@pytest.mark.parametrize("url", ["http://a:99999/", "http://a:x/", "http://[::1/"])
def test_what_names_no_place_has_no_origin(url):
    assert origin_of(url) == ("", "", None)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("location", NOWHERE)
def test_a_redirect_that_names_no_place_is_an_answer(method, location):
    client = client_of(lambda _: httpx.Response(302, headers={"Location": location}))
    answer = client.request(method, "/tags")
    assert (answer.status, answer.notes) == (302, ())


@pytest.mark.parametrize("url", ["https://api.example.com:99999/v1/tags", "https://[api.example.com/v1/tags"])
def test_a_url_that_names_no_place_is_refused(url):
    with pytest.raises(OriginError, match="is not the API"):
        client_of(lambda _: httpx.Response(200)).get(url)


@pytest.mark.parametrize(("method", "may_be_done"), [("GET", False), ("POST", True), ("DELETE", True)])
def test_a_change_that_is_redirected_elsewhere_may_have_happened(method, may_be_done):
    client = client_of(lambda _: httpx.Response(307, headers={"Location": "https://other.example/"}))
    with pytest.raises(OriginError) as caught:
        client.request(method, "/tags")
    assert (f"The {method} may have taken effect" in caught.value.hint) is may_be_done


class Stream(httpx.SyncByteStream):
    """The body of an answer: it breaks off, and remembers that it was closed."""

    closed = False

    def __iter__(self):
        yield b"{"
        raise httpx.ReadError("broke off")

    def close(self):
        self.closed = True


@pytest.mark.parametrize("headers", [{}, {"Location": "https://other.example/"}])
def test_an_answer_that_fails_gives_its_connection_back(headers):
    stream = Stream()
    status = 307 if headers else 200
    answers = httpx.MockTransport(lambda _: httpx.Response(status, headers=headers, stream=stream))
    with pytest.raises((NetworkError, OriginError)):
        MoniteClient(ENVIRONMENT, transport=answers).get("/tags")
    assert stream.closed


# -- proxies -----------------------------------------------------------------------------------------------


@pytest.fixture
def proxy(monkeypatch):
    """Sets the variables that name proxies; those of the machine are taken away."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return monkeypatch.setenv


@pytest.mark.parametrize("written", ["proxy.corp:3128", " http://proxy.corp:3128 ", "http://proxy.corp:3128"])
def test_a_proxy_may_be_written_without_its_scheme(proxy, written):
    proxy("HTTPS_PROXY", written)
    assert proxy_for("https://api.example.com/v1") == ("http://proxy.corp:3128", "HTTPS_PROXY")
    assert proxy_for("http://api.example.com/v1") is None


@pytest.mark.parametrize(
    ("none", "url", "bypassed"),
    [
        ("10.0.0.0/8", "https://10.200.3.4/v1", True),
        ("10.0.0.0/8", "https://11.0.0.1/v1", False),
        ("10.0.0.0/8", "https://10.example/v1", False),
        ("fd00::/8", "https://[fd12::1]:8443/v1", True),
        ("[::1]:9000", "https://[::1]:9000/v1", True),
        ("[::1]:9000", "https://[::1]:9001/v1", False),
        ("::1", "https://[::1]:9001/v1", True),
        ("192.168.1.7", "https://192.168.1.7:8443", True),
        ("gateway.corp:8443", "https://gateway.corp:8443/v1", True),
        ("gateway.corp:8443", "https://gateway.corp/v1", False),
        ("gateway.corp:443", "https://GATEWAY.corp/v1", True),
        (".corp", "https://a.b.corp", True),
        ("*.corp", "https://b.corp", True),
        ("corp", "https://notcorp", False),
        ("first.example, second.example", "https://second.example", True),
        ("first.example second.example", "https://api.second.example", True),
        ("*", "https://anything.example", True),
        ("", "https://anything.example", False),
        ("10.0.0.0/99,/,:,[", "https://10.0.0.1", False),
    ],
)
@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
def test_which_hosts_need_no_proxy(proxy, variable, none, url, bypassed):
    proxy("https_proxy", "http://proxy.corp:3128")
    proxy(variable, none)
    assert (proxy_for(url) is None) is bypassed


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
@pytest.mark.parametrize(
    "written", ["http://user:S3cret/Pw@host:9", "ftp://user:S3cretPw@host:1", "socks5://user:S3cretPw@host:1"]
)
def test_a_proxy_that_can_not_be_used_is_told_without_its_password(proxy, monkeypatch, variable, written):
    monkeypatch.setitem(__import__("sys").modules, "socksio", None)
    proxy(variable, written)
    with MoniteClient(ENVIRONMENT) as client, pytest.raises(NetworkError) as caught:
        client.post("/tags", json={})
    error = caught.value
    assert error.message == f"The proxy from {variable} can't be used."
    assert ("socksio" in error.hint) is written.startswith("socks5")
    assert "S3cret" not in str(error)
    assert error.__context__ is error.__cause__ is None
    assert not error.maybe_done


def test_a_proxy_of_the_system_is_called_so(proxy, monkeypatch):
    monkeypatch.setattr("urllib.request.getproxies", lambda: {"https": "ftp://host:1"})
    with MoniteClient(ENVIRONMENT) as client, pytest.raises(NetworkError, match="from the system"):
        client.get("/tags")


# -- threads and processes ---------------------------------------------------------------------------------


class Connections:
    """Stands in for `transport._connect`: it is slow, and counts."""

    def __init__(self, pause=0.05):
        self.made = 0
        self.pause = pause

    def __call__(self, _):
        self.made += 1
        time.sleep(self.pause)
        return httpx.MockTransport(lambda _: httpx.Response(200, content=EMPTY_LIST))


def test_threads_that_call_at_once_share_their_connections(monkeypatch):
    connections = Connections()
    monkeypatch.setattr(transport, "_connect", connections)
    barrier = threading.Barrier(10)
    with MoniteClient(ENVIRONMENT) as client, ThreadPoolExecutor(10) as pool:

        def call(_):
            barrier.wait()
            return client.get("/tags").status

        assert list(pool.map(call, range(10))) == [200] * 10
    assert connections.made == 1


def test_another_process_connects_anew(monkeypatch):
    connections = Connections(pause=0)
    monkeypatch.setattr(transport, "_connect", connections)
    own = os.getpid()
    with MoniteClient(ENVIRONMENT) as client:
        client.get("/tags")
        client.get("/tags")
        assert connections.made == 1
        monkeypatch.setattr(os, "getpid", lambda: own + 1)
        client.get("/tags")
        client.get("/tags")
        assert connections.made == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_while_another_thread_connects_does_not_block_the_child(monkeypatch):
    own, connecting, go_on = os.getpid(), threading.Event(), threading.Event()

    def connect(_):
        if os.getpid() == own:
            connecting.set()
            go_on.wait(20)
        return httpx.MockTransport(lambda _: httpx.Response(200, content=EMPTY_LIST))

    monkeypatch.setattr(transport, "_connect", connect)
    with MoniteClient(ENVIRONMENT) as client, ThreadPoolExecutor(1) as pool:
        call = pool.submit(client.get, "/tags")
        connecting.wait(20)
        child = os.fork()
        if child == 0:
            os._exit(0 if client.get("/tags").status == 200 else 1)
        end = time.monotonic() + 60
        while (left := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < end:
            time.sleep(0.01)
        if left == (0, 0):
            os.kill(child, 9)
            os.waitpid(child, 0)
        go_on.set()
        assert left == (child, 0)
        assert call.result().status == 200


# -- compressed answers ------------------------------------------------------------------------------------

ROWS = json.dumps({"data": [str(number) for number in range(20_000)]}).encode()


def packed_answer(*pieces):
    """Return the outcome of an answer of these pieces of gzip."""
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answers = httpx.MockTransport(lambda _: httpx.Response(200, headers=headers, stream=Pieces(pieces)))
    request = httpx.Request("GET", "https://x/")
    return transport.BoundedResponse.of(answers.handle_request(request), request).read()


class Pieces(httpx.SyncByteStream):
    """A body that comes in pieces."""

    def __init__(self, pieces):
        self._pieces = pieces

    def __iter__(self):
        yield from self._pieces


@pytest.mark.parametrize("length", [1, 9, 1000, len(gzip.compress(ROWS)) - 1])
def test_a_compressed_answer_that_is_cut_is_not_taken_for_the_whole(server, length):
    cut = gzip.compress(ROWS)[:length]

    def answer(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + cut)
        handler.close_connection = True

    server.does("/v1/tags", answer)
    with MoniteClient(find_environment(base_url=server.url)) as client:
        with pytest.raises(NetworkError, match="broke before the answer was complete"):
            client.get("/tags")
        with pytest.raises(NetworkError, match="The POST may have taken effect"):
            client.post("/tags", json={})


def test_a_compressed_answer_is_unpacked_to_its_end():
    first, second = gzip.compress(ROWS[:5000]), gzip.compress(ROWS[5000:])
    assert packed_answer(gzip.compress(ROWS)) == ROWS
    assert packed_answer(first + second) == packed_answer(first, second) == ROWS
    assert packed_answer(*[bytes([each]) for each in first + second]) == ROWS
    assert packed_answer(gzip.compress(b"")) == packed_answer() == b""
    with pytest.raises(httpx.RemoteProtocolError):
        packed_answer(first + second[:20])
    with pytest.raises(httpx.DecodingError):
        packed_answer(first + b"no gzip")


# -- time --------------------------------------------------------------------------------------------------


class SlowConnection(httpcore.NetworkStream):
    """Takes 0.4 seconds of the test clock for each read."""

    now = 0.0

    def write(self, buffer, timeout=None):
        pass

    def read(self, max_bytes, timeout=None):
        self.now += 0.4
        return b"x"


def test_the_time_for_an_answer_begins_with_each_request(monkeypatch):
    slow = SlowConnection()
    monkeypatch.setattr(pool.time, "monotonic", lambda: slow.now)
    kept_alive = pool._TimedStream(slow)
    for _ in range(5):
        kept_alive.write(b"GET", 1.0)
        assert kept_alive.read(1, 1.0) + kept_alive.read(1, 1.0) == b"xx"
    kept_alive.read(1, 1.0)
    with pytest.raises(httpcore.ReadTimeout):
        kept_alive.read(1, 1.0)


# -- what is asked for -------------------------------------------------------------------------------------


def echo(request):
    return httpx.Response(200, json={"path": request.url.path, "query": str(request.url.params)})


def test_a_url_may_stand_in_a_query():
    client = client_of(echo)
    for path in ("/tags?x=https://y", "/v1/tags?x=https://y", "https://api.example.com/v1/tags?x=https://y"):
        assert client.get(path).data == {"path": "/v1/tags", "query": "x=https%3A%2F%2Fy"}


@pytest.mark.parametrize("path", ["/tags/a#b", "/tags#", "/tags?x=a#b", "https://api.example.com/v1/tags#b"])
def test_what_would_be_cut_off_is_refused(path):
    with pytest.raises(RequestError, match="Write %23"):
        client_of(echo).get(path)
    assert client_of(echo).get("/tags/a%23b").data["path"] == "/v1/tags/a#b"


def test_a_secret_in_a_url_is_not_sent():
    sent = []
    client = client_of(lambda request: sent.append(request) or httpx.Response(200))
    secret = Secret("canary/of a url")
    for path, params in (
        ("/tags", {"x": secret.reveal()}),
        ("/tags", {secret.reveal(): "x"}),
        ("/tags/canary%2Fof%20a%20url", None),
        ("/tags?x=canary/of+a+url", None),
    ):
        with pytest.raises(RequestError, match="Don't put a secret in a URL") as caught:
            client.get(path, params=params)
        assert "canary" not in str(caught.value)
    assert sent == []


def test_an_error_of_the_network_tells_what_was_sent():
    def refuse(_):
        raise httpx.ConnectError("no")

    with pytest.raises(NetworkError) as caught:
        client_of(refuse).post("/tags", params={"x": 1}, json={"password": "canary-of-a-body"})
    request = caught.value.request
    assert (request.method, request.path, request.url) == (
        "POST",
        "/tags",
        f"{ENVIRONMENT.base_url}/tags?x=1",
    )
    assert b"canary" not in request.body
