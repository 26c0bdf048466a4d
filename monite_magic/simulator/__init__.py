"""A local stand-in for the Monite API. Use it to try calls without credentials or a network.

    from monite_magic import simulator

    local = simulator.default()                  # one per process, in memory
    httpx.Client(transport=httpx.WSGITransport(app=local.wsgi), base_url="http://simulator.localhost/v1")

Serve it to other programs with `python -m monite_magic.simulator --port 8123`.

A WSGI application over the catalogue (`app`), a store in SQLite (`store`), a clock (`clock`), and rules for
each family of resources (`rules`). It shares no code with the client. Every answer has the header
`x-monite-simulator`. Importing this module loads none of it.
"""

from __future__ import annotations

import atexit
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from monite_magic.simulator.core import Simulator

__all__ = ["Simulator", "default"]

_lock = threading.Lock()
_default: Simulator | None = None


def default() -> Simulator:
    """Return this process's in-memory simulator. The first call creates it."""
    global _default
    with _lock:
        if _default is None:
            from monite_magic.simulator.core import Simulator

            _default = Simulator()
            atexit.register(_default.close)
        return _default


def __getattr__(name: str) -> Any:
    if name == "Simulator":
        from monite_magic.simulator.core import Simulator

        return Simulator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
