"""Every way to call, with every way to find a place and a pair: what a TLS server at its end receives.

Each case is a new process with an IPython shell. Connections to port 443 of any host end at a recorder on
loopback. Whatever the combination, the secret reaches only the host that its own source names or a person
confirmed, the token only the host that gave it, and each write to where money may be real has its own yes.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys

import pytest

SECRET = "canary-of-every-way"
PAIR = {"MONITE_CLIENT_ID": "5f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1", "MONITE_CLIENT_SECRET": SECRET}
EU, SANDBOX, OWN, FOREIGN = "api.monite.com", "api.sandbox.monite.com", "own.example", "foreign.example"
TAG = "7c1ff0de-2f60-4b8a-9a87-8f2f6a0a3d11"

PROGRAM = """
import builtins, json, os, socket, sys, threading
port, person, cells = int(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
connect = socket.create_connection
def to_recorder(address, *rest, **options):
    return connect(("127.0.0.1", port) if address[1] == 443 else address, *rest, **options)
socket.create_connection = to_recorder

asked = []
def said(prompt=""):
    asked.append(prompt)
    return person
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell()
shell.run_line_magic("load_ext", "monite_magic")
if person != "nobody":
    builtins.input = said
    sys.stdin = type("Terminal", (), {"isatty": lambda self: True})()
stdout, sys.stdout = sys.stdout, sys.stderr
done = []
for cell in cells:
    asked.clear()
    ran = shell.run_cell(cell, store_history=True)
    if cell.startswith("%%monite_import"):
        ran = shell.run_cell(shell.rl_next_input)
    error = ran.error_before_exec or ran.error_in_exec
    done.append({"asked": list(asked), "error": str(error) if error else ""})
print(json.dumps(done), file=stdout)
"""

#: A way to call, as a cell, and how many writes it makes if each has its yes.
WAYS = {
    "GET": ("%monite GET /tags", 0),
    "POST": ('%%monite POST /tags\n{"name": "x"}', 1),
    "DELETE": (f"%monite DELETE /tags/{TAG}", 1),
    "replay": ("%monite_history replay last", None),
    "pull": ("%monite_pull /tags --to pandas", 0),
    "import": (f"%%monite_import\ncurl -X DELETE https://{EU}/v1/tags/{TAG}", 1),
    "loop": (f"for _ in range(3):\n    %monite DELETE /tags/{TAG}", 3),
    "threads": (
        # Three tags, since the same question asked again ends the one before.
        f"""import threading
def call(number):
    try:
        get_ipython().run_line_magic("monite", f"DELETE /tags/{TAG[:-1]}{{number}}")
    except Exception:
        pass
threads = [threading.Thread(target=call, args=(number,)) for number in range(3)]
[each.start() for each in threads]
[each.join() for each in threads]""",
        3,
    ),
}


#: What a source says of the place, and the host that this makes.
PLACES = {
    "nothing": ({}, SANDBOX),
    "eu by name": ({"MONITE_ENV": "eu"}, EU),
    "eu by url": ({"MONITE_BASE_URL": "https://API.monite.com.:443/v1"}, EU),
    "a gateway": ({"MONITE_BASE_URL": f"https://{OWN}/v1"}, OWN),
}
#: What a line or another source says of the place, and the host that this would make.
INTRUDERS = {
    "none": ("", {}, None),
    "a stray file": ("", {"MONITE_BASE_URL": f"https://{FOREIGN}/v1"}, None),
    "an option": (f"--base-url https://{FOREIGN}/v1", {}, FOREIGN),
    "an option for eu": ("--env eu", {}, EU),
}
CASES = [
    pytest.param(*case, id="-".join(case))
    for case in itertools.product(["start", ".env"], PLACES, INTRUDERS, ["nobody", "n", "y"])
    # A stray `.env` is another source only for a pair that is elsewhere.
    if not (case[0] == ".env" and (case[2] == "a stray file" or case[3] == "n"))
]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the start is the import of the extension")
@pytest.mark.parametrize(("source", "place", "intruder", "person"), CASES)
def test_secrets_and_writes_go_where_they_may(recorder, authority, tmp_path, source, place, intruder, person):
    said, host = PLACES[place]
    option, stray, optional_host = INTRUDERS[intruder]
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(bundle)
    folder = tmp_path / "notebooks"
    folder.mkdir(mode=0o700)
    started = {**PAIR, **said} if source == "start" else {}
    in_file = {**PAIR, **said} if source == ".env" else stray
    if in_file:
        (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in in_file.items()))
        (folder / ".env").chmod(0o600)
    cells = [f"%monite_login --entity {TAG} {option}", *(cell for cell, _ in WAYS.values())]
    proxies = {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MONITE_", "COV_")) and name.lower() not in proxies
    }
    own = {"SSL_CERT_FILE": str(bundle), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(recorder.server_port), person, json.dumps(cells)],
        env={**clean, **own, **started, "IPYTHONDIR": str(tmp_path / "ipython")},
        cwd=folder, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    login, *ways = json.loads(ran.stdout)

    # Where the secret may go: written from the rule.
    if optional_host == FOREIGN and person != "y":
        there = None
    elif optional_host == EU and place == "a gateway":
        there = EU  # the name chosen on the line is a known environment
    else:
        there = optional_host or host
    told = {name for name, _, _, raw in recorder.requests if SECRET in raw}
    assert told == ({there} if there else set()), (login, ran.stderr[-1500:])

    # The token goes only to the host that gave it.
    for name, _, path, raw in recorder.requests:
        if not path.endswith("/token"):
            assert f"Bearer token-of-{name}\n" in raw.replace("\r", "")

    # Each write to where money may be real had its own yes.
    writes = [name for name, method, path, _ in recorder.requests if method != "GET" and "token" not in path]
    assert set(writes) <= {there}
    asks = there in {EU, OWN, FOREIGN}
    questions = sum("Send " in text for way in ways for text in way["asked"])
    wanted = 0
    if there and (not asks or person == "y"):
        replayed = 1  # the call before it is the DELETE
        wanted = sum(replayed if count is None else count for _, count in WAYS.values())
    assert len(writes) == wanted, [(way, done) for way, done in zip(WAYS, ways, strict=True)]
    if asks and person != "nobody":
        assert questions >= wanted
    else:
        assert questions == 0
