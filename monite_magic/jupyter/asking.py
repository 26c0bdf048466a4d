"""Asks questions with a button or a prompt. Without a user, the answer is no."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monite_magic.core import ConfirmationError, one_line
from monite_magic.jupyter.frontend import FrontEnd

if TYPE_CHECKING:
    from collections.abc import Callable

    from monite_magic.session import Question


def ask(question: Question, who: FrontEnd, keep: Callable[[Any], None] = lambda _: None) -> Any:
    """Ask the user with what the front end offers.

    Args:
        question: The question.
        who: Who can be asked.
        keep: Called with the result of a click, after the cell has ended.

    Raises:
        ConfirmationError: The answer was no, or is still open: in a notebook, the user clicks later.
        MoniteError: The confirmed action failed.
    """
    if who is FrontEnd.NOTEBOOK:
        from monite_magic.jupyter.forms.confirm import ConfirmForm

        ConfirmForm(question, keep).show()
        # This line stays below the result of the click, so it must be true before and after.
        raise ConfirmationError("The cell stops at this question. Answer it with a button above.")
    if who is FrontEnd.TERMINAL and _says_yes(question):
        return question.answer_yes()
    raise question.refused()


def _says_yes(question: Question) -> bool:
    shown = question.panel(asks_below=True)
    try:
        return input(f"{shown!r}\n{one_line(question.text)} [y/N] ").strip().lower() in {"y", "yes"}
    except EOFError:
        return False
