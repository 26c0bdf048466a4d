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
    a run by nbclient, papermill or `jupyter execute` can't.
    """
    kernel = getattr(ip, "kernel", None)
    if kernel is None:
        return FrontEnd.TERMINAL if sys.stdin is not None and sys.stdin.isatty() else FrontEnd.NOBODY
    # Pyodide's kernel has no such mark; it runs only in a page.
    can_answer = getattr(kernel, "_allow_stdin", sys.platform == "emscripten")
    return FrontEnd.NOTEBOOK if can_answer else FrontEnd.NOBODY
