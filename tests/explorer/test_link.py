"""The kernel's end of the line to the labextension, without a page."""

import json
from pathlib import Path
from types import SimpleNamespace

import comm
import pytest

from monite_magic._version import __version__
from monite_magic.api import find_profile
from monite_magic.jupyter import link
from monite_magic.session import Session


class Line:
    """A comm as the kernel has it; what it sends is kept."""

    def __init__(self, **options):
        self.options, self.sent, self.is_closed = options, [], False

    def on_msg(self, heard):
        self.say = heard

    def on_close(self, closed):
        self.hang_up = closed

    def send(self, data):
        self.sent.append(data)

    def close(self):
        self.is_closed = True


@pytest.fixture
def lines(monkeypatch):
    opened = []
    monkeypatch.setattr(comm, "create_comm", lambda **options: opened.append(Line(**options)) or opened[-1])
    return opened


class Events:
    def __init__(self):
        self.callbacks = []

    def register(self, event, callback):
        assert event == "post_run_cell"
        self.callbacks.append(callback)

    def unregister(self, event, callback):
        self.callbacks.remove(callback)

    def end_of_cell(self):
        for callback in self.callbacks:
            callback(None)


def shell(*, can_answer):
    return SimpleNamespace(kernel=SimpleNamespace(_allow_stdin=can_answer), events=Events())


@pytest.fixture
def session():
    made = Session()
    yield made
    made.log_out()


def test_it_is_opened_after_a_cell_tells_the_state_and_hands_over_cells(lines, session):
    ip = shell(can_answer=True)
    link.install(ip, lambda: session)
    assert lines == []
    ip.events.end_of_cell()
    (line,) = lines
    assert line.options["target_name"] == "monite_magic"
    # Without an answer we assume that there isn't a labextension.
    assert not link.insert(ip, "%monite GET /tags")
    line.say({})
    assert line.sent == [{"status": {"label": "", "production": False, "entity": "", "expires": None}}]
    session.log_in(find_profile(env="local"))
    ip.events.end_of_cell()
    ip.events.end_of_cell()
    assert len(line.sent) == 2
    status = line.sent[-1]["status"]
    assert status["label"] == "local (simulated)"
    assert not status["production"]
    assert status["expires"]
    assert link.insert(ip, "%monite GET /tags")
    assert line.sent[-1] == {"insert": "%monite GET /tags"}
    line.hang_up({})
    assert not link.insert(ip, "%monite GET /tags")
    link.uninstall(ip)
    assert line.is_closed
    assert ip.events.callbacks == []


def test_a_run_without_a_person_opens_none(lines, session):
    ip = shell(can_answer=False)
    link.install(ip, lambda: session)
    ip.events.end_of_cell()
    link.send_state(ip)
    assert lines == []
    assert not link.insert(ip, "x")
    link.uninstall(ip)
    link.uninstall(ip)


def test_a_shell_without_a_kernel_has_none(lines, session):
    ip = SimpleNamespace(events=Events())
    link.install(ip, lambda: session)
    link.send_state(ip)
    assert lines == ip.events.callbacks == []


def test_the_labextension_has_the_version_of_the_package():
    folder = Path(link.__file__).parent / "labextension"
    described = json.loads((folder / "package.json").read_text())
    assert described["version"] == __version__
    assert (folder / described["jupyterlab"]["_build"]["load"]).stat().st_size < 20_000
