"""A short run of schemathesis against the served simulator; `fuzz.py` says how to have the full one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import vendor

pytestmark = pytest.mark.referee


def test_schemathesis_finds_nothing():
    if vendor.read() is None:
        pytest.skip(vendor.MISSING)
    pytest.importorskip("schemathesis", reason="schemathesis is not installed: pip install '.[referee]'")
    command = [sys.executable, str(Path(__file__).with_name("fuzz.py")), "--short"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert run.returncode == 0, (run.stdout + run.stderr)[-20_000:]
    assert "Tested: 391" in run.stdout
