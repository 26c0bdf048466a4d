"""The decorator that turns a method into an IPython magic.

It parses the line and fills its placeholders. A `;` at the end of the line or body silences the magic. Errors
fail the cell with a sentence and their place in the cell, without a traceback.
"""

from __future__ import annotations

import functools
import os
import re
import sys
from collections import ChainMap
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from IPython.core.magic import line_cell_magic, line_magic, no_var_expand

from monite_magic.cell.arguments import Arguments, read_line
from monite_magic.cell.options import MAGICS
from monite_magic.core import MoniteError, RequestError, UnforeseenError
from monite_magic.core.clean_text import whole_characters
from monite_magic.core.words import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType


_CALL: Final = re.compile(r"get_ipython\(\)\.run_(line|cell)_magic\('monite")
_STATEMENT: Final = re.compile(r"\s*[^\s#]")
_RUNS_MAGIC: Final = frozenset({"run_line_magic", "run_cell_magic"})
#: A lone surrogate or NUL.
_UNWRITABLE: Final = re.compile("[\0\ud800-\udfff]")


class InterruptedError(MoniteError):  # noqa: A001 - inside this package no other is meant
    """The user interrupted the cell."""


class Stopped(NamedTuple):
    """The result of an interrupted magic. It is shown and kept, and then the cell fails.

    Otherwise, "Run All" would continue, and later cells would treat partial data as complete.

    Attributes:
        value: The partial result, or None if it was already shown.
    """

    value: Any


class Caller(NamedTuple):
    """The line of the cell that called the running magic.

    Attributes:
        variables: The variables in scope: those of a function, or of the notebook.
        lines_above: The number of lines of the cell above it; 0 if unknown.
        columns_before: The number of characters before the magic in its line; 0 if unknown.
        uses_value: Whether the magic's value is assigned to a name.
        drops_value: Whether the magic's value is neither used nor shown, though no `;` silences it: the magic
            is alone on its line in a loop, in a function or above other lines, or the cell runs silently.
        is_silent: Whether IPython shows no values of the cell, as for `.ipy` files and notebooks that it
            runs.
    """

    variables: dict[str, Any]
    lines_above: int = 0
    columns_before: int = 0
    uses_value: bool = False
    drops_value: bool = False
    is_silent: bool = False


class Cell(NamedTuple):
    """The input of a magic with a body.

    Attributes:
        arguments: The words and options of its line, with placeholders.
        names: The variables for placeholders: those of the surrounding function, and the notebook's.
        body: The text below the line, or None for a line magic.
        caller: The line that called the magic.
    """

    arguments: Arguments
    names: Mapping[str, Any]
    body: str | None
    caller: Caller


