"""A real kernel as a front end sees it: cells in; outputs, errors and values out."""

from __future__ import annotations

import ast
import contextlib
import re
from dataclasses import dataclass, field
from queue import Empty

import pytest
from bare import bare_environ
from jupyter_client.manager import start_new_kernel


@dataclass
class Ran:
    """The outcome of a cell."""

    status: str
    bundles: list = field(default_factory=list)
    streams: dict = field(default_factory=lambda: {"stdout": "", "stderr": ""})
    result: dict | None = None
    error: dict | None = None
    updates: list = field(default_factory=list)

    @property
    def text(self):
        """All that is shown, in plain text."""
        shown = [*self.bundles, *([self.result] if self.result else [])]
        return "\n".join([self.streams["stdout"], *(bundle.get("text/plain", "") for bundle in shown)])

    @property
    def html(self):
        return "\n".join(bundle.get("text/html", "") for bundle in [*self.bundles, self.result or {}])

    @property
    def problem(self):
        """The sentence of the error, as it is shown; a traceback would be several lines."""
        assert self.error is not None, f"the cell did not fail: {self.text}"
        assert self.status == "error"
        shown = self.error["traceback"]
        assert len(shown) == 1, "\n".join(shown)
        assert shown[0].startswith(f"{self.error['ename']}: ")
        assert "Traceback" not in shown[0]
        assert not re.search(r"File [\"/<~]", shown[0])
        assert "Traceback" not in self.streams["stderr"]
        return shown[0]


class Kernel:
    """Runs cells in a kernel and answers what they ask for."""

    def __init__(self, manager, client):
        self.manager, self.client = manager, client
        self._comms = {}

    def start(self, code, *, allow_stdin=False):
        return self.client.execute(code, allow_stdin=allow_stdin)

    def run(self, code, *, answers=None):
        """Run a cell; with `answers` the front end can be asked, and gives them in turn."""
        return self.finish(self.start(code, allow_stdin=answers is not None), list(answers or ()))

    def finish(self, message_id, answers=()):
        ran = Ran("")
        while not ran.status:
            ran.status = self._reply(message_id, answers)
        return self._heard(message_id, ran)

    def asks(self, cell):
        """Run a cell in a front end that can answer; it must stop at a question, whose text is returned."""
        ran = self.run(cell, answers=[])
        assert "The cell stops at this question. Answer it with a button above." in ran.problem
        (bundle,) = ran.bundles
        assert "application/vnd.jupyter.widget-view+json" in bundle
        return bundle["text/plain"]

    def click(self, description, *, older=0):
        """Click the button with this description, and return the outcome.

        It is the one that was shown last, or that many before it.
        """
        data = {"method": "custom", "content": {"event": "click"}}
        comm_id = self._comms[description][-1 - older]
        message = self.client.session.msg("comm_msg", {"comm_id": comm_id, "data": data})
        self.client.shell_channel.send(message)
        return self._heard(message["header"]["msg_id"], Ran("ok"))

    def _heard(self, message_id, ran):
        while True:
            message = self.client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") != message_id:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                ran.streams[content["name"]] += content["text"]
            elif kind == "display_data":
                ran.bundles.append(content["data"])
            elif kind == "update_display_data":
                ran.updates.append(content["data"])
            elif kind == "comm_open":
                description = content["data"].get("state", {}).get("description")
                self._comms.setdefault(description, []).append(content["comm_id"])
            elif kind == "execute_result":
                ran.result = content["data"]
            elif kind == "error":
                ran.error = content
            elif kind == "status" and content["execution_state"] == "idle":
                return ran

    def _reply(self, message_id, answers):
        try:
            reply = self.client.get_shell_msg(timeout=0.05 if answers else 60)
        except Empty:
            try:
                self.client.get_stdin_msg(timeout=0.05)
            except Empty:
                return ""
            self.client.input(answers.pop(0))
            return ""
        return reply["content"]["status"] if reply["parent_header"].get("msg_id") == message_id else ""

    def good(self, code, **options):
        """Run a cell that must not fail."""
        ran = self.run(code, **options)
        assert ran.status == "ok", ran.error["traceback"] if ran.error else ran.streams["stderr"]
        return ran

    def value(self, expression):
        """The value of an expression of literals in the kernel."""
        reply = self.client.execute_interactive("", user_expressions={"it": f"({expression})"}, timeout=60)
        answer = reply["content"]["user_expressions"]["it"]
        assert answer["status"] == "ok", answer
        return ast.literal_eval(answer["data"]["text/plain"])


