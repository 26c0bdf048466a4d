"""Notebook 7: the labextension and the explorer work there as in JupyterLab."""

import nbformat
import pytest

SECONDS = 1000
CELLS = (
    "%load_ext monite_magic\n%monite_login --env local",
    '%%monite POST /tags\n{"name": "urgent", "n',
    "%monite_explore POST /tags",
)


@pytest.fixture
def page(lab, browser, request):
    """A page of Notebook 7 with a notebook of these cells."""
    pytest.importorskip("notebook", reason="no Notebook 7: pip install -e '.[browser]'")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    name = f"{request.node.name}.ipynb"
    nbformat.write(notebook, lab.folder / name)
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(20 * SECONDS)
    page.goto(lab.url(f"notebooks/{name}"))
    page.locator(".jp-Notebook .jp-Cell").nth(2).wait_for(timeout=60 * SECONDS)
    yield page
    context.close()
    lab.end_kernels()


def run(page, index):
    cell = page.locator(".jp-Notebook .jp-Cell").nth(index)
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    cell.locator(".jp-InputPrompt").get_by_text("]:").wait_for()
    page.wait_for_function(
        "n => /\\[\\d+\\]/.test("
        "document.querySelectorAll('.jp-Notebook .jp-Cell .jp-InputPrompt')[n].textContent)",
        arg=index,
    )
    return cell


def test_colours_status_completion_and_the_explorer(page, pictures):
    body = page.locator(".jp-Notebook .jp-Cell").nth(1).locator(".cm-content[data-language=json]")
    body.wait_for()
    run(page, 0)
    page.locator(".monite-status").filter(has_text="local (simulated)").wait_for()
    body.click()
    page.keyboard.press("Control+End")
    page.keyboard.press("Tab")
    page.locator(".jp-Completer:not(.lm-mod-hidden)").wait_for()
    page.keyboard.press("Escape")
    panel = run(page, 2)
    panel.get_by_label("name *", exact=True).fill("later")
    panel.get_by_text('"name": "later"').wait_for()
    page.screenshot(path=pictures / "notebook-7.png")
    panel.get_by_role("button", name="Insert cell").click()
    inserted = page.locator(".jp-Notebook .jp-Cell").nth(3).locator(".cm-content")
    inserted.get_by_text("later").wait_for()
    assert inserted.inner_text().startswith("%%monite POST /tags")
