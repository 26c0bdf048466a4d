"""Pack an installed distribution as a pure Python wheel, without its compiled parts."""

from __future__ import annotations

import importlib
import importlib.metadata
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_WHEEL: Final = "Wheel-Version: 1.0\nGenerator: monite-magic\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def pack(name: str, folder: Path) -> None:
    """Write the wheel of a distribution into `folder`.

    Args:
        name: The distribution's name, which must be the name of its only package. Editable installs work too.
        folder: The existing folder for the wheel.
    """
    distribution = importlib.metadata.distribution(name)
    package = name.replace("-", "_")
    source = importlib.import_module(package).__path__[0]
    stem = f"{package}-{distribution.version}"
    stage = folder / f"{stem}.stage"
    compiled = shutil.ignore_patterns("__pycache__", "*.so", "*.pyd", "*.c")
    shutil.copytree(source, stage / package, ignore=compiled)
    info = stage / f"{stem}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(distribution.read_text("METADATA") or "", "utf-8")
    (info / "WHEEL").write_text(_WHEEL, "utf-8")
    # It writes the RECORD file and chooses the file name.
    command = [sys.executable, "-m", "wheel", "pack", str(stage), "--dest-dir", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - own words
    shutil.rmtree(stage)
