"""The receiver of `%monite_watch --webhooks`: what it takes, and what it keeps unseen."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import socket
import time

import pytest

import monite_magic
from monite_magic import simulator
from monite_magic.core import Secret
from monite_magic.session.watching import Wanted
from monite_magic.session.webhook_feed import WebhookFeed

EVENT = {"action": "payable.created", "object_type": "payable", "object": {"id": "1"}}


@pytest.fixture
def feed():
    simulator.default().reset()
    with monite_magic.connect(env="local") as client:
        made = WebhookFeed(client, Wanted(frozenset({"payable"})))
        yield made
        made.close()
    simulator.default().reset()


def signed(feed, body, *, at=None, secret=None):
    at = str(int(at or time.time()))
    key = (secret or feed._secrets[0].reveal()).encode()
    return f"t={at},v1={hmac.new(key, at.encode() + b'.' + body, hashlib.sha256).hexdigest()}"


def post(feed, body, headers, *, method="POST"):
    connection = http.client.HTTPConnection("127.0.0.1", feed._server.server_port, timeout=10)
    connection.putrequest(method, "/")
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    try:
        return connection.getresponse().status
    finally:
        connection.close()


def test_it_listens_on_this_machine_alone_and_its_secrets_are_dots(feed):
    assert feed._server.server_address[0] == "127.0.0.1"
    assert all(isinstance(secret, Secret) for secret in feed._secrets)
    secret = feed._secrets[0].reveal()
    assert len(secret) > 10
    assert secret not in f"{vars(feed)!r}"


def test_what_is_signed_comes_and_nothing_else(feed):
    body = json.dumps(EVENT).encode()
    assert post(feed, body, {"Monite-Signature": signed(feed, body)}) == 200
    assert [event.action for event in feed.look()] == ["payable.created"]
    for headers in (
        {},
        {"Monite-Signature": ""},
        {"Monite-Signature": signed(feed, body, secret="another")},
        {"Monite-Signature": signed(feed, body, at=time.time() - 400)},
        {"Monite-Signature": signed(feed, body, at=time.time() + 400)},
        {"Monite-Signature": signed(feed, body + b" ")},
        {"Monite-Signature": signed(feed, body).replace("v1=", "v0=")},
        {"Monite-Signature": "t=" + "9" * 5000 + ",v1=0"},
        {"Monite-Signature": "t=1,v1=\xe4"},
    ):
        assert post(feed, body, headers) == 401, headers
    assert feed.look() == []
    assert feed.refused == 9
    assert post(feed, body, {"Monite-Signature": signed(feed, body)}, method="GET") == 501


@pytest.mark.parametrize("body", [b"[1]", b'"text"', b"null", b"{", b"\xff", b"[" * 100_000])
def test_what_is_signed_and_no_event_is_refused_without_a_traceback(feed, body, capfd):
    assert post(feed, body, {"Monite-Signature": signed(feed, body)}) == 401
    assert feed.look() == []
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("length", ["9" * 5000, "99999999999", "-1", "²", "0x10"])
def test_a_length_that_makes_no_sense_reads_nothing(feed, length, capfd):
    with socket.create_connection(("127.0.0.1", feed._server.server_port), timeout=5) as line:
        line.sendall(f"POST / HTTP/1.0\r\nContent-Length: {length}\r\n\r\n{{}}".encode())
        assert b" 401 " in line.recv(100)
    assert capfd.readouterr().err == ""
