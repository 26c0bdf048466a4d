"""A real JupyterLab in a real Chromium, for tests that do what a person does.

`lab_page` is the door: it opens notebooks, runs cells, reads outputs, saves, and takes pictures. Tests skip,
and say how to change that, without playwright, JupyterLab or Chromium.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from dotenv import dotenv_values

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MAIN = Path(__file__).parent.parent.parent
SECONDS = 1000  # playwright counts milliseconds
TRACKER = "@jupyterlab/notebook-extension/tracker"


def wait_until(condition, otherwise, *, seconds=60):
    """Wait until `condition()` holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(otherwise)
        time.sleep(0.1)


class Lab:
    """A running JupyterLab server on a new folder."""

    def __init__(self, folder):
        self.folder = folder / "notebooks"
        self.folder.mkdir()
        self._settings = folder / "settings"
        self._runtime = folder / "runtime"
        self.settings("@jupyterlab/apputils-extension/notification", fetchNews="false", checkForUpdates=False)
        # All cells are kept in the page, also those out of sight.
        self.settings(TRACKER, windowingMode="none")
        # Completions that come late count too: a second is little for a kernel on a busy machine.
        self.settings("@jupyterlab/completer-extension/manager", providerTimeout=20 * SECONDS)
        # Light or dark as the page's system, which a test can choose.
        self.settings("@jupyterlab/apputils-extension/themes", **{"adaptive-theme": True})
        # What the wheel installs into share/jupyter.
        extensions = folder / "data" / "labextensions"
        shutil.copytree(MAIN / "monite_magic" / "jupyter" / "labextension", extensions / "monite-magic")
        environ = {name: value for name, value in os.environ.items() if not name.startswith("MONITE_")}
        environ |= {
            "HOME": str(folder),
            "IPYTHONDIR": str(folder / "ipython"),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_RUNTIME_DIR": str(self._runtime),
            "JUPYTERLAB_SETTINGS_DIR": str(self._settings),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
            "JUPYTER_PATH": str(folder / "data"),
            "PYTHONPATH": str(MAIN),
        }
        with (folder / "server.log").open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--port=0"],
                cwd=self.folder,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def settings(self, plugin, **values):
        """Set a plugin's settings; they hold for pages that are opened afterwards."""
        path = self._settings / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))

    def url(self, path):
        """Return the address of `path`, with the server's token."""
        wait_until(self._is_up, "JupyterLab did not start.", seconds=60)
        server = json.loads(next(self._runtime.glob("jpserver-*.json")).read_text())
        return f"{server['url']}{path}?token={server['token']}"

    def _is_up(self):
        """Whether the server listens; it writes its file a little earlier."""
        for file in self._runtime.glob("jpserver-*.json"):
            server = json.loads(file.read_text() or "{}")
            with contextlib.suppress(OSError), socket.create_connection(("localhost", server["port"]), 5):
                return True
        return False

    def kernel_is_ready(self, name):
        """Whether the notebook's kernel is idle, with the page connected to it."""
        with urllib.request.urlopen(self.url("api/sessions")) as answer:
            kernels = [session["kernel"] for session in json.load(answer) if session["path"] == name]
        return any(kernel["execution_state"] == "idle" and kernel["connections"] for kernel in kernels)

    def end_kernels(self):
        """End all kernels: a test that is tried again shall count its cells from one."""
        with urllib.request.urlopen(self.url("api/sessions")) as answer:
            sessions = json.load(answer)
        for session in sessions:
            ending = urllib.request.Request(self.url(f"api/sessions/{session['id']}"), method="DELETE")
            urllib.request.urlopen(ending).close()

    def stop(self):
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class LabPage:
    """One browser page with one notebook."""

    def __init__(self, page, lab, pictures, test_name):
        self.page = page
        self.lab = lab
        self._pictures = pictures
        self._test_name = test_name
        self._path = None

    def open(self, *cells, name=None):
        """Open a new notebook with these code cells, or one of the lab's folder by its name."""
        name = name or f"{self._test_name}.ipynb"
        self._path = self.lab.folder / name
        if cells:
            notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
            notebook.metadata["kernelspec"] = {
                "name": "python3",
                "display_name": "Python 3",
                "language": "python",
            }
            nbformat.write(notebook, self._path)
        self._visit(name)
        self.cell(0).wait_for(timeout=60 * SECONDS)
        wait_until(lambda: self.lab.kernel_is_ready(name), "The kernel is not ready.", seconds=60)
        self._wait_until_idle()

    def _visit(self, name):
        self.page.goto(self.lab.url(f"lab/tree/{name}") + "&reset")

    def _wait_until_idle(self):
        self.page.get_by_text("| Idle").wait_for()

    def cell(self, index):
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def output(self, index):
        return self.cell(index).locator(".jp-Cell-outputArea")

    def run(self, index, *, timeout=60):
        """Run a cell as a person does, wait until it is done, and return its output."""
        self.cell(index).locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        self.wait_until_done(index, timeout=timeout)
        return self.output(index)

    def wait_until_done(self, index, *, timeout=60):
        done = self.cell(index).locator(".jp-InputPrompt", has_text=re.compile(r"\[\d+\]"))
        done.wait_for(timeout=timeout * SECONDS)

    def save(self):
        """Save the notebook as a person does and return the text of the file."""
        before = self._path.stat().st_mtime_ns
        self.cell(0).locator(".jp-InputPrompt").click()
        self.page.keyboard.press("Control+s")
        wait_until(lambda: self._path.stat().st_mtime_ns != before, "The notebook was not saved.")
        self.page.locator(".jp-mod-dirty").wait_for(state="detached")
        return self._path.read_text()

    def said(self, text):
        """Wait until a form says this, and return all that it says."""
        line = self.page.locator(".jp-OutputArea").get_by_role("status").filter(has_text=text)
        line.wait_for()
        return line.inner_text()

    def narrow(self, width):
        """Make the window narrow, without JupyterLab's side bar; 640 pixels are 200 % of 1280."""
        self.page.keyboard.press("Control+b")
        self.page.set_viewport_size({"width": width, "height": 900})

    def too_wide(self, locator):
        """Return elements that are wider than the part, and buttons that cut their label."""
        return locator.evaluate(
            """root => [...root.querySelectorAll('*')].filter(each => {
              const box = each.getBoundingClientRect();
              const isOutside = box.width > 0 && box.right > root.getBoundingClientRect().right + 1;
              return isOutside || (each.tagName === 'BUTTON' && each.scrollWidth > each.clientWidth + 1);
            }).map(each => each.outerHTML.slice(0, 120))"""
        )

    def screenshot(self, name, locator=None):
        """Take a picture of the page, or of a part; MONITE_MAGIC_PICTURES names where they are kept."""
        path = self._pictures / f"{name}.png"
        (locator or self.page).screenshot(path=path)
        return path


