"""Ctrl-C at random moments, in a process of its own; `interrupts.py` says what must hold and tries more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_a_person_who_presses_ctrl_c_can_go_on_at_once():
    command = [sys.executable, str(Path(__file__).parent / "interrupts.py"), "--moments", "12"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    assert done.stdout.count("12 moments") == 3
