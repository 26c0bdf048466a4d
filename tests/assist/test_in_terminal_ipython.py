"""Completion in an IPython without a kernel, and inspection in one whose kernel has another method."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

from monite_magic.jupyter.assist import hooks


@pytest.fixture
def shell():
    ip = InteractiveShell()
    yield ip
    hooks.uninstall(ip)
    ip.history_manager.end_session()


def completions(ip, text):
    with provisionalcompleter():
        return [each.text for each in ip.Completer.completions(text, len(text))]


def test_completion_without_a_kernel(shell, seen):
    hooks.install(shell, lambda: SimpleNamespace(seen=seen))
    assert "/payables" in completions(shell, "%monite GET /payab")
    assert completions(shell, "%monite GET /payables/")[0].endswith("000000000003")
    hooks.uninstall(shell)
    assert shell.Completer.custom_matchers == []


def test_a_session_without_seen_ids(shell):
    hooks.install(shell, lambda: SimpleNamespace())
    assert "/payables/{payable_id}" in completions(shell, "%monite GET /payables/")


def test_the_kernel_of_jupyterlite_has_another_method(shell):
    class Kernel:
        def inspect(self, code, cursor_pos, detail_level=0):
            return {"found": False, "code": code, "detail": detail_level}

    shell.kernel = Kernel()
    hooks.install(shell, lambda: None)
    assert "List the payables." in shell.kernel.inspect("%monite GET /payables", 15)["data"]["text/plain"]
    assert shell.kernel.inspect("print", 2, 1) == {"found": False, "code": "print", "detail": 1}
    hooks.uninstall(shell)
    assert vars(shell.kernel) == {}
    assert not shell.kernel.inspect("%monite GET /payables", 15)["found"]


def test_what_goes_wrong_in_here_is_left_to_python(shell):
    class Kernel:
        def do_inspect(self, code, cursor_pos):
            return "python's own"

    class Broken:
        @property
        def seen(self):
            raise RuntimeError

    shell.kernel = Kernel()
    hooks.install(shell, Broken)
    assert shell.kernel.do_inspect("%monite GET /payables", 15) == "python's own"
