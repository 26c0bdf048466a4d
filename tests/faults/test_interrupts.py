"""Ctrl-C at random moments, in a separate process; `interrupts.py` says what must hold and tries more."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def test_a_person_who_presses_ctrl_c_can_go_on_at_once():
    command = [sys.executable, str(FOLDER / "interrupts.py"), "--moments", "12"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    assert done.stdout.count("12 moments") == 3


def test_these_tests_pass_in_a_background_job():
    # A shell starts background jobs with SIGINT ignored: a test that interrupts a pull then waited for ever.
    tests = str(FOLDER.parent / "pull" / "test_pull.py")
    name = "test_an_interrupted_dataframe_holds_what_has_come"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-cov", f"{tests}::{name}"]
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        job = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, before)
    try:
        said = job.communicate(timeout=120)[0]
    finally:
        job.kill()
    assert "1 passed" in said
