"""The first tutorial in JupyterLab, from its first cell to its last."""

import re
import shutil
from pathlib import Path

TUTORIAL = "01_get_your_credentials.ipynb"
FOLDER = Path(__file__).parent.parent.parent / "notebooks"


def test_a_person_runs_all_cells(lab_page):
    shutil.copy(FOLDER / TUTORIAL, lab_page.lab.folder / TUTORIAL)
    lab_page.open(name=TUTORIAL)
    page = lab_page.page
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    codes = page.locator(".jp-Notebook .jp-CodeCell")
    last = codes.last.locator(".jp-InputPrompt")
    last.filter(has_text=re.compile(rf"\[{codes.count()}\]")).wait_for(timeout=60_000)
    assert (
        page.locator(
            ".jp-OutputArea-output[data-mime-type*='error'], .jp-RenderedText[data-mime-type*='stderr']"
        ).count()
        == 0
    )
    assert page.get_by_label("Password").is_visible()
    panel = page.locator(".jp-CodeCell").nth(1)
    panel.scroll_into_view_if_needed()
    lab_page.screenshot("tutorial-panel")
    status = page.locator(".jp-CodeCell").filter(has_text="%monite GET /entities?limit=3")
    status.scroll_into_view_if_needed()
    lab_page.screenshot("tutorial-first-call")
