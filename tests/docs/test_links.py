"""No link of the README or of a tutorial is broken, to the heading; and the map has every tutorial."""

import importlib.util
import itertools
import re
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("pages", Path(__file__).with_name("pages.py"))
pages = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(pages)

LINK = re.compile(r"\]\(([^)\s]+)\)")
MAP = pages.ROOT / "notebooks" / "00_start_here.ipynb"


def links(page):
    """The links of a page to what is in this repository."""
    return [target for target in LINK.findall(page.prose) if "://" not in target]


def broken(page):
    for target in links(page):
        name, _, anchor = target.partition("#")
        path = (page.path.parent / name).resolve() if name else page.path
        if not path.exists() or (anchor and anchor not in pages.read(path).anchors()):
            yield target


@pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: page.path.stem)
def test_each_link_leads_somewhere(page):
    assert links(page)
    assert list(broken(page)) == []


def test_a_broken_link_would_be_found(tmp_path):
    (tmp_path / "there.md").write_text("# What `it` is, in short\n")
    text = "[a](there.md#what-it-is-in-short) [b](there.md#what) [c](gone.md) [d](#here)\n\n## Here\n"
    (tmp_path / "page.md").write_text(text)
    assert list(broken(pages.read(tmp_path / "page.md"))) == ["there.md#what", "gone.md"]


def test_the_map_has_each_tutorial_in_reading_order():
    listed = [target for target in links(pages.read(MAP)) if target.endswith(".ipynb")][:-1]
    names = [path.name for path in pages.NOTEBOOKS if path != MAP]
    assert sorted(listed) == names, "add a row to the map in notebooks/00"
    assert [name for name in listed if name[:2].isdigit()] == [name for name in names if name[:2].isdigit()]


def test_each_tutorial_leads_to_the_next():
    numbered = [path for path in pages.NOTEBOOKS if path.stem[:2].isdigit()]
    for path, following in itertools.pairwise(numbered):
        assert links(pages.read(path))[-1] == following.name
