"""The walk of one `%monite GET /counterparts`: which of our functions and modules it passes.

    python tests/benchmarks/walk.py

The first call warms up; the second is counted, without the simulator's side and what shows the answer.
Hand-overs are our functions and httpx's that stand on the stack when the request reaches the connection.
"""

from __future__ import annotations

import sys
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell

import monite_magic
from monite_magic.api import local_transport

PACKAGE = Path(monite_magic.__file__).parent
CALL = "GET /counterparts"
CONNECTION = local_transport.LocalTransport.handle_request.__code__
AT_THE_SIMULATOR = local_transport.LocalTransport._answer.__code__


class Walk:
    """Collects the functions of the package that are called, and the stack at the connection."""

    def __init__(self):
        self.functions = set()
        self.handovers = []
        self._is_away = False

    def __call__(self, frame, event, _argument):
        code = frame.f_code
        if code is AT_THE_SIMULATOR and event in ("call", "return"):
            self._is_away = event == "call"
        if event != "call" or self._is_away:
            return
        name = module_of(code.co_filename)
        if name is None or name.startswith("display"):
            return
        self.functions.add((name, code.co_qualname))
        if code is CONNECTION and not self.handovers:
            self.handovers = list(stack(frame))

    @property
    def modules(self):
        return {module for module, _ in self.functions}


def module_of(filename):
    path = Path(filename)
    if not path.is_relative_to(PACKAGE):
        return None
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def stack(frame):
    """The functions of the package and of httpx on the way to the connection, the innermost first."""
    while frame is not None:
        code = frame.f_code
        own = module_of(code.co_filename)
        if own is not None:
            yield f"{own}.{code.co_qualname}"
        elif "/httpx/" in code.co_filename and code.co_name == "send":
            yield "httpx.Client.send"
        frame = frame.f_back


def main():
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "monite_magic")
    shell.run_line_magic("monite_login", "--env local")
    shell.run_line_magic("monite", CALL)
    walk = Walk()
    sys.setprofile(walk)
    shell.run_line_magic("monite", CALL)
    sys.setprofile(None)
    print(f"%monite {CALL}")
    print(f"modules {len(walk.modules)}, functions {len(walk.functions)}, hand-overs {len(walk.handovers)}")
    print("\n".join(f"  {name}" for name in reversed(walk.handovers)))
    if "-v" in sys.argv:
        for module in sorted(walk.modules):
            print(f"{module}: {', '.join(sorted(name for each, name in walk.functions if each == module))}")


if __name__ == "__main__":
    main()
