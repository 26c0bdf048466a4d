"""The simulator: a local stand-in for the API, for whoever has no credentials, no network or no wish to try.

    from monite_magic import simulator

    local = simulator.default()                  # this process's own, in memory
    httpx.Client(transport=httpx.WSGITransport(app=local.wsgi), base_url="http://simulator.localhost/v1")

For other programs it is served: `python -m monite_magic.simulator --port 8123`.

A WSGI application over the catalogue (`app`), a store in SQLite (`store`), a clock (`clock`), and rules for
each family of resources (`rules`). It shares no code with the client that it stands in for. Every answer
carries the header `x-monite-simulator`. Importing this module loads none of it.
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
    """Return this process's own simulator: in memory, made on first use."""
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
