"""The picture of the rooms in CONTRIBUTING.md is the package's."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

REPOSITORY = Path(__file__).parent.parent.parent
PACKAGE = REPOSITORY / "monite_magic"


def pictured():
    text = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8")
    table = text.partition("<!-- rooms -->")[2].partition("<!-- rooms end -->")[0]
    return re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)


def test_the_picture_has_every_room_and_no_other():
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert sorted(pictured()) == sorted(folders)
    assert {path.name for path in PACKAGE.glob("*.py")} == {"__init__.py", "_version.py"}


def test_the_picture_is_in_the_order_of_the_contract():
    configured = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    (layers,) = [each for each in configured["contracts"] if each["type"] == "layers"]
    assert not configured["exclude_type_checking_imports"]
    assert not any("ignore_imports" in contract for contract in configured["contracts"])
    order = [room for layer in layers["layers"] for room in layer.split(" : ")]
    assert pictured() == order


def test_the_way_of_a_call_names_modules_that_are_there():
    text = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8")
    way = text.partition("One call takes this way:")[2].partition("Where to add things:")[0]
    modules = re.findall(r"\b([a-z]+\.[a-z]+)\b", way)
    assert len(modules) >= 8
    for module in modules:
        assert (PACKAGE / f"{module.replace('.', '/')}.py").is_file(), module


def test_one_call_stays_short():
    script = REPOSITORY / "tests" / "benchmarks" / "walk.py"
    shown = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True).stdout
    modules, handovers = re.search(r"^modules (\d+), .* hand-overs (\d+)$", shown, re.MULTILINE).groups()
    assert int(modules) <= 30, shown
    assert int(handovers) <= 14, shown


def circles(graph):
    """The groups of modules that import each other in a circle (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(module):
        index[module] = low[module] = len(index)
        stack.append(module)
        for other in graph.find_modules_directly_imported_by(module):
            if other not in index:
                visit(other)
            if other in stack:
                low[module] = min(low[module], low[other])
        if low[module] == index[module]:
            at = stack.index(module)
            group, stack[at:] = stack[at:], []
            if len(group) > 1:
                found.append(sorted(group))

    for module in sorted(graph.modules):
        if module not in index:
            visit(module)
    return found


def test_no_files_import_each_other_in_a_circle():
    graph = grimp.build_graph("monite_magic", cache_dir=None)
    assert circles(graph) == []


@pytest.mark.parametrize("room", ["core", "cell"])
def test_lazy_rooms_give_what_they_name(room):
    import importlib

    module = importlib.import_module(f"monite_magic.{room}")
    for name in module.__all__:
        assert getattr(module, name) is not None


@pytest.mark.parametrize("room", ["core", "cell"])
def test_no_name_of_a_lazy_room_is_that_of_a_module_in_it(room):
    import importlib

    named = set(importlib.import_module(f"monite_magic.{room}").__all__)
    assert not named & {path.stem for path in (PACKAGE / room).glob("*.py")}
