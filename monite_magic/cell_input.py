"""What happens to a cell's text before IPython runs and stores it.

Two things, both put in place by `install` and taken away by `uninstall`: `%%monite GET /path` may stand alone
(IPython refuses a cell magic with an empty body), and a secret that someone typed all the same reaches
neither the history database nor `In`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from monite_magic.masking import mask_text

if TYPE_CHECKING:
    from collections.abc import Callable

_CELL_MAGIC: Final = "%%monite"


def without_body(lines: list[str]) -> list[str]:
    """Turn a `%%monite …` cell with a blank body into the line magic `%monite …`.

    Args:
        lines: The cell's lines, each with its line end (IPython's form for input transformers).
    """
    if lines and lines[0].split()[:1] == [_CELL_MAGIC] and not "".join(lines[1:]).strip():
        return [lines[0][1:]]
    return lines


class _StoreInputs:
    """Stands before the history manager's `store_inputs` and hides secrets from it."""

    def __init__(self, original: Callable[..., None]) -> None:
        self.original = original

    def __call__(self, line_num: int, source: str, source_raw: str | None = None) -> None:
        raw = source if source_raw is None else source_raw
        clean = _redacted(raw)
        # In the source as IPython rewrote it, a secret stands in quotes of Python: there it is harder to see.
        self.original(line_num, _redacted(source) if clean == raw else clean, clean)


def _redacted(text: str) -> str:
    if "monite" not in text.lower():
        return mask_text(text)
    from monite_magic.leaks import redact

    return redact(text)


def install(ip: Any) -> None:
    """Put both in place in the shell `ip`; a second call changes nothing."""
    if without_body not in ip.input_transformers_cleanup:
        ip.input_transformers_cleanup.append(without_body)
    manager = ip.history_manager
    if manager is not None and not isinstance(manager.store_inputs, _StoreInputs):
        manager.store_inputs = _StoreInputs(manager.store_inputs)


def uninstall(ip: Any) -> None:
    """Take both away from the shell `ip`."""
    if without_body in ip.input_transformers_cleanup:
        ip.input_transformers_cleanup.remove(without_body)
    manager = ip.history_manager
    if manager is not None and isinstance(manager.store_inputs, _StoreInputs):
        del manager.store_inputs  # the instance's own; the class's method shows again
