"""A tutorial goes through when it, or each of its cells, runs twice in the same kernel."""

import importlib.util
import re
from pathlib import Path

import nbformat
import pytest

_spec = importlib.util.spec_from_file_location("execute", Path(__file__).with_name("execute.py"))
execute = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(execute)

NAMES = ("03_the_people_you_trade_with", "04_pay_a_bill", "05_send_an_invoice", "08_month_end")
NOTEBOOKS = [path.stem for path in sorted(execute.FOLDER.glob("*.ipynb"))]
#: Cells that count, or that add something each time; the text says so where it matters.
COUNTS = {
    "05_send_an_invoice": ('invoice["status"], invoice["amount_paid"]', 'sum(row["amount_due"]'),
    "09_webhooks": ("[(event", "%monite GET /webhook_deliveries"),
    "13_from_a_notebook_to_a_cluster": ("if has_cluster",),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_second_run_in_the_same_kernel_goes_through(name, tmp_path):
    notebook = nbformat.read(execute.FOLDER / f"{name}.ipynb", as_version=4)
    sources = [cell.source for cell in execute.code_cells(notebook)]
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in sources * 2]
    twice = tmp_path / f"{name}.ipynb"
    nbformat.write(notebook, twice)
    done = execute.execute(twice, tmp_path)
    assert [cell.execution_count for cell in done.cells] == list(range(1, 2 * len(sources) + 1))
    assert not [output for cell in done.cells for output in cell.outputs if output.output_type == "error"]


def values(cell):
    """What the cell's last expression gave, if it is a plain value: no card, no table, no picture."""
    return [
        re.sub(r"\s+", " ", output.data["text/plain"])
        for output in cell.outputs
        if output.output_type == "execute_result" and set(output.data) == {"text/plain"}
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_second_shift_enter_on_any_cell_destroys_nothing(name, tmp_path):
    """The second may be refused (404, 409, 422); every first run goes through, and gives what is saved."""
    saved = execute.code_cells(nbformat.read(execute.FOLDER / f"{name}.ipynb", as_version=4))
    notebook = nbformat.v4.new_notebook()
    for cell in saved:
        again = nbformat.v4.new_code_cell(cell.source, metadata={"tags": ["raises-exception"]})
        notebook.cells += [nbformat.v4.new_code_cell(cell.source), again]
    doubled = tmp_path / f"{name}.ipynb"
    nbformat.write(notebook, doubled)
    done = execute.execute(doubled, tmp_path).cells
    refusals = [
        output.evalue for cell in done[1::2] for output in cell.outputs if output.output_type == "error"
    ]
    assert [text for text in refusals if not re.search(r"answered 4(04|09|22) ", text)] == []
    differ = [
        (kept.source.splitlines()[-1], values(first), values(kept))
        for first, kept in zip(done[::2], saved, strict=True)
        if [execute.stable_text(each) for each in values(first)]
        != [execute.stable_text(each) for each in values(kept)]
        and not kept.source.startswith(COUNTS.get(name, ("\0",)))
    ]
    assert differ == []
