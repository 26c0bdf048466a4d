"""A secret reaches only a host that its own source, the kernel's start or a person names.

Each case is a new process with the environment that it starts with. Its connections to other machines end
at a TLS server on loopback, which notes the host that was meant and what was sent.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PAIR = {
    "MONITE_CLIENT_ID": "5f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1",
    "MONITE_CLIENT_SECRET": "the-secret-of-this-test",
}

# Connections to port 443 of any host end at the recorder; everything else is as it is.
PREAMBLE = """
import os, socket, sys
from monite_magic.jupyter import extension  # what %load_ext imports
connect = socket.create_connection
def to_recorder(address, *rest, **options):
    return connect(("127.0.0.1", int(sys.argv[1])) if address[1] == 443 else address, *rest, **options)
socket.create_connection = to_recorder

import monite_magic
from monite_magic.api import find_profile
from monite_magic.session import session
from monite_magic.core.errors import MoniteError

def log_in(**options):
    try:
        profile = find_profile(keyring=False, **options)
        session.current().log_in(profile)
    except MoniteError as error:
        print("refused:", error)
    else:
        print(profile.environment.label, *profile.notes, sep=" | ")
"""


@pytest.fixture
def run(recorder, authority, tmp_path):
    """Run code in a process that starts with these variables, and return what it prints."""
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(bundle)
    folder = tmp_path / "notebooks"
    folder.mkdir(mode=0o700)

    def call(code, **variables):
        proxies = {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("MONITE_") and name.lower() not in proxies
        }
        done = subprocess.run(
            [sys.executable, "-c", PREAMBLE + code, str(recorder.server_port)],
            env={**clean, "SSL_CERT_FILE": str(bundle), **variables},
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return call


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the start is the import of the extension")
@pytest.mark.parametrize(
    "cell",
    [
        "",
        "os.environ['MONITE_CLIENT_ID'] = '6f2bd0cb-3a52-4c36-8ae2-2d46f2b3a4d1'",
        "os.environ['MONITE_CLIENT_SECRET'] = os.environ['MONITE_CLIENT_SECRET']",
        "del os.environ['MONITE_ENV']",
    ],
    ids=["url alone", "another id", "same secret", "no environment"],
)
def test_a_cell_cannot_send_the_secret_that_the_kernel_started_with_elsewhere(run, recorder, cell):
    said = run(
        f"{cell}\nos.environ['MONITE_BASE_URL'] = 'https://evil.example/v1'\nlog_in()",
        **PAIR,
        MONITE_ENV="sandbox",
    )
    assert recorder.told(PAIR["MONITE_CLIENT_SECRET"]) == ["api.sandbox.monite.com"]
    assert "Ignored MONITE_BASE_URL set in this kernel" in said


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the start is the import of the extension")
def test_a_secret_under_another_name_is_still_the_kernels(run, recorder):
    run(
        "os.environ['MONITE_X_CLIENT_ID'] = os.environ['MONITE_CLIENT_ID']\n"
        "os.environ['MONITE_X_CLIENT_SECRET'] = os.environ['MONITE_CLIENT_SECRET']\n"
        "os.environ['MONITE_X_BASE_URL'] = 'https://evil.example/v1'\n"
        "log_in(profile='x')",
        **PAIR,
    )
    assert recorder.told(PAIR["MONITE_CLIENT_SECRET"]) == ["api.sandbox.monite.com"]


def test_a_pair_that_cells_set_goes_where_they_say(run, recorder):
    place = {**PAIR, "MONITE_BASE_URL": "https://gateway.example/v1"}
    assert "gateway.example" in run(f"os.environ.update({place})\nlog_in()")
    assert recorder.told(PAIR["MONITE_CLIENT_SECRET"]) == ["gateway.example"]


def test_a_host_that_was_confirmed_is_remembered_by_connect_too(run, recorder):
    said = run(
        "url = 'https://other.example/v1'\n"
        "try:\n    monite_magic.connect(base_url=url)\n"
        "except MoniteError as error:\n    print('refused:', error)\n"
        "session.current().confirm_host(find_profile(base_url=url))\n"
        "print(monite_magic.connect(base_url=url))",
        **PAIR,
    )
    assert "refused: The credentials from the environment are not for other.example" in said
    assert recorder.told(PAIR["MONITE_CLIENT_SECRET"]) == ["other.example"]


@pytest.mark.parametrize("url", ["https://api.monite.com/v2", "https://API.monite.com:443/x/v1"])
def test_a_known_host_is_no_foreign_one_whatever_the_path(run, recorder, url):
    assert "PRODUCTION" in run(f"log_in(base_url={url!r})", **PAIR)
    assert recorder.told(PAIR["MONITE_CLIENT_SECRET"]) == ["api.monite.com"]


def test_what_a_source_says_of_production_is_about_its_own_host(run):
    own = {**PAIR, "MONITE_BASE_URL": "https://gateway.example/v1", "MONITE_PRODUCTION": "0"}
    code = (
        "for options in ({}, {'base_url': %r}, {'env': 'eu'}):\n"
        "    print(find_profile(**options).environment.asks_before_writes)"
    )
    assert run(code % "https://other.example/v1", **own).split() == ["False", "True", "True"]
    assert run(code % "https://gateway.example/v1", **own).split() == ["False", "False", "True"]
