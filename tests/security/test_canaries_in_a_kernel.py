"""Canaries through every door of a kernel; see `conftest`."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

MARK = "c4n4ry"
CLIENT_ID = "5f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1"
ENTITY = "11111111-1111-4111-8111-111111111111"

SET_UP = f"""
%load_ext monite_magic
%xmode Verbose
import copy, os, pathlib, pickle, sys
import monite_magic, watch
from monite_magic import session
from monite_magic.core.masking import Secret
watch.start(get_ipython())
CLIENT_ID = "{CLIENT_ID}"
def set_environ(name):
    os.environ["MONITE_CLIENT_ID"] = "{CLIENT_ID}"
    os.environ["MONITE_CLIENT_SECRET"] = pathlib.Path(name).read_text()
def clear_environ():
    for name in [name for name in os.environ if name.startswith("MONITE_")]:
        del os.environ[name]
"""


#: An exchange by hand, with the secret filled in where it must stand.
EXCHANGE = """%%monite POST /auth/token {}
{{
    "grant_type": "client_credentials",
    "client_id": "{{{{ CLIENT_ID }}}}",
    "client_secret": "{{{{ secret }}}}"
}}"""


def secret_of(door: str) -> str:
    return f"{MARK}-secret-of-{door}"


def dotenv(secret: str, *, prefix: str = "MONITE_", client_id: str = CLIENT_ID) -> str:
    return f"{prefix}CLIENT_ID={client_id}\n{prefix}CLIENT_SECRET={secret}\n"


@pytest.fixture
def at_work(kernel, canaries):
    """A kernel with the extension and a person's files next to it."""
    write = lambda name, text: (kernel.folder / name).write_text(text)  # noqa: E731
    write("right.txt", secret_of("environ"))
    write("wrong.txt", secret_of("environ-wrong"))
    write("right.env", dotenv(secret_of("file")) + dotenv(secret_of("acme"), prefix="MONITE_ACME_"))
    write("wrong.env", dotenv(secret_of("file-wrong")))
    write("half.env", f"MONITE_CLIENT_SECRET={secret_of('half')}\n")
    write("misplaced.env", dotenv(secret_of("id"), client_id=secret_of("misplaced")))
    write("malformed.env", f"MONITE_CLIENT_SECRET='{secret_of('malformed')}\nMONITE_CLIENT_ID")
    write("unsendable.env", dotenv(secret_of("unsendable")))
    kernel.good(SET_UP)
    kernel.base = f"--base-url {canaries.url}"
    return kernel


def log_in(kernel):
    kernel.good(f"%monite_login --dotenv right.env {kernel.base} --entity {ENTITY}")


def nothing_left(kernel, canaries):
    """Look into every store of the kernel, and end it."""
    kernel.good("%monite_status")
    for name in ("In", "Out", "_ih", "_oh", "_i", "_ii", "_iii", "_", "__", "_i1", "_i4", "_i7"):
        assert kernel.value(f"watch.found(globals().get({name!r}))") == "[]", name
    assert kernel.value("watch.leaks") == "[]"
    assert kernel.value("watch.found(watch.log.getvalue())") == "[]"
    assert "httpcore" in kernel.value("watch.log.getvalue()")
    kernel.good("%history -g\n%save -f saved.py 1-999\n%notebook saved.ipynb")
    kernel.good("get_ipython().history_manager.writeout_cache()")
    database = kernel.folder / ".ipython/profile_default/history.sqlite"
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT source, source_raw FROM history").fetchall()
    connection.close()
    assert rows
    assert MARK not in repr(rows)
    for file in [
        *database.parent.glob("history.sqlite*"),
        kernel.folder / "saved.py",
        kernel.folder / "saved.ipynb",
    ]:
        assert MARK.encode() not in file.read_bytes(), file
    assert canaries.check() > 0


def test_every_way_of_logging_in(at_work, canaries):
    kernel = at_work
    kernel.good(f"set_environ('right.txt')\n%monite_login {kernel.base}\n%monite_status")
    kernel.bad(f"set_environ('wrong.txt')\n%monite_login {kernel.base}")
    kernel.bad(f"monite_magic.connect(base_url={canaries.url!r})")
    kernel.bad("os.environ['MONITE_CLIENT_ID'] = 'x'\nmonite_magic.connect()")
    kernel.good("clear_environ()\n%monite_logout")

    kernel.good(f"%monite_login --dotenv right.env {kernel.base}")
    kernel.good(
        f"%monite_login --dotenv right.env --profile acme {kernel.base}\n%monite_use --entity-user {ENTITY}"
    )
    for name in ("wrong.env", "half.env", "misplaced.env", "malformed.env", "unsendable.env", "none.env"):
        kernel.bad(f"%monite_login --dotenv {name} {kernel.base}")
        kernel.bad(f"monite_magic.connect(dotenv={name!r}, base_url={canaries.url!r})")
    kernel.bad(f"%monite_login --dotenv right.env --profile nobody {kernel.base}")
    kernel.bad("%monite_login --dotenv right.env --base-url http://127.0.0.1:9/v1")
    kernel.good("%monite_logout")

    (kernel.folder / ".env").write_text(dotenv(secret_of("nearest")))
    kernel.good(f"%monite_login {kernel.base}\n%monite_use --entity {ENTITY}")
    (kernel.folder / ".env").write_text(dotenv(secret_of("nearest-wrong")))
    kernel.bad(f"%monite_login {kernel.base}")
    (kernel.folder / ".env").unlink()

    (kernel.folder / "keyring.txt").write_text(secret_of("keyring"))
    kernel.good(f"%monite_login {kernel.base}")
    (kernel.folder / "keyring.txt").write_text(secret_of("keyring-wrong"))
    kernel.bad(f"%monite_login {kernel.base}")
    (kernel.folder / "keyring.txt").unlink()
    came = [exchange["client_secret"] for exchange in canaries.server.exchanges()]
    for door in (
        "environ",
        "environ-wrong",
        "file",
        "acme",
        "file-wrong",
        "nearest",
        "keyring",
        "keyring-wrong",
    ):
        assert secret_of(door) in came
    nothing_left(kernel, canaries)


