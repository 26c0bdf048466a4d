"""The explorer in a real JupyterLab: find, fill, send, keep; by mouse and by keyboard alone."""

import json

import pytest

from tests.browser.conftest import wait_until

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="no axe: pip install -e '.[browser]'"
)

SECONDS = 1000
SETUP = "%load_ext monite_magic\n%monite_simulator seed bakery\n%monite_login --env local"


class Explorer:
    """The panel below a cell, used by its labels."""

    def __init__(self, lab_page, index):
        self.lab_page = lab_page
        self.page = lab_page.page
        self.index = index
        self.root = lab_page.output(index).locator(".jupyter-widgets").first

    def box(self, label, nth=0):
        return self.root.get_by_label(label, exact=True).nth(nth)

    def type(self, label, text, nth=0):
        self.box(label, nth).fill(text)

    def click(self, label, nth=0):
        self.root.get_by_role("button", name=label, exact=True).nth(nth).click()

    def choose(self, label, text, nth=0):
        self.box(label, nth).select_option(text)

    def see(self):
        return self.root.locator("pre").first.inner_text()

    def wait_for(self, text):
        self.root.get_by_text(text).first.wait_for()

    def find(self, words):
        self.type("Find", words)
        self.page.wait_for_timeout(300)
        self.click("Open")


@pytest.fixture
def explorer(lab_page):
    lab_page.open(SETUP, "%monite_explore", "'the last cell'")
    lab_page.run(0)
    lab_page.run(1)
    panel = Explorer(lab_page, 1)
    panel.box("Find").wait_for()
    return panel


def test_a_bill_is_found_approved_and_kept(explorer, lab_page):
    explorer.find("approve a bill")
    explorer.wait_for("POST /payables/{payable_id}/approve_payment_operation")
    # Those that can be approved come first.
    choose_found(explorer, explorer.root.get_by_title("Search for payable_id"))
    assert "0000-4000-8000-000000000000" not in explorer.see()
    lab_page.screenshot("explorer-approve", lab_page.cell(1))
    explorer.click("Send")
    explorer.root.get_by_role("status").filter(has_text="200 OK").wait_for()
    lab_page.screenshot("explorer-approved", lab_page.cell(1))
    explorer.type("Use as", "bill")
    explorer.click("Keep")
    explorer.wait_for("The answer is in bill.")
    # What its status allows now goes on from there.
    assert explorer.root.get_by_role("button", name="Mark as paid (POST)").count() == 1
    explorer.click("Open")
    explorer.wait_for("GET /payables/{payable_id}")
    explorer.click("Send")
    explorer.root.get_by_role("status").filter(has_text="200 OK").wait_for()


def choose_found(explorer, button, index=1):
    """Search for an id, and choose from what was found."""
    button.click()
    found = button.locator("xpath=..").get_by_role("listbox")
    found.wait_for()
    found.select_option(index=index)
    explorer.page.wait_for_timeout(300)


def test_an_invoice_with_two_lines_and_vat(explorer, lab_page):
    explorer.find("create an invoice")
    explorer.box("currency *").wait_for()
    by_title = lambda name: explorer.root.get_by_title(f"Search for {name}")  # noqa: E731
    # The counterpart first: its addresses are listed below it.
    choose_found(explorer, by_title("counterpart_id"))
    choose_found(explorer, by_title("counterpart_billing_address_id"))
    explorer.click("Add to line_items")
    explorer.box("quantity *", 1).wait_for()
    explorer.type("quantity *", "3", 1)
    for nth in (0, 1):
        choose_found(explorer, by_title("product_id").nth(nth))
        choose_found(explorer, by_title("vat_rate_id").nth(nth))
    lab_page.screenshot("explorer-invoice", lab_page.cell(1))
    explorer.click("Send")
    explorer.root.get_by_role("status").filter(has_text="201 Created").wait_for()
    lab_page.screenshot("explorer-invoice-sent", lab_page.cell(1))
    body = json.loads(explorer.see().partition("\n")[2])
    assert [line["quantity"] for line in body["line_items"]] == [1, 3]


def test_the_cell_is_inserted_below_and_runs(explorer, lab_page):
    explorer.find("create a tag")
    explorer.type("name *", "for March")
    explorer.wait_for('"name": "for March"')
    explorer.click("Insert cell")
    explorer.wait_for("The cell is below.")
    cell = lab_page.cell(2)
    assert cell.locator(".cm-content").inner_text().startswith("%%monite POST /tags")
    # The cursor is in it.
    lab_page.page.keyboard.press("Control+Enter")
    lab_page.wait_until_done(2)
    assert "201 Created" in lab_page.output(2).inner_text()
    assert "for March" in lab_page.output(2).inner_text()
    assert "'the last cell'" in lab_page.cell(3).inner_text()


