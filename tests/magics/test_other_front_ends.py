"""Without a person (nbclient), in a terminal, and with a script in between."""

from __future__ import annotations

import json
import subprocess
import sys

import nbclient
import nbformat
import pexpect
import pytest
from bare import bare_environ

from monite_magic.jupyter.frontend import FrontEnd, front_end

CLIENT_ID = "5f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1"
SECRET = "canary-secret-of-the-test"


@pytest.fixture
def environ(tmp_path):
    return bare_environ(tmp_path)


def executed(cells, folder, environ):
    """Run a notebook as CI does; return it, and the error that stopped it."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    runner = nbclient.NotebookClient(
        notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    try:
        runner.execute(env=environ)
    except nbclient.exceptions.CellExecutionError as error:
        return notebook, error
    return notebook, None


def test_a_run_stops_at_the_cell_that_fails_and_shows_why(tmp_path, environ):
    cells = [
        "%load_ext monite_magic\n%monite_login --env local",
        "%%monite GET /counterparts",
        "%monite GET /counterparts/00000000-0000-4000-8000-000000000000 -o missing",
        "print('never')",
    ]
    notebook, error = executed(cells, tmp_path, environ)
    assert error.ename == "ApiError"
    assert "answered 404 Not Found" in error.evalue
    _, good, bad, never = notebook.cells
    assert "200 OK" in good.outputs[0].data["text/plain"]
    card, failure = bad.outputs
    assert "404 Not Found" in card.data["text/plain"]
    assert (failure.output_type, len(failure.traceback)) == ("error", 1)
    assert never.outputs == []


def test_a_run_with_nobody_and_no_credentials(tmp_path, environ):
    cells = ["%load_ext monite_magic", "%monite_login --or-local", "%monite_login"]
    notebook, error = executed(cells, tmp_path, environ)
    assert "nothing here is real" in notebook.cells[1].outputs[0].data["text/plain"]
    assert error.ename == "NoCredentialsError"
    assert "keyring" in error.evalue


def ipython(code, folder, environ):
    command = [sys.executable, "-m", "IPython", "--colors=nocolor", "--no-banner", "-c", code]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=environ, stdin=subprocess.DEVNULL, timeout=60
    )


def test_one_line_in_a_shell_logs_in_and_calls(tmp_path, environ):
    ran = ipython(
        "%load_ext monite_magic\n%monite_login --env local\n%monite GET /counterparts -q limit=1",
        tmp_path,
        environ,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "200 OK · GET /counterparts?limit=1 · local (simulated)" in ran.stdout
    assert ran.stderr == ""
    ran = ipython("%load_ext monite_magic\n%monite_login", tmp_path, environ)
    assert ran.returncode == 1
    assert "CredentialsError: No credentials for sandbox" in ran.stdout
    assert "Traceback" not in ran.stdout + ran.stderr


def at_a_terminal(folder, environ):
    """IPython as a person starts it in a terminal."""
    return pexpect.spawn(
        sys.executable,
        ["-m", "IPython", "--colors=nocolor", "--no-banner", "--simple-prompt", "--ext=monite_magic"],
        cwd=str(folder),
        env={**environ, "TERM": "dumb"},
        encoding="utf-8",
        timeout=30,
        dimensions=(50, 200),
    )


def test_the_form_of_a_terminal_is_two_questions(tmp_path, environ):
    terminal = at_a_terminal(tmp_path, {**environ, "MONITE_ENV": "local"})
    terminal.expect(r"In \[1\]: ")
    terminal.sendline("%monite_login --form --env us")
    terminal.expect(r"Client ID for us \(PRODUCTION\): ")
    terminal.sendeof()
    terminal.expect("CredentialsError: No credentials entered. Run %monite_login again.")
    terminal.expect(r"In \[2\]: ")
    terminal.sendline("%monite_login --form --env local")
    terminal.expect("This is the simulator: nothing here is real")
    terminal.expect(r"In \[3\]: ")
    terminal.sendline("exit()")
    terminal.expect(pexpect.EOF)
    terminal.close()


def test_a_person_at_a_terminal_types_the_credentials_unseen(tmp_path, environ, server):
    server.answers("/v1/entities", {"data": []})
    server.answers("/v1/tags", {"id": "1"})
    terminal = at_a_terminal(tmp_path, environ)
    seen = []

    def type_after(prompt, line):
        terminal.expect(prompt)
        seen.append(terminal.before + terminal.after)
        terminal.sendline(line)

    type_after(r"In \[1\]: ", f"%monite_login --base-url {server.url}")
    type_after(r"Client ID for custom \(127\.0\.0\.1:\d+\): ", CLIENT_ID)
    type_after("Client secret: ", SECRET)
    type_after(r"In \[2\]: ", "%monite GET /entities")
    type_after(r"In \[3\]: ", "%%monite POST /tags --no-check")
    type_after(r"\.\.\.: ", '{"name": "typed"}')
    for _ in range(2):  # IPython takes a cell magic for complete after two blank lines
        type_after(r"\.\.\.: ", "")
    type_after(r"In \[4\]: ", "exit()")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    shown = "".join(seen)
    assert "from your input" in shown
    assert "200 OK" in shown
    assert SECRET not in shown
    assert server.exchanges()[0]["client_secret"] == SECRET
    assert [json.loads(call.body) for call in server.calls("/v1/tags")] == [{"name": "typed"}]
    history = (tmp_path / ".ipython" / "profile_default" / "history.sqlite").read_bytes()
    assert SECRET.encode() not in history


def test_a_question_at_a_terminal_shows_the_body_and_no_escape_of_the_server(tmp_path, environ, server):
    entity = "11111111-1111-4111-8111-111111111111"
    name = "Acme\x1b]52;c;aGk=\x07\nHost: sandbox \u202eetib"
    organization = {"id": entity, "type": "organization", "organization": {"legal_name": name}}
    server.answers("/v1/entities", {"data": [organization]})
    server.answers("/v1/tags", {"id": "1"})
    pair = {"MONITE_CLIENT_ID": CLIENT_ID, "MONITE_CLIENT_SECRET": SECRET}
    terminal = at_a_terminal(tmp_path, {**environ, **pair})
    lines = [
        "from monite_magic.core.environments import ENVIRONMENTS; from dataclasses import replace",
        f"ENVIRONMENTS['eu'] = replace(ENVIRONMENTS['eu'], base_url={server.url!r})",
        f"%monite_login --env eu --entity {entity}",
        "%monite GET /entities",
        "name = 'paid twice'",
        "get_ipython().run_cell_magic('monite', 'POST /tags --no-check', '{\"name\": \"{{ name }}\"}')",
    ]
    for number, line in enumerate(lines, 1):
        terminal.expect(rf"In \[{number}\]: ")
        terminal.sendline(line)
    terminal.expect(r"Send POST /tags to PRODUCTION\? \[y/N\] ")
    shown = terminal.before[terminal.before.rindex("run_cell_magic") :]
    assert not {"\x1b", "\x07", "\u202e"} & set(shown.replace("\x1b[?2004l", ""))
    assert [line for line in shown.splitlines() if line.strip().startswith("Host")] != ["Host: sandbox"]
    assert "Acme\\e]52" in shown
    assert '"name": "paid twice"' in shown
    assert server.calls("/v1/tags") == []
    terminal.sendline("y")
    terminal.expect(r"In \[7\]: ")
    terminal.sendline("exit()")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert [json.loads(call.body) for call in server.calls("/v1/tags")] == [{"name": "paid twice"}]


def test_the_extension_loads_without_a_kernel_and_goes_again(tmp_path, environ):
    ran = ipython(
        "%load_ext monite_magic\n%reload_ext monite_magic\n%unload_ext monite_magic\n"
        "print([m for m in get_ipython().magics_manager.lsmagic()['line'] if 'monite' in m])",
        tmp_path,
        environ,
    )
    assert ran.stdout.strip().endswith("[]"), ran.stdout
    assert [path.name for path in tmp_path.iterdir()] == [".ipython"]


def test_events_are_lines_in_a_terminal_until_ctrl_c(tmp_path, environ):
    terminal = at_a_terminal(tmp_path, environ)
    terminal.expect(r"In \[1\]: ")
    terminal.sendline("%monite_login --env local")
    terminal.expect(r"In \[2\]: ")
    terminal.sendline(
        "import threading, monite_magic; tag = {'json': {'name': 'T'}}; "
        "threading.Timer(2, monite_magic.current_client().request, ('POST', '/tags'), tag).start()"
    )
    terminal.expect(r"In \[3\]: ")
    terminal.sendline("%monite_watch tag --for 5")
    terminal.expect("Stop with Ctrl-C")
    terminal.expect(r"tag\.created +%monite GET /tags/")
    terminal.sendintr()
    terminal.expect(r"Stopped\. 1 event\.")
    terminal.expect(r"In \[4\]: ")
    terminal.sendline("%monite_watch --for 0.01")
    terminal.expect(r"Stopped\. 0 events\.")
    terminal.sendline("exit()")
    terminal.expect(pexpect.EOF)


FILE = """%load_ext monite_magic
%monite_login --env local
%monite GET /counterparts -q limit=1
"""


def run_file(path, environ):
    command = [sys.executable, "-m", "IPython", "--colors=nocolor", "--no-banner", str(path)]
    options = {"cwd": path.parent, "env": environ, "stdin": subprocess.DEVNULL, "timeout": 60}
    return subprocess.run(command, capture_output=True, text=True, **options)


def test_a_file_shows_the_status_line_of_its_last_call_and_keeps_the_answer(tmp_path, environ):
    path = tmp_path / "calls.ipy"
    path.write_text(FILE)
    ran = run_file(path, environ)
    assert ran.stdout.count("200 OK · GET /counterparts?limit=1 · local (simulated)") == 1
    path.write_text(f"{FILE}print(len(_.items), 'row')\n%monite GET /tags --show")
    ran = run_file(path, environ)
    assert "1 row" in ran.stdout
    assert "The list is empty." in ran.stdout


def test_a_notebook_that_ipython_runs_shows_the_status_line_of_each_cell(tmp_path, environ):
    cells = [nbformat.v4.new_code_cell(cell) for cell in (FILE, "%monite GET /tags", "%monite GET /tags;")]
    path = tmp_path / "calls.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    ran = run_file(path, environ)
    assert ran.stdout.count("200 OK · GET /counterparts?limit=1") == 1
    assert ran.stdout.count("200 OK · GET /tags") == 1


def test_a_kernel_that_does_not_tell_has_a_person():
    """xeus-python has no mark of whether its front end can answer."""
    shell = type("XPythonShell", (), {"kernel": object()})()
    assert front_end(shell) is FrontEnd.NOTEBOOK
    bare = type("XPythonShell", (), {"__module__": "xeus_python_shell.shell"})()
    assert front_end(bare) is FrontEnd.NOTEBOOK


def test_the_python_api_shows_whole_cards_without_jupyter(tmp_path, environ):
    """marimo and others ask an answer for its HTML: it needs no script, no style sheet and no IPython."""
    code = """
import sys
import monite_magic
answer = monite_magic.connect(env="local").get("/counterparts")
html = answer._repr_mimebundle_()["text/html"]
assert "IPython" not in sys.modules
print(html)
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=environ, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    assert "200 OK" in ran.stdout
    assert "<table" in ran.stdout
    for word in ("<script", "<style", "<link", "class=", "var(--", "http-equiv"):
        assert word not in ran.stdout
