"""The README's first two cells in JupyterLab; with MONITE_MAGIC_PICTURES, they make its first picture."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parent.parent.parent / "README.md"


def first_cells():
    """The README's first two code blocks."""
    return re.findall(r"^```\n(.*?)\n```$", README.read_text("utf-8"), re.DOTALL | re.MULTILINE)[:2]


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_the_first_cells_of_the_readme(scheme, lab_page):
    lab_page.page.emulate_media(color_scheme=scheme)
    log_in, call = first_cells()
    lab_page.open(log_in, call)
    assert "simulated" in lab_page.run(0).inner_text()
    card = lab_page.run(1).inner_text()
    assert "201 Created" in card
    assert re.search(r'^name = "(.*)"$', log_in, re.MULTILINE)[1] in card
    lab_page.page.set_viewport_size({"width": 1320, "height": 1000})
    lab_page.page.locator(".jp-Notebook").first.evaluate("element => element.scrollTo(0, 0)")
    lab_page.screenshot(f"first_call-{scheme}", lab_page.cell(1))