@pytest.fixture
def stop_at_second_page(away, server):
    """Run cells of which the first reads a list; interrupt at its second page; return the outcome of each."""

    def stopped(path, row, *cells):
        server.answers(path, {"data": [row], "next_pagination_token": "more"})
        server.answers(path, {}, delay=30)
        running = [away.start(cell) for cell in cells]
        while len(server.calls(path)) < 2:
            pass
        away.manager.interrupt_kernel()
        return [away.finish(cell) for cell in running]

    return stopped


@contextlib.contextmanager
def started(folder):
    """A kernel in this folder."""
    manager, client = start_new_kernel(kernel_name="python3", env=bare_environ(folder), cwd=str(folder))
    try:
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_wait_time = 60  # seconds; a killed kernel tells nothing of its coverage
        manager.shutdown_kernel(now=False)
        manager.cleanup_resources()


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """The folder that the notebook is in."""
    return tmp_path_factory.mktemp("notebook")


@pytest.fixture(scope="module")
def bare_kernel(tmp_path_factory):
    """A kernel without the extension."""
    with started(tmp_path_factory.mktemp("bare")) as kernel:
        yield kernel


@pytest.fixture(scope="session")
def loaded_kernel(folder):
    """A kernel with the extension; one for all tests, as starting one takes a second or more."""
    with started(folder) as kernel:
        kernel.good("%load_ext monite_magic\nimport monite_magic, os")
        yield kernel


FRESH = """
%monite_logout
%monite_catalogue reset
for name in [name for name in os.environ if name.startswith("MONITE_")]:
    del os.environ[name]
os.chdir(home)
from monite_magic.core import environments
kept_environments = globals().get("kept_environments") or dict(environments.ENVIRONMENTS)
environments.ENVIRONMENTS.update(kept_environments)
"""


@pytest.fixture
def kernel(loaded_kernel, folder):
    """A kernel with the extension, logged out, and nothing to log in with."""
    loaded_kernel.good(f"home = {str(folder)!r}" + FRESH)
    (folder / ".env").unlink(missing_ok=True)
    return loaded_kernel


@pytest.fixture
def local(kernel):
    """A kernel that is logged in to its simulator, which is as new."""
    kernel.good("%monite_simulator seed starter\n%monite_login --env local")
    return kernel


CLIENT_ID = "5f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1"
SECRET = "canary-secret-of-the-test"
ENTITY = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def variables():
    """What a person with credentials has in the environment or in `.env`."""
    return {"MONITE_CLIENT_ID": CLIENT_ID, "MONITE_CLIENT_SECRET": SECRET}


@pytest.fixture
def away(kernel, server, variables):
    """A kernel that is logged in to the scripted server."""
    kernel.good(f"os.environ.update({variables})")
    kernel.good(f"%monite_login --base-url {server.url} --entity {ENTITY}")
    return kernel


@pytest.fixture
def production(away, server):
    """A kernel that is logged in to what the session takes for production."""
    away.good("%monite_logout")
    # The scripted server's origin is production from here on, as that of api.monite.com is.
    away.good(
        "from dataclasses import replace\nfrom monite_magic.core.environments import ENVIRONMENTS\n"
        f"ENVIRONMENTS['eu'] = replace(ENVIRONMENTS['eu'], base_url={server.url!r})"
    )
    assert "PRODUCTION" in away.good(f"%monite_login --env eu --entity {ENTITY}").text
    server.answers("/v1/tags", {"id": "1", "data": []})
    return away
