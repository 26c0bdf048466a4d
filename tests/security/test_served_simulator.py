"""A served simulator: which pages reach it, whom it calls, and how it serves what was uploaded."""

import contextlib
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from monite_magic.simulator import Simulator
from monite_magic.simulator.server import Server

VERSION = "2024-05-25"


@contextlib.contextmanager
def serving(plain=False, **options):
    """A server of a new simulator on a real socket, and a client that is logged in to it."""
    limits = {name: options.pop(name) for name in ("webhooks_to", "seed") if name in options}
    simulator = Simulator(**limits)
    server = Server(simulator, plain=plain, **options)
    thread = threading.Thread(target=server.run)
    thread.start()
    given = simulator.credentials
    client = httpx.Client(base_url=server.url, headers={"X-Monite-Version": VERSION}, trust_env=False)
    try:
        body = {
            "grant_type": "client_credentials",
            "client_id": given["MONITE_CLIENT_ID"],
            "client_secret": given["MONITE_CLIENT_SECRET"],
        }
        token = client.post("/auth/token", json=body).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        client.headers["X-Monite-Entity-Id"] = given["MONITE_ENTITY_ID"]
        client.simulator = simulator
        yield client
    finally:
        client.close()
        server.close()
        thread.join(timeout=10)
        simulator.close()


@pytest.fixture(scope="module", params=[False, True], ids=["waitress", "werkzeug"])
def client(request):
    with serving(request.param) as found:
        yield found


# -- web pages ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "rebound.example",
        "rebound.example:8123",
        "127.0.0.1.nip.example",
        "localhost.rebound.example",
        "203.0.113.7",
    ],
)
@pytest.mark.parametrize("path", ["/v1/entities", "/portal/v1/profile", "/files/x", "/control/state"])
def test_a_site_that_points_its_name_at_this_machine_gets_nothing(client, host, path):
    answer = client.get(client.base_url.join(path), headers={"Host": host})
    assert answer.status_code == 403
    assert host.partition(":")[0] in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST.", "monite.localhost:80", "127.0.0.1", "127.8.8.8:5", "[::1]:9"]
)
def test_every_name_of_this_machine_is_its_host(client, host):
    assert client.get("/entities", headers={"Host": host}).status_code == 200


def test_on_every_interface_it_answers_to_addresses_and_local_names_only():
    with serving(host="0.0.0.0") as client:
        for host in ("192.0.2.10:8123", "simulator", "[2001:db8::5]", "localhost"):
            assert client.get("/entities", headers={"Host": host}).status_code == 200
        for host in ("rebound.example", "a.b"):
            assert client.get("/entities", headers={"Host": host}).status_code == 403


FOREIGN = [
    "https://shop.example",
    "null",
    "http://localhost.shop.example",
    "http://127.0.0.1.shop.example:8888",
    "file://",
    "https://allowed.example:444",
    "http://allowed.example",
]


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_page_of_another_site_can_neither_read_nor_write(origin):
    with serving(allow_origins=[("https", "allowed.example", 443)]) as client:
        # A form of a page sends such a body without asking first.
        headers = {"Origin": origin, "Content-Type": "text/plain"}
        body = {
            "email": "eve@shop.example",
            "password": "long enough for it",
            "fullname": "Eve",
            "company_name": "Eve",
            "company_website": "https://shop.example",
        }
        register = client.base_url.join("/portal/v1/register")
        answer = client.post(register, headers=headers, content=json.dumps(body))
        assert answer.status_code == 403
        assert client.simulator.outbox == []
        read = client.get("/entities", headers={"Origin": origin})
        asked = client.options(
            "/entities", headers={"Origin": origin, "Access-Control-Request-Method": "GET"}
        )
        for answer in (read, asked):
            assert answer.status_code == 403
            assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    ["http://localhost:8888", "http://127.0.0.1:3000", "https://lab.localhost", "https://allowed.example"],
)
def test_a_page_on_loopback_or_of_an_allowed_origin_may_use_it(origin):
    with serving(allow_origins=[("https", "allowed.example", 443)]) as client:
        answer = client.get("/entities", headers={"Origin": origin})
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == origin
        assert "Origin" in answer.headers["vary"]
        asked = client.options(
            "/entities", headers={"Origin": origin, "Access-Control-Request-Method": "PATCH"}
        )
        assert asked.status_code == 204
        assert asked.headers["access-control-allow-origin"] == origin
        assert "PATCH" in asked.headers["access-control-allow-methods"]
        assert "x-monite-entity-id" in asked.headers["access-control-allow-headers"]
    assert "*" not in (
        answer.headers["access-control-allow-origin"],
        asked.headers["access-control-allow-origin"],
    )


