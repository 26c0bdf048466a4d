"""The reference is the code's, and nothing that is written anywhere asks a magic for what it has not."""

import importlib.util
import re
from pathlib import Path

import nbformat
import pytest

from monite_magic.cell.arguments import read_line
from monite_magic.cell.options import MAGICS
from monite_magic.core.errors import RequestError
from monite_magic.simulator.__main__ import options_parser


def load(name):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pages, reference = load("pages"), load("reference")

_CALL = re.compile(r"^(%%?)(monite(?:_\w+)?)\b(?!\?)(.*)$")


def test_the_notebook_is_the_one_of_the_code():
    cells = [(cell.id, cell.source) for cell in nbformat.read(reference.NOTEBOOK, as_version=4).cells]
    made = [(cell.id, cell.source) for cell in reference.notebook().cells]
    assert cells == made, "Run python tests/docs/reference.py."


def test_each_magic_and_option_is_there():
    prose = pages.read(reference.NOTEBOOK).prose
    for name, spec in MAGICS.items():
        assert f"`%{name}`" in prose
        for part in [*spec.words, *spec.options]:
            assert reference._written(part) in prose


def test_each_magic_has_an_example_that_runs():
    assert set(reference.EXAMPLES) == set(MAGICS)
    for name, examples in reference.EXAMPLES.items():
        assert any(re.search(rf"^%%?{name}\b", code, re.MULTILINE) for _, code in examples)


@pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: page.path.stem)
def test_each_line_with_a_magic_can_be_read(page):
    """Also those within sentences, which no other test runs."""
    found = [match for match in map(_CALL.match, page.lines()) if match]
    assert found
    for match in found:
        marks, name, rest = match.groups()
        assert name in MAGICS, match[0]
        if not rest:
            continue  # the bare name of a magic, in a sentence
        try:
            read_line(MAGICS[name], rest.replace("MINUTES", "5"), cell=marks == "%%")
        except RequestError as error:
            pytest.fail(f"{match[0]}: {error}")


@pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: page.path.stem)
def test_each_option_that_is_named_exists(page):
    known = {flag for spec in MAGICS.values() for flag in spec.by_flag} | {"--help"}
    named = {code.split()[0].rstrip(",") for code in page.inline() if code.startswith("--")}
    assert named <= known | _OF_OTHERS


#: Options of other programs that the README speaks of.
_OF_OTHERS = {"--allow-root", *re.findall(r"--[a-z-]+", options_parser().format_help())}
