"""Processes a cell's text before IPython runs and stores it.

`install` adds four things, and `uninstall` removes them. `%%monite GET /path` works without a body and
below comments; IPython alone refuses both. A secret that you type reaches neither the history database nor
`In`, nor the file of `%logstart`. A value that becomes a secret later is removed from the first two.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from monite_magic.core import known_secrets, mask_text

if TYPE_CHECKING:
    from collections.abc import Callable

_CELL_MAGIC: Final = re.compile(r"%%(monite\w*)(?:\s+(.*))?$")
_EVENT: Final = "post_run_cell"


def as_python(lines: list[str]) -> list[str]:
    """Rewrite a `%%monite` cell that IPython would refuse: without a body, or below comments.

    Args:
        lines: The cell's lines, each with its line end (IPython's form for input transformers).
    """
    above = 0
    while above < len(lines) and (not lines[above].strip() or lines[above].startswith("#")):
        above += 1
    magic = _CELL_MAGIC.match(lines[above].rstrip()) if above < len(lines) else None
    body = "".join(lines[above + 1 :]) or "\n"
    if magic is None or (above == 0 and body.strip()):
        return lines
    return [*lines[:above], f"get_ipython().run_cell_magic({magic[1]!r}, {magic[2] or ''!r}, {body!r})\n"]


# A terminal asks its transformers whether a cell is complete. `%%monite` is not complete before its body is
# typed.
as_python.has_side_effects = True  # type: ignore[attr-defined]


class _StoreInputs:
    """Wraps the history manager's `store_inputs` and hides secrets from it."""

    def __init__(self, original: Callable[..., None]) -> None:
        self.original = original

    def __call__(self, line_num: int, source: str, source_raw: str | None = None) -> None:
        raw = source if source_raw is None else source_raw
        clean = _redacted(raw)
        # In the source that IPython rewrote, a secret is inside Python quotes, where it is harder to find.
        self.original(line_num, _redacted(source) if clean == raw else clean, clean)


def _redacted(text: str) -> str:
    from monite_magic.cell import is_about_the_api, scrub

    return scrub(text) if is_about_the_api(text) else mask_text(text)


class _Log:
    """Wraps the logger's `log`, which `%logstart` turns on, and hides secrets from it."""

    def __init__(self, original: Callable[..., None]) -> None:
        self.original = original

    def __call__(self, line_mod: str, line_ori: str) -> None:
        clean = _redacted(line_ori)
        self.original(_redacted(line_mod) if clean == line_ori else clean, clean)


class _Scrubber:
    """Removes values from this session's inputs that became secrets after they were stored.

    A cell can contain a value that a later cell logs in with. So all inputs are checked after each cell
    that adds a secret.
    """

    def __init__(self, ip: Any) -> None:
        self._ip = ip
        self._seen = known_secrets()

    def __call__(self, _: object) -> None:
        if self._seen is known_secrets():
            return
        self._seen = known_secrets()
        manager, names = self._ip.history_manager, self._ip.user_ns
        if manager is None:
            return
        if not _scrub_list(manager.input_hist_raw) | _scrub_list(manager.input_hist_parsed):
            return
        for number, text in enumerate(manager.input_hist_raw):
            if f"_i{number}" in names:
                names[f"_i{number}"] = text
        for name in ("_i", "_ii", "_iii", "_i00"):
            setattr(manager, name, mask_text(getattr(manager, name)))
            if name in names:
                names[name] = mask_text(names[name])
        if manager.enabled:
            _scrub_database(manager)


def _scrub_list(texts: list[str]) -> bool:
    """Mask texts in place. Return whether one of them contained a secret."""
    masked = {number: clean for number, text in enumerate(texts) if (clean := mask_text(text)) != text}
    for number, clean in masked.items():
        texts[number] = clean
    return bool(masked)


def _scrub_database(manager: Any) -> None:
    manager.writeout_cache()
    with manager.db as database:
        rows = database.execute(
            "SELECT line, source, source_raw FROM history WHERE session = ?", (manager.session_number,)
        ).fetchall()
        # Overwrite deleted data, so that nothing stays in the free pages of the file.
        database.execute("PRAGMA secure_delete = ON")
        database.executemany(
            "UPDATE history SET source = ?, source_raw = ? WHERE session = ? AND line = ?",
            [
                (mask_text(source), mask_text(raw), manager.session_number, line)
                for line, source, raw in rows
                if mask_text(source) != source or mask_text(raw) != raw
            ],
        )


def install(ip: Any) -> None:
    """Install all of it in the shell `ip`. A second call does nothing."""
    if as_python not in ip.input_transformers_cleanup:
        ip.input_transformers_cleanup.append(as_python)
    manager = ip.history_manager
    if manager is not None and not isinstance(manager.store_inputs, _StoreInputs):
        manager.store_inputs = _StoreInputs(manager.store_inputs)
    if not isinstance(ip.logger.log, _Log):
        ip.logger.log = _Log(ip.logger.log)
    if not _scrubbers(ip):
        ip.events.register(_EVENT, _Scrubber(ip))


def uninstall(ip: Any) -> None:
    """Remove all of it from the shell `ip`."""
    if as_python in ip.input_transformers_cleanup:
        ip.input_transformers_cleanup.remove(as_python)
    manager = ip.history_manager
    if manager is not None and isinstance(manager.store_inputs, _StoreInputs):
        del manager.store_inputs  # remove the instance's attribute, so that the class's method is used again
    if isinstance(ip.logger.log, _Log):
        del ip.logger.log
    for scrubber in _scrubbers(ip):
        ip.events.unregister(_EVENT, scrubber)


def _scrubbers(ip: Any) -> list[_Scrubber]:
    return [callback for callback in ip.events.callbacks[_EVENT] if isinstance(callback, _Scrubber)]
