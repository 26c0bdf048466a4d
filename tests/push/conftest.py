"""An empty simulator, a server that fails, sheets to push."""

import openpyxl
import pytest
from faulty_books import Books
from IPython.core.interactiveshell import InteractiveShell
from push_sheets import ENTITY

import monite_magic
from monite_magic import MoniteClient, simulator
from monite_magic.core.environments import find_environment


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    """Journals and results are written to the folder of the test."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def sheet(tmp_path):
    """Write rows to an .xlsx file."""

    def write(rows, name="suppliers.xlsx", **more):
        book = openpyxl.Workbook()
        page = book.active
        page.title = "Rows"
        for row in rows:
            page.append(list(row))
        for title, others in more.items():
            other = book.create_sheet(title)
            for row in others:
                other.append(list(row))
        path = tmp_path / name
        book.save(path)
        return path

    return write


@pytest.fixture
def local():
    """A client of an empty simulator."""
    simulator.default().reset("empty")
    with monite_magic.connect(env="local") as client:
        yield client
    simulator.default().reset("starter")


@pytest.fixture
def shell(local):
    """A shell with the extension, logged in to an empty simulator."""
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "monite_magic")
    shell.run_line_magic("monite_login", "--env local")
    yield shell
    shell.run_line_magic("monite_logout", "")
    shell.run_line_magic("unload_ext", "monite_magic")
    InteractiveShell.clear_instance()


@pytest.fixture
def books():
    """A server that fails as it is told."""
    made = []

    def start(**options):
        made.append(Books(**options))
        return made[-1]

    yield start
    for each in made:
        each.close()


@pytest.fixture
def client_of():
    """Make clients of servers on sockets, and close them at the end."""
    made = []

    def connect(server, timeout=1.0):
        made.append(
            MoniteClient(find_environment(None, base_url=server.url), entity_id=ENTITY, timeout=timeout)
        )
        return made[-1]

    yield connect
    for each in made:
        each.close()
