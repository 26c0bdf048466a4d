"""Warn below a cell that contains a secret, because saving the notebook would store it.

The front end saves notebooks at any time, without asking the kernel. So the warning appears immediately,
below the executed cell. It can't see cells that never ran, or what was passed to `display`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_EVENT = "post_run_cell"

# Outputs mention variables in sentences: "Set MONITE_CLIENT_SECRET there." The next word is not a value: in
# an output, an equals sign or colon precedes a value. (A source can be `%env MONITE_CLIENT_SECRET value`.)
_NAMED_IN_PROSE: Final = re.compile(
    r"""\b(MONITE_\w+)[ ](?=[A-Za-z]?[a-z]*[.:!?]?(?:[\s"'`,;&()\[\]{}<>\\]|$))""", re.VERBOSE
)


class _Watch:
    """Checks each executed cell."""

    def __init__(self, ip: Any) -> None:
        self._ip = ip

    def __call__(self, result: Any) -> None:
        if not result.info.store_history:
            return  # not a cell, but a request of the front end
        from monite_magic.cell import contains_secret

        source = result.info.raw_cell or ""
        places = [
            *(["source"] if contains_secret(source) else []),
            *(["output"] if any(map(contains_secret, map(_without_names, self._outputs(result)))) else []),
        ]
        if places:
            _show(places)

    def _outputs(self, result: Any) -> Iterator[str]:
        """Return the recorded outputs of the cell: streams, the value, the error."""
        if result.error_in_exec is not None:
            yield str(result.error_in_exec)
        manager = self._ip.history_manager
        for output in manager.outputs.get(result.execution_count, ()) if manager is not None else ():
            for value in output.bundle.values():
                yield "".join(value) if isinstance(value, list) else str(value)


def _without_names(output: str) -> str:
    """Return an output without variable names in sentences, so that the next word isn't taken as a value."""
    return _NAMED_IN_PROSE.sub(r"\1, ", output)


def _show(places: list[str]) -> None:
    from IPython.display import display

    from monite_magic.display import panel

    verb = "contains" if len(places) == 1 else "contain"
    what = f"The {' and '.join(places)} of this cell {verb} what looks like a secret."
    why = "If you save the notebook now, everyone who gets the file can read it."
    how = "Delete it, then save the notebook. If it was saved or shared before, replace the secret."
    notes = [f"{what} {why}", how]
    display(panel("A secret in this notebook", tone="warning", notes=notes))  # type: ignore[no-untyped-call]


def install(ip: Any) -> None:
    """Install the warning in a kernel. Terminals don't save notebooks."""
    if getattr(ip, "kernel", None) is not None and not _watches(ip):
        ip.events.register(_EVENT, _Watch(ip))


def uninstall(ip: Any) -> None:
    """Remove it from the shell `ip`."""
    for watch in _watches(ip):
        ip.events.unregister(_EVENT, watch)


def _watches(ip: Any) -> list[_Watch]:
    return [callback for callback in ip.events.callbacks[_EVENT] if isinstance(callback, _Watch)]
