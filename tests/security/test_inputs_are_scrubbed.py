"""What IPython keeps of cells that hold a secret: `In`, `_i` and the history database of a real kernel."""

from __future__ import annotations

import sqlite3

import pytest

MARK = "c4n4ry"
CLIENT_ID = "5f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1"

#: Cells that give a secret to Python in one of the ways that the README names.
CELLS = [
    "client_secret = '{}'",
    "client_secret: str = '{}'",
    "(client_secret := '{}')",
    "client_secret = r'{}'",
    "client_secret = b'{}'",
    "client_secret = (\n    '{}'\n)",
    'client_secret = """{}"""',
    "client_secret = '''{}'''",
    'client_secret = """\n{}\n"""',
    "acme_client_secret = '{}'",
    "dict(auth_password='{}')",
    "settings = {{}}\nsettings['client_secret'] = '{}'",
    "import os\nos.environ['MONITE_CLIENT_SECRET'] = '{}'",
    "import os\nos.environ.setdefault('MONITE_CLIENT_SECRET', '{}')",
    "import os\nos.putenv('MONITE_CLIENT_SECRET', '{}')",
    "import os\nos.environ.setdefault(\n    'MONITE_ACME_CLIENT_SECRET',\n    '''{}''',\n)",
    "import os\nos.environ.update({{'MONITE_CLIENT_SECRET': '{}'}})",
    "import os\nos.environ.update(MONITE_CLIENT_SECRET='{}')",
    "password = '{}'  # of Monite",
    "kept = {{'consent_token': '{}', 'a': 1}}",
    "import os\nclient_secret = os.environ.get('MONITE_CLIENT_SECRET', '{}')",
    "class SecretStr(str): ...\nclient_secret = SecretStr('{}')",
    "client_secret = \\\n    '{}'",
    "client_secret = kept = '{}'",
    "clientSecret = '{}'",
    "client_secret = ''\nif client_secret == '{}': ...",
]


@pytest.fixture
def quiet(kernel, canaries):
    kernel.good("%load_ext monite_magic\nimport pathlib, watch")
    return kernel


def run(kernel, cell):
    """Run a cell whose value may be its secret: that is the person's own."""
    kernel.good(cell + "\nNone")


def kept(kernel):
    """The places where IPython keeps an input with a canary."""
    names = ("In", "_ih", "_i", "_ii", "_iii", *(f"_i{number}" for number in range(60)))
    found = [name for name in names if kernel.value(f"watch.found(globals().get({name!r}))") != "[]"]
    kernel.good("get_ipython().history_manager.writeout_cache()")
    database = kernel.folder / ".ipython/profile_default/history.sqlite"
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT source, source_raw FROM history").fetchall()
    connection.close()
    assert rows
    found += ["database"] if MARK in repr(rows) else []
    return found + [file.name for file in database.parent.glob("history.sqlite*") if MARK in text_of(file)]


def text_of(file):
    return file.read_bytes().decode("latin-1")


def test_a_secret_that_a_cell_gives_to_python(quiet):
    for number, cell in enumerate(CELLS):
        run(quiet, cell.format(f"{MARK}-4y7x-{number}"))
    assert kept(quiet) == []


def test_the_file_of_logstart_holds_no_secret(quiet):
    quiet.good("%logstart -r raw.py\nNone")
    quiet.good("%logstop\n%logstart python.py\nNone")
    for number, cell in enumerate(CELLS):
        run(quiet, cell.format(f"{MARK}-l0g-{number}"))
    quiet.bad(f"%monite_login --client-secret {MARK}-of-a-line")
    quiet.good("%logstop")
    for name in ("raw.py", "python.py"):
        assert MARK not in (quiet.folder / name).read_text()
    assert "kept = {'consent_token': '••••••••', 'a': 1}" in (quiet.folder / "python.py").read_text()


def test_a_value_that_becomes_a_secret_later(quiet, canaries):
    secret = f"{MARK}-secret-of-later"
    run(quiet, f"x = '{secret}'\ny = 1")
    assert "database" in kept(quiet)
    quiet.good(
        f"pathlib.Path('.env').write_text('MONITE_CLIENT_ID={CLIENT_ID}\\nMONITE_CLIENT_SECRET=' + x);"
        f"del x\n%monite_login --base-url {canaries.url}"
    )
    quiet.good("y")
    assert kept(quiet) == []
    assert quiet.value("In[2]").count("••••••••") == 1


def test_other_cells_are_left_alone(quiet):
    for number, cell in enumerate(
        ("next_token = 'of-another'", "password = 'of-another'", "key = 'of-another'")
    ):
        run(quiet, cell)
        assert "of-another" in quiet.value(f"In[{number + 2}]")