def test_the_form(at_work, canaries):
    kernel = at_work
    kernel.good(f"%monite_login --form {kernel.base}")
    kernel.type("Client secret", secret_of("form-without-id"))
    kernel.click("Log in")
    kernel.type("Client ID", CLIENT_ID)
    kernel.type("Client secret", secret_of("form-wrong"))
    kernel.click("Log in")
    kernel.type("Client secret", secret_of("form"))
    kernel.type("Write to .env, readable only by you", True)
    kernel.click("Log in")
    came = [exchange["client_secret"] for exchange in canaries.server.exchanges()]
    assert came == [secret_of("form-wrong"), secret_of("form")]
    written = kernel.folder / ".env"
    assert secret_of("form") in written.read_text()
    assert written.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in kernel.folder.glob(".env?*")] == []
    kernel.good("import ipywidgets\nkept = repr(ipywidgets.Widget.get_manager_state())")
    assert kernel.value("len(kept) > 1000") == "True"
    assert MARK not in kernel.value("kept")
    nothing_left(kernel, canaries)


def test_calls_and_what_becomes_of_them(at_work, canaries):
    kernel = at_work
    log_in(kernel)
    kernel.good("%monite GET /echo\n")
    kernel.good("_")
    kernel.good('%%monite POST /echo\n{"a": 1}')
    kernel.good("%monite GET /echo --raw\n%monite GET /page -o page\n%monite GET /bytes -o blob")
    kernel.good("page.text, page.content, page.headers, page.request, blob.content, repr(page), f'{page}'")
    kernel.good("%monite GET /around")
    for path in ("/refuse", "/ended", "/nowhere"):
        kernel.bad(f"%monite GET {path}")
        kernel.bad(f"monite_magic.current_client().get({path!r}).raise_for_status()")
    kernel.bad("%monite GET https://elsewhere.example/v1/echo")
    kernel.good("%monite GET /counterparts --dry-run\n%monite GET /refuse --expect 422")
    for form in ("curl", "httpx", "http", "sdk"):
        kernel.good(f"%monite GET /counterparts --as {form}")

    kernel.good("secret = Secret(pathlib.Path('right.txt').read_text())")
    kernel.good(EXCHANGE.format("-o given"))
    kernel.good("given\n")
    kernel.good("given.text, given.data, given.items, given.request.body, str(given['access_token'])")
    for option in ("--dry-run", "--as curl", "--as httpx", "--as http", "--as sdk", "--no-check --raw"):
        kernel.run(EXCHANGE.format(option))
    for option in ("--dry-run", "--as curl", "--as http", ""):
        kernel.run("%monite GET /counterparts -H 'X-Some: {{ secret }}' " + option)
    kernel.bad("%monite GET /echo?q={{ secret }}")
    kernel.bad("def send(mine):\n    %monite GET /echo -H 'X-Some: {{ mine }}' --expect 500\nsend(secret)")
    kernel.bad("plain = secret.reveal()\n%monite GET /echo -q q={{ plain }}")
    kernel.good("del plain")

    kernel.good("%monite_history")
    for number in range(1, 8):
        kernel.good(f"%monite_history show {number}")
    kernel.good("%monite_history diff 1 2\n%monite_history replay 1")
    for name in ("session.har", "session.http", "session.json"):
        kernel.good(f"%monite_export {name}")
        assert MARK not in (kernel.folder / name).read_text()
    kernel.good("%monite_help POST /auth/token\n%monite_new POST /counterparts\n%monite_catalogue")
    for line in (
        "%monite_help --nope",
        "%monite_use --profile nobody",
        "%monite_new GET",
        "%monite_simulator x",
    ):
        kernel.bad(line)
    kernel.good("%monite_use --entity " + ENTITY)
    kernel.good("%monite_logout")
    kernel.bad("%monite GET /echo")
    received = [got for got in canaries.server.received if got.headers.get("x-some")]
    assert received
    for got in received:  # as asked for: a header filled from a Secret carries it
        del got.headers["x-some"]
    nothing_left(kernel, canaries)


