"""Completion and inspection as a front end asks for them: through a real kernel, installed and taken out."""

from __future__ import annotations

import pytest
from jupyter_client.manager import start_new_kernel

INSTALL = """
from monite_magic.jupyter.assist import hooks
ip = get_ipython()
kept = ip.kernel.do_inspect
hooks.install(ip, lambda: None)
hooks.install(ip, lambda: None)
my_value = "text"
"""
LEFT = (
    "left = ([m for m in ip.Completer.custom_matchers if getattr(m, 'matcher_identifier', '') == 'monite'],"
    " 'do_inspect' in vars(ip.kernel))"
)


class Kernel:
    def __init__(self, client):
        self.client = client

    def run(self, code):
        reply = self.client.execute_interactive(code, timeout=60, output_hook=lambda message: None)
        assert reply["content"]["status"] == "ok", reply["content"]

    def value(self, expression):
        reply = self.client.execute_interactive("", user_expressions={"value": expression}, timeout=60)
        return reply["content"]["user_expressions"]["value"]["data"]["text/plain"]

    def complete(self, cell):
        at = cell.index("|")
        self.client.complete(cell.replace("|", "", 1), at)
        return self._answer()

    def inspect(self, cell):
        at = cell.index("|")
        self.client.inspect(cell.replace("|", "", 1), at)
        return self._answer()

    def _answer(self):
        content = self.client.get_shell_msg(timeout=60)["content"]
        assert content["status"] == "ok"
        return content


@pytest.fixture(scope="module")
def kernel():
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        yield Kernel(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def installed(kernel):
    kernel.run(INSTALL)
    return kernel


def test_a_path_and_its_range(installed):
    reply = installed.complete("x = %monite GET /payab|")
    assert "/payables" in reply["matches"]
    assert (reply["cursor_start"], reply["cursor_end"]) == (16, 22)
    first = reply["metadata"]["_jupyter_types_experimental"][0]
    # The labextension knows a note by its first character. Without it JupyterLab breaks notes over the rows
    # below, at blanks, hyphens and other punctuation.
    assert first["type"].split() == ["\N{WORD JOINER}List", "the", "payable", "credit", "notes"]
    assert " " not in first["type"]
    (field,) = installed.complete('%%monite POST /receivables\n{"vat_mode|')["metadata"][
        "_jupyter_types_experimental"
    ]
    assert field["type"].startswith("\N{WORD JOINER}one\N{NO-BREAK SPACE}of")
    assert ",\N{WORD JOINER}" in field["type"]


def test_a_key_of_the_body_replaces_its_opening_quote(installed):
    cell = '%%monite POST /products\n{"pri|'
    reply = installed.complete(cell)
    assert reply["matches"] == ['"price": ']
    assert cell.replace("|", "")[reply["cursor_start"] :] == '"pri'


def test_twice_in_a_row(installed):
    for _ in range(3):
        assert "status=" in installed.complete("%monite GET /payables?sta|")["matches"]


@pytest.mark.parametrize(
    "cell",
    ['%%monite POST /products\n{"my_v|', "%monite GET /nothing_like_it|", '%%monite POST /tags\n{"name": "|'],
)
def test_nothing_of_python_leaks_in(installed, cell):
    assert not {"my_value", '"my_value'} & set(installed.complete(cell)["matches"])
    assert not [text for text in installed.complete(cell)["matches"] if text.endswith((".py", "/"))]


def test_python_is_left_alone(installed):
    assert "my_value" in installed.complete("my_va|")["matches"]
    assert "str" in installed.inspect("my_va|lue")["data"]["text/plain"]


def test_inspection_of_a_path_and_a_field(installed):
    data = installed.inspect("%monite GET /pay|ables")["data"]
    assert "List the payables." in data["text/plain"]
    assert "<table" in data["text/html"]
    assert (
        "price.currency"
        in installed.inspect('%%monite POST /products\n{"price": {"curr|ency": 1}}')["data"]["text/plain"]
    )


def test_installed_twice_is_there_once_and_nothing_is_left(installed):
    installed.run(LEFT)
    assert installed.value("len(left[0]), left[1]") == "(1, True)"
    installed.run("hooks.uninstall(ip); hooks.uninstall(ip)")
    installed.run(LEFT)
    assert installed.value("left") == "([], False)"
    assert installed.value("ip.kernel.do_inspect == kept") == "True"
    assert installed.complete("%monite GET /payab|")["matches"] == []
    assert not installed.inspect("%monite GET /pay|ables")["found"]
    installed.run("hooks.install(ip, lambda: None)")
    assert installed.complete("%monite GET /payab|")["matches"]


def test_ids_of_the_session_are_offered(installed):
    installed.run(
        "from types import SimpleNamespace\nfrom monite_magic.session import Seen\nstore = Seen()\n"
        "store._keep('payable_id', 'some-id', 'R-7')\n"
        "hooks.install(ip, lambda: SimpleNamespace(seen=store))"
    )
    assert installed.complete("%monite GET /payables/|")["matches"][0] == "/payables/some-id"
