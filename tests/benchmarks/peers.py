"""The notebook peers that cells are compared with, installed next to the environment, never into it."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PEERS = ("restmagic==0.7.2", "magic-reqtools==0.2.0")
# The setup.py of restmagic, of 2021, imports a name that setuptools has dropped since.
BUILD = "setuptools<70"


@contextmanager
def installed() -> Iterator[bool]:
    """Install the peers into a folder that is thrown away, and put it last on the path.

    Yields:
        Whether they are there: they need a package index.
    """
    with TemporaryDirectory() as folder:
        constraint = Path(folder, "build.txt")
        constraint.write_text(BUILD, encoding="utf-8")
        names = ("PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT")  # the first for pip before 25.3
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--target", f"{folder}/site", *PEERS],
            env={**os.environ, **dict.fromkeys(names, str(constraint))},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            print(f"The peers could not be installed:\n{done.stderr}", file=sys.stderr)
        sys.path.append(f"{folder}/site")
        try:
            yield done.returncode == 0
        finally:
            sys.path.remove(f"{folder}/site")
