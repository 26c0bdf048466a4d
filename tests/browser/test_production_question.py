"""A write to production in JupyterLab: the question, the click, and the answer in its place."""

import pytest


@pytest.fixture
def production(account, lab):
    """A `.env` next to the notebooks whose account the session takes for production."""
    dotenv = lab.folder / ".env"
    variables = {**account, "MONITE_ENV": "eu"}
    dotenv.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
    yield (
        "%load_ext monite_magic\nfrom dataclasses import replace\n"
        "from monite_magic.core.environments import ENVIRONMENTS\n"
        f"ENVIRONMENTS['eu'] = replace(ENVIRONMENTS['eu'], base_url={account['MONITE_BASE_URL']!r})\n"
        "%monite_login"
    )
    dotenv.unlink()


def test_the_question_is_answered_with_a_click_and_gives_way_to_the_answer(production, lab_page):
    page = lab_page.page
    lab_page.open(
        production,
        '%%monite POST /tags -o tag\n{"name": "urgent"}',
        "tag['name']",
    )
    lab_page.run(0)
    asked = lab_page.run(1)
    page.get_by_role("button", name="Send", exact=True).wait_for()
    assert "Send POST /tags to PRODUCTION?" in asked.inner_text()
    assert "The cell stops at this question" in asked.inner_text()
    lab_page.screenshot("production-question", lab_page.cell(1))
    page.get_by_role("button", name="Send", exact=True).click()
    lab_page.output(1).get_by_text("201 Created").wait_for()
    assert page.get_by_role("button", name="Send", exact=True).count() == 0
    lab_page.screenshot("production-answer", lab_page.cell(1))
    assert "urgent" in lab_page.run(2).inner_text()
    assert "201 Created" in lab_page.save()


def test_run_all_stops_at_the_question(production, lab_page):
    page = lab_page.page
    lab_page.open(
        production,
        '%%monite POST /tags\n{"name": "urgent"}',
        "print('gone on')",
    )
    page.get_by_text("Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    lab_page.wait_until_done(1)
    page.get_by_role("button", name="Don't send").click()
    lab_page.output(1).get_by_text("Not sent").wait_for()
    assert "gone on" not in lab_page.output(2).inner_text()


def test_the_explorer_asks_before_it_sends(production, lab_page):
    page = lab_page.page
    lab_page.open(production, "%monite_explore POST /tags", "answer['name']")
    lab_page.run(0)
    badge = page.locator(".monite-status").filter(has_text="PRODUCTION")
    badge.wait_for()
    assert badge.evaluate("it => getComputedStyle(it).backgroundColor") == "rgb(199, 0, 0)"
    lab_page.screenshot("production-status", page.locator("#jp-main-statusbar"))
    lab_page.run(1)
    panel = lab_page.output(1)
    panel.get_by_label("name *", exact=True).fill("from the panel")
    panel.get_by_text('"name": "from the panel"').wait_for()
    panel.get_by_role("button", name="Send to PRODUCTION").click()
    panel.get_by_text("Send POST /tags to PRODUCTION?").wait_for()
    # The button that sends nothing has the focus.
    page.wait_for_function('document.activeElement.textContent === "Don\'t send"')
    lab_page.screenshot("production-explorer-question", lab_page.cell(1))
    page.keyboard.press("Enter")
    panel.get_by_text("Not sent").first.wait_for()
    panel.get_by_role("button", name="Send to PRODUCTION").click()
    panel.get_by_role("button", name="Send", exact=True).click()
    panel.get_by_role("status").filter(has_text="201 Created").wait_for()
    lab_page.screenshot("production-explorer-answer", lab_page.cell(1))
    panel.get_by_label("Use as", exact=True).fill("answer")
    panel.get_by_role("button", name="Keep").click()
    assert "from the panel" in lab_page.run(2).inner_text()
