"""Whom the client trusts, and which proxy it takes: real TLS on loopback, a process of its own for each."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme
import truststore

from monite_magic.api import transport

CALL = """
import sys
from monite_magic import MoniteClient
from monite_magic.core.environments import find_environment
from monite_magic.core.errors import NetworkError

with MoniteClient(find_environment(base_url=sys.argv[1])) as client:
    try:
        print(client.post("/tags", json={}).status)
    except NetworkError as error:
        print(error, error.maybe_done)
"""


class _Answers(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.posts += 1

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def secure_server(authority):
    """A server whose certificate for `localhost` a company of our own has signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    server.handle_error = lambda *_: None
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.posts = 0
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


class Tunnel:
    """A proxy: it opens the one tunnel that it is asked for, and remembers where to."""

    def __init__(self):
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.asked = []
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self._listening.close()

    def _serve(self):
        with contextlib.suppress(OSError):  # closed before anybody came
            client, _ = self._listening.accept()
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(4096)
            target = head.split()[1].decode()
            self.asked.append(target)
            host, _, port = target.partition(":")
            with client, socket.create_connection((host, int(port))) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                threading.Thread(target=self._pump, args=(server, client), daemon=True).start()
                self._pump(client, server)

    @staticmethod
    def _pump(source, target):
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                target.sendall(piece)


@pytest.fixture
def tunnel():
    proxy = Tunnel()
    yield proxy
    proxy.close()


def call(server, **variables):
    """What a process with these environment variables says when it calls the server."""
    names = ("ssl_cert_file", "ssl_cert_dir", "http_proxy", "https_proxy", "all_proxy", "no_proxy")
    clean = {name: value for name, value in os.environ.items() if name.lower() not in names}
    url = f"https://localhost:{server.server_port}/v1"
    command = [sys.executable, "-c", CALL, url]
    done = subprocess.run(command, env={**clean, **variables}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_certificate_that_nobody_vouches_for_is_refused_before_anything_is_sent(secure_server):
    said = call(secure_server)
    assert "can't be verified" in said
    assert "SSL_CERT_FILE" in said
    assert said.endswith("False")  # nothing may have been done
    assert secure_server.posts == 0


def test_the_certificate_of_a_company_is_named_in_ssl_cert_file(secure_server, authority, tmp_path):
    authority.cert_pem.write_to_path(tmp_path / "company.pem")
    assert call(secure_server, SSL_CERT_FILE=str(tmp_path / "company.pem")) == "201"


def test_calls_go_through_the_proxy_of_the_system(secure_server, authority, tunnel, tmp_path):
    authority.cert_pem.write_to_path(tmp_path / "company.pem")
    variables = {"SSL_CERT_FILE": str(tmp_path / "company.pem"), "HTTPS_PROXY": tunnel.url}
    assert call(secure_server, NO_PROXY="localhost", **variables) == "201"
    assert tunnel.asked == []
    assert call(secure_server, **variables) == "201"
    assert tunnel.asked == [f"localhost:{secure_server.server_port}"]


def test_without_that_the_certificates_of_the_system_are_trusted(monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    assert isinstance(transport._tls.__wrapped__(), truststore.SSLContext)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have certificates")
def test_where_the_system_has_none_those_of_certifi_are(monkeypatch, tmp_path):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    loaded = []
    monkeypatch.setattr(
        truststore.SSLContext,
        "load_verify_locations",
        lambda _, cafile: loaded.append(Path(cafile).name),
    )
    found = ssl.get_default_verify_paths()
    monkeypatch.setattr(
        ssl, "get_default_verify_paths", lambda: found._replace(cafile=None, capath=str(tmp_path))
    )
    transport._tls.__wrapped__()
    assert loaded == ["cacert.pem"]
