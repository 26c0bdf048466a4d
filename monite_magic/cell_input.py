"""What happens to a cell's text before IPython runs and stores it, and where a magic stands in that text.

Two things are put in place by `install` and taken away by `uninstall`: `%%monite GET /path` may stand alone
and below comments (IPython refuses a cell magic with an empty body, and finds none below a comment), and a
secret that someone typed all the same reaches neither the history database nor `In`.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monite_magic.masking import mask_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_CELL_MAGIC: Final = re.compile(r"%%(monite\w*)(?:\s+(.*))?$")
_CALL: Final = re.compile(r"get_ipython\(\)\.run_(line|cell)_magic\('monite")
_STATEMENT: Final = re.compile(r"\s*[^\s#]")
_RUNS_MAGIC: Final = frozenset({"run_line_magic", "run_cell_magic"})


def as_python(lines: list[str]) -> list[str]:
    """Rewrite a `%%monite` cell that IPython would not take: one without a body, or below comments.

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


# A terminal asks its transformers whether a cell is complete: `%%monite` is not, before its body was typed.
as_python.has_side_effects = True  # type: ignore[attr-defined]


class Caller(NamedTuple):
    """The line of a cell that called the magic which is running.

    Attributes:
        variables: What is defined there: the variables of a function, or of the notebook.
        lines_above: How many lines of the cell stand above it; 0 where that can't be told.
        columns_before: How many characters of the line stand before the magic; 0 where that can't be told.
        uses_value: Whether the magic's value is given a name.
        drops_value: Whether the magic's value is neither used nor shown: it stands alone on its line, in a
            loop or a function or above other lines.
    """

    variables: dict[str, Any]
    lines_above: int = 0
    columns_before: int = 0
    uses_value: bool = False
    drops_value: bool = False


def find_caller(*, shows_all: bool = False) -> Caller:
    """Return where the magic that is running stands.

    Args:
        shows_all: Whether IPython shows the value of every line of a cell, not of the last alone.
    """
    import linecache

    # IPython would tell a magic its variables, but not its place; and keep them in a frame of its own.
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001
    while frame is not None and frame.f_code.co_name not in _RUNS_MAGIC:
        frame = frame.f_back
    if frame is None or frame.f_back is None:
        return Caller({})
    frame = frame.f_back
    lines, number = linecache.getlines(frame.f_code.co_filename), frame.f_lineno
    call = _CALL.search(lines[number - 1]) if number <= len(lines) else None
    if call is None:
        return Caller(frame.f_locals)
    before = lines[number - 1][: call.start()]
    is_shown = not before and (shows_all or not any(_STATEMENT.match(line) for line in lines[number:]))
    uses_value = bool(before.strip())
    return Caller(frame.f_locals, number - 1, len(before), uses_value, not uses_value and not is_shown)


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
    if as_python not in ip.input_transformers_cleanup:
        ip.input_transformers_cleanup.append(as_python)
    manager = ip.history_manager
    if manager is not None and not isinstance(manager.store_inputs, _StoreInputs):
        manager.store_inputs = _StoreInputs(manager.store_inputs)


def uninstall(ip: Any) -> None:
    """Take both away from the shell `ip`."""
    if as_python in ip.input_transformers_cleanup:
        ip.input_transformers_cleanup.remove(as_python)
    manager = ip.history_manager
    if manager is not None and isinstance(manager.store_inputs, _StoreInputs):
        del manager.store_inputs  # the instance's own; the class's method shows again
