"""Canaries in a notebook that nbclient runs and saves with its widgets, and in IPython at a terminal."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time

import nbclient
import nbformat
import pytest

MARK = "c4n4ry"
CLIENT_ID = "5f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1"


def cells(url):
    """A person's notebook: no cell holds a secret, and half of them fail."""
    return [
        "%load_ext monite_magic\n%xmode Verbose\nfrom pathlib import Path\nimport ipywidgets, monite_magic",
        f"%monite_login --dotenv right.env --base-url {url}",
        "%monite_status",
        "%monite GET /echo",
        "%monite GET /refuse",
        "monite_magic.last().raise_for_status()",
        f"%monite_login --dotenv wrong.env --base-url {url}",
        f"%monite_login --form --base-url {url}",
        # What a browser would tell: a run without a person has none.
        (
            "shown = ipywidgets.widgets.widget._instances.values()\n"
            "named = {getattr(widget, 'description', ''): widget for widget in shown}\n"
            "named['Client ID'].set_state({'value': Path('id.txt').read_text()})\n"
            "named['Client secret'].set_state({'value': Path('wrong.txt').read_text()})\n"
            "named['Log in'].click()\n"
            "named['Client secret'].set_state({'value': Path('form.txt').read_text()})\n"
            "named['Log in'].click()"
        ),
        "%monite GET /counterparts --as curl --entity 11111111-1111-4111-8111-111111111111",
        "%monite_history\n%monite_history show 1",
        "%monite_logout",
    ]


def test_a_notebook_that_is_run_and_saved(tmp_path, canaries, canary_environ):
    for name in ("right", "wrong", "form"):
        secret = f"{MARK}-secret-{name}"
        (tmp_path / f"{name}.env").write_text(
            f"MONITE_CLIENT_ID={CLIENT_ID}\nMONITE_CLIENT_SECRET={secret}\n"
        )
        (tmp_path / f"{name}.txt").write_text(secret)
    (tmp_path / "id.txt").write_text(CLIENT_ID)
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells(canaries.url)]
    )
    client = nbclient.NotebookClient(
        notebook,
        timeout=60,
        kernel_name="python3",
        allow_errors=True,
        store_widget_state=True,
        resources={"metadata": {"path": str(tmp_path)}},
    )
    client.execute(env=canary_environ(tmp_path))
    saved = nbformat.writes(notebook)
    assert MARK not in saved
    assert "PasswordModel" in saved
    came = [exchange["client_secret"] for exchange in canaries.server.exchanges()]
    assert came == [f"{MARK}-secret-{name}" for name in ("right", "wrong", "wrong", "form")]
    failed = [any(output.output_type == "error" for output in cell.outputs) for cell in notebook.cells]
    assert failed == [number in {4, 5, 6} for number in range(len(failed))]
    assert canaries.check() > 4


class Terminal:
    """IPython in a pseudo-terminal, and all that a person sees there."""

    def __init__(self, folder, environ):
        pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")
        self.seen = ""
        self._master, slave = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "IPython", "--simple-prompt", "--no-banner", "--colors=nocolor"],
            stdin=slave, stdout=slave, stderr=slave, cwd=folder, env=environ, start_new_session=True,
        )  # fmt: skip
        os.close(slave)

    def wait_for(self, text, seconds=60):
        start, end = len(self.seen), time.monotonic() + seconds
        while text not in self.seen[start:]:
            assert time.monotonic() < end, self.seen
            if select.select([self._master], [], [], 0.1)[0]:
                self.seen += os.read(self._master, 65536).decode("utf-8", "replace")

    def type(self, line):
        os.write(self._master, f"{line}\n".encode())

    def close(self):
        self.type("exit")
        try:
            self._process.wait(10)
        finally:
            self._process.kill()
            self._process.wait()
            os.close(self._master)


def test_a_secret_typed_at_a_terminal(tmp_path, canaries, canary_environ):
    terminal = Terminal(tmp_path, canary_environ(tmp_path))
    try:
        terminal.wait_for("In [1]")
        terminal.type("%load_ext monite_magic")
        terminal.wait_for("In [2]")
        for number, (client_id, secret) in enumerate(
            [
                (CLIENT_ID, f"{MARK}-secret-wrong"),
                ("no-id", f"{MARK}-secret-2"),
                (CLIENT_ID, f"{MARK}-secret-3"),
            ],
            3,
        ):
            terminal.type(f"%monite_login --base-url {canaries.url}")
            terminal.wait_for("Client ID for ")
            terminal.type(client_id)
            terminal.wait_for("Client secret:")
            time.sleep(0.1)  # until the echo is off
            terminal.type(secret)
            terminal.wait_for(f"In [{number}]")
        terminal.type("%monite GET /echo")
        terminal.wait_for("In [6]")
    finally:
        terminal.close()
    assert MARK not in terminal.seen
    assert "Logged in" in terminal.seen
    assert "TokenError" in terminal.seen
    for file in (tmp_path / ".ipython").rglob("*"):
        assert file.is_dir() or MARK.encode() not in file.read_bytes(), file
    came = [exchange["client_secret"] for exchange in canaries.server.exchanges()]
    assert came == [f"{MARK}-secret-wrong", f"{MARK}-secret-3"]
    assert canaries.check() == 3
