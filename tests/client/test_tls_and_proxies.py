"""Whom the client trusts, and which proxy it takes: real TLS on loopback, a separate process for each."""

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

from monite_magic.api import system_network

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
    """A server whose certificate for `localhost` another company has signed."""
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


def call(server, *, scheme="https", script=CALL, **variables):
    """What a process with these environment variables says when it calls the server."""
    names = ("ssl_cert_file", "ssl_cert_dir", "http_proxy", "https_proxy", "all_proxy", "no_proxy")
    clean = {name: value for name, value in os.environ.items() if name.lower() not in names}
    url = f"{scheme}://localhost:{server.server_port}/v1"
    command = [sys.executable, "-c", script, url]
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


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
@pytest.mark.parametrize("wrong", ["missing", "empty", "no certificate"])
def test_a_wrong_certificate_variable_is_named_with_its_value(secure_server, tmp_path, variable, wrong):
    path = tmp_path / "here"
    if wrong != "missing":
        path.mkdir() if variable == "SSL_CERT_DIR" else path.write_text("" if wrong == "empty" else "pem?")
    if wrong == "no certificate" and variable == "SSL_CERT_DIR":
        (path / "readme.txt").write_text("nothing")  # OpenSSL trusts nothing then
    said = call(secure_server, **{variable: str(path)})
    assert variable in said
    assert str(path) in said
    assert "Traceback" not in said
    assert secure_server.posts == 0


@pytest.fixture
def plain_server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    server.posts = 0
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_wrong_certificate_variable_does_not_matter_for_plain_http_on_loopback(plain_server):
    assert call(plain_server, scheme="http", SSL_CERT_FILE="/missing/company.pem") == "201"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_dead_proxy_is_blamed_by_name(secure_server, variable):
    port = free_port()
    said = call(secure_server, **{variable: f"http://user:s3cret@127.0.0.1:{port}"})
    assert f"The proxy 127.0.0.1:{port} ({variable}) can't be reached, so nothing was sent" in said
    assert "NO_PROXY" in said
    assert "s3cret" not in said
    assert said.endswith("False")


def test_a_variable_that_is_corrected_counts_from_the_next_call_on(secure_server, authority, tmp_path):
    authority.cert_pem.write_to_path(str(tmp_path / "company.pem"))
    script = (
        CALL.partition("with MoniteClient")[0]
        + f"""
import os
client = MoniteClient(find_environment(base_url=sys.argv[1]))
dead = "http://127.0.0.1:{free_port()}"
for name, value in (("HTTPS_PROXY", dead), ("ALL_PROXY", "http://127.0.0.1:x"), ("A", "B")):
    os.environ[name] = value
    try:
        print(client.post("/tags", json={{}}).status)
    except NetworkError as error:
        print(error)
    del os.environ[name]
"""
    )
    said = call(secure_server, script=script, SSL_CERT_FILE=str(tmp_path / "company.pem")).split("\n")
    assert "(HTTPS_PROXY) can't be reached" in said[0]
    assert "The proxy from ALL_PROXY can't be used." in said[1]
    assert said[2] == "201"


def test_a_proxy_that_refuses_is_blamed_with_its_words(secure_server, plain_server):
    proxy = f"127.0.0.1:{plain_server.server_port}"  # a web server without CONNECT
    said = call(secure_server, HTTPS_PROXY=f"http://{proxy}")
    assert f"The proxy {proxy} (HTTPS_PROXY) refused to connect to localhost:" in said
    assert "501" in said


def test_without_that_the_certificates_of_the_system_are_trusted(monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    assert isinstance(system_network._of_the_system.__wrapped__(), truststore.SSLContext)


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
    system_network._of_the_system.__wrapped__()
    assert loaded == ["cacert.pem"]
