"""What a server, an import or a document says acts on no terminal, runs in no cell and hangs no kernel."""

from __future__ import annotations

import gzip
import json
import os
import re
import select
import subprocess
import sys
import time

import pytest
from bare import bare_environ
from jupyter_client.manager import start_new_kernel

CLIENT_ID = "0b7d7a3e-58a5-4d35-9c6a-7d1b7f2a9c10"
ENTITY = "3d0f4b2c-8a1e-4d57-9b60-5c2e1f7a8b94"
#: Sets the clipboard, the window's title, the colour, the direction of writing.
EVIL = "no\x1b]52;c;cm0gLXJm\x07\x1b]0;owned\x07\x1b[31m\x9b2J\u202etxt.exe\u2066"
ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def environ(folder):
    return bare_environ(folder, MONITE_CLIENT_ID=CLIENT_ID, MONITE_CLIENT_SECRET="a-secret-of-this-test")


class Notebook:
    """A kernel; what each cell said, and the cell that it handed to the front end."""

    def __init__(self, folder):
        self.manager, self.client = start_new_kernel(
            kernel_name="python3", env=environ(folder), cwd=str(folder)
        )
        self.run("%load_ext monite_magic")

    def run(self, code, seconds=20):
        said = []

        def hear(message):
            content = message["content"]
            if message["msg_type"] == "stream":
                said.append(content["text"])
            elif message["msg_type"] in {"display_data", "execute_result"}:
                said.extend(content["data"].values())
            elif message["msg_type"] == "error":
                said.extend([content["evalue"], *content["traceback"]])

        reply = self.client.execute_interactive(code, output_hook=hear, timeout=seconds)
        payload = reply["content"].get("payload", ())
        next_cells = [item["text"] for item in payload if item["source"] == "set_next_input"]
        return reply["content"]["status"], "\n".join(map(str, said)), next_cells

    def complete(self, code):
        self.client.complete(code, len(code))
        return self.client.get_shell_msg(timeout=20)["content"]["matches"]

    def value(self, expression):
        reply = self.client.execute_interactive("", user_expressions={"it": expression}, timeout=20)
        return reply["content"]["user_expressions"]["it"]["data"]["text/plain"]

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_wait_time = 60  # seconds; a killed kernel tells nothing of its coverage
        self.manager.shutdown_kernel(now=False)
        self.manager.cleanup_resources()


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    found = Notebook(tmp_path_factory.mktemp("notebook"))
    yield found
    found.close()


@pytest.fixture
def away(notebook, server):
    status, said, _ = notebook.run(f"%monite_login --base-url {server.url} --entity {ENTITY}")
    assert status == "ok", said
    return notebook


