"""`%load_ext`, `%reload_ext` and `%unload_ext`: nothing doubled, nothing left behind."""

from __future__ import annotations

import pytest

STATE = """
def state():
    ip = get_ipython()
    manager = ip.magics_manager
    return {
        "magics": [name for kind in ("line", "cell") for name in manager.magics[kind] if "monite" in name],
        "registry": [name for name in manager.registry if "Monite" in name],
        "matchers": len(ip.Completer.custom_matchers),
        "transformers": len(ip.input_transformers_cleanup) + len(ip.input_transformers_post),
        "callbacks": sum(len(each) for each in ip.events.callbacks.values()),
        "inspection": "do_inspect" in vars(ip.kernel),
        "history": "store_inputs" in vars(ip.history_manager),
        "names": [name for name in ip.user_ns if "monite" in name.lower()],
    }
"""
MAGICS = {"monite", "monite_login", "monite_status", "monite_logout", "monite_use"}


@pytest.fixture
def kernel(bare_kernel):
    bare_kernel.good("%unload_ext monite_magic")
    bare_kernel.good(STATE)
    return bare_kernel


def test_unloading_leaves_nothing_however_often_it_was_loaded(kernel):
    before = kernel.value("state()")
    assert before["magics"] == before["registry"] == []
    kernel.good("%load_ext monite_magic")
    loaded = kernel.value("state()")
    assert set(loaded["magics"]) >= MAGICS
    assert loaded["names"] == []
    kernel.good("%load_ext monite_magic")
    kernel.good("%reload_ext monite_magic\n%reload_ext monite_magic")
    assert kernel.value("state()") == loaded
    kernel.good("%unload_ext monite_magic")
    assert kernel.value("state()") == before
    ran = kernel.run("%monite GET /counterparts")
    assert ran.status == "error"
    assert "not found" in ran.streams["stderr"]


def test_it_can_be_loaded_again_and_the_session_lives_on(kernel):
    kernel.good("%load_ext monite_magic\n%monite_login --env local")
    kernel.good("%unload_ext monite_magic")
    kernel.good("%load_ext monite_magic\n%monite GET /counterparts -o kept")
    assert kernel.value("kept.status") == 200
    kernel.good("%monite_logout")


def test_unloading_what_was_never_loaded_is_no_mistake(kernel):
    kernel.good("import monite_magic\nmonite_magic.unload_ipython_extension(get_ipython())")


def test_a_secret_in_a_cell_reaches_neither_in_nor_the_history(kernel):
    kernel.good("%load_ext monite_magic")
    ran = kernel.run('%%monite POST /auth/token\n{"client_secret": "canary-9f3b1c77d2"}')
    assert "canary-9f3b1c77d2" not in ran.problem
    seen = "In[-2] + In[-1] + ''.join(map(str, get_ipython().history_manager.get_range(raw=True)))"
    assert "canary-9f3b1c77d2" not in kernel.value(f"repr({seen})").replace(seen, "")


def test_loading_brings_in_nothing_heavy(kernel):
    heavy = "('httpx', 'ipywidgets', 'jsonschema', 'werkzeug', 'pandas', 'monite_magic.session.session')"
    ran = kernel.good(
        "import subprocess, sys\n"
        "code = 'import IPython.core.interactiveshell as s, sys\\n'"
        "'ip = s.InteractiveShell.instance()\\nbefore = set(sys.modules)\\n'"
        "'ip.extension_manager.load_extension(\"monite_magic\")\\n'"
        f'"print([n for n in {heavy} if n in set(sys.modules) - before])"\n'
        "print(subprocess.run([sys.executable, '-c', code], capture_output=True, text=True).stdout)"
    )
    assert ran.streams["stdout"].strip() == "[]"