def test_a_field_that_would_be_refused_says_why(explorer, lab_page):
    explorer.find("POST /products")
    explorer.box("name *").wait_for()
    send = explorer.root.get_by_role("button", name="Send", exact=True)
    assert send.is_enabled()
    explorer.root.get_by_label("Add a field", exact=True).last.select_option("price")
    explorer.root.get_by_role("button", name="Add", exact=True).last.click()
    explorer.box("value *").fill("119.999")
    said = explorer.root.get_by_role("status").filter(has_text="119.999")
    said.wait_for()
    wait_until(send.is_disabled, "The call is not held back.")
    lab_page.screenshot("explorer-refused-field", lab_page.cell(1))
    explorer.box("value *").fill("119.99")
    explorer.wait_for("sent as 11999, minor units of")
    lab_page.page.set_viewport_size({"width": 1180, "height": 1100})
    wait_until(send.is_enabled, "The call is held back.")
    lab_page.screenshot("explorer-money", lab_page.cell(1))


def test_what_the_api_refuses_is_shown_as_its_card(explorer):
    explorer.find("GET /tags/{tag_id}")
    explorer.type("tag_id *", "11111111-2222-4333-8444-555555555555")
    explorer.page.wait_for_timeout(300)
    explorer.click("Send")
    explorer.root.get_by_role("status").filter(has_text="404 Not Found").wait_for()


def test_without_a_mouse_from_open_to_answer(explorer, lab_page):
    """Only keys: search, choose, fill, send; the focus is always on something that can be seen."""
    keys = lab_page.page.keyboard

    def focused():
        script = """() => {
          const it = document.activeElement, box = it.getBoundingClientRect(), style = getComputedStyle(it);
          const inside = Boolean(it.closest('.jp-OutputArea'));
          const seen = style.outlineStyle !== 'none' || style.boxShadow !== 'none' ||
            style.borderWidth !== '0px';
          const label = it.id ? document.querySelector(`label[for="${it.id}"]`) : null;
          return {inside, seen, wide: box.width > 0, text: label ? label.textContent : it.textContent};
        }"""
        found = lab_page.page.evaluate(script)
        assert found["inside"], found
        assert found["seen"], found
        assert found["wide"], found
        return found["text"].strip()

    def tab_to(text, key="Tab", most=40):
        for _ in range(most):
            if focused() == text:
                return
            keys.press(key)
            lab_page.page.wait_for_timeout(60)
        raise AssertionError(f"{text} can't be reached")

    explorer.box("Find").focus()
    keys.type("list the tags")
    lab_page.page.wait_for_timeout(500)
    keys.press("Tab")
    tab_to("Operations")
    keys.press("ArrowDown")
    keys.press("ArrowUp")
    tab_to("Open")
    keys.press("Enter")
    lab_page.page.wait_for_timeout(1000)
    assert explorer.see().startswith("%monite GET /tags")
    assert focused() == "Send"  # there is nothing that must be filled in
    tab_to("Add a field", "Shift+Tab")
    keys.type("limit")
    lab_page.page.wait_for_timeout(300)
    tab_to("Add")
    keys.press("Enter")
    lab_page.page.wait_for_timeout(700)
    assert focused() == "limit"
    keys.type("3")
    explorer.wait_for("limit=3")
    tab_to("Send")
    keys.press("Enter")
    explorer.root.get_by_role("status").filter(has_text="200 OK").wait_for()
    assert focused() == "Send"
    # The field is taken away: the focus stays in the panel.
    explorer.root.get_by_title("Remove limit").focus()
    keys.press("Enter")
    lab_page.page.wait_for_timeout(700)
    focused()


def test_another_front_end_shows_the_text_to_copy(explorer, lab_page):
    """Without the line to the labextension the cell is shown, and Copy puts it on the clipboard."""
    lab_page.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    lab_page.cell(2).locator(".cm-content").click()
    lab_page.page.keyboard.press("Control+a")
    lab_page.page.keyboard.type("from monite_magic.jupyter import link; link.uninstall(get_ipython())")
    lab_page.run(2)
    explorer.find("create a tag")
    explorer.click("Insert cell")
    explorer.wait_for("Copy the text above")
    explorer.click("Copy")
    explorer.root.get_by_role("button", name="Copied").wait_for()
    assert lab_page.page.evaluate("navigator.clipboard.readText()") == explorer.see()


