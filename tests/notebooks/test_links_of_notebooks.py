"""The tutorials lead to each other: no link is broken, and the map has them all."""

import re
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parent.parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
MAP = FOLDER / "00_start_here.ipynb"


def links(path):
    """The relative links of a notebook's prose."""
    cells = nbformat.read(path, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_link_leads_somewhere(path):
    assert links(path)
    assert not [target for target in links(path) if not (FOLDER / target.partition("#")[0]).exists()]


def test_the_map_has_each_tutorial_in_reading_order():
    listed = [target for target in links(MAP) if target.endswith(".ipynb")][:-1]
    assert listed == [path.name for path in NOTEBOOKS if path != MAP], "add a row to the map in notebooks/00"
