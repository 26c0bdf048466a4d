"""`%monite_watch` in JupyterLab: the table grows while other cells run, and a row opens its object."""

import nbformat
import pytest

LOGIN = "%load_ext monite_magic\n%monite_login --env local"
BILL = '%%monite POST /payables -o bill\n{"currency": "EUR", "document_id": "SEEN-1", "description": "Rye"}'


def test_a_person_watches_opens_and_stops(lab_page):
    page = lab_page.page
    lab_page.open(
        LOGIN, "%monite_watch payable --for 5", BILL, "%monite POST /payables/{{ bill['id'] }}/cancel"
    )
    lab_page.run(0)
    lab_page.run(1)
    page.get_by_text("Watching payable: 0 events").wait_for()
    lab_page.run(2)
    page.get_by_text("Watching payable: 1 event,").wait_for()
    lab_page.run(3)
    page.get_by_text("Watching payable: 2 events").wait_for()
    rows = lab_page.output(1).get_by_role("button", name="Open")
    assert rows.count() == 2
    rows.first.click()
    lab_page.output(1).get_by_text("SEEN-1").first.wait_for()
    lab_page.screenshot("watch", lab_page.output(1))
    lab_page.output(1).get_by_role("button", name="Stop").click()
    lab_page.output(1).get_by_text("Watched payable: 2 events").wait_for()
    lab_page.screenshot("watch-stopped", lab_page.output(1))
    assert "payable.canceled" in lab_page.save()


def test_it_works_in_notebook_7(lab, browser, pictures):
    pytest.importorskip("notebook", reason="no Notebook 7: pip install notebook")
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in (LOGIN, "%monite_watch payable --for 5", BILL)]
    )
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, lab.folder / "watched_in_7.ipynb")
    page = browser.new_page()
    try:
        page.goto(lab.url("notebooks/watched_in_7.ipynb"))
        cells = page.locator(".jp-Notebook .jp-CodeCell")
        cells.nth(2).wait_for(timeout=60_000)
        while not lab.kernel_is_ready("watched_in_7.ipynb"):
            page.wait_for_timeout(200)
        for at in range(3):
            cells.nth(at).locator(".cm-content").click()
            page.keyboard.press("Control+Enter")
        page.get_by_text("Watching payable: 1 event,").wait_for(timeout=60_000)
        page.get_by_role("button", name="Open").click()
        page.get_by_text("SEEN-1").nth(1).wait_for()
        page.screenshot(path=pictures / "watch-notebook-7.png")
    finally:
        page.close()
