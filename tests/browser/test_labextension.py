"""The labextension in a real JupyterLab: JSON colours, the session in the status bar; and help as before."""

import re

SECONDS = 1000
CALL = '%%monite POST /tags\n{"name": "urgent", "count": 12, "open": true}'


def colours(cell):
    """The colours of a cell's text: piece of text -> colour."""
    script = """lines => {
      const found = {};
      for (const span of lines.querySelectorAll('.cm-line span')) {
        found[span.textContent.trim()] = getComputedStyle(span).color;
      }
      return found;
    }"""
    return cell.locator(".cm-content").evaluate(script)


def test_a_body_has_the_colours_of_json(lab_page):
    lab_page.open(
        CALL, '# a note\n\n%%monite POST /tags\n{"name": null}', '{"name": 1} # Python', "%%monite_import\n{}"
    )
    lab_page.cell(0).locator(".cm-line span").first.wait_for()
    found = colours(lab_page.cell(0))
    assert len({found['"name"'], found['"urgent"'], found["12"]}) >= 2
    lab_page.screenshot("json-colours", lab_page.cell(0))
    # What begins to be a call, and ceases to be one, changes at once.
    types = "cells => cells.map(cell => cell.querySelector('.cm-content').dataset.language)"
    languages = lambda: lab_page.page.locator(".jp-Notebook .jp-CodeCell").evaluate_all(types)  # noqa: E731
    lab_page.page.wait_for_timeout(500)
    assert languages() == ["json", "json", "python", "python"]
    lab_page.cell(0).locator(".cm-content").click()
    lab_page.page.keyboard.press("Control+Home")
    lab_page.page.keyboard.type("x")
    lab_page.page.wait_for_timeout(500)
    assert languages()[0] == "python"
    lab_page.page.keyboard.press("Backspace")
    lab_page.page.wait_for_timeout(500)
    assert languages()[0] == "json"


NESTED = (
    '%%monite POST /receivables\n{\n  "line_items": [\n    {"quantity": 1}\n  ],\n  "memo": "{{ memo }}"\n}'
)


def check_brackets_and_folding(page, cell):
    """Brackets of the body match, and its lists can be folded."""
    cell.locator(".cm-content[data-language=json]").click()
    page.keyboard.press("Control+End")
    cell.locator(".cm-matchingBracket").first.wait_for()
    assert cell.locator(".cm-matchingBracket").all_inner_texts() == ["{", "}"]
    marks = cell.locator(".cm-foldGutter span[title='Fold line']")
    assert marks.count() == 2  # of the object and of its list, not of the line with %%monite
    marks.nth(1).click()
    cell.locator(".cm-foldPlaceholder").wait_for()
    lines = cell.locator(".cm-content").inner_text().splitlines()
    assert lines == [
        "%%monite POST /receivables",
        "{",
        '  "line_items": […],',
        '  "memo": "{{ memo }}"',
        "}",
    ]


def test_brackets_match_and_lists_fold(folding, lab_page):
    lab_page.open(NESTED)
    check_brackets_and_folding(lab_page.page, lab_page.cell(0))


def test_the_status_bar_says_where_the_session_is(lab_page):
    lab_page.open("%load_ext monite_magic\n%monite_login --env local", "%monite_logout")
    lab_page.run(0)
    status = lab_page.page.locator(".monite-status")
    status.filter(has_text="local (simulated)").wait_for()
    assert re.search(r"token \d+ min", status.inner_text())
    lab_page.screenshot("status-bar", lab_page.page.locator("#jp-main-statusbar"))
    # A page that is reloaded finds it too.
    lab_page.page.reload()
    status.filter(has_text="local (simulated)").wait_for()
    lab_page.run(1)
    status.filter(has_text="not logged in").wait_for()
