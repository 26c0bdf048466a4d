"""The prose linter finds what it is for, and our text has none of it."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("prose.py")
_spec = importlib.util.spec_from_file_location("prose", SCRIPT)
prose = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(prose)


def test_no_file_has_a_turn_to_rewrite():
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


def test_a_turn_is_reported_with_its_place(monkeypatch, capsys):
    monkeypatch.setattr(prose, "pages", lambda: [("new.md", "Fine.\nWhoever mends it.")])
    assert prose.main() == 1
    assert capsys.readouterr().out == (
        "new.md:2: 'Whoever': write anyone who\nnew.md:2: 'mends': write fix\n"
    )