def magic(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Turn a method into the magic `name` of `monite_magic.cell.options.MAGICS`.

    The method of a line magic gets its filled arguments. That of a cell magic gets a `Cell`.
    """
    spec = MAGICS[name]

    def decorate(method: Callable[..., Any]) -> Callable[..., Any]:
        def run(self: Any, line: str, body: str | None, caller: Caller) -> Any:
            arguments = read_line(spec, line, cell=body is not None)
            if arguments.wants_help:
                print(spec.help_text)
                return None
            names = ChainMap(caller.variables, self.shell.user_ns)
            if spec.cell:
                return method(self, Cell(arguments, names, body, caller))
            return method(self, arguments.fill(names))

        def run_in_place(self: Any, line: str, cell: str | None = None) -> Any:
            line = whole_characters(line)
            body, silenced = _without_semicolon(line, cell)
            caller = find_caller(shows_all=self.shell.ast_node_interactivity == "all")
            if silenced:
                caller = caller._replace(drops_value=False)
            try:
                _refuse_unwritable(line, before=len(f"%%{name} " if body is not None else f"%{name} "))
                result = run(self, line, body, caller)
            except RequestError as error:
                raise error.moved(caller.lines_above, caller.columns_before) from None
            is_dropped = silenced and not caller.uses_value
            if isinstance(result, Stopped):
                if caller.uses_value:  # assign the partial result first
                    return result.value
                if not is_dropped:
                    self.shell.displayhook(result.value)
                raise InterruptedError("Interrupted. The partial result is kept.")
            return None if is_dropped else result

        @functools.wraps(method)
        def guarded(self: Any, line: str, *cells: str) -> Any:
            try:
                return run_in_place(self, line, *cells)
            except MoniteError as error:
                problem: MoniteError = error
            except KeyboardInterrupt:
                problem = InterruptedError("Interrupted.", hint=_after_stopping(name, line))
            except Exception as error:  # noqa: BLE001 - its frames may hold a secret, which IPython can show
                problem = _about_a_file(error) or UnforeseenError.of(error)
            # Raise a new error here, so that its traceback has no frames with secrets.
            problem.__context__ = problem.__cause__ = None
            raise problem.with_traceback(None)

        guarded.__doc__ = spec.help_text
        register: Any = line_cell_magic if spec.cell else line_magic
        made: Callable[..., Any] = no_var_expand(register(name)(guarded))
        return made

    return decorate


def _after_stopping(name: str, line: str) -> str | None:
    """Return advice after an interruption. A change may have reached the server."""
    from monite_magic.core.methods import READING_METHODS

    changes = {"monite": line.lstrip(), "monite_history": line.partition("replay")[2].lstrip()}.get(name, "")
    if not changes or changes.upper().startswith(tuple(READING_METHODS)):
        return None
    return "If a change was in progress, it may have been carried out. Check before you repeat it."


def _about_a_file(error: Exception) -> MoniteError | None:
    """Return an error about a file that the user named, or None for other errors."""
    if isinstance(error, ValueError) and "embedded null" in str(error):
        return MoniteError("The file name contains a NUL character.", hint="Check its path.")
    if not isinstance(error, OSError) or error.filename is None or error.strerror is None:
        return None
    name = shorten(os.fsdecode(error.filename), 60)
    return MoniteError(f"{name} can't be used: {error.strerror.lower()}.", hint="Check its path.")


def _refuse_unwritable(line: str, *, before: int) -> None:
    """Refuse a line with characters that files, URLs and headers can't contain: NUL, or a lone surrogate."""
    if found := _UNWRITABLE.search(line):
        what = "a NUL character" if found[0] == "\0" else f"half of a character, {found[0]}"
        raise RequestError(
            f"The line contains {what}.",
            hint="It was probably damaged when it was copied. Type it again.",
            line=1,
            column=before + found.start() + 1,
        )


def _without_semicolon(line: str, body: str | None) -> tuple[str | None, bool]:
    """Return the body without a `;` at its end, and whether the line or body has one.

    IPython's own `output_can_be_silenced` parses line and body as Python, which they are not.
    """
    from monite_magic.cell import is_silenced

    silenced = is_silenced(line)
    if body is not None and body.rstrip().endswith(";"):
        return body.rstrip()[:-1], True
    return body, silenced


def find_caller(*, shows_all: bool = False) -> Caller:
    """Return the place of the running magic.

    Args:
        shows_all: Whether IPython shows the value of every line of a cell, not only of the last.
    """
    import linecache

    # IPython can pass a magic its variables, but not its place, and would keep them in a frame.
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
    is_silent = _runs_silently(frame)
    before = lines[number - 1][: call.start()]
    is_shown = (
        not before
        and not is_silent
        and (shows_all or not any(_STATEMENT.match(line) for line in lines[number:]))
    )
    uses_value = bool(before.strip())
    drops_value = not uses_value and not is_shown
    return Caller(frame.f_locals, number - 1, len(before), uses_value, drops_value, is_silent)


def _runs_silently(frame: FrameType | None) -> bool:
    """Whether IPython shows no values, as for files. Its frame has this flag."""
    while frame is not None and frame.f_code.co_name != "run_cell_async":
        frame = frame.f_back
    return frame is not None and bool(frame.f_locals.get("silent"))
