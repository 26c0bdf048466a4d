"""One policy for all requests: retries, names, errors, and nothing private of httpx."""

from __future__ import annotations

import ast
import asyncio
import gc
import gzip
import inspect
import re
from pathlib import Path

import httpcore
import httpx
import pytest

import monite_magic
from monite_magic import MoniteAuth, MoniteClient, Secret
from monite_magic._version import __version__
from monite_magic.api import RetryPolicy, TokenSource, open_transport, pool
from monite_magic.api.credentials import Credentials, find_profile
from monite_magic.core.environments import find_environment
from monite_magic.core.errors import NetworkError
from monite_magic.session import session

CREDENTIALS = Credentials("5f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1", Secret("canary-secret-of-the-test"))
PACKAGE = Path(monite_magic.__file__).parent


@pytest.fixture
def client(server):
    environment = find_environment(base_url=server.url)
    source = TokenSource(environment, CREDENTIALS)
    with MoniteClient(environment, MoniteAuth(source)) as made:
        yield made
    source.close()


# -- a policy for one call ---------------------------------------------------------------------------------


def test_a_call_can_do_without_retries(client, server):
    server.answers("/v1/tags", {}, status=503)
    assert client.get("/tags", retry=RetryPolicy(max_retries=0, max_waiting=0)).status == 503
    assert len(server.calls("/v1/tags")) == 1


def test_a_call_can_leave_a_status_to_its_caller(client, server):
    """A caller with its own limiter does that."""
    policy = RetryPolicy(max_retries=2, max_waiting=1, first_pause=0.01, statuses=frozenset({500}))
    for path, status in (("/v1/tags", 429), ("/v1/labels", 500)):
        server.answers(path, {}, status=status, headers={"Retry-After": "0"})
    assert client.get("/tags", retry=policy).status == 429
    assert client.get("/labels", retry=policy).status == 500
    assert (len(server.calls("/v1/tags")), len(server.calls("/v1/labels"))) == (1, 3)


def test_no_policy_sends_a_change_again(client, server):
    server.answers("/v1/tags", {}, status=503)
    eager = RetryPolicy(max_retries=9, max_waiting=9, first_pause=0.01)
    assert client.post("/tags", json={}, retry=eager).status == 503
    assert len(server.calls("/v1/tags")) == 1


@pytest.mark.parametrize(
    ("retries", "waited", "asked", "expected"),
    [
        (0, 0.0, "3", 3.0),
        (0, 7.5, "3", None),  # 10.5 seconds of pauses are more than 10
        (0, 10.0, None, None),
        (4, 0.0, "0.1", None),
        (3, 0.0, None, (4.0, 8.0)),  # 1 × 2³, less up to half
        (3, 9.0, None, (1.0, 1.0)),  # what is left
    ],
)
def test_a_pause_is_as_long_as_asked_for_and_no_longer_than_is_left(retries, waited, asked, expected):
    policy = RetryPolicy(max_retries=4, max_waiting=10, first_pause=1)
    pause = policy.pause(retries, waited, {"retry-after": asked} if asked else {})
    if isinstance(expected, tuple):
        assert expected[0] <= pause <= expected[1]
    else:
        assert pause == expected


# -- who is named ------------------------------------------------------------------------------------------


def test_every_request_names_this_package(server):
    """Calls, token exchange, revocation and the clients that are lent out."""
    server.answers("/v1/auth/token", {"access_token": "canary-token", "expires_in": 1800})
    server.answers("/v1/auth/revoke", {})
    server.answers("/v1/tags", {"data": []})
    environ = {
        "MONITE_BASE_URL": server.url, "MONITE_CLIENT_ID": CREDENTIALS.client_id,
        "MONITE_CLIENT_SECRET": "canary-secret-of-the-test",
    }  # fmt: skip
    mine = session.current()
    mine.log_in(find_profile(environ=environ, keyring=False))
    mine.call("GET", "/tags")
    with monite_magic.httpx_client() as lent:
        lent.get("/tags")

    async def ask():
        async with monite_magic.async_client() as lent:
            await lent.get("/tags")

    asyncio.run(ask())
    mine.log_out()
    paths = [call.path for call in server.received]
    assert paths == ["/v1/auth/token", "/v1/tags", "/v1/tags", "/v1/tags", "/v1/auth/revoke"]
    assert {call.headers["user-agent"] for call in server.received} == {f"monite-magic/{__version__}"}


# -- cookies -----------------------------------------------------------------------------------------------


def test_no_cookie_is_kept(client, server):
    server.answers(
        "/v1/tags", {}, status=302, headers={"Location": "/v1/labels", "Set-Cookie": "a=1; Path=/"}
    )
    server.answers("/v1/labels", {"data": []}, headers={"Set-Cookie": "b=2; Path=/"})
    client.get("/tags")
    client.get("/labels")
    assert len(server.calls("/v1/labels")) == 2
    assert not any("cookie" in call.headers for call in server.received)


# -- memory ------------------------------------------------------------------------------------------------


