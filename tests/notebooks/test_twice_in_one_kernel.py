"""A tutorial runs from top to bottom twice in the same kernel."""

import importlib.util
from pathlib import Path

import nbformat
import pytest

_spec = importlib.util.spec_from_file_location("execute", Path(__file__).with_name("execute.py"))
execute = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(execute)

NAMES = ("03_the_people_you_trade_with", "04_pay_a_bill", "05_send_an_invoice", "08_month_end")


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
