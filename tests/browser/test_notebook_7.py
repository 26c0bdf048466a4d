"""Notebook 7: the labextension, the explorer and a watch work there as in JupyterLab."""

from tests.browser.test_help_in_the_cell import offered
from tests.browser.test_labextension import NESTED, check_brackets_and_folding

LOGIN = "%load_ext monite_magic\n%monite_login --env local"
BILL = '%%monite POST /payables -o bill\n{"currency": "EUR", "document_id": "SEEN-1", "description": "Rye"}'


def test_colours_status_completion_and_the_explorer(notebook_page, folding):
    page = notebook_page.page
    notebook_page.open(
        LOGIN, '%%monite POST /tags\n{"name": "urgent", "', "%monite_explore POST /tags", NESTED
    )
    check_brackets_and_folding(page, notebook_page.cell(3))
    notebook_page.run(0)
    page.locator(".monite-status").filter(has_text="local (simulated)").wait_for()
    notebook_page.cell(1).locator(".cm-content[data-language=json]").click()
    page.keyboard.press("Control+End")
    page.keyboard.press("Tab")
    popup = page.locator(".jp-Completer:not(.lm-mod-hidden)")
    popup.wait_for()
    notes = dict(offered(popup))
    assert notes['"description":'].startswith("text")
    assert set(popup.locator(".jp-Completer-monogram").all_inner_texts()) == {""}
    notebook_page.screenshot("notebook-7-menu")
    page.keyboard.press("Escape")
    panel = notebook_page.run(2)
    panel.get_by_label("name *", exact=True).fill("later")
    panel.get_by_text('"name": "later"').wait_for()
    notebook_page.screenshot("notebook-7")
    panel.get_by_role("button", name="Insert cell").click()
    inserted = notebook_page.cell(3).locator(".cm-content")
    inserted.get_by_text("later").wait_for()
    assert inserted.inner_text().startswith("%%monite POST /tags")


def test_a_watch_grows_and_opens(notebook_page):
    page = notebook_page.page
    notebook_page.open(LOGIN, "%monite_watch payable --for 5", BILL)
    for index in range(3):
        notebook_page.run(index)
    page.get_by_text("Watching payable: 1 event,").wait_for()
    page.get_by_role("button", name="Open").click()
    page.get_by_text("SEEN-1").nth(1).wait_for()
    notebook_page.screenshot("watch-notebook-7")
