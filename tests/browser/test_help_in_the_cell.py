"""Completion and inspection in a real JupyterLab: a path, a query's value, a field of a body, Shift-Tab."""

INSTALL = "from monite_magic.jupyter.assist import hooks\nhooks.install(get_ipython(), lambda: None)"
SECONDS = 1000


def type_and_tab(lab_page, index, text):
    """Type at the end of a cell and press Tab; returns the popup."""
    lab_page.cell(index).locator(".cm-content").click()
    lab_page.page.keyboard.press("Control+End")
    lab_page.page.keyboard.type(text)
    lab_page.page.keyboard.press("Tab")
    popup = lab_page.page.locator(".jp-Completer:not(.lm-mod-hidden)")
    popup.wait_for(timeout=20 * SECONDS)
    return popup


def source(lab_page, index):
    return lab_page.cell(index).locator(".cm-content").inner_text()


def test_a_call_is_completed_and_inspected(lab_page):
    lab_page.open(INSTALL, "%monite GET ", "%%monite POST /products\n")
    lab_page.run(0)

    popup = type_and_tab(lab_page, 1, "/payab")
    assert popup.get_by_text("/payables", exact=True).count() == 1
    lab_page.screenshot("help-path")
    popup.get_by_text("/payables", exact=True).click()
    assert source(lab_page, 1) == "%monite GET /payables"

    popup = type_and_tab(lab_page, 1, "?status=")
    assert "waiting_to_be_paid" in popup.inner_text()
    lab_page.screenshot("help-query-value")
    popup.get_by_text("waiting_to_be_paid", exact=True).click()
    assert source(lab_page, 1) == "%monite GET /payables?status=waiting_to_be_paid"

    popup = type_and_tab(lab_page, 2, '{"price": {"cu')
    lab_page.screenshot("help-body-field")
    lab_page.page.keyboard.press("Enter")
    assert '"currency": ' in source(lab_page, 2)

    lab_page.cell(1).locator(".cm-content").click()
    lab_page.page.keyboard.press("Home")
    for _ in range(len("%monite GET /pay")):
        lab_page.page.keyboard.press("ArrowRight")
    lab_page.page.keyboard.press("Shift+Tab")
    tooltip = lab_page.page.locator(".jp-Tooltip")
    tooltip.wait_for(timeout=20 * SECONDS)
    assert "List the payables." in tooltip.inner_text()
    assert tooltip.locator("table").count() > 1
    lab_page.screenshot("help-inspection")