def test_a_program_needs_no_origin(client):
    answer = client.get("/entities")
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


# -- the portal ---------------------------------------------------------------------------------------------


def test_passwords_of_the_portal_can_not_be_tried_by_the_thousand():
    with serving() as client:
        url = client.base_url.join("/portal/v1/auth/token")
        answers = [
            client.post(url, json={"email": "ada@example.com", "password": f"guess number {number}"})
            for number in range(40)
        ]
        statuses = [answer.status_code for answer in answers]
        assert statuses == [401] * 30 + [429] * 10
        assert 0 < int(answers[-1].headers["retry-after"]) <= 60
        assert client.get("/entities").status_code == 200


@pytest.mark.parametrize("plain", [False, True])
def test_a_slow_sender_holds_up_nobody(plain):
    with serving(plain) as client:
        url = client.base_url
        head = "POST /portal/v1/auth/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{"
        with socket.create_connection((url.host, url.port)) as slow:
            slow.sendall(head.encode())
            time.sleep(0.3)
            assert client.get("/entities", timeout=60).status_code == 200


# -- webhooks -----------------------------------------------------------------------------------------------

RECEIVER = """
import http.server, sys

class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b"marzipan: what only this port should know"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        print("called", self.path, flush=True)

    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
print(server.server_port, flush=True)
server.serve_forever()
"""


@pytest.fixture
def stranger(started):
    """A receiver in another process of this machine; yields the process and its port."""
    process = started(RECEIVER)
    return process, int(process.stdout.readline())


@pytest.fixture
def started():
    import subprocess
    import sys

    processes = []

    def start(program):
        processes.append(subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.communicate(timeout=20)


def told(client, url):
    """Subscribe a URL, make something happen, and return the delivery when its fate is known."""
    body = {"object_type": "tag", "url": url}
    answer = client.post("/webhook_subscriptions", json={**body, "object_type": "counterpart"})
    assert answer.status_code == 201, answer.text
    address = {"country": "DE", "city": "Kiel", "postal_code": "24103", "line1": "Hafenzeile 5"}
    details = {"legal_name": "Told", "is_customer": True, "is_vendor": False, "address": address}
    made = client.post("/counterparts", json={"type": "organization", "organization": details})
    assert made.status_code == 201, made.text
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        [delivery] = [d for d in client.get("/webhook_deliveries").json()["data"] if d["url"] == url]
        if delivery.get("response") or delivery.get("was_successful") is not None:
            return delivery
        time.sleep(0.02)
    return delivery


def test_a_program_of_this_machine_that_nobody_named_is_not_called(stranger):
    process, port = stranger
    with serving() as client:
        delivery = told(client, f"http://127.0.0.1:{port}/admin/delete")
        assert delivery["requests_made_count"] == 0
        assert "--webhooks-to" in delivery["response"]
    process.kill()
    assert "called" not in process.stdout.read()


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "hooks.localhost"])
def test_a_named_receiver_is_called_and_its_answer_is_not_kept(stranger, name):
    process, port = stranger
    with serving(webhooks_to=[f"http://localhost:{port}/"]) as client:
        delivery = told(client, f"http://{name}:{port}/hook")
        assert delivery["was_successful"] is True
        assert delivery["response_status_code"] == 200
        everything = client.get("/webhook_deliveries").text + str(client.simulator.webhooks)
        assert "marzipan" not in everything
    assert process.stdout.readline() == "called /hook\n"


