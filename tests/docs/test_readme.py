"""The README tells the truth: it is short, and its cells run."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

TEXT = (Path(__file__).parent.parent.parent / "README.md").read_text(encoding="utf-8")
CELLS = re.findall(r"^```\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
PYTHON = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
SHELL = re.findall(r"^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def test_it_is_short():
    assert len(TEXT) <= 9_500


def ipython(tmp_path, code):
    command = [sys.executable, "-m", "IPython", "--no-banner", "--colors=NoColor", "--ipython-dir"]
    command += [str(tmp_path), "--ext", "monite_magic", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path, check=False)


def test_the_terminal_line_makes_a_call(tmp_path):
    [line] = [line for block in SHELL for line in block.splitlines() if "ipython" in line]
    command = line.replace(".venv/bin/ipython", f"{sys.executable} -m IPython --ipython-dir {tmp_path}")
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=120, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "200 OK" in done.stdout
    assert "local (simulated)" in done.stdout


def cell_calls():
    for block in CELLS:
        for cell in re.split(r"\n(?=%)", block.strip()):
            if cell.startswith(("%monite ", "%%monite ")):
                yield cell


@pytest.mark.parametrize("cell", list(cell_calls()))
def test_each_call_of_the_readme_works(cell, tmp_path):
    # `_` in the README is the last answer: a counterpart.
    head, _, body = cell.partition("\n")
    run = f"run_line_magic('monite', {head[8:]!r})"
    if cell.startswith("%%"):
        run = f"run_cell_magic('monite', {head[9:]!r}, {body!r})"
    code = "\n".join(
        [
            "ip = get_ipython()",
            "name = 'Harbour Paper Ltd'",
            "ip.run_line_magic('monite_login', '--env local')",
            "ip.user_ns['_'] = ip.run_line_magic('monite', 'GET /counterparts?limit=1').items[0]",
            f"print('STATUS', (ip.{run} or invoices).status)",
        ]
    )
    done = ipython(tmp_path, code)
    assert re.search(r"STATUS 20\d", done.stdout), done.stdout + done.stderr


def test_the_python_of_the_readme_runs(tmp_path):
    login = "import httpx\nip = get_ipython()\nip.run_line_magic('monite_login', '--env local')\n"
    first = "_ = ip.run_line_magic('monite', 'GET /entities/' + ENTITY)\n"
    entity = (
        "from monite_magic import simulator\nENTITY = simulator.default().credentials['MONITE_ENTITY_ID']\n"
    )
    done = ipython(tmp_path, login + entity + first + "".join(PYTHON) + "print('DONE')")
    assert "DONE" in done.stdout, done.stdout + done.stderr