def test_no_response_waits_for_the_garbage_collector(client, server):
    server.answers("/v1/tags", {"data": []})
    client.get("/tags")
    gc.collect()
    gc.disable()
    try:
        client.get("/tags")
        assert not [each for each in gc.get_objects() if issubclass(type(each), httpx.Response)]
    finally:
        gc.enable()


# -- redirects and headers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "status", "location"),
    [("POST", 302, "/v1/labels"), ("GET", 302, "http://a:99999/"), ("GET", 201, "/v1/tags/1")],
)
def test_an_answer_keeps_the_location_that_is_not_followed(client, server, method, status, location):
    server.answers("/v1/tags", {}, status=status, headers={"Location": location})
    answer = client.request(method, "/tags")
    assert (answer.status, answer.headers["Location"]) == (status, location)


# -- lent clients read in pieces ---------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [False, True])
def test_a_lent_client_reads_an_answer_in_pieces_of_a_size(server, packed):
    body = bytes(range(256)) * 40
    headers = {"Content-Encoding": "gzip"} if packed else {}
    server.answers("/v1/file", content=gzip.compress(body) if packed else body, headers=headers)
    environment = find_environment(base_url=server.url)
    with (
        httpx.Client(transport=open_transport(environment)) as lent,
        lent.stream("GET", f"{server.url}/file") as response,
    ):
        pieces = list(response.iter_bytes(chunk_size=1000))
    assert b"".join(pieces) == body
    assert [len(piece) for piece in pieces] == [1000] * 10 + [240]


# -- errors ------------------------------------------------------------------------------------------------

HTTPCORE_ERRORS = [
    kind
    for _, kind in inspect.getmembers(httpcore, inspect.isclass)
    if issubclass(kind, Exception) and kind is not httpcore.ConnectionNotAvailable
]


@pytest.mark.parametrize("kind", HTTPCORE_ERRORS, ids=lambda kind: kind.__name__)
def test_an_error_of_httpcore_becomes_the_one_of_httpx(kind):
    with pytest.raises(httpx.HTTPError) as caught, pool._httpx_errors():
        raise kind("why")
    assert type(caught.value).__name__ == kind.__name__
    assert type(caught.value.__cause__) is kind
    assert "why" in str(caught.value)


def test_errors_of_others_stay_as_they_are():
    with pytest.raises(ZeroDivisionError), pool._httpx_errors():
        raise ZeroDivisionError


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_a_proxy_that_is_not_there_is_said(monkeypatch, free_tcp_port, scheme):
    if scheme == "socks5":
        pytest.importorskip("socksio")
    monkeypatch.setenv("HTTP_PROXY", f"{scheme}://user:S3cretPw@127.0.0.1:{free_tcp_port}")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.delenv("no_proxy", raising=False)
    environment = find_environment(base_url="http://api.example/v1", insecure_http=True)
    with MoniteClient(environment) as client, pytest.raises(NetworkError) as caught:
        client.post("/tags", json={})
    assert not caught.value.maybe_done
    assert "S3cret" not in str(caught.value)


# -- by public doors ---------------------------------------------------------------------------------------

#: Attributes that httpx and httpcore keep to themselves.
PRIVATE = {
    f"_{name}"
    for name in (
        "pool", "transport", "mounts", "network_backend", "decoder", "content", "request", "connections",
        "headers", "auth", "cookies", "event_hooks", "num_bytes_downloaded", "client", "models", "config",
    )
}  # fmt: skip


def private_uses(path):
    """Private names of httpx and httpcore that a module imports or reads from another object than its own."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.ImportFrom(module=str(module)) if re.match(r"(httpx|httpcore)(\.|$)", module):
                yield from (
                    name for name in [*module.split("."), *(each.name for each in node.names)]
                    if name.startswith("_")
                )  # fmt: skip
            case ast.Attribute(value=ast.Name(id="httpx" | "httpcore"), attr=attr) if attr.startswith("_"):
                yield attr
            case ast.Attribute(value=ast.Name(id="self"), attr=_):
                pass  # its own
            case ast.Attribute(attr=attr) if attr in PRIVATE:
                yield attr


MODULES = [path for path in PACKAGE.rglob("*.py") if re.search(r"\bhttp(x|core)\b", path.read_text("utf-8"))]


def test_nothing_private_of_httpx_or_httpcore_is_used():
    assert len(MODULES) > 10
    assert {str(path): uses for path in MODULES if (uses := list(private_uses(path)))} == {}


@pytest.mark.parametrize(
    "line",
    [
        "from httpx._decoders import GZipDecoder",
        "import httpx; httpx._client.Client",
        "transport._pool.close()",
        "client._transport = None",
        "self._transport = open_transport(); self._http._transport.close()",
        "self.inner._network_backend = None",
        "response._decoder = None",
    ],
)
def test_the_search_for_private_attributes_finds_them(tmp_path, line):
    module = tmp_path / "module.py"
    module.write_text(line)
    assert list(private_uses(module))
