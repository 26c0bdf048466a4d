"""Every dependency says why it is there, where it stands: what nobody can justify is not installed."""

from __future__ import annotations

import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parent.parent.parent / "pyproject.toml"
SHARING = 2  # so many lines may share a comment


def without_reason(text):
    """Return the lines of a pyproject.toml with requirements without a comment above them."""
    project = tomllib.loads(text)["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    quoted = [f'"{requirement}"' for group in groups for requirement in group]
    found, since_comment = [], SHARING
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            since_comment = 0
        elif any(requirement in line for requirement in quoted):
            since_comment += 1
            if since_comment > SHARING:
                found.append(line.strip())
        else:
            since_comment = SHARING
    return found


def test_every_dependency_has_its_reason():
    assert without_reason(PYPROJECT.read_text()) == []


def test_one_without_is_seen():
    text = '[project]\ndependencies = [\n    # Why.\n    "a>=1",\n    "b>=1",\n    "c>=1",\n]\n'
    assert without_reason(text + "[project.optional-dependencies]\nd = ['d']\ne = [\"e\"]\n") == [
        '"c>=1",',
        'e = ["e"]',
    ]
