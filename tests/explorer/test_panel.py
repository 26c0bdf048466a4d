"""The panel without a browser: what a person types and clicks, what is shown, and what is sent."""

import datetime as dt
import html
import json
from types import SimpleNamespace

import ipywidgets as widgets
import pytest

from monite_magic import catalogue, simulator
from monite_magic.api import find_profile
from monite_magic.cell.arguments import read_line
from monite_magic.cell.options import MAGICS
from monite_magic.core import MoniteError, Secret
from monite_magic.jupyter.explorer import explore
from monite_magic.jupyter.explorer.rows import store
from monite_magic.jupyter.frontend import FrontEnd
from monite_magic.session import Session


@pytest.fixture
def shell():
    """What the panel needs of IPython."""
    return SimpleNamespace(user_ns={}, displayhook=SimpleNamespace(), find_line_magic=str)


@pytest.fixture
def session():
    simulator.default().reset()
    made = Session()
    made.log_in(find_profile(env="local"))
    yield made
    made.log_out()


class Panel:
    """Somebody at the panel."""

    def __init__(self, shown):
        self.shown = shown
        self.root = shown.widget

    def shown_widgets(self, parent=None):
        found = [parent or self.root]
        for widget in found:
            if widget.layout.display != "none":
                found += getattr(widget, "children", ())
        return [widget for widget in found if widget.layout.display != "none"]

    def find(self, label, kind=widgets.Widget, nth=0):
        """The widget with a label that can be seen."""
        fitting = [
            each for each in self.shown_widgets()
            if isinstance(each, kind) and getattr(each, "description", "").removesuffix(" *") == label
        ]  # fmt: skip
        return fitting[nth]

    def type(self, label, text, nth=0):
        self.find(label, (widgets.Text, widgets.Textarea, widgets.Dropdown), nth).value = text

    def click(self, label, nth=0):
        self.find(label, widgets.Button, nth).click()

    def text(self):
        return html.unescape(" ".join(w.value for w in self.shown_widgets() if isinstance(w, widgets.HTML)))

    def add(self, name):
        menus = [w for w in self.shown_widgets() if getattr(w, "description", "") == "Add a field"]
        adders = [w for w in self.shown_widgets() if isinstance(w, widgets.Button) and w.description == "Add"]
        nth = next(i for i, menu in enumerate(menus) if name in [value for _, value in menu.options])
        menus[nth].value = name
        adders[nth].click()

    @property
    def cell(self):
        return self.shown.cell

    @property
    def body(self):
        return json.loads(self.cell.partition("\n")[2])


@pytest.fixture
def open_panel(session, shell):
    """Run %monite_explore with a line, and perhaps a cell."""

    def run(line="", body=None, who=FrontEnd.NOTEBOOK):
        arguments = read_line(MAGICS["monite_explore"], line, cell=body is not None)
        shown = explore(session, arguments, body, shell, who)
        return Panel(shown) if who is FrontEnd.NOTEBOOK else shown

    return run


def test_words_are_searched_and_the_first_is_opened_with_enter(open_panel):
    panel = open_panel("approve a bill")
    found = panel.find("Operations")
    assert found.value.path == "/payables/{payable_id}/approve_payment_operation"
    panel.type("Find", "create a tag")
    panel.find("Find")._handle_custom_msg({"event": "submit"}, [])
    assert panel.cell.startswith("%%monite POST /tags")
    panel.click("Find another")
    panel.type("Find", "xyzzy")
    assert panel.find("Open", widgets.Button).disabled
    panel.type("Find", "")
    panel.find("in").value = "tags"
    assert {operation.segments[0] for _, operation in found.options} == {"tags"}


def test_what_is_typed_is_sent_and_the_answer_is_kept(open_panel, shell, session):
    panel = open_panel("POST /tags")
    panel.type("name", "by hand")
    assert panel.body == {"name": "by hand"}
    panel.click("Send")
    assert "201 Created" in panel.text()
    assert session.history[-1].request.path == "/tags"
    panel.type("Use as", "tag")
    panel.click("Keep")
    assert shell.user_ns["tag"]["name"] == "by hand"
    panel.type("Use as", "_")
    panel.click("Keep")
    assert shell.user_ns["_"] is shell.displayhook._ is shell.user_ns["tag"]
    panel.type("Use as", "not a name")
    panel.click("Keep")
    assert "is not a valid variable name" in panel.text()


def test_nothing_is_sent_once_the_extension_is_unloaded(open_panel, shell, session):
    panel = open_panel("POST /tags")
    panel.type("name", "by hand")
    shell.find_line_magic = {}.get
    panel.click("Send")
    assert "The extension is not loaded. Run %load_ext monite_magic." in panel.text()
    assert len(session.history) == 0


def test_one_goes_on_from_a_row(open_panel):
    panel = open_panel("POST /tags")
    panel.type("name", "first")
    panel.click("Send")
    panel.click("Open")
    tag = panel.cell.rpartition("/")[2]
    panel.click("Send")
    panel.click("Change (PATCH)")
    assert panel.cell.startswith(f"%%monite PATCH /tags/{tag}")


