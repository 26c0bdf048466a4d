"""The JupyterLite site: the tutorials run in the browser, from files alone."""

import re
import shutil
import subprocess
import sys

import pytest

LOOPBACK = re.compile(r"https?://127\.0\.0\.1[:/]|data:|blob:")
MINUTE = 60_000  # milliseconds
FAILURES = ".jp-OutputArea-output[data-mime-type*='error'], .jp-RenderedText[data-mime-type*='stderr']"

#: Runs the tutorials one after the other in one kernel, which takes a dozen seconds to start. Not those that
#: make tables: 08 says itself that a browser has no pandas, and a pull of the reference does.
RUN_ALL = """
import json as _json, pathlib as _pathlib
from IPython.display import clear_output as _clear_output
_shell = get_ipython()
async def _run(path):
    for cell in _json.loads(path.read_text())["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            made = dict(transformed_cell=_shell.transform_cell(source), preprocessing_exc_tuple=None)
            if not (await _shell.run_cell_async(source, **made)).success:
                return "failed: " + source
    _shell.run_line_magic("monite_simulator", "reset")
    return "ran"
_skipped = ("08", "12", "13", "re")
_paths = [path for path in sorted(_pathlib.Path().glob("*.ipynb")) if path.name[:2] not in _skipped]
_verdicts = [f"{path.name} {await _run(path)}" for path in _paths]
_clear_output()  # JupyterLab shows no more than fifty of a cell
print(*_verdicts, "End of the tutorials", sep=chr(10))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Address of the site, built by the command of the README and served by a plain file server."""
    pytest.importorskip("jupyterlite_core", reason="no JupyterLite: pip install -e '.[lite]'")
    if shutil.which("npm") is None:
        pytest.skip("no npm, which Pyodide is fetched with")
    folder = tmp_path_factory.mktemp("lite") / "site"
    build = [sys.executable, "-m", "monite_magic.tutorials.lite", "build", str(folder)]
    done = subprocess.run(build, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    serve = [
        sys.executable,
        "-u",
        "-m",
        "http.server",
        "0",
        "--bind",
        "127.0.0.1",
        "--directory",
        str(folder),
    ]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        port = re.search(r"port (\d+)", server.stdout.readline())[1]
        yield f"http://127.0.0.1:{port}/"
        server.terminate()


class SitePage:
    """One browser page, for which there is no other host than the site's."""

    def __init__(self, context, pictures):
        self.refused = []
        self._pictures = pictures
        context.route("**/*", self._let_through)
        self.page = context.new_page()
        self.page.set_default_timeout(MINUTE)

    def _let_through(self, route):
        if LOOPBACK.match(route.request.url):
            route.continue_()
        else:
            self.refused.append(route.request.url)
            route.abort()

    @property
    def codes(self):
        return self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell")

    def wait_for_kernel(self):
        self.page.get_by_text("Python (Pyodide) | Idle").wait_for(timeout=2 * MINUTE)

    def run_all(self):
        """Choose Run All Cells, and wait until the last has run."""
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        prompt = self.codes.last.locator(".jp-InputPrompt")
        # The numbers that were saved with the notebook are replaced by stars first.
        prompt.filter(has_text="[*]").wait_for()
        prompt.filter(has_text=re.compile(r"\[\d+\]")).wait_for(timeout=2 * MINUTE)

    def screenshot(self, name):
        self.page.screenshot(path=self._pictures / f"{name}.png")


@pytest.fixture(params=["light"])
def site_page(request, site, browser, pictures):
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, color_scheme=request.param, locale="en-GB"
    )
    door = SitePage(context, pictures)
    yield door
    door.screenshot(re.sub(r"\W+", "-", request.node.name))
    refused = list(door.refused)
    # That nothing was counted means something only if something would be.
    door.page.evaluate("fetch('https://elsewhere.example/').catch(() => null)")
    context.close()
    assert refused == []
    assert door.refused == ["https://elsewhere.example/"]


