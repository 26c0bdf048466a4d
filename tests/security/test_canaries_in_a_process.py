"""Canaries in the memory of a process after log-out, in a forked child, in arguments and in files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

MARK = "c4n4ry"
CLIENT_ID = "5f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1"

#: What scripts begin with. `holders` finds strings with the mark that Python's memory still holds.
PRELUDE = """
import copy, gc, json, os, re, sys
import monite_magic
from monite_magic import session
from monite_magic.core.errors import MoniteError

URL, MARK = sys.argv[1:]
CANARY = re.compile(MARK + "[-]")  # not itself a canary

def holders():
    # What holds a canary, and something of it.
    gc.collect()
    found = []
    for thing in gc.get_objects():
        for value in gc.get_referents(thing):
            text = value.decode("latin-1") if isinstance(value, bytes) else value
            if isinstance(text, str) and CANARY.search(text) and thing is not found:
                found.append(repr(thing)[:200].replace(MARK, "…"))
    return found

def log_in(**options):
    from monite_magic.api.credentials import find_profile
    return session.current().log_in(find_profile(dotenv="own.env", base_url=URL, **options))
"""


@pytest.fixture
def run(tmp_path, canaries, canary_environ):
    """Runs a script in a separate process and returns what it prints as JSON."""

    def run(script):
        (tmp_path / "own.env").write_text(
            f"MONITE_CLIENT_ID={CLIENT_ID}\nMONITE_CLIENT_SECRET={MARK}-secret-of-file\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", PRELUDE + textwrap.dedent(script), canaries.url, MARK],
            cwd=tmp_path,
            env=canary_environ(tmp_path),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert MARK not in done.stdout + done.stderr
        return json.loads(done.stdout)

    return run


def test_nothing_outlives_a_log_out(run, canaries):
    remains = run("""
        log_in()
        log_in(entity_user="11111111-1111-4111-8111-111111111111")
        now = session.current()
        for path in ("/echo", "/refuse", "/ended", "/page"):
            try:
                now.call("GET", path)
            except MoniteError:
                pass
        kept_auth = now.auth
        before = len(holders())
        now.log_out()
        del kept_auth
        print(json.dumps({"before": before > 0, "after": holders()}))
        """)
    assert remains == {"before": True, "after": []}
    assert canaries.check() > 6


def test_nothing_outlives_a_log_in_that_fails(run, canaries):
    canaries.server.forget()
    canaries.server.answers("/v1/auth/token", {"error": {"message": "no"}}, status=401)
    remains = run("""
        try:
            log_in()
        except MoniteError:
            pass
        session.current().log_out()
        print(json.dumps(holders()))
        """)
    assert remains == []


def test_a_log_out_that_is_interrupted_forgets_all_the_same(run, canaries):
    canaries.server.forget()
    canaries.server.answers("/v1/auth/token", {"access_token": f"{MARK}-token-9", "expires_in": 1800})
    canaries.server.does("/v1/auth/revoke", lambda _: canaries.server.stopping.wait(3))
    remains = run("""
        import signal, threading
        log_in()
        threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        try:
            session.current().log_out()
        except KeyboardInterrupt:
            pass
        print(json.dumps([session.current().logged_in, holders()]))
        """)
    assert remains == [False, []]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_has_no_token_of_its_parent(run, canaries):
    told = run("""
        log_in()
        now = session.current()
        read, write = os.pipe()
        child = os.fork()
        if not child:
            token = now.connection.source.token
            os.write(write, json.dumps([token is None, now.call("GET", "/echo").status]).encode())
            os._exit(0)
        os.waitpid(child, 0)
        os.close(write)
        print(json.dumps([json.loads(os.read(read, 1000)), now.call("GET", "/echo").status]))
        """)
    assert told == [[True, 200], 200]
    child, parent = (got.token for got in canaries.server.calls("/v1/echo"))
    assert child != parent


def test_copies_and_pickles_of_what_holds_a_secret_are_refused(run):
    refused = run("""
        import pickle
        log_in()
        connection = session.current().connection
        source, profile = connection.source, connection.profile
        things = [session.current(), session.current().auth, connection.client, profile, profile.credentials,
                  source, source.token, source.token.access_token]
        results = []
        for thing in things:
            for how in (copy.copy, copy.deepcopy, pickle.dumps):
                try:
                    made = how(thing)
                    results.append(MARK.encode() in made if isinstance(made, bytes) else MARK in repr(made))
                except TypeError as error:
                    results.append(MARK in str(error))
        print(json.dumps(results))
        """)
    assert refused
    assert not any(refused)


def test_a_served_simulator_keeps_its_secret_out_of_arguments_and_output(tmp_path):
    file = tmp_path / "simulator.env"
    server = subprocess.Popen(
        [sys.executable, "-m", "monite_magic.simulator", "--port", "0", "--env-file", str(file)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=tmp_path,
    )  # fmt: skip
    try:
        first = server.stdout.readline()
        values = dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line)
        secret = values["MONITE_CLIENT_SECRET"]
        arguments = Path(f"/proc/{server.pid}/cmdline")
        shown = arguments.read_bytes().decode() if arguments.exists() else ""
        url = next(word for word in first.split() if word.startswith("http"))
        call = "import monite_magic as m, sys; print(m.connect(dotenv=sys.argv[1]).get('/counterparts'))"
        made = subprocess.run(
            [sys.executable, "-c", call, file], capture_output=True, text=True, timeout=60, check=False
        )
        assert "200" in made.stdout, made.stderr
    finally:
        server.terminate()
        rest = server.communicate(timeout=20)[0]
    assert url.startswith("http://127.0.0.1:")
    assert secret not in first + rest + shown + made.stdout + made.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["simulator.env"]
