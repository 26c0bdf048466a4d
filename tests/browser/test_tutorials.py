"""Tutorials in JupyterLab, gone through as a person does, from the first cell to the last."""

import re
import shutil
from importlib.metadata import version
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent.parent / "notebooks"
FAILURES = ".jp-OutputArea-output[data-mime-type*='error'], .jp-RenderedText[data-mime-type*='stderr']"


@pytest.fixture
def tutorial(lab_page):
    """Open a tutorial by its name; its numbers of an earlier run are gone."""

    def open_tutorial(name):
        shutil.copy(FOLDER / name, lab_page.lab.folder / name)
        lab_page.open(name=name)
        choose(lab_page.page, "Edit", "Clear Outputs of All Cells")
        return lab_page

    return open_tutorial


def choose(page, menu, item):
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.get_by_role("menuitem", name=item, exact=True).click()


def run_all(lab_page):
    """Choose Run All Cells, wait until the last has run, and return all cells with code."""
    choose(lab_page.page, "Run", "Run All Cells")
    codes = lab_page.page.locator(".jp-Notebook .jp-CodeCell")
    last = codes.last.locator(".jp-InputPrompt")
    last.filter(has_text=re.compile(rf"\[{codes.count()}\]")).wait_for(timeout=90_000)
    assert lab_page.page.locator(FAILURES).all_inner_texts() == []
    return codes


def picture(lab_page, name, cell):
    """Take pictures of what a cell looks like, on a light page and on a dark one."""
    # JupyterLab 4.4 does not follow the page's system while it runs.
    schemes = ("light",) if version("jupyterlab").startswith("4.4.") else ("dark", "light")
    cell.scroll_into_view_if_needed()
    for scheme in schemes:
        lab_page.page.emulate_media(color_scheme=scheme)
        theme = lab_page.page.locator(f"body[data-jp-theme-name='JupyterLab {scheme.title()}']")
        theme.wait_for(state="attached")
        lab_page.page.locator("#jupyterlab-splash").wait_for(state="detached")
        lab_page.screenshot(f"{name}-{scheme}")


def test_the_first_with_a_form_and_a_wrong_secret_first(tutorial, account):
    lab_page = tutorial("01_get_your_credentials.ipynb")
    page = lab_page.page
    codes = run_all(lab_page)
    assert page.get_by_label("Password").is_visible()
    picture(lab_page, "tutorial-panel", codes.nth(1))
    picture(lab_page, "tutorial-first-call", codes.filter(has_text="%monite GET /entities?limit=3"))

    # "A form: run `%monite_login --form`", says part B.
    [index] = [i for i, text in enumerate(codes.all_inner_texts()) if "%monite_login --or-local" in text]
    own = codes.nth(index)
    own.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(f"%monite_login --form --base-url {account['MONITE_BASE_URL']}")
    page.keyboard.press("Control+Enter")
    page.get_by_label("Client ID").fill(account["MONITE_CLIENT_ID"])
    page.get_by_label("Client secret").fill("canary-wrong-secret")
    page.get_by_role("button", name="Log in").click()
    assert lab_page.said("✗").count("canary") == 0
    page.get_by_label("Client secret").fill(account["MONITE_CLIENT_SECRET"])
    page.get_by_label("Client secret").press("Enter")
    lab_page.said("✓")
    picture(lab_page, "tutorial-form", own)
    call = codes.filter(has_text="%monite GET /entities?limit=3")
    call.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    call.get_by_text("200 OK").wait_for()
    saved = lab_page.save()
    assert account["MONITE_CLIENT_SECRET"] not in saved
    assert "canary-wrong-secret" not in saved


def test_paying_a_bill_ends_at_exercises_that_are_open(tutorial):
    lab_page = tutorial("04_pay_a_bill.ipynb")
    codes = run_all(lab_page)
    picture(lab_page, "tutorial-bill", codes.filter(has_text="%%monite POST /payables ").first)
    checks = codes.filter(has_text="exercises.").filter(has_text="Not yet")
    assert checks.count() >= 1
    picture(lab_page, "tutorial-exercise", checks.first)


def test_the_month_end_has_its_tables_and_charts(tutorial):
    lab_page = tutorial("08_month_end.ipynb")
    codes = run_all(lab_page)
    charts = codes.locator(".jp-RenderedImage img")
    assert charts.count() >= 3
    assert all(chart.evaluate("image => image.naturalWidth") > 300 for chart in charts.all())
    assert codes.locator("table.dataframe").count() >= 5
    picture(lab_page, "tutorial-chart", codes.filter(has_text="charts.cash_flow").first)
    picture(lab_page, "tutorial-table", codes.filter(has_text="sort_values").first)