def test_an_id_is_searched_by_name(open_panel):
    panel = open_panel("POST /tags")
    panel.type("name", "needle")
    panel.click("Send")
    panel = open_panel("GET /tags/{tag_id}")
    panel.type("tag_id", "need")
    panel.click("Search")
    found = panel.find("1 found", widgets.Select)
    found.value = found.options[1][1]
    assert found.options[1][0].startswith("needle")
    assert "<b>✓</b> needle" in panel.text()
    panel.click("Send")
    assert "200 OK" in panel.text()
    panel.type("tag_id", "nothing has this name")
    panel.click("Search")
    assert "Nothing found for nothing has this name." in panel.text()


def test_an_id_is_searched_on_all_pages(open_panel):
    elsewhere = Session()  # this session hasn't seen the tags
    elsewhere.log_in(find_profile(env="local"))
    for name in [*(f"hay {number}" for number in range(110)), "needle"]:
        needle = elsewhere.call("POST", "/tags", json={"name": name})
    panel = open_panel("GET /tags/{tag_id}")
    panel.type("tag_id", "needle")
    panel.click("Search")
    assert "Nothing found" not in panel.text()
    assert panel.find("1 found", widgets.Select).options[1][1] == needle["id"]


def test_addresses_are_listed_once_the_counterpart_is_chosen(open_panel):
    panel = open_panel("POST /receivables")
    panel.click("Search", 0)
    assert "Choose counterpart_id first" in panel.text()


def test_notes_of_the_check_are_at_the_field_and_hold_the_call_back(open_panel):
    panel = open_panel("POST /products")
    panel.add("price")
    assert [w.value for w in panel.shown_widgets() if isinstance(w, widgets.Label)]
    panel.type("currency", "EUR")
    panel.type("value", "12.345")
    assert "12.345" in panel.text()
    assert panel.find("Send", widgets.Button).disabled
    panel.type("value", "12.34")
    assert "sent as 1234, minor units of EUR" in panel.text()
    assert panel.body["price"] == {"currency": "EUR", "value": 1234}
    assert not panel.find("Send", widgets.Button).disabled


def test_the_example_in_a_box_has_the_decimals_of_its_currency(open_panel):
    panel = open_panel("POST /products")
    panel.add("price")
    for currency, example in (("EUR", "119.00"), ("JPY", "119"), ("KWD", "119.000")):
        panel.type("currency", currency)
        assert panel.find("value").placeholder == f"{currency}, for instance {example}"


def test_all_boxes_start_at_the_same_place_after_a_longer_label_comes(open_panel):
    panel = open_panel("POST /payment_records")
    panel.add("paid_at")
    panel.add("payment_intent_status")
    boxes = [panel.find(label) for label in ("amount", "currency", "paid_at", "payment_intent_status")]
    assert len({box.style.description_width for box in boxes}) == 1


def test_picking_a_day_keeps_the_time(open_panel):
    panel = open_panel("POST /payment_records")
    panel.add("paid_at")
    picker = panel.find("pick", widgets.DatePicker)
    picker.value = dt.date(2026, 12, 23)
    assert panel.body["paid_at"] == "2026-12-23T00:00:00Z"
    panel.type("paid_at", "2026-12-23T17:45:00+01:00")
    picker.value = dt.date(2026, 12, 24)
    assert panel.body["paid_at"] == "2026-12-24T17:45:00+01:00"


def test_what_the_api_refuses_is_shown(open_panel):
    panel = open_panel("GET /tags/11111111-2222-4333-8444-555555555555")
    panel.click("Send")
    assert "404 Not Found" in panel.text()


def test_fields_items_and_kinds_come_and_go(open_panel):
    panel = open_panel("POST /receivables")
    panel.click("Add to line_items")
    assert len(panel.body["line_items"]) == 2
    panel.click("Remove", 0)
    assert len(panel.body["line_items"]) == 1
    panel.type("kind", "quote")
    assert panel.body["type"] == "quote"
    panel.add("memo")
    panel.type("memo", "two\nlines")
    assert panel.body["memo"] == "two\nlines"


def test_a_menu_gives_way_to_a_box(open_panel, shell):
    shell.user_ns["money"] = "EUR"
    panel = open_panel("POST /receivables")
    assert "{{ money }}" in [value for _, value in panel.find("currency").options]
    panel.type("currency", "other…")
    panel.type("currency", "{{ money }}")
    assert panel.body["currency"] == "{{ money }}"
    panel.type("currency", "{{ mony }}")
    assert "Did you mean money?" in panel.text()


