"""What the README and the tutorials tell to type in a shell works as it is written."""

import importlib.util
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("pages", Path(__file__).with_name("pages.py"))
pages = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(pages)

README = pages.read(pages.README)
CONTRIBUTING = pages.read(pages.ROOT / "CONTRIBUTING.md")
SHELL = [line for block in README.fenced("sh") for line in block.splitlines()]
EXTRAS = tomllib.loads((pages.ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]


def command_with(*words):
    """The one line of the README's shell that holds these words."""
    [line] = [line for line in SHELL if all(word in line for word in words)]
    return line.replace(".venv/bin/", f"{Path(sys.executable).parent}/")


def run(command, folder, **options):
    return subprocess.run(
        command, shell=True, cwd=folder, capture_output=True, text=True, timeout=240, check=False, **options
    )


@pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: page.path.stem)
def test_each_extra_that_is_installed_exists(page):
    text = "\n".join(page.lines())
    named = re.findall(r"(?:monite-magic|\.)\[([\w,]+)\]", text)
    assert {extra for names in named for extra in names.split(",")} <= set(EXTRAS)


def test_each_script_of_the_repository_is_there():
    inline = [*README.inline(), *CONTRIBUTING.inline()]
    commands = [shlex.split(code) for code in inline if code.startswith(("python ", "bash "))]
    assert commands
    for command in commands:
        if command[1] == "-m":
            assert importlib.util.find_spec(command[2]), command
        else:
            assert (pages.ROOT / command[1]).is_file(), command


def test_a_tutorial_runs_without_a_browser(tmp_path):
    (tmp_path / "notebooks").mkdir()
    tutorial = "notebooks/01_get_your_credentials.ipynb"
    (tmp_path / tutorial).write_bytes((pages.ROOT / tutorial).read_bytes())
    done = run(command_with("jupyter execute", tutorial), tmp_path)
    assert done.returncode == 0, done.stderr


def test_the_simulator_is_served(tmp_path):
    # As it is written, but for the port: another may be in use here.
    command = command_with("monite_magic.simulator").replace("--port 8123", "--port 0")
    assert "--port 0" in command
    words = [sys.executable, *shlex.split(command)[1:]]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as server:
        try:
            server.stdout.readline()
            calls = "%monite_login --dotenv simulator.env\n%monite GET /counterparts"
            assert "%monite_login --dotenv simulator.env" in README.inline()
            ipython = f"{sys.executable} -m IPython --ipython-dir {tmp_path} --ext monite_magic"
            done = run(f"{ipython} -c {shlex.quote(calls)}", tmp_path)
        finally:
            server.terminate()
    assert "200 OK" in done.stdout, done.stdout + done.stderr


def test_a_catalogue_is_distilled(tmp_path):
    [command] = [code for code in CONTRIBUTING.inline() if "catalogue distil" in code]
    (tmp_path / "OPENAPI.json").write_text(
        '{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/tags": {"get": {'
        '"responses": {"200": {"description": "d", "content": {"application/json": {"schema": {}}}}}}}}}'
    )
    words = command.replace("python", sys.executable, 1).replace("-o FILE", "-o made.json.gz")
    done = run(words, tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "made.json.gz").stat().st_size
