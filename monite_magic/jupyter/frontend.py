"""Who is at the other end of this IPython: a notebook, a terminal, or nobody."""

from __future__ import annotations

import sys
from enum import Enum
from typing import Any


class FrontEnd(Enum):
    """Where a question could be asked."""

    NOTEBOOK = "notebook"
    TERMINAL = "terminal"
    NOBODY = "nobody"


def front_end(ip: Any) -> FrontEnd:
    """Return who would see a question asked now.

    Args:
        ip: The running IPython shell.

    A kernel is told with each request whether its front end can answer (`allow_stdin`): JupyterLab can,
    a run by nbclient, papermill or `jupyter execute` can't. Other kernels (xeus-python,
    Pyodide's) don't tell: we assume a person.
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
    # Else IPython would take it for a variable that you set, and would no longer set it.
    ip.displayhook._ = value
