"""The prose linter finds what it is for, and today's text has no more of it than its baseline."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("prose.py")
_spec = importlib.util.spec_from_file_location("prose", SCRIPT)
prose = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(prose)


def test_no_file_has_more_than_its_baseline():
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Fine.\nWhoever has no credentials gets it.", 2),
        ('message = (\n    "This is what stands "\n    "in the cell"\n)', 2),
        ("# -o x y is no\n# name for a variable", 1),
    ],
)
def test_a_turn_is_found_in_prose_strings_and_comments(text, line):
    assert [found.line for found in prose.find(text)] == [line]


def test_plain_english_passes():
    assert prose.find("Anyone who is no longer logged in gets an error, next to the cell. Fix it.") == []


def test_only_growth_is_refused(tmp_path, monkeypatch):
    assert prose.grown({"a.py": 2, "b.py": 1, "c.py": 1}, {"a.py": 3, "b.py": 1}) == ["c.py"]
    baseline = tmp_path / "baseline.json"
    baseline.write_text(json.dumps({"old.md": 2}))
    monkeypatch.setattr(prose, "BASELINE", baseline)
    monkeypatch.setattr(prose, "pages", lambda: [("new.md", "Whoever mends it, mends it.")])
    assert prose.main(["--update"]) == 1
    monkeypatch.setattr(prose, "pages", lambda: [("new.md", "Whoever reads it.")])
    assert prose.main(["--update"]) == 0
    assert json.loads(baseline.read_text()) == {"new.md": 1}