def test_a_saved_notebook_reads_well_and_keeps_nothing_typed(saves_state, lab_page):
    lab_page.open(SETUP, "%monite_explore POST /tags")
    lab_page.run(0)
    lab_page.run(1)
    explorer = Explorer(lab_page, 1)
    explorer.box("name *").fill("typed by hand")
    explorer.wait_for('"name": "typed by hand"')
    saved = json.loads(lab_page.save())
    bundle = saved["cells"][1]["outputs"][0]["data"]
    plain = "".join(bundle["text/plain"])
    assert "POST /tags" in plain
    assert "%%monite POST /tags" in plain
    assert "<table" in "".join(bundle["text/html"])
    assert ("typed by hand" in json.dumps(saved)) == saves_state


@pytest.fixture
def violations(lab_page):
    """The serious violations that axe-core finds in a part of the page, light and dark."""

    def run(selector):
        found = []
        for scheme in ("dark", "light"):
            lab_page.page.emulate_media(color_scheme=scheme)
            lab_page.page.wait_for_timeout(1000)
            found += axe.Axe().run(lab_page.page, context=selector).response["violations"]
        return [
            (each["id"], [node["html"][:200] for node in each["nodes"][:3]])
            for each in found
            if each["impact"] in ("serious", "critical")
        ]

    return run


def test_axe_finds_nothing_serious_in_the_panel(explorer, lab_page, violations):
    assert violations(".jp-OutputArea") == []
    explorer.find("create an invoice")
    explorer.box("currency *").wait_for()
    explorer.root.get_by_label("Add a field", exact=True).last.select_option("vat_exempt")
    explorer.root.get_by_role("button", name="Add", exact=True).last.click()
    explorer.root.get_by_label("Add a field", exact=True).last.select_option("fulfillment_date")
    explorer.root.get_by_role("button", name="Add", exact=True).last.click()
    choose_found(explorer, explorer.root.get_by_title("Search for counterpart_id"))
    explorer.click("Send")
    explorer.root.get_by_role("status").filter(has_text="422").wait_for()
    assert violations(".jp-OutputArea") == []


def test_axe_finds_nothing_serious_in_forms_and_cards(lab_page, violations):
    lab_page.open(
        SETUP,
        "%monite GET /payables",
        "%monite GET /receivables?limit=2",
        "%monite_help POST /counterparts",
        "%monite_login --form",
        "from monite_magic.jupyter.portal_panel import PortalPanel\nPortalPanel()",
        "%monite GET /tags/11111111-2222-4333-8444-555555555555",
        "%monite_history",
        "%monite_watch payable --for 5",
        '%%monite POST /payables\n{"currency": "EUR", "document_id": "SEEN-1"}',
    )
    for index in range(10):
        lab_page.run(index)
    lab_page.page.get_by_text("Watching payable: 1 event,").wait_for()
    lab_page.page.wait_for_timeout(1000)
    assert violations(".jp-OutputArea") == []


def test_an_amount_is_typed_in_major_units(explorer, lab_page):
    """Its picture is the README's second: `explorer.png` of the folder that MONITE_MAGIC_PICTURES names."""
    explorer.find("create a product")
    explorer.box("name *").wait_for()
    explorer.choose("Add a field", "price")
    explorer.click("Add")
    explorer.box("value *").wait_for()
    explorer.type("value *", "119.99")
    explorer.wait_for("sent as 11999, minor units of EUR")
    assert json.loads(explorer.see().partition("\n")[2])["price"] == {"currency": "EUR", "value": 11999}
    lab_page.page.set_viewport_size({"width": 1280, "height": 1400})
    lab_page.screenshot("explorer", lab_page.cell(1))


@pytest.mark.parametrize("look", ["light", "dark", "narrow", "zoomed"])
def test_looks(look, explorer, lab_page):
    page = lab_page.page
    if look == "dark":
        page.emulate_media(color_scheme="dark")
    if look in ("narrow", "zoomed"):
        lab_page.narrow(700 if look == "narrow" else 640)
    explorer.find("create an invoice")
    explorer.box("currency *").wait_for()
    choose_found(explorer, explorer.root.get_by_title("Search for counterpart_id"))
    explorer.root.get_by_label("Add a field", exact=True).last.select_option("fulfillment_date")
    explorer.root.get_by_role("button", name="Add", exact=True).last.click()
    page.wait_for_timeout(800)
    lab_page.screenshot(f"explorer-look-{look}", lab_page.cell(1))
    assert lab_page.too_wide(explorer.root) == []
