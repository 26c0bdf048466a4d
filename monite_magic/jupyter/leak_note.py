"""A note below a cell that holds a secret: a notebook that is saved now holds it too.

Notebooks are saved by the front end, at any moment and without asking the kernel. So the note comes at once,
below the cell that ran. It can't see cells that never ran, nor what `display` was given.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_EVENT = "post_run_cell"

# What is shown names variables in prose: "Set MONITE_CLIENT_SECRET there." The word behind is no value: an
# output has an equals sign or a colon before one. (A source may be `%env MONITE_CLIENT_SECRET value`.)
_NAMED_IN_PROSE: Final = re.compile(
    r"""\b(MONITE_\w+)[ ](?=[A-Za-z]?[a-z]*[.:!?]?(?:[\s"'`,;&()\[\]{}<>\\]|$))""", re.VERBOSE
)


class _Watch:
    """Looks at each cell that was run."""

    def __init__(self, ip: Any) -> None:
        self._ip = ip

    def __call__(self, result: Any) -> None:
        if not result.info.store_history:
            return  # the front end's own questions are no cells
        from monite_magic.cell import contains_secret

        source = result.info.raw_cell or ""
        places = [
            *(["source"] if contains_secret(source) else []),
            *(["output"] if any(map(contains_secret, map(_without_names, self._outputs(result)))) else []),
        ]
        if places:
            _show(places)

    def _outputs(self, result: Any) -> Iterator[str]:
        """What IPython has recorded of the cell: streams, the value, the error."""
        if result.error_in_exec is not None:
            yield str(result.error_in_exec)
        manager = self._ip.history_manager
        for output in manager.outputs.get(result.execution_count, ()) if manager is not None else ():
            for value in output.bundle.values():
                yield "".join(value) if isinstance(value, list) else str(value)


def _without_names(output: str) -> str:
    """Return an output in which no word of a sentence passes for the value of the variable before it."""
    return _NAMED_IN_PROSE.sub(r"\1, ", output)


def _show(places: list[str]) -> None:
    from IPython.display import display

    from monite_magic.display import panel

    verb = "holds" if len(places) == 1 else "hold"
    what = f"The {' and '.join(places)} of this cell {verb} what looks like a secret."
    why = "A notebook that is saved now holds it too, for everyone who gets the file."
    how = "Delete it there, save the notebook, and renew the secret if it was saved or shown before."
    notes = [f"{what} {why}", how]
    display(panel("A secret in this notebook", tone="warning", notes=notes))  # type: ignore[no-untyped-call]


def install(ip: Any) -> None:
    """Put the note in place in a kernel; a terminal saves no notebook."""
    if getattr(ip, "kernel", None) is not None and not _watches(ip):
        ip.events.register(_EVENT, _Watch(ip))


def uninstall(ip: Any) -> None:
    """Take it away from the shell `ip`."""
    for watch in _watches(ip):
        ip.events.unregister(_EVENT, watch)


def _watches(ip: Any) -> list[_Watch]:
    return [callback for callback in ip.events.callbacks[_EVENT] if isinstance(callback, _Watch)]