REFUSALS = {
    "an error's message": {"data": {"error": {"message": EVIL}}},
    "details": {"data": {"detail": [{"loc": ["body", EVIL], "msg": EVIL, "type": EVIL}]}},
    "plain text": {"content": EVIL.encode(), "headers": {"Content-Type": "text/plain"}},
    "a request id": {"data": {"message": "no"}, "headers": {"x-request-id": "r\x1b]0;owned\x07\x9b"}},
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_shown_without_control_characters(away, server, refusal):
    server.answers("/v1/payables", status=422, **refusal)
    status, said, _ = away.run("%monite GET /payables")
    assert status == "error"
    assert "422" in said
    assert not ACTS.search(said), ascii(ACTS.findall(said))


def test_a_refused_token_exchange(notebook, server):
    server.answers(
        "/v1/auth/token",
        {"error": {"message": f"bad {EVIL}"}},
        status=401,
        headers={"x-request-id": "r\x1b]0;owned\x07"},
    )
    notebook.run("%monite_logout")
    status, said, _ = notebook.run(f"%monite_login --base-url {server.url}")
    assert status == "error"
    assert "bad no" in said
    assert not ACTS.search(said), ascii(ACTS.findall(said))


def test_what_is_logged_is_one_line(away, server):
    away.run(
        "import io, logging\nlog = io.StringIO()\nkept = logging.StreamHandler(log)\n"
        "logging.getLogger('httpx').addHandler(kept)\nlogging.getLogger('httpx').setLevel('INFO')"
    )
    away.run("logging.getLogger('httpx').info('a\\x1b]0;owned\\x07b\\u202e')")
    assert away.value("ascii(log.getvalue())").count("\\\\x1b") == 0
    assert "owned" in away.value("log.getvalue()")


IDS = [
    "9\nprint('it ran')",
    "9\u2028print('it ran')",
    "9\rprint('it ran')",
    "9' --yes",
    "9\x1b[31m",
    "9 --base-url",
    "x" * 3000,
    "",
]


@pytest.mark.parametrize("evil", IDS)
def test_tab_offers_only_what_looks_like_an_id(away, server, evil):
    good = "7e1c3b52-0d5a-4c7a-8d0e-2f4b6a8c1e93"
    server.answers("/v1/tags", {"data": [{"id": good, "name": "a"}, {"id": evil, "name": EVIL}]})
    assert away.run("%monite GET /tags")[0] == "ok"
    matches = away.complete("%monite GET /tags/")
    assert any(good in match for match in matches), matches
    assert not any(ACTS.search(match) or "\n" in match or "'" in match for match in matches), matches
    assert max(map(len, matches)) < 200
    assert "it ran" not in str(matches)
    _, said, (cell,) = away.run("%monite_new PATCH /tags/{tag_id}")
    assert "it ran" not in cell
    assert not ACTS.search(said)


def _lines_that_run(cell):
    """The lines of a cell as IPython takes them, but those of a cell magic's body."""
    return cell.splitlines()[: 1 if cell.startswith("%%") else None]


IMPORTS = {
    "line break in a header": r"curl https://api.sandbox.monite.com/v1/tags -H $'X-A: b\nprint(1)'",
    "line separator in a query": r"curl $'https://api.sandbox.monite.com/v1/tags?a=b\u2028print(1)'",
    "escape in a path": r"curl $'https://api.sandbox.monite.com/v1/tags/\x1b[31m'",
    "half a character in a query": r"curl $'https://api.sandbox.monite.com/v1/tags?a=\ud83d'",
    "bidi in a body": r"""curl https://api.sandbox.monite.com/v1/tags -d $'{"name":"\u202eabc"}'""",
    "line break in a form": r"curl https://api.sandbox.monite.com/v1/payables/upload_from_file "
    r"-F file=@a.pdf -F $'note=b\nprint(1)'",
}


@pytest.mark.parametrize("command", IMPORTS.values(), ids=IMPORTS)
def test_an_imported_call_is_one_line_for_each_line_magic(notebook, command):
    status, said, cells = notebook.run(f"%%monite_import\n{command}")
    assert status == "ok", said
    assert len(_lines_that_run(cells[0])) == 1
    assert not ACTS.search(cells[0]), ascii(cells[0])
    assert not ACTS.search(said), ascii(said)


def test_an_emoji_copied_as_two_halves(notebook):
    command = r"""curl https://api.sandbox.monite.com/v1/tags -d $'{"name":"\ud83d\ude00"}'"""
    status, _, (cell,) = notebook.run(f"%%monite_import\n{command}")
    assert status == "ok"
    assert json.loads(cell.partition("\n")[2]) == {"name": "\U0001f600"}


def test_half_a_character_in_an_import_is_replaced_and_said(notebook):
    command = r"""curl https://api.sandbox.monite.com/v1/tags -d $'{"name":"\ude00"}'"""
    status, said, (cell,) = notebook.run(f"%%monite_import\n{command}")
    assert status == "ok"
    assert cell.endswith('{"name":"\ufffd"}')
    assert "replaced by" in said


def test_half_a_character_in_an_error(notebook):
    status, said, _ = notebook.run('get_ipython().run_line_magic("monite_help", "GET /ta\\ud83dgs")')
    assert status == "error"
    assert "half of a character" in said
    said.encode()


# -- catalogues ------------------------------------------------------------------------------------------


def document(schema, components=None):
    content = {"application/json": {"schema": schema}}
    post = {"tags": ["Tags"], "requestBody": {"content": content}, "responses": {"200": {"description": ""}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "2030-01-01"},
        "paths": {"/tags": {"post": post}},
        "components": {"schemas": components or {}},
    }


@pytest.fixture
def own_catalogue(notebook):
    yield notebook
    notebook.run("%monite_catalogue reset")


def wide(levels=8, width=10):
    found = {f"L{n}": {"allOf": [{"$ref": f"#/components/schemas/L{n + 1}"}] * width} for n in range(levels)}
    found[f"L{levels}"] = {"type": "object", "properties": {"name": {"type": "string"}}}
    return document({"$ref": "#/components/schemas/L0"}, found)


def looped():
    there = {"$ref": "#/components/schemas/B"}
    return document(there, {"A": there, "B": {"$ref": "#/components/schemas/A"}})


def deep(levels):
    text = json.dumps(document({"MARK": 1}))
    return text.replace('{"MARK": 1}', '{"items": ' * levels + "{}" + "}" * levels)


DOCUMENTS = {
    "wide": (json.dumps(wide()), "has more than"),
    "looped": (json.dumps(looped()), "contains itself"),
    "deep": (deep(400), "deep"),
    "very deep": (deep(50_000), "deep"),
    "many nodes": (json.dumps(document({"enum": [0] * 1_600_000})), "nodes"),
}


@pytest.mark.parametrize(("text", "sentence"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_document_that_would_hang_the_kernel_is_refused(own_catalogue, tmp_path, text, sentence):
    file = tmp_path / "api.json"
    file.write_text(text)
    status, said, _ = own_catalogue.run(f"%monite_catalogue load {file}")
    assert status == "error"
    assert sentence in said
    assert "bug in monite-magic" not in said


def test_a_pattern_that_is_not_linear_is_skipped_and_said(own_catalogue, tmp_path, server):
    fields = {
        "name": {"type": "string", "pattern": "^(a+)+$"},
        "code": {"type": "string", "pattern": "^[A-Z]{3}$"},
    }
    file = tmp_path / "api.json"
    file.write_text(json.dumps(document({"type": "object", "properties": fields})))
    status, said, _ = own_catalogue.run(f"%monite_catalogue load {file}")
    assert status == "ok"
    assert "^(a+)+$" in said
    assert "^[A-Z]{3}$" not in said
    own_catalogue.run(f"%monite_login --base-url {server.url} --entity {ENTITY}")
    server.answers("/v1/tags", {"id": "1"})
    status, _, _ = own_catalogue.run(f'%%monite POST /tags\n{{"name": "{"a" * 60}!", "code": "ABC"}}')
    assert status == "ok"
    status, said, _ = own_catalogue.run('%%monite POST /tags\n{"name": "a", "code": "abc"}')
    assert status == "error"
    assert "[A-Z]{3}" in said


def test_a_pattern_of_field_names_that_is_not_linear_is_skipped_and_said(own_catalogue, tmp_path, server):
    schema = {"type": "object", "patternProperties": {"^(b+)+$": {}}, "additionalProperties": False}
    file = tmp_path / "api.json"
    file.write_text(json.dumps(document(schema)))
    status, said, _ = own_catalogue.run(f"%monite_catalogue load {file}")
    assert status == "ok"
    assert "^(b+)+$" in said
    own_catalogue.run(f"%monite_login --base-url {server.url} --entity {ENTITY}")
    server.answers("/v1/tags", {"id": "1"})
    status, said, _ = own_catalogue.run(f'%%monite POST /tags\n{{"{"b" * 60}!": 1}}')
    assert status == "ok", said


def level(schema_of, levels=8):
    """Ten references at each level, eight levels deep: 100,000,000 ways to the last one."""
    found = {f"L{n}": schema_of([{"$ref": f"#/components/schemas/L{n + 1}"}] * 10) for n in range(levels)}
    found[f"L{levels}"] = {"type": "object", "required": ["name"]}
    return document({"$ref": "#/components/schemas/L0"}, found)


def required_fields(below):
    fields = {f"f{n}": each for n, each in enumerate(below)}
    return {"type": "object", "properties": fields, "required": list(fields)}


def fields_with_choices(below):
    return {"type": "object", "properties": {"a": {"anyOf": below}}}


def within_itself():
    again = required_fields([{"$ref": "#/components/schemas/A"}])
    return document({"$ref": "#/components/schemas/A"}, {"A": again})


ENDLESS_DRAFTS = {
    "wide": level(required_fields),
    "within itself": within_itself(),
    "long list": document({"type": "array", "minItems": 1_000_000_000, "items": {"type": "string"}}),
}


@pytest.mark.parametrize("api", ENDLESS_DRAFTS.values(), ids=ENDLESS_DRAFTS)
def test_a_body_without_end_is_not_drafted(own_catalogue, tmp_path, api):
    file = tmp_path / "api.json"
    file.write_text(json.dumps(api))
    assert own_catalogue.run(f"%monite_catalogue load {file}")[0] == "ok"
    status, said, cells = own_catalogue.run("%monite_new POST /tags")
    assert (status, cells) == ("error", [])
    assert "requires too many fields" in said
    status, said, _ = own_catalogue.run("%monite_help POST /tags")
    assert status == "ok", said
    assert "requires too many fields" in said


def test_choices_within_fields_within_choices_are_sent_unchecked_and_said(own_catalogue, tmp_path, server):
    file = tmp_path / "api.json"
    file.write_text(json.dumps(level(fields_with_choices)))
    assert own_catalogue.run(f"%monite_catalogue load {file}")[0] == "ok"
    own_catalogue.run(f"%monite_login --base-url {server.url} --entity {ENTITY}")
    server.answers("/v1/tags", {"id": "1"})
    body = '{"a": ' * 8 + "1" + "}" * 8
    status, said, _ = own_catalogue.run(f"%%monite POST /tags\n{body}", seconds=40)
    assert status == "ok", said
    assert "too many nested choices" in " ".join(said.split())


def test_what_a_document_says_is_one_line_of_a_draft_and_of_its_help(own_catalogue, tmp_path):
    evil = {"name": "q\nprint(1)", "in": "query", "required": True, "schema": {"type": "string"}}
    api = document({"type": "object"})
    api["paths"]["/tags"]["post"]["parameters"] = [evil]
    file = tmp_path / "api.json"
    file.write_text(json.dumps(api))
    assert own_catalogue.run(f"%monite_catalogue load {file}")[0] == "ok"
    status, _, (cell,) = own_catalogue.run("%monite_new POST /tags")
    assert status == "ok"
    assert "\nprint(1)" not in cell
    status, said, _ = own_catalogue.run("%monite_help POST /tags")
    assert status == "ok"
    assert "\nprint(1)" not in said


def test_a_broken_data_file_gives_a_sentence(own_catalogue, tmp_path):
    file = tmp_path / "api.gz"
    head = {"format": "monite-magic catalogue 2", "version": "1", "parameters": [], "answers": []}
    file.write_bytes(gzip.compress(json.dumps({**head, "operations": []}).encode() + b"\n{oops"))
    status, said, _ = own_catalogue.run(f"%monite_catalogue load {file}")
    assert status == "error"
    assert "catalogue data file is damaged" in said
    assert "bug in monite-magic" not in said


@pytest.mark.parametrize("as_data_file", [True, False])
def test_gzip_that_unpacks_to_a_gigabyte_is_refused(own_catalogue, server, as_data_file):
    packed = gzip.compress(b" " * 300_000_000, compresslevel=9)
    headers = {} if as_data_file else {"Content-Encoding": "gzip"}
    server.answers("/api.json", content=packed, headers=headers)
    before = int(own_catalogue.value("__import__('resource').getrusage(0).ru_maxrss"))
    status, said, _ = own_catalogue.run(f"%monite_catalogue load {server.url.removesuffix('/v1')}/api.json")
    after = int(own_catalogue.value("__import__('resource').getrusage(0).ru_maxrss"))
    assert status == "error"
    assert "bytes" in said
    assert after - before < 200_000  # kB


def test_a_redirect_to_another_host_is_not_followed(own_catalogue, server):
    base = server.url.removesuffix("/v1")
    there = base.replace("127.0.0.1", "localhost")
    server.answers("/moved.json", {}, status=302, headers={"Location": f"{there}/api.json"})
    status, said, _ = own_catalogue.run(f"%monite_catalogue load {base}/moved.json")
    assert status == "error"
    assert f"redirects to {there}" in said
    assert not server.calls("/api.json")


def test_a_redirect_at_the_same_host_is_followed(own_catalogue, server):
    base = server.url.removesuffix("/v1")
    server.answers("/moved.json", {}, status=302, headers={"Location": "/api.json"})
    server.answers("/api.json", document({"type": "object"}))
    status, said, _ = own_catalogue.run(f"%monite_catalogue load {base}/moved.json")
    assert status == "ok", said
    assert "2030-01-01" in said


@pytest.mark.parametrize("levels", [300, 900, 50_000])
def test_deep_json_gives_an_answer_or_a_sentence(away, server, levels):
    nested = "[" * levels + "]" * levels
    server.answers("/v1/tags", content=f'{{"data": [{{"id": "1", "x": {nested}}}]}}'.encode())
    status, said, _ = away.run("%monite GET /tags")
    assert status == "ok"
    assert "bug in monite-magic" not in said
    server.answers("/v1/tags", {"id": "1"})
    _, said, _ = away.run(f'%%monite POST /tags --no-check\n{{"name": {nested}}}')
    assert "bug in monite-magic" not in said
    assert "RecursionError" not in said


# -- a terminal ------------------------------------------------------------------------------------------


def test_the_bytes_that_a_terminal_receives(tmp_path, server):
    pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    server.answers("/v1/payables", {"error": {"message": EVIL}}, status=400)
    script = tmp_path / "cells.ipy"
    script.write_text(
        "%load_ext monite_magic\n"
        f"%monite_login --base-url {server.url} --entity {ENTITY}\n"
        "%monite GET /payables\n"
    )
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "IPython", "--no-banner", "--colors=nocolor", str(script)],
        stdin=slave, stdout=slave, stderr=slave, cwd=tmp_path, env=environ(tmp_path), start_new_session=True,
    )  # fmt: skip
    os.close(slave)
    received, end = b"", time.monotonic() + 60
    try:
        while time.monotonic() < end:
            if select.select([master], [], [], 0.2)[0]:
                try:
                    received += os.read(master, 65536)
                except OSError:
                    break
    finally:
        process.kill()
        process.wait()
        os.close(master)
    assert b"owned" in received
    for act in (
        b"\x1b]52",
        b"\x1b]0;owned",
        b"\x1b[31m",
        "\x9b".encode(),
        "\u202e".encode(),
        "\u2066".encode(),
    ):
        assert act not in received, act
