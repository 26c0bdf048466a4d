"""An id from an answer that holds a line break: what JupyterLab's own menu offers, and what it writes."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

GOOD = "7e1c3b52-0d5a-4c7a-8d0e-2f4b6a8c1e93"
EVIL = "9\nit_ran = True"
SECONDS = 1000


class _Answers(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._say({"access_token": "a-token-of-this-test", "expires_in": 1800, "token_type": "Bearer"})

    def do_GET(self):
        self._say({"data": [{"id": EVIL, "name": "a"}, {"id": GOOD, "name": "b\nit_ran = True"}]})

    def _say(self, data):
        content = json.dumps(data).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def address():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()


def test_the_menu_offers_no_id_that_would_run(lab_page, address):
    lab_page.open(
        "import os\nos.environ['MONITE_CLIENT_ID'] = '0b7d7a3e-58a5-4d35-9c6a-7d1b7f2a9c10'\n"
        "os.environ['MONITE_CLIENT_SECRET'] = 'a-secret-of-this-test'\n"
        f"%load_ext monite_magic\n%monite_login --base-url {address} --entity {GOOD}",
        "%monite GET /tags",
        "%monite GET ",
        "print('it_ran' in globals())",
    )
    lab_page.run(0)
    assert "Logged in" in lab_page.output(0).inner_text()
    lab_page.run(1)
    assert GOOD[:8] in lab_page.output(1).inner_text()
    lab_page.cell(2).locator(".cm-content").click()
    lab_page.page.keyboard.press("Control+End")
    lab_page.page.keyboard.type("/tags/")
    lab_page.page.keyboard.press("Tab")
    popup = lab_page.page.locator(".jp-Completer:not(.lm-mod-hidden)")
    popup.wait_for(timeout=20 * SECONDS)
    choices = popup.locator(".jp-Completer-item code").all_inner_texts()
    assert f"/tags/{GOOD}" in choices, choices
    assert not any(choice.startswith("/tags/9") for choice in choices), choices
    popup.get_by_text(GOOD).first.click()
    cell = lab_page.cell(2).locator(".cm-content")
    assert cell.inner_text().strip() == f"%monite GET /tags/{GOOD}"
    assert cell.locator(".cm-line").count() == 1
    lab_page.run(2)
    assert lab_page.run(3).inner_text().strip() == "False"
