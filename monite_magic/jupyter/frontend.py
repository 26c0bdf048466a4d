"""Detects the front end of this IPython: a notebook, a terminal, or none."""

from __future__ import annotations

import sys
from enum import Enum
from typing import Any


class FrontEnd(Enum):
    """Where questions can be asked."""

    NOTEBOOK = "notebook"
    TERMINAL = "terminal"
    NOBODY = "nobody"


def front_end(ip: Any) -> FrontEnd:
    """Return where a question can be asked now.

    Args:
        ip: The running IPython shell.

    Each request tells a kernel whether its front end can answer (`allow_stdin`). JupyterLab can; nbclient,
    papermill and `jupyter execute` can't. Other kernels (xeus-python, Pyodide's) don't tell, so we assume
    a user.
    """
    kernel = getattr(ip, "kernel", None)
    if kernel is None and not type(ip).__module__.startswith("xeus"):
        return FrontEnd.TERMINAL if sys.stdin is not None and sys.stdin.isatty() else FrontEnd.NOBODY
    return FrontEnd.NOTEBOOK if getattr(kernel, "_allow_stdin", True) else FrontEnd.NOBODY


def keep_last(ip: Any, value: object) -> None:
    """Keep a value as `_`, as if a cell had shown it.

    Args:
        ip: The running IPython shell.
        value: The value.
    """
    ip.user_ns["_"] = value
    # Otherwise IPython would treat it as your variable and no longer update it.
    ip.displayhook._ = value