class NotebookPage(LabPage):
    """The same in Notebook 7, which the server has too."""

    def _visit(self, name):
        self.page.goto(self.lab.url(f"notebooks/{name}"))

    def _wait_until_idle(self):
        self.page.locator(".jp-NotebookKernelStatus, .jp-Notebook-ExecutionIndicator").first.wait_for(
            state="attached"
        )


@pytest.fixture(scope="session")
def chromium():
    """Path of a Chromium on this machine."""
    pytest.importorskip("jupyterlab", reason="no JupyterLab: pip install -e '.[browser]'")
    pytest.importorskip("playwright", reason="no playwright: pip install -e '.[browser]'")
    found = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
    if found is None:
        pytest.skip("no Chromium: install one, for instance with apt-get install chromium")
    return found


@pytest.fixture(scope="session")
def lab(chromium, tmp_path_factory):
    """One JupyterLab for all browser tests."""
    running = Lab(tmp_path_factory.mktemp("lab"))
    yield running
    running.stop()


# Not for the session: while playwright runs, no test of this thread can start another event loop.
@pytest.fixture(scope="module")
def browser(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def folding(lab):
    """Pages with marks to fold, which JupyterLab has switched off at first."""
    lab.settings(TRACKER, windowingMode="none", codeCellConfig={"codeFolding": True})
    yield
    lab.settings(TRACKER, windowingMode="none")


@pytest.fixture
def pictures(tmp_path):
    """The folder that pictures are kept in: MONITE_MAGIC_PICTURES, or the test's own."""
    return Path(os.environ.get("MONITE_MAGIC_PICTURES", tmp_path))


@pytest.fixture
def lab_page(lab, browser, pictures, request):
    """A page of JupyterLab; see `LabPage`. Its last look is kept as a picture named like the test."""
    with _page(LabPage, lab, browser, pictures, request) as page:
        yield page


@pytest.fixture
def notebook_page(lab, browser, pictures, request):
    """A page of Notebook 7."""
    pytest.importorskip("notebook", reason="no Notebook 7: pip install -e '.[browser]'")
    with _page(NotebookPage, lab, browser, pictures, request) as page:
        yield page


@contextlib.contextmanager
def _page(kind, lab, browser, pictures, request):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(60 * SECONDS)
    test_name = re.sub(r"\W+", "-", request.node.name)
    door = kind(page, lab, pictures, test_name)
    yield door
    door.screenshot(test_name)
    context.close()
    lab.end_kernels()


@pytest.fixture(params=[False, True], ids=["state not saved", "state saved"])
def saves_state(request, lab):
    """Whether JupyterLab saves the widgets' state in notebooks: a test that asks for it runs with both."""
    lab.settings("@jupyter-widgets/jupyterlab-manager/plugin", saveState=request.param)
    yield request.param
    lab.settings("@jupyter-widgets/jupyterlab-manager/plugin", saveState=False)


@pytest.fixture
def account(tmp_path):
    """The variables of an account at a simulator that is served on a port."""
    path = tmp_path / "account"
    command = [sys.executable, "-m", "monite_magic.simulator", "--port", "0", "--env-file", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        server.stdout.readline()
        yield dotenv_values(path, interpolate=False)
        server.terminate()


def pytest_collection_modifyitems(config, items):
    """Try once more what fails here: a browser on a busy machine is late now and then."""
    if config.pluginmanager.hasplugin("rerunfailures"):
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.flaky(reruns=1))