@pytest.mark.parametrize("site_page", ["dark"], indirect=True)
def test_a_person_lands_on_the_map_and_runs_the_first_tutorial(site, site_page):
    page = site_page.page
    page.goto(site)
    page.get_by_role("heading", name="Start here").wait_for()
    site_page.screenshot("lite-map")

    page.goto(f"{site}lab/index.html?path=01_get_your_credentials.ipynb")
    page.get_by_role("heading", name="1 · Get your credentials").wait_for()
    site_page.wait_for_kernel()
    site_page.run_all()
    assert page.locator(FAILURES).all_inner_texts() == []
    assert "Logged out" in site_page.codes.nth(-2).inner_text()
    first_call = site_page.codes.filter(has_text="%monite GET /entities?limit=3")
    assert "200 OK" in first_call.inner_text()
    first_call.scroll_into_view_if_needed()
    site_page.screenshot("lite-first-call")

    def said(text):
        page.get_by_role("status").filter(has_text=text).wait_for()

    page.get_by_label("Password").fill("canary-password-3c")
    page.get_by_role("button", name="Register").click()
    said("Registered.")
    page.get_by_role("button", name="Follow the link").click()
    said("Confirmed")
    page.get_by_role("button", name="Create project").click()
    said("The project Tutorial was created.")
    page.get_by_role("button", name="Create credentials").click()
    said("Both are also in .env.practice")
    site_page.screenshot("lite-panel")


def test_the_other_tutorials_run_too_and_the_tab_key_completes(site, site_page):
    page = site_page.page
    page.goto(f"{site}lab/index.html?path=00_start_here.ipynb")
    page.get_by_role("heading", name="Start here").wait_for()
    site_page.wait_for_kernel()
    cell = site_page.codes.last
    editor = cell.locator(".cm-content")

    def write(text):
        editor.click()
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(text)

    write(RUN_ALL)
    page.keyboard.press("Control+Enter")
    verdicts = cell.locator(".jp-OutputArea-output").filter(has_text="End of the tutorials")
    verdicts.wait_for(timeout=3 * MINUTE)
    lines = verdicts.inner_text().splitlines()[:-1]
    assert len(lines) >= 9
    assert [line for line in lines if not line.endswith(" ran")] == []

    write("%monite GET /counterparts/{counterpart_id}/ad")
    page.keyboard.press("Tab")
    page.locator(".jp-Completer-item").filter(has_text="addresses").first.wait_for()


def test_the_explorer_sends_and_inserts(site, site_page):
    page = site_page.page
    page.goto(f"{site}lab/index.html?path=00_start_here.ipynb")
    page.get_by_role("heading", name="Start here").wait_for()
    site_page.wait_for_kernel()
    cell = site_page.codes.last
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("%load_ext monite_magic\n%monite_login --env local\n%monite_explore POST /tags")
    page.keyboard.press("Control+Enter")
    name = page.get_by_label("name *", exact=True)
    name.wait_for(timeout=2 * MINUTE)
    name.fill("in the page")
    page.get_by_text('"name": "in the page"').first.wait_for()
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("status").filter(has_text="201 Created").wait_for()
    site_page.screenshot("lite-explorer")
    before = site_page.codes.count()
    page.get_by_role("button", name="Insert cell").click()
    page.wait_for_function(
        "n => document.querySelectorAll('.jp-Notebook .jp-CodeCell').length === n + 1", arg=before
    )
    assert site_page.codes.last.locator(".cm-content").inner_text().startswith("%%monite POST /tags")


def test_a_watch_asks_while_other_cells_run_and_opens_a_row(site, site_page):
    page = site_page.page
    page.goto(f"{site}lab/index.html?path=00_start_here.ipynb")
    page.get_by_role("heading", name="Start here").wait_for()
    site_page.wait_for_kernel()

    def run(index, text):
        """Write over a cell of the notebook, and run it."""
        cell = site_page.codes.nth(index)
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(text)
        page.keyboard.press("Control+Enter")
        return cell

    watch = run(0, "%load_ext monite_magic\n%monite_login --env local\n%monite_watch payable --for 5")
    page.get_by_text("Watching payable: 0 events").wait_for(timeout=2 * MINUTE)
    run(
        1,
        '%%monite POST /payables -o bill\n{"currency": "EUR", "document_id": "SEEN-1", "description": "Rye"}',
    )
    page.get_by_text("Watching payable: 1 event,").wait_for()
    run(2, "%monite POST /payables/{{ bill['id'] }}/cancel")
    page.get_by_text("Watching payable: 2 events").wait_for()
    rows = watch.get_by_role("button").filter(has_text="Open")
    assert rows.count() == 2
    rows.first.click()
    watch.get_by_text('"canceled"').first.wait_for()
    site_page.screenshot("lite-watch")
    watch.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_text("Watched payable: 2 events").wait_for()
    refused = run(2, "%monite_watch --webhooks")
    refused.get_by_text("A browser can't receive webhooks.").first.wait_for()
    site_page.screenshot("lite-watch-stopped")
