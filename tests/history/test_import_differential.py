"""Commands at random: what bash and the real curl send is what the imported cell sends.

MONITE_SHELL_COMMANDS says how many; `nox -s test-all` runs 10,000.
"""

import ast
import json
import os
import re
import shutil
import subprocess
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from shell_commands import command

from monite_magic import MoniteClient
from monite_magic.cell.reading import parse
from monite_magic.core.environments import find_environment
from monite_magic.history import import_text
from monite_magic.session.calling import call_options

COMMANDS = int(os.environ.get("MONITE_SHELL_COMMANDS", "300"))
BATCH = 50


@dataclass
class Received:
    method: str
    path: str
    query: list
    headers: list
    body: bytes

    def header(self, name):
        return [value for other, value in self.headers if other.lower() == name]


@pytest.fixture(scope="module")
def recorder():
    received = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Transfer-Encoding") == "chunked":
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
            parts = urlsplit(self.path)
            path = [unquote(segment) for segment in parts.path.split("/")]
            # The client puts values of one name side by side.
            query = sorted(parse_qsl(parts.query, keep_blank_values=True), key=lambda pair: pair[0])
            received.append(Received(self.command, path, query, self.headers.items(), body))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer  # noqa: N815

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    server.received = received
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "a.pdf").write_bytes(b"%PDF-\x00\xff")
    (tmp_path / "b c.txt").write_text("text\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def parts_of(received):
    """The parts of a multipart body: name, file name, content."""
    (kind,) = received.header("content-type")
    boundary = kind.partition("boundary=")[2].strip('"').encode()
    parts = []
    for part in received.body.split(b"--" + boundary)[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        first = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-disposition"))
        named = dict(item.strip().split(b"=", 1) for item in first.split(b";")[1:])
        parts.append((named[b"name"], named.get(b"filename"), content.removesuffix(b"\r\n")))
    return sorted(parts, key=repr)


def content_of(received):
    """The body in a form that can be compared: parts, a form as an object, or the bytes."""
    kind = next(iter(received.header("content-type")), "").partition(";")[0]
    if kind == "multipart/form-data":
        return parts_of(received)
    if kind == "application/x-www-form-urlencoded":
        grouped = {}
        for name, value in parse_qsl(received.body.decode(), keep_blank_values=True):
            grouped.setdefault(name, []).append(value)
        return {name: values[0] if len(values) == 1 else values for name, values in grouped.items()}
    return received.body.strip(b"\n")  # the cell ends with its last line


def compare(ours, theirs, notes):
    assert (ours.method, ours.path, ours.query) == (theirs.method, theirs.path, theirs.query)
    given = {name.lower(): value for name, value in theirs.headers}
    sent = {name.lower(): value for name, value in ours.headers}
    for name, value in given.items():
        if name.startswith("x-") or (name in {"user-agent", "referer"} and not value.startswith("curl/")):
            assert sent.get(name) == value.strip(), name
    if given["accept"] not in {"*/*", "application/json"}:
        assert sent["accept"] == given["accept"]
    expected = content_of(theirs)
    if isinstance(expected, dict):  # the one difference, and it is told
        assert json.loads(ours.body) == expected
        assert "turned into JSON" in notes
    elif isinstance(expected, bytes) and "\u2028" in expected.decode():
        # In a cell it is written as JSON's own escape, so that it can't be mistaken for a line end.
        assert ours.body.decode().replace("\\u2028", "\u2028") == expected.decode()
    else:
        assert content_of(ours) == expected


def send(cell, client, names):
    line, _, body = cell.partition("\n")
    filled = parse(line.lstrip("%").removeprefix("monite "), body or None).fill(names)
    client.request(filled.method, filled.path, **call_options(filled))


def named_in(notes):
    """The variables that notes give a value: what a line can't hold."""
    found = [re.search(r"Set (\w+) = ('.*'|\".*\") in a cell above", note) for note in notes]
    return {match[1]: ast.literal_eval(match[2]) for match in found if match}


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="needs bash and curl")
@pytest.mark.parametrize("batch", range(-(-COMMANDS // BATCH)))
def test_the_cell_sends_what_bash_and_curl_send(batch, recorder, folder):
    base = f"http://127.0.0.1:{recorder.server_port}"
    commands = [command(Random(f"{batch}-{case}"), base, case) for case in range(BATCH)]
    recorder.received.clear()
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    subprocess.run(
        ["bash"],
        input="\n".join(commands).encode(),
        env=environment,
        cwd=folder,
        capture_output=True,
        check=False,
    )
    theirs = {received.path[3]: received for received in recorder.received}
    assert len(theirs) == BATCH
    with MoniteClient(find_environment(base_url=f"{base}/v1")) as client:
        for case, written in enumerate(commands):
            recorder.received.clear()
            imported = import_text(written)
            assert len(imported.cells) == 1, written
            send(imported.cells[0], client, named_in(imported.notes))
            try:
                compare(recorder.received[-1], theirs[str(case)], " ".join(imported.notes))
            except AssertionError as error:
                raise AssertionError(f"{written}\n\n{imported.cells[0]}\n\n{error}") from None
