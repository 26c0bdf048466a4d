"""Installs the extension in an IPython shell, and removes it completely."""

from __future__ import annotations

from typing import Any

import monite_magic.core.start_environment  # noqa: F401 - before a cell can change the variables
from monite_magic.cell import MAGICS
from monite_magic.jupyter import cell_input, leak_note, link
from monite_magic.jupyter.assist import hooks
from monite_magic.jupyter.magics import MoniteMagics


def load(ip: Any) -> None:
    """Install the magics, completion, inspection and the protection of cells. A second call does nothing."""
    ip.register_magics(MoniteMagics)
    cell_input.install(ip)
    leak_note.install(ip)
    hooks.install(ip, _session)
    link.install(ip, _session)


def unload(ip: Any) -> None:
    """Remove all of it. Buttons that are still shown send nothing more, and a watch ends."""
    from monite_magic.jupyter import watch_magics

    _session().questions.end_all("The extension was unloaded since you were asked")
    watch_magics.stop()
    link.uninstall(ip)
    hooks.uninstall(ip)
    leak_note.uninstall(ip)
    cell_input.uninstall(ip)
    for kind in ("line", "cell"):
        for name in MAGICS:
            ip.magics_manager.magics[kind].pop(name, None)
    ip.magics_manager.registry.pop(MoniteMagics.__name__, None)


def _session() -> Any:
    from monite_magic.session import session

    return session.current()
