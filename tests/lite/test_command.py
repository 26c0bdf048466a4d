"""What `python -m monite_magic.tutorials.lite` says when it can't build."""

import sys
from pathlib import Path

import pytest

from monite_magic.tutorials.lite.__main__ import main


@pytest.fixture
def notebooks(tmp_path):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / "one.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    return folder


def refused(capsys, *arguments):
    assert main(list(map(str, arguments))) == 1
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


def test_a_folder_that_holds_something_is_left_alone(capsys, tmp_path, notebooks):
    target = tmp_path / "site"
    target.mkdir()
    (target / "mine.txt").write_text("mine")
    assert "is not an empty folder" in refused(capsys, "html", target, "--notebooks", notebooks)
    assert [path.name for path in target.iterdir()] == ["mine.txt"]


def test_a_file_is_no_folder(capsys, tmp_path, notebooks):
    (tmp_path / "file").touch()
    assert "is not an empty folder" in refused(capsys, "build", tmp_path / "file", "--notebooks", notebooks)


def test_a_folder_without_notebooks_is_named(capsys, tmp_path):
    said = refused(capsys, "build", tmp_path / "site", "--notebooks", tmp_path)
    assert f"There are no notebooks in {tmp_path}." in said
    assert "--notebooks DIR" in said
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("command", ["build", "html"])
def test_a_missing_tool_is_named_with_the_way_to_get_it(capsys, tmp_path, notebooks, monkeypatch, command):
    # None is what an import system has for a module that can't be imported.
    monkeypatch.setitem(sys.modules, {"build": "jupyterlite_core", "html": "nbconvert"}[command], None)
    said = refused(capsys, command, tmp_path / "site", "--notebooks", notebooks)
    assert {"build": "jupyterlite-core", "html": "nbconvert"}[command] in said
    assert "pip install 'monite-magic[lite]'" in said


def test_a_missing_npm_is_named(capsys, tmp_path, notebooks, monkeypatch):
    pytest.importorskip("jupyterlite_core", reason="no JupyterLite: pip install -e '.[lite]'")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    said = refused(capsys, "build", tmp_path / "site", "--notebooks", notebooks)
    assert said.startswith("npm is missing")
    assert "Install Node.js" in said


def test_an_npm_registry_that_is_out_of_reach_is_named(capsys, tmp_path, notebooks, monkeypatch):
    pytest.importorskip("jupyterlite_core", reason="no JupyterLite: pip install -e '.[lite]'")
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho 'npm error network connect ECONNREFUSED' >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    said = refused(capsys, "build", tmp_path / "site", "--notebooks", notebooks)
    assert "Look whether the npm registry can be reached" in said
    assert "ECONNREFUSED" in said
    assert not (tmp_path / "site").exists()


def test_the_page_of_jupyterlab_says_that_it_loads(tmp_path):
    from monite_magic.tutorials.lite import site

    page = tmp_path / "index.html"
    page.write_text('<html><body class="jp-ThemedContainer"><script></script></body></html>', "utf-8")
    site._say_that_it_loads(page)
    text = page.read_text("utf-8")
    assert text.startswith('<html><body class="jp-ThemedContainer">')
    assert text.index("Loading the notebooks.") < text.index("<script>")
    assert "It has no pandas" in text