def test_a_date_is_picked_and_a_file_is_uploaded(open_panel, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    panel = open_panel("POST /receivables")
    panel.add("fulfillment_date")
    panel.find("pick").value = dt.date(2026, 3, 31)
    assert panel.body["fulfillment_date"] == "2026-03-31"
    panel = open_panel("POST /payables/upload_from_file")
    panel.find("Upload").value = (
        {
            "name": "../bill.pdf",
            "type": "application/pdf",
            "size": 4,
            "content": b"%PDF",
            "last_modified": dt.datetime.now(dt.UTC),
        },
    )
    assert panel.cell.endswith("--file file=uploads/bill.pdf")
    assert (tmp_path / "uploads" / "bill.pdf").read_bytes() == b"%PDF"
    assert store("bill.pdf", b"another").name == "bill-2.pdf"


def test_secrets_are_not_typed(open_panel, shell):
    shell.user_ns["mine"] = Secret("canary-of-the-panel")
    panel = open_panel("POST /auth/token")
    menu = panel.find("client_secret", widgets.Dropdown)
    assert [value for _, value in menu.options if value] == ["{{ mine }}", "{{ client_secret }}"]
    panel = open_panel("POST /tags")
    panel.type("name", "Bearer abcdefgh0123456789")
    assert "Don't type secrets here" in panel.text()
    assert "abcdefgh" not in json.dumps([w.get_state() for w in panel.shown_widgets()], default=str)


def test_the_call_is_seen_as_code_for_other_tools(open_panel):
    panel = open_panel("POST /tags")
    for form, word in [("curl", "curl"), ("httpx", "import httpx"), ("http", "POST"), ("sdk", "monite")]:
        panel.find("See").value = form
        assert word in panel.text()
    panel.find("See").value = "answers"
    assert "201" in panel.text()
    panel = open_panel("GET /payables")
    panel.find("See").value = "answers"
    assert "Columns of a row: " in panel.text()


def test_a_call_of_the_history_is_opened(open_panel, session):
    session.call("POST", "/tags", content=b'{"name": "{{ as it is"}')
    panel = open_panel("--from last")
    assert '"name": "\\{{ as it is"' in panel.cell
    session.call("GET", "/payables", params=[("limit", "2"), ("document_id", "a b")])
    assert open_panel("--from -1").cell == "%monite GET /payables?limit=2&document_id=a%20b"
    other = "11111111-2222-4333-8444-555555555555"
    session.call("GET", "/tags", entity_id=other)
    assert open_panel("--from last").cell == f"%monite GET /tags --entity {other}"
    with pytest.raises(MoniteError, match="Unknown call number"):
        open_panel("--from first")
    with pytest.raises(MoniteError, match="can't be combined with other words"):
        open_panel("POST /tags --from 1")


def test_a_cell_is_opened(open_panel):
    cell = '%%monite PATCH /tags/{{ tag.id }} --expect 200\n{\n  "name": "{{ name }}"\n}'
    assert open_panel(body=cell).cell == cell
    line, _, body = cell.removeprefix("%%monite ").partition(" --expect 200\n")
    assert open_panel(line, body).cell == cell.replace(" --expect 200", "")


def test_where_no_widgets_are_it_is_the_page_with_the_draft(open_panel):
    page = open_panel("POST /tags", who=FrontEnd.NOBODY)
    assert "%%monite POST /tags" in page.plain()
    assert "operations" in open_panel(who=FrontEnd.TERMINAL).plain()
    page = open_panel(body='%%monite POST /tags\n{"name": "mine"}', who=FrontEnd.NOBODY)
    assert '"name": "mine"' in page.plain()
    bundle = open_panel("POST /tags").shown._repr_mimebundle_()
    assert "%%monite POST /tags" in bundle["text/plain"]
    assert "<table" in bundle["text/html"]


def test_before_a_log_in_all_works_but_sending(shell):
    session = Session()
    arguments = read_line(MAGICS["monite_explore"], "GET /tags/{tag_id}")
    panel = Panel(explore(session, arguments, None, shell, FrontEnd.NOTEBOOK))
    panel.type("tag_id", "x")
    assert panel.find("Log in to send: %monite_login", widgets.Button).disabled
    panel.click("Search")
    assert "Log in to search: %monite_login." in panel.text()
    panel.click("Insert cell")
    assert "Copy the text above" in panel.text()


def test_options_of_a_cell_count(open_panel, shell):
    panel = open_panel(body="%monite GET /payables --all -o bills")
    panel.click("Send")
    assert shell.user_ns["bills"].status == 200
    panel = open_panel(body="%monite GET /payables --dry-run")
    panel.click("Send")
    assert "This is a dry run" in panel.text()
    panel = open_panel(body="%monite GET /payables --as curl")
    panel.click("Send")
    assert "Choose the form under See" in panel.text()


def test_every_operation_opens(session, shell, open_panel):
    panel = open_panel().shown
    for operation in catalogue.current().operations:
        panel.open_operation(operation)
        assert str(operation) in panel._title.value


def test_lists_that_take_many_rows_offer_a_table(open_panel):
    panel = open_panel("POST /counterparts")
    panel.click("From a table")
    assert "%monite_push POST /counterparts table.xlsx" in panel.text()
    assert "%monite_new --sheet POST /counterparts table.xlsx writes an empty sheet." in panel.text()
    for call in ("GET /counterparts", "POST /payables/{payable_id}/cancel"):
        with pytest.raises(IndexError):  # no such button can be seen
            open_panel(call).find("From a table", widgets.Button)
