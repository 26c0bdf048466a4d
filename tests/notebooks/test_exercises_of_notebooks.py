"""The exercises of the tutorials: each check finds the exercise open, and solved by the way that is shown."""

import importlib.util
import re
from pathlib import Path

import nbformat
import pytest

_spec = importlib.util.spec_from_file_location("execute", Path(__file__).with_name("execute.py"))
execute = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(execute)

_FENCED = re.compile(r"^```\n(.*?)\n```$", re.DOTALL | re.MULTILINE)
_SHOWN = "<summary>One way</summary>"


def with_solutions(notebook):
    """Put the cells that an exercise shows as one way before its check; return the ids of the checks."""
    cells, checks = [], []
    for cell in notebook.cells:
        if _SHOWN in cell.source:
            check = cells.pop()
            shown = cell.source[cell.source.index(_SHOWN) : cell.source.index("</details>")]
            cells += [nbformat.v4.new_code_cell(source) for source in _FENCED.findall(shown)]
            cells.append(check)
            checks.append(check.id)
        cells.append(cell)
    notebook.cells = cells
    return checks


def verdicts(notebook, checks):
    cells = {cell.id: cell for cell in execute.code_cells(notebook)}
    return [cells[check].outputs[-1].data["text/plain"].partition("\n")[0] for check in checks]


NOTEBOOKS = [path for path in sorted(execute.FOLDER.glob("*.ipynb")) if _SHOWN in path.read_text("utf-8")]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_way_that_is_shown_solves_each_exercise(path, tmp_path):
    notebook = nbformat.read(path, as_version=4)
    saved = notebook.copy()
    checks = with_solutions(notebook)
    assert set(verdicts(saved, checks)) == {"Not yet"}

    solved = tmp_path / path.name
    nbformat.write(notebook, solved)
    assert set(verdicts(execute.execute(solved, tmp_path), checks)) == {"Right"}