def test_a_service_that_is_no_web_server_is_not_quoted(started):
    process = started(
        "import socket\n"
        "s = socket.create_server(('127.0.0.1', 0))\n"
        "print(s.getsockname()[1], flush=True)\n"
        "c, _ = s.accept()\n"
        "c.sendall(b'220 marzipan mail ready\\r\\n')\n"
        "c.recv(9999)\n"
        "c.close()\n"
    )
    port = int(process.stdout.readline())
    with serving(webhooks_to=[f"http://127.0.0.1:{port}"]) as client:
        delivery = told(client, f"http://127.0.0.1:{port}/")
        assert delivery["was_successful"] is False
        assert "marzipan" not in str(client.simulator.webhooks)


def test_a_receiver_that_this_process_opened_is_called():
    calls = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            calls.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    receiver = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=receiver.serve_forever, args=(0.02,))
    thread.start()
    try:
        with serving() as client:
            assert told(client, f"http://localhost:{receiver.server_port}/x")["was_successful"] is True
    finally:
        receiver.shutdown()
        thread.join()
        receiver.server_close()
    assert len(calls) == 1


@pytest.mark.parametrize(
    "url", ["https://hooks.example/x", "http://192.0.2.1:80", "localhost:90", "ftp://localhost"]
)
def test_a_receiver_on_another_machine_can_not_be_named(url):
    with pytest.raises(ValueError, match="on this machine"):
        Simulator(webhooks_to=[url])


# -- files --------------------------------------------------------------------------------------------------


def uploaded(client, name, content_type):
    data = b"<script>alert(1)</script>"
    files = {"file": (name, data, content_type)}
    answer = client.post("/files", data={"file_type": "payables"}, files=files)
    assert answer.status_code in (200, 201), answer.text
    served = httpx.get(answer.json()["url"], trust_env=False)
    assert (served.status_code, served.content) == (200, data)
    return answer.json(), served.headers


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("bill.html", "text/html"),
        ("logo.svg", "image/svg+xml"),
        ("a.xhtml", "application/xhtml+xml"),
        ("b.js", "text/javascript"),
        ("c", "image/"),
        ("d", "text/html, image/png"),
    ],
)
def test_what_can_hold_a_script_is_an_attachment(client, name, content_type):
    _, headers = uploaded(client, name, content_type)
    assert headers["content-disposition"].startswith("attachment")
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("name", "content_type"), [("p.png", "image/png"), ("bill.pdf", "application/pdf")])
def test_images_and_pdfs_are_shown(client, name, content_type):
    _, headers = uploaded(client, name, content_type)
    assert headers["content-disposition"].startswith("inline")
    assert headers["content-type"] == content_type
    assert headers["x-content-type-options"] == "nosniff"


def test_a_name_of_a_file_can_not_add_a_header(client):
    _, headers = uploaded(client, 'x"; a=b\u202e ü.html', "text/html")
    assert "\n" not in headers["content-disposition"]
    assert headers["content-disposition"].startswith("attachment; filename")


def test_urls_of_files_can_not_be_guessed_from_a_seed():
    keys = []
    for _ in range(2):
        with serving(seed="empty") as client:
            client.simulator.world.random.seed(7)
            described, _ = uploaded(client, "bill.pdf", "application/pdf")
            keys.append(described["url"].rpartition("/")[2])
    assert keys[0] != keys[1]
    assert all(len(key) >= 32 for key in keys)


# -- text ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "trigger",
    [
        "{invoice.amount >= 5" + " " * 1_000_000 + "x",
        "a" * 1_000_000,
        "a" + " " * 1_000_000,
        "{" * 1_000_000,
        "a==" + "[" * 200_000,
        " " * 1_000_000 + "a in b",
    ],
    ids=["blanks", "word", "blanks after a word", "braces", "brackets", "blanks before"],
)
def test_a_long_trigger_does_not_hang(client, trigger):
    script = [
        {
            "call": "ApprovalRequests.request_approval_by_users",
            "params": {"user_ids": [client.simulator.credentials["MONITE_ENTITY_USER_ID"]]},
        }
    ]
    body = {"name": "x", "script": script, "trigger": trigger}
    answer = client.post("/approval_policies", json=body, timeout=60)  # in squares, it takes hours
    assert answer.status_code < 500


def test_a_body_of_many_unknown_members_does_not_hang(client):
    answer = client.post("/payables", json={f"member_{number}": 1 for number in range(60_000)}, timeout=60)
    assert answer.status_code == 422
    assert {problem["type"] for problem in answer.json()["detail"]} == {"extra_forbidden"}