#: What crash reporters write: the frames of the last error with their variables, and those of all threads.
CRASH_DUMP = """
import faulthandler, traceback
with open("crash.txt", "w") as file:
    report = traceback.TracebackException.from_exception(sys.last_value, capture_locals=True)
    file.writelines(report.format())
    faulthandler.dump_traceback(file)
"""


def test_faults_and_interrupts(at_work, canaries):
    kernel = at_work
    log_in(kernel)
    kernel.good(
        "from monite_magic.api import token as token_source\n"
        "kept = token_source._read_token\n"
        "def broken(response, asked_at):\n"
        "    clear = response.request.content\n"
        "    raise RuntimeError(response.text)\n"
        "token_source._read_token = broken"
    )
    kernel.bad(f"%monite_login --dotenv right.env --profile acme {kernel.base}")
    kernel.good(CRASH_DUMP)
    dump = (kernel.folder / "crash.txt").read_text()
    assert "UnforeseenError" in dump
    assert MARK not in dump
    kernel.good("token_source._read_token = kept\nmonite_magic.current_client().get('/echo').status")
    assert kernel.run("%monite GET /hang", interrupt=0.4) == "error"
    kernel.run("%tb")
    assert kernel.run("monite_magic.current_client().get('/hang')", interrupt=0.4) == "error"
    kernel.run("%tb")
    nothing_left(kernel, canaries)


TYPED = [
    "%monite_login {}",
    "%monite_login --client-secret {}",
    "%monite_login --client-secret={}",
    '%monite_login --secret "{}"',
    "%monite_login --secert {}",
    "%monite_login --base-url https://someone:{}@127.0.0.1/v1",
    "%monite GET /echo -H 'Authorization: Bearer {}'",
    "%monite GET /echo -H 'X-Api-Key: {}'",
    "%monite GET /echo?access_token={}",
    "%monite GET /echo --token {}",
    '%%monite POST /auth/token\n{{"client_secret": "{}"}}',
    "%%monite POST /auth/token\n{{'client_secret': '{}'}}",
    '%%monite POST /auth/token\n{{"client_secret": {}}}',
    '%%monite POST /auth/revoke\n{{"token": "{}"}}',
    "%%monite POST /auth/token\nclient_secret={}&grant_type=client_credentials",
    '%%monite POST /echo\n{{"note": "Bearer {}"}}',
    '# By hand.\n\n%%monite POST /auth/token\n{{"client_secret": "{}"}}',
    "for number in range(2):\n    %monite GET /echo?access_token={}",
]

#: Cells that stand for themselves, with the value of a secret that is in use.
VALUES = [
    "%monite GET /counterparts/{}",
    '%%monite POST /echo\n{{"x": "{}"}}',
    "%monite GET {}",
    "%monite_help {}",
]


def test_a_secret_that_is_typed_in_spite_of_all(at_work, canaries):
    kernel = at_work
    for number, cell in enumerate(TYPED):
        kernel.bad(cell.format(f"{MARK}-4y7x-typed-{number}"))
    log_in(kernel)
    # A secret in use is known by its value, wherever it stands.
    for cell in VALUES:
        kernel.run(cell.format(secret_of("file")))
        kernel.run(cell.format(f"{MARK}-token-1"))
    kernel.good(f"mine = '{secret_of('file')}'\ndel mine")
    nothing_left(kernel, canaries)


PICKLED = """
from monite_magic import session
from monite_magic.api.auth import MoniteAuth
def attempt(thing, how):
    try:
        return how(thing)
    except Exception as error:
        return repr(error).encode()
now = session.current()
connection = now.connection
things = [now, now.auth, now.last, now.history, list(now.history), monite_magic.httpx_client(),
          connection, connection.profile, connection.profile.credentials, connection.source,
          connection.source.token, connection.client,
          given, given.data, Secret("x" + plain)]
leaking = []
for thing in things:
    for how in (pickle.dumps, lambda it: pickle.dumps(copy.deepcopy(it)), lambda it: repr(it).encode(),
                lambda it: str(it).encode(), lambda it: f"{it}".encode(), lambda it: f"{it!r}".encode()):
        if watch.MARK.encode() in attempt(thing, how):
            leaking.append((type(thing).__name__, attempt(thing, how)[:200]))
del plain
"""


def test_what_is_kept_by_python_and_ipython(at_work, canaries):
    kernel = at_work
    log_in(kernel)
    kernel.good("%monite GET /echo -o answer")
    kernel.good("secret = Secret(pathlib.Path('right.txt').read_text())\nplain = secret.reveal()")
    kernel.good(EXCHANGE.format("-o given"))
    kernel.good("given['access_token']")
    kernel.good(PICKLED)
    assert kernel.value("leaking") == "[]"
    for name in ("answer", "given", "secret"):
        kernel.run(f"%store {name}")
    for file in (kernel.folder / ".ipython/profile_default/db").rglob("*"):
        assert file.is_dir() or MARK.encode() not in file.read_bytes(), file
    assert list(Path(kernel.folder / ".ipython/profile_default/db").rglob("answer"))
    nothing_left(kernel, canaries)
