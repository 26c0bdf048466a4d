"""A short run of schemathesis against the served simulator; `fuzz.py` says how to have the full one.

On the newest API version, or with `MONITE_FUZZ=all`, as in `nox -s test-all`, on each.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import vendor

from monite_magic import catalogue

pytestmark = pytest.mark.referee

VERSIONS = catalogue.versions() if os.environ.get("MONITE_FUZZ") == "all" else (vendor.NEWEST,)


@pytest.mark.parametrize("version", VERSIONS)
def test_schemathesis_finds_nothing(version):
    if vendor.read(version) is None:
        pytest.skip(vendor.MISSING)
    pytest.importorskip("schemathesis", reason="schemathesis is not installed: pip install '.[referee]'")
    command = [sys.executable, str(Path(__file__).with_name("fuzz.py")), "--short", "--version", version]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert run.returncode == 0, (run.stdout + run.stderr)[-20_000:]
    assert f"Tested: {len(catalogue.load(version).operations)}" in run.stdout
