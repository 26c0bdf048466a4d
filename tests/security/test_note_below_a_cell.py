"""The note below a cell whose source or output holds a secret; stand-ins and Python get none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jupyter_client.manager import start_new_kernel

from monite_magic.cell.leaks import contains_secret

NOTEBOOKS = Path(__file__).parent.parent.parent / "notebooks"
# A line of a test that holds it would be a secret in this repository.
REAL = "7f3b9e" + "02-41d8-4c6a-9b55-d0e1f2a3b4c5"


@pytest.fixture(scope="module")
def run(canary_environ_of_module):
    manager, client = start_new_kernel(kernel_name="python3", env=canary_environ_of_module)

    def said_below(code):
        shown = []

        def hear(message):
            if message["msg_type"] == "display_data":
                shown.append(message["content"]["data"]["text/plain"])

        client.execute_interactive(code, output_hook=hear, timeout=60)
        return "\n".join(shown)

    said_below("%load_ext monite_magic")
    yield said_below
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()


@pytest.fixture(scope="module")
def canary_environ_of_module(tmp_path_factory):
    from tests.security.conftest import clean_environ, furnish

    return clean_environ(furnish(tmp_path_factory.mktemp("note")))


@pytest.mark.parametrize(
    "cell",
    [
        "import os\nos.environ['MONITE_CLIENT_SECRET'] = '{}'",
        "client_secret = '{}'",
        "headers = {{'Authorization': 'Bearer {}'}}",
        "%monite GET /tags --token {}",
    ],
)
def test_a_secret_in_the_source(run, cell):
    said = run(cell.format(REAL))
    assert "The source of this cell contains what looks like a secret." in said
    assert REAL not in said


@pytest.mark.parametrize(
    "cell",
    [
        "print('Author' + 'ization: Bearer ' + {!r}[::-1])",
        "'client_' + 'secret=' + {!r}[::-1]",
        "raise ValueError('Bear' + 'er ' + {!r}[::-1])",
        # The value of a secret that is in use, without any sign of what it is.
        "from monite_magic import Secret; kept = Secret('in-use-' + {!r}[::-1]); print(kept.reveal())",
    ],
)
def test_a_secret_in_the_output(run, cell):
    said = run(cell.format(REAL[::-1]))
    assert "The output of this cell contains what looks like a secret." in said


@pytest.mark.parametrize(
    "cell",
    [
        "import getpass\nclient_secret = getpass",
        "import os\nclient_secret = os.environ.get('MONITE_CLIENT_SECRET')",
        "print('client_secret=••••••••')",
        "%monite_status",
        "'a token is kept'",
    ],
)
def test_what_is_no_secret(run, cell):
    assert "A secret in this notebook" not in run(cell)


def test_a_secret_in_both(run):
    said = run(f"print('client_secret=' + '{REAL}'); client_secret = '{REAL}'")
    assert "The source and output of this cell contain what looks like a secret." in said


@pytest.mark.parametrize(
    "cell",
    [
        "%monite_login --profile nobody",
        "print('Put MONITE_CLIENT_ID and MONITE_CLIENT_' + 'SECRET into .env, or MONITE_' + 'TOKEN there.')",
    ],
)
def test_the_name_of_a_variable_in_a_sentence_is_no_secret(run, cell):
    assert "A secret in this notebook" not in run(cell)


def test_a_word_behind_an_equals_sign_is_one(run):
    assert "The output" in run("print('MONITE_CLIENT_' + 'SECRET=' + 'hunting')")
    assert "The output" in run(f"print('MONITE_CLIENT_' + 'SECRET ' + {REAL[::-1]!r}[::-1])")


def test_unloading_takes_it_away(run):
    run("%unload_ext monite_magic")
    assert run(f"client_secret = '{REAL}'") == ""
    run("%load_ext monite_magic\n%load_ext monite_magic")
    assert run(f"client_secret = '{REAL}'").count("A secret in this notebook") == 1


def test_the_tutorials_get_no_note():
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        for cell in json.loads(path.read_text())["cells"]:
            if cell["cell_type"] == "code":
                assert not contains_secret("".join(cell["source"])), (path.name, "".join(cell["source"]))
