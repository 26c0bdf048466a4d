"""The environment at the start of this process, before any cell could change it."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_WHEN_IMPORTED = {name: value for name, value in os.environ.items() if name.startswith("MONITE_")}


@functools.cache
def start_environment() -> Mapping[str, str]:
    """Return the `MONITE_*` variables that the process started with.

    Linux keeps them in `/proc` (proc_pid_environ(5)). On other systems, they are the variables at the time of
    `%load_ext`, which imports this module.
    """
    try:
        block = Path("/proc/self/environ").read_bytes()
    except OSError:
        return _WHEN_IMPORTED
    pairs = (entry.partition(b"=") for entry in block.split(b"\0"))
    return {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs if name.startswith(b"MONITE_")}
