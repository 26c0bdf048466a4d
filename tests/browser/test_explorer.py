"""The explorer in a real JupyterLab: find, fill, send, keep; by mouse and by keyboard alone."""

import json

import pytest

SECONDS = 1000
SETUP = "%load_ext monite_magic\nfrom monite_magic import simulator\n%monite_simulator seed bakery\n%monite_login --env local"


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
    explorer.wait_for("The answer is bill.")
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
