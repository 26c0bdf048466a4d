"""Installs completion and inspection in IPython, and removes them.

Completion is a matcher (version 2 of IPython's interface). Inspection has no interface for text that is
not a Python name, so we wrap the kernel's method. The original is called for all other cells, and if our
code fails. Terminal IPython has no kernel and no inspection.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from monite_magic.core.clean_text import is_clean, one_line
from monite_magic.core.words import shorten

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.completer import CompletionContext, SimpleMatcherResult

_MATCHER = "monite"
# The kernel's method: ipykernel's, or that of Pyodide's kernel in JupyterLite.
_METHODS = ("do_inspect", "inspect")
_MAX_NOTE = 40
#: The first character of a note in a page. It can't be seen, and no line breaks next to it.
_MARK = "\N{WORD JOINER}"
_BREAKABLE = re.compile(r"[^\w\N{NO-BREAK SPACE}\N{NON-BREAKING HYPHEN}]")


class _Suppressing(list[Any]):
    """An empty result that is truthy, so that IPython offers no Python names in a JSON body."""

    def __len__(self) -> int:
        return max(1, super().__len__())


def install(ip: Any, session_provider: Callable[[], Any]) -> None:
    """Offer completion and inspection in this IPython.

    Args:
        ip: The running IPython shell.
        session_provider: Returns the session, or None. Its `seen` and `history` are read at each request.
    """
    uninstall(ip)
    ip.Completer.custom_matchers.append(_matcher(ip, session_provider))
    kernel = getattr(ip, "kernel", None)
    for name in _METHODS:
        original = getattr(kernel, name, None)
        if original is not None:
            setattr(kernel, name, _inspector(ip, session_provider, original))
            break


def uninstall(ip: Any) -> None:
    """Remove completion and inspection completely.

    Args:
        ip: The shell of `install`. A shell without them stays unchanged.
    """
    matchers = ip.Completer.custom_matchers
    matchers[:] = [each for each in matchers if getattr(each, "matcher_identifier", "") != _MATCHER]
    kernel = getattr(ip, "kernel", None)
    for name in _METHODS:
        if hasattr(getattr(kernel, name, None), "monite_original"):
            delattr(kernel, name)  # the wrapper is on the instance; the class has the original


def _situation(ip: Any, session_provider: Callable[[], Any]) -> Any:
    from monite_magic import catalogue
    from monite_magic.jupyter.assist.situation import Situation
    from monite_magic.session import Seen

    session = session_provider()
    seen = getattr(session, "seen", None)
    return Situation(
        catalogue.current(getattr(session, "api_version", catalogue.DEFAULT_VERSION)),
        seen if isinstance(seen, Seen) else Seen(),
        ip.user_ns,
        getattr(session, "history", ()),
    )


def _matcher(ip: Any, session_provider: Callable[[], Any]) -> Any:
    from IPython.core.completer import SimpleCompletion, context_matcher

    @context_matcher(identifier=_MATCHER, priority=1000)  # type: ignore[untyped-decorator]
    def match(context: CompletionContext) -> SimpleMatcherResult:
        # A fresh dict each time: IPython writes into it.
        result: dict[str, Any] = {"completions": [], "suppress": False}
        if "%monite" not in context.full_text:
            return result  # type: ignore[return-value]
        from monite_magic.jupyter.assist.completion import complete

        found = complete(
            _situation(ip, session_provider), context.full_text, context.cursor_line, context.cursor_position
        )
        if found is None:
            return result  # type: ignore[return-value]
        note = _note if getattr(ip, "kernel", None) is None else _note_in_page
        completions = [
            SimpleCompletion(text=text, type=note(what)) for text, what in found.choices if is_clean(text)
        ]
        return {
            "completions": completions or _Suppressing(),
            "matched_fragment": found.fragment,
            "ordered": True,
            "suppress": True,
        }

    return match


def _inspector(ip: Any, session_provider: Callable[[], Any], original: Any) -> Any:
    def do_inspect(code: str, cursor_pos: int, *arguments: Any, **options: Any) -> Any:
        card = None
        if "%monite" in code:
            from monite_magic.jupyter.assist.inspection import inspect

            try:
                card = inspect(_situation(ip, session_provider), code, cursor_pos)
            except Exception:  # noqa: BLE001 - inspection is help, and Python's own is better than none
                card = None
        if card is None:
            return original(code, cursor_pos, *arguments, **options)
        return {"status": "ok", "found": True, "data": card.bundle(), "metadata": {}}

    do_inspect.monite_original = original  # type: ignore[attr-defined]
    return do_inspect


def _note(what: str) -> str:
    """Return the label of a completion."""
    return shorten(one_line(what), _MAX_NOTE)


def _note_in_page(what: str) -> str:
    """Return the label of a completion for a notebook.

    Our labextension knows a note by its first character. Without it, JupyterLab takes a note for a type: it
    wraps it at blanks and punctuation, over the rows below, and writes its first letter in a coloured box.
    """
    text = _note(what).replace(" ", "\N{NO-BREAK SPACE}").replace("-", "\N{NON-BREAKING HYPHEN}")
    return _MARK + _BREAKABLE.sub(rf"\g<0>{_MARK}", text)
