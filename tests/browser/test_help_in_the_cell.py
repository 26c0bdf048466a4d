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


def offered(popup):
    """What the menu offers: the texts and the notes, from the first to the last."""
    return [
        (
            row.locator(".jp-Completer-match").inner_text(),
            plain(row.locator(".jp-Completer-typeExtended").inner_text()),
        )
        for row in popup.locator(".jp-Completer-item").all()
    ]


def plain(note):
    """A note without what keeps it on one line."""
    kept = note.translate({ord("\N{NO-BREAK SPACE}"): " ", ord("\N{NON-BREAKING HYPHEN}"): "-"})
    return kept.replace("\N{WORD JOINER}", "")


def test_the_kernels_order_holds_while_a_word_is_typed_and_notes_are_no_types(lab_page):
    keys = lab_page.page.keyboard
    lab_page.open(
        "%load_ext monite_magic\n%monite_login --env local\n"
        "for name in ('zebra', 'An apple-tree', 'newest'):\n"
        "    tag = {'name': name}\n"
        "    %monite POST /tags --body tag;",
        "%monite GET /tags/",
        "%%monite POST /counterparts\n",
        "def zz_one(): ...\nzz_two = 1",
        "zz_",
    )
    lab_page.run(0)
    # Ids, newest first; a note is the name as it was written, on one line.
    popup = type_and_tab(lab_page, 1, "")
    assert [note for _, note in offered(popup)] == ["newest", "An apple-tree", "zebra"]
    row = popup.locator(".jp-Completer-item").nth(1)
    assert row.locator(".jp-Completer-monogram").inner_text() == ""
    assert row.locator(".jp-Completer-typeExtended").evaluate("it => it.scrollHeight <= it.clientHeight")
    lab_page.screenshot("menu-ids")
    keys.press("Escape")
    # Fields that are required come first, also once something is typed that JupyterLab would sort by.
    popup = type_and_tab(lab_page, 2, '{"type": "organization", "organization": {"')
    required = ["address", "is_customer", "is_vendor", "legal_name"]
    fields = lambda: [text.strip('":') for text, note in offered(popup) if note]  # noqa: E731
    assert fields() == [*required, "email", "phone", "tag_ids"]
    # What starts with it comes first, and then what contains it.
    keys.type("a")
    popup.get_by_text("phone").wait_for(state="detached")
    assert fields() == ["address", "legal_name", "email", "tag_ids"]
    lab_page.screenshot("menu-fields")
    keys.press("Escape")
    # Python's own completions look as ever.
    lab_page.run(3)
    popup = type_and_tab(lab_page, 4, "")
    assert [text for text, _ in offered(popup)] == ["zz_one", "zz_two"]
    assert "" not in popup.locator(".jp-Completer-monogram").all_inner_texts()
    lab_page.screenshot("menu-python")
