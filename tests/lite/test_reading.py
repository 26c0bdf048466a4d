"""The pages to read: they need nothing from elsewhere, and no link in them is broken."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from monite_magic.tutorials.lite.__main__ import main

pytest.importorskip("nbconvert", reason="no nbconvert: pip install -e '.[lite]'")
NOTEBOOKS = Path(__file__).parent.parent.parent / "notebooks"


class Page(HTMLParser):
    """What a page loads, where it leads, and what can be led to in it."""

    def __init__(self, path):
        super().__init__()
        self.loads, self.links, self.ids, self.tags = [], [], set(), set()
        self.text = path.read_text("utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.add(tag)
        self.ids.add(attributes.get("id"))
        if tag == "a":
            self.links.append(attributes["href"])
        else:
            self.loads += [
                attributes[name] for name in ("src", "href", "data", "srcset") if name in attributes
            ]


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    target = tmp_path_factory.mktemp("reading")
    assert main(["html", str(target)]) == 0
    return {path.name: Page(path) for path in target.iterdir()}


def test_each_notebook_has_a_page_and_the_folder_leads_to_the_map(pages):
    expected = {f"{path.stem}.html" for path in NOTEBOOKS.glob("*.ipynb")}
    assert set(pages) == expected | {"index.html"}
    assert pages["index.html"].links == ["00_start_here.html"]
    assert "<title>Start here</title>" in pages["00_start_here.html"].text


def test_no_page_asks_for_anything(pages):
    for name, page in pages.items():
        assert [load for load in page.loads if not load.startswith("data:")] == [], name
        assert "script" not in page.tags, name
        assert re.findall(r"@import|url\((?!['\"]?data:)[^)]+\)", page.text) == [], name


def test_no_link_is_broken(pages):
    for name, page in pages.items():
        for link in page.links:
            if "://" in link:
                continue
            target, _, anchor = link.partition("#")
            found = pages[target or name]
            assert not anchor or {anchor, unquote(anchor)} & found.ids, (name, link)


def test_a_page_is_light_or_dark_as_the_system_is(pages):
    text = pages["01_get_your_credentials.html"].text
    dark = text[text.index("(prefers-color-scheme: dark)") :]
    assert "--jp-layout-color0:" in dark[: dark.index("</style>")]
