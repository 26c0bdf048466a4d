"""Every tutorial runs afresh, says what its saved outputs say, and holds no secret."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

_spec = importlib.util.spec_from_file_location("execute", Path(__file__).with_name("execute.py"))
execute = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(execute)

NOTEBOOKS = sorted(execute.FOLDER.glob("*.ipynb"))
LARGEST = 300_000

#: How a tutorial logs in that runs on a person's own account too; the others stay on the simulator.
OWN = "%monite_login --or-local"

#: Run before a tutorial logs out: every secret that the kernel knows, for comparison.
TELL_SECRETS = """
import json as _json, pathlib as _pathlib
from monite_magic.core import masking as _masking
_ = _pathlib.Path("secrets.json").write_text(_json.dumps([way.text for way in _masking._registry.values()]))
"""


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def tutorial(request):
    return request.param


def run(tutorial, folder):
    """Run a copy of the tutorial in `folder`; return it and the secrets that its kernel knew."""
    notebook = nbformat.read(tutorial, as_version=4)
    end = next(i for i, cell in enumerate(notebook.cells) if cell.source == "%monite_logout")
    notebook.cells.insert(end, nbformat.v4.new_code_cell(TELL_SECRETS))
    copy = folder / tutorial.name
    nbformat.write(notebook, copy)
    done = execute.execute(copy, folder)
    done.cells.pop(end)
    return done, json.loads((folder / "secrets.json").read_text())


def outputs(notebook):
    return [output for cell in execute.code_cells(notebook) for output in cell.outputs]


def test_it_runs_afresh_and_says_what_was_saved(tutorial, tmp_path):
    done, secrets = run(tutorial, tmp_path)
    saved = nbformat.read(tutorial, as_version=4)
    pairs = zip(execute.code_cells(done), execute.code_cells(saved), strict=True)
    found = [text for fresh, kept in pairs for text in execute.differences(fresh, kept)]
    assert not found, "\n".join(found)
    assert secrets
    text = nbformat.writes(done)
    assert not [secret for secret in secrets if secret in text]


def test_the_saved_notebook_is_valid_small_and_of_no_machine(tutorial):
    saved = nbformat.read(tutorial, as_version=4)
    nbformat.validate(saved)
    assert tutorial.stat().st_size < LARGEST
    counts = [cell.execution_count for cell in execute.code_cells(saved)]
    assert counts == list(range(1, len(counts) + 1))
    assert not [output for output in outputs(saved) if output.output_type == "error"]
    assert "widgets" not in saved.metadata
    text = nbformat.writes(saved)
    assert "widget-view" not in text
    assert not re.search(r"(?<![\w./])/(tmp|home|root|Users|work)/", text)


def test_no_sentence_is_taken_for_an_item_of_a_list(tutorial):
    texts = [
        cell.source for cell in nbformat.read(tutorial, as_version=4).cells if cell.cell_type == "markdown"
    ]
    assert texts
    assert not [line for text in texts for line in re.findall(r"^\d{2,}[.)] .*", text, re.MULTILINE)]


@pytest.fixture
def own_account(tmp_path):
    """A folder whose `.env` leads to a server that stands for a person's own account."""
    dotenv = tmp_path / ".env"
    command = [sys.executable, "-m", "monite_magic.simulator", "--port", "0", "--env-file", str(dotenv)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        server.stdout.readline()
        yield tmp_path
        server.terminate()


@pytest.mark.parametrize(
    "tutorial", [path for path in NOTEBOOKS if OWN in path.read_text()], ids=lambda path: path.stem
)
def test_it_runs_unchanged_on_an_own_account(tutorial, own_account):
    done, _ = run(tutorial, own_account)
    cells = execute.code_cells(done)
    log_in = next(cell for cell in cells if OWN in cell.source)
    said = nbformat.writes(nbformat.v4.new_notebook(cells=[log_in]))
    assert "from .env" in said
    assert "this is the simulator" not in said
    assert "from the simulator" not in said
    assert (own_account / ".env").exists()


def test_webhooks_are_taught_where_nobody_can_listen_too(tmp_path):
    """As in JupyterLite, which has no threads and no sockets."""
    [tutorial] = [path for path in NOTEBOOKS if "webhooks" in path.stem]
    text = tutorial.read_text(encoding="utf-8")
    test = 'sys.platform != \\"emscripten\\"'
    assert test in text
    (tmp_path / tutorial.name).write_text(text.replace(test, "False"), encoding="utf-8")
    done = execute.execute(tmp_path / tutorial.name, tmp_path)
    saved = nbformat.read(tutorial, as_version=4)
    pairs = zip(execute.code_cells(done), execute.code_cells(saved), strict=True)
    found = [text for fresh, kept in pairs for text in execute.differences(fresh, kept)]
    delivered = ("/webhook_deliveries", "%monite_simulator events")
    assert all(any(word in text for word in delivered) for text in found), "\n".join(found)
