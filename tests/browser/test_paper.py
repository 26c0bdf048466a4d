"""Answers on paper and in narrow windows: nothing is cut, and nothing needs scrolling sideways."""

import io
import unicodedata

import pytest
from pypdf import PdfReader

SETUP = "%load_ext monite_magic\n%monite_simulator seed bakery\n%monite_login --env local"
CALLS = (
    "%monite GET /payables?limit=5",
    "%monite GET /receivables?limit=5",
    "%monite GET /counterparts?limit=5",
    "%monite GET /products?limit=5",
    "%monite GET /vat_rates?limit=5",
    "%monite_history",
    "%monite_help pay a bill",
    "%monite_help POST /counterparts",
)


@pytest.fixture(scope="module")
def cards(tmp_path_factory):
    """What the calls show, as HTML and as a page of it."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    shell = InteractiveShell.instance()
    shell.run_cell(SETUP, silent=True)
    found = []
    for call in CALLS:
        with capture_output() as captured:
            result = shell.run_cell(call).result
        shown = [each.data for each in captured.outputs]
        shown += [result._repr_mimebundle_()] if result is not None else []
        found += [each["text/html"] for each in shown if "text/html" in each]
    InteractiveShell.clear_instance()
    assert len(found) == len(CALLS)
    return found


@pytest.fixture
def sheet(browser, cards):
    """A page with the cards, as wide as the cells of a notebook on A4."""
    page = browser.new_page(viewport={"width": 680, "height": 900})
    page.set_content(
        "<body style='margin:0;font:14px/1.3 sans-serif;font-variant-ligatures:none'>"
        + "".join(
            f"<div class='card' style='margin:8px 0 8px 70px;width:600px'>{card}</div>" for card in cards
        )
    )
    yield page
    page.close()


OVERFLOWING = """() => [...document.querySelectorAll('.card')].flatMap(card => {
  const edge = card.getBoundingClientRect().right + 0.5;
  return [...card.querySelectorAll('*')].filter(each => each.getBoundingClientRect().right > edge)
    .map(each => each.outerHTML.slice(0, 100));
})"""


def test_nothing_is_wider_than_600_pixels(sheet, pictures):
    sheet.screenshot(path=pictures / "cards-600.png", full_page=True)
    assert sheet.evaluate(OVERFLOWING) == []


def test_there_is_no_box_to_scroll(sheet):
    scrolled = """() => [...document.querySelectorAll('.card *')].filter(each =>
      ['auto', 'scroll', 'hidden'].includes(getComputedStyle(each).overflowX)).length"""
    assert sheet.evaluate(scrolled) == 0


def test_amounts_dates_and_ids_are_on_one_line(sheet):
    broken = """() => [...document.querySelectorAll('.card td')].filter(cell => {
      const text = cell.textContent.trim();
      const whole = /^-?[\\d,.]+ [A-Z]{3}$|^\\d{4}-\\d\\d-\\d\\d( \\d\\d:\\d\\d)?$|^[0-9a-f]{8}…$/.test(text);
      return whole && cell.getClientRects().length && cell.scrollHeight > 1.9 * parseFloat(
        getComputedStyle(cell).lineHeight);
    }).map(cell => cell.textContent)"""
    assert sheet.evaluate(broken) == []


def bare(text):
    """A text without blanks, and with letters for ligatures."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def test_a_page_of_a4_has_all_that_the_screen_shows(sheet, cards, pictures):
    pdf = sheet.pdf(format="A4", margin={"left": "10mm", "right": "10mm", "top": "10mm", "bottom": "10mm"})
    (pictures / "cards.pdf").write_bytes(pdf)
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    printed = bare(text)
    cells = sheet.locator(".card td, .card th").all_inner_texts()
    assert len(cells) > 200
    missing = [text for text in cells if bare(text) not in printed]
    assert missing == []
